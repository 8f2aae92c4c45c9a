"""Loading one plugin: import it, ask its hook, and look at what that gave."""

from __future__ import annotations

import importlib
import operator
import re
from types import CoroutineType
from typing import Any, Final

import pluggy

from sharebind.hookspecs import PROJECT, Hooks
from sharebind.registry.kinds import Kind

_OBJECT: Final = re.compile(r"(?P<module>[\w.]+)\s*(?::\s*(?P<attribute>[\w.]+)\s*)?(?:\[.*\]\s*)?")


def import_plugin(value: str) -> Any:
    """Import what an entry point names: ``module``, or ``module:attribute``.

    Raises:
        BaseException: whatever comes of a stranger's code.

    """
    named = _OBJECT.fullmatch(value.strip())
    if named is None:
        raise ValueError(f"its entry point names no module: {value!r}")
    module = importlib.import_module(named["module"])
    return operator.attrgetter(named["attribute"])(module) if named["attribute"] else module


def hooks_of(plugin: object) -> pluggy.HookRelay:
    """Give a plugin's hooks, each of which calls that plugin alone.

    Each plugin has a manager of its own: what one does to its hooks is no matter of another, one module may serve
    several entry points, and nothing need be undone where a registration fails half-way, as older pluggys leave it.

    Raises:
        BaseException: whatever comes of a stranger's code, or of what it makes of our hooks.

    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Hooks)
    manager.register(plugin, name="plugin")
    manager.check_pending()
    return manager.hook


def count(hooks: pluggy.HookRelay, kind: Kind) -> int:
    """Give how often the hook of a kind is there; one that only wraps others hands nothing over."""
    caller: Any = getattr(hooks, kind.hook)
    return sum(not (each.hookwrapper or each.wrapper) for each in caller.get_hookimpls())


def ask(hooks: pluggy.HookRelay, kind: Kind) -> Any:
    """Call the hook of one kind, and give what it hands over, whatever that is.

    Raises:
        BaseException: as ``hooks_of``.

    """
    there = count(hooks, kind)
    if not there:
        raise TypeError(f"the plugin module has no hook {kind.hook!r} marked with @hookimpl")
    if there > 1:
        raise TypeError(f"the plugin module has {there} hooks {kind.hook!r}, and only one can be meant")
    answers = getattr(hooks, kind.hook)()
    answer = answers[0] if answers else None
    if type(answer) is CoroutineType:  # a lookalike may say of itself what it likes, or raise
        answer.close()  # else it would be complained about when it is collected
        raise TypeError(f"its hook {kind.hook!r} is async; hooks are plain functions")
    return answer
