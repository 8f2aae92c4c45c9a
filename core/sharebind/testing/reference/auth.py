"""Signing in to the reference cloud, and renewing the token."""

from __future__ import annotations

from collections.abc import Awaitable

from sharebind.provider import ACCESS, REFRESH, Context, HttpCall, Setup, TokenKeeper, Tokens
from sharebind.testing.reference.codes import CODES
from sharebind.testing.reference.people import Session
from sharebind.testing.reference.records import Refusal
from sharebind.testing.reference.settings import ReferenceSettings
from sharebind.testing.reference.world import World


def keeper_of(settings: ReferenceSettings, setup: Setup, world: World) -> TokenKeeper:
    """Make what keeps an account's tokens: it renews a dead one, and signs in where that cannot be."""

    async def sign_in(ctx: Context) -> Tokens:
        return await _tokens("sign_in", world.sign_in(settings.email, settings.password), ctx)

    async def renew(tokens: Tokens, ctx: Context) -> Tokens:
        return await _tokens("renew", world.renew(tokens[REFRESH]), ctx)

    return TokenKeeper(
        setup,
        codes=CODES,
        origin=(settings.url, settings.email, settings.password),
        sign_in=sign_in,
        renew=renew,
    )


async def _tokens(name: str, asking: Awaitable[Session], ctx: Context) -> Tokens:
    try:
        session = await asking
    except Refusal as refusal:
        code = refusal.code
    else:
        return {ACCESS: session.access, REFRESH: session.refresh}
    raise CODES.refusal(code, call=HttpCall(name=name, method="POST", path=f"/{name}", changes=False), ctx=ctx)
