"""A host that logs everything: structlog as JSON with tracebacks and their locals, and every standard logger at DEBUG.

Run as a program by a test, with the path of a settings file. Nothing here has a secret in the clear.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import structlog

from sharebind import (
    Account,
    Anyone,
    CodeOffer,
    Email,
    Secret,
    Sharebind,
    SharebindError,
    ShareRef,
    Side,
    UserId,
    Via,
    device,
)
from sharebind.provider import ByText


class Observer:
    """Logs every event."""

    def seen(self, event: Any, /) -> None:
        """Log it, and fail."""
        structlog.get_logger().info("event", seen=event)
        raise LookupError("no such dashboard")


async def ask(what: str, asking: Awaitable[Any]) -> Any:
    """Do one thing, and log what comes of it."""
    log = structlog.get_logger()
    try:
        value = await asking
    except (SharebindError, ValueError, TypeError, TimeoutError):
        log.exception("failed", what=what)
        return None
    log.info("done", what=what, value=value)
    return value


async def use(account: Account) -> None:
    """Use an account."""
    lamp, soon = device("canary/lamp"), timedelta(milliseconds=1)
    ref = ShareRef(provider=account.provider, side=Side.OWNER, via=Via.CODE, device=lamp, key=Secret("REF-canary-5e1f"))
    await ask("bindings", account.bindings().all())
    await ask("shares", account.shares().all())
    await ask("spaces", account.spaces(rooms=True).all())
    await ask("me", account.me())
    await ask("late", account.me(within=soon))
    await ask("late", account.accept("CODE-canary-9a8b", within=soon))
    await ask("accept", account.accept("CODE-canary-9a8b"))
    await ask("inspect", account.inspect("CODE-canary-9a8b"))
    await ask("bind", account.bind(lamp, ByText("PROOF-canary-c0de")))
    await ask("end", account.end(ref))
    await ask("invite", account.share(lamp, to=Email("somebody@example.com")))
    await ask("invite", account.share(lamp, to=UserId("1")))
    for binding in await ask("bindings", account.bindings(allow_partial=True).all()) or ():
        offer = await ask("share", account.share(binding.device, to=Anyone()))
        if isinstance(offer, CodeOffer):
            await ask("look", account.inspect(offer))
            await ask("take", account.accept(offer))
            await ask("withdraw", account.end(offer))
    await ask("sign out", account.sign_out())
    await ask("signed out", account.me())


async def main(path: str) -> None:
    """Use every account of a settings file."""
    asyncio.get_running_loop().slow_callback_duration = 0
    async with Sharebind.from_file(path, observers=[Observer()]) as sharebind:
        for name in sharebind.accounts:
            account = sharebind.account(name)
            structlog.get_logger().info("account", account=account, support=dict(account.support))
            await use(account)


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(default=repr),
        ]
    )
    asyncio.run(main(sys.argv[1]), debug=True)
