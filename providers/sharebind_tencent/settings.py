"""What an account at Tencent is set up with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from sharebind.provider import Email, Phone, Secret

REGIONS: Final = {
    "domestic": "https://iot.cloud.tencent.com",
    "overseas": "https://oversea.iotcloud.tencentiotcloud.com",
}
"""Base URLs by region (contract: hosts)."""

WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("password",),
    "phone": ("password",),
    "open_id": ("nickname", "avatar"),
}
"""The ways to sign in, and what goes with each. The page of the third requires all three of its values."""

_APP: Final = ("app_key", "app_secret")


@attrs.frozen(kw_only=True)
class TencentSettings:
    """One account: a token, or what to sign in with, or both; then the token comes first.

    ``token`` is a user's access token. ``app_key`` and ``app_secret`` are those of the app whose user it is, and go
    with exactly one way to sign in: ``email`` or ``phone`` with ``password``, or ``open_id`` (an id of the host's own
    user system) with ``nickname`` and ``avatar``, which makes the user if there is none yet.

    ``region`` is ``domestic`` or ``overseas``, or ``base_url`` any other host of the API.
    """

    token: Secret | None = None
    app_key: str | None = None
    app_secret: Secret | None = None
    email: str | None = None
    phone: Phone | None = None
    password: Secret | None = None
    open_id: str | None = None
    nickname: str | None = None
    avatar: str | None = None
    region: str | None = None
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse settings that name no address or no way in, or more than one."""
        if (self.region is None) == (self.base_url is None):
            raise ValueError("name either a region (domestic, overseas) or a base_url")
        if self.region is not None and self.region not in REGIONS:
            raise ValueError(f'region: expected "domestic" or "overseas", got "{self.region}"')
        self._check_way_in()

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.base_url if self.base_url is not None else REGIONS[self.region or ""]

    @property
    def way(self) -> str | None:
        """By which setting the account signs in, ``None`` where it has a token only."""
        return next((way for way in WAYS if getattr(self, way) is not None), None)

    @property
    def user(self) -> str | None:
        """Who signs in, as one text: the same user for the same text."""
        if self.phone is not None:
            return f"phone {self.phone.country} {self.phone.number}"
        return f"{self.way} {self.email or self.open_id}" if self.way is not None else None

    def _check_way_in(self) -> None:
        ways = [way for way in WAYS if getattr(self, way) is not None]
        others = sorted({*_APP, *(name for names in WAYS.values() for name in names)})
        given = [name for name in others if getattr(self, name) is not None]
        if not ways and not given:
            if self.token is None:
                raise ValueError(
                    "name a token, or what to sign in with: app_key, app_secret and one of email, phone and open_id"
                )
            return
        if len(ways) != 1:
            said = f"{given[0]} is for signing in, which takes" if not ways else f"{' and '.join(ways)} are too many:"
            raise ValueError(f"{said} exactly one of email, phone and open_id")
        needed = (*_APP, *WAYS[ways[0]])
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ValueError(f"signing in by {ways[0]} takes {', '.join(needed)}; missing: {', '.join(missing)}")
        stray = [name for name in given if name not in needed]
        if stray:
            raise ValueError(f"signing in by {ways[0]} takes no {' and no '.join(stray)}")
        # What is empty would be left out of the signed text by some, and kept by others: none is sent.
        for name in ("app_key", "email", "open_id", "nickname", "avatar"):
            value = getattr(self, name)
            if value is not None and not (value.strip() and value.isprintable()):
                raise ValueError(f"{name}: expected a text on one line that is not empty")
        if self.email is not None:
            Email(self.email)
