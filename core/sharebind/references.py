"""References to secrets: ``{ env = "NAME" }`` and ``{ file = "PATH" }``, and what they gave, which is never printed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, cast

from sharebind.places import Where
from sharebind.reading import an_object
from sharebind.secrets import MASK


class Referenced(str):
    """A value that came from a reference to a secret; it is never printed."""

    __slots__ = ()


def resolve(value: object, where: Where, path: tuple[str, ...]) -> object:
    """Follow ``{ env = "NAME" }`` and ``{ file = "PATH" }``."""
    if isinstance(value, list):
        return [resolve(one, where, path) for one in cast("list[object]", value)]
    reference = an_object(value)
    if reference is None:
        return value
    if len(reference) != 1 or not {"env", "file"} & set(reference):
        return {key: resolve(one, where, (*path, str(key))) for key, one in reference.items()}
    ((form, name),) = reference.items()
    if not isinstance(name, str) or not name:
        raise where.wrong(path, f"{form} names a text, got {type(name).__name__}")
    if form == "env":
        text = os.environ.get(name, "")
        if not text:
            raise where.wrong(path, f"the environment variable {name} is not set")
        return Referenced(text)
    text, why = text_of(Path(name).expanduser())
    if why:
        raise where.wrong(path, f"the file {name} cannot be read: {why}")
    if not text.strip():
        raise where.wrong(path, f"the file {name} is empty")
    return Referenced(text.strip())


_SHORTEST: Final = 4


def without(resolved: object, message: str) -> str:
    """Take what references gave out of a message."""
    if isinstance(resolved, Referenced):
        # A short one is no secret, and would take half the sentence with it.
        return message.replace(resolved, MASK) if len(resolved) >= _SHORTEST else message
    for value in _inside(resolved):
        message = without(value, message)
    return message


def _inside(value: object) -> Iterable[object]:
    table = an_object(value)
    if table is not None:
        return table.values()
    return cast("list[object]", value) if isinstance(value, list) else ()


def text_of(path: str | os.PathLike[str]) -> tuple[str, str]:
    """Read a text, or say why it cannot be read; the error of one that is no UTF-8 would hold all of it."""
    try:
        return Path(path).read_text(encoding="utf-8"), ""
    except OSError as error:
        return "", error.strerror or type(error).__name__
    except ValueError:
        return "", "no UTF-8 text"
