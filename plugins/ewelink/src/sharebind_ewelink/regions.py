"""In which region an account lives, and where its calls go (contract: auth.wrong_region).

A token lives in one region, so the two are kept together: in the host's token store the region stands beside the
tokens, and a restart goes there at once.
"""

from __future__ import annotations

from typing import Final

from sharebind.provider import Client, Setup, Tokens, WrongRegionError
from sharebind_ewelink.settings import PLACEHOLDER, REGIONS, EwelinkSettings

REGION: Final = "region"
"""The name of the region beside the tokens."""


class Regions:
    """Knows the region of an account, and gives the client for it."""

    def __init__(self, settings: EwelinkSettings, setup: Setup) -> None:
        self._settings = settings
        self._first = setup.client
        self._clients: dict[str, Client] = {settings.region or "": setup.client}
        self.here = settings.region or ""

    def of(self, tokens: Tokens) -> str:
        """Give the region of tokens: the one that is kept with them, else where the account is."""
        kept = tokens.get(REGION)
        named = "" if kept is None else kept.reveal()
        return named if self._settings.moves and named in REGIONS else self.here

    def client(self, region: str) -> Client:
        """Give the client for a region, over the same connections and at the same pace."""
        client = self._clients.get(region)
        if client is None:
            client = self._clients[region] = self._first.at(self._settings.at(region))
        return client

    def after(self, wrong: WrongRegionError, region: str) -> str | None:
        """Give the region to follow to; ``None`` where the answer names none that is known, or no other address is."""
        named = wrong.region
        return named if self._settings.moves and named in REGIONS and named != region else None

    def explained(self, wrong: WrongRegionError, region: str) -> WrongRegionError:
        """Say where the account is set up, and what to set instead."""
        where = f"this account is at {self._settings.at(region)}"
        if wrong.region in REGIONS and not self._settings.moves:
            then = f'; set region = "{wrong.region}", or a base_url with {PLACEHOLDER} in it'
        elif wrong.region in REGIONS:
            then = ", and the vendor's regions disagree"
        else:
            then = f"; the regions are {', '.join(REGIONS)}"
        named = f"; the vendor names {wrong.region!r}" if wrong.region in REGIONS else ""
        wrong.args = (f"{wrong}{named}; {where}{then}",)
        return wrong
