"""A cloud whose calls are methods: what the base judges, and what is left to a vendor's class."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import aiohttp
import attrs
import pytest

from sharebind.emulator import Answer, Call, Dice, RefusalError, Request, RoutedCloud, Violation, emulate, route


class LampCloud(RoutedCloud):
    """Switch lamps, so that the base can be tested without a vendor."""

    provider = "lamps"
    DEVICES = 3
    PRODUCT = "L1"
    TOKEN_HEADER = "X-Token"
    BAD_TOKEN = "T1"
    BAD_PARAMETER = "P1"
    UNKNOWN_CALL = "U1"
    NO_DEVICE = "D1"

    def reset(self) -> None:
        """Start with every lamp off."""
        super().reset()
        self.lit: dict[str, str] = {}

    def proof(self, dice: Dice) -> dict[str, str]:
        """Give a lamp its number."""
        return {"number": dice.digits(4)}

    def success(self, data: object) -> Answer:
        """Wrap data."""
        return Answer(body={"ok": data}, code="0")

    def refusal(self, code: str, message: str) -> Answer:
        """Wrap a code."""
        return Answer(status=400, body={"no": code, "why": message})

    def holdings(self) -> list[dict[str, str]]:
        """Say that who switched a lamp on holds it."""
        return [{"device": lamp, "user_id": user, "role": "owner"} for lamp, user in self.lit.items()]

    @route("PUT", "/lamps/{lamp}", body={"level": "int", "colour": "string?"}, query={"fade": "int?"}, changes=True)
    def switch(self, call: Call) -> object:
        """Switch a lamp on."""
        lamp = self.device(call.given["lamp"]).device
        if call.given["level"] == 0:
            raise RefusalError("Z1", "a level of 0 is none")
        self.lit[lamp] = call.caller.user_id
        return dict(call.given)

    @route("GET", "/lamps")
    def lamps(self, call: Call) -> object:
        """Tell who asks."""
        return call.caller.name

    @route("POST", "/sign-in", form={"name": "string"}, public=True, name="sign_in")
    def let_in(self, call: Call) -> object:
        """Answer in a way of its own."""
        return Answer(status=201, body={"nobody": call.user is None, **call.given}, code="in")

    @route("GET", "/whoami", public=True)
    def whoami(self, call: Call) -> object:
        """Ask for a caller where there is none."""
        return call.caller


class BrightLampCloud(LampCloud):
    """Take over one call of the cloud above, and add one."""

    provider = "bright-lamps"
    CODES = frozenset({"T1", "P1"})

    def lamps(self, call: Call) -> object:
        """Tell in capitals."""
        return call.caller.name.upper()

    @route("GET", "/suns")
    def suns(self, call: Call) -> object:
        """Add a call."""
        return call.name


class NumberedLampCloud(LampCloud):
    """Have numbers for codes, and none for a call that there is not."""

    provider = "numbered-lamps"
    CODES = frozenset({"90", "12"})
    BAD_TOKEN = "90"
    BAD_PARAMETER = "12"
    UNKNOWN_CALL = RoutedCloud.UNKNOWN_CALL

    def refusal(self, code: str, message: str) -> Answer:
        """Write the number."""
        del message
        return Answer(body={"ok": False, "err": int(code)})


Reply = tuple[int, Any]


class Caller:
    """Call one cloud as a person."""

    def __init__(self, cloud: LampCloud, session: aiohttp.ClientSession) -> None:
        self.cloud = cloud
        self._session = session

    async def __call__(self, method: str, path: str, *, token: str | None = None, **sent: Any) -> Reply:
        """Send one request, with the owner's token unless another one is given."""
        headers = {"X-Token": self.cloud.user("owner").token if token is None else token}
        async with self._session.request(method, self.cloud.base_url + path, headers=headers, **sent) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def call() -> AsyncGenerator[Caller]:
    """Run the cloud of lamps."""
    async with emulate(LampCloud) as clouds, aiohttp.ClientSession() as session:
        cloud = clouds["lamps"]
        assert isinstance(cloud, LampCloud)
        yield Caller(cloud, session)


async def test_a_call_is_found_by_its_route(call: Caller) -> None:
    """Method and path name it, what is variable in the path is given beside query and body."""
    lamp = call.cloud.devices[0].device
    assert await call("PUT", f"/lamps/{lamp}?fade=3", json={"level": 5}) == (
        200,
        {"ok": {"lamp": lamp, "fade": "3", "level": 5}},
    )
    assert call.cloud.violations == []
    assert attrs.astuple(call.cloud.requests[0])[0] == "switch"


async def test_a_success_of_a_change_is_an_effect(call: Caller) -> None:
    """What a call says of itself, and what became of it, decide whether something changed."""
    lamp = call.cloud.devices[0].device
    await call("PUT", f"/lamps/{lamp}", json={"level": 5})
    await call("PUT", f"/lamps/{lamp}", json={"level": 0})
    await call("GET", "/lamps")
    assert [(each.code, each.effect) for each in call.cloud.requests] == [("0", True), ("Z1", False), ("0", False)]


async def test_a_refusal_travels_in_the_vendors_envelope(call: Caller) -> None:
    """A method refuses by raising."""
    lamp = call.cloud.devices[0].device
    refused = 400, {"no": "Z1", "why": "a level of 0 is none"}
    assert await call("PUT", f"/lamps/{lamp}", json={"level": 0}) == refused
    assert call.cloud.lit == {}


async def test_an_answer_of_a_methods_own_stays_as_it_is(call: Caller) -> None:
    """Where the envelope does not fit, the method answers itself; a public call has no caller."""
    assert await call("POST", "/sign-in", data={"name": "you"}, token="") == (201, {"nobody": True, "name": "you"})
    assert call.cloud.requests[0].operation == "sign_in"
    assert call.cloud.requests[0].code == "in"


@pytest.mark.parametrize(
    ("sent", "violation"),
    [
        ({"json": {}}, Violation("switch", "level", "missing")),
        ({"json": {"level": "5"}}, Violation("switch", "level", "wrong_type", "expected int")),
        ({"json": {"level": 5, "size": 1}}, Violation("switch", "size", "unknown")),
        ({"json": {"level": 5}, "params": {"speed": "1"}}, Violation("switch", "speed", "unknown")),
        ({"json": {"level": 5}, "params": {"fade": "x"}}, Violation("switch", "fade", "wrong_type", "expected int")),
        ({"json": [5]}, Violation("switch", "", "wrong_type", "expected an object")),
        ({"data": b"{no json"}, Violation("switch", "", "wrong_type", "expected an object")),
        ({"data": {"level": "5"}}, Violation("switch", "level", "unknown")),
    ],
)
async def test_parameters_are_judged(call: Caller, sent: Mapping[str, Any], violation: Violation) -> None:
    """What is missing, unknown or of another kind is refused, changes nothing, and is kept."""
    status, body = await call("PUT", f"/lamps/{call.cloud.devices[0].device}", **sent)
    assert (status, body["no"]) == (400, "P1")
    assert violation in call.cloud.violations
    assert call.cloud.lit == {}


@pytest.mark.parametrize(("method", "path"), [("GET", "/suns"), ("DELETE", "/lamps"), ("PUT", "/lamps/a/b")])
async def test_an_unknown_call_is_told(call: Caller, method: str, path: str) -> None:
    """A call that the vendor has not is refused and kept."""
    status, body = await call(method, path)
    assert (status, body["no"]) == (400, "U1")
    assert call.cloud.violations == [Violation("", path, "unknown_operation", method)]


async def test_a_call_that_no_vendor_code_speaks_of_is_not_there() -> None:
    """A vendor that documents no code for it answers as a server does, and never in a code that it has not."""
    async with emulate(NumberedLampCloud) as clouds, aiohttp.ClientSession() as session:
        cloud = clouds["numbered-lamps"]
        assert isinstance(cloud, NumberedLampCloud)
        async with session.get(f"{cloud.base_url}/suns") as answer:
            assert (answer.status, await answer.read()) == (404, b"")
        assert [each.what for each in cloud.violations] == ["unknown_operation"]
        assert (await Caller(cloud, session)("GET", "/lamps", token="wrong"))[1] == {"ok": False, "err": 90}


async def test_a_device_that_there_is_not_is_refused(call: Caller) -> None:
    """Looking one up refuses with the vendor's code."""
    assert (await call("PUT", "/lamps/none", json={"level": 5}))[1]["no"] == "D1"


async def test_only_a_living_token_is_let_in(call: Caller) -> None:
    """None, a wrong one and one that died are refused; who called is known all the same."""
    guest = call.cloud.user("guest").token
    assert await call("GET", "/lamps", token=f"Bearer {guest}") == (200, {"ok": "guest"})
    call.cloud.end_tokens("guest")
    for token in ("", "wrong", guest):
        assert (await call("GET", "/lamps", token=token))[1]["no"] == "T1"
    assert [each.caller for each in call.cloud.requests] == ["guest", None, None, "guest"]
    call.cloud.reset()
    assert (await call("GET", "/lamps", token=guest))[0] == 200


async def test_a_fault_by_code_speaks_in_the_vendors_envelope(call: Caller) -> None:
    """Any code can be had of any call."""
    call.cloud.faults.add("code", code="X9", operation="lamps")
    assert await call("GET", "/lamps") == (400, {"no": "X9", "why": ""})
    assert call.cloud.requests[-1].code == "X9"


async def test_the_books_have_the_product(call: Caller) -> None:
    """State is what the class tells, with the product of its devices."""
    lamp = call.cloud.devices[1].device
    await call("PUT", f"/lamps/{lamp}", json={"level": 5})
    owner = call.cloud.user("owner").user_id
    book = {"product": "L1", "device": lamp, "user_id": owner, "role": "owner"}
    assert call.cloud.state() == {"bindings": [book], "shares": []}


async def test_a_caller_that_nobody_is_is_the_emulators_fault(call: Caller) -> None:
    """An emulator that asks a public call for its caller is told, and so are its tests."""
    assert (await call("GET", "/whoami"))[0] == 500
    assert call.cloud.violations[0].what == "emulator_error"
    assert "open to everybody" in call.cloud.violations[0].detail


async def test_a_class_below_has_the_calls_of_the_one_above() -> None:
    """Calls are inherited, may be written anew, and are not given back to the class above."""
    async with emulate(BrightLampCloud) as clouds, aiohttp.ClientSession() as session:
        cloud = clouds["bright-lamps"]
        assert isinstance(cloud, BrightLampCloud)
        caller = Caller(cloud, session)
        assert await caller("GET", "/lamps") == (200, {"ok": "OWNER"})
        assert await caller("GET", "/suns") == (200, {"ok": "suns"})
    assert BrightLampCloud.changing() == LampCloud.changing() == {"switch"}
    assert "suns" not in LampCloud(clouds.clock, 7).operations()


async def test_a_code_that_the_vendor_has_not_is_the_emulators_fault() -> None:
    """A cloud that lists its codes refuses with no other; a fault may, for that is what tests ask for."""
    async with emulate(BrightLampCloud) as clouds, aiohttp.ClientSession() as session:
        cloud = clouds["bright-lamps"]
        assert isinstance(cloud, BrightLampCloud)
        caller = Caller(cloud, session)
        assert cloud.codes("suns") == {"T1", "P1"}
        assert (await caller("GET", "/suns", token="wrong"))[0] == 400
        assert cloud.violations == []
        assert (await caller("PUT", "/lamps/none", json={"level": 5}))[0] == 500
        said = cloud.violations[0].detail
        assert "'D1' (NO_DEVICE) is none of the vendor's codes, which CODES lists" in said
        cloud.faults.add("code", code="X9")
        assert (await caller("GET", "/suns"))[1]["no"] == "X9"


async def test_the_same_seed_makes_the_same_world() -> None:
    """People and devices come from the seed alone."""
    worlds: list[object] = []
    for seed in (7, 7, 8):
        async with emulate(LampCloud, seed=seed) as clouds:
            told = clouds["lamps"].describe()
            worlds.append((told["users"], told["devices"]))
    assert worlds[0] == worlds[1] != worlds[2]


def test_a_kind_that_there_is_not_is_refused_at_once() -> None:
    """Whoever misspells a kind hears it as the class is made, not from a request much later."""
    with pytest.raises(ValueError, match=r"body level: a kind is one of array, .* not 'integer'"):
        route("GET", "/", body={"level": "integer"})


def test_what_stands_in_a_path_is_no_pattern() -> None:
    """Points and brackets in a path mean themselves."""

    class Odd(LampCloud):
        provider = "odd"

        @route("GET", "/v1.0/(all)")
        def every(self, call: Call) -> object:
            """Answer."""
            return call.name

    assert Odd._routes["every"][0].pattern.fullmatch("/v1.0/(all)")
    assert not Odd._routes["every"][0].pattern.fullmatch("/v1x0/all")


def test_a_call_does_not_show_what_was_given() -> None:
    """Codes and PINs travel there."""
    call = Call(name="switch", given={"code": "hush"}, request=Request(method="GET", path="/"), now=None)  # type: ignore[arg-type]  # unused
    assert "hush" not in repr(call)
