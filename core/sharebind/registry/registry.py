"""The registry: an object that somebody owns, which loads each provider when its name is first used.

A broken plugin breaks itself only. Its failure is kept with distribution and cause, warned of once, and repeated when
the name is asked for. Two distributions with one name: neither wins, for the order of a path must not decide who is
handed a token.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable
from typing import Any, cast

import attrs
import pluggy

from sharebind import logs
from sharebind.errors import UnknownProviderError
from sharebind.hookspecs import PROJECT, ProviderHooks
from sharebind.registry.discovery import Found, find
from sharebind.registry.report import Problem, ProviderReport
from sharebind.specs import API, ProviderSpec


class Registry:
    """The providers that one host may use.

    Args:
        specs: providers handed over directly; such a name is not looked up among the installed ones.
        allow: only these names, where given.
        block: never these names.

    """

    def __init__(
        self,
        specs: Iterable[ProviderSpec] = (),
        *,
        allow: Iterable[str] | None = None,
        block: Iterable[str] = (),
    ) -> None:
        self._specs: dict[str, ProviderSpec] = {}
        for spec in specs:
            problem = _invalid(spec, spec.name)
            if problem:
                raise UnknownProviderError(f"the provider spec {spec.name!r} cannot be used: {problem}")
            self._specs[spec.name] = spec
        self._given = frozenset(self._specs)
        self._allow = None if allow is None else frozenset(allow)
        self._block = frozenset(block)
        self._problems: dict[str, Problem] = {}
        self._found: dict[str, list[Found]] | None = None

    def names(self) -> tuple[str, ...]:
        """Give the names that are installed or were handed over, usable or not, sorted; nothing is imported."""
        return tuple(sorted({*self._specs, *self._installed()}))

    def spec(self, name: str) -> ProviderSpec:
        """Give one provider, loading its plugin if this is the first use.

        Raises:
            UnknownProviderError: not installed, blocked, or failed to load; the message says which, and what there is.
        """
        spec = self._specs.get(name)
        if spec is not None:
            return spec
        if self._blocked(name):
            raise UnknownProviderError(f"Provider {name!r} is blocked by this host's settings. {self._there_is()}")
        if name not in self._problems:
            found = self._installed().get(name)
            if not found:
                import difflib  # for a mistake only: it takes its time to load

                near = difflib.get_close_matches(str(name), self.names(), n=1)
                # A distribution is named only where the name looks right: a typo must lead to no stranger's package.
                hint = f"Did you mean {near[0]!r}?" if near else f"Its distribution is usually named sharebind-{name}."
                raise UnknownProviderError(f"No provider {name!r} is installed. {self._there_is()} {hint}")
            self._load(name, found)
        if name in self._problems:
            problem = self._problems[name]
            raise UnknownProviderError(f"Provider {problem} could not be loaded. {self._there_is()}") from problem.cause
        return self._specs[name]

    def broken(self, name: str, cause: Exception) -> UnknownProviderError:
        """Keep that an adapter could not be made, which its light plugin did not show, and give the error to raise."""
        found = self._installed().get(name, [])
        source = ", ".join(str(each) for each in found) or "handed over by the host"
        self._fail(name, source, f"{type(cause).__name__}: {cause}", cause)
        return UnknownProviderError(f"Provider {self._problems[name]} could not be loaded. {self._there_is()}")

    def report(self) -> tuple[ProviderReport, ...]:
        """Load everything that may be loaded and tell what became of it."""
        rows: list[ProviderReport] = []
        for name in self.names():
            found = self._installed().get(name, [])
            source = ", ".join(str(each) for each in found) or "handed over by the host"
            if self._blocked(name) and name not in self._given:
                rows.append(ProviderReport(name=name, distribution=source, status="blocked", why="by this host"))
                continue
            try:
                title = self.spec(name).title
            except UnknownProviderError:
                why = self._problems[name].what
                rows.append(ProviderReport(name=name, distribution=source, status="failed", why=why))
            else:
                rows.append(ProviderReport(name=name, distribution=source, status="loaded", title=title))
        return tuple(rows)

    @functools.cached_property
    def _plugins(self) -> pluggy.PluginManager:
        """What loads the installed ones; a host that hands all its providers over needs it never."""
        plugins = pluggy.PluginManager(PROJECT)
        plugins.add_hookspecs(ProviderHooks)
        return plugins

    def _installed(self) -> dict[str, list[Found]]:
        if self._found is None:
            self._found = {}
            for found in find():
                self._found.setdefault(found.name, []).append(found)
        return self._found

    def _blocked(self, name: str) -> bool:
        return name in self._block or (self._allow is not None and name not in self._allow)

    def _load(self, name: str, found: list[Found]) -> None:
        distributions = ", ".join(str(each) for each in found)
        if len(found) > 1:
            self._fail(name, distributions, "two distributions bring this name, so neither is used; uninstall one")
            return
        plugin_name = f"{found[0].distribution}:{name}"
        try:
            module = importlib.import_module(found[0].module.partition(":")[0].strip())
            self._plugins.register(module, name=plugin_name)
            spec = self._ask(module)
        except (Exception, SystemExit) as cause:  # noqa: BLE001 - the plugin border: whatever it is, it stays there
            if self._plugins.has_plugin(plugin_name):
                self._plugins.unregister(name=plugin_name)
            self._fail(name, distributions, f"{type(cause).__name__}: {cause}", cause)
            return
        problem = _invalid(spec, name)
        if problem:
            self._plugins.unregister(name=plugin_name)
            self._fail(name, distributions, problem)
            return
        self._specs[name] = spec

    def _ask(self, module: Any) -> Any:
        """Call the hook of this plugin alone."""
        self._plugins.check_pending()
        others = [plugin for plugin in self._plugins.get_plugins() if plugin is not module]
        answers = self._plugins.subset_hook_caller("sharebind_provider", others)()
        if not answers:
            raise TypeError("the plugin module has no hook 'sharebind_provider' marked with @hookimpl")
        return answers[0]

    def _fail(self, name: str, distributions: str, what: str, cause: BaseException | None = None) -> None:
        self._problems[name] = Problem(name=name, distribution=distributions, what=what, cause=cause)
        logs.warn("provider.not_loaded", provider=name, distribution=distributions, cause=what)

    def _there_is(self) -> str:
        usable = [name for name in self.names() if name not in self._problems and not self._blocked(name)]
        text = f"Installed: {', '.join(usable) or 'none'}."
        failed = "; ".join(str(problem) for problem in self._problems.values())
        return f"{text} Failed: {failed}." if failed else text


def _invalid(spec: Any, name: str) -> str:
    """Say what is wrong with a spec, or nothing."""
    if not isinstance(spec, ProviderSpec):
        return f"its hook gave {type(spec).__name__}, not a ProviderSpec"
    if spec.name != name:
        return f"its hook names {spec.name!r}, its entry point {name!r}"
    # The annotation says a pair of numbers; a plugin's author may not have been told so by a type checker.
    if not _is_pair(spec.api):
        return "its plugin API is no pair of numbers such as (1, 0)"
    if spec.api[0] != API[0]:
        return f"it was written for plugin API {spec.api[0]}, this is {API[0]}"
    if not attrs.has(spec.settings) or not hasattr(spec.settings, "url"):
        return "its settings are no attrs class with a property 'url'"
    return ""


def _is_pair(api: object) -> bool:
    parts = cast("tuple[object, ...]", api) if isinstance(api, tuple) else ()
    return [type(part) for part in parts] == [int, int]
