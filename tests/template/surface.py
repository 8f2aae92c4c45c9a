"""The plugin API as lines of text: what a plugin's author can import, and what of it they can lean on.

``python -m tests.template.surface`` writes the list anew. Look at what it changed: a line that goes, or that turns from
``may`` to ``must``, breaks plugins that are out there, and takes a new major of the API.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs

LIST: Final = Path(__file__).with_name("plugin_api.txt")
MADE_BY_THE_CORE: Final = frozenset({"Context"})
"""Whom plugins are given and never make: what making one takes may change."""

MODULES: Final = ("sharebind.provider", "sharebind.emulator", "sharebind.testing")


def surface() -> list[str]:
    """Give a line for each thing that a plugin can lean on, sorted."""
    lines: set[str] = set()
    for module in MODULES:
        there = import_module(module)
        for name in there.__all__:
            lines |= {f"{module.removeprefix('sharebind.')} {line}" for line in _of(name, getattr(there, name))}
    return sorted(lines)


def _of(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, types.ModuleType):
        yield name
        yield from (
            f"{name}.{each} = {there!s}" for each, there in vars(value).items() if each.isupper() and _is_name(there)
        )
    elif isinstance(value, type):
        yield from _of_class(name, value)
    elif inspect.isfunction(value):
        yield f"{name}({_parameters(value)})"
    else:
        yield name


def _is_name(value: object) -> bool:
    return type(value) is str


def _of_class(name: str, kind: type[Any]) -> Iterator[str]:
    if issubclass(kind, Enum):
        yield from (f"{name}.{each.name} = {each.value!r}" for each in kind)
        return
    if issubclass(kind, BaseException):
        yield f"{name} is a {kind.__mro__[1].__name__}"
    if attrs.has(kind):
        for field in attrs.fields(kind):
            must = "must" if field.default is attrs.NOTHING else "may"
            yield f"{name}.{field.name}: {must} be given{', by name' if field.kw_only else ''}"
    elif not getattr(kind, "_is_protocol", False) and name not in MADE_BY_THE_CORE:
        yield f"{name}({_parameters(kind.__init__)})"
    for each in dir(kind):
        if not each.startswith("_") and not _is_builtin(kind, each):
            yield from _of_member(name, each, inspect.getattr_static(kind, each), kind)


def _is_builtin(kind: type[Any], member: str) -> bool:
    """Tell whether a member is Python's own, such as ``add_note`` of errors."""
    owner = next(each for each in kind.__mro__ if member in vars(each))
    return not owner.__module__.startswith("sharebind") or type(vars(owner)[member]) is types.MemberDescriptorType


def _of_member(name: str, member: str, value: Any, kind: type[Any]) -> Iterator[str]:
    abstract = ", to be written" if member in getattr(kind, "__abstractmethods__", ()) else ""
    abstract = ", to be written" if getattr(kind, "_is_protocol", False) else abstract
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    if inspect.isfunction(function):
        yield f"{name}.{member}({_parameters(function)}){abstract}"
    elif member in ("kind", "method"):  # what stored operations and proofs go by
        yield f"{name}.{member} = {value!r}"
    else:
        yield f"{name}.{member}{abstract}"


def _parameters(function: Any) -> str:
    """Write parameters as a caller has to give them."""
    written: list[str] = []
    for each in inspect.signature(function).parameters.values():
        if each.name in ("self", "cls"):
            continue
        mark = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
        by_name = (
            " by name" if each.kind is each.KEYWORD_ONLY else " by place" if each.kind is each.POSITIONAL_ONLY else ""
        )
        may = "" if each.default is each.empty else " may"
        written.append(f"{mark}{each.name}{by_name}{may}")
    return ", ".join(written)


if __name__ == "__main__":
    LIST.write_text("".join(f"{line}\n" for line in surface()), encoding="utf-8")
