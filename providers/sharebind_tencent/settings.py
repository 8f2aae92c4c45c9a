"""What an account at Tencent is set up with."""

from __future__ import annotations

from typing import Final

import attrs

from sharebind.provider import Secret

REGIONS: Final = {
    "domestic": "https://iot.cloud.tencent.com",
    "overseas": "https://oversea.iotcloud.tencentiotcloud.com",
}
"""Base URLs by region (contract: hosts)."""


@attrs.frozen(kw_only=True)
class TencentSettings:
    """One account.

    ``token`` is the user's access token. ``region`` is ``domestic`` or ``overseas``, or ``base_url`` any other host of
    the API.
    """

    token: Secret
    region: str | None = None
    base_url: str | None = None

    def __attrs_post_init__(self) -> None:
        """Refuse an address that is missing, doubled or unknown."""
        if (self.region is None) == (self.base_url is None):
            raise ValueError("name either a region (domestic, overseas) or a base_url")
        if self.region is not None and self.region not in REGIONS:
            raise ValueError(f'region: expected "domestic" or "overseas", got "{self.region}"')

    @property
    def url(self) -> str:
        """The base URL of the API."""
        return self.base_url if self.base_url is not None else REGIONS[self.region or ""]
