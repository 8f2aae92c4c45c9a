"""One account's session: every call carries its token and goes to its region; a token that died is replaced."""

from __future__ import annotations

from typing import Final

import attrs

from sharebind.provider import (
    ACCESS,
    REFRESH,
    Context,
    Fields,
    HttpCall,
    ProviderError,
    Secret,
    Setup,
    TokenKeeper,
    Tokens,
    WrongRegionError,
)
from sharebind_ewelink import auth
from sharebind_ewelink.codes import CODES, CODES_TAKING_OVER
from sharebind_ewelink.regions import REGION, Regions
from sharebind_ewelink.settings import EwelinkSettings
from sharebind_ewelink.wire.envelope import data_of


class Session:
    """Carries calls with the account's token.

    One app and account hold one token: a sign-in ends the session of every other process that has one of its own (quirk
    ``session_eviction``). So none is begun when the vendor says that another one did, unless the settings say so.
    """

    def __init__(self, settings: EwelinkSettings, setup: Setup) -> None:
        self._settings = settings
        self._regions = Regions(settings, setup)
        self._keeper = TokenKeeper(
            setup,
            codes=CODES_TAKING_OVER if settings.take_over else CODES,
            # The region is no part of it: a token that is stored for another one is good there (region_moves_the_host).
            origin=(settings.base_url, settings.app_id, settings.user, settings.token),
            given=_given(settings),
            sign_in=self._sign_in if settings.signs_in else None,
            renew=self._renew if settings.app_secret is not None else None,
        )

    async def ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> Fields:
        """Make a call with the token, and give what it says; ``done`` marks it as the confirmed change."""
        data = await self._keeper.carry(lambda token: self._with(token, call, ctx), ctx)
        if done:
            ctx.done()
        return data

    async def _with(self, token: Secret, call: HttpCall, ctx: Context) -> Fields:
        carrying = attrs.evolve(call, headers=auth.with_token(token))
        return (await self._followed(carrying, ctx, self._regions.of(self._keeper.beside(token))))[0]

    async def _sign_in(self, ctx: Context) -> Tokens:
        try:
            data, region = await self._followed(auth.sign_in(self._settings), ctx, self._regions.here)
        except ProviderError as refused:
            raise _explained(refused) from None
        return _placed(auth.tokens_in(data), region)

    async def _renew(self, tokens: Tokens, ctx: Context) -> Tokens:
        call = auth.renew(tokens[REFRESH], self._settings)
        data, region = await self._followed(call, ctx, self._regions.of(tokens))
        fresh = auth.tokens_in(data)
        # Where no other refresh token comes, the old one may still serve.
        return _placed(fresh if REFRESH in fresh else {**fresh, REFRESH: tokens[REFRESH]}, region)

    async def _followed(self, call: HttpCall, ctx: Context, region: str) -> tuple[Fields, str]:
        """Make a call in a region, or once more in the one that the vendor names (quirk ``region_moves_the_host``).

        A refusal for the region means that nothing happened, so a change may be sent on as well.

        Raises:
            WrongRegionError: the region that was named refuses as well, or it cannot be followed.

        """
        try:
            return await self._send(region, call, ctx), region
        except WrongRegionError as wrong:
            refused = wrong
        other = self._regions.after(refused, region)
        if other is None:
            raise self._regions.explained(refused, region)
        try:
            data = await self._send(other, call, ctx)
        except WrongRegionError as again:
            raise self._regions.explained(again, other) from None
        self._regions.here = other
        return data, other

    async def _send(self, region: str, call: HttpCall, ctx: Context) -> Fields:
        return await self._regions.client(region).send(call, ctx, lambda reply: data_of(reply, call, ctx))


_OF_THE_APP: Final = {
    "401": "the signature was refused: app_secret may be wrong, or belong to another app_id",
    "407": "the vendor does not know this app_id, or its app may not sign users in",
}
"""What a refused sign-in most likely means; there is no token yet whose end these codes could tell."""


def _explained(refused: ProviderError) -> ProviderError:
    why = _OF_THE_APP.get(refused.vendor_code or "")
    if why is not None:
        refused.args = (f"ewelink refused sign_in (login): {why} [{refused.vendor_code}]",)
    return refused


def _given(settings: EwelinkSettings) -> dict[str, Secret]:
    given = {ACCESS: settings.token, REFRESH: settings.refresh_token}
    return {name: token for name, token in given.items() if token is not None}


def _placed(tokens: Tokens, region: str) -> Tokens:
    """Put the region beside the tokens; one place for all regions has none to remember."""
    return {**tokens, REGION: Secret(region)} if region else tokens
