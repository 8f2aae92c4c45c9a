"""The kinds of plugins: where each is found, what it hands over, and what must be right about that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final, Literal, TypeAlias, cast

import attrs

from sharebind.capabilities import Support
from sharebind.errors import ConfigurationError, SharebindError, UnknownProviderError
from sharebind.specs import API, ObserverSpec, PolicySpec, ProviderSpec

KindName: TypeAlias = Literal["provider", "policy", "observer"]


@attrs.frozen(kw_only=True)
class Kind:
    """One kind of plugin: its entry points' group, its hook, its description, and the error for one without use."""

    name: KindName
    group: str
    hook: str
    spec: type[Any]
    error: type[SharebindError]


PROVIDER: Final = Kind(
    name="provider",
    group="sharebind",
    hook="sharebind_provider",
    spec=ProviderSpec,
    error=UnknownProviderError,
)
POLICY: Final = Kind(
    name="policy",
    group="sharebind.policies",
    hook="sharebind_policy",
    spec=PolicySpec,
    error=ConfigurationError,
)
OBSERVER: Final = Kind(
    name="observer",
    group="sharebind.observers",
    hook="sharebind_observer",
    spec=ObserverSpec,
    error=ConfigurationError,
)
KINDS: Final = (PROVIDER, POLICY, OBSERVER)


def flaw(kind: Kind, spec: Any, name: str | None = None) -> str:
    """Say what is wrong with a description, or nothing; ``name`` is that of its entry point, where it has one.

    Annotations say what each field is; a plugin's author may not have been told so by a type checker.
    """
    # By its real class: a lookalike may say of itself what it likes.
    if not issubclass(type(spec), kind.spec):
        article = "an" if kind is OBSERVER else "a"
        return f"its hook gave {type(spec).__name__}, not {article} {kind.spec.__name__}"
    if not isinstance(spec.name, str) or not spec.name or not spec.name.isprintable():
        return "its name is no text that can be written"
    if name is not None and spec.name != name:
        return f"its hook names {spec.name!r}, its entry point {name!r}"
    if not _is_pair(spec.api):
        return "its plugin API is no pair of numbers such as (1, 0)"
    if spec.api[0] != API[0]:
        return f"it was written for plugin API {spec.api[0]}, this is {API[0]}"
    if kind is PROVIDER and (not attrs.has(spec.settings) or not hasattr(spec.settings, "url")):
        return "its settings are no attrs class with a property 'url'"
    if not attrs.has(spec.settings):
        return "its settings are no attrs class"
    for field, (right, expected) in {**_FIELDS, **(_OF_PROVIDERS if kind is PROVIDER else {})}.items():
        if not right(getattr(spec, field)):
            return f"its {field} is not {expected}"
    return ""


def _is_pair(api: object) -> bool:
    parts = cast("tuple[object, ...]", api) if isinstance(api, tuple) else ()
    return [type(part) for part in parts] == [int, int]


def _is_support(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(one, Support) for key, one in cast("Mapping[object, object]", value).items()
    )


def _is_extra(value: object) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(key, str) and isinstance(one, frozenset | set | tuple | list)
        for key, one in cast("Mapping[object, object]", value).items()
    )


def _is_function_or_nothing(value: object) -> bool:
    return value is None or callable(value)


_Check: TypeAlias = tuple[Callable[[Any], bool], str]

_FIELDS: Final[Mapping[str, _Check]] = {
    "factory": (callable, "a function"),
    "title": (lambda value: isinstance(value, str), "a text"),
}
_OF_PROVIDERS: Final[Mapping[str, _Check]] = {
    "capabilities": (_is_support, "a mapping of capabilities to what there is of each"),
    "extra": (_is_extra, "a mapping of capabilities to sets of keys"),
    "timeout": (lambda value: isinstance(value, timedelta) and value > timedelta(), "a time longer than nothing"),
    "read_code": (_is_function_or_nothing, "a function"),
    "emulator": (_is_function_or_nothing, "a function"),
    "rig": (_is_function_or_nothing, "a function"),
}
