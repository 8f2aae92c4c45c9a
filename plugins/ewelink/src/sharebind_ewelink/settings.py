"""What an account at eWeLink is set up with."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

import attrs

from sharebind.provider import Email, Phone, Secret

REGIONS: Final = {
    "cn": "https://cn-apia.coolkit.cn",
    "as": "https://as-apia.coolkit.cc",
    "us": "https://us-apia.coolkit.cc",
    "eu": "https://eu-apia.coolkit.cc",
}
"""Base URLs by region (contract: base_urls). An account lives in one of them."""

PLACEHOLDER: Final = "{region}"
_CALLING_CODE: Final = re.compile("[0-9]+")


class Tier(StrEnum):
    """What kind of credential an account has (contract: credential_tiers)."""

    ENTERPRISE = "enterprise"
    OAUTH = "oauth"


@attrs.frozen(kw_only=True)
class EwelinkSettings:
    """One account: a token, or an ``email`` or ``phone`` with a ``password``, or both; then the token comes first.

    ``app_id`` and ``app_secret`` are those of the app; signing in and renewing take them. ``refresh_token`` renews the
    token. ``country`` is the calling code that goes with an e-mail address at sign-in, digits only. ``take_over`` signs
    in again when another sign-in has ended the session, which ends that other one.

    ``region`` is ``cn``, ``as``, ``us`` or ``eu``. ``base_url`` is another address of the API: with ``{region}`` in it
    it stands for all regions and goes with ``region``, which may then turn out to be another; without, for one.
    """

    app_id: str | None = None
    app_secret: Secret | None = None
    email: str | None = None
    phone: Phone | None = None
    country: str | None = None
    password: Secret | None = None
    token: Secret | None = None
    refresh_token: Secret | None = None
    tier: Tier = Tier.ENTERPRISE
    take_over: bool = False
    region: str | None = None
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse settings that name no address or no way in, or more than one."""
        self._check_address()
        self._check_app()
        if self.signs_in:
            self._check_credentials()
        else:
            self._check_token()

    @property
    def url(self) -> str:
        """The base URL of the API, in the region that the account begins with."""
        return self.at(self.region or "")

    @property
    def moves(self) -> bool:
        """Whether the address of another region is known, so that an account can be followed there."""
        return self.base_url is None or PLACEHOLDER in self.base_url

    @property
    def signs_in(self) -> bool:
        """Whether there is something to sign in with."""
        return self.email is not None or self.phone is not None

    @property
    def user(self) -> str | None:
        """Who signs in, as one text: the same user for the same text."""
        if self.phone is not None:
            return f"phone {self.phone.country} {self.phone.number}"
        return f"email {self.email}" if self.email is not None else None

    def at(self, region: str) -> str:
        """Give the base URL of a region; with a ``base_url`` for one place only it is that one."""
        if self.base_url is None:
            return REGIONS[region]
        return self.base_url.replace(PLACEHOLDER, region)

    def _check_address(self) -> None:
        named = ", ".join(REGIONS)
        if self.region is not None and self.region not in REGIONS:
            raise ValueError(f'region: expected one of {named}, got "{self.region}"')
        if self.base_url is None:
            if self.region is None:
                raise ValueError(f"name either a region ({named}) or a base_url")
        elif PLACEHOLDER in self.base_url:
            if self.region is None:
                raise ValueError(f"base_url stands for several regions: name the one to begin with ({named}) as region")
        elif self.region is not None:
            raise ValueError(f"name a region or a base_url; both only where base_url holds {PLACEHOLDER}")

    def _check_app(self) -> None:
        if (self.app_id is None) != (self.app_secret is None):
            raise ValueError("app_id and app_secret belong together: give both")
        # They stand in a header and in what is signed.
        for name in ("app_id", "country", "email"):
            value = getattr(self, name)
            if value is not None and not (value.strip() and value.isprintable()):
                raise ValueError(f"{name}: expected a text on one line that is not empty")

    def _check_credentials(self) -> None:
        if self.tier is Tier.OAUTH:
            raise ValueError("an account of the tier oauth is set up with a token; it cannot sign in with a password")
        if self.email is not None and self.phone is not None:
            raise ValueError("sign in by email or by phone, not by both")
        if self.email is not None:
            Email(self.email)
        if self.country is not None and (self.phone is not None or not _CALLING_CODE.fullmatch(self.country)):
            raise ValueError("country is a calling code beside an email, digits only; a phone has its own")
        missing = [name for name in ("password", "app_id", "app_secret") if getattr(self, name) is None]
        if missing:
            raise ValueError(f"signing in also takes {' and '.join(missing)}")
        self._check_refresh()

    def _check_token(self) -> None:
        unused = [name for name in ("password", "country") if getattr(self, name) is not None]
        if unused:
            raise ValueError(f"{' and '.join(unused)} is for signing in, which also takes an email or a phone")
        if self.token is None:
            raise ValueError("name a token, or an email or a phone with password, app_id and app_secret to sign in")
        if self.take_over:
            raise ValueError("take_over signs in again, which takes an email or a phone with a password")
        self._check_refresh()

    def _check_refresh(self) -> None:
        if self.refresh_token is not None and self.token is None:
            raise ValueError("a refresh_token belongs to a token: give both")
        if self.refresh_token is not None and self.app_id is None:
            raise ValueError("renewing by refresh_token takes app_id and app_secret")
