"""Every kind of fault does what it says, before the effect and after it, by chance and by script."""

from __future__ import annotations

import asyncio
import errno
import json
import time
from typing import Any

import aiohttp
import pytest

from sharebind.emulator import Cloud, Faults
from sharebind.emulator.faults import ALWAYS_AFTER, KINDS

NEVER_ENDS = aiohttp.ClientTimeout(total=0.1)


async def add(cloud: Cloud, http: aiohttp.ClientSession, call: str = "add", **options: Any) -> tuple[int, bytes]:
    """Ask the cloud to count up."""
    async with http.post(f"{cloud.base_url}/{call}", **options) as reply:
        return reply.status, await reply.read()


def count(cloud: Cloud) -> object:
    """Tell how often it was done."""
    return cloud.state()["count"]


@pytest.mark.parametrize("after", [False, True])
async def test_a_reset_is_no_orderly_end(counting: Cloud, session: aiohttp.ClientSession, *, after: bool) -> None:
    """Reset ends the connection with RST, before the effect or after it."""
    counting.faults.add("reset", after=after)
    with pytest.raises(aiohttp.ClientOSError) as raised:
        await add(counting, session)
    assert raised.value.errno == errno.ECONNRESET
    assert count(counting) == int(after)
    assert (await add(counting, session))[0] == 200


@pytest.mark.parametrize("after", [False, True])
async def test_silence_lasts_until_the_client_goes(
    counting: Cloud, session: aiohttp.ClientSession, *, after: bool
) -> None:
    """Silence answers nothing, before the effect or after it, and ends with the connection."""
    counting.faults.add("silence", after=after)
    before = len(asyncio.all_tasks())
    with pytest.raises(TimeoutError):
        await add(counting, session, timeout=NEVER_ENDS)
    assert count(counting) == int(after)
    await asyncio.sleep(0.05)
    assert len(asyncio.all_tasks()) == before


async def test_a_drip_without_effect_never_ends(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """A drip of a request that is not executed sends a byte now and then, of no answer."""
    counting.faults.add("drip", seconds=0.001)
    with pytest.raises(TimeoutError):
        await add(counting, session, timeout=NEVER_ENDS)
    assert count(counting) == 0


async def test_a_drip_after_the_effect_is_the_answer(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """A drip of a request that was executed is its answer, for whoever has the patience."""
    counting.faults.add("drip", seconds=0.01, after=True)
    start = time.monotonic()
    assert await add(counting, session) == (200, b'{"count": 1}')
    assert time.monotonic() - start >= 0.1


@pytest.mark.parametrize(("after", "body"), [(False, b'{"'), (True, b'{"coun')])
async def test_broken_json_comes_whole(
    counting: Cloud, session: aiohttp.ClientSession, *, after: bool, body: bytes
) -> None:
    """Broken JSON is status 200 and all the bytes that were announced, and they are no JSON."""
    counting.faults.add("broken_json", after=after)
    assert await add(counting, session) == (200, body)
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert count(counting) == int(after)


async def test_an_answer_without_a_body_can_be_broken_too(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """Where nothing would be sent, cut announces more than comes, and broken JSON is some."""
    counting.faults.add("cut", operation="quiet")
    with pytest.raises(aiohttp.ClientPayloadError):
        await add(counting, session, "quiet")
    counting.faults.add("broken_json", operation="quiet", after=True)
    assert await add(counting, session, "quiet") == (200, b'{"')


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"lag", "delay", "script", "silence", "drip"}))
@pytest.mark.parametrize("after", [False, True])
async def test_after_means_that_it_was_done(
    counting: Cloud, session: aiohttp.ClientSession, kind: str, *, after: bool
) -> None:
    """A fault before the effect leaves nothing behind, one after it everything; neither gives the usual answer."""
    options: dict[str, Any] = {"code": "no"} if kind == "code" else {}
    counting.faults.add(kind, after=after, **options)
    try:
        _, body = await add(counting, session)
    except aiohttp.ClientError:
        body = b""
    assert body != b'{"count": 1}'
    assert count(counting) == int(after or kind in ALWAYS_AFTER)
    assert [each.effect for each in counting.requests] == [bool(count(counting))]


# Several faults


async def test_faults_answer_in_their_order(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """Of several faults the first that was added answers, whether it executes or not, and the next request the next."""
    counting.faults.add("status", status=500, after=True)
    counting.faults.add("status", status=501)
    assert [(await add(counting, session))[0] for _ in range(3)] == [500, 501, 200]
    assert [each.effect for each in counting.requests] == [True, False, True]


async def test_a_script_is_played_in_order(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """Each request of the operation meets the next step of a script; a step may let it pass."""
    steps = [{"kind": "status", "status": 502}, "pass", {"kind": "status", "after": True}, {"kind": "code", "code": 7}]
    counting.faults.add("script", operation="add", steps=steps)
    assert (await add(counting, session, "quiet"))[0] == 200
    answers = [await add(counting, session) for _ in range(5)]
    assert [status for status, _ in answers] == [502, 200, 503, 200, 200]
    assert answers[3][1] == b'{"code": "7"}'
    assert [each.effect for each in counting.requests[1:]] == [False, True, True, False, True]
    assert len(counting.faults) == 0


async def test_a_script_may_be_played_again(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """Times counts whole rounds of a script."""
    counting.faults.add("script", times=2, steps=["status", "pass"])
    assert [(await add(counting, session))[0] for _ in range(5)] == [503, 200, 503, 200, 200]


async def test_a_script_waits_for_its_chance(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """A request that chance spares is no step of a script, and the same seed spares the same ones."""
    seen: list[list[int]] = []
    for _ in range(2):
        counting.faults.clear()
        counting.faults.add("script", chance=0.5, steps=[{"kind": "status", "status": 501}, "status"])
        seen.append([(await add(counting, session))[0] for _ in range(12)])
    assert seen[0] == seen[1]
    assert [status for status in seen[0] if status != 200] == [501, 503]


async def test_a_delay_in_a_script_only_delays(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """A step that delays lets the request be answered as ever, later."""
    counting.faults.add("script", steps=[{"kind": "delay", "seconds": 0.1}])
    start = time.monotonic()
    assert await add(counting, session) == (200, b'{"count": 1}')
    assert time.monotonic() - start >= 0.09


async def test_a_script_can_be_added_from_outside(counting: Cloud, session: aiohttp.ClientSession) -> None:
    """The control address takes scripts as it takes every other kind, and shows them as they were given."""
    control = counting.base_url.replace("/counting", "/_emulator/faults")
    wish = {"provider": "counting", "kind": "script", "steps": ["reset", {"kind": "drip", "seconds": 1}]}
    async with session.post(control, json=wish) as reply:
        assert reply.status == 200, await reply.text()
        assert (await reply.json())["steps"] == wish["steps"]
    with pytest.raises(aiohttp.ClientOSError):
        await add(counting, session)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"steps": []},
        {"steps": "reset"},
        {"steps": ["flood"]},
        {"steps": [7]},
        {"steps": ["code"]},
        {"steps": ["lag"]},
        {"steps": [{"kind": "script", "steps": ["reset"]}]},
        {"steps": [{"kind": "reset", "after": "yes"}]},
        {"steps": [{"kind": "reset", "times": 2}]},
    ],
)
def test_a_script_that_cannot_be_played_is_refused(wrong: dict[str, Any]) -> None:
    """A script whose steps are none, or unknown, is a ValueError at once."""
    faults = Faults(7)
    with pytest.raises(ValueError, match="fault"):
        faults.add("script", **wrong)
    assert len(faults) == 0
