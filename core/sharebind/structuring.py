"""Making settings objects from tables, strictly, with errors that say what was expected and where.

A value that came from a reference to a secret is never printed, and neither is one meant for a secret.
"""

from __future__ import annotations

import collections.abc
import functools
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, Final, Protocol, TypeVar, cast, get_args, get_origin

import attrs

from sharebind.addresses import checked_base_url
from sharebind.errors import ConfigurationError
from sharebind.leaves import READERS, WrongSettingError, choice, kind_of, unknown_key
from sharebind.places import Where
from sharebind.reading import an_object
from sharebind.references import resolve, without
from sharebind.registry.wording import cause_of

CORE_KEYS: Final = ("provider", "rate", "timeout")
"""The keys of an account's table that are the core's own; all others belong to the provider's settings class."""


class Addressed(Protocol):
    """What every provider's settings have."""

    @property
    def url(self) -> str:
        """The base URL."""
        ...


A = TypeVar("A", bound=Addressed)


T = TypeVar("T")


class SettingsClassError(Exception):
    """A plugin's settings class cannot be read by anybody; it never leaves this library."""


class Structurer:
    """Makes plugins' settings objects from tables, strictly: no unknown key, no coercion of types.

    It is an object because preparing a class takes a while, and a host opens thousands of accounts with it.
    """

    def __init__(self) -> None:
        import cattrs  # a sixth of what importing sharebind would take, and needed with the first setting

        self._converter = cattrs.Converter(forbid_extra_keys=True)
        self._invalid: type[BaseException] = cattrs.BaseValidationError
        for kind, hook in READERS.items():
            self._converter.register_structure_hook(kind, hook)
        self._converter.register_structure_hook_func(
            lambda kind: isinstance(kind, type) and issubclass(kind, Enum), choice
        )
        self._converter.register_structure_hook_factory(attrs.has, self._table)
        self._converter.register_structure_hook_factory(_is_list, self._list)
        self._converter.register_structure_hook_factory(_is_mapping, self._mapping)

    def _table(self, kind: type[Any]) -> Callable[[Any, Any], Any]:
        """Read a table inside another one, or take an object that code has made of it already."""
        structure = self._converter.gen_structure_attrs_fromdict(kind)

        def read(value: Any, _: object) -> Any:
            if isinstance(value, kind):
                return value
            if an_object(value) is None:
                raise WrongSettingError(f"expected a table, got {kind_of(value)}")
            return structure(value, kind)

        return read

    def _list(self, kind: Any) -> Callable[[Any, Any], Any]:
        """Read a list; a text is none, though one can be walked along."""
        inner, make = get_args(kind)[0], _LISTS[get_origin(kind)]
        expected = "a list of texts" if inner is str else "a list"

        def read(value: Any, _: object) -> Any:
            if not isinstance(value, list | tuple | set | frozenset):
                raise WrongSettingError(f"expected {expected}, got {kind_of(value)}")
            items = cast("Iterable[Any]", value)
            return make([self._item(item, inner, number) for number, item in enumerate(items, start=1)])

        return read

    def _mapping(self, kind: Any) -> Callable[[Any, Any], Any]:
        """Read a table whose keys are anybody's."""
        inner = get_args(kind)[1]

        def read(value: Any, _: object) -> Any:
            table = an_object(value)
            if table is None:
                raise WrongSettingError(f"expected a table, got {kind_of(value)}")
            return {str(key): self._value(one, inner, str(key)) for key, one in table.items()}

        return read

    def _item(self, value: Any, kind: Any, number: int) -> Any:
        return self._part(value, kind, lambda wrong: wrong.in_item(number))

    def _value(self, value: Any, kind: Any, key: str) -> Any:
        return self._part(value, kind, lambda wrong: wrong.under(key))

    def _part(self, value: Any, kind: Any, placed: Callable[[WrongSettingError], WrongSettingError]) -> Any:
        """Read what stands inside a list or a table; ``placed`` says where in it something is wrong."""
        wrong: WrongSettingError
        try:
            return self._converter.structure(value, kind)
        except WrongSettingError as error:
            wrong = error
        except self._invalid as error:
            wrong = _explain(error, kind, an_object(value) or {}, ())
        raise placed(wrong)

    def make(self, kind: type[A], table: Mapping[str, Any], where: Where, path: tuple[str, ...]) -> A:
        """Make the settings object of an account; the core's own keys are not in its table.

        Raises:
            ConfigurationError: the first thing that is wrong, with its place, and what was expected.
            SettingsClassError: the class cannot be read at all.

        """
        made: A = self.build(kind, table, where, path, others=CORE_KEYS, use=_addressed)
        return made

    def build(
        self,
        kind: type[Any],
        table: Mapping[str, Any],
        where: Where,
        path: tuple[str, ...],
        *,
        use: Callable[[Any], T],
        others: Iterable[str] = (),
    ) -> T:
        """Make a settings object, and something of that.

        ``use`` tells what it finds wrong by a ``WrongSettingError``. ``others`` are keys that somebody else has read.

        Raises:
            ConfigurationError, SettingsClassError: as ``make``.

        """
        resolved = {key: resolve(value, where, (*path, str(key))) for key, value in table.items()}
        wrong: WrongSettingError
        unreadable = ""
        try:
            return use(self._converter.structure(resolved, kind))
        except WrongSettingError as error:
            wrong = error
        except self._invalid as error:
            wrong = _explain(error, kind, resolved, others)
        except Exception as error:  # noqa: BLE001 - a class that cannot be read is a stranger's
            wrong = WrongSettingError("")
            unreadable = f"its settings class cannot be read: {cause_of(error)}"
        # Raised out here, where nothing that was tried is its context, and said without what references gave.
        if unreadable:
            raise SettingsClassError(without(resolved, unreadable))
        raise ConfigurationError(without(resolved, str(where.wrong((*path, *wrong.path), wrong.message))))

    def plain(self, kind: type[T], table: Mapping[str, Any], where: Where, path: tuple[str, ...]) -> T:
        """Make an object of the core's own from a table that holds no references.

        Raises:
            ConfigurationError: as ``make``.

        """
        wrong: WrongSettingError
        try:
            return self._converter.structure(table, kind)
        except self._invalid as error:
            wrong = _explain(error, kind, table, ())
        raise where.wrong((*path, *wrong.path), wrong.message)


@functools.cache
def structurer() -> Structurer:
    """Give the one that all hosts in a process share: it holds code for each class, and nothing of anybody's."""
    return Structurer()


def _addressed(made: A) -> A:
    try:
        checked_base_url(made.url)
    except ValueError as wrong:
        raise WrongSettingError(str(wrong), ("base_url",)) from None
    return made


_LISTS: Final[Mapping[Any, Callable[[list[Any]], Any]]] = {
    tuple: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
    collections.abc.Sequence: tuple,
    collections.abc.Set: frozenset,
}


def _is_list(kind: Any) -> bool:
    origin, inner = get_origin(kind), get_args(kind)
    return origin in _LISTS and (origin is not tuple or inner[1:] == (...,))


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) in (dict, collections.abc.Mapping) and get_args(kind)[0] is str


def _explain(
    error: BaseException, kind: type[Any], table: Mapping[str, Any], others: Iterable[str]
) -> WrongSettingError:
    """Turn what cattrs gathered into one sentence about the first thing that is wrong."""
    import cattrs

    # A key that is not known comes first: it is most often the one that is missing, misspelt.
    inners = sorted(
        getattr(error, "exceptions", ()), key=lambda one: not isinstance(one, cattrs.ForbiddenExtraKeysError)
    )
    private = {field.name for field in attrs.fields(kind) if not field.repr}
    for inner in inners:
        if isinstance(inner, cattrs.ForbiddenExtraKeysError):
            unknown = min(map(str, inner.extra_fields))
            known = [*others, *(field.name for field in attrs.fields(kind))]
            return WrongSettingError(unknown_key(unknown, known), (unknown,))
        name = next((note.name for note in getattr(inner, "__notes__", ()) if hasattr(note, "name")), None)
        value = table.get(name or "")
        wrong = _reason(inner, name, value, table)
        missing = isinstance(inner, KeyError) and name not in table
        return wrong.under(name, quietly=name in private) if name and not missing else wrong
    return WrongSettingError(str(error))


def _reason(inner: BaseException, name: str | None, value: object, table: Mapping[str, Any]) -> WrongSettingError:
    import cattrs

    if isinstance(inner, cattrs.BaseValidationError):
        return _explain(inner, inner.cl, an_object(value) or {}, ())
    if isinstance(inner, WrongSettingError):
        return inner
    if isinstance(inner, KeyError) and name and name not in table:
        return WrongSettingError(f"the key {name!r} is missing")
    return WrongSettingError(str(inner))
