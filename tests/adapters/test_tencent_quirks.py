"""Tencent's quirks, each by its id in the contract: what is strange, and what the adapter makes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import pytest

from sharebind import (
    AlreadySharedError,
    Anyone,
    ByPairing,
    ByText,
    DeviceRef,
    EndReason,
    Evidence,
    InvalidRequestError,
    NotEntitledError,
    Pairing,
    PermissionDeniedError,
    Role,
    Secret,
    ShareEndedError,
    ShareRef,
    Side,
    SignInError,
    Space,
    State,
    UnavailableError,
    UnsupportedError,
    UserId,
    Via,
)
from sharebind.provider import Fields, HttpCall
from sharebind_tencent import auth
from sharebind_tencent.settings import TencentSettings
from sharebind_tencent.wire import shares

from .scene import DEVICE, WEEK, Asked, Home, Said, account_at, tencent_ok

SECONDS: Final = 1_700_000_000
GIVEN: Final = ShareRef(provider="tencent", side=Side.OWNER, via=Via.UNKNOWN, device=DEVICE, key=Secret("u1"))
NO_PERMISSION: Final = "InvalidParameterValue.NoPermission"
PAIR: Final[dict[str, object]] = {"ProductId": "P", "DeviceName": "d"}


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people at Tencent's emulated cloud."""
    return home_at("tencent")


def sent(home: Home, call: str) -> dict[str, Any]:
    """Give what a call carried, the last time."""
    return cast("dict[str, Any]", [each for each in home.cloud.requests if each.operation == call][-1].body)


def calls(home: Home) -> list[str]:
    """Give the calls that came, in order."""
    return [each.operation for each in home.cloud.requests]


# ------------------------------------------------------------------------------------------------------- the envelopes


@pytest.mark.parametrize("envelope", ["documented", "wire", "both"])
async def test_either_envelope_is_read(home: Home, envelope: str) -> None:
    """``two_envelopes``: the documented one, the one that clients read, and both at once tell the same."""
    home.cloud.set_guess("envelope", envelope)
    offer = await home.code(await home.bound())
    assert (await home.guest.accept(offer)).state is State.ACTIVE
    with pytest.raises(ShareEndedError):
        await home.other.accept(offer)


async def test_the_code_inside_counts() -> None:
    """``business_error_is_minus_1000``: the code outside only says that there is one inside."""
    error = {"Code": NO_PERMISSION, "Message": "no"}
    body = {"code": -1000, "msg": "no", "data": {"Error": error, "RequestId": "r"}}
    async with account_at("tencent", lambda _: (200, body)) as (desk, _):
        with pytest.raises(PermissionDeniedError) as refused:
            await desk.end(GIVEN)
    assert (refused.value.vendor_code, refused.value.request_id) == (NO_PERMISSION, "r")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("UnauthorizedOperation.APPNoPermissionToStudioProduct|no right", NotEntitledError),
        ("InvalidParameterValue.InvalidAccessToken|Invalid Token", SignInError),
        ("something|else", UnavailableError),
        ("internal error", UnavailableError),
    ],
)
async def test_a_code_before_a_bar_counts(message: str, expected: type[Exception]) -> None:
    """``nested_error_code``: what an internal error hides in its message is the real code, if it is one."""
    for body in (
        {"Response": {"Error": {"Code": "InternalError", "Message": message}}},
        {"code": -1000, "msg": "", "data": {"Error": {"Code": "InternalError", "Message": message}}},
    ):
        async with account_at("tencent", lambda _, body=body: (200, body)) as (desk, _):  # type: ignore[misc]  # a lambda's default has no type
            with pytest.raises(expected):
                await desk.me()


@pytest.mark.parametrize("code", ["InvalidParameterValue.DeviecBinded", "InvalidParameterValue.DeviceBinded"])
async def test_both_spellings_of_bound_are_one(home: Home, code: str) -> None:
    """``misspelt_codes``: whoever has the device already is told so, however the vendor spells it."""
    home.cloud.set_guess("already_bound_code", code)
    device = await home.bound()
    await home.taken(device, home.guest)
    with pytest.raises(AlreadySharedError) as error:
        await home.guest.accept(await home.code(device))
    assert error.value.vendor_code == code


@pytest.mark.parametrize("spelling", ["UserID", "UserId"])
async def test_ids_are_read_in_either_case_and_sent_in_one(home: Home, spelling: str) -> None:
    """``id_letter_case``: names are read without regard to case, and sent as the vendor's own clients spell them."""
    home.cloud.set_guess("id_spelling", spelling)
    device = await home.bound()
    await home.taken(device, home.guest)
    [share] = await home.owner.shares(device=device).all()
    assert share.recipient is not None
    assert share.recipient.user_id == home.person(home.guest).user_id
    await home.owner.end(share)
    assert "RemoveUserID" in sent(home, "AppRemoveShareDeviceUser")
    await home.owner.share(device, to=UserId(home.person(home.other).user_id))
    assert "ToUserID" in sent(home, "AppSendShareDeviceInvite")
    [offer] = await home.other.received().all()
    assert offer.owner is not None
    assert offer.owner.user_id == home.person(home.owner).user_id


@pytest.mark.parametrize("at", ["sample", "top"])
async def test_results_are_found_where_they_are(home: Home, at: str) -> None:
    """``result_in_data_or_not``: at the top, in ``Data``, and in ``data``."""
    home.cloud.set_guess("unsure_results_at", at)
    pairing = await home.owner.begin_pairing()
    told = await home.owner.check_pairing(pairing)
    assert told.device is not None
    assert (await home.owner.bind(told.device, ByPairing(pairing.token))).role is Role.OWNER
    for info in ({"AppDeviceInfo": PAIR}, {"Data": {"AppDeviceInfo": PAIR}}, {"data": {"AppDeviceInfo": PAIR}}):
        for body in ({"Response": info}, {"code": 0, "data": info}):
            async with account_at("tencent", lambda _, body=body: (200, body)) as (desk, _):  # type: ignore[misc]  # a lambda's default has no type
                bound = await desk.bind(None, ByText("s"), space=Space("f"))
            assert bound.device == DeviceRef("d", "P")


# -------------------------------------------------------------------------------------------------------------- sharing


async def test_what_is_called_the_users_shares_is_what_was_received(home: Home) -> None:
    """``list_title_misleads``: the call that seems to list what I share lists what was shared with me."""
    device = await home.bound()
    await home.taken(device, home.guest)
    assert await home.owner.received().all() == []
    assert [share.device for share in await home.guest.received().all()] == [device]
    before = len(calls(home))
    assert len(await home.owner.shares().all()) == 1
    assert "AppListUserShareDevices" not in calls(home)[before:]


async def test_an_invitation_is_assumed_and_cannot_be_taken_back(home: Home) -> None:
    """``invite_returns_nothing``: the sharer has only their own word for it, cannot list it, and cannot withdraw it."""
    device = await home.bound()
    invited = await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    assert (invited.state, invited.evidence, invited.accept_by) == (State.OFFERED, Evidence.ASSUMED, None)
    assert await home.owner.shares().all() == []
    with pytest.raises(UnsupportedError):
        await home.owner.end(invited)


async def test_a_named_person_has_to_accept(home: Home) -> None:
    """``two_doors``: through the app's door, the only one that is used here, nobody has access before they consent."""
    device = await home.bound()
    await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    assert not home.has(home.guest)
    [offer] = await home.guest.received().all()
    await home.guest.accept(offer)
    assert home.has(home.guest)


async def test_an_invitation_is_not_declined(home: Home) -> None:
    """``no_decline``: refused with no request, by its stored ref too; a device that came another way stays."""
    device = await home.bound()
    await home.owner.share(device, to=UserId(home.person(home.guest).user_id))
    [offer] = await home.guest.received().all()
    await home.taken(device, home.guest)
    before = len(calls(home))
    for wish in (home.guest.end(offer), home.guest.end(offer.ref)):
        with pytest.raises(UnsupportedError):
            await wish
    assert len(calls(home)) == before
    assert home.has(home.guest)


@pytest.mark.parametrize("life", [86_400, 604_800])
async def test_a_codes_life_is_the_vendors_word(home: Home, life: int) -> None:
    """``token_ttl_conflict``: one day or seven, the end is read and never computed."""
    home.cloud.set_guess("share_token_ttl_s", life)
    offer = await home.owner.share(await home.bound(), to=Anyone())
    assert offer.accept_by is not None
    assert offer.created_at is not None
    assert abs(offer.accept_by - offer.created_at - timedelta(seconds=life)) < timedelta(seconds=5)


async def test_the_end_of_a_code_is_a_moment() -> None:
    """``expire_time_is_a_moment``: a number that the page calls a length is the time itself."""
    info = {**PAIR, "ExpireTime": SECONDS, "CreateTime": SECONDS - 86_400}
    async with account_at("tencent", lambda _: tencent_ok(ShareDeviceTokenInfo=info)) as (desk, _):
        preview = await desk.inspect("code")
    assert (preview.accept_by, preview.state) == (datetime.fromtimestamp(SECONDS, UTC), State.ENDED)


async def test_a_code_admits_one_and_each_share_has_its_own(home: Home) -> None:
    """``token_works_once``: the second one is told that it was used, and every ``share`` makes a new code."""
    device = await home.bound()
    first, second = await home.code(device), await home.code(device)
    assert first.code != second.code
    await home.guest.accept(first)
    with pytest.raises(ShareEndedError) as error:
        await home.other.accept(first)
    assert error.value.reason is EndReason.USED
    await home.other.accept(second)
    assert home.has(home.other)


async def test_accepting_names_the_device_that_the_code_is_for(home: Home) -> None:
    """``accept_needs_the_device``: with the code alone, the adapter asks for the device first."""
    device = await home.bound()
    offer = await home.code(device)
    before = len(calls(home))
    await home.guest.accept(offer.code)
    assert calls(home)[before:] == ["AppDescribeShareDeviceToken", "AppBindUserShareDevice"]
    accepted = sent(home, "AppBindUserShareDevice")
    assert (accepted["ProductId"], accepted["DeviceName"]) == (device.product, device.device)


@pytest.mark.parametrize("dead", ["expired", "never made"])
async def test_why_a_dead_code_is_dead_is_not_known(home: Home, dead: str) -> None:
    """``expired_looks_like_unknown``: both have one answer, so that no reason is claimed."""
    offer = await home.code(await home.bound())
    home.clouds.clock.advance(WEEK if dead == "expired" else timedelta())
    code = offer.code if dead == "expired" else Secret("0" * 32)
    for wish in (home.guest.accept(code), home.guest.inspect(code)):
        with pytest.raises(ShareEndedError) as error:
            await wish
        assert error.value.reason is EndReason.UNKNOWN
    assert not home.has(home.guest)


@pytest.mark.parametrize("how", ["left", "unbound"])
async def test_why_a_share_is_gone_is_not_known(home: Home, how: str) -> None:
    """``endings_look_alike``: left, revoked and unbound are the same absence, so that no reason is claimed."""
    device = await home.bound()
    await home.taken(device, home.guest)
    [share] = await home.owner.shares(device=device).all()
    [mine] = await home.guest.received().all()
    if how == "left":
        await home.guest.end(mine)
        gone = await home.owner.end(share)
    else:
        await home.owner.unbind(device)
        gone = await home.guest.end(mine)
    assert (gone.state, gone.end_reason, gone.ended_at) == (State.ENDED, EndReason.UNKNOWN, None)


def test_only_the_right_message_is_an_invitation() -> None:
    """``two_invitation_tokens``: a home's invitation has a token of the same name, which is never used as a share's."""
    messages = [
        {"MsgID": str(kind), "MsgType": kind, "MsgTimestamp": 1, "Attachments": {"ShareToken": f"t{kind}"}}
        for kind in (204, 300, 301, 302, 303)
    ]
    page = shares.inbox_in(Fields({"Data": {"Msgs": messages, "Listover": True}}, fold=True))
    assert [(key, token.reveal()) for key, token in page.messages if token is not None] == [("301", "t301")]


async def test_received_devices_are_bindings_too(home: Home) -> None:
    """``shared_in_list_is_apart``: what is in no home of one's own is read from the other list."""
    device = await home.bound()
    await home.taken(device, home.guest)
    [binding] = await home.guest.bindings().all()
    assert (binding.device, binding.role) == (device, Role.GUEST)
    assert {"AppGetFamilyDeviceList", "AppListUserShareDevices"} <= {*calls(home)}


# ----------------------------------------------------------------------------------------------- fields and their forms


async def test_a_home_is_named_by_its_id(home: Home) -> None:
    """``default_family_is_sdk_sugar``: what goes over the wire is the home that was looked up."""
    device = await home.bound()
    await home.code(device)
    await home.owner.unbind(device)
    [family] = home.person(home.owner).homes
    for call in ("AppSecureAddDeviceInFamily", "AppCreateShareDeviceToken", "AppDeleteDeviceInFamily"):
        assert sent(home, call)["FamilyId"] == family


async def test_each_time_is_read_in_its_own_unit(home: Home) -> None:
    """``three_clocks``: unix seconds, unix milliseconds and RFC 3339 with an offset are the same present."""
    device = await home.bound()
    await home.taken(device, home.guest)
    await home.owner.share(device, to=UserId(home.person(home.other).user_id))
    now = home.clouds.clock.now()
    [binding] = await home.owner.bindings().all()
    [given] = await home.owner.shares().all()
    [received] = await home.guest.received().all()
    [offer] = await home.other.received().all()
    assert offer.accept_by is not None
    times = [binding.bound_at, given.accepted_at, received.accepted_at, offer.accept_by - timedelta(days=1)]
    assert all(moment is not None and abs(moment - now) < timedelta(seconds=5) for moment in times)


async def test_old_messages_are_told_by_their_milliseconds() -> None:
    """``three_clocks``: an inbox is read no further than a week back, by the time of its messages."""
    week_ago = int((datetime.now(UTC) - timedelta(days=8)).timestamp() * 1000)
    row = {"MsgID": "1", "MsgType": 301, "MsgTimestamp": week_ago, "Attachments": {"ShareToken": "t"}}

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetMessages":
            return tencent_ok(Msgs=[row | {"MsgID": str(len(asked.fields))}], Listover=False)
        return tencent_ok(Total=0, ShareDeviceTokenInfo=PAIR)

    async with account_at("tencent", say) as (desk, server):
        await desk.received().all()
    assert server.names().count("AppGetMessages") == 1


async def test_a_device_is_named_by_its_pair(home: Home) -> None:
    """``device_id_replaces_pair``: every call about a device sends the two documented names, never the joined one."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    await home.guest.end((await home.guest.received().all())[0])
    await home.owner.end(offer.ref)
    await home.owner.rename(device, "lamp")
    await home.owner.unbind(device)
    bodies = [cast("dict[str, Any]", each.body) for each in home.cloud.requests]
    about = [body for body in bodies if "DeviceName" in body]
    assert len(about) >= 6
    assert {(body["ProductId"], body["DeviceName"]) for body in about} == {(device.product, device.device)}
    assert [body for body in bodies if "DeviceId" in body] == []


async def test_a_room_goes_along_where_it_is_known(home: Home) -> None:
    """``required_but_unsent``: unbinding sends the room that the list showed; a home is made without an address."""
    device = await home.bound()
    [room] = [space async for space in home.owner.spaces(rooms=True) if space.room]
    await home.owner.place(device, room)
    await home.owner.unbind(device)
    assert sent(home, "AppDeleteDeviceInFamily")["RoomId"] == room.room
    await home.owner.create_space("second home")
    assert {*sent(home, "AppCreateFamily")} == {"Action", "AccessToken", "RequestId", "Name"}


def test_mistakes_of_the_pages_are_not_followed() -> None:
    """``page_mistakes``: a misspelt device name is read, and where a sample errs the contract's entry is sent."""
    info = {"ProductId": "P", "DeviecName": "d", "ExpireTime": SECONDS}
    preview = shares.preview_in(Fields({"ShareDeviceTokenInfo": info}, fold=True), datetime.now(UTC))
    assert preview.device == DeviceRef("d", "P")


async def test_what_the_pages_leave_out_is_sent() -> None:
    """``page_mistakes``: ProductId for a device's users, FamilyId for a code, and the right Action for a pairing."""
    answer = tencent_ok(Total=1, Users=[], FamilyList=[{"FamilyId": "f"}], ShareDeviceToken="t", State=1)
    async with account_at("tencent", lambda _: answer) as (desk, server):
        await desk.shares(device=DEVICE, allow_partial=True).all()
        await desk.share(DEVICE, to=Anyone())
        await desk.check_pairing(Pairing(token=Secret("t")))
    fields = {each.name: each.fields for each in server.asked}
    assert fields["AppListShareDeviceUsers"]["ProductId"] == DEVICE.product
    assert fields["AppCreateShareDeviceToken"]["FamilyId"] == "f"
    assert fields["AppGetDeviceBindTokenState"]["Token"] == "t"


# ------------------------------------------------------------------------------------------------------ the signature


def entrance(**more: Any) -> HttpCall:
    """Give the signed call of an id of one's own."""
    given: dict[str, Any] = {"open_id": "o", "nickname": "n", "avatar": "a"} | more
    settings = TencentSettings(app_key="k", app_secret=Secret("s"), region="domestic", **given)
    return auth.sign_in(settings, datetime.fromtimestamp(SECONDS, UTC))


def body_of(call: HttpCall) -> dict[str, object]:
    """Give the fields of a call."""
    return cast("dict[str, object]", call.body)


@pytest.mark.parametrize("name", ["open_id", "nickname", "avatar", "app_key"])
def test_nothing_empty_is_signed(name: str) -> None:
    """``empty_values_in_signature``: what is empty is refused in the settings, and left out of what is sent."""
    given: dict[str, Any] = {"app_key": "k", "open_id": "o", "nickname": "n", "avatar": "a"}
    with pytest.raises(ValueError, match=f"{name}: expected a text"):
        TencentSettings(app_secret=Secret("s"), region="domestic", **(given | {name: ""}))
    call = HttpCall(name="x", method="POST", path="/", body={"Action": "x", "Empty": "", "None": None}, changes=False)
    signed = auth.signed(
        call,
        app_key="k",
        app_secret=Secret("s"),
        at=datetime.fromtimestamp(SECONDS, UTC),
        nonce=1,
        request_id="r",
    )
    assert {*body_of(signed)} == {"Action", "AppKey", "Nonce", "RequestId", "Signature", "Timestamp"}


def test_every_nonce_is_another() -> None:
    """``weak_nonce_seen``: a positive number from a large range, though a vendor's client draws from ten."""
    nonces = [cast("int", body_of(entrance())["Nonce"]) for _ in range(50)]
    assert len({*nonces}) > 45
    assert min(nonces) > 0
    assert max(nonces) > 1_000_000


def test_the_signature_is_over_all_that_is_sent() -> None:
    """``signature_scope``: a change of any field that is sent, optional ones too, makes another signature."""
    body = body_of(entrance())
    rest = {name: value for name, value in body.items() if name != "Signature"}
    assert auth.signature(Secret("s"), rest) == body["Signature"]
    for name in rest:
        assert auth.signature(Secret("s"), rest | {name: "another"}) != body["Signature"], name


async def test_the_vendor_takes_the_signature(home: Home) -> None:
    """``signature_scope``: the cloud, which verifies it over the whole body, lets the user in."""
    settings = {"base_url": home.cloud.base_url, **home.cloud.app, "open_id": "o", "nickname": "小明", "avatar": "a"}
    assert (await home.sharebind.open_account("tencent", settings, name="new").me()).label == "小明"
    wrong = home.sharebind.open_account("tencent", settings | {"app_secret": "another"}, name="wrong")
    with pytest.raises(InvalidRequestError):
        await wrong.me()
