"""Holding devices: the two proofs, names and rooms, giving up, and the codes on GSM devices."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sharebind import (
    AlreadyBoundError,
    AmbiguousCodeError,
    ByText,
    DeviceRef,
    Email,
    InvalidRequestError,
    NotBoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProofRejectedError,
    Registry,
    ResultLostError,
    Role,
    Secret,
    Sharebind,
    Space,
    UnexpectedRoleError,
    UnsupportedError,
)
from sharebind.emulator import Device
from sharebind_ewelink import ByDigest
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.plugin import sharebind_provider
from sharebind_ewelink.rig import EwelinkRig

Asked = Callable[[], list[str]]
Bind = Callable[..., Awaitable[DeviceRef]]


def gsm_of(cloud: EwelinkCloud) -> Device:
    """Give a free GSM device."""
    return next(device for device in cloud.devices if "qr" in device.proof)


def wifi_of(cloud: EwelinkCloud) -> Device:
    """Give a free device that is bound by its digest."""
    return next(device for device in cloud.devices if "apikey" in device.proof)


def proof_of(device: Device) -> ByDigest:
    """Give its proof."""
    return ByDigest(apikey=Secret(device.proof["apikey"]), chip=device.proof["chipid"])


def sent(cloud: EwelinkCloud, operation: str) -> Any:
    """Give what a call carried, the last time."""
    return [each.body for each in cloud.requests if each.operation == operation][-1]


async def test_the_digest_is_sent_and_never_the_key(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """What travels is the SHA-256 of the device's id and its key; without a name the id is the name."""
    free = wifi_of(cloud)
    bound = await rig.owner.bind(DeviceRef(free.device), proof_of(free))
    digest = hashlib.sha256((free.device + free.proof["apikey"]).encode()).hexdigest()
    assert sent(cloud, "add_device") == {
        "name": free.device,
        "deviceid": free.device,
        "digest": digest,
        "chipid": free.proof["chipid"],
    }
    assert (bound.role, bound.device, bound.name) == (Role.OWNER, DeviceRef(free.device), free.device)
    assert list(bound.local_keys) == ["devicekey"]
    assert free.proof["apikey"] not in repr(proof_of(free))
    assert bound.local_keys["devicekey"].reveal() not in repr(bound)


async def test_what_the_vendor_has_beyond_the_model_is_sent(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """The switches of a new device stand in its settings, the rest beside them; home and room too."""
    free = wifi_of(cloud)
    (home,) = rig.homes_of(rig.owner)
    extra: dict[str, Any] = {"opsNotify": True, "opsHistory": 1, "alarmNotify": False, "ifrCode": "ifr", "sort": 2}
    await rig.owner.bind(DeviceRef(free.device), proof_of(free), name="灯", space=home, extra=extra)
    body = sent(cloud, "add_device")
    assert body["settings"] == {"opsNotify": 1, "opsHistory": 1, "alarmNotify": 0}
    assert (body["ifrCode"], body["sort"], body["familyid"], body["name"]) == ("ifr", 2, home.id, "灯")
    with pytest.raises(UnsupportedError, match="ifrCode"):
        await rig.owner.bind(None, ByText(Secret("someid")), extra={"ifrCode": "x"})


async def test_a_wrong_key_is_a_rejected_proof(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A digest that does not fit binds nothing."""
    free = wifi_of(cloud)
    with pytest.raises(ProofRejectedError):
        await rig.owner.bind(DeviceRef(free.device), ByDigest(apikey=Secret("wrong"), chip=free.proof["chipid"]))
    assert rig.held(rig.owner) == {}


async def test_a_gsm_device_is_bound_by_its_code(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """The whole address or its id alone bind, the answer tells the device, and the id never becomes its name."""
    free = gsm_of(cloud)
    host = Sharebind(registry=Registry(specs=[sharebind_provider()]))
    code = host.read_code(free.proof["qr"])
    assert isinstance(code.proof, ByText)
    bound = await rig.owner.bind(None, code.proof)
    assert bound.device == DeviceRef(free.device)
    assert code.proof.text.reveal() not in str(bound.name)
    await rig.owner.unbind(bound.device)
    again = await rig.owner.bind(DeviceRef(free.device), ByText(free.proof["qr"]), name="门")
    assert (again.device, again.name) == (bound.device, "门")
    with pytest.raises(AlreadyBoundError):
        await rig.guest.bind(None, code.proof)


async def test_another_devices_code_says_what_is_bound_now(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A code that was not that of the device that was named has bound the other one, and the error names it."""
    free = gsm_of(cloud)
    with pytest.raises(ResultLostError, match=free.device):
        await rig.owner.bind(DeviceRef("1000000000"), ByText(free.proof["qr"]))


@pytest.mark.parametrize("text", ["https://example.com/other?id=1", "https://x.example/addGsm", "a b", "灯", "x"])
async def test_a_text_without_an_id_is_refused_unsent(rig: EwelinkRig, asked: Asked, text: str) -> None:
    """What holds no id is no proof, and nothing is sent."""
    with pytest.raises(ProofRejectedError):
        await rig.owner.bind(None, ByText(text))
    assert asked() == []


@pytest.mark.parametrize(
    "text",
    [
        "https://api.coolkit.cn:8080/addGsm?id=abc123",
        "http://other.example/x/addGsm?a=1&id=abc123",
        " y/addGsm?id=abc123",
    ],
)
def test_a_gsm_address_is_certain_on_any_host(text: str) -> None:
    """The host of the address may change, the path and the id's name do not."""
    read = sharebind_provider().read_code
    assert read is not None
    code = read(text)
    assert code is not None
    assert (code.certain, code.proof) == (True, ByText(Secret("abc123")))


def test_a_bare_id_needs_its_provider_named() -> None:
    """Nothing marks a bare id as this vendor's."""
    host = Sharebind(registry=Registry(specs=[sharebind_provider()]))
    assert host.read_code("abc123", provider="ewelink").proof == ByText(Secret("abc123"))
    with pytest.raises((InvalidRequestError, AmbiguousCodeError)):
        host.read_code("abc123")


@pytest.mark.parametrize("data", [None, {}, [], {"itemType": 1}, {"itemData": {}}])
async def test_an_answer_without_the_device_still_says_what_is_bound(
    rig: EwelinkRig, cloud: EwelinkCloud, data: object
) -> None:
    """The digest is of one device, so it is known; a GSM device that is not told is a lost result."""
    cloud.rewrite = lambda operation, body: {"error": 0, "data": data} if str(operation).startswith("add_") else body
    free, gsm = wifi_of(cloud), gsm_of(cloud)
    bound = await rig.owner.bind(DeviceRef(free.device), proof_of(free), name="灯")
    assert (bound.device, bound.role, bound.name) == (DeviceRef(free.device), Role.OWNER, "灯")
    with pytest.raises(ResultLostError):
        await rig.owner.bind(None, ByText(gsm.proof["qr"]))


async def test_a_bound_device_is_told_though_its_answer_is_odd(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """What is bound is known by its digest, or by its id in the answer, whatever else stands there."""

    def odd(operation: str | None, body: Any) -> object:
        if operation == "add_device":
            body["data"]["itemData"]["deviceid"] = "1099999999"
        if operation == "add_gsm_device":
            body["data"]["itemData"]["family"] = ["?"]
        return body

    cloud.rewrite = odd
    free, gsm = wifi_of(cloud), gsm_of(cloud)
    bound = await rig.owner.bind(DeviceRef(free.device), proof_of(free))
    assert (bound.device, bound.name, bound.local_keys) == (DeviceRef(free.device), free.device, {})
    assert (await rig.owner.bind(None, ByText(gsm.proof["qr"]))).device == DeviceRef(gsm.device)


async def test_a_lost_bind_is_unknown(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """Nobody knows what became of a bind whose answer was lost; 30003 is half done as well."""
    free, gsm = wifi_of(cloud), gsm_of(cloud)
    cloud.faults.add("lost", operation="add_device")
    with pytest.raises(OutcomeUnknownError):
        await rig.owner.bind(DeviceRef(free.device), proof_of(free))
    cloud.faults.add("code", operation="add_gsm_device", code=30003)
    with pytest.raises(OutcomeUnknownError) as caught:
        await rig.owner.bind(None, ByText(gsm.proof["qr"]))
    assert caught.value.vendor_code == "30003"


async def test_unbinding_reads_the_role_first(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked) -> None:
    """One call gives up and leaves, so the kind is read before (quirk ``delete_means_two_things``)."""
    device = await bind()
    await rig.owner.share(device, to=Email(cloud.user("guest").email))
    asked()
    with pytest.raises(UnexpectedRoleError):
        await rig.guest.unbind(device)
    with pytest.raises(UnsupportedError, match="end"):
        await rig.guest.unbind(device, expect=Role.GUEST)
    with pytest.raises(UnexpectedRoleError):
        await rig.owner.unbind(device, expect=Role.MEMBER)
    assert "delete_device" not in asked()
    await rig.owner.unbind(device)
    assert asked() == ["get_things", "delete_device"]
    with pytest.raises(NotBoundError):
        await rig.owner.unbind(device)


async def test_a_room_is_of_the_devices_own_home(
    rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind, asked: Asked
) -> None:
    """The call takes a room alone, so a room of another home is refused before it is sent."""
    device = await bind()
    elsewhere = Space(cloud.add_home("owner"), "r1")
    asked()
    with pytest.raises(InvalidRequestError, match="another home"):
        await rig.owner.place(device, elsewhere)
    assert "update_device_info" not in asked()
    with pytest.raises(UnsupportedError):
        await rig.owner.place(device, Space(elsewhere.id))
    (home,) = rig.homes_of(rig.owner)[:1]
    with pytest.raises(InvalidRequestError, match="name a room"):
        await rig.owner.place(device, Space(home.id, ""))
    assert "update_device_info" not in asked()


async def test_a_device_is_put_into_a_room(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """A room that the vendor knows takes the device; no documented list names rooms, so the host knows its id."""
    device = await bind()
    (home,) = rig.homes_of(rig.owner)
    rooms: list[str] = []

    def look(operation: str | None, body: Any) -> object:
        if operation == "list_homes":
            rooms.extend(room["id"] for family in body["data"]["familyList"] for room in family.get("roomList", []))
        return body

    cloud.rewrite = look
    await rig.owner.spaces().all()
    if not rooms:
        pytest.skip("the emulated home has no rooms")
    await rig.owner.place(device, Space(home.id, rooms[-1]))
    (held,) = await rig.owner.bindings(device=device).all()
    assert held.space == Space(home.id, rooms[-1])


async def test_a_guest_renames_nothing(rig: EwelinkRig, cloud: EwelinkCloud, bind: Bind) -> None:
    """What a recipient may name is not documented: by the share it is refused, and as an own device by the vendor."""
    device = await bind(name="灯")
    await rig.owner.share(device, to=Email(cloud.user("guest").email))
    (mine,) = await rig.guest.received().all()
    with pytest.raises(UnsupportedError):
        await rig.guest.rename(mine, "lamp")
    with pytest.raises(PermissionDeniedError):
        await rig.guest.rename(device, "lamp")
    (held,) = await rig.owner.bindings().all()
    assert held.name == "灯"
