"""Lumen's calls and answers as pure functions: no network here."""

from datetime import datetime
from typing import Any

import sharebind.provider as sb

from sharebind_lumen.codes import PROVIDER

SIDES = {sb.Side.OWNER: "given", sb.Side.RECIPIENT: "received"}
STATES = {"open": sb.State.OFFERED, "taken": sb.State.ACTIVE, "over": sb.State.ENDED}


def share(op: sb.ShareDevice) -> sb.HttpCall:
    until = {} if op.use_until is None else {"until": int(op.use_until.timestamp())}
    body = {"device": op.device.device, **until}
    return sb.HttpCall(name="share", method="POST", path="/shares", body=body, changes=True)


def accept(op: sb.AcceptShare) -> sb.HttpCall:
    return sb.HttpCall(name="accept", method="POST", path="/shares/accept", body={"code": op.code}, changes=True)


def end(op: sb.EndShare) -> sb.HttpCall:
    return sb.HttpCall(name="end", method="DELETE", path=f"/shares/{sb.path_segment(op.share.key)}", changes=True)


def list_shares(side: sb.Side) -> sb.HttpCall:
    return sb.HttpCall(name="list_shares", method="GET", path="/shares", query={"side": SIDES[side]}, changes=False)


def bind(op: sb.BindDevice) -> sb.HttpCall:
    if op.device is None or not isinstance(op.proof, sb.ByBindingCode):
        raise sb.InvalidRequestError("a device is bound by its name and its PIN")
    body = {"device": op.device.device, "pin": op.proof.code}
    return sb.HttpCall(name="bind", method="POST", path="/devices", body=body, changes=True)


def unbind(op: sb.UnbindDevice) -> sb.HttpCall:
    path = f"/devices/{sb.path_segment(op.device.device)}"
    return sb.HttpCall(name="unbind", method="DELETE", path=path, changes=True)


def list_devices() -> sb.HttpCall:
    return sb.HttpCall(name="list_devices", method="GET", path="/devices", changes=False)


def read_share(found: sb.Fields, side: sb.Side, now: datetime) -> sb.Share:
    guest, code = found.text("guest"), found.secret("code")
    facts: dict[str, Any] = {
        "ref": ref(sb.DeviceRef(found.need("device")), found.need("share"), side),
        "state": STATES.get(found.need("state"), sb.State.UNKNOWN),
        "recipient": sb.Person(user_id=guest) if guest and side is sb.Side.OWNER else None,
        "use_until": found.seconds("until"),
        "raw": sb.Raw(found.body),
    }
    return (sb.Share(**facts) if code is None else sb.CodeOffer(code=code, **facts)).as_of(now)


def read_binding(found: sb.Fields) -> sb.Binding:
    device, share = sb.DeviceRef(found.need("device")), found.text("share")
    received = ref(device, share, sb.Side.RECIPIENT) if share else None
    return sb.Binding(device=device, role=sb.Role(found.need("role")), share=received, raw=sb.Raw(found.body))


def ref(device: sb.DeviceRef, share: str, side: sb.Side) -> sb.ShareRef:
    return sb.ShareRef(provider=PROVIDER, side=side, via=sb.Via.CODE, device=device, key=sb.Secret(share))
