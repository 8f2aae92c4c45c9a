"""Gizwits: no token, password, code, product's secret or signature is in what an error shows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from sharebind import (
    Account,
    Anyone,
    ByText,
    OutcomeUnknownError,
    Secret,
    SharebindError,
    ShareRef,
    Side,
    State,
    UnavailableError,
    UserId,
    Via,
)
from sharebind_gizwits import ByMac, auth, keys
from sharebind_gizwits.keys import Made

from .gizwits_scene import DEVICE, desk_at, guest, held, page, record
from .scene import SILENCE, Asked, Said
from .test_secrets_in_errors import leaks

TOKEN: Final = Secret("TOKEN-hunter2")
CODE: Final = Secret("CODE-hunter3")
MORE: Final[dict[str, Any]] = {
    "product_secrets": {"p": Secret("PRODUCT-hunter2")},
    "email": "a@b",
    "password": Secret("PASSWORD-hunter3"),
}
SOON: Final = timedelta(seconds=0.15)
MADE: Final = ShareRef(
    provider="gizwits",
    side=Side.OWNER,
    via=Via.CODE,
    device=DEVICE,
    key=Made(code=CODE, since=1_704_067_200, until=1_704_067_200).key(),
)
INVITED: Final = ShareRef(provider="gizwits", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=CODE)
OFFER: Final = ShareRef(provider="gizwits", side=Side.RECIPIENT, via=Via.PERSON, device=DEVICE, key=CODE)
TAKEN: Final = ShareRef(provider="gizwits", side=Side.RECIPIENT, via=Via.CODE, device=DEVICE, key=keys.received(DEVICE))
WISHES: Final[dict[str, Callable[[Account, timedelta | None], Awaitable[object]]]] = {
    "share": lambda desk, within: desk.share(DEVICE, to=Anyone(), within=within),
    "invite": lambda desk, within: desk.share(DEVICE, to=UserId("u"), within=within),
    "accept a code": lambda desk, within: desk.accept(CODE, within=within),
    "accept a text": lambda desk, within: desk.accept("type=share&code=CODE-hunter3", within=within),
    "accept an offer": lambda desk, within: desk.accept(OFFER, within=within),
    "inspect": lambda desk, within: desk.inspect(CODE, within=within),
    "inspect a text": lambda desk, within: desk.inspect("type=share&code=CODE-hunter3", within=within),
    "end a code": lambda desk, within: desk.end(MADE, within=within),
    "end an invitation": lambda desk, within: desk.end(INVITED, within=within),
    "decline": lambda desk, within: desk.end(OFFER, seen=State.OFFERED, within=within),
    "end an offer": lambda desk, within: desk.end(OFFER, within=within),
    "leave": lambda desk, within: desk.end(TAKEN, within=within),
    "shares": lambda desk, within: desk.shares(device=DEVICE, within=within).all(),
    "received": lambda desk, within: desk.received(within=within).all(),
    "bindings": lambda desk, within: desk.bindings(within=within).all(),
    "bind by address": lambda desk, within: desk.bind(None, ByMac("p", "A1"), within=within),
    "bind by code": lambda desk, within: desk.bind(None, ByText(CODE), within=within),
    "unbind": lambda desk, within: desk.unbind(DEVICE, within=within),
    "rename": lambda desk, within: desk.rename(DEVICE, "lamp", within=within),
    "transfer": lambda desk, within: desk.transfer(DEVICE, UserId("u"), within=within),
}
ANSWERS: Final[dict[str, Said]] = {
    "no json": (200, b"<html>CODE-hunter3 TOKEN-hunter2"),
    "nothing": (200, b""),
    "odd fields": (
        200,
        {
            "qr_content": {"hunter3": 1},
            "id": ["hunter3"],
            "devices": [held(passcode=["hunter2"], role="guest"), {"did": {"hunter2": 1}}],
            "objects": [record(1, uid=["hunter3"])],
            "token": {"hunter2": 3},
            "expired_at": "yesterday",
        },
    ),
    "an odd code": (200, {"qr_content": "type=share&code=hunter2&code=hunter3"}),
    "a refusal": (400, {"error_code": 9010, "error_message": "no"}),
    "a refused signature": (400, {"error_code": 9044, "error_message": "no"}),
    "a refused token": (400, {"error_code": 9004, "error_message": "no"}),
    "a server error": (500, b"CODE-hunter3"),
}


@pytest.mark.parametrize("wish", WISHES)
async def test_a_call_that_times_out_or_is_cancelled_tells_no_secret(wish: str) -> None:
    """Whatever was asked when the time was up, its error holds no secret."""
    async with desk_at(lambda _: (SILENCE, None), TOKEN, **MORE) as (desk, server):
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
    async with desk_at(lambda _: ANSWERS[answer], TOKEN, **MORE) as (desk, _):
        try:
            told = await WISHES[wish](desk, None)
        except SharebindError as error:
            assert leaks(error) == []  # noqa: PT017 - some wishes are content with some answers
        else:
            assert "hunter" not in repr(told)


def whole(request: Asked) -> Said:
    """Answer every call of taking and ending a code, until the change itself, which is not understood."""
    if request.name == "sharing":
        return page(record(1, type=1))
    if request.name == "bindings" and "limit" in request.fields:
        return 200, {"devices": [held(role="guest")]}
    if request.name == "bindings" and not request.fields:
        return 200, [guest()]
    return 200, b"<html>CODE-hunter3"


@pytest.mark.parametrize("wish", ["end a code", "accept a code", "leave", "unbind"])
async def test_a_change_after_reads_tells_no_secret(wish: str) -> None:
    """Where reads went well and the change is not understood, its error holds nothing of either."""
    async with desk_at(whole, TOKEN, **MORE) as (desk, _):
        with pytest.raises(SharebindError) as open_:
            await WISHES[wish](desk, None)
    assert leaks(open_.value) == []


@pytest.mark.parametrize("text", ["hunter2\ud800", "hunter2%ff", "type=share&code=hunter2%ff\ud800"])
async def test_half_a_character_tells_no_secret(text: str) -> None:
    """A code that cannot be written in UTF-8 is refused, here or by the vendor, without being shown."""
    async with desk_at(lambda _: (400, {"error_code": 9084}), TOKEN, **MORE) as (desk, _):
        for ask in (desk.inspect(Secret(text)), desk.end(MADE)):
            with pytest.raises(SharebindError) as refused:
                await ask
            assert leaks(refused.value) == []


async def test_a_refused_signature_tells_no_secret() -> None:
    """The refusal of a signature names the product, and neither the secret nor the signature."""
    async with desk_at(lambda _: ANSWERS["a refused signature"], TOKEN, **MORE) as (desk, _):
        with pytest.raises(SharebindError) as refused:
            await desk.bind(None, ByMac("p", "A1"))
    assert "product 'p'" in str(refused.value)
    assert leaks(refused.value) == []


def test_half_a_character_in_a_products_secret_is_signed_all_the_same() -> None:
    """What UTF-8 cannot write is the vendor's to refuse: an error about it here would show it."""
    assert len(auth.signature(Secret("hunter2\ud800"), datetime(2024, 1, 1, tzinfo=UTC))) == 2
