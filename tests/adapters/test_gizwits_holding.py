"""Gizwits: binding, unbinding, naming and handing over, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, Final

import pytest
import pytest_asyncio

from sharebind import (
    AlreadyBoundError,
    ByText,
    DeviceRef,
    InvalidRequestError,
    NotBoundError,
    OutcomeUnknownError,
    ProofRejectedError,
    RecipientNotFoundError,
    ResultLostError,
    Role,
    Secret,
    SharebindError,
    UnexpectedRoleError,
    UnsupportedError,
    UserId,
    Username,
)
from sharebind_gizwits import ByMac

from .gizwits_scene import APP, DEVICE, Scene, desk_at, held, living
from .scene import Asked, Said

PROOF: Final = ByMac("p", "A1")
SECRETS: Final[dict[str, Any]] = {"product_secrets": {"p": Secret("s")}}


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


# ------------------------------------------------------------------------------------------------------------- binding


async def test_a_device_is_bound_by_its_address(scene: Scene) -> None:
    """What is sent is signed, and the answer tells the device, the role and the local key."""
    given = scene.cloud.devices[0]
    bound = await scene.owner.bind(None, scene.proof(), name="客厅的灯")
    assert (bound.device, bound.role, bound.name) == (DeviceRef(given.device), Role.OWNER, "客厅的灯")
    assert set(bound.local_keys) == {"passcode"}
    assert bound.local_keys["passcode"].reveal() not in repr(bound)
    assert "set_owner" not in scene.sent("bind_mac").body


async def test_a_device_is_bound_by_its_code(scene: Scene) -> None:
    """The call returns nothing, so the device is the one that is new."""
    await scene.bound(1)
    given = scene.cloud.devices[0]
    bound = await scene.owner.bind(None, ByText(given.proof["qr_content"]))
    assert (bound.device, bound.role) == (DeviceRef(given.device), Role.OWNER)
    assert scene.asked()[-3:] == ["list_bindings", "bind_latest", "list_bindings"]


@pytest.mark.parametrize("claim", [True, 1, False, 0])
async def test_ownership_may_be_claimed(scene: Scene, claim: Any) -> None:
    """The vendor's extra ``set_owner`` goes with either proof, as the number that it is there."""
    for index, proof in enumerate((scene.proof(0), ByText(scene.cloud.devices[1].proof["qr_content"]))):
        await scene.owner.bind(None, proof, extra={"set_owner": claim})
        assert scene.sent("bind_latest" if index else "bind_mac").body["set_owner"] == int(claim)
    with pytest.raises(UnsupportedError):
        await scene.owner.bind(None, scene.proof(2), extra={"remark": "x"})


async def test_a_device_with_an_owner_is_refused(scene: Scene) -> None:
    """What somebody shares can be had by a share only."""
    device = await scene.bound()
    await scene.invited(device)
    for proof in (scene.proof(), ByText(scene.cloud.devices[0].proof["qr_content"])):
        with pytest.raises(AlreadyBoundError) as owned:
            await scene.guest.bind(None, proof)
        assert owned.value.vendor_code == "9092"


async def test_wrong_proofs_are_refused(scene: Scene) -> None:
    """A text that is no code, an unknown address and a clock that is off each say what is wrong."""
    with pytest.raises(ProofRejectedError):
        await scene.owner.bind(None, ByText("no such code"))
    with pytest.raises(SharebindError):
        await scene.owner.bind(None, ByMac(scene.proof().product, "000000000000"))
    scene.cloud.faults.add("code", operation="bind_mac", code="9043")
    with pytest.raises(ProofRejectedError, match="more than five minutes off"):
        await scene.owner.bind(None, scene.proof())


async def test_the_timestamp_is_the_accounts_clock(scene: Scene) -> None:
    """The signature is made of the injected clock's time, so a test may move it, and the vendor takes it."""
    scene.clouds.clock.advance(timedelta(days=3))
    assert (await scene.owner.bind(None, scene.proof())).role is Role.OWNER


@pytest.mark.parametrize("by_text", [False, True])
async def test_another_device_than_was_named_is_told(scene: Scene, *, by_text: bool) -> None:
    """The proof decides what is bound: where it is not what was named, it is bound all the same, and is told."""
    proof = ByText(scene.cloud.devices[0].proof["qr_content"]) if by_text else scene.proof()
    with pytest.raises(ResultLostError, match="which is bound now, not another"):
        await scene.owner.bind(DeviceRef("another"), proof)
    assert scene.has(scene.owner, DeviceRef(scene.cloud.devices[0].device))


@pytest.mark.parametrize("named", [None, DEVICE, DeviceRef("d9")])
@pytest.mark.parametrize("before", [(), ("d1",)])
async def test_binding_by_code_finds_what_is_new(before: tuple[str, ...], named: DeviceRef | None) -> None:
    """Nothing new is a lost result, unless the device was named and is held: then it was bound before."""
    lists = iter([[held(each) for each in before], [held("d1")]])

    def say(request: Asked) -> Said:
        return (200, {"devices": next(lists)}) if request.name == "bindings" else (200, None)

    async with desk_at(say) as (desk, _):
        wish = desk.bind(named, ByText("qr"))
        found = named in (None, DEVICE) if not before else named == DEVICE
        if found:
            assert (await wish).device == DEVICE
        else:
            with pytest.raises(ResultLostError):
                await wish


async def test_a_bind_that_is_not_understood_is_a_lost_result() -> None:
    """The vendor has bound something, and says what in no way that can be read: that is done, and told so."""
    async with desk_at(lambda _: (200, {"mac": "A1"}), **SECRETS) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.bind(None, PROOF)


async def test_a_lost_answer_leaves_binding_open(scene: Scene) -> None:
    """Whether it was bound is for the list to say."""
    scene.cloud.faults.add("lost", operation="bind_mac")
    with pytest.raises(OutcomeUnknownError):
        await scene.owner.bind(None, scene.proof())
    assert len(await scene.owner.bindings().all()) == 1


async def test_every_call_names_the_app() -> None:
    """The app's id goes with every call, and no secret of the product does."""
    async with desk_at(lambda _: (200, held()), **SECRETS) as (desk, server):
        bound = await desk.bind(None, PROOF, name="灯")
    assert bound.device == DEVICE
    assert server.asked[0].fields == {"product_key": "p", "mac": "A1", "dev_alias": "灯"}
    assert APP not in str(server.asked[0].fields)


# --------------------------------------------------------------------------------------------------- giving a device up


async def test_an_owner_unbinds_for_everybody(scene: Scene) -> None:
    """``owner_unbind_drops_guests``: when the owner gives it up nobody is left, and the answer says so."""
    device = await scene.bound()
    await scene.granted(device)
    gone = await scene.owner.unbind(device)
    assert (gone.device, gone.others_left) == (device, 0)
    assert not scene.has(scene.guest, device)
    assert await scene.guest.received().all() == []


async def test_a_first_binder_unbinds_alone(scene: Scene) -> None:
    """Whoever has shared nothing may leave others behind who bound it too: how many is not said."""
    device = await scene.bound()
    await scene.bound(0, scene.guest)
    assert scene.role(scene.guest, device) == "member"
    assert (await scene.owner.unbind(device)).others_left is None
    assert scene.role(scene.guest, device) == "owner"


async def test_a_member_unbinds_as_such(scene: Scene) -> None:
    """Whoever bound it without owning it says so, and takes it from nobody else."""
    device = await scene.bound()
    await scene.bound(0, scene.guest)
    with pytest.raises(UnexpectedRoleError):
        await scene.guest.unbind(device)
    assert (await scene.guest.unbind(device, expect=Role.MEMBER)).others_left is None
    assert (scene.has(scene.owner, device), scene.has(scene.guest, device)) == (True, False)


async def test_a_guest_may_unbind_as_a_guest(scene: Scene) -> None:
    """A received device is given up by unbinding too, if it is expected to be received."""
    device = await scene.bound()
    await scene.granted(device)
    with pytest.raises(UnexpectedRoleError):
        await scene.owner.unbind(device, expect=Role.GUEST)
    await scene.guest.unbind(device, expect=Role.GUEST)
    assert (scene.has(scene.owner, device), scene.has(scene.guest, device)) == (True, False)


async def test_what_is_not_held_is_not_unbound(scene: Scene) -> None:
    """Nothing is sent for a device that the account does not hold."""
    with pytest.raises(NotBoundError):
        await scene.owner.unbind(DeviceRef("nobodys"))
    assert scene.asked() == ["list_bindings"]


@pytest.mark.parametrize("role", [97, "landlord"])
async def test_an_unknown_role_unbinds_nothing(role: object) -> None:
    """Where the role cannot be read nobody is taken for the owner, and no change is sent."""

    def say(_: Asked) -> Said:
        return 200, {"devices": [held(role=role)]}  # type: ignore[arg-type]  # vendors send what they send

    async with desk_at(say) as (desk, server):
        with pytest.raises(SharebindError):
            await desk.unbind(DEVICE)
        listing = desk.bindings(allow_partial=True)
        assert await listing.all() == []
        assert len(listing.gaps) == 1
    assert server.names() == ["bindings", "bindings"]


async def test_a_failed_unbind_is_an_error() -> None:
    """A device in ``failed`` at HTTP 200 was not unbound, and nothing happened."""

    def say(request: Asked) -> Said:
        return (200, {"success": [], "failed": ["d1"]}) if "devices" in request.fields else (200, {"devices": [held()]})

    async with desk_at(say) as (desk, _):
        with pytest.raises(NotBoundError) as failed:
            await desk.unbind(DEVICE)
    assert (failed.value.outcome, failed.value.operation, failed.value.provider) == ("nothing", "unbind", "gizwits")


# ------------------------------------------------------------------------------------------------- names and new owners


async def test_both_sides_name_a_device_for_themselves(scene: Scene) -> None:
    """An owner and a guest each have a name of their own for it, in any script."""
    device = await scene.bound()
    await scene.granted(device)
    [mine] = await scene.guest.received().all()
    await scene.owner.rename(device, "客厅的灯")
    await scene.guest.rename(mine, "Müllers Lampe")
    assert [each.name for each in await scene.owner.bindings().all()] == ["客厅的灯"]
    assert [each.name for each in await scene.guest.bindings().all()] == ["Müllers Lampe"]


async def test_a_device_changes_hands(scene: Scene) -> None:
    """A guest is made the owner by user id, and the former owner has nothing any more."""
    device = await scene.bound()
    await scene.granted(device)
    with pytest.raises(RecipientNotFoundError):
        await scene.owner.transfer(device, scene.user_id(scene.other))
    await scene.owner.transfer(device, scene.user_id(scene.guest))
    assert (scene.role(scene.guest, device), scene.has(scene.owner, device)) == ("owner", False)
    assert [each.role for each in await scene.guest.bindings().all()] == [Role.OWNER]
    with pytest.raises(UnsupportedError):
        await scene.guest.transfer(device, Username("owner"))


@pytest.mark.parametrize("name", ["..", "."])
async def test_a_device_of_dots_is_refused(name: str) -> None:
    """A device's id becomes a part of a path, and never a way out of it."""
    async with desk_at(lambda _: (200, None)) as (desk, server):
        with pytest.raises(InvalidRequestError):
            await desk.rename(DeviceRef(name), "lamp")
        with pytest.raises(InvalidRequestError):
            await desk.transfer(DeviceRef(name), UserId("u"))
    assert server.names() == []
