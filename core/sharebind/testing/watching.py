"""The rig as the checks see it: what fails in it is told as its own fault, and never as the adapter's."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, cast

from sharebind.account import Account
from sharebind.testing.leaks import Watch
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig, RigBrokenError
from sharebind.values import DeviceRef, Email, Phone, Role, UserId, Username

_PEOPLE: Final = ("owner", "guest", "other")
_SOMEBODY: Final = (UserId, Username, Email, Phone)


def watched(rig: Rig, watch: Watch) -> Rig:
    """Give a rig that stands for another one, and tells its faults as such."""
    return cast("Rig", _Watched(rig, watch))


class _Watched:
    def __init__(self, rig: Rig, watch: Watch) -> None:
        self._rig = rig
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        try:
            value = getattr(self._rig, name)
        except AttributeError:
            raise RigBrokenError(f"the rig has no {name!r}: set it in __aenter__") from None
        if name == "provider" and not isinstance(value, str):
            raise RigBrokenError(f"the rig's provider is {_what(value)}, and should be the name of one")
        if name in _PEOPLE:
            return self._person(name, value)
        return partial(self._call, name, value) if inspect.ismethod(value) or inspect.isfunction(value) else value

    def _person(self, name: str, value: object) -> Account | None:
        if isinstance(value, Account):
            self._watch.over(value)
            return value
        if name == "other" and value is None:
            return None
        raise RigBrokenError(f"the rig's {name} is {_what(value)}, and should be an Account")

    def _call(self, name: str, method: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
        try:
            answer = method(*arguments, **named)
        except (NotStagedError, RigBrokenError):
            raise
        except Exception as error:
            raise _broken(name, error) from error
        if not inspect.iscoroutinefunction(getattr(Rig, name, None)):
            return self._checked(name, answer)
        if not inspect.isawaitable(answer):
            raise RigBrokenError(f"{name}() gave {_what(answer)}: it is awaited, so write 'async def {name}'")
        return self._awaited(name, answer)

    async def _awaited(self, name: str, answer: Awaitable[Any]) -> Any:
        try:
            value = await answer
        except (NotStagedError, RigBrokenError):
            raise
        except Exception as error:
            raise _broken(name, error) from error
        return self._checked(name, value)

    def _checked(self, name: str, value: Any) -> Any:
        is_right, right = _RIGHT.get(name, (_anything, ""))
        if not is_right(value):
            raise RigBrokenError(f"{name}() gave {_what(value)}, and should give {right}")
        if isinstance(value, Account):
            self._watch.over(value)
        elif isinstance(value, FreeDevice):
            self._watch.keep_all(value.proofs, "a device's proof")
        return value


def _broken(name: str, error: Exception) -> RigBrokenError:
    return RigBrokenError(f"{name}() raised {type(error).__name__}: {error}")


def _what(value: object) -> str:
    text = repr(value)
    return text if len(text) < 80 else f"a {type(value).__name__}"  # noqa: PLR2004 - what fits into a line


def _anything(value: object) -> bool:
    del value
    return True


def _books(value: object) -> bool:
    if not isinstance(value, Mapping):
        return value is None
    entries = cast("Mapping[object, object]", value).items()
    return all(isinstance(device, DeviceRef) and isinstance(role, Role) for device, role in entries)


def _names(value: object) -> bool:
    forms = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
    return bool(forms) and all(isinstance(form, _SOMEBODY) for form in forms)


_RIGHT: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "free_device": (lambda value: isinstance(value, FreeDevice), "a FreeDevice"),
    "held": (_books, "None, or the Role of each DeviceRef that the person holds"),
    "known_as": (_names, "a tuple of UserId, Username, Email or Phone"),
    "requests": (lambda value: isinstance(value, int), "a number"),
    "restart": (lambda value: isinstance(value, Account), "an Account"),
    "secrets_of": (lambda value: isinstance(value, tuple), "a tuple of texts"),
    "broken": (lambda value: isinstance(value, tuple), "a tuple of texts"),
    "many_guests": (lambda value: isinstance(value, int), "a number"),
}
"""What the answers of a rig must be, so that a check never fails over a rig's mistake."""
