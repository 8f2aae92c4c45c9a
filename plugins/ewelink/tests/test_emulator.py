"""eWeLink's emulated cloud, asked by bare HTTP clients over a real socket."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from typing import Any, Final, cast

import aiohttp
import pytest

from sharebind.emulator import Clouds, Contract, Device, User, emulate
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.emulator.cloud import HANDLERS
from sharebind_ewelink.emulator.guesses import GUESSES

CONTRACT: Final = Contract.beside("sharebind_ewelink.emulator")
ENDPOINTS: Final = CONTRACT.named("endpoints")
LISTED_CODES: Final = [(name, code) for name, entry in ENDPOINTS.items() for code in entry["errors"]]
WITH_TOKEN: Final = [name for name, entry in ENDPOINTS.items() if entry["auth"] == ["token"]]
SIGNED: Final = [name for name in ENDPOINTS if name not in WITH_TOKEN]
ZERO: Final = "0" * 10


class RefusedError(Exception):
    """Carry the code that the cloud refused with, and the data beside it."""

    def __init__(self, code: int, data: Any) -> None:
        super().__init__(code)
        self.code = code
        self.data = data


class World:
    """Speak to the cloud as a client would, and keep what a test needs to see."""

    def __init__(self, clouds: Clouds, session: aiohttp.ClientSession) -> None:
        self.clouds = clouds
        self.cloud = cast("EwelinkCloud", clouds["ewelink"])
        self.session = session
        self.lamp: Device = self.cloud.devices[0]

    def user(self, name: str) -> User:
        """Return the person of that name."""
        return self.cloud.user(name)

    async def http(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Make any request below the base URL, and return status and body as they come."""
        async with self.session.request(method, f"{self.cloud.base_url}{path}", **options) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def send(self, operation: str, given: dict[str, Any], *, region: str = "", **options: Any) -> Any:
        """Call by the contract's name, with the parameters where the contract has them."""
        entry = ENDPOINTS[operation]
        sent = {name: value for name, value in given.items() if value is not None}
        places = {parameter["name"]: parameter["in"] for parameter in entry["params"]}
        query = {name: str(value) for name, value in sent.items() if places.get(name) == "query"}
        if entry["method"] == "POST" and "data" not in options:
            options["json"] = {name: value for name, value in sent.items() if name not in query}
        path = f"/{region}{entry['path']}" if region else entry["path"]
        return self.opened(*await self.http(entry["method"], path, params=query, **options))

    async def call(self, who: str, operation: str, *, region: str = "", **given: Any) -> Any:
        """Call as a person with the token of the start, or with any token."""
        token = who if len(who) == 40 else self.user(who).token
        headers = {"Authorization": f"Bearer {token}"}
        return await self.send(operation, given, region=region, headers=headers)

    async def signed(
        self, operation: str, given: dict[str, Any], *, app: str = "", secret: str | None = None, region: str = ""
    ) -> Any:
        """Call as an app, signed over the bytes that are sent."""
        body = json.dumps(given).encode()
        key = (secret or self.cloud.app[f"{app}app_secret"]).encode()
        proof = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        headers = {"Authorization": f"Sign {proof}", "X-CK-Appid": self.cloud.app[f"{app}app_id"]}
        return await self.send(operation, {}, region=region, headers=headers, data=body)

    async def login(self, name: str = "owner", *, region: str = "", app: str = "", **changed: Any) -> Any:
        """Sign a person in by e-mail address."""
        user = self.user(name)
        given = {"countryCode": "+86", "email": user.email, "password": user.password, **changed}
        return await self.signed("login", given, region=region, app=app)

    async def refresh(self, token: str) -> Any:
        """Renew a session."""
        return await self.signed("refresh_token", {"rt": token})

    async def exchange(self, code: str, *, app: str = "personal_", region: str = "") -> Any:
        """Take an OAuth code for tokens."""
        given = {"code": code, "redirectUrl": "https://example.com/back", "grantType": "authorization_code"}
        return await self.signed("oauth_token", given, app=app, region=region)

    def opened(self, status: int, body: Any) -> Any:
        """Return the data of a success, or raise the code."""
        assert set(body) == {"error", "msg", "data"}
        if body["error"]:
            raise RefusedError(body["error"], body["data"])
        assert status == 200
        return body["data"]

    def digest(self, device: Device) -> str:
        """Return what proves a device."""
        return hashlib.sha256((device.device + device.proof["apikey"]).encode()).hexdigest()

    async def bind(self, who: str = "owner", device: Device | None = None, **given: Any) -> Any:
        """Bind a device by its digest."""
        device = device or self.lamp
        proof = {"deviceid": device.device, "digest": self.digest(device), "chipid": device.proof["chipid"]}
        return await self.call(who, "add_device", **{"name": "lamp", **proof, **given})

    async def share(self, to: str = "guest", who: str = "owner", **given: Any) -> Any:
        """Share the lamp by e-mail address."""
        given = {"deviceidList": [self.lamp.device], "user": {"email": self.user(to).email}, "permit": 0, **given}
        return await self.call(who, "share_devices", **given)

    async def cancel(self, to: str = "guest") -> Any:
        """Take the lamp back."""
        return await self.call("owner", "cancel_share", deviceid=self.lamp.device, apikey=self.user(to).user_id)

    async def permit(self, permit: int, to: str = "guest") -> Any:
        """Give the guest other rights on the lamp."""
        who = {"deviceid": self.lamp.device, "apikey": self.user(to).user_id}
        return await self.call("owner", "change_share_permission", **who, permit=permit)

    async def things(self, who: str = "owner", **page: Any) -> list[Any]:
        """List a home's things."""
        return list((await self.call(who, "list_things", **page))["thingList"])

    async def thing(self, who: str = "owner", kind: int = 1, device: Device | None = None) -> Any:
        """Read one thing."""
        wanted = {"itemType": kind, "id": (device or self.lamp).device}
        (found,) = (await self.call(who, "get_things", thingList=[wanted]))["thingList"]
        return found

    async def notices(self, who: str, **page: Any) -> list[str]:
        """Read the kinds of a person's messages."""
        return [each["msgType"] for each in (await self.call(who, "list_messages", **page))["messageList"]]

    def shares(self) -> list[tuple[Any, Any]]:
        """Return state and reason of every share."""
        rows = cast("list[dict[str, object]]", self.cloud.state()["shares"])
        return [(row["state"], row.get("reason")) for row in rows]

    def holders(self) -> dict[str, str]:
        """Return who has the lamp, and as what."""
        names = {user.user_id: user.name for user in self.cloud.users}
        rows = cast("list[dict[str, str]]", self.cloud.state()["bindings"])
        return {names[row["user_id"]]: row["role"] for row in rows if row["device"] == self.lamp.device}

    def kept(self) -> list[tuple[str, str]]:
        """Return what was wrong with requests."""
        return [(each.parameter, each.what) for each in self.cloud.violations]


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """Run the cloud."""
    async with emulate(EwelinkCloud) as clouds, aiohttp.ClientSession() as session:
        yield World(clouds, session)


@pytest.fixture
async def strict(world: World) -> AsyncGenerator[World]:
    """Give the cloud to a client that keeps the contract, and check that the cloud thinks so too."""
    yield world
    assert world.cloud.violations == []


async def refused(awaitable: Awaitable[Any]) -> int:
    """Return the code of a refusal."""
    with pytest.raises(RefusedError) as caught:
        await awaitable
    return caught.value.code


async def outcome(awaitable: Awaitable[Any]) -> int:
    """Return the code of an answer, 0 when it is no refusal."""
    try:
        await awaitable
    except RefusedError as error:
        return error.code
    return 0


# ---------------------------------------------------------------- the life of a share


async def test_a_share_is_active_at_once(strict: World) -> None:
    """The recipient is not asked: the device stands in their home, and both sides see the share (``silent_share``)."""
    await strict.bind()
    (shared,) = (await strict.share(permit=5, comment="for you"))["updatedThingList"]
    (to,) = shared["itemData"]["shareTo"]
    guest, owner = strict.user("guest"), strict.user("owner")
    assert (to["apikey"], to["email"], to["phoneNumber"]) == (guest.user_id, guest.email, "+8613800000002")
    assert (to["permit"], to["comment"], to["nickname"]) == (5, "for you", "guest")
    assert abs(to["shareTime"] / 1000 - strict.clouds.clock.now().timestamp()) < 60
    (received,) = await strict.things("guest")
    assert received["itemType"] == 2
    assert received["itemData"]["sharedBy"]["apikey"] == received["itemData"]["apikey"] == owner.user_id
    assert received["itemData"]["family"]["familyid"] == guest.homes[0]
    assert "shareTo" not in received["itemData"]
    assert strict.holders() == {"owner": "owner", "guest": "guest"}
    assert strict.shares() == [("active", None)]


async def test_shares_are_fields_of_devices(strict: World) -> None:
    """Outgoing and incoming shares are read from things alone (``share_list_is_inside_devices``)."""
    await strict.bind()
    assert "shareTo" not in (await strict.thing())["itemData"]
    await strict.share("guest")
    await strict.share("other")
    mine = (await strict.things())[0]["itemData"]["shareTo"]
    assert [row["nickname"] for row in mine] == ["guest", "other"]
    assert (await strict.thing("other", 2))["itemData"]["sharedBy"]["nickname"] == "owner"


async def test_a_share_is_found_by_phone(strict: World) -> None:
    """The phone, with its country's code, wins over the e-mail address."""
    await strict.bind()
    user = {"countryCode": "+86", "phoneNumber": "+8613800000003", "email": strict.user("guest").email}
    await strict.share(user=user)
    assert strict.holders() == {"owner": "owner", "other": "guest"}
    lost = strict.share(user={"countryCode": "+86", "phoneNumber": "13800000002"})
    assert await refused(lost) == 30008


async def test_rights_are_changed(strict: World) -> None:
    """The permit is what was set last, and only a share that exists has one."""
    await strict.bind()
    assert await refused(strict.permit(1)) == 405
    await strict.share()
    assert (await strict.permit(9))["updatedThing"]["itemData"]["shareTo"][0]["permit"] == 9
    assert (await strict.thing("guest", 2))["itemData"]["sharedBy"]["permit"] == 9


async def test_the_owner_ends_a_share(strict: World) -> None:
    """Cancelling takes the device out of the recipient's home and tells them by a message."""
    await strict.bind()
    await strict.share()
    assert "shareTo" not in (await strict.cancel())["updatedThing"]["itemData"]
    assert await strict.things("guest") == []
    assert await strict.notices("guest") == ["cancelShareNotify_v2", "shareNotify_v2"]
    assert strict.shares() == [("ended", "revoked")]


async def test_one_delete_means_two_things(strict: World) -> None:
    """The recipient leaves by the call with which the owner gives the device up (``delete_means_two_things``)."""
    await strict.bind()
    await strict.share()
    await strict.call("guest", "delete_device", deviceid=strict.lamp.device)
    assert (strict.holders(), strict.shares()) == ({"owner": "owner"}, [("ended", "left")])
    await strict.call("owner", "delete_device", deviceid=strict.lamp.device)
    assert strict.holders() == {}
    assert await refused(strict.call("owner", "delete_device", deviceid=strict.lamp.device)) == 405
    assert await refused(strict.call("owner", "delete_device", deviceid=ZERO)) == 30018


async def test_a_revoked_and_a_left_share_look_the_same(strict: World) -> None:
    """Both are gone from shareTo, and nothing tells why; sharing again makes a new one."""
    await strict.bind()
    await strict.share()
    await strict.cancel()
    gone = await strict.thing()
    await strict.share()
    await strict.call("guest", "delete_device", deviceid=strict.lamp.device)
    assert await strict.thing() == gone
    await strict.share()
    assert strict.shares() == [("ended", "revoked"), ("ended", "left"), ("active", None)]


async def test_a_share_needs_an_owner_and_a_recipient(strict: World) -> None:
    """Unknown people, unknown devices and other people's devices have their codes."""
    assert await refused(strict.share(deviceidList=[ZERO])) == 30018
    assert await refused(strict.share()) == 406
    await strict.bind()
    assert await refused(strict.share(user={"email": "nobody@example.com"})) == 30008
    assert await refused(strict.share("other", "guest")) == 406
    rights: dict[str, dict[str, Any]] = {"change_share_permission": {"permit": 0}, "cancel_share": {}}
    for operation, given in rights.items():
        for device, code in ((ZERO, 405), (strict.lamp.device, 406)):
            named = {"deviceid": device, "apikey": strict.user("guest").user_id}
            assert await refused(strict.call("other", operation, **given, **named)) == code


async def test_sharing_stays_in_a_region(strict: World) -> None:
    """Somebody of another region cannot be found (``sharing_stays_in_one_region``, ``stated_reason_for_failure``)."""
    await strict.bind()
    strict.cloud.move_user("guest", "eu")
    assert await refused(strict.share()) == 30008
    strict.cloud.move_user("guest", "us")
    await strict.share()


# ---------------------------------------------------------------- binding and homes


async def test_binding_fills_a_home(strict: World) -> None:
    """A device stands in the current home under its name, at the end or at the beginning."""
    bound = await strict.bind(settings={"opsNotify": 1, "opsHistory": 0})
    assert (bound["itemType"], bound["itemData"]["name"]) == (1, "lamp")
    assert bound["itemData"]["family"] == {"familyid": strict.user("owner").homes[0], "index": 0}
    assert bound["itemData"]["devicekey"] == strict.lamp.proof["apikey"]
    await strict.bind(device=strict.cloud.devices[1], sort=2)
    await strict.bind(device=strict.cloud.devices[2], sort=1)
    ids = [row["itemData"]["deviceid"] for row in await strict.things()]
    assert ids == [strict.cloud.devices[number].device for number in (1, 0, 2)]
    assert [row["index"] for row in await strict.things()] == [-1, 0, 1]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"deviceid": "no device"}, 30010),
        ({"deviceid": ZERO}, 30011),
        ({"chipid": "0"}, 30014),
        ({"digest": "0" * 64}, 30015),
        ({"familyid": "0"}, 406),
        ({"roomid": "0"}, 406),
    ],
)
async def test_what_is_wrong_with_a_proof_has_a_code(strict: World, changed: dict[str, Any], code: int) -> None:
    """Each part of a proof is looked at, and nothing is bound when one is wrong."""
    assert await refused(strict.bind(**changed)) == code
    assert strict.holders() == {}


async def test_a_device_with_a_card_is_bound_by_its_code(strict: World) -> None:
    """The last three devices have a QR code whose id binds them; a second owner is told that it is taken."""
    coded = [device for device in strict.cloud.devices if "gsm_id" in device.proof]
    assert coded == strict.cloud.devices[-3:]
    assert len(strict.cloud.devices) == 12
    device = coded[0]
    assert device.proof["qr"].endswith(f"/addGsm?id={device.proof['gsm_id']}")
    given = {"id": device.proof["gsm_id"], "name": "tracker"}
    assert (await strict.call("owner", "add_gsm_device", **given))["itemData"]["deviceid"] == device.device
    assert await refused(strict.call("guest", "add_gsm_device", **given)) == 30007


async def test_a_device_that_has_no_place_stays_where_it_is(strict: World) -> None:
    """A bind that is refused for its home or room takes no device from who has it."""
    strict.cloud.set_guess("bound_elsewhere", "moves")
    await strict.bind()
    await strict.share("other")
    assert await refused(strict.bind("guest", familyid="0")) == 406
    assert await refused(strict.bind("guest", roomid="0")) == 406
    assert strict.holders() == {"owner": "owner", "other": "guest"}


async def test_names_and_rooms(strict: World) -> None:
    """A device takes another name and a room of its home, and the recipient's own name for it stays."""
    homes = (await strict.call("owner", "list_homes"))["familyList"]
    room = homes[0]["roomList"][0]["id"]
    await strict.bind()
    await strict.share()
    named = {"deviceid": strict.lamp.device}
    await strict.call("owner", "update_device_info", **named, name="my lamp")
    await strict.call("owner", "update_device_info", **named, roomid=room)
    item = (await strict.thing())["itemData"]
    assert (item["name"], item["family"]["roomid"]) == ("my lamp", room)
    assert (await strict.thing("guest", 2))["itemData"]["name"] == "lamp"
    assert await refused(strict.call("owner", "update_device_info", **named, roomid="0")) == 406
    assert await refused(strict.call("other", "update_device_info", **named, name="x")) == 406
    assert await refused(strict.call("owner", "update_device_info", deviceid=ZERO, name="x")) == 405


async def test_homes_are_listed_one_at_a_time(strict: World) -> None:
    """A home shows its own things; without familyid the current one is meant."""
    first = strict.user("owner").homes[0]
    second = strict.cloud.add_home("owner")
    await strict.bind()
    await strict.bind(device=strict.cloud.devices[1], familyid=second)
    listed = await strict.call("owner", "list_homes", lang="en")
    assert [home["id"] for home in listed["familyList"]] == [first, second] == strict.user("owner").homes
    assert listed["currentFamilyId"] == first
    for home, number in ((None, 0), (first, 0), (second, 1)):
        (row,) = await strict.things(familyid=home)
        assert row["itemData"]["deviceid"] == strict.cloud.devices[number].device
    third = strict.cloud.add_home("owner", current=True)
    assert (await strict.call("owner", "list_homes"))["currentFamilyId"] == third
    assert await strict.things() == []
    assert await refused(strict.things(familyid=strict.user("guest").homes[0])) == 406


async def test_a_home_is_read_in_pages(strict: World) -> None:
    """Thirty come unasked, 0 asks for all, beginIndex goes on; what is hidden is in the total alone."""
    added = strict.cloud.add_devices("owner", 70)
    strict.cloud.hide_things("owner", 3)
    answer = await strict.call("owner", "list_things")
    assert (len(answer["thingList"]), answer["total"]) == (30, 73)
    assert len(await strict.things(num=0)) == 70
    found: list[Any] = []
    while page := await strict.things(num=25, beginIndex=found[-1]["index"] if found else None):
        found += page
    assert [row["itemData"]["deviceid"] for row in found] == [device.device for device in added]


async def test_things_are_read_by_id(strict: World) -> None:
    """Up to ten at once, from whichever home, each as what it is to the caller."""
    second = strict.cloud.add_home("owner")
    await strict.bind()
    await strict.bind(device=strict.cloud.devices[1], familyid=second)
    wanted = [{"itemType": 1, "id": device.device} for device in strict.cloud.devices[:2]]
    assert len((await strict.call("owner", "get_things", thingList=wanted))["thingList"]) == 2
    assert await refused(strict.thing(device=strict.cloud.devices[2])) == 405
    assert await refused(strict.thing("guest")) == 405


async def test_history_names_who_did_it(strict: World) -> None:
    """Owner and recipient are in it, the newest first; changes of shares are not."""
    await strict.bind()
    await strict.share()
    named = {"deviceid": strict.lamp.device}
    assert (await strict.call("owner", "device_history", **named))["histories"] == []
    strict.cloud.operate("owner", strict.lamp.device)
    strict.clouds.clock.advance(timedelta(seconds=1))
    strict.cloud.operate("guest", strict.lamp.device)
    rows = (await strict.call("owner", "device_history", **named))["histories"]
    assert [row["opsAccount"] for row in rows] == [strict.user(name).email for name in ("guest", "owner")]
    (older,) = (await strict.call("owner", "device_history", **named, num=1, **{"from": rows[1]["opsTime"]}))[
        "histories"
    ]
    assert older == rows[1]
    assert await refused(strict.call("other", "device_history", **named)) == 406
    assert await refused(strict.call("owner", "device_history", deviceid=ZERO)) == 405


async def test_messages_belong_to_a_home(strict: World) -> None:
    """A notice is in the home that received the device, and pages go back in time."""
    second = strict.cloud.add_home("guest")
    await strict.bind()
    for _ in range(3):
        await strict.share()
        await strict.cancel()
        strict.clouds.clock.advance(timedelta(seconds=1))
    assert await strict.notices("guest", familyid=second) == []
    listed = (await strict.call("guest", "list_messages", num=2))["messageList"]
    earlier = await strict.call("guest", "list_messages", **{"from": listed[-1]["date"] - 1000})
    assert (len(listed), len(earlier["messageList"])) == (2, 4)
    assert listed[0]["message"]["deviceid"] == strict.lamp.device


# ---------------------------------------------------------------- signing in


async def test_a_login_works_for_thirty_days(strict: World) -> None:
    """Its token names the person, expires with 402, and the refresh token gives another for sixty."""
    made = await strict.login()
    assert made["user"]["apikey"] == strict.user("owner").user_id
    assert made["region"] == "us"
    strict.clouds.clock.advance(timedelta(days=29))
    assert await strict.call(made["at"], "list_homes")
    strict.clouds.clock.advance(timedelta(days=1, seconds=1))
    assert await refused(strict.call(made["at"], "list_homes")) == 402
    renewed = await strict.refresh(made["rt"])
    assert await strict.call(renewed["at"], "list_homes")
    assert await refused(strict.refresh(made["rt"])) == 401
    strict.clouds.clock.advance(timedelta(days=61))
    assert await refused(strict.refresh(renewed["rt"])) == 402
    assert await refused(strict.refresh("0" * 40)) == 401


async def test_seeded_tokens_live_ten_years(strict: World) -> None:
    """The tokens that the cloud starts with work for years, and have refresh tokens too."""
    strict.clouds.clock.advance(timedelta(days=3600))
    assert await strict.call("owner", "list_homes")
    assert await strict.refresh(strict.cloud.refresh_token_of("owner"))
    assert await refused(strict.call("owner", "list_homes")) == 401


async def test_a_later_login_ends_the_earlier(strict: World) -> None:
    """One app and one account hold one token (``session_eviction``); another app's and another person's live on."""
    before, personal = strict.cloud.refresh_token_of("owner"), strict.cloud.oauth_tokens("owner")
    made = await strict.login()
    assert await refused(strict.call("owner", "list_homes")) == 401
    assert await refused(strict.refresh(before)) == 401
    for token in (made["at"], personal["accessToken"], strict.user("guest").token):
        assert await strict.call(token, "list_homes")


async def test_a_login_may_fail(strict: World) -> None:
    """Unknown people, wrong passwords and unknown countries have their codes."""
    assert await refused(strict.login(password="wrong")) == 10001
    assert await refused(strict.login(email="nobody@example.com")) == 10003
    assert await refused(strict.login(phoneNumber="13800000001", countryCode="+1")) == 10003
    # The phone wins over the e-mail address beside it.
    made = await strict.login("guest", phoneNumber="13800000002", email=strict.user("owner").email, lang="en")
    assert made["user"]["nickname"] == "guest"


async def test_another_region_is_named(strict: World) -> None:
    """A login elsewhere answers 10004 with the region whose address then works (``region_moves_the_host``)."""
    strict.cloud.move_user("owner", "eu")
    with pytest.raises(RefusedError) as caught:
        await strict.login()
    assert (caught.value.code, caught.value.data) == (10004, {"region": "eu"})
    region = caught.value.data["region"]
    assert strict.cloud.region_urls[region] == f"{strict.cloud.base_url}/eu"
    made = await strict.login(region=region)
    assert made["region"] == "eu"
    assert await strict.call(made["at"], "list_homes", region=region)
    assert await refused(strict.call(made["at"], "list_homes")) == 401


async def test_the_base_url_is_region_us(strict: World) -> None:
    """Both addresses of us give the same answer, and there are four regions."""
    assert await strict.call("owner", "list_homes") == await strict.call("owner", "list_homes", region="us")
    assert sorted(strict.cloud.region_urls) == ["as", "cn", "eu", "us"]
    with pytest.raises(ValueError, match="no region"):
        strict.cloud.move_user("owner", "mars")


async def test_a_signature_covers_the_exact_bytes(strict: World) -> None:
    """The same JSON written otherwise than it was signed is refused; so is a secret of another app."""
    user = strict.user("owner")
    given = {"countryCode": "+86", "email": user.email, "password": user.password}
    secret = strict.cloud.app["app_secret"].encode()
    proof = base64.b64encode(hmac.new(secret, json.dumps(given).encode(), hashlib.sha256).digest()).decode()
    headers = {"Authorization": f"Sign {proof}", "X-CK-Appid": strict.cloud.app["app_id"]}
    compact = json.dumps(given, separators=(",", ":"))
    assert await refused(strict.send("login", {}, headers=headers, data=compact)) == 401
    wrong = strict.signed("login", given, secret=strict.cloud.app["personal_app_secret"])
    assert await refused(wrong) == 401


async def test_oauth_cannot_share(strict: World) -> None:
    """What OAuth gave to a personal app reads homes and things, and nothing else (``oauth_cannot_share``)."""
    token = (await strict.exchange(strict.cloud.oauth_code("owner")))["accessToken"]
    assert await strict.call(token, "list_homes")
    assert await strict.call(token, "list_things")
    subset = set(CONTRACT.section("credential_tiers")["oauth_subset"])
    closed = [name for name in WITH_TOKEN if f"{ENDPOINTS[name]['method']} {ENDPOINTS[name]['path']}" not in subset]
    assert {"share_devices", "cancel_share", "add_device", "delete_device"} < set(closed)
    for name in closed:
        assert await refused(strict.call(token, name, **filled(name))) == 407
    assert await refused(strict.login(app="personal_")) == 407


async def test_an_oauth_code_works_once_for_thirty_seconds(strict: World) -> None:
    """It gives tokens with the moments at which they end; used, old or of another app it is dead."""
    made = await strict.exchange(strict.cloud.oauth_code("owner"))
    now = strict.clouds.clock.now().timestamp()
    assert abs(made["atExpiredTime"] / 1000 - now - 30 * 86400) < 60
    assert abs(made["rtExpiredTime"] / 1000 - now - 60 * 86400) < 60
    code = strict.cloud.oauth_code("owner")
    assert await refused(strict.exchange(code, app="")) == 405
    assert await strict.exchange(code)
    assert await refused(strict.exchange(code)) == 405
    code = strict.cloud.oauth_code("owner")
    strict.clouds.clock.advance(timedelta(seconds=31))
    assert await refused(strict.exchange(code)) == 405
    renewed = await strict.signed(
        "refresh_token", {"rt": strict.cloud.oauth_tokens("guest")["refreshToken"]}, app="personal_"
    )
    assert await strict.call(renewed["at"], "list_homes")
    assert await refused(strict.call(renewed["at"], "list_messages")) == 407


async def test_a_renewal_may_show_a_token(strict: World) -> None:
    """In place of a signature the access token of the same session does."""
    made = await strict.login()
    headers = {"Authorization": f"Bearer {made['at']}"}
    assert await strict.send("refresh_token", {"rt": made["rt"]}, headers=headers)
    assert await refused(strict.send("refresh_token", {"rt": made["rt"]}, headers={})) == 407
    headers = {"Authorization": "Bearer nothing"}
    assert await refused(strict.send("refresh_token", {"rt": made["rt"]}, headers=headers)) == 401


@pytest.mark.parametrize("name", WITH_TOKEN)
async def test_a_stranger_is_refused_everywhere(strict: World, name: str) -> None:
    """Without a token, or with one that nobody holds, every call answers 401."""
    assert await refused(strict.send(name, filled(name))) == 401
    assert await refused(strict.call("0" * 40, name, **filled(name))) == 401


# ---------------------------------------------------------------- the contract is judged


SAMPLES: Final[dict[str, Any]] = {
    "apikey": "nobody",
    "chipid": "0",
    "code": "0",
    "countryCode": "+86",
    "deviceid": ZERO,
    "deviceidList": [ZERO],
    "digest": "0",
    "email": "owner@example.com",
    "grantType": "authorization_code",
    "id": "0",
    "name": "lamp",
    "password": "wrong",
    "permit": 0,
    "redirectUrl": "https://example.com/back",
    "rt": "0",
    "thingList": [{"itemType": 1, "id": ZERO}],
    "user": {"email": "guest@example.com"},
}
"""A value of the right kind for every required parameter."""


def filled(operation: str) -> dict[str, Any]:
    """Return what a call needs at least."""
    given = {entry["name"]: SAMPLES[entry["name"]] for entry in ENDPOINTS[operation]["params"] if entry["required"]}
    return given | ({"email": SAMPLES["email"]} if operation == "login" else {})


async def probe(world: World, operation: str, body: Any, query: Any = None) -> int:
    """Send a call as the owner with just these parts, and return its code."""
    entry = ENDPOINTS[operation]
    data = None if body is None else json.dumps(body)
    headers = {"Authorization": f"Bearer {world.user('owner').token}"}
    if operation in SIGNED and data is not None:
        key = world.cloud.app["app_secret"].encode()
        proof = base64.b64encode(hmac.new(key, data.encode(), hashlib.sha256).digest()).decode()
        headers = {"Authorization": f"Sign {proof}", "X-CK-Appid": world.cloud.app["app_id"]}
    _, answer = await world.http(entry["method"], entry["path"], data=data, params=query, headers=headers)
    return int(answer["error"])


def parts(operation: str, given: dict[str, Any]) -> tuple[Any, dict[str, str]]:
    """Divide parameters into the body and the query where the contract wants them."""
    places = {entry["name"]: entry["in"] for entry in ENDPOINTS[operation]["params"]}
    query = {name: str(value) for name, value in given.items() if places[name] == "query"}
    body = {name: value for name, value in given.items() if name not in query}
    return (body if ENDPOINTS[operation]["method"] == "POST" else None), query


REQUIRED: Final = [(name, each["name"]) for name in ENDPOINTS for each in ENDPOINTS[name]["params"] if each["required"]]
EVERY: Final = [(name, each["name"]) for name in ENDPOINTS for each in ENDPOINTS[name]["params"]]


def test_every_call_of_the_contract_is_answered(world: World) -> None:
    """No call lacks a handler, no handler a call, and every path lies below a root that the origin serves."""
    assert set(HANDLERS) == set(WITH_TOKEN)
    assert set(SIGNED) == {"login", "refresh_token", "oauth_token"}
    assert world.cloud.operations() == set(ENDPOINTS)
    assert all(entry["path"].startswith(EwelinkCloud.ROOTS) for entry in ENDPOINTS.values())
    print(f"{len(ENDPOINTS)} calls, {len(EVERY)} parameters, {len(LISTED_CODES)} listed codes")  # noqa: T201 - the count is the point


@pytest.mark.parametrize("operation", ENDPOINTS)
async def test_what_a_call_needs_at_least_is_no_violation(strict: World, operation: str) -> None:
    """The required parameters alone are a right call, whatever becomes of it."""
    await probe(strict, operation, *parts(operation, filled(operation)))


@pytest.mark.parametrize(("operation", "parameter"), REQUIRED)
async def test_a_missing_parameter_is_a_violation(world: World, operation: str, parameter: str) -> None:
    """Leaving out what is required, or leaving it empty, is kept and answered with 400."""
    given = {name: value for name, value in filled(operation).items() if name != parameter}
    assert await probe(world, operation, *parts(operation, given)) == 400
    assert await probe(world, operation, *parts(operation, {**given, parameter: ""})) == 400
    assert world.kept()[0] == (parameter, "missing")
    assert len(world.kept()) == 2


@pytest.mark.parametrize(("operation", "parameter"), EVERY)
async def test_wrong_types_and_places_are_violations(world: World, operation: str, parameter: str) -> None:
    """A parameter of a wrong type, or in the query instead of the body, is kept and answered with 400."""
    entry = next(each for each in ENDPOINTS[operation]["params"] if each["name"] == parameter)
    body, query = parts(operation, {name: value for name, value in filled(operation).items() if name != parameter})
    if entry["in"] == "body":
        odd: tuple[Any, ...] = ({"no": "such"}, [{}], True, 7.5)
        for wrong in odd:
            assert await probe(world, operation, {**body, parameter: wrong}, query) == 400
        assert {what for name, what in world.kept() if name == parameter} <= {"wrong_type", "missing"}
        world.cloud.violations.clear()
        assert await probe(world, operation, body, {**query, parameter: "1"}) == 400
    else:
        if entry["type"] == "integer":
            assert await probe(world, operation, body, {**query, parameter: "some"}) == 400
            assert world.kept() == [(parameter, "wrong_type")]
            world.cloud.violations.clear()
        assert await probe(world, operation, {parameter: "1"}, query) == 400
    assert world.kept() == [(parameter, "misplaced")]


@pytest.mark.parametrize("operation", ENDPOINTS)
async def test_strangers_among_parameters_are_violations(world: World, operation: str) -> None:
    """What the contract does not name is kept, in the query and in the body."""
    body, query = parts(operation, filled(operation))
    assert await probe(world, operation, body, {**query, "stranger": "1"}) == 400
    assert await probe(world, operation, {**(body or {}), "stranger": 1}, query) == 400
    assert world.kept() == [("stranger", "unknown")] * 2


@pytest.mark.parametrize(
    ("operation", "changed", "expected"),
    [
        ("login", {"countryCode": "86"}, ("countryCode", "wrong_type")),
        ("login", {"lang": "de"}, ("lang", "wrong_type")),
        ("login", {"email": None}, ("phoneNumber", "missing")),
        ("oauth_token", {"grantType": "password"}, ("grantType", "wrong_type")),
        ("add_device", {"sort": 3}, ("sort", "wrong_type")),
        ("add_device", {"settings": {"opsNotify": 2}}, ("settings.opsNotify", "wrong_type")),
        ("add_device", {"settings": {"alarmNotify": True}}, ("settings.alarmNotify", "wrong_type")),
        ("add_device", {"settings": {"stranger": 1}}, ("settings.stranger", "unknown")),
        ("add_gsm_device", {"sort": 0}, ("sort", "wrong_type")),
        ("get_things", {"thingList": []}, ("thingList", "wrong_type")),
        ("get_things", {"thingList": SAMPLES["thingList"] * 11}, ("thingList", "wrong_type")),
        ("get_things", {"thingList": ["0"]}, ("thingList", "wrong_type")),
        ("get_things", {"thingList": [{"id": ZERO}]}, ("thingList[].itemType", "missing")),
        ("get_things", {"thingList": [{"itemType": "1", "id": ZERO}]}, ("thingList[].itemType", "wrong_type")),
        ("share_devices", {"permit": 16}, ("permit", "wrong_type")),
        ("share_devices", {"permit": -1}, ("permit", "wrong_type")),
        ("share_devices", {"deviceidList": []}, ("deviceidList", "missing")),
        ("share_devices", {"deviceidList": [7]}, ("deviceidList", "wrong_type")),
        ("share_devices", {"user": {}}, ("user", "missing")),
        ("share_devices", {"user": {"phoneNumber": "+8613800000002"}}, ("user.countryCode", "missing")),
        ("share_devices", {"user": {"email": "a@example.com", "name": "x"}}, ("user.name", "unknown")),
        ("share_devices", {"shareType": 2}, ("shareType", "wrong_type")),
        ("change_share_permission", {"permit": 16}, ("permit", "wrong_type")),
        ("device_history", {"num": 0}, ("num", "wrong_type")),
        ("device_history", {"num": 31}, ("num", "wrong_type")),
        ("list_messages", {"num": 31}, ("num", "wrong_type")),
        ("list_things", {"num": "9" * 19}, ("num", "wrong_type")),
    ],
)
async def test_values_are_judged(
    world: World, operation: str, changed: dict[str, Any], expected: tuple[str, str]
) -> None:
    """Lists of values, ranges, bits, counts of items and fields of objects are the contract's."""
    given = {name: value for name, value in {**filled(operation), **changed}.items() if value is not None}
    assert await probe(world, operation, *parts(operation, given)) == 400
    assert world.kept() == [expected]


async def test_a_negative_page_is_refused(strict: World) -> None:
    """The contract bounds num of list_things from neither side, so a senseless one is refused without a violation."""
    assert await refused(strict.things(num=-1)) == 400


async def test_a_parameter_twice_is_a_violation(world: World) -> None:
    """Whoever names a device twice says one thing twice."""
    headers = {"Authorization": f"Bearer {world.user('owner').token}"}
    _, body = await world.http("DELETE", f"/v2/device?deviceid={ZERO}&deviceid=1", headers=headers)
    assert (body["error"], world.kept()) == (400, [("deviceid", "duplicate")])


@pytest.mark.parametrize("data", [b"", b"[]", b"no json", b"[" * 100_000])
async def test_a_body_has_to_be_an_object(world: World, data: bytes) -> None:
    """What is no JSON object is kept and answered with 400."""
    headers = {"Authorization": f"Bearer {world.user('owner').token}"}
    _, body = await world.http("POST", "/v2/device/share", data=data, headers=headers)
    assert body["error"] == 400
    assert ("body", "wrong_type") in world.kept()


async def test_headers_are_never_judged(strict: World) -> None:
    """JSON is read whatever its Content-Type says, and a nonce and the app id may be there or not."""
    headers = {
        "Authorization": f"Bearer {strict.user('owner').token}",
        "Content-Type": "application/x-www-form-urlencoded",
        "X-CK-Nonce": "abcd1234",
        "X-CK-Appid": strict.cloud.app["app_id"],
    }
    data = json.dumps({"thingList": [{"itemType": 1, "id": ZERO}]})
    _, body = await strict.http("POST", "/v2/device/thing", data=data, headers=headers)
    assert body["error"] == 405


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v2/nothing"), ("PUT", "/v2/device"), ("GET", "/moon/v2/family"), ("DELETE", "/v2/user/logout")],
)
async def test_unknown_paths_are_violations(world: World, method: str, path: str) -> None:
    """403 in the body is an unknown path (``http_403_means_two_things``)."""
    status, body = await world.http(method, path)
    assert (status, body["error"]) == (200, 403)
    assert [each.what for each in world.cloud.violations] == ["unknown_operation"]


async def test_the_origin_answers_absolute_paths(strict: World) -> None:
    """A client that knows the server's origin alone reaches region us by the vendor's own paths."""
    headers = {"Authorization": f"Bearer {strict.user('owner').token}"}
    origin = strict.cloud.base_url.removesuffix("/ewelink")
    for path in ("/v2/family", "/v2/device/thing", "/v2/message/read"):
        async with strict.session.get(f"{origin}{path}", headers=headers) as answer:
            assert (await answer.json())["error"] == 0


# ---------------------------------------------------------------- what the base gives


@pytest.mark.parametrize(("operation", "code"), LISTED_CODES)
async def test_every_listed_code_can_be_forced(strict: World, operation: str, code: int) -> None:
    """A forced code comes in the vendor's envelope, and nothing is executed."""
    strict.cloud.faults.add("code", operation=operation, code=code)
    with pytest.raises(RefusedError) as caught:
        await strict.send(operation, filled(operation))
    assert caught.value.code == code
    assert caught.value.data == ({"region": "eu"} if code == 10004 else {})
    assert [(each.code, each.effect) for each in strict.cloud.requests] == [(str(code), False)]


async def _listed(world: World) -> int:
    return len(await world.things("guest"))


async def _read(world: World) -> int:
    try:
        return len([await world.thing("guest", 2)])
    except RefusedError:
        return 0


async def _told(world: World) -> int:
    return len(await world.notices("guest"))


@pytest.mark.parametrize(
    ("operation", "count"), [("list_things", _listed), ("get_things", _read), ("list_messages", _told)]
)
async def test_lists_may_lag(strict: World, operation: str, count: Callable[[World], Awaitable[int]]) -> None:
    """A lagging list does not show what has just changed; the state knows it, and so does the next list."""
    await strict.bind()
    strict.cloud.faults.add("lag", operation=operation, seconds=60)
    await strict.share()
    assert await count(strict) == 0
    assert strict.shares() == [("active", None)]
    assert await count(strict) == 1


async def test_a_lagging_list_shows_old_fields(strict: World) -> None:
    """A new name, other rights and a share that was taken back are still as they were."""
    await strict.bind()
    await strict.share()
    strict.cloud.faults.add("lag", operation="get_things", seconds=60)
    await strict.permit(7)
    await strict.call("owner", "update_device_info", deviceid=strict.lamp.device, name="new")
    await strict.cancel()
    item = (await strict.thing())["itemData"]
    assert (item["name"], item["shareTo"][0]["permit"]) == ("lamp", 0)
    item = (await strict.thing())["itemData"]
    assert (item["name"], "shareTo" in item) == ("new", False)


async def test_answers_can_be_rewritten(strict: World) -> None:
    """A test may let the cloud answer with a number of a later release."""
    strict.cloud.rewrite = lambda _operation, body: {**body, "data": {"familyList": [], "later": 1}}
    assert (await strict.call("owner", "list_homes"))["later"] == 1


async def test_requests_name_their_caller(strict: World) -> None:
    """The record knows who asked, what came of it and whether it changed something."""
    await strict.bind()
    await strict.things("guest")
    await strict.login()
    kept = [(each.operation, each.caller, each.code, each.effect) for each in strict.cloud.requests]
    assert kept == [
        ("add_device", "owner", "0", True),
        ("list_things", "guest", "0", False),
        ("login", None, "0", True),
    ]


async def test_the_same_seed_makes_the_same_world() -> None:
    """Ids, tokens and devices come back with the seed and after a reset, and differ with another seed."""
    seen: list[dict[str, object]] = []
    for seed in (7, 7, 8):
        async with emulate(EwelinkCloud, seed=seed) as clouds:
            cloud = cast("EwelinkCloud", clouds["ewelink"])
            before = {**cloud.describe(), "base_url": ""}
            cloud.add_devices("owner", 3)
            cloud.move_user("owner", "cn")
            clouds.reset()
            assert {**cloud.describe(), "base_url": ""} == before
            seen.append(before)
    assert seen[0] == seen[1] != seen[2]


# ---------------------------------------------------------------- staging


async def test_tokens_are_ended(strict: World) -> None:
    """Every access token of a person expires at once, and the refresh tokens give others."""
    made, personal = await strict.login("owner"), strict.cloud.oauth_tokens("owner")
    strict.cloud.end_tokens("owner")
    for token in (made["at"], personal["accessToken"]):
        assert await refused(strict.call(token, "list_homes")) == 402
    assert await strict.call("guest", "list_homes")
    renewed = await strict.refresh(strict.cloud.refresh_token_of("owner"))
    assert await strict.call(renewed["at"], "list_homes")
    with pytest.raises(LookupError, match="nobody"):
        strict.cloud.end_tokens("nobody")


async def test_a_person_is_evicted(strict: World) -> None:
    """Somebody else's login ends the token and its refresh token; another login works again."""
    before = strict.cloud.refresh_token_of("owner")
    strict.cloud.evict("owner")
    assert await refused(strict.call("owner", "list_homes")) == 401
    assert await refused(strict.refresh(before)) == 401
    assert await strict.call((await strict.login())["at"], "list_homes")


async def test_guests_are_added_to_a_device(strict: World) -> None:
    """So many made-up people stand in shareTo, and each can be taken out of it."""
    with pytest.raises(LookupError, match="nobody has bound"):
        strict.cloud.add_guests("", strict.lamp.device, 1)
    await strict.bind()
    added = strict.cloud.add_guests("", strict.lamp.device, 250)
    rows = (await strict.thing())["itemData"]["shareTo"]
    assert {row["apikey"] for row in rows} == {user.user_id for user in added}
    await strict.call("owner", "cancel_share", deviceid=strict.lamp.device, apikey=added[0].user_id)
    assert len((await strict.thing())["itemData"]["shareTo"]) == len(added) - 1 == 249


async def test_added_devices_can_be_bound_again(strict: World) -> None:
    """They are the person's own, in the first home, and have what proves them."""
    second = strict.cloud.add_home("owner", current=True)
    (added,) = strict.cloud.add_devices("owner", 1)
    assert await strict.things(familyid=second) == []
    await strict.call("owner", "delete_device", deviceid=added.device)
    await strict.bind("guest", added)


async def test_a_home_can_be_broken_until_the_reset(strict: World) -> None:
    """The list of a broken home answers 500, that of a second one goes on, and ids are still read."""
    second = strict.cloud.add_home("owner")
    await strict.bind()
    strict.cloud.break_home("owner")
    assert await refused(strict.things()) == 500
    assert await strict.things(familyid=second) == []
    assert await strict.thing()
    strict.clouds.reset()
    assert await strict.things() == []


# ---------------------------------------------------------------- guesses


async def _limits(world: World) -> Any:
    return [await outcome(world.call("owner", "list_homes")) for _ in range(2)]


async def _over_limit(world: World) -> Any:
    world.cloud.set_guess("limits", "kept")
    await world.call("owner", "list_homes")
    headers = {"Authorization": f"Bearer {world.user('owner').token}"}
    status, body = await world.http("GET", "/v2/family", headers=headers)
    return status, (body or {}).get("error")


async def _error_status(world: World) -> Any:
    return (await world.http("GET", "/v2/family"))[0]


async def _bad_signature(world: World) -> Any:
    return await refused(world.signed("login", filled("login"), secret="wrong"))


async def _unknown_app(world: World) -> Any:
    return await refused(
        world.send("login", filled("login"), headers={"X-CK-Appid": "nobody", "Authorization": "Sign x"})
    )


async def _expired_may_refresh(world: World) -> Any:
    headers = {"Authorization": f"Bearer {world.user('owner').token}"}
    world.cloud.end_tokens("owner")
    given = {"rt": world.cloud.refresh_token_of("owner")}
    return await outcome(world.send("refresh_token", given, headers=headers))


async def _refresh_ends(world: World) -> Any:
    await world.refresh(world.cloud.refresh_token_of("owner"))
    return await outcome(world.call("owner", "list_homes"))


async def _used_refresh(world: World) -> Any:
    token = world.cloud.refresh_token_of("owner")
    await world.refresh(token)
    return await refused(world.refresh(token))


async def _expired_refresh(world: World) -> Any:
    token = (await world.login())["rt"]
    world.clouds.clock.advance(timedelta(days=61))
    return await refused(world.refresh(token))


async def _dead_code(world: World) -> Any:
    return await refused(world.exchange("0"))


async def _enterprise_oauth(world: World) -> Any:
    made = await world.exchange(world.cloud.oauth_code("owner", enterprise=True), app="")
    return await outcome(world.call(made["accessToken"], "list_messages"))


async def _token_elsewhere(world: World) -> Any:
    with pytest.raises(RefusedError) as caught:
        await world.call("owner", "list_homes", region="eu")
    return caught.value.code, caught.value.data


async def _login_phone(world: World) -> Any:
    return [await outcome(world.login("owner", phoneNumber=number)) for number in ("+8613800000001", "13800000001")]


async def _cross_region(world: World) -> Any:
    await world.bind()
    world.cloud.move_user("guest", "cn")
    return await refused(world.share())


async def _signed_out(world: World) -> Any:
    await world.bind()
    world.cloud.end_tokens("guest")
    return await outcome(world.share())


async def _share_again(world: World) -> Any:
    await world.bind()
    await world.share(permit=1, comment="first")
    code = await outcome(world.share(permit=2, comment="second"))
    (row,) = (await world.thing())["itemData"]["shareTo"]
    return code, row["permit"], row["comment"], len(world.shares())


async def _share_list(world: World) -> Any:
    await world.bind()
    code = await outcome(world.share(deviceidList=[ZERO, world.lamp.device]))
    return code, len(world.shares()), await outcome(world.share(deviceidList=[ZERO]))


async def _with_oneself(world: World) -> Any:
    await world.bind()
    return await refused(world.share("owner"))


async def _share_types(world: World) -> Any:
    await world.bind()
    code = await outcome(world.share(shareType=2))
    kept = world.kept()
    world.cloud.violations.clear()
    return code, kept


async def _share_on(world: World) -> Any:
    await world.bind()
    await world.share()
    codes = [await outcome(world.share("other", "guest")), await refused(world.share("owner", "guest"))]
    given = [row["nickname"] for row in (await world.thing("guest", 2))["itemData"].get("shareTo", [])]
    taken = world.call("guest", "cancel_share", deviceid=world.lamp.device, apikey=world.user("other").user_id)
    return [*codes, given, await outcome(taken), len(world.holders())]


async def _cancel_gone(world: World) -> Any:
    await world.bind()
    return await outcome(world.cancel())


async def _updated_name(world: World) -> Any:
    await world.bind()
    answers = [await world.share(), await world.permit(3), await world.cancel()]
    return [f"{name} {type(value).__name__}" for answer in answers for name, value in answer.items()]


async def _contacts(world: World) -> Any:
    await world.bind()
    await world.share()
    rows = [(await world.thing())["itemData"]["shareTo"][0], (await world.thing("guest", 2))["itemData"]["sharedBy"]]
    return [[name for name in ("email", "phoneNumber") if name in row] for row in rows]


async def _received_in(world: World) -> Any:
    second = world.cloud.add_home("guest")
    await world.bind()
    await world.share()
    return [len(await world.things("guest", familyid=home)) for home in (world.user("guest").homes[0], second)]


async def _page_begins(world: World) -> Any:
    world.cloud.add_devices("owner", 3)
    return [row["index"] for row in await world.things(beginIndex=1)]


async def _unpaged(world: World) -> Any:
    world.cloud.add_devices("owner", 31)
    return [await outcome(world.things(num=number)) for number in (0, 31, 30)]


async def _absent(world: World) -> Any:
    await world.bind()
    wanted = [{"itemType": 1, "id": ZERO}, {"itemType": 1, "id": world.lamp.device}]
    try:
        return len((await world.call("owner", "get_things", thingList=wanted))["thingList"])
    except RefusedError as error:
        return error.code


async def _item_type(world: World) -> Any:
    await world.bind()
    return await outcome(world.thing(kind=2))


async def _strange_home(world: World) -> Any:
    await world.bind()
    moved = world.call("owner", "update_device_info", deviceid=world.lamp.device, roomid="0")
    return await refused(world.things(familyid="0")), await refused(moved)


async def _foreign(world: World) -> Any:
    return await refused(world.share()), await refused(world.cancel())


async def _bound_elsewhere(world: World) -> Any:
    await world.bind()
    await world.share("other")
    code = await outcome(world.bind("guest"))
    return code, world.holders()


async def _bound_again(world: World) -> Any:
    await world.bind()
    gsm = {"id": world.cloud.devices[-1].proof["gsm_id"], "name": "tracker"}
    await world.call("owner", "add_gsm_device", **gsm)
    return await outcome(world.bind()), await outcome(world.call("owner", "add_gsm_device", **gsm))


async def _unknown_gsm(world: World) -> Any:
    return await refused(world.call("owner", "add_gsm_device", id="0", name="x"))


async def _not_held(world: World) -> Any:
    return await refused(world.call("owner", "delete_device", deviceid=world.lamp.device))


async def _delete_ends(world: World) -> Any:
    await world.bind()
    await world.share()
    await world.call("owner", "delete_device", deviceid=world.lamp.device)
    return len(await world.things("guest")), world.shares(), (await world.notices("guest"))[0]


async def _recipient_renames(world: World) -> Any:
    await world.bind()
    await world.share()
    code = await outcome(world.call("guest", "update_device_info", deviceid=world.lamp.device, name="mine"))
    return code, (await world.thing("guest", 2))["itemData"]["name"], (await world.thing())["itemData"]["name"]


async def _recipient_history(world: World) -> Any:
    await world.bind()
    await world.share()
    return await outcome(world.call("guest", "device_history", deviceid=world.lamp.device))


async def _from_includes(world: World) -> Any:
    await world.bind()
    await world.share()
    (message,) = (await world.call("guest", "list_messages"))["messageList"]
    return len(await world.notices("guest", **{"from": message["date"]}))


async def _leaving_tells(world: World) -> Any:
    await world.bind()
    await world.share()
    await world.call("guest", "delete_device", deviceid=world.lamp.device)
    return await world.notices("owner")


Probe = Callable[[World], Awaitable[Any]]
NAMED: Final = "updatedThing"
TOLD: Final = "cancelShareNotify_v2"
EXPECTED: Final[dict[str, tuple[Probe, tuple[Any, ...]]]] = {
    "limits": (_limits, ([0, 0], [0, 412])),
    "over_limit": (_over_limit, ((200, 412), (403, None))),
    "error_http_status": (_error_status, (200, 400)),
    "bad_signature_code": (_bad_signature, (401, 400, 407)),
    "unknown_app_code": (_unknown_app, (407, 401)),
    "expired_token_may_refresh": (_expired_may_refresh, (0, 402)),
    "refresh_ends_access_token": (_refresh_ends, (401, 0)),
    "used_refresh_token_code": (_used_refresh, (401, 402)),
    "expired_refresh_token_code": (_expired_refresh, (402, 401)),
    "dead_oauth_code": (_dead_code, (405, 400)),
    "enterprise_oauth": (_enterprise_oauth, (0, 407)),
    "token_elsewhere": (_token_elsewhere, ((401, {}), (10004, {"region": "us"}))),
    "login_phone": (_login_phone, ([0, 0], [0, 10003], [10003, 0])),
    "cross_region_share": (_cross_region, (30008, 406)),
    "share_with_signed_out": (_signed_out, (0, 30008)),
    "share_again": (_share_again, ((0, 2, "second", 1), (0, 1, "first", 1), (406, 1, "first", 1))),
    "share_list": (_share_list, ((30018, 0, 30018), (0, 1, 30018))),
    "share_with_oneself": (_with_oneself, (406, 400, 30008)),
    "other_share_types": (_share_types, ((400, [("shareType", "wrong_type")]), (0, []))),
    "recipient_may_share": (_share_on, ([406, 406, [], 406, 2], [0, 406, ["other"], 0, 2])),
    "cancel_gone": (_cancel_gone, (405, 0)),
    "updated_thing_name": (
        _updated_name,
        (
            [f"{NAMED}List list", f"{NAMED} dict", f"{NAMED} dict"],
            [f"{NAMED} list", f"{NAMED} dict", f"{NAMED} dict"],
            [f"{NAMED}List list"] * 3,
        ),
    ),
    "contacts_shown": (_contacts, ([["email", "phoneNumber"]] * 2, [["email"]] * 2, [["phoneNumber"]] * 2)),
    "received_in": (_received_in, ([1, 0], [1, 1])),
    "page_begins": (_page_begins, ([2], [1, 2])),
    "unpaged_above_30": (_unpaged, ([0, 0, 0], [500, 500, 0])),
    "absent_thing": (_absent, (405, 1)),
    "item_type": (_item_type, (405, 0)),
    "strange_home_code": (_strange_home, ((406, 406), (405, 405))),
    "foreign_device_code": (_foreign, ((406, 406), (405, 405))),
    "bound_elsewhere": (_bound_elsewhere, ((406, {"owner": "owner", "other": "guest"}), (0, {"guest": "owner"}))),
    "bound_again": (_bound_again, ((0, 0), (406, 406))),
    "unknown_gsm_id": (_unknown_gsm, (400, 405)),
    "delete_not_held": (_not_held, (405, 406)),
    "delete_ends_shares": (
        _delete_ends,
        ((0, [("ended", "owner_gone")], TOLD), (1, [("active", None)], "shareNotify_v2")),
    ),
    "recipient_may_rename": (_recipient_renames, ((406, "lamp", "lamp"), (0, "mine", "lamp"))),
    "recipient_reads_history": (_recipient_history, (0, 406)),
    "from_includes": (_from_includes, (1, 0)),
    "leaving_tells_owner": (_leaving_tells, ([], [TOLD])),
}


def test_every_guess_is_tested_with_every_value() -> None:
    """The table above has a row for each switch and an expectation for each of its values."""
    assert [guess.name for guess in GUESSES] == list(EXPECTED)
    assert all(len(EXPECTED[guess.name][1]) == len(guess.values) for guess in GUESSES)


@pytest.mark.parametrize(
    ("name", "index"), [(guess.name, index) for guess in GUESSES for index in range(len(EXPECTED[guess.name][1]))]
)
async def test_a_guess_changes_what_it_says(strict: World, name: str, index: int) -> None:
    """Each value of each switch makes the cloud answer as its name says."""
    asked, answers = EXPECTED[name]
    strict.cloud.set_guess(name, strict.cloud.guesses[name].values[index])
    assert await asked(strict) == answers[index]


async def test_a_thing_may_have_two_names(strict: World) -> None:
    """What sharing answers is called updatedThingList or updatedThing (``updated_thing_has_two_names``)."""
    await strict.bind()
    assert list(await strict.share()) == ["updatedThingList"]
    strict.cloud.set_guess("updated_thing_name", "updatedThing")
    assert list(await strict.share()) == ["updatedThing"]


async def test_a_spent_quota_may_be_a_bare_403(strict: World) -> None:
    """Then the HTTP status speaks alone, for there is no body to read (``http_403_means_two_things``)."""
    strict.cloud.set_guess("limits", "kept")
    strict.cloud.set_guess("over_limit", "HTTP 403")
    assert await strict.call("owner", "list_homes")
    headers = {"Authorization": f"Bearer {strict.user('owner').token}"}
    assert await strict.http("GET", "/v2/family", headers=headers) == (403, None)
    assert list(strict.cloud.faults) == []
    strict.clouds.clock.advance(timedelta(milliseconds=501))
    assert await strict.call("owner", "list_homes")


async def test_three_hundred_calls_in_five_minutes_are_the_most(strict: World) -> None:
    """However far apart they are, the 301st within five minutes is refused, and later ones are answered again."""
    strict.cloud.set_guess("limits", "kept")
    for _ in range(300):
        assert await strict.call("owner", "list_homes")
        strict.clouds.clock.advance(timedelta(milliseconds=600))
    assert await refused(strict.call("owner", "list_homes")) == 412
    strict.clouds.clock.advance(timedelta(minutes=5))
    assert await strict.call("owner", "list_homes")
