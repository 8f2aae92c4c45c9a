"""One account's session: every call carries the app and a token, and where that is refused the account signs in again.

No call refreshes a token: after a refusal there is one sign-in, however many calls wait for it, and each call is
repeated once (contract: auth.refresh).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import attrs

from sharebind.provider import ACCESS, Context, Fields, HttpCall, Page, Secret, Setup, TokenKeeper, Tokens
from sharebind_gizwits import auth
from sharebind_gizwits.codes import CODES
from sharebind_gizwits.settings import GizwitsSettings
from sharebind_gizwits.wire.envelope import content_of, object_of

T = TypeVar("T")


class Session:
    """Carries calls with the account's token, and gets another one when the vendor refuses it."""

    def __init__(self, settings: GizwitsSettings, setup: Setup) -> None:
        self._settings = settings
        self._client = setup.client
        self._keeper = TokenKeeper(
            setup,
            codes=CODES,
            origin=(settings.url, settings.app_id, settings.user, settings.token),
            given=None if settings.token is None else {ACCESS: settings.token},
            sign_in=None if settings.user is None else self._sign_in,
        )

    async def ask(self, call: HttpCall, ctx: Context, *, done: bool = False) -> object:
        """Send one call with the token, and give its body; ``done`` marks a change as confirmed as soon as it is."""
        content = await self._keeper.carry(lambda token: self._send(call, token, ctx), ctx)
        if done:
            ctx.done()
        return content

    async def fields(self, call: HttpCall, ctx: Context, *, done: bool = False) -> Fields:
        """Send one call that is answered by an object."""
        return object_of(await self.ask(call, ctx, done=done))

    async def page(self, call: HttpCall, read: Callable[[Fields], Page[T]], ctx: Context) -> Page[T]:
        """Read one page of a list."""
        return read(await self.fields(call, ctx))

    async def _send(self, call: HttpCall, token: Secret, ctx: Context) -> object:
        return await self._exchange(call, {"X-Gizwits-User-token": token}, ctx)

    async def _sign_in(self, ctx: Context) -> Tokens:
        return auth.tokens_in(object_of(await self._exchange(auth.sign_in(self._settings), {}, ctx)))

    async def _exchange(self, call: HttpCall, headers: dict[str, str | Secret], ctx: Context) -> object:
        app: dict[str, str | Secret] = {"X-Gizwits-Application-Id": self._settings.app_id}
        sent = attrs.evolve(call, headers={**app, **headers, **call.headers})
        return await self._client.send(sent, ctx, lambda reply: content_of(reply, call, ctx))
