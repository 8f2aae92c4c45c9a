"""One judged call, what every topic's handlers share, and the refusal they raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import attrs

from sharebind.emulator import EmulatedClock, Guess, GuessValue, User
from sharebind_quectel.emulator.rendering import Rendering, millis
from sharebind_quectel.emulator.world import World

LATEST: Final = 253_402_300_799_999
"""The last millisecond of the year 9999; what lies beyond is no moment, such as microseconds."""


class Refusal(Exception):  # noqa: N818 - the vendor refuses; nothing went wrong here
    """Carry the vendor's code out of a handler before anything was changed."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@attrs.frozen(kw_only=True)
class Call:
    """Hold one call whose parameters were judged; `uid` is the caller's, empty before the sign-in."""

    given: Mapping[str, str]
    uid: str = ""
    token: str = ""

    def text(self, name: str) -> str:
        """Return a parameter, empty when it was not sent."""
        return self.given.get(name, "")

    def number(self, name: str) -> int | None:
        """Return an integer parameter, None when it was not sent."""
        return int(self.given[name]) if self.given.get(name) else None


Handler = Callable[[Call], object]


@attrs.frozen(kw_only=True)
class Desk:
    """Hold what every topic's handlers work with."""

    world: World
    clock: EmulatedClock
    guesses: Mapping[str, Guess]
    rendering: Rendering

    def now(self) -> int:
        """Return the emulated moment in epoch milliseconds."""
        return millis(self.clock.now())

    def guess(self, name: str) -> GuessValue:
        """Return the answer to an open question."""
        return self.guesses[name].value

    def refuse_by(self, name: str) -> Refusal:
        """Return a refusal whose code is a guess."""
        return Refusal(int(self.guess(name)))

    def check_name(self, name: str) -> None:
        """Refuse a name that is too long (the limit is a guess)."""
        if len(name) > int(self.guess("name_limit")):
            raise Refusal(5333)

    def check_moment(self, when: int | None, now: int) -> None:
        """Refuse what is no date in milliseconds, and a moment that is over, as seconds and a sample's 0 are."""
        if when is not None and not 0 <= when <= LATEST:
            raise Refusal(5145)
        if when is not None and when <= now and self.guess("past_timestamp") != "taken":
            raise self.refuse_by("past_timestamp")

    def find_user(self, *, uid: str = "", email: str = "", phone: str = "") -> User | None:
        """Return the user with that uid, email or phone number."""
        for user in self.world.users:
            if (uid and user.user_id == uid) or (email and user.email == email):
                return user
            if phone and user.phone["number"] == phone:
                return user
        return None
