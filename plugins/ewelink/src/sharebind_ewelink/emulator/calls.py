"""What a judged request asks, what the cloud answers, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from sharebind_ewelink.emulator.state import Account

INVALID: Final = 400
NOT_SIGNED_IN: Final = 401
EXPIRED: Final = 402
UNKNOWN_PATH: Final = 403
ABSENT: Final = 405
FORBIDDEN: Final = 406
NOT_ENTITLED: Final = 407
OVER_LIMIT: Final = 412
BROKEN: Final = 500
WRONG_PASSWORD: Final = 10001
NO_USER: Final = 10003
WRONG_REGION: Final = 10004
TAKEN: Final = 30007
NO_RECIPIENT: Final = 30008
BAD_DEVICE_ID: Final = 30010
NO_FACTORY_DATA: Final = 30011
WRONG_CHIP: Final = 30014
WRONG_DIGEST: Final = 30015
NO_DEVICE: Final = 30018
"""Contract: errors."""


class RefusalError(Exception):
    """Say that the cloud refuses, with a vendor code, and `data` where the vendor sends some."""

    def __init__(self, code: int, message: str = "", *, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.data = dict(data or {})


@attrs.frozen(kw_only=True)
class Call:
    """Hold one judged request of somebody with a token: who asks for what, and when."""

    operation: str
    given: Mapping[str, Any] = attrs.field(repr=False)
    now: datetime
    caller: Account

    def text(self, name: str) -> str:
        """Return a text parameter, empty when it was not sent."""
        return self.given.get(name) or ""

    def number(self, name: str) -> int | None:
        """Return a number parameter, of a body or a query, None when it was not sent."""
        value = self.given.get(name)
        return None if value in (None, "") else int(value)


@attrs.frozen(kw_only=True)
class Result:
    """Hold what a call answers as `data`, and whether it changed something."""

    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    effect: bool = False


DONE: Final = Result(effect=True)
