"""Tencent: binding by each proof, and pairing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from sharebind import (
    ByIdentity,
    ByPairing,
    BySerial,
    ByText,
    DeviceNotReadyError,
    InvalidRequestError,
    Level,
    MalformedReplyError,
    OutcomeUnknownError,
    Pairing,
    ProofRejectedError,
    Registry,
    ResultLostError,
    Role,
    Secret,
    Sharebind,
    Space,
    SpaceRequiredError,
    UnsupportedError,
)
from sharebind.capabilities import EVERY
from sharebind.provider import (
    Accepting,
    BindingProvider,
    Inspecting,
    PairingBegin,
    PairingCheck,
    Placing,
    Renaming,
    SelfReading,
    SharingProvider,
    SigningOut,
    SpaceListing,
    SpaceMaking,
    UserFinding,
)
from sharebind_tencent import BySignature, Channel, Digest
from sharebind_tencent.provider import Tencent

from .scene import DEVICE, Home, account_at, tencent_ok
from .tencent_scene import AT, Scene

HOME: Final = Space("f1")
SOON: Final = timedelta(milliseconds=20)


@pytest.fixture
def scene(home_at: Callable[[str], Home]) -> Scene:
    """Give the scene."""
    home = home_at("tencent")
    return Scene(home, home.sharebind)


def abilities(
    adapter: Tencent,
) -> tuple[
    SharingProvider,
    BindingProvider,
    Accepting,
    Inspecting,
    PairingBegin,
    PairingCheck,
    Renaming,
    Placing,
    SpaceListing,
    SpaceMaking,
    UserFinding,
    SelfReading,
    SigningOut,
]:
    """Be type-checked: the adapter fits every Protocol of what it says it can."""
    return (adapter,) * 13


# --------------------------------------------------------------------------------------------------------- what it can


def test_every_capability_is_answered_for() -> None:
    """Each one that the core knows is named; what the vendor lacks has a reason that says what to do instead."""
    support = Registry().spec("tencent").capabilities
    assert [name for name in EVERY if name not in support] == []
    absent = {name: each.reason for name, each in support.items() if each.level is Level.ABSENT}
    assert [name for name, reason in absent.items() if len(reason) < 20] == []


# --------------------------------------------------------------------------------------------------------- signatures


@pytest.mark.parametrize("digest", list(Digest))
@pytest.mark.parametrize("channel", list(Channel))
async def test_a_device_binds_by_its_own_signature(scene: Scene, channel: Channel, digest: Digest) -> None:
    """Over each channel, with each digest: the cloud verifies what the device signed."""
    bound = await scene.owner.bind(scene.lamp, scene.signed(channel, digest))
    assert (bound.device, bound.role) == (scene.lamp, Role.OWNER)
    assert bound.space is not None
    assert bound.space.id == scene.cloud.user("owner").homes[0]
    sent = scene.sent("AppSigBindDeviceInFamily")
    assert (sent["DeviceTimestamp"], sent["ConnId"]) == (int(AT.timestamp()), "c0ffee")


async def test_a_signature_without_a_nonce_sends_none(scene: Scene) -> None:
    """An empty nonce is not sent; a room is, where the space has one."""
    [room, *_] = await scene.rooms(scene.landlord)
    bound = await scene.landlord.bind(
        scene.lamp, scene.signed(Channel.WIFI, Digest.HMAC_SHA1, nonce=""), space=Space(room.id, room.room)
    )
    assert bound.space == Space(room.id, room.room)
    sent = scene.sent("AppSigBindDeviceInFamily")
    assert ("ConnId" in sent, sent["RoomId"]) == (False, room.room)


async def test_a_wrong_signature_binds_nothing(scene: Scene) -> None:
    """What the device did not sign is refused, and nobody holds it."""
    wrong = BySignature(signature=Secret("0" * 40), at=AT)
    with pytest.raises(InvalidRequestError):
        await scene.owner.bind(scene.lamp, wrong)
    assert not scene.home.has(scene.owner)


async def test_a_signature_needs_a_moment_with_a_zone() -> None:
    """A naive time is another moment elsewhere, so that none is taken."""
    with pytest.raises(ValueError, match=r"BySignature\.at needs a time zone"):
        BySignature(signature=Secret("00"), at=datetime(2024, 1, 1))  # noqa: DTZ001 - the mistake that is tested
    assert "00ff" not in repr(BySignature(signature="00ff", at=AT))


async def test_a_binding_by_signature_that_is_not_told_is_known_all_the_same() -> None:
    """Whose signature it was is in the wish, so that an answer without the device loses nothing."""
    async with account_at("tencent", lambda _: tencent_ok()) as (desk, server):
        bound = await desk.bind(DEVICE, BySignature(signature=Secret("00"), at=AT), space=HOME)
    assert (bound.device, bound.role, bound.space) == (DEVICE, Role.OWNER, Space("f1", "0"))
    assert server.names() == ["AppSigBindDeviceInFamily"]


async def test_a_signature_that_bound_another_device_is_told() -> None:
    """What the vendor says is bound counts more than what was asked for."""
    info = {"ProductId": "P", "DeviceName": "other"}
    async with account_at("tencent", lambda _: tencent_ok(AppDeviceInfo=info)) as (desk, _):
        with pytest.raises(ResultLostError, match="P/other"):
            await desk.bind(DEVICE, BySignature(signature=Secret("00"), at=AT), space=HOME)


# ------------------------------------------------------------------------------------------------------------- pairing


async def test_a_device_is_paired_and_bound(scene: Scene) -> None:
    """Begin, hand the token to the device, wait, bind: the device stands in the home's default room."""
    scene.cloud.set_guess("pairing_usable_after_s", 5)
    pairing = await scene.owner.begin_pairing()
    assert (pairing.ready, pairing.device) == (False, None)
    assert not (await scene.owner.check_pairing(pairing)).ready
    scene.cloud.report_pairing(pairing.token.reveal(), scene.given.product, scene.given.device)
    ready = await scene.owner.wait_for_pairing(pairing, every=SOON)
    assert (ready.ready, ready.device, ready.token) == (True, scene.lamp, pairing.token)
    bound = await scene.owner.bind(scene.lamp, ByPairing(ready.token))
    [listed] = [binding async for binding in scene.owner.bindings()]
    assert (bound.device, bound.role, bound.space) == (listed.device, listed.role, listed.space)
    assert scene.sent("AppTokenBindDeviceFamily")["RoomId"] == "0"


async def test_waiting_ends_when_the_device_reports(scene: Scene) -> None:
    """The wait goes on in real time until the cloud has heard of the device."""
    scene.cloud.set_guess("pairing_usable_after_s", 5)
    pairing = await scene.owner.begin_pairing()
    checked = 0

    class Watching:
        def seen(self, event: object) -> None:
            nonlocal checked
            checked += getattr(event, "operation", "") == "check_pairing" and hasattr(event, "took")
            if checked == 3:
                scene.home.clouds.clock.advance(timedelta(seconds=6))

    async with Sharebind(clock=scene.home.clouds.clock, observers=[Watching()]) as sharebind:
        ready = await scene.open(sharebind, "owner").wait_for_pairing(pairing, every=SOON, within=timedelta(seconds=5))
    assert (ready.ready, checked) == (True, 4)


async def test_a_pairing_binds_into_a_room(scene: Scene) -> None:
    """The room that is asked for is the one that it stands in."""
    [room, *_] = await scene.rooms(scene.owner)
    pairing = await scene.owner.begin_pairing()
    ready = await scene.owner.wait_for_pairing(pairing, every=SOON)
    assert ready.device is not None
    bound = await scene.owner.bind(ready.device, ByPairing(ready.token), space=room)
    [listed] = [binding async for binding in scene.owner.bindings()]
    assert listed.space == bound.space == room


async def test_a_device_that_never_reports_is_not_ready(scene: Scene) -> None:
    """The wait ends by itself, and nothing is bound."""
    scene.cloud.set_guess("pairing_usable_after_s", 5)
    pairing = await scene.owner.begin_pairing()
    with pytest.raises(DeviceNotReadyError):
        await scene.owner.wait_for_pairing(pairing, every=SOON, within=timedelta(seconds=0.1))
    with pytest.raises(InvalidRequestError):
        await scene.owner.bind(scene.lamp, ByPairing(pairing.token))
    assert not scene.home.has(scene.owner)


async def test_a_pairing_token_that_ran_out_is_a_rejected_proof(scene: Scene) -> None:
    """Expired or never made: the wait ends at once, and binding is refused."""
    pairing = await scene.owner.begin_pairing()
    scene.home.clouds.clock.advance(timedelta(seconds=601))
    for token in (pairing, Pairing(token=Secret("never made"))):
        with pytest.raises(ProofRejectedError):
            await scene.owner.wait_for_pairing(token, every=SOON)
        with pytest.raises(ProofRejectedError):
            await scene.owner.bind(scene.lamp, ByPairing(token.token))


async def test_a_ready_pairing_may_not_name_its_device(scene: Scene) -> None:
    """That the state names the device was only observed: without it the caller has to know it."""
    scene.cloud.set_guess("pairing_state_names_device", False)
    pairing = await scene.owner.begin_pairing()
    ready = await scene.owner.wait_for_pairing(pairing, every=SOON)
    assert (ready.ready, ready.device) == (True, None)
    await scene.owner.bind(scene.lamp, ByPairing(ready.token))
    assert scene.home.has(scene.owner)


STATES: Final[list[tuple[dict[str, object], tuple[bool, str | None]]]] = [
    ({"State": 1}, (False, None)),
    ({"State": "2"}, (True, None)),
    ({"State": 3}, (False, None)),
    ({"State": 2, "ProductId": "P"}, (True, None)),
    ({"State": 2, "ProductId": "P", "DeviceName": "d"}, (True, "P/d")),
    ({"Data": {"State": 2, "ProductId": "P", "DeviceName": "d"}}, (True, "P/d")),
]


@pytest.mark.parametrize(("fields", "expected"), STATES)
async def test_every_state_of_a_pairing_is_read(fields: dict[str, object], expected: tuple[bool, str | None]) -> None:
    """Only the state 2 is ready; an unknown one is not; the device is there or not."""
    async with account_at("tencent", lambda _: tencent_ok(**fields)) as (desk, _):
        told = await desk.check_pairing(Pairing(token=Secret("t")))
    assert (told.ready, str(told.device) if told.device else None) == expected


@pytest.mark.parametrize(
    "fields", [{}, {"State": None}, {"State": {}}, {"State": 2, "ProductId": "a/b", "DeviceName": "d"}]
)
async def test_a_state_that_cannot_be_read_is_malformed(fields: dict[str, object]) -> None:
    """Nobody guesses whether a device is ready, or which one it is."""
    async with account_at("tencent", lambda _: tencent_ok(**fields)) as (desk, _):
        with pytest.raises(MalformedReplyError):
            await desk.check_pairing(Pairing(token=Secret("t")))


async def test_a_pairing_token_that_is_not_told_is_lost() -> None:
    """A pairing was begun, and its token could not be read; one without an answer is not known to be."""
    async with account_at("tencent", lambda _: tencent_ok(Data={"Token": {}})) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.begin_pairing()
    async with account_at("tencent", lambda _: (502, b"")) as (desk, _):
        with pytest.raises(OutcomeUnknownError):
            await desk.begin_pairing()


# ----------------------------------------------------------------------------------------------------- other proofs


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"proof": ByIdentity()}, "ByText"),
        ({"proof": BySerial("860000000000001")}, "ByText"),
        ({"proof": ByText("s"), "name": "lamp"}, "bind first, then rename"),
        ({"proof": ByPairing("t"), "name": "lamp"}, "bind first, then rename"),
        ({"proof": BySignature(signature=Secret("00"), at=AT), "name": "lamp"}, "bind first, then rename"),
    ],
)
async def test_what_binding_cannot_say_is_refused_unsent(scene: Scene, wish: Mapping[str, Any], says: str) -> None:
    """Other proofs, and a name in the same call, are refused before anything is sent, with what to do instead."""
    with pytest.raises(UnsupportedError, match=says):
        await scene.owner.bind(scene.lamp, **wish)
    assert scene.asked() == []


@pytest.mark.parametrize("proof", [ByPairing("t"), BySignature(signature=Secret("00"), at=AT), ByText("s")])
async def test_whoever_has_two_homes_chooses_one(scene: Scene, proof: Any) -> None:
    """Binding into one of several homes takes the caller's word, whatever the proof; nothing is sent before."""
    with pytest.raises(SpaceRequiredError) as error:
        await scene.landlord.bind(scene.lamp, proof)
    assert [space.id for space in error.value.choices] == scene.cloud.user("landlord").homes
    assert scene.asked() == ["AppGetFamilyList"]


async def test_a_new_user_makes_a_home_and_binds(scene: Scene) -> None:
    """Whoever has no home is told how to make one, and it is the only one then."""
    homeless = scene.open(scene.home.sharebind, "homeless")
    proof = ByText(scene.given.proof["device_signature"])
    with pytest.raises(SpaceRequiredError, match=r"create_space\(\)"):
        await homeless.bind(None, proof)
    made = await homeless.create_space("我的家")
    assert (made.name, made.room) == ("我的家", None)
    assert [(space, space.name) async for space in homeless.spaces()] == [(made, "我的家")]
    bound = await homeless.bind(None, proof)
    assert bound.space is not None
    assert bound.space.id == made.id
