"""Gizwits: giving, taking and listing shares, over a real socket."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from sharebind import (
    UNKNOWN_DEVICE,
    AlreadySharedError,
    Anyone,
    CodeOffer,
    DeviceRef,
    Email,
    EndReason,
    Evidence,
    InvalidRequestError,
    MalformedReplyError,
    OutcomeUnknownError,
    PermissionDeniedError,
    Phone,
    RecipientNotFoundError,
    ResultLostError,
    Secret,
    SelfShareError,
    ShareEndedError,
    ShareNotFoundError,
    State,
    UserId,
    Username,
    Via,
)
from sharebind.provider import Somebody

from .gizwits_scene import DAY, DEVICE, MINUTE, Scene, desk_at, held, living
from .scene import Asked, Said


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


async def told(shares: Any) -> list[tuple[State, str | None]]:
    """Give the states of listed shares, with the reasons of their ends."""
    return [(share.state, share.end_reason) for share in await shares.all()]


# -------------------------------------------------------------------------------------------------------- giving access


@pytest.mark.parametrize("form", ["user id", "user name", "e-mail", "phone"])
async def test_a_person_is_invited_by_any_name(scene: Scene, form: str) -> None:
    """An invitation waits for a day, told by our own clock, and its recipient finds it."""
    device, person = await scene.bound(), scene.cloud.user("guest")
    forms: dict[str, Somebody] = {
        "user id": UserId(person.user_id),
        "user name": Username(person.email),
        "e-mail": Email(person.email),
        "phone": Phone(**person.phone),
    }
    before = scene.clouds.clock.now()
    share = await scene.owner.share(device, to=forms[form])
    assert (share.state, share.evidence, share.ref.via) == (State.OFFERED, Evidence.ASSUMED, Via.PERSON)
    assert share.accept_by is not None
    assert share.created_at is not None
    assert share.accept_by - share.created_at == DAY
    assert share.created_at >= before
    waiting = await scene.waiting()
    assert waiting.device == device
    assert waiting.accept_by is not None
    assert abs(waiting.accept_by - share.accept_by) < timedelta(seconds=2)
    [listed] = await scene.owner.shares().all()
    assert (listed.id, listed.state, listed.evidence) == (share.id, State.OFFERED, Evidence.VENDOR)


async def test_a_code_waits_for_a_quarter_of_an_hour(scene: Scene) -> None:
    """A code is the bare code of what people scan, and dies fifteen minutes after it was made."""
    device = await scene.bound()
    offer = await scene.code(device)
    assert (offer.state, offer.evidence, offer.device) == (State.OFFERED, Evidence.ASSUMED, device)
    assert "=" not in offer.code.reveal()
    assert offer.accept_by is not None
    assert offer.created_at is not None
    assert offer.accept_by - offer.created_at == 15 * MINUTE
    scene.clouds.clock.advance(16 * MINUTE)
    with pytest.raises(ShareEndedError) as late:
        await scene.guest.accept(offer.code)
    assert late.value.reason is EndReason.OFFER_EXPIRED


async def test_a_device_is_named_without_its_product(scene: Scene) -> None:
    """Whoever names the product too is understood, and every ref that comes back is the device's id alone."""
    device = await scene.bound()
    told = DeviceRef(device.device, "a-product")
    share = await scene.owner.share(told, to=scene.user_id(scene.guest))
    assert share.device == device
    assert [each.device for each in await scene.owner.shares(device=told).all()] == [device]
    assert [each.device for each in await scene.owner.bindings(device=told).all()] == [device]


@pytest.mark.parametrize("by_code", [False, True])
async def test_a_time_of_use_is_kept(scene: Scene, *, by_code: bool) -> None:
    """A use counts from acceptance, is told as it was sent, and then the guest has nothing."""
    device = await scene.bound()
    to = Anyone() if by_code else scene.user_id(scene.guest)
    share = await scene.owner.share(device, to=to, use_for=timedelta(minutes=90, seconds=59))
    assert (share.use_for, share.use_until) == (timedelta(minutes=90), None)
    scene.clouds.clock.advance(10 * MINUTE)
    await scene.guest.accept(share if by_code else await scene.waiting())
    scene.clouds.clock.advance(89 * MINUTE)
    assert [each.state for each in await scene.guest.received().all()] == [State.ACTIVE]
    scene.clouds.clock.advance(2 * MINUTE)
    assert not scene.has(scene.guest, device)
    assert await scene.guest.received().all() == []
    assert await scene.owner.shares(device=device).all() == []


@pytest.mark.parametrize("repeat", ["pending", "bound"])
async def test_a_second_share_with_the_same_person_is_refused(scene: Scene, repeat: str) -> None:
    """Whoever has an offer (9087) or the device (9083) is shared with already."""
    device = await scene.bound()
    await (scene.invited if repeat == "pending" else scene.granted)(device)
    with pytest.raises(AlreadySharedError) as again:
        await scene.invited(device)
    assert again.value.vendor_code == ("9087" if repeat == "pending" else "9083")


async def test_refusals_say_whose_fault_it_is(scene: Scene) -> None:
    """Nobody there, oneself, and somebody else's device are three different refusals."""
    device = await scene.bound()
    with pytest.raises(RecipientNotFoundError):
        await scene.owner.share(device, to=Email("nobody@example.org"))
    with pytest.raises(SelfShareError):
        await scene.owner.share(device, to=scene.user_id(scene.owner))
    await scene.granted(device)
    with pytest.raises(PermissionDeniedError) as guests:
        await scene.guest.share(device, to=Anyone())
    assert guests.value.vendor_code == "9081"


async def test_a_lost_answer_is_an_unknown_outcome(scene: Scene) -> None:
    """An invitation whose answer was lost is made once, and is found by reading back."""
    device = await scene.bound()
    scene.cloud.faults.add("lost", operation="create_share")
    with pytest.raises(OutcomeUnknownError):
        await scene.invited(device)
    [share] = await scene.owner.shares(device=device).all()
    assert (share.state, scene.asked().count("create_share")) == (State.OFFERED, 1)


async def test_a_code_whose_look_up_fails_is_given_all_the_same() -> None:
    """The reads around making a code are for its record only: where they fail, the code is there."""

    def say(request: Asked) -> Said:
        return (
            (200, {"id": None, "qr_content": "type=share&code=c0de"})
            if "did" in request.fields and ("type" in request.fields)
            else (500, b"")
        )

    async with desk_at(say) as (desk, server):
        offer = await desk.share(DEVICE, to=Anyone())
    assert (offer.code, server.names()) == (Secret("c0de"), ["sharing", "sharing", "sharing"])


# ------------------------------------------------------------------------------------------------------- taking access


async def test_an_offer_is_accepted(scene: Scene) -> None:
    """An accepted offer is a grant, on both sides, and its id on the owner's side stays."""
    device = await scene.bound()
    share = await scene.invited(device)
    taken = await scene.guest.accept(await scene.waiting())
    assert (taken.state, taken.device, scene.role(scene.guest, device)) == (State.ACTIVE, device, "guest")
    [mine] = await scene.guest.received().all()
    [given] = await scene.owner.shares().all()
    assert (mine.id, mine.state, given.id, given.state) == (taken.id, State.ACTIVE, share.id, State.ACTIVE)
    assert given.recipient is not None
    assert given.recipient.user_id == scene.cloud.user("guest").user_id
    assert mine.owner is not None
    assert mine.owner.user_id == scene.cloud.user("owner").user_id


@pytest.mark.parametrize("form", ["code", "text", "offer"])
async def test_a_code_is_accepted(scene: Scene, form: str) -> None:
    """The bare code, what people scan, and the offer itself give the device that is new."""
    await scene.bound(1, scene.guest)
    device = await scene.bound()
    offer = await scene.code(device)
    code = offer.code.reveal()
    forms: dict[str, CodeOffer | str] = {"code": code, "text": f"type=share&code={code}", "offer": offer}
    taken = await scene.guest.accept(forms[form])
    assert (taken.device, taken.state, taken.ref.via) == (device, State.ACTIVE, Via.CODE)
    assert [each.id for each in await scene.guest.received().all()] == [taken.id]


async def test_a_code_is_looked_at(scene: Scene) -> None:
    """A code tells its owner, masked, and its end, but no device; and looking takes nothing."""
    device = await scene.bound()
    await scene.owner.rename(device, "客厅的灯")
    offer = await scene.code(device)
    for text in (offer.code.reveal(), f"type=share&code={offer.code.reveal()}"):
        preview = await scene.guest.inspect(text)
        assert (preview.device, preview.name, preview.state) == (None, "客厅的灯", State.OFFERED)
        assert preview.owner is not None
        assert preview.owner.user_id is None
        assert "*" in (preview.owner.label or "")
        assert preview.accept_by is not None
    assert not scene.has(scene.guest, device)
    with pytest.raises(PermissionDeniedError):
        await scene.owner.inspect(offer)


async def test_codes_in_every_state_are_refused_for_what_they_are(scene: Scene) -> None:
    """Used, expired and unknown codes, and one's own, each say why they give nothing."""
    device = await scene.bound()
    used, late = await scene.code(device), await scene.code(device)
    await scene.guest.accept(used)
    with pytest.raises(ShareEndedError) as twice:
        await scene.other.accept(used)
    assert twice.value.reason is EndReason.USED
    with pytest.raises(SelfShareError):
        await scene.owner.accept(late.code)
    with pytest.raises(ShareNotFoundError):
        await scene.other.accept("0" * 32)
    with pytest.raises(AlreadySharedError):
        await scene.guest.accept(late)
    scene.clouds.clock.advance(16 * MINUTE)
    with pytest.raises(ShareEndedError) as expired:
        await scene.other.inspect(late)
    assert expired.value.reason is EndReason.OFFER_EXPIRED


@pytest.mark.parametrize("new", [(), ("d1", "d2")])
async def test_a_code_that_gave_nothing_certain_is_a_lost_result(new: tuple[str, ...]) -> None:
    """Where not exactly one received device is new, the code was taken and nobody can say what it gave."""
    lists = iter([[], [held(each, "guest") for each in new]])

    def say(request: Asked) -> Said:
        return (200, {"devices": next(lists)}) if request.name == "bindings" else (200, None)

    async with desk_at(say) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.accept("c0de")


async def test_only_what_was_received_counts_as_new() -> None:
    """A device that was bound by somebody else's hand meanwhile is not what the code gave."""
    lists = iter([[held("d0", "guest")], [held("d0", "guest"), held("d1", "guest"), held("d2", "special")]])

    def say(request: Asked) -> Said:
        return (200, {"devices": next(lists)}) if request.name == "bindings" else (200, None)

    async with desk_at(say) as (desk, _):
        assert (await desk.accept("c0de")).device == DEVICE


async def test_a_code_whose_device_cannot_be_read_is_taken_all_the_same() -> None:
    """The read after taking a code may fail: then the share is given without its device, and leaving it is refused."""
    asked: list[str] = []

    def say(request: Asked) -> Said:
        asked.append(request.name)
        if request.name != "bindings":
            return 200, None
        return (200, {"devices": []}) if asked.count("bindings") == 1 else (500, b"")

    async with desk_at(say) as (desk, _):
        taken = await desk.accept("hunter2")
        assert (taken.device, taken.state, taken.evidence) == (UNKNOWN_DEVICE, State.ACTIVE, Evidence.ASSUMED)
        assert "hunter2" not in repr(taken)
        before = len(asked)
        with pytest.raises(ShareNotFoundError):
            await desk.end(taken)
        with pytest.raises(InvalidRequestError):
            await desk.accept(taken)
    assert len(asked) == before


async def test_what_one_holds_has_to_be_known_before_a_code_is_taken() -> None:
    """Where the devices cannot be read whole, nobody could tell what is new, so nothing is taken."""
    async with desk_at(lambda _: (200, {"devices": [held(), {}]})) as (desk, server):
        with pytest.raises(MalformedReplyError):
            await desk.accept("c0de")
    assert server.names() == ["bindings"]


async def test_a_grant_is_no_offer(scene: Scene) -> None:
    """What is held already cannot be accepted again."""
    device = await scene.bound()
    await scene.granted(device)
    [mine] = await scene.guest.received().all()
    with pytest.raises(InvalidRequestError):
        await scene.guest.accept(mine)
