"""One account's session: every call carries its token, and one that died is renewed or replaced by a new sign-in."""

from __future__ import annotations

from typing import Final

from sharebind.provider import (
    ACCESS,
    REFRESH,
    Context,
    HttpCall,
    Secret,
    Setup,
    SignInError,
    TokenKeeper,
    Tokens,
    WrongRegionError,
)
from sharebind_quectel import auth, wire
from sharebind_quectel.codes import CODES
from sharebind_quectel.settings import QuectelSettings, place

_MAYBE_ELSEWHERE: Final = frozenset({"5015", "5031", "5420"})
"""Refusals of a sign-in that a wrong data centre may cause (contract: data_centre_rules, observed)."""


class Session:
    """Asks the vendor in one user's name.

    Raises:
        ConfigurationError: the settings hold a password, and what encrypts it is not installed.

    """

    def __init__(self, settings: QuectelSettings, setup: Setup) -> None:
        self._settings = settings
        self._client = setup.client
        if settings.signs_in:
            auth.check_installed(setup.account)
        self._keeper = TokenKeeper(
            setup,
            codes=CODES,
            # Users of another app are other users, whatever they are called (quirk bindings_count_per_app).
            origin=(settings.url, settings.user_domain, settings.user, settings.token),
            given=_given(settings),
            sign_in=self._sign_in if settings.signs_in else None,
            renew=self._renew,
        )

    async def ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> object:
        """Make a call with the token, and give the data of its answer; ``done`` marks it as the confirmed change.

        The token goes as it came: the vendor's own text starts with its scheme (quirk ``token_carries_its_scheme``).
        """
        data = await self._keeper.carry(lambda token: self._send(_with(token, call), ctx), ctx)
        if done:
            ctx.done()
        return data

    async def end(self, ctx: Context) -> None:
        """End the session; one that is over already, or never began, is no error, and none is begun for it."""
        await self._keeper.end(lambda token: self._send(_with(token, auth.user_logout()), ctx), ctx)

    async def _sign_in(self, ctx: Context) -> Tokens:
        return auth.tokens_in(await self._send(auth.sign_in(self._settings, auth.new_random()), ctx))

    async def _renew(self, tokens: Tokens, ctx: Context) -> Tokens:
        fresh = auth.tokens_in(await self._send(auth.refresh_token(tokens), ctx))
        # Where no other refresh token comes, the old one may still serve.
        return fresh if REFRESH in fresh else {**fresh, REFRESH: tokens[REFRESH]}

    async def _send(self, call: HttpCall, ctx: Context) -> object:
        try:
            return await self._client.send(call, ctx, lambda reply: wire.data_of(reply, call, ctx))
        except WrongRegionError as error:
            error.args = (f"{error}; {place(self._settings)}",)
            raise
        except SignInError as error:
            if ctx.operation == "sign_in" and error.vendor_code in _MAYBE_ELSEWHERE:
                error.args = (f"{error}; user domain or data centre may be wrong too: {place(self._settings)}",)
            raise


def _with(token: Secret, call: HttpCall) -> HttpCall:
    return call.carrying(headers={"Authorization": token})


def _given(settings: QuectelSettings) -> dict[str, Secret]:
    given = {ACCESS: settings.token, REFRESH: settings.refresh_token}
    return {name: token for name, token in given.items() if token is not None}
