"""What an account at Quectel is set up with."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import attrs

from sharebind.provider import Secret

DATA_CENTRES: Final = {
    "cn": "https://iot-api.quectelcn.com",
    "eu": "https://iot-api.acceleronix.io",
    "us": "https://iot-api.landecia.com",
}
"""Base URLs by data centre (contract: data_centres; the North American host is observed, not documented)."""


@attrs.frozen(kw_only=True)
class QuectelSettings:
    """One account.

    ``token`` is the access token as the vendor gave it, ``Bearer `` in front included. ``region`` is a data centre, or
    ``base_url`` any other address of the API. ``offer_life`` is how long a code may be taken where a caller sets no
    ``accept_by``; the vendor's call requires an end.
    """

    token: Secret
    region: str | None = None
    base_url: str | None = None
    offer_life: timedelta = timedelta(hours=24)

    def __attrs_post_init__(self) -> None:
        """Refuse an address that is missing, doubled or unknown."""
        if (self.region is None) == (self.base_url is None):
            raise ValueError("name either a region (cn, eu, us) or a base_url")
        if self.region is not None and self.region not in DATA_CENTRES:
            raise ValueError(f'region: expected "cn", "eu" or "us", got "{self.region}"')

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.base_url if self.base_url is not None else DATA_CENTRES[self.region or ""]
