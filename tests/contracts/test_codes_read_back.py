"""Codes that an adapter does not believe, or does not need to: what it reads then, and what comes of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import pytest

from sharebind import (
    CodeOffer,
    ConflictError,
    DeviceNotFoundError,
    EndReason,
    Evidence,
    IncompleteListError,
    NotBoundError,
    ProviderError,
    RateLimitedError,
    ResultLostError,
    Share,
    ShareNotFoundError,
    SignInError,
    Space,
    State,
)
from sharebind.emulator import Answer, Request

from .expected import expected_error
from .manners import WITHOUT_EWELINK
from .situations import share_by_code
from .situations_gizwits import bind_code, cancel, decline, invited
from .stage import Stage, error_table

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")
Usual: TypeAlias = Callable[[str | None, Request], Answer]
ONLY_WITH_EWELINK: Final = pytest.mark.skipif(WITHOUT_EWELINK, reason="sharebind-ewelink is not installed")

if not WITHOUT_EWELINK:
    from . import situations_ewelink

COMPLETED: Final = "9089"
"""Gizwits: answered before, or not pending any more; read back before believing (errors.yaml)."""
ABSENT: Final = "405"
"""eWeLink: what was named is not there; on end read shareTo back (errors.yaml)."""


@LOOPED
async def test_a_list_of_open_codes_that_is_refused_stops_no_code(stage: Stage) -> None:
    """A code is made though the codes that wait cannot be listed; only a refused token or pace stops it."""
    here, wrong = stage["gizwits"], dict[str, str]()
    for code in error_table("gizwits"):
        here.cloud.reset()
        act = await share_by_code(here)
        here.cloud.faults.add("code", code=code, operation="list_shares", times=None)
        stops = expected_error("gizwits", code, "share", changes=False) in {SignInError, RateLimitedError}
        try:
            made = await act()
        except ProviderError as error:
            if not stops or error.vendor_code != code:
                wrong[code] = repr(error)
        else:
            if stops or not isinstance(made, CodeOffer):
                wrong[code] = repr(made)
        stage.count("gizwits forced codes")
    assert wrong == {}


@LOOPED
async def test_a_list_that_is_refused_after_binding_by_a_code(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the list tells which device was bound, and it is refused, the result is lost and the code is told."""
    here, wrong = stage["gizwits"], dict[str, str]()
    for code in error_table("gizwits"):
        here.cloud.reset()
        act, usual = await bind_code(here), here.cloud.answer

        def answer(operation: str | None, request: Request, code: str = code, usual: Usual = usual) -> Answer:
            bound = here.cloud.state()["bindings"]
            refused = operation == "list_bindings" and bound
            return here.cloud.failure(operation, code, request) if refused else usual(operation, request)

        with monkeypatch.context() as patched:
            # Not by a fault: the list is read before the change too.
            patched.setattr(here.cloud, "answer", answer)
            try:
                await act()
            except ResultLostError as error:
                if code not in str(error) and error.vendor_code != code:
                    wrong[code] = str(error)
            except ProviderError as error:
                wrong[code] = repr(error)
        stage.count("gizwits codes after the change")
    assert wrong == {}


@LOOPED
async def test_a_completed_share_is_read_back_by_its_owner(stage: Stage) -> None:
    """Withdrawing what the recipient refused meanwhile is quiet: the record says so; else the code is an error."""
    here = stage["gizwits"]
    made, received = await invited(here)
    await here.account("guest").end(received)
    here.cloud.requests.clear()
    ended = await here.account().end(made)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DECLINED)
    assert [each.code for each in here.cloud.requests if each.operation == "cancel_share"] == [COMPLETED]
    stage.count("gizwits codes by state")
    here.cloud.reset()
    act = await cancel(State.ACTIVE)(here)
    here.cloud.faults.add("code", code=COMPLETED, operation="cancel_share")
    with pytest.raises(ConflictError):
        await act()
    stage.count("gizwits forced codes")


@LOOPED
async def test_a_completed_share_is_read_back_by_its_recipient(stage: Stage) -> None:
    """Refusing twice is quiet, for the record says that it was refused."""
    here = stage["gizwits"]
    act = await decline(here)
    await act()
    here.cloud.requests.clear()
    ended = await act()
    assert isinstance(ended, Share)
    assert (ended.state, ended.end_reason) == (State.ENDED, EndReason.DECLINED)
    assert [each.code for each in here.cloud.requests if each.operation == "answer_share"] == [COMPLETED]
    stage.count("gizwits codes by state")


@LOOPED
async def test_a_device_that_failed_at_a_success(stage: Stage) -> None:
    """A device in ``failed`` was not given up, whatever the HTTP status says, and nothing happened."""
    here = stage["gizwits"]
    device = await here.bound()
    here.cloud.rewrite = lambda operation, body: (
        {"success": [], "failed": [device.device]} if operation == "unbind" else body
    )
    with pytest.raises(NotBoundError):
        await here.account().unbind(device)
    stage.count("gizwits codes by state")


# ------------------------------------------------------------------------------------------------------------- eWeLink


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("seen", [State.ACTIVE, State.UNKNOWN])
async def test_an_absent_share_is_looked_for(seen: State, stage: Stage) -> None:
    """405 on revoking is believed only where the device shows that share no more; else it is an error."""
    here = stage["ewelink"]
    given, _ = await here.granted()
    here.cloud.faults.add("code", code=ABSENT, operation="cancel_share", times=None)
    with pytest.raises(ShareNotFoundError) as caught:
        await here.account().end(given.ref, seen=seen)
    assert caught.value.vendor_code == ABSENT
    stage.count("ewelink forced codes")
    (taken,) = await here.account("guest").received().all()
    await here.account("guest").end(taken)
    ended = await here.account().end(given.ref, seen=seen)
    assert ended.state is (State.ENDED if seen is State.ACTIVE else State.UNKNOWN)
    stage.count("ewelink forced codes")


WITHOUT: Final[Mapping[str, type[ProviderError] | None]] = {
    "share": DeviceNotFoundError,
    "unbind": NotBoundError,
    "place": DeviceNotFoundError,
    "end": None,
    "shares": None,
    "bindings": None,
}
"""What comes of a wish about a thing that is not there; where no error does, it is over or the list is empty."""


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("kind", WITHOUT)
async def test_a_thing_that_is_not_there(kind: str, stage: Stage) -> None:
    """405 on asking for a thing means that the account does not hold it, so nothing is sent about it."""
    here = stage["ewelink"]
    situation = next(each for each in situations_ewelink.EWELINK if (each.call, each.kind) == ("get_things", kind))
    act = await situation.prepare(here)
    here.cloud.requests.clear()
    here.cloud.faults.add("code", code=ABSENT, operation="get_things", times=None)
    error = WITHOUT[kind]
    if error is None:
        came = await act()
        assert came == [] or (isinstance(came, Share) and came.state is State.ENDED)
    else:
        with pytest.raises(error) as caught:
            await act()
        assert type(caught.value) is error
    assert {each.operation for each in here.cloud.requests} == {"get_things"}
    stage.count("ewelink forced codes")


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("code", error_table("ewelink"))
async def test_a_share_whose_answer_shows_nothing_is_read_back(code: str, stage: Stage) -> None:
    """Where the answer to sharing does not show the share and the read after it is refused, the result is lost."""
    here = stage["ewelink"]
    act = await situations_ewelink.share(here)

    def rewrite(operation: str | None, body: object) -> object:
        if operation == "share_devices":
            here.cloud.faults.add("code", code=code, operation="get_things", times=None)
            return {"error": 0, "msg": "", "data": {}}
        return body

    here.cloud.rewrite = rewrite
    with pytest.raises(ResultLostError):
        await act()
    assert len([each for each in here.cloud.requests if each.operation == "share_devices"]) == 1
    stage.count("ewelink codes after the change")


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("name", ["documented", "updatedThing", "updatedThingList"])
async def test_a_changed_thing_by_either_name(name: str, stage: Stage) -> None:
    """What share calls answer is read by both names, as a list or one thing (quirk ``updated_thing_has_two_names``)."""
    here = stage["ewelink"]
    here.cloud.set_guess("updated_thing_name", name)
    here.cloud.requests.clear()
    made = await (await situations_ewelink.share(here))()
    assert isinstance(made, Share)
    assert (made.state, made.evidence) == (State.ACTIVE, Evidence.VENDOR)
    assert made.recipient is not None
    assert made.recipient.user_id == here.user("guest").user_id
    changed = await here.account().change(made, rights={"edit_timer"})
    assert changed.rights == frozenset({"edit_timer"})
    assert changed.evidence is Evidence.VENDOR
    assert [each.operation for each in here.cloud.requests].count("get_things") == 1
    stage.count("ewelink requests")


@LOOPED
@ONLY_WITH_EWELINK
async def test_a_broken_home_is_a_gap(stage: Stage) -> None:
    """500 for one home is a gap that names the code, and the other home is told whole."""
    here, cloud = stage["ewelink"], cast("Any", stage["ewelink"].cloud)
    other = cloud.add_home("owner")
    proof = here.manner.proof(here.cloud.devices[0])
    assert proof is not None
    await here.account().bind(here.device(), proof, space=Space(other))
    cloud.break_home("owner")
    found = here.account().bindings(allow_partial=True)
    assert [each.device async for each in found] == [here.device()]
    assert ["[500]" in gap.why for gap in found.gaps] == [True]
    with pytest.raises(IncompleteListError):
        await here.account().bindings().all()
    stage.count("ewelink codes by state")


@LOOPED
@ONLY_WITH_EWELINK
async def test_a_bare_403_is_a_quota(stage: Stage) -> None:
    """HTTP 403 without a body is a quota that is spent (quirk ``http_403_means_two_things``)."""
    here = stage["ewelink"]
    here.cloud.set_guess("limits", "kept")
    here.cloud.set_guess("over_limit", "HTTP 403")
    account = here.account()
    await account.spaces().all()
    with pytest.raises(ProviderError) as caught:
        await account.spaces().all()
    assert type(caught.value) is expected_error("ewelink", "412", "spaces", changes=False)
    assert (caught.value.vendor_code, caught.value.http_status) == (None, 403)
    stage.count("ewelink codes by state")
