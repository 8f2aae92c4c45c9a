"""Gizwits' sharing calls on the model, and those left out. Only type-checked, never run."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, quote

import attrs

from sharebind.provider import (
    AcceptShare,
    Anyone,
    Client,
    CodeOffer,
    Codes,
    Context,
    DeviceRef,
    Email,
    EndReason,
    EndShare,
    Evidence,
    Fields,
    HttpCall,
    Person,
    Phone,
    Preview,
    ProviderError,
    Raw,
    Reply,
    Secret,
    Share,
    ShareDevice,
    ShareQuery,
    ShareRef,
    Side,
    State,
    UserId,
    Username,
    Via,
    unreadable,
)

CODES = Codes("gizwits", {})
STATES = {0: State.OFFERED, 1: State.ACTIVE}
QR_LIFE = timedelta(minutes=15)


@attrs.frozen
class Wire:
    """Sends a call with the token; some answers are an object, some a bare array."""

    client: Client
    token: Secret

    async def reply(self, call: HttpCall, ctx: Context) -> Reply:
        """Give the answer of a success."""
        headers = {"X-Gizwits-User-token": self.token, **call.headers}
        carrying = attrs.evolve(call, headers=headers)
        reply = await self.client.send(carrying, ctx, lambda reply: _accepted(reply, call, ctx))
        if call.changes and call.name != "unbind":  # which may have failed for the one device, in a success
            ctx.done()
        return reply

    async def send(self, call: HttpCall, ctx: Context) -> Fields:
        """Give the object of a success."""
        return Fields((await self.reply(call, ctx)).body)


def _accepted(reply: Reply, call: HttpCall, ctx: Context) -> Reply:
    body = Fields({}) if isinstance(reply.body, list) or reply.body is None else Fields(reply.body)
    code = body.text("error_code")
    if code is not None:
        raise CODES.refusal(code, call=call, ctx=ctx, message=body.text("error_message"), reply=reply)
    if reply.status >= 400:
        raise unreadable("gizwits", call=call, ctx=ctx, reply=reply)
    return reply


def share_ref(device: DeviceRef, key: str, side: Side = Side.OWNER, via: Via = Via.PERSON) -> ShareRef:
    """Make a ref; the key is the share's id, of a guest by code the uid."""
    return ShareRef(provider="gizwits", side=side, via=via, device=device, key=Secret(key))


def person(item: Fields) -> Person:
    """Read a person whose names are masked, but for the uid."""
    return Person(user_id=item.text("uid"), label=item.text("username", "phone", "email", "user_alias"))


def _create(op: ShareDevice, to: dict[str, object]) -> HttpCall:
    body = {"did": op.device.device, **to}
    if op.use_for is not None:
        body["duration"] = op.use_for // timedelta(minutes=1)
    return HttpCall(name="create_share", method="POST", path="/app/sharing", body=body, changes=True)


async def create_share(wire: Wire, op: ShareDevice, ctx: Context) -> Share:
    """``create_share``: ``share``, by code (type 1, without an id) or to a person (type 0)."""
    match op.to:
        case Anyone():
            made = await wire.send(_create(op, {"type": 1}), ctx)
            code = Secret(parse_qs(made.need("qr_content"))["code"][0])
            return CodeOffer(
                ref=share_ref(op.device, code.reveal(), via=Via.CODE),
                state=State.OFFERED,
                code=code,
                accept_by=ctx.now() + QR_LIFE,
                evidence=Evidence.ASSUMED,
            )
        case UserId(value=value):
            field, who = "uid", Person(user_id=value)
        case Username(value=value):
            field, who = "username", Person(username=value)
        case Email(value=value):
            field, who = "email", Person(email=value)
        case Phone(number=value) as phone:
            field, who = "phone", Person(phone=phone)
    made = await wire.send(_create(op, {"type": 0, field: value}), ctx)
    return Share(
        ref=share_ref(op.device, made.need("id")),
        state=State.OFFERED,
        recipient=who,
        accept_by=ctx.now() + timedelta(days=1),
        evidence=Evidence.ASSUMED,
    )


async def list_shares(wire: Wire, query: ShareQuery, skip: int, ctx: Context) -> list[Share]:
    """``list_shares``: ``shares`` of both sides; status 3 is an end without a reason, ``expired_at`` no end of use."""
    asked = {"sharing_type": "0" if query.side is Side.OWNER else "1", "skip": str(skip), "limit": "100"}
    if query.device is not None and query.side is Side.OWNER:
        asked["did"] = query.device.device
    call = HttpCall(name="list_shares", method="GET", path="/app/sharing", query=asked, changes=False)
    found: list[Share] = []
    for item in (await wire.send(call, ctx)).each("objects"):
        status = item.number("status")
        state = STATES.get(status if status is not None else -1, State.ENDED)
        via = Via.CODE if item.number("type") == 1 else Via.PERSON
        share = Share(
            ref=share_ref(DeviceRef(item.need("did")), item.need("id"), query.side, via),
            state=state,
            end_reason=EndReason.DECLINED if status == 2 else EndReason.UNKNOWN if state is State.ENDED else None,
            name=item.text("dev_alias"),
            recipient=person(item) if query.side is Side.OWNER else None,
            owner=person(item) if query.side is Side.RECIPIENT else None,
            accept_by=item.iso("expired_at") if state is State.OFFERED else None,
            created_at=item.iso("created_at"),
            raw=Raw(item.body),
        )
        found.append(share.as_of(ctx.now()))
    return found


async def list_guests(wire: Wire, device: DeviceRef, ctx: Context) -> list[Share]:
    """``list_guests``: guests by code, who are in no share, as ``shares(OWNER)``; the answer is a bare array."""
    path = f"/app/{quote(device.device, safe='')}/bindings"
    call = HttpCall(name="list_guests", method="GET", path=path, changes=False)
    guests = Fields({"guests": (await wire.reply(call, ctx)).body}).each("guests")
    return [
        Share(
            ref=share_ref(device, guest.need("uid"), via=Via.CODE),
            state=State.ACTIVE,
            recipient=person(guest),
            accepted_at=guest.iso("created_at"),
            raw=Raw(guest.body),
        )
        for guest in guests
    ]


async def remove_guest(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``remove_guest``: ``end`` by the owner, of a guest who came by code."""
    path = f"/app/{quote(op.share.device.device, safe='')}/bindings"
    query = {"uid": op.share.key.reveal()}
    return await _ended(
        wire, op, HttpCall(name="remove_guest", method="DELETE", path=path, query=query, changes=True), ctx
    )


async def cancel_share(wire: Wire, op: EndShare, ctx: Context) -> Share:
    """``cancel_share``: ``end`` by the owner, offer or grant alike; 9094 means that it is over."""
    path = f"/app/sharing/{quote(op.share.key.reveal(), safe='')}"
    return await _ended(wire, op, HttpCall(name="cancel_share", method="DELETE", path=path, changes=True), ctx)


async def _ended(wire: Wire, op: EndShare, call: HttpCall, ctx: Context) -> Share:
    try:
        await wire.reply(call, ctx)
    except ProviderError as refused:
        state = CODES.already_over(refused, call.name, op.seen)
        if state is None:
            raise
        return Share(ref=op.share, state=state, evidence=Evidence.ASSUMED)
    return Share(ref=op.share, state=State.ENDED, ended_at=ctx.now(), evidence=Evidence.ASSUMED)


async def answer_share(wire: Wire, op: AcceptShare | EndShare, share: ShareRef, ctx: Context) -> Share:
    """``answer_share``: ``accept(offer)`` is status 1, ``end`` of a received offer, a decline, is status 2."""
    status = "1" if isinstance(op, AcceptShare) else "2"
    path = f"/app/sharing/{quote(share.key.reveal(), safe='')}"
    await wire.reply(
        HttpCall(name="answer_share", method="PUT", path=path, query={"status": status}, changes=True), ctx
    )
    if isinstance(op, AcceptShare):
        return Share(ref=share, state=State.ACTIVE, accepted_at=ctx.now(), evidence=Evidence.ASSUMED)
    return Share(ref=share, state=State.ENDED, end_reason=EndReason.DECLINED, evidence=Evidence.ASSUMED)


async def inspect_share_code(wire: Wire, code: Secret, ctx: Context) -> Preview:
    """``inspect_share_code``: ``inspect``; no device is named, and the code is part of the path."""
    path = f"/app/sharing/code/{quote(code.reveal(), safe='')}"
    told = await wire.send(HttpCall(name="inspect_share_code", method="GET", path=path, changes=False), ctx)
    return Preview(
        name=told.text("dev_alias", "product_name"),
        owner=Person(label=told.text("owner")),
        state=State.OFFERED,
        accept_by=told.iso("expired_at"),
        raw=Raw(told.body),
    )


async def accept_share_code(wire: Wire, code: Secret, ctx: Context) -> None:
    """``accept_share_code``: ``accept(code)``, between two reads of the bindings; nothing comes back."""
    path = f"/app/sharing/code/{quote(code.reveal(), safe='')}"
    await wire.reply(HttpCall(name="accept_share_code", method="POST", path=path, changes=True), ctx)


def set_share_alias(share: ShareRef, alias: str) -> HttpCall:
    """``set_share_alias``: left out; a note about a person, not a term of the share."""
    path = f"/app/sharing/{share.key.reveal()}/alias"
    return HttpCall(name="set_share_alias", method="PUT", path=path, query={"user_alias": alias}, changes=True)


def list_messages() -> HttpCall:
    """``list_messages``: left out, an inbox of free text."""
    return HttpCall(name="list_messages", method="GET", path="/app/messages", query={"type": "1"}, changes=False)


def mark_message(message: str) -> HttpCall:
    """``mark_message``: left out, an inbox."""
    path = f"/app/messages/{quote(message, safe='')}"
    return HttpCall(name="mark_message", method="PUT", path=path, query={"status": "1"}, changes=True)


def list_error_codes() -> HttpCall:
    """``list_error_codes``: left out; our table of codes is written, not fetched. The answer is a bare array."""
    return HttpCall(name="list_error_codes", method="GET", path="/errors", changes=False)


def status() -> HttpCall:
    """``status``: left out, the vendor's health."""
    return HttpCall(name="status", method="GET", path="/status", changes=False)
