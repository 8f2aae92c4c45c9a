"""The base of the emulators: the server, the clock, faults, guesses, the control address."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urljoin

import aiohttp
import attrs
import pytest

from sharebind import UnknownProviderError
from sharebind.emulator import (
    Answer,
    Cloud,
    Clouds,
    Device,
    EmulatedClock,
    Faults,
    Guess,
    Parameter,
    Recorded,
    Request,
    User,
    Violation,
    emulate,
)
from sharebind.emulator.contract import json_fits, judge_json, judge_text, text_fits
from sharebind.emulator.world import Dice


class ToyCloud(Cloud):
    """Count, so that the base can be tested without a vendor."""

    provider: ClassVar[str] = "toy"
    GUESSES = (Guess("mood", ("good", "bad"), why="nobody said"), Guess("even", (True, False), why="nobody said"))
    LISTS = frozenset({"list"})
    ROOTS = ("/api/toy/",)
    count = 0

    def reset(self) -> None:
        """Seed one user and one device."""
        super().reset()
        dice = Dice(self.seed)
        self.count = 0
        self.app = {"key": dice.hex(8)}
        self.users = [User("owner", dice.digits(6), "owner@example.com", {}, "secret", dice.hex(32))]
        self.devices = [Device("P", dice.hex(12))]

    def caller_of(self, request: Request) -> str | None:
        """Take the header for the name."""
        return request.headers.get("X-Name")

    def operations(self) -> frozenset[str]:
        """Name what the tests call."""
        return frozenset({"add", "boom", "echo", "list", "other", "silence"})

    def operation_of(self, request: Request) -> str | None:
        """Take the path's last part for the name."""
        return request.path.rpartition("/")[2] or None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Count up on "add", echo otherwise."""
        if operation == "boom":
            raise KeyError("boom")
        if operation == "add":
            self.count += 1
            return Answer(body={"count": self.count}, code="ok", effect=True)
        if operation == "silence":
            return Answer(status=403, code="ok", empty=True)
        if operation == "list":
            return Answer(body={"count": self.count}, code="ok")
        return Answer(body={"query": dict(request.query), "body": request.body, "form": dict(request.form)}, code="ok")

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:  # noqa: ARG002 - the base's signature
        """Wrap the code."""
        return Answer(body={"code": code}, code=code)

    def picture(self) -> object:
        """Return the count."""
        return self.count

    def show(self, picture: object) -> None:
        """Take the count for the present."""
        assert isinstance(picture, int)
        self.count = picture

    def state(self) -> dict[str, object]:
        """Tell the count."""
        return {"bindings": [], "shares": [], "count": self.count}


@pytest.fixture
async def clouds() -> AsyncGenerator[Clouds]:
    """Run the toy cloud."""
    async with emulate(ToyCloud) as running:
        yield running


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client whose connections are its own."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


async def add(clouds: Clouds, http: aiohttp.ClientSession) -> tuple[int, bytes]:
    """Ask the toy cloud to count up."""
    async with http.post(f"{clouds['toy'].base_url}/add") as reply:
        return reply.status, await reply.read()


async def test_a_client_reaches_a_cloud_under_its_name(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A running cloud answers under its provider's name on 127.0.0.1."""
    assert clouds["toy"].base_url.startswith("http://127.0.0.1:")
    assert clouds["toy"].base_url.endswith("/toy")
    assert await add(clouds, http) == (200, b'{"count": 1}')


async def test_a_client_may_join_the_vendors_paths_onto_the_origin(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A vendor's own absolute path answers on the origin as under the base URL, and is recorded alike."""
    base = clouds["toy"].base_url
    urls = (f"{base}/api/toy/echo?a=1", urljoin(f"{base}/", "/api/toy/echo?a=1"))
    assert urls[1] == clouds.control.replace("_emulator", "api/toy/echo?a=1")
    for url in urls:
        async with http.post(url, json={"b": 2}) as reply:
            assert reply.status == 200
    first, second = (attrs.evolve(each, at=clouds.clock.now()) for each in clouds["toy"].requests)
    assert first == attrs.evolve(second, at=first.at)
    assert (second.operation, second.path, second.query) == ("echo", "/api/toy/echo", {"a": ["1"]})
    async with http.get(urljoin(base, "/api/other")) as reply:
        assert reply.status == 404


class SlashToyCloud(ToyCloud):
    """A vendor whose paths begin like the toy's, and go on."""

    provider: ClassVar[str] = "slash"
    ROOTS = ("/api/toy/more",)


async def test_of_two_vendors_whose_paths_begin_alike_the_closer_one_answers(http: aiohttp.ClientSession) -> None:
    """On the origin a path belongs to the vendor that names more of it, in whatever order they were started."""
    for order in ((ToyCloud, SlashToyCloud), (SlashToyCloud, ToyCloud)):
        async with emulate(*order) as running:
            for path in ("/api/toy/echo", "/api/toy/more/echo"):
                async with http.post(urljoin(f"{running['toy'].base_url}/", path)) as reply:
                    assert reply.status == 200
            assert [each.path for each in running["toy"].requests] == ["/api/toy/echo"]
            assert [each.path for each in running["slash"].requests] == ["/api/toy/more/echo"]


async def test_an_answer_may_have_no_body_at_all(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """Nothing is something else than the JSON null: no byte is sent."""
    async with http.post(f"{clouds['toy'].base_url}/silence") as reply:
        assert (reply.status, await reply.read()) == (403, b"")


async def test_a_lone_surrogate_comes_back(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A text that is no Unicode, sent with an escape, is answered with that escape and not with 500."""
    async with http.post(f"{clouds['toy'].base_url}/echo", data=rb'{"name": "\ud800"}') as reply:
        assert reply.status == 200
        assert rb"\ud800" in await reply.read()


async def test_requests_are_decoded_and_recorded(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A request is kept with its query, its body, its caller, its code and its effect."""
    url = clouds["toy"].base_url
    async with http.post(f"{url}/echo?a=1&a=2&b=x%2By", json={"c": [3]}, headers={"X-Name": "owner"}) as reply:
        assert (await reply.json())["query"] == {"a": ["1", "2"], "b": ["x+y"]}
    async with http.post(f"{url}/echo", data={"d": "4"}) as reply:
        assert (await reply.json())["form"] == {"d": ["4"]}
    await add(clouds, http)
    first, second, third = clouds["toy"].requests
    assert (first.operation, first.method, first.path, first.caller, first.code) == (
        "echo",
        "POST",
        "/echo",
        "owner",
        "ok",
    )
    assert first.body == {"c": [3]}
    assert second.body == {"d": ["4"]}
    assert (first.effect, third.effect) == (False, True)
    assert first.at.tzinfo is not None


def test_a_recorded_request_does_not_print_its_values() -> None:
    """The repr of a recorded request names its fields and hides what they hold."""
    now = EmulatedClock().now()
    shown = repr(Recorded("share", "POST", "/x", {"token": ["hunter2"]}, {"code": "hunter2"}, now, None))
    assert "token" in shown
    assert "code" in shown
    assert "hunter2" not in shown


async def test_a_failing_cloud_is_seen(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """An exception inside a cloud becomes a 500 and a violation, so that no test overlooks it."""
    async with http.get(f"{clouds['toy'].base_url}/boom") as reply:
        assert reply.status == 500
    assert [violation.what for violation in clouds["toy"].violations] == ["emulator_error"]


async def test_large_bodies_are_refused(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A body above 1 MiB gets 413."""
    async with http.post(f"{clouds['toy'].base_url}/echo", data=io.BytesIO(b"x" * ((1 << 20) + 1))) as reply:
        assert reply.status == 413


async def test_unreadable_json_reaches_the_cloud_as_no_body(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A body that is no JSON, deeply nested JSON too, is the vendor's to judge."""
    for data in (b"{nope", b"[" * 200_000, b"\xff"):
        async with http.post(f"{clouds['toy'].base_url}/echo", data=data) as reply:
            assert (await reply.json())["body"] is None


async def test_reset_returns_to_the_same_world(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A reset gives the same ids and tokens, the real time, and forgets everything else."""
    toy = clouds["toy"]
    before = toy.describe()
    await add(clouds, http)
    toy.faults.add("refuse")
    toy.violations.append(Violation("x", "y", "unknown"))
    toy.set_guess("mood", "bad")
    clouds.clock.advance(timedelta(days=1))
    clouds.reset()
    assert toy.describe() == before
    assert (toy.requests, toy.violations, len(toy.faults), toy.guess("mood")) == ([], [], 0, "good")
    assert await add(clouds, http) == (200, b'{"count": 1}')


async def test_the_same_seed_makes_the_same_world() -> None:
    """Two runs with one seed have the same app, users and devices; another seed has others."""

    async def world(seed: int) -> list[object]:
        async with emulate(ToyCloud, seed=seed) as clouds:
            told = clouds["toy"].describe()
            return [told["app"], told["users"], told["devices"]]

    assert await world(7) == await world(7)
    assert await world(7) != await world(8)


def test_the_clock_runs_and_jumps() -> None:
    """The emulated clock starts at the real time, runs with it, jumps, and returns."""
    clock = EmulatedClock()
    start = clock.now()
    assert clock.advance(timedelta(hours=1)) - start >= timedelta(hours=1)
    clock.reset()
    assert clock.now() - start < timedelta(minutes=1)


@pytest.mark.parametrize("days", [3_000_000, -3_000_000, 999_999_999, -999_999_999])
def test_the_clock_stays_where_it_can_be_told(days: int) -> None:
    """A jump out of the calendar is a ValueError, and the clock goes on from where it was."""
    clock = EmulatedClock()
    clock.advance(timedelta(hours=1))
    before = clock.now()
    with pytest.raises(ValueError, match="2 to 9998"):
        clock.advance(timedelta(days=days))
    assert timedelta() <= clock.now() - before < timedelta(minutes=1)


async def test_too_many_jumps_are_refused(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A jump over the control address that leaves the calendar is 400, and the cloud answers on."""
    clouds.clock.advance(timedelta(days=2_880_000))
    async with http.post(f"{clouds.control}/advance", json={"seconds": 36_500 * 86_400}) as reply:
        assert reply.status == 400
        assert "years 2 to 9998" in (await reply.json())["error"]
    assert await add(clouds, http) == (200, b'{"count": 1}')


def test_a_guess_takes_only_its_own_answers() -> None:
    """A guess starts with its first answer and refuses what is none of its answers, 1 for True too."""
    toy = ToyCloud(EmulatedClock(), 7)
    toy.open("http://127.0.0.1")
    assert toy.guess("even") is True
    toy.set_guess("even", False)
    assert toy.guess("even") is False
    with pytest.raises(ValueError, match="none of"):
        toy.set_guess("even", 1)
    with pytest.raises(ValueError, match="it has mood, even"):
        toy.set_guess("odd", True)


# Faults


async def test_a_forced_code_executes_nothing(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A forced code is answered in the vendor's envelope, once, and nothing is executed."""
    clouds["toy"].faults.add("code", code=5137, operation="add")
    assert await add(clouds, http) == (200, b'{"code": "5137"}')
    assert await add(clouds, http) == (200, b'{"count": 1}')
    assert [(each.code, each.effect) for each in clouds["toy"].requests] == [("5137", False), ("ok", True)]


async def test_a_fault_waits_for_its_operation(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A fault for one operation leaves the others alone."""
    clouds["toy"].faults.add("status", status=502, operation="other")
    assert (await add(clouds, http))[0] == 200
    assert len(clouds["toy"].faults) == 1


async def test_an_after_fault_executes_first(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """With after=True the request is executed and the answer is the fault's."""
    clouds["toy"].faults.add("status", status=500, after=True)
    assert await add(clouds, http) == (500, b"")
    clouds["toy"].faults.add("code", code="late", after=True)
    assert await add(clouds, http) == (200, b'{"code": "late"}')
    assert [(each.code, each.effect) for each in clouds["toy"].requests] == [("ok", True), ("late", True)]


@pytest.mark.parametrize(("kind", "executed"), [("refuse", 0), ("lost", 1)])
async def test_a_connection_ends_without_an_answer(
    clouds: Clouds, http: aiohttp.ClientSession, kind: str, executed: int
) -> None:
    """Refuse closes before the effect, lost after it; the client sees a closed connection both times."""
    clouds["toy"].faults.add(kind)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await add(clouds, http)
    assert clouds["toy"].state()["count"] == executed
    assert (await add(clouds, http))[0] == 200


async def test_a_cut_answer_breaks_off(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """Cut executes, announces the whole body and breaks off in its middle."""
    clouds["toy"].faults.add("cut")
    with pytest.raises(aiohttp.ClientPayloadError):
        await add(clouds, http)
    assert clouds["toy"].state()["count"] == 1


async def test_bodies_that_are_no_json(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """Garbage is 200 with bytes that no JSON parser reads, html a page."""
    for kind in ("garbage", "html"):
        clouds["toy"].faults.add(kind)
        status, body = await add(clouds, http)
        assert status == 200
        with pytest.raises(ValueError, match=r".*"):
            json.loads(body)


async def test_throttling_says_when_to_come_back(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """Throttle is 429 with Retry-After."""
    clouds["toy"].faults.add("throttle", retry_after=3)
    async with http.post(f"{clouds['toy'].base_url}/add") as reply:
        assert (reply.status, reply.headers["Retry-After"]) == (429, "3")


async def test_a_delay_joins_another_fault(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A delay waits before the effect and lets another fault, or the cloud, answer."""
    clouds["toy"].faults.add("delay", seconds=0.2)
    clouds["toy"].faults.add("code", code="slow")
    start = time.monotonic()
    assert await add(clouds, http) == (200, b'{"code": "slow"}')
    assert time.monotonic() - start >= 0.2


async def test_lists_lag_behind(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """A list that lags does not show what happened less than so many emulated seconds ago; the next one does."""
    toy = clouds["toy"]
    await add(clouds, http)
    toy.faults.add("lag", seconds=60, times=2)
    await add(clouds, http)

    async def listed() -> object:
        async with http.get(f"{toy.base_url}/list") as reply:
            return (await reply.json())["count"]

    assert await listed() == 1
    assert toy.state()["count"] == 2
    clouds.clock.advance(timedelta(seconds=61))
    assert await listed() == 2
    assert await listed() == 2
    assert len(toy.faults) == 0


def test_what_cannot_lag_is_refused() -> None:
    """A lag is refused for a call that is no list, instead of waiting in vain."""
    with pytest.raises(ValueError, match="only these lists can lag: list"):
        Faults(7, frozenset({"list"})).add("lag", operation="add")
    with pytest.raises(ValueError, match="none"):
        Faults(7).add("lag")


def test_a_fault_for_an_unknown_call_is_refused() -> None:
    """A fault for a call that the cloud does not have is a ValueError that names those it has."""
    toy = ToyCloud(EmulatedClock(), 7)
    with pytest.raises(ValueError, match="no operation is called 'ad'; there are add, boom"):
        toy.faults.add("refuse", operation="ad")
    assert len(toy.faults) == 0


async def test_an_unknown_provider_is_told() -> None:
    """Emulating a provider that is not installed says which are."""
    with pytest.raises(UnknownProviderError, match="No provider 'quectle' is installed"):
        async with emulate("quectle"):
            pass


def test_chances_are_seeded() -> None:
    """A fault with a chance strikes the same requests again for the same seed."""

    def strikes() -> list[bool]:
        faults = Faults(7)
        faults.add("refuse", chance=0.5, times=None)
        return [faults.take("x").fault is not None for _ in range(20)]

    assert strikes() == strikes()
    assert {True, False} == set(strikes())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "flood"},
        {"kind": "code"},
        {"kind": "delay", "seconds": "1"},
        {"kind": "status", "code": 5},
        {"kind": "lost", "times": 0},
        {"kind": "lost", "chance": 2},
    ],
)
def test_a_fault_that_cannot_happen_is_refused(wrong: dict[str, Any]) -> None:
    """A fault of an unknown kind, or with options it has not, is a ValueError at once."""
    with pytest.raises(ValueError, match="fault"):
        Faults(7).add(**wrong)


# The judge of parameters

PARAMETERS = (
    Parameter(name="pk", kind="string", required=True),
    Parameter(name="page", kind="int32"),
    Parameter(name="when", kind="int64"),
    Parameter(name="isInit", kind="bool"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"pk": ["p"], "page": ["2"], "isInit": ["true"]}, []),
        ({}, [("pk", "missing")]),
        ({"pk": [""]}, [("pk", "missing")]),
        ({"pk": ["p"], "zz": ["1"]}, [("zz", "unknown")]),
        ({"pk": ["p", "q"]}, [("pk", "duplicate")]),
        ({"pk": ["p"], "page": ["two"]}, [("page", "wrong_type")]),
        ({"pk": ["p"], "page": ["2147483648"]}, [("page", "wrong_type")]),
        ({"pk": ["p"], "page": ["1.0"], "isInit": ["1"]}, [("page", "wrong_type"), ("isInit", "wrong_type")]),
    ],
)
def test_a_query_is_judged(query: dict[str, list[str]], expected: list[tuple[str, str]]) -> None:
    """A query's missing, unknown, doubled and mistyped parameters are told by name."""
    assert [(each.parameter, each.what) for each in judge_text("op", PARAMETERS, query)] == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"pk": "p", "page": 2, "isInit": True}, []),
        ({"pk": None}, [("pk", "missing")]),
        ({"pk": 5}, [("pk", "wrong_type")]),
        ({"pk": "p", "page": True}, [("page", "wrong_type")]),
        ({"pk": "p", "page": "2"}, [("page", "wrong_type")]),
        ({"pk": "p", "zz": None}, [("zz", "unknown")]),
    ],
)
def test_a_json_body_is_judged(body: dict[str, object], expected: list[tuple[str, str]]) -> None:
    """A JSON body's types are strict, a boolean is no number, and null is absent."""
    assert [(each.parameter, each.what) for each in judge_json("op", PARAMETERS, body)] == expected


def test_numbers_keep_their_range() -> None:
    """An int64 holds an epoch in milliseconds, an int32 does not; digits of other scripts are no digits."""
    assert text_fits("int64", "1767225600000")
    assert not text_fits("int32", "1767225600000")
    assert not text_fits("int32", "٣")
    assert not text_fits("int32", "9" * 5000)
    assert json_fits("int64", -1)
    assert json_fits("array", [])
    assert not json_fits("object", [])


# The control address


async def test_the_control_address_steers_the_clouds(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """Another process can advance, add faults, read what happened, choose guesses and reset."""

    async def call(method: str, path: str, body: object = None) -> Any:
        async with http.request(method, clouds.control + path, json=body) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    assert (await call("GET", "")) == clouds.describe()
    before = clouds.clock.now()
    await call("POST", "/advance", {"seconds": 3600})
    assert clouds.clock.now() - before >= timedelta(hours=1)
    await call("POST", "/faults", {"provider": "toy", "kind": "code", "code": "x", "operation": "add"})
    assert (await call("GET", "/faults?provider=toy"))["toy"][0]["code"] == "x"
    assert await add(clouds, http) == (200, b'{"code": "x"}')
    assert (await call("GET", "/requests?provider=toy"))[0]["code"] == "x"
    clouds["toy"].faults.add("lost", times=None)
    assert await call("DELETE", "/faults") == {"toy": []}
    await add(clouds, http)
    assert (await call("GET", "/state?provider=toy"))["count"] == 1
    await call("POST", "/guesses", {"provider": "toy", "name": "mood", "value": "bad"})
    assert (await call("GET", "/guesses?provider=toy"))["toy"]["mood"]["value"] == "bad"
    assert await call("GET", "/violations?provider=toy") == []
    await call("POST", "/reset")
    assert clouds["toy"].requests == []
    assert clouds.clock.now() - before < timedelta(minutes=1)


async def test_control_addresses_may_end_in_a_slash(clouds: Clouds, http: aiohttp.ClientSession) -> None:
    """The control address and each of its paths answer with a slash at the end as without it."""
    for path in ("", "/faults", "/guesses", "/state", "/requests", "/violations"):
        told: list[object] = []
        for ending in ("", "/"):
            async with http.get(clouds.control + path + ending, params={"provider": "toy"}) as reply:
                assert reply.status == 200
                told.append(await reply.json())
        assert told[0] == told[1]
    for path in ("/advance/", "/reset/"):
        async with http.post(clouds.control + path, json={"seconds": 1}) as reply:
            assert reply.status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/advance", b'{"seconds": "many"}'),
        ("/advance", b'{"seconds": 1e300}'),
        ("/advance", b'{"seconds": NaN}'),
        ("/advance", b"[]"),
        ("/advance", b"{"),
        ("/faults", b'{"provider": "toy", "kind": "flood"}'),
        ("/faults", b'{"provider": "toy", "kind": "lost", "times": "x"}'),
        ("/faults", b'{"provider": "no", "kind": "lost"}'),
        ("/faults", b'{"provider": "toy", "kind": "lost", "operation": "ad"}'),
        ("/faults", b'{"provider": "toy", "kind": "lost", "operation": ["add"]}'),
        ("/guesses", b'{"provider": "toy", "name": "mood", "value": "odd"}'),
        ("/guesses", b'{"provider": "toy", "name": "mood", "value": [1]}'),
    ],
)
async def test_bad_control_input_gets_a_sentence(
    clouds: Clouds, http: aiohttp.ClientSession, path: str, body: bytes
) -> None:
    """What the control address cannot do is answered with 400 and why."""
    async with http.post(clouds.control + path, data=body) as reply:
        assert reply.status == 400
        assert (await reply.json())["error"]


async def test_a_port_can_be_chosen() -> None:
    """A given port is taken, for a demo whose address must not change."""
    async with emulate(ToyCloud) as first:
        port = int(first.control.split(":")[2].split("/")[0])
    async with emulate(ToyCloud, port=port) as second:
        assert f":{port}/" in second.control


async def test_the_start_is_quick() -> None:
    """A cloud starts in well under a second, and ends while a client still holds a connection."""
    start = time.monotonic()
    async with emulate(ToyCloud) as clouds, aiohttp.ClientSession() as http:
        await add(clouds, http)
        await asyncio.sleep(0)
    assert time.monotonic() - start < 1


def test_the_contracts_beside_the_emulators_are_fresh() -> None:
    """Each emulator's contract.json is what docs/contracts says now."""
    script = Path(__file__).parents[2] / "docs" / "contracts" / "to_json.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
