"""Gizwits' quirks, each by its id in the contract: what is strange, and what the adapter makes of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
import pytest_asyncio

from sharebind import (
    Anyone,
    EndReason,
    NotEntitledError,
    PermissionDeniedError,
    Role,
    Secret,
    ShareEndedError,
    SignInError,
    State,
    UnsupportedError,
)

from .gizwits_scene import DAY, MINUTE, Scene, living


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


async def test_a_bad_token_asks_for_a_sign_in(scene: Scene) -> None:
    """``bad_token_is_http_400``: a dead token is a SignInError at HTTP 400, and what is not bound is none at 401."""
    device = await scene.bound()
    with pytest.raises(SignInError) as dead:
        await scene.open("owner", token=Secret("nobody's")).bindings().all()
    assert (dead.value.http_status, dead.value.vendor_code) == (400, "9004")
    scene.cloud.faults.add("code", operation="update_binding", code="9017")
    with pytest.raises(Exception, match="device not bound") as unbound:
        await scene.owner.rename(device, "lamp")
    assert not isinstance(unbound.value, SignInError)


async def test_one_code_in_both_forms(scene: Scene) -> None:
    """``qr_content_is_a_query_string``: only the code itself travels, whatever somebody has scanned."""
    offer = await scene.code(await scene.bound())
    await scene.guest.inspect(f"type=share&code={offer.code.reveal()}")
    await scene.guest.accept(f"type=share&code={offer.code.reveal()}")
    for call in ("inspect_share_code", "accept_share_code"):
        assert scene.sent(call).path.endswith(f"/code/{offer.code.reveal()}")


async def test_an_id_is_one_key(scene: Scene) -> None:
    """``id_changes_type``: an id is a text when it is made and a number in lists, and the share's key is one."""
    share = await scene.invited(await scene.bound())
    [listed] = await scene.owner.shares().all()
    [waiting] = await scene.guest.received().all()
    assert share.ref == listed.ref
    assert waiting.ref.key == share.ref.key


@pytest.mark.parametrize("accepted", [False, True])
async def test_one_status_for_two_ends(scene: Scene, *, accepted: bool) -> None:
    """``cancelled_is_ambiguous``: this call's own end is told as what it was, the list's one as unknown."""
    share = await (scene.granted if accepted else scene.invited)(await scene.bound())
    [listed] = await scene.owner.shares().all()
    ended = await scene.owner.end(listed)
    assert ended.end_reason is (EndReason.REVOKED if accepted else EndReason.WITHDRAWN)
    [over] = await scene.owner.shares(states=frozenset({State.ENDED})).all()
    assert (over.id, over.end_reason) == (share.id, EndReason.UNKNOWN)


@pytest.mark.parametrize("shown", ["recipient", "empty", "null"])
async def test_people_are_matched_by_id_alone(scene: Scene, shown: str) -> None:
    """``masked_recipients``: whom a list masks is a label, and a guest is known by the user id."""
    scene.cloud.set_guess("uid_of_pending_invite", shown)
    device = await scene.bound()
    person = scene.cloud.user("guest")
    await scene.granted(device)
    [share] = await scene.owner.shares().all()
    assert share.recipient is not None
    assert (share.recipient.user_id, share.recipient.email, share.recipient.phone) == (person.user_id, None, None)
    assert "*" in (share.recipient.label or "")
    assert person.email not in repr(share)


async def test_an_invitation_makes_guests_of_members(scene: Scene) -> None:
    """``invite_changes_other_users``: whoever had bound the device too is a guest as soon as it is shared at all."""
    device = await scene.bound()
    await scene.bound(0, scene.other)
    assert scene.role(scene.other, device) == "member"
    share = await scene.invited(device)
    await scene.owner.end(share)
    [theirs] = await scene.other.bindings().all()
    assert theirs.role is Role.GUEST
    [former] = await scene.owner.shares().all()
    assert (former.state, former.recipient and former.recipient.user_id) == (
        State.ACTIVE,
        scene.cloud.user("other").user_id,
    )
    await scene.owner.end(former)
    assert not scene.has(scene.other, device)


@pytest.mark.parametrize("asked", [timedelta(seconds=59), timedelta(days=1, minutes=1)])
async def test_a_use_has_its_limits(scene: Scene, asked: timedelta) -> None:
    """``use_window_needs_acceptance``: less than a minute and more than a day are refused, and so is a moment."""
    device = await scene.bound()
    scene.cloud.requests.clear()
    with pytest.raises(UnsupportedError):
        await scene.owner.share(device, to=Anyone(), use_for=asked)
    with pytest.raises(UnsupportedError, match="use use_for"):
        await scene.owner.share(device, to=Anyone(), use_until=timedelta(hours=1))
    assert scene.asked() == []


@pytest.mark.parametrize("shown", ["unchanged", "end_of_use", "null"])
async def test_no_end_of_use_is_invented(scene: Scene, shown: str) -> None:
    """``expired_at_after_acceptance``: what that field means once a share was taken is open, so it ends nothing."""
    scene.cloud.set_guess("expired_at_when_accepted", shown)
    device = await scene.bound()
    await scene.granted(device)
    scene.clouds.clock.advance(3 * DAY)
    for share in (*await scene.owner.shares().all(), *await scene.guest.received().all()):
        assert (share.state, share.use_until, share.accept_by) == (State.ACTIVE, None, None)


async def test_an_expired_offer_has_no_status(scene: Scene) -> None:
    """``expiry_is_not_a_status``: an offer whose day has passed is over by the clock, and says that it was computed."""
    share = await scene.invited(await scene.bound())
    waiting = await scene.waiting()
    scene.clouds.clock.advance(DAY + MINUTE)
    [over] = await scene.owner.shares(states=frozenset({State.ENDED})).all()
    assert (over.id, over.end_reason, over.evidence) == (share.id, EndReason.OFFER_EXPIRED, "computed")
    with pytest.raises(ShareEndedError) as late:
        await scene.guest.accept(waiting)
    assert late.value.reason is EndReason.OFFER_EXPIRED


async def test_a_code_ends_by_its_time_and_a_taken_one_by_its_guest(scene: Scene) -> None:
    """``qr_share_cannot_be_withdrawn``: the call that cancels is never made for a code, taken or not."""
    device = await scene.bound()
    with pytest.raises(UnsupportedError):
        await scene.owner.end(await scene.code(device))
    await scene.guest.accept(await scene.code(device))
    [share] = await scene.owner.shares(states=frozenset({State.ACTIVE})).all()
    await scene.owner.end(share)
    assert scene.sent("remove_guest").query == {"uid": [scene.cloud.user("guest").user_id]}
    assert "cancel_share" not in scene.asked()


async def test_a_use_cannot_be_lengthened(scene: Scene) -> None:
    """``use_window_cannot_be_renewed``: changing an end is refused with what works instead, and nothing is sent."""
    share = await scene.granted(await scene.bound())
    scene.cloud.requests.clear()
    for until in (timedelta(hours=1), None):
        with pytest.raises(UnsupportedError, match="make another one, which is accepted anew"):
            await scene.owner.change(share, use_until=until)
    assert scene.asked() == []


@pytest.mark.parametrize(("code", "kind"), [("9039", NotEntitledError), ("9081", PermissionDeniedError)])
async def test_sharing_may_be_off(scene: Scene, code: str, kind: type[Exception]) -> None:
    """``sharing_is_a_console_switch``: a product without sharing is the vendor's to refuse, and binding works."""
    scene.cloud.set_guess("sharing_off_code", code)
    scene.cloud.switch_sharing_off()
    device = await scene.bound()
    with pytest.raises(kind):
        await scene.owner.share(device, to=Anyone())
    listing = scene.owner.bindings()
    assert [each.device for each in await listing.all()] == [device]


async def test_the_inbox_is_never_read(scene: Scene) -> None:
    """``share_events_are_free_text``: offers come from the list of shares, and the inbox is left alone."""
    device = await scene.bound()
    await scene.granted(device)
    await scene.guest.received().all()
    await scene.owner.shares().all()
    assert not {"list_messages", "mark_message"} & set(scene.asked())


async def test_an_offer_of_a_device_that_was_given_up_is_dead(scene: Scene) -> None:
    """``owner_unbind_drops_guests``: offers die with the owner's binding, and say that the owner is gone."""
    device = await scene.bound()
    await scene.invited(device)
    waiting = await scene.waiting()
    await scene.owner.unbind(device)
    with pytest.raises(ShareEndedError):
        await scene.guest.accept(waiting)
