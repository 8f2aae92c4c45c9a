"""Quectel's calls and answers as pure functions: an operation becomes an ``HttpCall``, a reply becomes values.

Names, places and units are those of ``docs/contracts/quectel.yaml``; each function names its entry. Parameters of POST
and DELETE travel in the query string (quirk ``parameters_travel_in_the_query``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import attrs

from sharebind.provider import (
    AcceptShare,
    Batch,
    BindDevice,
    Binding,
    CodeOffer,
    Context,
    DeviceRef,
    Email,
    Evidence,
    Extra,
    ExtraValue,
    Fields,
    HttpCall,
    MalformedReplyError,
    Overlap,
    Page,
    Person,
    Phone,
    Raw,
    Recipient,
    Reply,
    Role,
    Secret,
    Share,
    ShareDevice,
    ShareRef,
    Side,
    Space,
    State,
    UnbindDevice,
    UserId,
    Via,
    an_object,
    malformed,
    unreadable,
)
from sharebind_quectel.codes import CODES
from sharebind_quectel.lookup import lookup

T = TypeVar("T")

PROVIDER: Final = "quectel"
PAGE_SIZE: Final = 50
_BINDING: Final = "/v2/binding/enduserapi/"
_ENDUSER: Final = "/v2/enduser/enduserapi/"
_SUCCESS: Final = 200
_COVER: Final = {Overlap.REPLACE: "1", Overlap.KEEP: "2", Overlap.EXTEND: "3"}
_OWN: Final = 1
_RECEIVED: Final = 2
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------------------------------------------------- requests


def share_info(op: ShareDevice, accept_by: datetime) -> HttpCall:
    """Contract: shareInfo. ``coverMark`` is always sent (quirk ``replace_is_the_default``)."""
    query = _identity(op.device) | {"acceptingExpireAt": _millis(accept_by), "coverMark": _COVER[op.overlap]}
    return _call("shareInfo", "POST", query | _terms(op), changes=True)


def share_by_uid(op: ShareDevice) -> HttpCall:
    """Contract: shareByUid. A phone number goes without its country code: the call has no parameter for one."""
    query = _identity(op.device) | {"coverMark": _COVER[op.overlap]} | _terms(op)
    match op.to:
        case UserId(value=uid):
            query["shareUid"] = uid
        case Email(value=email):
            query["email"] = email
        case Phone(number=number):
            query["phone"] = number
        case _:  # a kind that support does not name is refused before it comes here
            raise TypeError(f"shareByUid cannot name a {type(op.to).__name__}")
    return _call("shareByUid", "POST", query, changes=True)


def share_device(op: AcceptShare, code: Secret) -> HttpCall:
    """Contract: shareDevice, the recipient's acceptance."""
    query: dict[str, str | Secret] = {"shareCode": code}
    if op.name is not None:
        query["deviceName"] = op.name
    return _call("shareDevice", "POST", query, changes=True)


def unshare(side: Side, code: Secret) -> HttpCall:
    """Contract: ownerUserUnshareDevice and shareUserUnshareDevice (quirk ``ending_has_two_calls``)."""
    name = "ownerUserUnshareDevice" if side is Side.OWNER else "shareUserUnshareDevice"
    return _call(name, "DELETE", {"shareCode": code}, changes=True)


def device_share_user_list(device: DeviceRef) -> HttpCall:
    """Contract: deviceShareUserList, a plain array that is not paged."""
    return _call("deviceShareUserList", "GET", _identity(device), changes=False)


def bind_device_dk(op: BindDevice, device: DeviceRef) -> HttpCall:
    """Contract: bindDeviceDk, the one bind call whose display name is ``name`` (quirk ``names_differ_by_call``)."""
    query = _identity(device)
    if op.name is not None:
        query["name"] = op.name
    if op.space is not None:
        query["fid"] = op.space.id
        if op.space.room is not None:
            query["frid"] = op.space.room
    return _call("bindDeviceDk", "POST", query | _extra(op.extra), changes=True)


def unbundling_device_dk(op: UnbindDevice) -> HttpCall:
    """Contract: unbundlingDeviceDk; ``isInit`` also resets the device."""
    query = _identity(op.device)
    if op.reset:
        query["isInit"] = "true"
    return _call("unbundlingDeviceDk", "DELETE", query | _extra(op.extra), changes=True)


def device_info(device: DeviceRef) -> HttpCall:
    """Contract: deviceInfo, by product and device."""
    return _call("deviceInfo", "GET", _identity(device), changes=False)


def device_info_by_code(code: Secret) -> HttpCall:
    """Contract: deviceInfo, by share code, for the recipient."""
    return _call("deviceInfo", "GET", {"shareCode": code}, changes=False)


def user_device_list(page: int, device: DeviceRef | None = None) -> HttpCall:
    """Contract: userDeviceList, own and received devices together, paged from 1."""
    query = {"page": str(page), "pageSize": str(PAGE_SIZE)}
    if device is not None:
        query |= {"dk": device.device, "pkList": device.product}
    return _call("userDeviceList", "GET", query, changes=False)


def user_info() -> HttpCall:
    """Contract: userInfo."""
    return HttpCall(name="userInfo", method="GET", path=_ENDUSER + "userInfo", changes=False)


def _call(name: str, method: str, query: Mapping[str, str | Secret], *, changes: bool) -> HttpCall:
    return HttpCall(name=name, method=method, path=_BINDING + name, query=query, changes=changes)


def _identity(device: DeviceRef) -> dict[str, str | Secret]:
    return {"pk": device.product, "dk": device.device}


def _terms(op: ShareDevice) -> dict[str, str | Secret]:
    until = {} if op.use_until is None else {"sharingExpireAt": _millis(op.use_until)}
    return until | _extra(op.extra)


def _millis(moment: datetime) -> str:
    """Write epoch milliseconds, rounded down: an end of access is never later than asked."""
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def _extra(extra: Extra) -> dict[str, str | Secret]:
    return {name: _written(value) for name, value in extra.items()}


def _written(value: ExtraValue) -> str | Secret:
    if isinstance(value, Secret):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


# ----------------------------------------------------------------------------------------------------------- answers


def data_of(reply: Reply, call: HttpCall, ctx: Context) -> object:
    """Open the envelope: success is code 200 and nothing else (quirk ``success_is_200``)."""
    body = an_object(reply.body)
    if body is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply)
    envelope = Fields(body)
    try:
        code = envelope.number("code")
    except MalformedReplyError as error:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path=error.path) from None
    if code is None:
        raise unreadable(PROVIDER, call=call, ctx=ctx, reply=reply, path="$.code")
    if code != _SUCCESS:
        raise CODES.refusal(str(code), call=call, ctx=ctx, message=envelope.said("msg"), reply=reply)
    return body.get("data")


def code_in(data: object) -> Secret | None:
    """Read what shareByUid answers: by its type a share code, but what it means is not documented."""
    return Secret(data) if isinstance(data, str) and data else None


def new_code(data: object) -> Secret:
    """Read the share code that shareInfo answers."""
    return Secret(Fields({"data": data}).need("data"))


def ref(side: Side, via: Via, device: DeviceRef, key: Secret) -> ShareRef:
    """Make the handle of a share; its key is the share code, whichever side holds it."""
    return ShareRef(provider=PROVIDER, side=side, via=via, device=device, key=key)


def offer(op: ShareDevice, code: Secret, accept_by: datetime, now: datetime) -> CodeOffer:
    """Make the offer that shareInfo has just confirmed. What it says of the terms is what we sent."""
    return CodeOffer(
        ref=ref(Side.OWNER, Via.CODE, op.device, code),
        state=State.OFFERED,
        code=code,
        accept_by=_floored(accept_by),
        use_until=None if op.use_until is None else _floored(op.use_until),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def invitation(op: ShareDevice, code: Secret | None, since: datetime, now: datetime) -> Share:
    """Make the share that shareByUid has just confirmed; whether it must be accepted is not documented."""
    return Share(
        ref=ref(Side.OWNER, Via.PERSON, op.device, lookup(op.to, since, code).key()),
        state=State.UNKNOWN,
        recipient=_asked(op.to),
        use_until=None if op.use_until is None else _floored(op.use_until),
        created_at=now,
        evidence=Evidence.ASSUMED,
        seen_at=now,
    )


def shares_given(data: object, device: DeviceRef, now: datetime) -> Batch[Share]:
    """Read deviceShareUserList. ``shareStatus`` has no documented values: the state comes from the times."""
    read, gaps = Fields({"data": data}, "$").each_as(lambda entry: _share_given(entry, device, now), "data")
    shared = Counter(share.ref.key for share in read if share.state is not State.ENDED)
    return Batch(tuple(_one_of(share) if shared[share.ref.key] > 1 else share for share in read), gaps)


def _one_of(share: Share) -> Share:
    """Tell one of several takers of a code apart from the others; whether a code can have several is not documented."""
    who = share.recipient.user_id if share.recipient is not None else None
    if who is None or share.state is State.ENDED:
        return share
    return attrs.evolve(share, ref=attrs.evolve(share.ref, key=Secret(f"{share.ref.key.reveal()}{_TAKER}{who}")))


_TAKER: Final = "#"


def without_taker(key: Secret) -> Secret | None:
    """Give the code of a key that names one of several takers, else ``None``."""
    code, mark, _ = key.reveal().partition(_TAKER)
    return Secret(code) if mark and code else None


def _share_given(entry: Fields, device: DeviceRef, now: datetime) -> Share:
    info = entry.child("shareInfo") or Fields({}, f"{entry.path}.shareInfo")
    code = Secret(info.need("shareCode"))
    recipient = _person(entry.child("userInfo"), info.text("shareUid"))
    accept_by, accepted_at = info.millis("acceptingExpireAtTs"), _twin(info, "acceptTime")
    ended_at = info.millis("deleteTimeTs")
    if ended_at is not None and (ended_at == accepted_at or ended_at > now):
        # One page describes this field as the time of acceptance (quirk page_mistakes).
        ended_at = None
    state = State.UNKNOWN
    if ended_at is not None:
        state = State.ENDED
    elif accepted_at is not None:
        state = State.ACTIVE
    elif accept_by is not None and (recipient is None or recipient.user_id is None):
        state = State.OFFERED
    facts: dict[str, Any] = {
        "ref": ref(Side.OWNER, Via.CODE if accept_by is not None else Via.UNKNOWN, device, code),
        "state": state,
        "name": info.text("deviceName"),
        "recipient": recipient,
        "accept_by": accept_by,
        "accepted_at": accepted_at,
        "use_until": info.millis("sharingExpireAtTs", "sharingExpireTimeTs"),
        "created_at": _twin(info, "shareTime"),
        "ended_at": ended_at,
        "raw": Raw(entry.body),
    }
    share = CodeOffer(code=code, **facts) if state is State.OFFERED else Share(**facts)
    return share.as_of(now)


def _twin(info: Fields, name: str) -> datetime | None:
    """Read a time by its epoch twin, else by the field itself where that is a number and no local date."""
    moment = info.millis(f"{name}Ts")
    return info.millis(name) if moment is None and (info.text(name) or "").isdigit() else moment


def _person(user: Fields | None, uid: str | None) -> Person | None:
    if user is None:
        return Person(user_id=uid) if uid else None
    phone, nick = user.text("phone"), user.text("nikeName")
    label = " ".join(part for part in (nick, phone) if part) or None
    user_id, email = user.text("uid") or uid, user.text("email")
    return Person(user_id=user_id, email=email, label=label) if user_id or email or label else None


def _asked(to: Recipient) -> Person | None:
    match to:
        case UserId(value=value):
            return Person(user_id=value)
        case Email(value=value):
            return Person(email=value)
        case Phone():
            return Person(phone=to)
        case _:
            return None


def device_in(fields: Fields) -> DeviceRef:
    """Read which device a Device object is about."""
    return DeviceRef(fields.need("deviceKey"), fields.need("productKey"))


def role_in(fields: Fields) -> Role:
    """Read the caller's role; one that is not said for certain is never taken for the owner's.

    Raises:
        MalformedReplyError: neither ``deviceType`` nor the share's fields tell.

    """
    kind = fields.number("deviceType")
    if kind == _RECEIVED or (fields.text("shareCode") and fields.text("ownerUid")):
        return Role.GUEST
    if kind == _OWN or (kind is None and "shareCode" in fields.body and fields.get("shareCode", "ownerUid") is None):
        return Role.OWNER
    raise malformed(f"{fields.path}.deviceType", "1 (own) or 2 (received)", kind)


@attrs.frozen(kw_only=True)
class Held:
    """A device of userDeviceList, as far as its shares go."""

    device: DeviceRef
    role: Role
    share: Share | None

    def key(self) -> Hashable:
        """Tell it apart: one person may hold several shares of a device (coverMark 2)."""
        return self.device, self.role, self.share.ref if self.share is not None else None


def held_in(fields: Fields) -> Held:
    """Read a Device object for its share; a received device without one cannot be told of.

    Raises:
        MalformedReplyError: it is received and has no share code.

    """
    role, share = role_in(fields), received_share(fields)
    if role is Role.GUEST and share is None:
        raise malformed(f"{fields.path}.shareCode", "a share code", None)
    return Held(device=device_in(fields), role=role, share=share if role is Role.GUEST else None)


def binding_in(fields: Fields) -> Binding:
    """Read a Device object. Its local keys control the device (quirk ``list_carries_local_secrets``)."""
    device, role = device_in(fields), role_in(fields)
    received = received_share(fields) if role is Role.GUEST else None
    keys = {"auth_key": "authKey", "binding_code": "bindingCode", "bluetooth_password": "btPwd"}
    local_keys = {ours: secret for ours, theirs in keys.items() if (secret := fields.secret(theirs)) is not None}
    home = fields.text("fid")
    return Binding(
        device=device,
        role=role,
        name=fields.text("deviceName"),
        space=Space(home, fields.text("frid")) if home else None,
        verified=fields.flag("verified"),
        bound_at=fields.millis("deviceBindTimeTs"),
        share=received.ref if received is not None else None,
        owner=received.owner if received is not None else None,
        use_until=received.use_until if received is not None else None,
        local_keys=local_keys,
        raw=Raw(fields.body),
    )


def received_share(fields: Fields) -> Share | None:
    """Read the share behind a received device; the end of use has another name here than in the share list."""
    code, owner = fields.secret("shareCode"), fields.text("ownerUid")
    if code is None:
        return None
    return Share(
        ref=ref(Side.RECIPIENT, Via.UNKNOWN, device_in(fields), code),
        state=State.ACTIVE,
        name=fields.text("deviceName"),
        owner=Person(user_id=owner) if owner else None,
        use_until=fields.millis("sharingExpireTimeTs", "sharingExpireAtTs"),
        accepted_at=fields.millis("deviceBindTimeTs"),
        raw=Raw(fields.body),
    )


def page_of(data: object, number: int, read: Callable[[Fields], T]) -> Page[T]:
    """Read a Page; an answer with neither a list nor a total is no empty list."""
    fields = Fields(data, "$.data")
    total = fields.number("total")
    if total is None and fields.get("list") is None:
        raise malformed("$.data.list", "a list", None)
    items, gaps = fields.each_as(read, "list")
    more, pages = fields.flag("hasNextPage"), fields.number("pages")
    if more is None and pages is not None:
        more = number < pages
    return Page(items=items, size=len(items) + len(gaps), full=PAGE_SIZE, total=total, more=more, gaps=gaps)


def me_in(data: object) -> Person:
    """Read userInfo."""
    fields = Fields(data, "$.data")
    return _person(fields, fields.need("uid")) or Person()


def _floored(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
