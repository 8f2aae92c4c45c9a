"""A trace shows an author what happened in a check, and shows nobody a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, Final, cast

import pytest

from sharebind.testing import CHECKS, Check, EmulatedRig, Judgement, trace
from sharebind.testing.reference import ReferenceRig
from sharebind_gizwits.rig import GizwitsRig
from sharebind_quectel.rig import QuectelRig
from sharebind_tencent.rig import TencentRig

BY_NAME: Final[Mapping[str, Check]] = {check.name: check for check in CHECKS}
RIGS: Final[list[type[EmulatedRig]]] = [QuectelRig, TencentRig, GizwitsRig]
if find_spec("sharebind_ewelink") is not None:
    from sharebind_ewelink.rig import EwelinkRig

    RIGS.append(EwelinkRig)

SHORTEST: Final = 6
TOLD: Final = (
    "a_code_shows_itself_to_nobody",
    "a_code_gives_access",
    "a_wrong_code_is_refused",
    "a_person_is_shared_with_by_email",
    "a_person_is_shared_with_by_phone",
    "an_unknown_code_is_told",
    "a_lost_answer_is_told",
    "a_dead_token_is_renewed_or_told",
    "a_token_that_dies_before_a_change_loses_nothing",
    "every_proof_binds",
    "a_pairing_waits_for_its_device",
    "held_devices_are_listed",
    "open_codes_are_listed",
    "offers_reach_their_recipient",
    "grants_are_listed_to_their_owner",
)
"""Checks in which every kind of secret goes over the wire."""


def kept(cls: type[EmulatedRig]) -> tuple[type[EmulatedRig], list[EmulatedRig]]:
    """Make a rig's class whose worlds can be looked at afterwards."""
    made: list[EmulatedRig] = []

    class Kept(cls):  # type: ignore[valid-type,misc]  # a class of the test's
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    return Kept, made


def canaries(rig: EmulatedRig) -> Iterator[str]:
    """Give every secret and every address of an emulated world, as it is at the end."""
    for user in rig.cloud.users:
        yield from (user.token.removeprefix("Bearer "), user.password, user.email, user.phone["number"])
    for device in rig.cloud.devices:
        yield from (text for text in device.proof.values() if text not in (device.device, device.product))
    yield from (text for name, text in rig.cloud.app.items() if "secret" in name)
    for share in cast("list[dict[str, Any]]", rig.cloud.state()["shares"]):
        yield str(share.get("code") or "")


@pytest.mark.parametrize("cls", RIGS, ids=lambda cls: cls.provider)
async def test_a_trace_shows_no_secret_and_no_address(cls: type[EmulatedRig]) -> None:
    """No token, password, code, proof, key or address of the whole emulated world stands in any line."""
    looked = 0
    for name in TOLD:
        made_of, worlds = kept(cls)
        told = str(await trace(BY_NAME[name], made_of))
        for canary in canaries(worlds[-1]) if hasattr(worlds[-1], "cloud") else ():
            if len(canary) >= SHORTEST:
                assert canary not in told, name
                looked += 1
    assert looked > 100


async def test_new_tokens_of_a_sign_in_are_not_shown() -> None:
    """What a sign-in answers is shown without its texts, known or not."""
    told = await trace(BY_NAME["a_dead_token_is_renewed_or_told"], TencentRig)
    (answer,) = [line for line in told.lines if "<- AppGetToken" in line]
    assert '"Token": "***"' in answer
    assert '"RequestId": "***"' in answer


async def test_requests_answers_and_outcomes_come_in_order() -> None:
    """Wish, request, answer, outcome: with method, path, query, body, status and what the caller got."""
    told = await trace(BY_NAME["a_wrong_code_is_refused"], QuectelRig)
    assert told.verdict.outcome is Judgement.PASSED
    text = str(told)
    places = [
        text.index(part)
        for part in (
            "owner asks BindDevice(",
            "owner -> bindDeviceDk (changes): POST /v2/binding/enduserapi/bindDeviceDk query {",
            "owner <- bindDeviceDk: 200 {",
            "owner bind: done Binding(",
            "owner asks ShareDevice(",
            "owner share: done CodeOffer(",
            "guest asks AcceptShare(",
            "guest <- shareDevice: 200 {",
            "guest accept: nothing ShareEndedError: quectel refused accept",
            "a_wrong_code_is_refused: passed",
        )
    ]
    assert places == sorted(places)
    assert 'headers {"Authorization": "***"}' in text


async def test_headers_are_shown_by_name_alone() -> None:
    """A header that is not among the few that say nothing shows no value, be it declared a secret or not."""
    told = str(await trace(BY_NAME["an_unbound_device_is_free"], GizwitsRig))
    assert '"X-Gizwits-Timestamp": "***"' in told
    assert '"X-Gizwits-Application-Id": "***"' in told


async def test_an_answer_that_was_lost_is_told() -> None:
    """Where no answer came the trace says so, and what the caller learnt."""
    lines = (await trace(BY_NAME["a_lost_answer_is_told"], GizwitsRig)).lines
    lost = [number for number, line in enumerate(lines) if "no answer OutcomeUnknownError" in line]
    assert len(lost) > 3
    assert all("unknown OutcomeUnknownError" in lines[number + 1] for number in lost)


async def test_a_rig_in_memory_has_wishes_and_outcomes() -> None:
    """Where no client carries anything the wishes and what came of them are shown all the same."""
    told = await trace(BY_NAME["a_code_gives_access"], ReferenceRig)
    assert any(line.startswith("guest accept: done Share(") for line in told.lines)
    assert not any("->" in line for line in told.lines)


@pytest.mark.parametrize("given", [ReferenceRig(), None])
async def test_what_makes_no_rigs_is_told_as_such(given: Any) -> None:
    """One rig, or none, is the caller's mistake, and no verdict."""
    with pytest.raises(TypeError, match="rig"):
        await trace(BY_NAME["a_code_gives_access"], given)
