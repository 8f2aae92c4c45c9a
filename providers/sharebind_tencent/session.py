"""One account's session: every call carries its token, and where that is refused the account signs in again.

No call refreshes a token: after a refusal there is one sign-in, however many calls wait for it, and each call is
repeated once (contract: auth.user_token).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import TypeVar

from sharebind.provider import (
    ACCESS,
    Context,
    Fields,
    HttpCall,
    Page,
    Secret,
    Setup,
    TokenKeeper,
    Tokens,
    an_object,
)
from sharebind_tencent import auth
from sharebind_tencent.codes import CODES
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.wire import people, requests
from sharebind_tencent.wire.envelope import result_of

T = TypeVar("T")


class Session:
    """Carries calls with the account's token, and gets another one when the vendor refuses it."""

    def __init__(self, settings: TencentSettings, setup: Setup) -> None:
        self._settings = settings
        self._client = setup.client
        self._keeper = TokenKeeper(
            setup,
            codes=CODES,
            origin=(settings.url, settings.app_key, settings.user, settings.token),
            given=None if settings.token is None else {ACCESS: settings.token},
            sign_in=None if settings.way is None else self._sign_in,
        )

    async def ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> Fields:
        """Send one call with the token; ``done`` marks a change as confirmed as soon as it is."""
        content = await self._keeper.carry(lambda token: self._send(call, token, ctx), ctx)
        if done:
            ctx.done()
        return content

    async def page(self, call: HttpCall, read: Callable[[Fields], Page[T]], ctx: Context) -> Page[T]:
        """Read one page of a list."""
        return read(await self.ask(call, ctx))

    async def end(self, ctx: Context) -> None:
        """End the token at the vendor and forget it; none is got for that, and a dead one is as good as ended."""
        await self._keeper.end(lambda token: self._send(requests.log_out(), token, ctx), ctx)

    async def _send(self, call: HttpCall, token: Secret, ctx: Context) -> Fields:
        """Send one call with a token, and with an id of its own, which the vendor echoes."""
        body = {**(an_object(call.body) or {}), "AccessToken": token, "RequestId": _new_id()}
        return await self._client.send(call.carrying(body=body), ctx, lambda reply: result_of(reply, call, ctx))

    async def _sign_in(self, ctx: Context) -> Tokens:
        call = auth.sign_in(self._settings, ctx.now())
        return people.tokens_in(await self._client.send(call, ctx, lambda reply: result_of(reply, call, ctx)))


def _new_id() -> str:
    """Make an id as advised, a random UUID (contract: transport.common_params), without what the module for them costs.

    That is three times as much, and every call has one.
    """
    digits = secrets.token_hex(16)
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
