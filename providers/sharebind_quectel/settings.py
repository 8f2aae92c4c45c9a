"""What an account at Quectel is set up with."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import attrs

from sharebind.provider import Email, Phone, Secret

DATA_CENTRES: Final = {
    "cn": "https://iot-api.quectelcn.com",
    "eu": "https://iot-api.acceleronix.io",
    "us": "https://iot-api.landecia.com",
}
"""Base URLs by data centre (contract: data_centres; the North American host is observed, not documented)."""


_MCC_FIRST: Final = 100
_MCC_LAST: Final = 999


@attrs.frozen(kw_only=True)
class QuectelSettings:
    """One account: a token, or what it takes to sign in, or both, then the token first.

    ``token`` is the access token as the vendor gave it, ``Bearer `` in front included, and ``refresh_token`` what came
    with it. A sign-in takes ``email`` or ``phone``, the ``password``, and the app's ``user_domain`` and
    ``user_domain_secret``; ``mcc`` is the mobile country code that the vendor may check the data centre by. The secret
    beside a mere token lets the account bind by Bluetooth, which the app has to sign.

    ``region`` is a data centre, or ``base_url`` any other address of the API. ``offer_life`` is how long a code may be
    taken where a caller sets no ``accept_by``; the vendor's call requires an end.
    """

    token: Secret | None = None
    refresh_token: Secret | None = None
    email: str | None = None
    phone: Phone | None = None
    password: Secret | None = None
    user_domain: str | None = None
    user_domain_secret: Secret | None = None
    mcc: int | None = None
    region: str | None = None
    base_url: str | None = None
    offer_life: timedelta = timedelta(hours=24)

    def __attrs_post_init__(self) -> None:
        """Refuse an address that is missing, doubled or unknown, and credentials that are not enough or too many.

        What could never work is refused here too, and not with the first call.
        """
        self._check_values()
        if (self.region is None) == (self.base_url is None):
            raise ValueError("name either a region (cn, eu, us) or a base_url")
        if self.region is not None and self.region not in DATA_CENTRES:
            raise ValueError(f'region: expected "cn", "eu" or "us", got "{self.region}"')
        if self.signs_in:
            self._check_credentials()
        else:
            self._check_token()

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.base_url if self.base_url is not None else DATA_CENTRES[self.region or ""]

    @property
    def signs_in(self) -> bool:
        """Whether the account can sign in by itself."""
        return self.email is not None or self.phone is not None

    @property
    def user(self) -> str | None:
        """Who signs in: an address, or a number with its country, ``None`` where nobody does."""
        return self.email if self.phone is None else f"+{self.phone.country} {self.phone.number}"

    def _check_values(self) -> None:
        for name in ("token", "refresh_token", "password", "user_domain", "user_domain_secret", "base_url"):
            value = getattr(self, name)
            if value is not None and not (value.reveal() if isinstance(value, Secret) else value).strip():
                raise ValueError(f"{name}: expected a text that is not empty")
        if self.mcc is not None and not _MCC_FIRST <= self.mcc <= _MCC_LAST:
            raise ValueError(f"mcc: expected a mobile country code of three digits, got {self.mcc}")
        if self.offer_life <= timedelta():
            raise ValueError('offer_life: expected a duration such as "1d"')

    def _check_credentials(self) -> None:
        if self.email is not None and self.phone is not None:
            raise ValueError("sign in by email or by phone, not by both")
        if self.email is not None and not _is_email(self.email):
            raise ValueError('email: expected an address such as "name@example.com"')
        missing = [name for name in ("password", "user_domain", "user_domain_secret") if getattr(self, name) is None]
        if missing:
            who = "email" if self.phone is None else "phone"
            raise ValueError(f"signing in by {who} also takes {_listed(missing)}")
        self._check_refresh()

    def _check_token(self) -> None:
        unused = [name for name in ("password", "mcc") if getattr(self, name) is not None]
        if unused:
            raise ValueError(f"{_listed(unused)} is for signing in, which also takes an email or a phone")
        if self.token is None:
            raise ValueError(
                "give a token, or an email or a phone with password, user_domain and user_domain_secret to sign in"
            )
        if self.user_domain is not None and self.user_domain_secret is None:
            raise ValueError("user_domain does nothing without its user_domain_secret")
        self._check_refresh()

    def _check_refresh(self) -> None:
        if self.refresh_token is not None and self.token is None:
            raise ValueError("a refresh_token belongs to a token: give both")


def _is_email(value: str) -> bool:
    try:
        Email(value)
    except ValueError:
        return False
    return True


def place(settings: QuectelSettings) -> str:
    """Say at which data centre an account is, and which others there are."""
    here = f"data centre {settings.region!r}" if settings.region is not None else settings.url
    return f"this account is at {here}; the data centres are {', '.join(_centres())}"


def _centres() -> Iterator[str]:
    return (f"{name} ({url})" for name, url in DATA_CENTRES.items())


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
