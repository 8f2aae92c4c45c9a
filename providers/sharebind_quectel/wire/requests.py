"""What Quectel is asked, as values: an operation becomes an ``HttpCall``.

Names, places and units are those of the contract; each function names its entry. Parameters of POST, PUT and DELETE
travel in the query string (quirk ``parameters_travel_in_the_query``), but for two bind calls that take JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from sharebind.provider import (
    AcceptShare,
    BindDevice,
    ByBindingCode,
    ByIdentity,
    BySerial,
    DeviceRef,
    Email,
    Extra,
    ExtraValue,
    HttpCall,
    InvalidRequestError,
    Overlap,
    Phone,
    RenameDevice,
    Secret,
    ShareDevice,
    Side,
    Space,
    UnbindDevice,
    UserId,
)
from sharebind_quectel.auth import signature
from sharebind_quectel.proofs import ByBluetooth, ByMatter

PAGE_SIZE: Final = 50
_BINDING: Final = "/v2/binding/enduserapi/"
_ENDUSER: Final = "/v2/enduser/enduserapi/"
_COVER: Final = {Overlap.REPLACE: "1", Overlap.KEEP: "2", Overlap.EXTEND: "3"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def share_info(op: ShareDevice, accept_by: datetime) -> HttpCall:
    """Contract: shareInfo. ``coverMark`` is always sent (quirk ``replace_is_the_default``)."""
    query = _identity(op.device)
    query["acceptingExpireAt"] = _millis(accept_by)
    query["coverMark"] = _COVER[op.overlap]
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


def set_share_time(code: Secret, use_until: datetime) -> HttpCall:
    """Contract: setShareTime, which requires a time: "no end" cannot be said (quirk ``no_way_back_to_endless``)."""
    return _call("setShareTime", "PUT", {"shareCode": code, "sharingExpireAt": _millis(use_until)}, changes=True)


def rename(op: RenameDevice) -> HttpCall:
    """Contract: setDeviceInfo for its owner, changeShareDeviceName for a recipient (``renaming_has_two_calls``)."""
    if op.share is None:
        return _call("setDeviceInfo", "PUT", _identity(op.device) | {"deviceName": op.name}, changes=True)
    query: dict[str, str | Secret] = {"shareCode": op.share.key, "deviceName": op.name}
    return _call("changeShareDeviceName", "PUT", query, changes=True)


def device_share_user_list(device: DeviceRef) -> HttpCall:
    """Contract: deviceShareUserList, a plain array that is not paged."""
    return _call("deviceShareUserList", "GET", _identity(device), changes=False)


def get_device_info_by_binding(device: DeviceRef, space: Space | None) -> HttpCall:
    """Contract: getDeviceInfoByBinding; a missing family is 5618 here and 5636 on the bind calls."""
    query = _identity(device) | ({} if space is None else {"fid": space.id})
    return _call("getDeviceInfoByBinding", "GET", query, changes=False)


def bind(op: BindDevice, app_secret: Secret | None) -> HttpCall:
    """Write the call for a proof. Each has names of its own (quirk ``names_differ_by_call``).

    Raises:
        InvalidRequestError: the proof and the device do not go together, or a part is missing.

    """
    match op.proof:
        case BySerial() as by_serial:
            return bind_device_sn(op, by_serial)
        case ByIdentity():
            return bind_device_dk(op, _device(op))
        case ByBindingCode(code=code):
            return device_binding_by_wifi(op, _device(op), code)
        case ByMatter() as by_matter:
            return device_binding_by_wifi(op, _device(op), by_matter.code, by_matter)
        case ByBluetooth() as by_bluetooth if app_secret is not None:
            return device_binding_by_pure_bt(op, _device(op), by_bluetooth, app_secret)
        case _:  # a kind that support does not name is refused before it comes here
            raise InvalidRequestError(f"Quectel has no call to bind by {op.proof.kind}")


def bind_device_dk(op: BindDevice, device: DeviceRef) -> HttpCall:
    """Contract: bindDeviceDk, the one bind call whose display name is ``name`` (quirk ``names_differ_by_call``)."""
    query = _identity(device) | _placed(op, name="name") | _extra(op.extra)
    return _call("bindDeviceDk", "POST", query, changes=True)


def bind_device_sn(op: BindDevice, proof: BySerial) -> HttpCall:
    """Contract: bindDeviceSn; a serial is unique within its product only."""
    told = op.device.product if op.device is not None else ""
    product = proof.product or told
    if not product:
        raise InvalidRequestError("binding by serial takes the product too: BySerial(serial, product)")
    if told and told != product:
        raise InvalidRequestError(f"the proof is of product {product}, and the device of {told}")
    query: dict[str, str | Secret] = {"pk": product, "sn": proof.serial}
    return _call("bindDeviceSn", "POST", query | _placed(op) | _extra(op.extra), changes=True)


def device_binding_by_wifi(op: BindDevice, device: DeviceRef, code: Secret, matter: ByMatter | None = None) -> HttpCall:
    """Contract: deviceBindingByWifi, in JSON, which says productKey and deviceKey (quirk ``names_differ_by_call``)."""
    body: dict[str, object] = {"productKey": device.product, "deviceKey": device.device, "bindingCode": code}
    if matter is not None:
        body |= {"isMatter": True, "matterInfo": _matter(matter)}
    return _json("deviceBindingByWifi", {**body, **_placed(op), **op.extra}, path="v2/deviceBindingByWifi")


def device_binding_by_pure_bt(op: BindDevice, device: DeviceRef, proof: ByBluetooth, app_secret: Secret) -> HttpCall:
    """Contract: deviceBindingByPureBt, in JSON and signed with the app's secret.

    What is signed where there is no password is not said; that it counts as empty is inferred.
    """
    given = {
        "bindingCode": proof.binding_code,
        "encryptedBindingCode": proof.encrypted_binding_code,
        "encryptedNewBindingSecret": proof.encrypted_new_secret,
        "encryptedOldBindingSecret": proof.encrypted_old_secret,
        "pwd": proof.password,
        "random": proof.random,
    }
    body: dict[str, object] = {
        **_identity(device),
        **{name: value for name, value in given.items() if value is not None},
    }
    code = proof.encrypted_binding_code or proof.binding_code or ""
    body["signature"] = signature(device.product, device.device, code, proof.password or "", app_secret)
    return _json("deviceBindingByPureBt", {**body, **_placed(op), **op.extra})


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


@cache
def user_info() -> HttpCall:
    """Contract: userInfo, which is the same for everybody."""
    return HttpCall(name="userInfo", method="GET", path=_ENDUSER + "userInfo", changes=False)


def _call(name: str, method: str, query: Mapping[str, str | Secret], *, changes: bool) -> HttpCall:
    return HttpCall(name=name, method=method, path=_BINDING + name, query=query, changes=changes)


def _json(name: str, body: Mapping[str, object], *, path: str = "") -> HttpCall:
    return HttpCall(name=name, method="POST", path=_BINDING + (path or name), body=body, changes=True)


def _device(op: BindDevice) -> DeviceRef:
    if op.device is None:  # a proof that needs its device has one; this tells the type checker
        raise InvalidRequestError(f"binding by {op.proof.kind} takes a device")
    return op.device


def _placed(op: BindDevice, *, name: str = "deviceName") -> dict[str, str | Secret]:
    """Write the display name and the home, which are written alike in all bind calls but one."""
    space = op.space
    given = {name: op.name, "fid": space.id if space else None, "frid": space.room if space else None}
    return {field: value for field, value in given.items() if value is not None}


def _matter(proof: ByMatter) -> dict[str, object]:
    info: dict[str, object] = {
        "discriminator": proof.discriminator,
        "fabricId": proof.fabric_id,
        "matterProductId": proof.product_id,
        "matterVendorId": proof.vendor_id,
        "matterVersion": proof.version,
        "nodeId": proof.node_id,
    }
    if proof.text is not None:
        info["extra"] = proof.text
    if proof.access:
        info["catList"] = [{"cat": each.tag, "privilege": each.privilege.value} for each in proof.access]
    return info


def _identity(device: DeviceRef) -> dict[str, str | Secret]:
    return {"pk": device.product, "dk": device.device}


def _terms(op: ShareDevice) -> dict[str, str | Secret]:
    until = {} if op.use_until is None else {"sharingExpireAt": _millis(op.use_until)}
    return until | _extra(op.extra)


def _millis(moment: datetime) -> str:
    """Write epoch milliseconds, rounded down: an end of access is never later than asked."""
    return str((moment - _EPOCH) // timedelta(milliseconds=1))


def _extra(extra: Extra) -> dict[str, str | Secret]:
    return {name: _written(value) for name, value in extra.items()} if extra else {}


def _written(value: ExtraValue) -> str | Secret:
    if isinstance(value, Secret):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)
