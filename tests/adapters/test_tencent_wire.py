"""What Tencent may really send, and what is made of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sharebind import (
    ByText,
    DeviceRef,
    EndReason,
    IncompleteListError,
    MalformedReplyError,
    NotEntitledError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ResultLostError,
    Role,
    Secret,
    ShareRef,
    Side,
    State,
    UnavailableError,
    UserId,
    Via,
)
from sharebind.provider import Fields
from sharebind_tencent.wire import shares

from .scene import DEVICE, Asked, Home, Said, account_at, tencent_ok

GIVEN = ShareRef(provider="tencent", side=Side.OWNER, via=Via.UNKNOWN, device=DEVICE, key=Secret("u1"))
NO_ANSWERS: list[object] = [
    {"data": None, "error": "upstream timed out"},
    {"Response": None},
    {"Response": {}},
    {"Response": "bad gateway"},
    {"Response": []},
    {"code": None, "data": {"Status": "OK"}},
    {"message": "no healthy upstream"},
    {},
    [],
    None,
    "OK",
    0,
]


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("body", NO_ANSWERS, ids=repr)
async def test_what_is_no_envelope_is_no_success(body: object, status: int) -> None:
    """After a change, an answer in neither envelope means that nobody knows, whatever its HTTP status."""
    async with account_at("tencent", lambda _: (status, body)) as (desk, _):
        with pytest.raises(OutcomeUnknownError):
            await desk.end(GIVEN)
        with pytest.raises(OutcomeUnknownError):
            await desk.share(DEVICE, to=UserId("u1"))


@pytest.mark.parametrize("body", NO_ANSWERS, ids=repr)
async def test_what_is_no_envelope_is_no_empty_list(body: object) -> None:
    """A read that was not answered in either envelope fails, and lists nothing as if it were all."""
    async with account_at("tencent", lambda _: (200, body)) as (desk, _):
        with pytest.raises(MalformedReplyError):
            await desk.shares(device=DEVICE).all()
    async with account_at("tencent", lambda _: (503, body)) as (desk, _):
        with pytest.raises(UnavailableError):
            await desk.me()


@pytest.mark.parametrize("said", ["FAIL", "ok?", 0, 1, False, {"OK": True}])
async def test_a_status_that_is_not_ok_is_no_success(said: object) -> None:
    """Only "OK" tells that a change was made."""
    for body in ({"Response": {"Status": said}}, {"code": 0, "msg": "", "data": {"Status": said}}):
        async with account_at("tencent", lambda _, body=body: (200, body)) as (desk, _):  # type: ignore[misc]  # a lambda's default has no type
            with pytest.raises(OutcomeUnknownError):
                await desk.end(GIVEN)


@pytest.mark.parametrize(
    "body",
    [
        {"code": 0, "msg": "", "data": "OK"},
        {"code": 0, "msg": "", "data": None},
        {"code": 0, "msg": ["ok"], "data": {}},
        {"code": "0", "data": {"Status": "OK"}},
        {"Response": {"RequestId": "r"}},
        {"Response": {"Status": "OK", "RequestId": "r"}},
    ],
    ids=repr,
)
async def test_both_envelopes_confirm_a_change(body: object) -> None:
    """A change that either envelope confirms is done, with or without words."""
    async with account_at("tencent", lambda _: (200, body)) as (desk, server):
        ended = await desk.end(GIVEN)
    assert (ended.state, ended.end_reason, server.names()) == (
        State.ENDED,
        EndReason.REVOKED,
        ["AppRemoveShareDeviceUser"],
    )


@pytest.mark.parametrize("message", [1.5, {}, ["no"], None, True])
async def test_a_message_that_is_no_text_is_left_out(message: object) -> None:
    """What stands where a text for people should be does not hide the code."""
    error = {"Code": "InvalidParameterValue.NoPermission", "Message": message}
    for body in ({"code": -1000, "msg": message, "data": {"Error": error}}, {"Response": {"Error": error}}):
        async with account_at("tencent", lambda _, body=body: (200, body)) as (desk, _):  # type: ignore[misc]  # a lambda's default has no type
            with pytest.raises(PermissionDeniedError) as refused:
                await desk.end(GIVEN)
        assert refused.value.vendor_message is None


async def test_a_code_is_found_inside_another_ones_message() -> None:
    """A code that is nested in an internal error's message is the real one."""
    message = "UnauthorizedOperation.APPNoPermissionToStudioProduct|no right"
    error = {"Code": "InternalError", "Message": message}
    async with account_at("tencent", lambda _: tencent_ok(Error=error)) as (desk, _):
        with pytest.raises(NotEntitledError):
            await desk.end(GIVEN)


# -------------------------------------------------------------------------------------------------------------- lists


async def test_fields_beside_a_code_are_read() -> None:
    """Where ``data`` is not there at all, what stands beside the code is the answer."""
    given = {"ProductId": "P", "DeviceName": "d", "CreateTime": "2024-01-01T00:00:00+08:00"}
    body = {"code": 0, "msg": "", "Total": 1, "ShareDevices": [given], "Msgs": [], "Listover": True}
    async with account_at("tencent", lambda _: (200, body)) as (desk, _):
        [share] = await desk.received().all()
    assert share.accepted_at == datetime(2023, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{}, {"Users": None}, {"Users": "none"}, {"Data": {}}, {"Total": "many"}], ids=repr)
async def test_an_answer_without_a_list_is_no_empty_list(fields: dict[str, object]) -> None:
    """Neither the list nor its total means that it could not be read."""
    async with account_at("tencent", lambda _: tencent_ok(**fields)) as (desk, _):
        with pytest.raises(MalformedReplyError):
            await desk.shares(device=DEVICE).all()


@pytest.mark.parametrize("fields", [{"Total": 0}, {"Users": []}, {"Total": 0, "Users": None}, {"Data": {"Total": 0}}])
async def test_an_empty_list_is_one(fields: dict[str, object]) -> None:
    """A total of none, or an empty list, is an empty list."""
    async with account_at("tencent", lambda _: tencent_ok(**fields)) as (desk, _):
        assert await desk.shares(device=DEVICE).all() == []


GOOD: dict[str, object] = {"ProductId": "P", "DeviceName": "d", "CreateTime": "2024-01-01T00:00:00+08:00"}


@pytest.mark.parametrize("zero", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+08:00", "", None])
def test_a_zero_time_is_none(zero: object) -> None:
    """The zero time of the vendor's language means that there is no time."""
    page = shares.received_in(Fields({"Total": 1, "ShareDevices": [GOOD | {"CreateTime": zero}]}, fold=True))
    assert (page.gaps, [share.accepted_at for share in page.items]) == ((), [None])


@pytest.mark.parametrize(
    "odd",
    [
        GOOD | {"ProductId": "a/b"},
        GOOD | {"DeviceName": None},
        GOOD | {"CreateTime": "yesterday"},
        GOOD | {"CreateTime": "2024-01-01T00:00:00"},
        GOOD | {"CreateTime": "9999-12-31T23:59:59-10:00"},
        GOOD | {"FromUserID": {}},
        None,
        "P/d",
    ],
    ids=repr,
)
def test_one_odd_share_is_a_gap_and_the_others_stay(odd: object) -> None:
    """A received device that cannot be read costs nobody else their place."""
    page = shares.received_in(Fields({"Total": 2, "ShareDevices": [odd, GOOD]}, fold=True))
    assert ([str(share.device) for share in page.items], page.size) == (["P/d"], 2)
    assert [gap.where for gap in page.gaps] == ["$.ShareDevices[0]"]


def test_the_last_year_is_a_time_and_what_is_beyond_is_a_gap() -> None:
    """A moment of the year 9999 is read; a number that is no moment is a gap."""
    users = [{"UserID": "a", "BindTime": 253_402_300_799}, {"UserID": "b", "BindTime": 10**17}, {"UserID": "c"}]
    page = shares.given_in(Fields({"Total": 3, "Users": users}, fold=True), DEVICE)
    assert [share.ref.key.reveal() for share in page.items] == ["a", "c"]
    assert [gap.where for gap in page.gaps] == ["$.Users[1]"]


# -------------------------------------------------------------------------------------------------------------- inbox

SENT = int(datetime.now(UTC).timestamp() * 1000)


def message(number: int, at: int = SENT, **more: object) -> dict[str, object]:
    """Write one invitation in the inbox."""
    return {
        "MsgID": str(number),
        "MsgType": 301,
        "MsgTimestamp": at,
        "Attachments": {"ShareToken": f"t{number}"},
    } | more


def inbox(read: Callable[[Asked], Said]) -> Callable[[Asked], Said]:
    """Answer the inbox as told, and all that goes with it."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetMessages":
            return read(asked)
        if asked.name == "AppDescribeShareDeviceToken":
            name = f"d-{asked.fields['ShareDeviceToken']}"
            return tencent_ok(ShareDeviceTokenInfo={"ProductId": "P", "DeviceName": name, "ExpireTime": 9_999_999_999})
        return tencent_ok(Total=0, ShareDevices=[])

    return say


async def invitations(read: Callable[[Asked], Said]) -> tuple[list[str], list[str], list[str]]:
    """Read received offers: their devices, the gaps, and the calls that it took."""
    found: list[str] = []
    async with account_at("tencent", inbox(read)) as (desk, server):
        try:
            async for share in desk.received():
                found.append(share.device.device)  # noqa: PERF401 - what came before the error counts
        except IncompleteListError as error:
            return found, [gap.where for gap in error.gaps], server.names()
    return found, [], server.names()


@pytest.mark.parametrize(
    "odd",
    [
        message(2, Attachments=[]),
        message(2, Attachments="t"),
        message(2, MsgType="invitation"),
        message(2, MsgID=None),
        message(2, MsgTimestamp="now"),
        None,
    ],
    ids=repr,
)
async def test_one_odd_message_is_a_gap_and_the_others_stay(odd: object) -> None:
    """A message that cannot be read hides no other invitation."""
    found, gaps, _ = await invitations(lambda _: tencent_ok(Msgs=[message(1), odd, message(3)], Listover=True))
    assert (found, gaps) == (["d-t1", "d-t3"], ["$.Response.Msgs[1]"])


@pytest.mark.parametrize("drift", [0, 1], ids=["the same page", "the same messages with later times"])
async def test_an_inbox_that_repeats_itself_is_a_gap_and_each_offer_is_one(drift: int) -> None:
    """Pages that come again end the walk, are told of, and make no offer twice."""
    asked: list[Asked] = []

    def read(request: Asked) -> Said:
        asked.append(request)
        if len(asked) > 20:
            return tencent_ok(Msgs=[], Listover=True)
        return tencent_ok(Msgs=[message(1, SENT + drift * len(asked))], Listover=False)

    found, gaps, _ = await invitations(read)
    assert (found, gaps, len(asked) <= 3) == (["d-t1"], ["the inbox"], True)


async def test_an_inbox_in_either_order_is_read_as_far_as_needed() -> None:
    """Newest first, reading stops at what is too old; oldest first, old messages come before what still waits."""
    old = SENT - int(timedelta(days=30).total_seconds() * 1000)

    def newest(request: Asked) -> Said:
        first = "MsgID" not in request.fields
        return tencent_ok(Msgs=[message(9) if first else message(5, old), message(4, old - 1)], Listover=False)

    found, gaps, calls = await invitations(newest)
    assert (found[0], gaps, calls.count("AppGetMessages")) == ("d-t9", [], 1)

    def oldest(request: Asked) -> Said:
        first = "MsgID" not in request.fields
        rows = [message(1, old), message(2, old + 1)] if first else [message(3)]
        return tencent_ok(Msgs=rows, Listover=not first)

    found, gaps, calls = await invitations(oldest)
    assert (found[-1], gaps, calls.count("AppGetMessages")) == ("d-t3", [], 2)


# ------------------------------------------------------------------------------------------------------------- binding


async def test_binding_with_another_devices_signature_tells_what_is_bound(home_at: Callable[[str], Home]) -> None:
    """The device that the signature stands for is bound; the error says which, and that it is done."""
    home = home_at("tencent")
    wanted, given = home.cloud.devices[:2]
    device = DeviceRef(wanted.device, wanted.product)
    with pytest.raises(ResultLostError) as error:
        await home.owner.bind(device, ByText(given.proof["device_signature"]))
    assert home.devices_of(home.owner) == {given.device}
    assert f"{given.product}/{given.device}" in str(error.value)
    assert error.value.outcome.value == "done"


async def test_binding_without_naming_a_device_takes_the_signatures(home_at: Callable[[str], Home]) -> None:
    """Whoever has only the code in hand learns from the answer which device it was."""
    home = home_at("tencent")
    given = home.cloud.devices[1]
    bound = await home.owner.bind(None, ByText(given.proof["device_signature"]))
    assert (bound.device.device, bound.role) == (given.device, Role.OWNER)


@pytest.mark.parametrize("info", [{}, {"AppDeviceInfo": None}, {"AppDeviceInfo": {"DeviceName": "d"}}], ids=repr)
async def test_a_binding_that_is_not_told_is_done_and_lost(info: dict[str, Any]) -> None:
    """An answer that confirms a binding and names no device is an error after which it is done."""

    def say(asked: Asked) -> Said:
        if asked.name == "AppGetFamilyList":
            return tencent_ok(Total=1, FamilyList=[{"FamilyId": "f", "Role": 1}])
        return tencent_ok(**info)

    async with account_at("tencent", say) as (desk, _):
        with pytest.raises(ResultLostError):
            await desk.bind(DEVICE, ByText("signature"))
