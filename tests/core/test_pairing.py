"""Waiting for a device that was given a pairing token."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from sharebind import (
    Account,
    DeviceNotReadyError,
    DeviceRef,
    Pairing,
    ProofRejectedError,
    RateLimitedError,
    Secret,
    UnavailableError,
)

from .conftest import Bench

PAIRING = Pairing(token=Secret("t"))
READY = Pairing(token=Secret("t"), ready=True, device=DeviceRef("lamp", "p"))
SOON = timedelta(milliseconds=10)


class Device:
    """A pairing that answers as it was told, the last answer again and again."""

    def __init__(self, *answers: Pairing | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, _op: Any, _ctx: Any) -> Pairing:
        """Answer one question."""
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def account(bench: Bench, device: Device) -> Account:
    """Open an account with that device."""
    return bench.account(check_pairing=device)


async def test_it_waits_until_the_device_has_reported(bench: Bench) -> None:
    """The question is asked again until the device has used its token."""
    device = Device(PAIRING, PAIRING, READY)
    assert await account(bench, device).wait_for_pairing(PAIRING, every=SOON) == READY
    assert device.asked == 3


async def test_a_device_that_never_reports_is_told(bench: Bench) -> None:
    """After its time the wait ends with what to do about it, and nothing happened."""
    with pytest.raises(DeviceNotReadyError, match=r"within 0\.05 s"):
        await account(bench, Device(PAIRING)).wait_for_pairing(PAIRING, every=SOON, within=timedelta(seconds=0.05))


async def test_a_question_without_an_answer_is_asked_again(bench: Bench) -> None:
    """An outage ends no wait, and a vendor that asks to slow down is obeyed."""
    device = Device(UnavailableError("no answer"), RateLimitedError("slow", retry_after=timedelta(seconds=0.1)), READY)
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert (await account(bench, device).wait_for_pairing(PAIRING, every=SOON)).ready
    assert loop.time() - began >= 0.1


async def test_the_last_failure_is_told(bench: Bench) -> None:
    """Where the questions failed to the end, the error says why."""
    device = Device(UnavailableError("no route"))
    with pytest.raises(DeviceNotReadyError, match="no route"):
        await account(bench, device).wait_for_pairing(PAIRING, every=SOON, within=timedelta(seconds=0.05))


async def test_a_token_that_ran_out_ends_the_wait(bench: Bench) -> None:
    """What waiting cannot mend is raised at once."""
    device = Device(PAIRING, ProofRejectedError("too old"))
    with pytest.raises(ProofRejectedError):
        await account(bench, device).wait_for_pairing(PAIRING, every=SOON)
    assert device.asked == 2


@pytest.mark.parametrize("wrong", [{"every": timedelta()}, {"within": timedelta(seconds=-1)}])
async def test_times_are_longer_than_zero(bench: Bench, wrong: dict[str, timedelta]) -> None:
    """A wait of no time is a mistake."""
    with pytest.raises(ValueError, match=r"every|within"):
        await account(bench, Device(READY)).wait_for_pairing(PAIRING, **wrong)


async def test_a_wait_can_be_given_up(bench: Bench) -> None:
    """Cancelling ends the wait."""
    task = asyncio.ensure_future(account(bench, Device(PAIRING)).wait_for_pairing(PAIRING, every=SOON))
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_vendor_that_wants_more_time_than_there_is_ends_the_wait(bench: Bench) -> None:
    """Where the pause that the vendor asks for is longer than the wait, its own word is the error."""
    device = Device(RateLimitedError("slow", retry_after=timedelta(hours=1)))
    with pytest.raises(RateLimitedError) as error:
        await account(bench, device).wait_for_pairing(PAIRING, every=SOON, within=timedelta(seconds=1))
    assert error.value.retry_after == timedelta(hours=1)
