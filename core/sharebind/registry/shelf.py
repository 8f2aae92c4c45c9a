"""The plugins of one kind, as one registry knows them: which there are, whose a name is, and what became of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import attrs

from sharebind import logs
from sharebind.errors import SharebindError
from sharebind.registry.discovery import Found, normal
from sharebind.registry.kinds import PROVIDER, Kind, flaw
from sharebind.registry.loading import ask, hooks_of, import_plugin
from sharebind.registry.report import PluginReport, Problem, Status
from sharebind.registry.wording import cause_of, one_line

BUILT_IN: Final = "sharebind"
"""The distribution whose plugins keep their names, whoever else brings one of the same name."""

SLOW: Final = 1.0
"""Seconds that loading a plugin may take before it is told."""

HANDED: Final = "handed over by the host"


@attrs.frozen
class Passed:
    """One who brings a name and does not get it."""

    found: Found
    status: Status
    why: str


class Shelf:
    """The plugins of one kind.

    Args:
        kind: which.
        find: gives what is installed of that kind; asked once, when it is first needed.
        allows: whether a name may be loaded.
        prefer: whose a name is where several bring it.

    """

    def __init__(
        self,
        kind: Kind,
        find: Callable[[], Iterable[Found]],
        allows: Callable[[str], bool],
        prefer: Mapping[str, str],
    ) -> None:
        self.kind = kind
        self._find = find
        self._allows = allows
        self._prefer = prefer
        self._specs: dict[str, Any] = {}
        self._given: set[str] = set()
        self._asked: set[str] = set()
        self._problems: dict[str, Problem] = {}
        self._seconds: dict[str, float] = {}
        self._rivals: dict[str, list[Passed]] = {}
        self._found: dict[str, list[Found]] | None = None
        self._ignored: list[Found] = []

    def give(self, spec: Any) -> str:
        """Take one from the host, and say what is wrong with it, or nothing."""
        what = flaw(self.kind, spec)
        if not what and spec.name in self._given:
            what = "two of that name were handed over"
        if not what:
            self._specs[spec.name] = spec
            self._given.add(spec.name)
        return what

    def names(self) -> tuple[str, ...]:
        """Give the names that are installed or were handed over, usable or not, sorted; nothing is imported."""
        return tuple(sorted({*self._specs, *filter(None, self._installed())}))

    def get(self, name: str) -> Any:
        """Give one description, loading its plugin if this is the first use.

        Raises:
            SharebindError: the kind's own: not installed, blocked, or failed to load.

        """
        spec = self._usable(name)
        self._asked.add(name)
        return spec

    def source(self, name: str) -> str:
        """Say where a plugin comes from: its distributions with their versions."""
        if name in self._given:
            return HANDED
        owners, _ = self._owners(name)
        return ", ".join(map(str, owners or self._installed().get(name, []))) or "not installed"

    def broken(self, name: str, cause: BaseException) -> SharebindError:
        """Keep that a plugin cannot be used after all, and give the error to raise."""
        self._fail(name, cause_of(cause), cause)
        return self._unusable(name)

    def report(self) -> Iterator[PluginReport]:
        """Load everything that may be loaded and tell what became of it; of one name, who owns it comes last."""
        installed = self._installed()
        for found in self._ignored:
            yield self._row(found.name, str(found), "ignored", why=found.ignored)
        for found in installed.get("", ()):
            yield self._row("", str(found), "failed", why=found.broken)
        for name in self.names():
            if name not in self._given and not self._allows(name):
                yield self._row(name, ", ".join(map(str, installed[name])), "blocked", why="by this host")
                continue
            try:
                title = one_line(self._usable(name).title)
            except self.kind.error:
                title = ""
            for rival in self._rivals.get(name, ()):
                yield self._row(name, str(rival.found), rival.status, why=rival.why)
            source, seconds, slow = self.source(name), self._seconds.get(name, 0.0), self._slowness(name)
            if name in self._problems:
                why = "; ".join(filter(None, [self._problems[name].what, slow]))
                yield self._row(name, source, "failed", why=why, seconds=seconds)
            else:
                status: Status = "loaded" if self.kind is PROVIDER or name in self._asked else "installed"
                yield self._row(name, source, status, title=title, why=slow, seconds=seconds)

    def _row(self, name: str, distribution: str, status: Status, **told: Any) -> PluginReport:
        return PluginReport(kind=self.kind.name, name=name, distribution=distribution, status=status, **told)

    def _usable(self, name: str) -> Any:
        spec = self._specs.get(name)
        if spec is not None:
            return spec
        if not self._allows(name):
            raise self.kind.error(f"{self._word} {name!r} is blocked by this host's settings. {self._there_is()}")
        if name not in self._problems:
            if name not in self._installed():
                raise self._unknown(name)
            self._load(name)
        if name in self._problems:
            raise self._unusable(name) from self._problems[name].cause
        return self._specs[name]

    @property
    def _word(self) -> str:
        return self.kind.name.capitalize()

    def _installed(self) -> dict[str, list[Found]]:
        if self._found is None:
            self._found = {}
            for found in self._find():
                if found.ignored:
                    self._ignored.append(found)
                else:
                    self._found.setdefault(found.name, []).append(found)
        return self._found

    def _owners(self, name: str) -> tuple[list[Found], list[Passed]]:
        """Give whose a name is, which is nobody's where several have the same right to it, and who else brings it."""
        found = self._installed().get(name, [])
        sound = [each for each in found if not each.broken]
        passed = [Passed(each, "failed", each.broken) for each in found if each.broken]
        wanted = self._prefer.get(name)
        preferred = [each for each in sound if wanted and normal(each.distribution) == normal(wanted)]
        built_in = [each for each in sound if normal(each.distribution) == BUILT_IN]
        if preferred:
            why = f"this host prefers {preferred[0].distribution}"
            passed += [Passed(each, "blocked", why) for each in sound if each not in preferred]
            return preferred, passed
        if built_in:
            why = f"the name {name!r} is built in; a host may prefer this one"
            passed += [Passed(each, "failed", why) for each in sound if each not in built_in]
            return built_in, passed
        return sound, passed

    def _load(self, name: str) -> None:
        owners, passed = self._owners(name)
        self._rivals[name] = passed if owners else passed[1:]
        if len(owners) > 1:
            number, none = ("two", "neither") if len(owners) == 2 else (len(owners), "none")  # noqa: PLR2004 - a word
            what = f"{number} distributions bring this name, so {none} is used; uninstall one, or prefer one"
            self._fail(name, what)
            return
        if not owners:
            self._fail(name, passed[0].why)
            return
        for rival in passed:
            if rival.status == "failed":
                self._warn("not_loaded", name, str(rival.found), rival.why)
        began = time.perf_counter()
        what, cause = "", None
        try:
            spec = ask(hooks_of(import_plugin(owners[0].module)), self.kind)
            what = flaw(self.kind, spec, name)
        except KeyboardInterrupt:  # somebody wants to stop, and that is not the plugin's to say
            raise
        except BaseException as escaped:  # noqa: BLE001 - the plugin border: whatever it is, it stays there
            what, cause = cause_of(escaped), escaped
        else:
            self._specs[name] = spec
        took = time.perf_counter() - began
        if took > SLOW:
            self._seconds[name] = round(took, 1)
            self._warn("slow", name, str(owners[0]), self._slowness(name))
        if what:
            self._specs.pop(name, None)
            self._fail(name, what, cause)

    def _fail(self, name: str, what: str, cause: BaseException | None = None) -> None:
        problem = Problem(name=name, distribution=self.source(name), what=one_line(what), cause=cause)
        self._problems[name] = problem
        self._warn("not_loaded", name, problem.distribution, problem.what)

    def _slowness(self, name: str) -> str:
        return f"loading it took {self._seconds[name]} s" if name in self._seconds else ""

    def _warn(self, what: str, name: str, distribution: str, cause: str) -> None:
        event = f"{self.kind.name}.{what}"
        if self.kind is PROVIDER:
            logs.warn(event, provider=name, distribution=distribution, cause=cause)
        else:
            logs.warn(event, plugin=name, distribution=distribution, cause=cause)

    def _unusable(self, name: str) -> SharebindError:
        return self.kind.error(f"{self._word} {self._problems[name]} could not be loaded. {self._there_is()}")

    def _unknown(self, name: str) -> SharebindError:
        import difflib  # for a mistake only: it takes its time to load

        near = difflib.get_close_matches(str(name), self.names(), n=1)
        # A distribution is named only where the name looks right: a typo must lead to no stranger's package.
        hint = f"Did you mean {near[0]!r}?" if near else f"Its distribution is usually named sharebind-{name}."
        left = [f"{found} ({found.ignored})" for found in self._ignored if found.name == name]
        hint = f"Ignored: {'; '.join(left)}." if left else hint
        return self.kind.error(f"No {self.kind.name} {name!r} is installed. {self._there_is()} {hint}")

    def _there_is(self) -> str:
        names = [name for name in self.names() if name not in self._problems]
        usable = [name for name in names if name in self._given or self._allows(name)]
        text = f"Installed: {', '.join(usable) or 'none'}."
        failed = "; ".join(str(problem) for problem in self._problems.values())
        return f"{text} Failed: {failed}." if failed else text
