"""One account at Lumen: each wish is one call."""

from collections.abc import AsyncIterator

import sharebind.provider as sb

from sharebind_lumen import wire
from sharebind_lumen.codes import ENVELOPE
from sharebind_lumen.settings import SUPPORT, LumenSettings


class LumenProvider:
    support = SUPPORT

    def __init__(self, settings: LumenSettings, setup: sb.Setup) -> None:
        self._token = settings.token
        self._client = setup.client

    async def share(self, op: sb.ShareDevice, ctx: sb.Context, /) -> sb.Share:
        return wire.read_share(await self._ask(wire.share(op), ctx), sb.Side.OWNER, ctx.now())

    async def accept(self, op: sb.AcceptShare, ctx: sb.Context, /) -> sb.Share:
        return wire.read_share(await self._ask(wire.accept(op), ctx), sb.Side.RECIPIENT, ctx.now())

    async def end(self, op: sb.EndShare, ctx: sb.Context, /) -> sb.Share:
        return wire.read_share(await self._ask(wire.end(op), ctx), op.share.side, ctx.now())

    async def shares(self, query: sb.ShareQuery, ctx: sb.Context, /) -> AsyncIterator[sb.Batch[sb.Share]]:
        data = await self._ask(wire.list_shares(query.side), ctx)
        yield sb.Batch(*data.each_as(lambda found: wire.read_share(found, query.side, ctx.now()), "shares"))

    async def bind(self, op: sb.BindDevice, ctx: sb.Context, /) -> sb.Binding:
        return wire.read_binding(await self._ask(wire.bind(op), ctx))

    async def unbind(self, op: sb.UnbindDevice, ctx: sb.Context, /) -> sb.Unbound:
        if op.expect is not sb.Role.OWNER:
            raise sb.UnexpectedRoleError("only an owner unbinds here; a guest ends the share")
        await self._ask(wire.unbind(op), ctx)
        return sb.Unbound(device=op.device)

    async def bindings(self, _: sb.BindingQuery, ctx: sb.Context, /) -> AsyncIterator[sb.Batch[sb.Binding]]:
        data = await self._ask(wire.list_devices(), ctx)
        yield sb.Batch(*data.each_as(wire.read_binding, "devices"))

    async def _ask(self, call: sb.HttpCall, ctx: sb.Context) -> sb.Fields:
        signed = call.carrying(headers={"X-Lumen-Token": self._token})
        answer = await self._client.send(signed, ctx, lambda reply: ENVELOPE.open(reply, call, ctx))
        if call.changes:
            ctx.done()
        return answer
