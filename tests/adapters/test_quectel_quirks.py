"""Each quirk of Quectel's contract, by its id: what the adapter does about it, or the emulated cloud where only it can.

The id stands in the docstring of its test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
import yaml

from sharebind import (
    AlreadyBoundError,
    AlreadySharedError,
    Anyone,
    ByBindingCode,
    BySerial,
    ConflictError,
    DeviceNotReadyError,
    DeviceRef,
    EndReason,
    InvalidRequestError,
    NotEntitledError,
    OutcomeUnknownError,
    Overlap,
    ProviderError,
    Secret,
    SelfShareError,
    Sharebind,
    SharebindError,
    ShareEndedError,
    Side,
    Space,
    State,
    UnsupportedError,
    Via,
)
from sharebind.clock import SystemClock
from sharebind.protocols import MemoryTokenStore
from sharebind.provider import Context, Fields, HttpCall, Reply, Setup
from sharebind_quectel import wire
from sharebind_quectel.session import Session
from sharebind_quectel.settings import QuectelSettings

from .scene import DEVICE, WEEK, Asked, Home, Said, account_at, quectel_ok

T = TypeVar("T")

CONTRACT: Final[Mapping[str, Any]] = yaml.safe_load(
    (Path(__file__).resolve().parents[2] / "docs" / "contracts" / "quectel.yaml").read_text(encoding="utf-8")
)
ENDPOINTS: Final = {each["name"]: each for each in CONTRACT["endpoints"]}
OWN: Final[Mapping[str, object]] = {
    "productKey": "p",
    "deviceKey": "d",
    "deviceType": 1,
    "shareCode": None,
    "ownerUid": None,
}
NOW: Final = datetime(2030, 1, 1, tzinfo=UTC)
LATER: Final = timedelta(days=30)


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people and the devices of the cloud."""
    return home_at("quectel")


def query(home: Home, call: str) -> Mapping[str, list[str]]:
    """Give the parameters of the latest request of a call."""
    return [each for each in home.cloud.requests if each.operation == call][-1].query


def asked(home: Home) -> list[str]:
    """Give the calls that came, in order."""
    return [each.operation for each in home.cloud.requests]


def test_every_quirk_has_its_test() -> None:
    """Each id of the contract stands in a docstring of this file, and no other id does."""
    own = Path(__file__).read_text(encoding="utf-8")
    told = re.findall(r'""" ?Quirk ``(\w+)``', own)
    assert sorted(told) == sorted(each["id"] for each in CONTRACT["quirks"])


@pytest.mark.parametrize("code", [0, "0", 1, 201, "OK"])
async def test_only_200_is_success(code: object) -> None:
    """Quirk ``success_is_200``: code 0, which the pages print, is no success, and neither is anything else."""
    async with account_at("quectel", lambda _: (200, {"code": code, "data": "share_dv_x"})) as (desk, _):
        with pytest.raises(SharebindError):
            await desk.me()
        with pytest.raises(OutcomeUnknownError):
            await desk.share(DEVICE, to=Anyone())


@pytest.mark.parametrize("token", ["Bearer abc", "abc"])
async def test_a_token_is_sent_as_it_came(token: str) -> None:
    """Quirk ``token_carries_its_scheme``: nothing is put in front of a token, and nothing is taken off."""
    sent: list[HttpCall] = []

    class Client:
        async def send(self, call: HttpCall, _ctx: Context, read: Callable[[Reply], T]) -> T:
            sent.append(call)
            return read(Reply(status=200, body={"code": 200, "data": None}))

        def at(self, _base_url: str) -> Client:
            return self

    setup = Setup(account="desk", client=Client(), clock=SystemClock(), tokens=MemoryTokenStore())
    session = Session(QuectelSettings(token=Secret(token), region="eu"), setup)
    await session.ask(wire.user_info(), Context(account="desk", provider="quectel", operation="me", clock=setup.clock))
    assert [call.headers for call in sent] == [{"Authorization": Secret(token)}]


async def test_what_is_sent_stands_in_the_query_and_nowhere_else(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """Quirk ``parameters_travel_in_the_query``: there they are, and no log line holds one of them."""
    caplog.set_level(0)
    device = await home.bound()
    offer = await home.code(device)
    await home.guest.accept(offer, name="Lampe")
    await home.owner.change(offer, use_until=LATER)
    await home.owner.end(offer)
    for call in ("bindDeviceDk", "shareInfo", "shareDevice", "setShareTime", "ownerUserUnshareDevice"):
        [request] = [each for each in home.cloud.requests if each.operation == call]
        required = {each["name"] for each in ENDPOINTS[call]["params"] if each["required"]}
        assert required <= set(request.query)
        assert not request.body
    secrets = (offer.code.reveal(), home.person(home.owner).token)
    assert not any(secret in record.getMessage() for record in caplog.records for secret in secrets)


@pytest.mark.parametrize(("overlap", "mark"), [(None, "2"), (Overlap.KEEP, "2"), (Overlap.REPLACE, "1")])
async def test_what_overlaps_is_always_said(home: Home, overlap: Overlap | None, mark: str) -> None:
    """Quirk ``replace_is_the_default``: a share that says nothing of others ends none."""
    device = await home.bound()
    await home.taken(device, home.guest)
    given: dict[str, Any] = {} if overlap is None else {"overlap": overlap}
    await home.owner.share(device, to=Anyone(), accept_by=WEEK, **given)
    assert query(home, "shareInfo")["coverMark"] == [mark]
    assert home.has(home.guest) is (mark == "2")


@pytest.mark.parametrize("use", [timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), LATER])
async def test_the_default_end_of_an_offer_leaves_time_to_use(home: Home, use: timedelta) -> None:
    """Quirk ``use_must_outlast_acceptance``: a code ends before its use does, and a contradiction is refused."""
    device = await home.bound()
    offer = await home.owner.share(device, to=Anyone(), use_until=use)
    assert offer.accept_by is not None
    assert offer.use_until is not None
    assert offer.accept_by < offer.use_until
    with pytest.raises(InvalidRequestError) as error:
        await home.owner.share(device, to=Anyone(), use_until=use, accept_by=use)
    assert error.value.vendor_code == "5153"


async def test_an_extension_fails_when_it_is_taken(home: Home) -> None:
    """Quirk ``extension_is_judged_at_acceptance``: the owner's call succeeds, and the recipient's is a conflict."""
    device = await home.bound()
    await home.taken(device, home.guest)
    shorter = await home.owner.share(device, to=Anyone(), use_until=WEEK, overlap=Overlap.EXTEND)
    with pytest.raises(ConflictError) as error:
        await home.guest.accept(shorter)
    assert (error.value.vendor_code, home.has(home.guest)) == ("5151", True)


async def test_a_limited_share_stays_limited(home: Home) -> None:
    """Quirk ``no_way_back_to_endless``: the wish is refused before anything is sent, and so support says."""
    offer = await home.code(await home.bound())
    await home.owner.change(offer, use_until=LATER)
    count = len(home.cloud.requests)
    with pytest.raises(UnsupportedError):
        await home.owner.change(offer, use_until=None)
    assert (len(home.cloud.requests), home.owner.supports("change.to_endless").level) == (count, "absent")


async def test_each_side_ends_by_its_own_call(home: Home) -> None:
    """Quirk ``ending_has_two_calls``: the role is read before unbinding, and a share is ended by its side's call."""
    device = await home.bound()
    await home.taken(device, home.guest, home.other)
    [received] = await home.guest.received().all()
    await home.guest.end(received)
    assert asked(home)[-1] == "shareUserUnshareDevice"
    [given] = await home.owner.shares(device=device).all()
    await home.owner.end(given)
    assert asked(home)[-1] == "ownerUserUnshareDevice"
    with pytest.raises(SharebindError):
        await home.guest.unbind(device)
    assert "unbundlingDeviceDk" not in asked(home)
    await home.owner.unbind(device)
    assert asked(home)[-2:] == ["deviceInfo", "unbundlingDeviceDk"]


async def test_each_side_renames_by_its_own_call(home: Home) -> None:
    """Quirk ``renaming_has_two_calls``: keys for the owner, the share's code for the recipient."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    [received] = await home.guest.received().all()
    await home.owner.rename(device, "Lampe")
    await home.guest.rename(received, "灯")
    assert query(home, "setDeviceInfo")["dk"] == [device.device]
    assert query(home, "changeShareDeviceName")["shareCode"] == [offer.code.reveal()]


async def test_what_was_accepted_is_read_afterwards(home: Home) -> None:
    """Quirk ``accept_returns_no_device``: the device comes from a read by the code."""
    device = await home.bound()
    taken = await home.guest.accept((await home.code(device)).code)
    assert (taken.device, asked(home)[-2:]) == (device, ["shareDevice", "deviceInfo"])


async def test_one_condition_has_two_codes(home: Home) -> None:
    """Quirk ``one_right_blocks_the_other``: 5049 when accepting, 6040 when binding, each as what it means there."""
    device = await home.bound()
    first, second = await home.code(device), await home.code(device)
    await home.guest.accept(first)
    with pytest.raises(AlreadySharedError) as shared:
        await home.guest.bind(device)
    await home.other.bind(device)
    with pytest.raises(AlreadyBoundError) as bound:
        await home.other.accept(second)
    assert (shared.value.vendor_code, bound.value.vendor_code) == ("6040", "5049")


@pytest.mark.parametrize(("code", "kind"), [(5139, SelfShareError), (5411, NotEntitledError), (9999, ProviderError)])
async def test_codes_are_known_on_every_call(home: Home, code: int, kind: type[ProviderError]) -> None:
    """Quirk ``codes_outside_the_page``: a code that a page does not list means the same; an unknown one is told."""
    device = await home.bound()
    offer = await home.code(device)
    home.cloud.faults.add("code", operation="shareDevice", code=code)
    with pytest.raises(kind if code != 9999 else OutcomeUnknownError) as changing:
        await home.guest.accept(offer)
    home.cloud.faults.add("code", operation="userInfo", code=code)
    with pytest.raises(kind) as reading:
        await home.guest.me()
    assert changing.value.vendor_code == reading.value.vendor_code == str(code)


async def test_what_was_not_proven_is_not_shared(home: Home) -> None:
    """Quirk ``pseudo_binding_cannot_be_shared``: the binding says so beforehand, and the refusal says what to do."""
    home.cloud.set_guess("binds_verified", value=False)
    device = await home.bound()
    [binding] = await home.owner.bindings().all()
    assert binding.verified is False
    with pytest.raises(DeviceNotReadyError, match="bind again with a proof") as error:
        await home.owner.share(device, to=Anyone())
    assert error.value.vendor_code == "5360"


async def test_a_check_warns_of_a_device_that_changes_hands(home: Home) -> None:
    """Quirk ``rotation_evicts_silently``: another binding ends the first; the check calls it exclusive."""
    special: Any = home.cloud
    scooter = special.special["rotation"]
    device = DeviceRef(scooter.device, scooter.product)
    assert (await home.guest.check_binding(device)).exclusive is True
    await home.owner.bind(device)
    await home.guest.bind(device)
    assert (home.has(home.owner), home.has(home.guest)) == (False, True)
    assert await home.owner.bindings().all() == []


async def test_users_of_another_app_are_others(home: Home) -> None:
    """Quirk ``bindings_count_per_app``: the app is a part of who signs in, so no stored token serves another app."""
    store, person = MemoryTokenStore(), home.cloud.user("owner")
    settings = {"base_url": home.cloud.base_url, "email": person.email, "password": person.password, **home.cloud.app}
    for domain, expected in ((home.cloud.app["user_domain"], "userInfo"), ("C.DM.1.1", "emailPwdLogin")):
        async with Sharebind(clock=home.clouds.clock, tokens=store) as sharebind:
            desk = sharebind.open_account("quectel", {**settings, "user_domain": domain}, name="desk")
            if domain == home.cloud.app["user_domain"]:
                await desk.me()
            else:
                with pytest.raises(SharebindError):
                    await desk.me()
        assert asked(home)[-1] == expected


async def test_names_are_those_of_each_call() -> None:
    """Quirk ``names_differ_by_call``: what binds by key says name, what binds by Wi-Fi spells the keys out."""
    requests: list[Asked] = []

    def say(request: Asked) -> Said:
        requests.append(request)
        return quectel_ok({"pk": "p", "dk": "d"})

    device = DeviceRef("d", "p")
    async with account_at("quectel", say) as (desk, _):
        await desk.bind(device, name="n", space=Space("f"))
        await desk.bind(device, BySerial("s"), name="n")
        await desk.bind(device, ByBindingCode("c"), name="n")
    fields = [dict(each.fields) for each in requests]
    assert fields == [
        {"pk": "p", "dk": "d", "name": "n", "fid": "f"},
        {"pk": "p", "sn": "s", "deviceName": "n"},
        {"productKey": "p", "deviceKey": "d", "bindingCode": "c", "deviceName": "n"},
    ]


@pytest.mark.parametrize("code", [5618, 5636])
async def test_a_missing_home_is_the_same_by_both_codes(home: Home, code: int) -> None:
    """The check says 5618 and the bind calls 5636 for one mistake; both are the caller's argument."""
    home.cloud.set_guess("home_mode", value=True)
    free = home.cloud.devices[0]
    device = DeviceRef(free.device, free.product)
    with pytest.raises(InvalidRequestError) as error:
        await (home.owner.check_binding(device) if code == 5618 else home.owner.bind(device))
    assert error.value.vendor_code == str(code)


def test_fields_are_read_as_they_are_misspelt() -> None:
    """Quirk ``misspelt_fields``: a person's name stands in nikeName."""
    entry = {"shareInfo": {"shareCode": "c"}, "userInfo": {"uid": "u", "nikeName": "小明", "nickName": "no"}}
    [share] = wire.shares_given([entry], DEVICE, NOW).items
    assert share.recipient is not None
    assert share.recipient.label == "小明"


async def test_the_end_of_use_is_read_under_both_names(home: Home) -> None:
    """Quirk ``end_of_use_has_two_names``: the owner's list and the recipient's tell the same moment."""
    device = await home.bound()
    offer = await home.owner.share(device, to=Anyone(), use_until=LATER)
    await home.guest.accept(offer)
    [given], [received] = await home.owner.shares(device=device).all(), await home.guest.received().all()
    assert given.use_until == received.use_until == offer.use_until
    entry = Fields(given.raw.reveal()).child("shareInfo")
    assert entry is not None
    assert entry.millis("sharingExpireAtTs") == offer.use_until
    assert Fields(received.raw.reveal()).millis("sharingExpireTimeTs") == offer.use_until


@pytest.mark.parametrize("verified", [0, "0", False])
@pytest.mark.parametrize("when", [1893456000000, "1893456000000"])
async def test_a_value_may_have_either_type(verified: object, when: object) -> None:
    """Quirk ``types_differ_from_the_page``: numbers come as texts, and texts as numbers."""
    row = {**OWN, "verified": verified, "deviceBindTimeTs": when}
    async with account_at("quectel", lambda _: quectel_ok({"list": [row], "total": "1"})) as (desk, _):
        [binding] = await desk.bindings().all()
    assert (binding.verified, binding.bound_at) == (False, NOW)


async def test_a_code_is_a_secret_everywhere(home: Home) -> None:
    """Quirk ``share_code_names_the_owner``: a code is opaque, and no value that holds one shows it."""
    device = await home.bound()
    [offer] = await home.taken(device, home.guest)
    owner = home.person(home.owner).user_id
    assert owner in offer.code.reveal()
    [received] = await home.guest.received().all()
    [binding] = await home.guest.bindings().all()
    for value in (offer, offer.ref, received.ref, binding.share):
        assert offer.code.reveal() not in repr(value)
        assert "share_dv" not in repr(value)
    assert offer.ref.via is Via.CODE


async def test_keys_of_the_local_network_are_secrets() -> None:
    """Quirk ``list_carries_local_secrets``: what controls the device nearby is there, and is not printed."""
    row = {**OWN, "authKey": "hunter1", "bindingCode": "hunter2", "btPwd": "hunter3"}
    async with account_at("quectel", lambda _: quectel_ok({"list": [row], "total": 1})) as (desk, _):
        [binding] = await desk.bindings().all()
    assert {name: key.reveal() for name, key in binding.local_keys.items()} == {
        "auth_key": "hunter1",
        "binding_code": "hunter2",
        "bluetooth_password": "hunter3",
    }
    assert "hunter" not in repr(binding)


async def test_a_recipient_needs_the_code(home: Home) -> None:
    """Quirk ``no_decline_and_no_inbox_of_shares``: what has no call is refused, with what to do instead."""
    await home.code(await home.bound())
    assert await home.guest.received().all() == []
    [offer] = await home.owner.shares().all()
    theirs = wire.ref(Side.RECIPIENT, Via.CODE, offer.device, offer.ref.key)
    count = len(home.cloud.requests)
    with pytest.raises(UnsupportedError, match="dies at its accept_by"):
        await home.guest.end(theirs, seen=State.OFFERED)
    with pytest.raises(UnsupportedError, match="accept by code"):
        await home.guest.accept(theirs)
    assert len(home.cloud.requests) == count


async def test_what_the_pages_mistake_is_not_believed(home: Home) -> None:
    """Quirk ``page_mistakes``: the list of devices is asked as its entry says, and 5052 and deleteTime mean little."""
    await home.owner.bindings().all()
    request = home.cloud.requests[-1]
    assert (request.method, request.path) == ("GET", ENDPOINTS["userDeviceList"]["path"])
    accepted = {"shareCode": "c", "acceptTimeTs": 1, "deleteTimeTs": 1}
    [share] = wire.shares_given([{"shareInfo": accepted, "userInfo": {"uid": "u"}}], DEVICE, NOW).items
    assert (share.state, share.ended_at) == (State.ACTIVE, None)
    free = home.cloud.devices[0]
    home.cloud.faults.add("code", operation="bindDeviceDk", code=5052)
    with pytest.raises(ProviderError) as error:
        await home.owner.bind(DeviceRef(free.device, free.product))
    assert error.value.vendor_code == "5052"
    assert not home.has(home.owner)


async def test_a_code_that_is_over_is_told_by_either_code(home: Home) -> None:
    """Whether 5137 or 5142 says it is open: both are a share that ended, for a reason that nobody tells."""
    for code in (5137, 5142):
        home.cloud.faults.add("code", operation="shareDevice", code=code)
        with pytest.raises(ShareEndedError) as error:
            await home.guest.accept("share_dv_x")
        assert error.value.reason is EndReason.UNKNOWN
