"""Tencent: no proof and no token is in what an error of the newer verbs shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from sharebind import (
    Account,
    ByPairing,
    Email,
    OutcomeUnknownError,
    Pairing,
    Secret,
    SharebindError,
    Space,
    UnavailableError,
)
from sharebind_tencent import BySignature

from .scene import DEVICE, SILENCE, Said, account_at, tencent_ok
from .test_secrets_in_errors import leaks

TOKEN: Final = Secret("TOKEN-hunter2")
PROOF: Final = Secret("PROOF-hunter3")
SPACE: Final = Space("f1", "r1")
SIGNED: Final = BySignature(signature=PROOF, at=datetime(2024, 1, 1, tzinfo=UTC))
SOON: Final = timedelta(seconds=0.15)
WISHES: Final[dict[str, Callable[[Account, timedelta | None], Awaitable[object]]]] = {
    "bind by signature": lambda desk, within: desk.bind(DEVICE, SIGNED, space=SPACE, within=within),
    "bind by pairing": lambda desk, within: desk.bind(DEVICE, ByPairing(PROOF), space=SPACE, within=within),
    "begin pairing": lambda desk, within: desk.begin_pairing(within=within),
    "check pairing": lambda desk, within: desk.check_pairing(Pairing(token=PROOF), within=within),
    "rename": lambda desk, within: desk.rename(DEVICE, "lamp", within=within),
    "place": lambda desk, within: desk.place(DEVICE, SPACE, within=within),
    "create a space": lambda desk, within: desk.create_space("home", within=within),
    "list rooms": lambda desk, within: desk.spaces(rooms=True, within=within).all(),
    "find a user": lambda desk, within: desk.find_user(Email("a@b"), within=within),
    "invite by address": lambda desk, within: desk.share(DEVICE, to=Email("a@b"), within=within),
    "sign out": lambda desk, within: desk.sign_out(within=within),
}
ANSWERS: Final[dict[str, Said]] = {
    "no json": (200, b"<html>PROOF-hunter3 TOKEN-hunter2"),
    "no envelope": (200, {"Token": "PROOF-hunter3"}),
    "odd fields": tencent_ok(
        Token=["hunter3"], State={"hunter3": 1}, RoomList="hunter3", FamilyList=[{"FamilyId": ["hunter2"]}], UserID={}
    ),
    "a refusal": tencent_ok(Error={"Code": "InvalidParameterValue.TokenIsExpire", "Message": "no"}),
    "a refused token": tencent_ok(Error={"Code": "InvalidParameterValue.InvalidAccessToken", "Message": "no"}),
    "a server error": (500, b"PROOF-hunter3"),
}


@pytest.mark.parametrize("wish", WISHES)
async def test_a_call_that_times_out_or_is_cancelled_tells_no_secret(wish: str) -> None:
    """Whatever was asked when the time was up, its error holds neither token nor proof."""
    async with account_at("tencent", lambda _: (SILENCE, None), TOKEN) as (desk, server):
        with pytest.raises((UnavailableError, OutcomeUnknownError)) as late:
            await WISHES[wish](desk, SOON)
        server.arrived.clear()
        task = asyncio.ensure_future(WISHES[wish](desk, None))
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as stopped:
            await task
    assert leaks(late.value) == []
    assert leaks(stopped.value) == []


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("wish", WISHES)
async def test_an_answer_that_is_no_success_tells_no_secret(wish: str, answer: str) -> None:
    """What stood in the answer is in no message, and nothing of the request is either."""
    async with account_at("tencent", lambda _: ANSWERS[answer], TOKEN) as (desk, _):
        try:
            told = await WISHES[wish](desk, None)
        except SharebindError as error:
            assert leaks(error) == []  # noqa: PT017 - some wishes are content with some answers
        else:
            assert "hunter" not in repr(told)
