"""What an account at Gizwits is set up with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from sharebind.provider import Email, Phone, Secret

PRODUCTION: Final = "https://api.gizwits.com"
"""The one host that the contract names (contract: base_urls)."""

WAYS: Final = ("username", "email", "phone")
"""By what a user signs in; the vendor has one field for all three."""


@attrs.frozen(kw_only=True)
class GizwitsSettings:
    """One account: a token, or what to sign in with, or both; then the token comes first.

    ``app_id`` is that of the app whose user it is, and goes with every call. ``token`` is a user's token; a sign-in
    takes exactly one of ``username``, ``email`` and ``phone``, with ``password``. ``product_secrets`` gives the secret
    of each product by its key, for binding by a device's MAC address, which is signed with it.

    ``base_url`` is any other address of the API than the vendor's own.
    """

    app_id: str
    token: Secret | None = None
    username: str | None = None
    email: str | None = None
    phone: Phone | None = None
    password: Secret | None = None
    product_secrets: Mapping[str, Secret] | None = attrs.field(default=None, hash=False)
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse settings that give no way in, or more than one, and texts that no call could carry."""
        for name in ("app_id", "username"):
            value = getattr(self, name)
            if value is not None and not (value.strip() and value.isprintable()):
                raise ValueError(f"{name}: expected a text on one line that is not empty")
        if self.email is not None:
            try:
                Email(self.email)
            except ValueError as wrong:
                raise ValueError(f"email: {wrong}") from None
        if any(not product.strip() for product in self.product_secrets or ()):
            raise ValueError("product_secrets: a product's key cannot be empty")
        self._check_way_in()

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.base_url if self.base_url is not None else PRODUCTION

    @property
    def user(self) -> str | None:
        """Who signs in, as the vendor's one field for it takes it, ``None`` where the account has a token only.

        How a phone is written there is not said. It goes without its country, as in the vendor's calls (a guess).
        """
        return self.phone.number if self.phone is not None else self.username or self.email

    def _check_way_in(self) -> None:
        ways = [way for way in WAYS if getattr(self, way) is not None]
        if len(ways) > 1:
            raise ValueError(f"sign in by exactly one of username, email and phone, not by {' and '.join(ways)}")
        if ways and self.password is None:
            raise ValueError(f"signing in by {ways[0]} also takes a password")
        if not ways and self.password is not None:
            raise ValueError("password is for signing in, which also takes a username, an email or a phone")
        if not ways and self.token is None:
            raise ValueError("name a token, or a username, an email or a phone with its password to sign in")
