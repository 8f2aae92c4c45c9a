"""The registry: an object that somebody owns, which loads each plugin when its name is first used.

A broken plugin breaks itself only. Its failure is kept with distribution and cause, warned of once, and repeated when
the name is asked for. Two distributions with one name: neither wins, for the order of a path must not decide who is
handed a token. A name that comes with this library stays with it, and the host may choose another.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import TypeAlias, cast

from sharebind.errors import ConfigurationError, UnknownProviderError
from sharebind.registry.discovery import Found, find, normal
from sharebind.registry.kinds import KINDS, OBSERVER, POLICY, PROVIDER, Kind, KindName
from sharebind.registry.loading import ask, count, hooks_of
from sharebind.registry.report import PluginReport
from sharebind.registry.shelf import Shelf
from sharebind.registry.wording import cause_of
from sharebind.specs import ObserverSpec, PolicySpec, ProviderSpec

Spec: TypeAlias = ProviderSpec | PolicySpec | ObserverSpec


class Registry:
    """The plugins that one host may use.

    Args:
        specs: descriptions handed over directly; such a name is not looked up among the installed ones.
        allow: only these providers, where given. Policies and observers act only where they are named, so neither this
            nor ``block`` is about them.
        block: never these providers.
        prefer: by a plugin's name, the distribution whose it is, where several bring it or it is a built-in one.
        plugins: plugins handed over directly, each a module or an object with a hook marked ``@hookimpl``.

    Raises:
        ConfigurationError: a plugin that was handed over is faulty, or ``prefer`` names a distribution that does not
            bring that name.
        UnknownProviderError: a description that was handed over is faulty.

    """

    def __init__(
        self,
        specs: Iterable[Spec] = (),
        *,
        allow: Iterable[str] | None = None,
        block: Iterable[str] = (),
        prefer: Mapping[str, str] | None = None,
        plugins: Iterable[object] = (),
    ) -> None:
        self._allow = None if allow is None else _names(allow, "allow")
        self._block = _names(block, "block")
        self._prefer = dict(prefer or {})
        self._shelves: Mapping[KindName, Shelf] = {kind.name: self._shelf(kind) for kind in KINDS}
        for spec in specs:
            self._take(spec)
        for plugin in plugins:
            self._plug_in(plugin)
        self._check_preferred()

    def names(self) -> tuple[str, ...]:
        """Give the providers that are installed or were handed over, usable or not, sorted; nothing is imported."""
        return self._shelves["provider"].names()

    def spec(self, name: str) -> ProviderSpec:
        """Give one provider, loading its plugin if this is the first use.

        Raises:
            UnknownProviderError: not installed, blocked, or failed to load; the message says which, and what there is.
        """
        return cast("ProviderSpec", self._shelves["provider"].get(name))

    def policy(self, name: str) -> PolicySpec:
        """Give one policy, loading its plugin if this is the first use.

        Raises:
            ConfigurationError: not installed, or failed to load; the message says which, and what there is.
        """
        return cast("PolicySpec", self._shelves["policy"].get(name))

    def observer(self, name: str) -> ObserverSpec:
        """Give one observer, as ``policy`` does."""
        return cast("ObserverSpec", self._shelves["observer"].get(name))

    def source(self, kind: KindName, name: str) -> str:
        """Say where a plugin comes from: its distribution with its version."""
        return self._shelves[kind].source(name)

    def broken(self, name: str, cause: BaseException) -> UnknownProviderError:
        """Keep that an adapter could not be made, which its light plugin did not show, and give the error to raise."""
        return cast("UnknownProviderError", self._shelves["provider"].broken(name, cause))

    def report(self, kind: KindName | None = None) -> tuple[PluginReport, ...]:
        """Load everything that may be loaded, of one kind or of all, and tell what became of it."""
        shelves = self._shelves.values() if kind is None else [self._shelves[kind]]
        return tuple(row for shelf in shelves for row in shelf.report())

    @functools.cached_property
    def _installed(self) -> tuple[Found, ...]:
        return tuple(find())

    def _shelf(self, kind: Kind) -> Shelf:
        def installed() -> Iterable[Found]:
            return (found for found in self._installed if found.group == kind.group)

        return Shelf(kind, installed, self._allows if kind is PROVIDER else _anything, self._prefer)

    def _allows(self, name: str) -> bool:
        return name not in self._block and (self._allow is None or name in self._allow)

    def _take(self, spec: Spec) -> None:
        kind = POLICY if isinstance(spec, PolicySpec) else OBSERVER if isinstance(spec, ObserverSpec) else PROVIDER
        problem = self._shelves[kind.name].give(spec)
        if problem:
            name = getattr(spec, "name", type(spec).__name__)
            raise UnknownProviderError(f"the {kind.name} spec {name!r} cannot be used: {problem}")

    def _plug_in(self, plugin: object) -> None:
        """Take all that a plugin brings. It is the host's own: what is wrong with it is told at once."""
        shown = getattr(plugin, "__name__", type(plugin).__name__)
        cause: BaseException | None = None
        problem = ""
        try:
            hooks = hooks_of(plugin)
            brought = [kind for kind in KINDS if count(hooks, kind)]
            if not brought:
                problem = "it has none of our hooks marked with @hookimpl"
            for kind in brought:
                problem = problem or self._shelves[kind.name].give(ask(hooks, kind))
        except Exception as escaped:  # noqa: BLE001 - the plugin border: it is told with what it was
            problem, cause = cause_of(escaped), escaped
        if problem:
            raise ConfigurationError(f"the plugin {shown} cannot be used: {problem}") from cause

    def _check_preferred(self) -> None:
        for name, wanted in self._prefer.items():
            brings = [each for each in self._installed if each.name == name and not (each.ignored or each.broken)]
            if normal(wanted) not in {normal(each.distribution) for each in brings}:
                who = ", ".join(sorted({str(each) for each in brings})) or "nobody"
                raise ConfigurationError(
                    f"{wanted!r} is preferred for {name!r}, and does not bring it; who does: {who}"
                )


def _names(given: Iterable[str], what: str) -> frozenset[str]:
    if isinstance(given, str):
        raise TypeError(f"{what} is a list of names, not one text: [{given!r}]")
    return frozenset(given)


def _anything(_name: str) -> bool:
    return True
