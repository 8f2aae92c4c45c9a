"""Every code that the contracts list, from the vendor's answer to the error that a caller gets.

What each code means is read from ``docs/contracts/errors.yaml``. Here the codes are forced with the emulators' fault
"code"; in ``test_codes_by_state`` the state of the clouds causes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, cast

import pytest

from sharebind import (
    Evidence,
    IncompleteListError,
    OutcomeUnknownError,
    ProviderError,
    Share,
    SharebindError,
    SignInError,
    State,
    Unbound,
)
from sharebind.emulator import Answer, Request
from sharebind_tencent.emulator import TencentCloud

from .expected import Act, check_wish, expected_error
from .reading import contract
from .situation_tables import AFTER, GAPS, SITUATIONS
from .situations import Situation
from .stage import CALLS, INFERRED, PAGED, VENDORS, Stage, Vendor, codes, entry, error_table

Wrap: TypeAlias = Callable[[Mapping[str, Any], Request], dict[str, Any]]

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")


def codes_of(vendor: str, call: str) -> list[str]:
    """Return the codes that may answer a call: its own list, and the general one where that is empty or incomplete."""
    own, general = codes(vendor, call), list[str]()
    if vendor in INFERRED:
        general = list(error_table(vendor))
    elif vendor == "tencent" and not entry(vendor, call)["errors_complete"]:
        general = list(contract(vendor)["errors"])
    elif vendor == "quectel" and not own:
        general = [str(code) for code in contract(vendor)["general_codes"]]
    return list(dict.fromkeys([*own, *general]))


ENVELOPES: Final = {"quectel": ("",), "tencent": ("documented", "wire")}
FORCED: Final = [
    pytest.param(vendor, situation, code, envelope, id=f"{situation.name}-{code}{envelope and '-' + envelope}")
    for vendor in PAGED
    for situation in SITUATIONS[vendor]
    for code in codes_of(vendor, situation.call)
    for envelope in ENVELOPES[vendor]
    if code not in situation.not_refused_by
]


async def force(vendor: Vendor, situation: Situation, code: str, envelope: str = "") -> Act:
    """Prepare a situation in which every answer to its call is that code."""
    act = await situation.prepare(vendor)
    if envelope:
        vendor.cloud.set_guess("envelope", envelope)
    vendor.cloud.faults.add("code", code=code, operation=situation.call, times=None)
    vendor.cloud.requests.clear()
    return act


@LOOPED
@pytest.mark.parametrize(("vendor", "situation", "code", "envelope"), FORCED)
async def test_a_listed_code_becomes_its_error(
    vendor: str, situation: Situation, code: str, envelope: str, stage: Stage
) -> None:
    """A code of the call's list becomes the class, outcome and facts that errors.yaml states for this operation."""
    here = stage[vendor]
    act = await force(here, situation, code, envelope)
    await check_wish(act, here, code, situation.kind, changes=situation.changes, seen=situation.seen)
    assert (here.sent(situation.call).code, here.sent(situation.call).effect) == (code, False)
    assert not [request for request in here.cloud.requests if request.effect]
    stage.count(f"{vendor} forced codes")


@LOOPED
@pytest.mark.parametrize("vendor", PAGED)
async def test_a_session_that_is_over_already_is_left_quietly(vendor: str, stage: Stage) -> None:
    """Signing out with a token that the vendor calls dead succeeds: there is nothing left to end."""
    here = stage[vendor]
    situation = next(each for each in SITUATIONS[vendor] if each.kind == "sign_out")
    for code in situation.not_refused_by:
        await (await force(here, situation, code))()
        assert here.sent(situation.call).code == code
        stage.count(f"{vendor} forced codes")


@LOOPED
@pytest.mark.parametrize("code", ["5041", "5141"])
async def test_a_role_that_is_not_told_is_read_in_the_list(code: str, stage: Stage) -> None:
    """Where deviceInfo does not tell the caller how the device is held, unbinding reads it in the list."""
    here = stage["quectel"]
    situation = next(each for each in SITUATIONS["quectel"] if code in each.not_refused_by)
    unbound = await (await force(here, situation, code))()
    assert isinstance(unbound, Unbound)
    assert here.cloud.state()["bindings"] == []
    stage.count("quectel forced codes")


ANYWHERE: Final[Mapping[str, tuple[Situation, ...]]] = {
    vendor: tuple(
        next(each for each in SITUATIONS[vendor] if (each.kind, each.changes, each.seen) == wanted)
        for wanted in (
            ("share", True, State.UNKNOWN),
            ("end", True, State.ACTIVE),
            ("end", True, State.UNKNOWN),
            ("me", False, State.UNKNOWN),
            ("sign_in", False, State.UNKNOWN),
        )
    )
    for vendor in PAGED
}
"""A change, an end with and without knowing its share, a read, and a sign-in: on these every code is tried."""


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in PAGED
        for situation in ANYWHERE[vendor]
        for code in error_table(vendor)
    ],
)
async def test_any_code_may_answer_any_call(vendor: str, situation: Situation, code: str, stage: Stage) -> None:
    """Codes come outside their pages too (quirk codes_outside_the_page), with the same meaning."""
    here = stage[vendor]
    act = await force(here, situation, code)
    await check_wish(act, here, code, situation.kind, changes=situation.changes, seen=situation.seen)
    stage.count(f"{vendor} codes anywhere")


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation"),
    [
        pytest.param(vendor, situation, id=f"{vendor}-{situation.name}")
        for vendor in INFERRED
        for situation in SITUATIONS[vendor]
    ],
)
async def test_every_code_may_answer_every_call(vendor: str, situation: Situation, stage: Stage) -> None:
    """Where one list holds the codes of all calls, each of them means on each call what errors.yaml says."""
    here, wrong = stage[vendor], list[str]()
    act = await situation.prepare(here)
    for code in error_table(vendor):
        if code in situation.not_refused_by:
            continue
        here.cloud.faults.clear()
        here.cloud.requests.clear()
        here.cloud.faults.add("code", code=code, operation=situation.call, times=None)
        try:
            await check_wish(
                act, here, code, situation.kind, changes=situation.changes, seen=situation.seen, meant=situation.meant
            )
        except (AssertionError, pytest.fail.Exception) as failure:
            wrong.append(f"{code}: {failure}")
        except SharebindError as error:
            wrong.append(f"{code}: {error!r} escaped")
        assert here.sent(situation.call).code == code
        assert not [request for request in here.cloud.requests if request.effect]
        stage.count(f"{vendor} forced codes")
    assert wrong == []


UNKNOWN_CODES: Final = {
    "quectel": "9876",
    "tencent": "StrangeCode.NobodyKnows",
    "gizwits": "8999",
    "ewelink": "99999",
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation"),
    [
        pytest.param(vendor, situation, id=f"{vendor}-{situation.name}")
        for vendor in VENDORS
        for situation in SITUATIONS[vendor]
    ],
)
async def test_an_unknown_code_stays_unknown(vendor: str, situation: Situation, stage: Stage) -> None:
    """A code that no table knows is ProviderError on a read, OutcomeUnknownError on a change, and stands on it."""
    code = UNKNOWN_CODES[vendor]
    assert code not in error_table(vendor)
    act = await force(stage[vendor], situation, code)
    await check_wish(act, stage[vendor], code, situation.kind, changes=situation.changes, seen=situation.seen)
    stage.count(f"{vendor} unknown codes")


def answering_otherwise(here: Vendor, call: str, otherwise: Callable[[dict[str, Any]], dict[str, Any]]) -> Wrap:
    """Return what wraps the answers of Tencent's cloud: those of one call otherwise, all others as usual."""
    cloud = cast("TencentCloud", here.cloud)
    usual = cloud._wrap

    def wrap(content: Mapping[str, Any], request: Request) -> dict[str, Any]:
        answer = usual(content, request)
        return otherwise(answer) if cloud.operation_of(request) == call else answer

    return wrap


@LOOPED
@pytest.mark.parametrize("situation", SITUATIONS["tencent"], ids=lambda each: each.name)
async def test_a_business_error_without_its_code(
    situation: Situation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The outer -1000 alone is a code that no table knows (errors.yaml: unwrap.tencent.outer_codes)."""
    here = stage["tencent"]
    act = await force(here, situation, "InternalError")
    bare = answering_otherwise(here, situation.call, lambda _: {"code": -1000, "msg": "failed", "data": {}})
    monkeypatch.setattr(here.cloud, "_wrap", bare)
    with pytest.raises(ProviderError) as caught:
        await act()
    assert type(caught.value) is (OutcomeUnknownError if situation.changes else ProviderError)
    assert caught.value.vendor_code == "-1000"
    stage.count("tencent unknown codes")


NESTED: Final = ("InvalidParameterValue.NoPermission", "InvalidParameterValue.InvalidAccessToken")


@LOOPED
@pytest.mark.parametrize(
    ("code", "situation"),
    [
        pytest.param(code, situation, id=f"{situation.name}-{code}")
        for situation in SITUATIONS["tencent"]
        for code in NESTED
        if code not in situation.not_refused_by
    ],
)
async def test_a_nested_code_is_unpacked(
    code: str, situation: Situation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code that is hidden in the text of an InternalError counts as if it stood alone (quirk nested_error_code)."""
    here = stage["tencent"]
    act = await force(here, situation, "InternalError")

    def hide(answer: dict[str, Any]) -> dict[str, Any]:
        error = {"Code": "InternalError", "Message": f"{code}|internal error"}
        return {"Response": {**answer["Response"], "Error": error}}

    monkeypatch.setattr(here.cloud, "_wrap", answering_otherwise(here, situation.call, hide))
    with pytest.raises(ProviderError) as caught:
        await act()
    assert type(caught.value) is expected_error("tencent", code, situation.kind, changes=situation.changes)
    assert caught.value.vendor_code == code
    stage.count("tencent nested codes")


# --------------------------------------------------------------------------------------------- reads that come after


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in VENDORS
        for situation in AFTER[vendor]
        for code in [*codes_of(vendor, situation.call), UNKNOWN_CODES[vendor]]
    ],
)
async def test_a_code_after_the_change_takes_nothing_back(
    vendor: str, situation: Situation, code: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When only the read after a confirmed change is refused, the caller still gets the share, as ASSUMED."""
    here = stage[vendor]
    act = await situation.prepare(here)
    here.cloud.requests.clear()
    usual = here.cloud.answer

    def answer(operation: str | None, request: Request) -> Answer:
        changed = any(each.effect for each in here.cloud.requests)
        refused = changed and operation == situation.call
        return here.cloud.failure(operation, code, request) if refused else usual(operation, request)

    # Not by a fault: what is read after the change may be read before it too.
    monkeypatch.setattr(here.cloud, "answer", answer)
    share = await act()
    assert isinstance(share, Share)
    assert share.evidence is Evidence.ASSUMED
    assert here.sent(situation.call).code == code
    stage.count(f"{vendor} codes after the change")


# ----------------------------------------------------------------------------------------------- reads that leave gaps


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "situation", "code"),
    [
        pytest.param(vendor, situation, code, id=f"{situation.name}-{code}")
        for vendor in VENDORS
        for situation in GAPS[vendor]
        for code in [*codes_of(vendor, situation.call), UNKNOWN_CODES[vendor]]
    ],
)
async def test_a_code_for_a_part_of_a_list_leaves_a_gap(
    vendor: str, situation: Situation, code: str, stage: Stage
) -> None:
    """A part of a list that is refused is a gap that names the code; a refused token fails the whole list."""
    act = await force(stage[vendor], situation, code)
    if expected_error(vendor, code, situation.kind, changes=False) is SignInError:
        await check_wish(act, stage[vendor], code, situation.kind, changes=False)
    else:
        with pytest.raises(IncompleteListError) as caught:
            await act()
        assert [f"[{code}]" in gap.why for gap in caught.value.gaps] == [True]
    stage.count(f"{vendor} codes in parts of lists")


def test_every_call_and_code_is_covered() -> None:
    """Every call of ours is forced to answer every code of its list."""
    for vendor in VENDORS:
        situations = (*SITUATIONS[vendor], *GAPS[vendor])
        assert {each.call for each in situations} == set(CALLS[vendor])
        listed = {code for call in CALLS[vendor] for code in codes(vendor, call)}
        assert listed <= set(error_table(vendor))
