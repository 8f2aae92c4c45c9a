"""Quectel's emulated cloud, called by a bare HTTP client as any client of the real one would."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
import attrs
import pytest

from sharebind.emulator import Clouds, Contract, Device, EmulatedClock, Request, Violation, emulate
from sharebind_quectel.emulator import QuectelCloud
from sharebind_quectel.emulator.aes import encrypt_block, encrypted_password
from sharebind_quectel.emulator.guesses import GUESSES

CONTRACT = Contract.beside("sharebind_quectel.emulator")
ENDPOINTS = CONTRACT.named("endpoints")
HOUR = 3_600_000

EMULATED = (
    "emailPwdLogin",
    "phonePwdLogin",
    "refreshToken",
    "userLogout",
    "userInfo",
    "getDeviceInfoByBinding",
    "bindDeviceDk",
    "bindDeviceSn",
    "deviceBindingByPureBt",
    "deviceBindingByWifi",
    "deviceInfo",
    "userDeviceList",
    "unbundlingDeviceDk",
    "setDeviceInfo",
    "shareInfo",
    "setShareTime",
    "shareByUid",
    "ownerUserUnshareDevice",
    "deviceShareUserList",
    "shareDevice",
    "shareUserUnshareDevice",
    "changeShareDeviceName",
)


@attrs.frozen
class Caller:
    """Call the cloud as one user, with parameters in the query, or in the body where the contract has them there."""

    http: aiohttp.ClientSession
    cloud: QuectelCloud
    token: str

    async def __call__(self, name: str, /, **params: Any) -> tuple[int, Any]:
        """Return code and data of one call."""
        endpoint = ENDPOINTS[name]
        headers = {"Authorization": self.token} if self.token else {}
        url = self.cloud.base_url + endpoint["path"]
        in_body = endpoint["send_as"] == "json body"
        query = {} if in_body else {key: str(value) for key, value in params.items()}
        body = params if in_body else None
        async with self.http.request(endpoint["method"], url, params=query, json=body, headers=headers) as reply:
            body = await reply.json()
            assert set(body) == {"code", "msg", "data", "extMsg"}
            return body["code"], body["data"]

    async def ok(self, name: str, /, **params: Any) -> Any:
        """Return the data of a call that must succeed."""
        code, data = await self(name, **params)
        assert code == 200, (name, code)
        return data

    async def refused(self, name: str, /, **params: Any) -> int:
        """Return the code of a call that must be refused."""
        code, data = await self(name, **params)
        assert code != 200
        assert data is None
        return int(code)


@attrs.frozen
class Stage:
    """Hold the running cloud, its three users and a free device as parameters."""

    clouds: Clouds
    cloud: QuectelCloud
    owner: Caller
    guest: Caller
    other: Caller
    nobody: Caller

    def now(self) -> int:
        """Return the emulated moment in milliseconds."""
        return int(self.clouds.clock.now().timestamp() * 1000)

    def uid(self, name: str) -> str:
        """Return a user's id."""
        return self.cloud.user(name).user_id

    def keys(self, index: int = 0) -> dict[str, str]:
        """Return a free device's keys."""
        return keys(self.cloud.devices[index])

    async def code(self, **params: Any) -> str:
        """Make a share code, of the first device unless told otherwise."""
        wish = {**self.keys(), "acceptingExpireAt": self.now() + HOUR, "coverMark": 2, **params}
        return str(await self.owner.ok("shareInfo", **wish))

    async def granted(self, caller: Caller | None = None, **params: Any) -> str:
        """Make a share code and let somebody, the guest unless told otherwise, take it."""
        code = await self.code(**params)
        await (caller or self.guest).ok("shareDevice", shareCode=code)
        return code

    def shares(self) -> list[tuple[str, str | None]]:
        """Return state and reason of each share."""
        shares: Any = self.cloud.state()["shares"]
        return [(share["state"], share.get("reason")) for share in shares]


def keys(device: Device) -> dict[str, str]:
    """Return a device's keys as parameters."""
    return {"pk": device.product, "dk": device.device}


@pytest.fixture
async def empty() -> AsyncGenerator[Stage]:
    """Run the cloud with every device free; every test ends without a violation unless it says otherwise."""
    async with emulate(QuectelCloud) as clouds, aiohttp.ClientSession() as http:
        cloud = clouds["quectel"]
        assert isinstance(cloud, QuectelCloud)
        tokens = [cloud.user(name).token for name in ("owner", "guest", "other")]
        yield Stage(clouds, cloud, *(Caller(http, cloud, token) for token in (*tokens, "")))
        assert cloud.violations == []


@pytest.fixture
async def stage(empty: Stage) -> Stage:
    """Run the cloud with the first device bound by the owner."""
    await empty.owner.ok("bindDeviceDk", **empty.keys(), name="Lamp")
    return empty


def violated(stage: Stage) -> list[tuple[str, str]]:
    """Return the violations so far, and forget them."""
    told = [(each.parameter, each.what) for each in stage.cloud.violations]
    stage.cloud.violations.clear()
    return told


# Ciphers and signatures


def test_aes_agrees_with_fips_197() -> None:
    """One block encrypts as in FIPS-197, appendices B and C.1."""
    pairs = (
        ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
        ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
    )
    for key, plain, cipher in pairs:
        assert encrypt_block(bytes.fromhex(key), bytes.fromhex(plain)).hex() == cipher


def test_passwords_encrypt_as_the_vendor_prints_them() -> None:
    """The password of the vendor's guide encrypts to the text that the guide prints."""
    vector = CONTRACT.section("auth")["test_vectors"]["password"]
    assert encrypted_password(vector["pwd"], vector["random"]) == vector["encrypted"]


# Signing in


def credentials(stage: Stage, *, by: str, password: str = "", random: str = "abcdefgh12345678") -> dict[str, str]:
    """Return the parameters of a sign-in of the owner."""
    user = stage.cloud.user("owner")
    pwd = encrypted_password(password or user.password, random)
    named = {"email": user.email}
    if by == "phone":
        named = {"internationalCode": user.phone["country"], "phone": user.phone["number"]}
    signed = "".join(named.values()) + pwd + random + stage.cloud.app["user_domain_secret"]
    signature = hashlib.sha256(signed.encode()).hexdigest()
    return {**named, "pwd": pwd, "random": random, "signature": signature, "userDomain": stage.cloud.app["user_domain"]}


CALLS = {"email": "emailPwdLogin", "phone": "phonePwdLogin"}


@pytest.mark.parametrize("by", ["email", "phone"])
async def test_signing_in_gives_a_pair_that_works(empty: Stage, by: str) -> None:
    """A sign-in gives Bearer tokens with the documented claims and lives, and the access token works."""
    pair = await empty.nobody.ok(CALLS[by], **credentials(empty, by=by))
    token = pair["accessToken"]["token"]
    assert token.startswith("Bearer ")
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert set(claims) == set(CONTRACT.section("auth")["tokens"]["claims"])
    assert claims["uid"] == empty.uid("owner")
    assert claims["exp"] == pair["accessToken"]["expirationTime"]
    assert pair["accessToken"]["expirationTime"] - claims["iat"] == 7200
    assert pair["refreshToken"]["expirationTime"] - claims["iat"] == 2_592_000
    profile = await attrs.evolve(empty.nobody, token=token).ok("userInfo")
    assert profile["uid"] == empty.uid("owner")
    assert set(profile) == set(CONTRACT.section("types")["User"])


async def test_the_scheme_may_be_left_out(empty: Stage) -> None:
    """Authorization is taken with and without "Bearer ", as one public client found."""
    bare = empty.owner.token.removeprefix("Bearer ")
    await attrs.evolve(empty.owner, token=bare).ok("userInfo")


async def test_sign_in_and_refresh_take_a_form(empty: Stage) -> None:
    """Login and refresh take the same names as an urlencoded form, which public clients send."""
    url = empty.cloud.base_url + "/v2/enduser/enduserapi/"
    http = empty.nobody.http
    async with http.post(url + "emailPwdLogin", data=credentials(empty, by="email")) as reply:
        pair = (await reply.json())["data"]
    async with http.put(url + "refreshToken", data={"refreshToken": pair["refreshToken"]["token"]}) as reply:
        assert (await reply.json())["code"] == 200


@pytest.mark.parametrize("by", ["email", "phone"])
async def test_wrong_passwords_count_down_and_lock(empty: Stage, by: str) -> None:
    """Wrong passwords tell the tries left, then the account is locked for 20 emulated minutes."""
    wrong = credentials(empty, by=by, password="wrong12")
    told = [await empty.nobody.refused(CALLS[by], **wrong) for _ in range(5)]
    assert told == ([5586, 5585, 5584, 5583, 5147] if by == "email" else [5582, 5581, 5580, 5579, 5147])
    right = credentials(empty, by=by)
    assert await empty.nobody.refused(CALLS[by], **right) == 5147
    empty.clouds.clock.advance(timedelta(minutes=20))
    await empty.nobody.ok(CALLS[by], **right)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"email": "nobody@example.com"}, 5031),
        ({"email": "nobody"}, 5040),
        ({"userDomain": "shop"}, 5013),
        ({"userDomain": "C.DM.1.1"}, 5015),
        ({"signature": "00"}, 5420),
    ],
)
async def test_a_wrong_sign_in_is_told_apart(empty: Stage, change: dict[str, str], code: int) -> None:
    """Each mistake of an email sign-in has its own code."""
    assert await empty.nobody.refused("emailPwdLogin", **{**credentials(empty, by="email"), **change}) == code


@pytest.mark.parametrize(("phone", "code"), [("19999999999", 5004), ("x", 5019)])
async def test_a_wrong_phone_is_told_apart(empty: Stage, phone: str, code: int) -> None:
    """An unknown and a malformed phone number have their own codes."""
    assert await empty.nobody.refused("phonePwdLogin", **{**credentials(empty, by="phone"), "phone": phone}) == code


@pytest.mark.parametrize("signed", ["", "86"])
async def test_a_phone_without_country_is_domestic(empty: Stage, signed: str) -> None:
    """Without internationalCode the signature is taken with that part left out and with the domestic 86."""
    given = credentials(empty, by="phone")
    del given["internationalCode"]
    text = signed + given["phone"] + given["pwd"] + given["random"] + empty.cloud.app["user_domain_secret"]
    given["signature"] = hashlib.sha256(text.encode()).hexdigest()
    await empty.nobody.ok("phonePwdLogin", **given)
    code, _ = await empty.nobody("phonePwdLogin", **given, internationalCode="86")
    assert code == (200 if signed else 5420)
    assert await empty.nobody.refused("phonePwdLogin", **{**given, "signature": "00"}) == 5420


def test_the_same_seed_gives_the_same_tokens_on_any_day() -> None:
    """The tokens of the start depend on the seed alone, and live ten virtual years from the start."""
    clocks = [EmulatedClock(), EmulatedClock()]
    clocks[1].advance(timedelta(days=8000))
    clouds = [QuectelCloud(clock=clock, seed=7) for clock in clocks]
    for clock, cloud in zip(clocks, clouds, strict=True):
        cloud.open("http://127.0.0.1")
        request = Request(method="GET", path="/", headers={"Authorization": cloud.user("owner").token})
        clock.advance(timedelta(days=3651))
        assert cloud.caller_of(request) == "owner"
        clock.advance(timedelta(days=1))
        assert cloud.caller_of(request) is None
    assert clouds[0].describe() == clouds[1].describe()


async def test_tokens_age_by_the_emulated_clock(empty: Stage) -> None:
    """An access token dies after two hours, a refresh token after thirty days, the start's after ten years."""
    pair = await empty.nobody.ok("emailPwdLogin", **credentials(empty, by="email"))
    caller = attrs.evolve(empty.nobody, token=pair["accessToken"]["token"])
    empty.clouds.clock.advance(timedelta(hours=2))
    assert await caller.refused("userInfo") == 5032
    pair = await empty.nobody.ok("refreshToken", refreshToken=pair["refreshToken"]["token"])
    await attrs.evolve(caller, token=pair["accessToken"]["token"]).ok("userInfo")
    assert await attrs.evolve(caller, token=pair["refreshToken"]["token"]).refused("userInfo") == 5032
    empty.clouds.clock.advance(timedelta(days=30))
    assert await empty.nobody.refused("refreshToken", refreshToken=pair["refreshToken"]["token"]) == 5489
    empty.clouds.clock.advance(timedelta(days=3600))
    await empty.owner.ok("userInfo")


@pytest.mark.parametrize("ends", [False, True])
async def test_guess_refresh_ends_old(empty: Stage, ends: bool) -> None:
    """The old refresh token works again or not, as refresh_ends_old says."""
    empty.cloud.set_guess("refresh_ends_old", ends)
    pair = await empty.nobody.ok("emailPwdLogin", **credentials(empty, by="email"))
    old = pair["refreshToken"]["token"]
    await empty.nobody.ok("refreshToken", refreshToken=old)
    code, _ = await empty.nobody("refreshToken", refreshToken=old)
    assert code == (5489 if ends else 200)


@pytest.mark.parametrize("ends", [True, False])
async def test_guess_logout_ends_token(empty: Stage, ends: bool) -> None:
    """The token is refused after the logout or not, as logout_ends_token says."""
    empty.cloud.set_guess("logout_ends_token", ends)
    await empty.owner.ok("userLogout", deviceId="push")
    code, _ = await empty.owner("userInfo")
    assert code == (5032 if ends else 200)


async def test_a_call_without_a_living_token_is_refused(empty: Stage) -> None:
    """Every call that needs a token tells a missing from a rejected one."""
    stranger = attrs.evolve(empty.nobody, token="Bearer x.y.z")
    for name in EMULATED:
        if ENDPOINTS[name]["auth"] == "bearer":
            assert await empty.nobody.refused(name) == 5106
            assert await stranger.refused(name) == 5032
    assert violated(empty)


# Binding


async def test_a_bound_device_is_listed_and_read(stage: Stage) -> None:
    """A bound device is in the list and can be read by its keys, with every field of the contract."""
    page = await stage.owner.ok("userDeviceList")
    assert set(page) == set(CONTRACT.section("types")["Page"])
    (device,) = page["list"]
    assert device == await stage.owner.ok("deviceInfo", **stage.keys())
    assert set(device) == {name for name in CONTRACT.section("types")["Device"] if "." not in name}
    assert (device["deviceType"], device["shareCode"], device["ownerUid"]) == (1, None, None)
    assert (device["deviceName"], device["verified"]) == ("Lamp", 1)
    assert abs(device["deviceBindTimeTs"] - stage.now()) < 60_000
    assert (await stage.guest.ok("userDeviceList"))["list"] == []


async def test_binding_twice_conflicts(stage: Stage) -> None:
    """Binding again is 5049, binding what one holds through a share 6040, taking a share of one's own device 5049."""
    assert await stage.owner.refused("bindDeviceDk", **stage.keys()) == 5049
    assert await stage.owner.refused("getDeviceInfoByBinding", **stage.keys()) == 5049
    await stage.granted()
    assert await stage.guest.refused("bindDeviceDk", **stage.keys()) == 6040
    assert await stage.guest.refused("getDeviceInfoByBinding", **stage.keys()) == 6040
    await stage.other.ok("bindDeviceDk", **stage.keys())
    assert await stage.other.refused("shareDevice", shareCode=await stage.code()) == 5049


async def test_binding_by_serial(empty: Stage) -> None:
    """A serial binds like the keys, and answers them."""
    device = empty.cloud.devices[1]
    data = await empty.owner.ok("bindDeviceSn", pk=device.product, sn=device.proof["serial"], deviceName="Desk")
    assert data["dk"] == device.device
    assert (await empty.owner.ok("deviceInfo", **keys(device)))["deviceName"] == "Desk"
    lock = empty.cloud.special["unique"]
    assert await empty.owner.refused("bindDeviceSn", pk=device.product, sn="SN0") == 5090
    assert await empty.owner.refused("bindDeviceSn", pk=device.product, sn=lock.proof["serial"]) == 5553


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"pk": "p11zzz0"}, 5229),
        ({"dk": "x"}, 5361),
        ({"dk": "869999999999999"}, 5314),
        ({"name": "x" * 65}, 5333),
        ({"fid": "F1"}, 5624),
    ],
)
async def test_what_cannot_be_bound(empty: Stage, change: dict[str, str], code: int) -> None:
    """An unknown product, a malformed and an unknown key, a long name and a home without home mode have their codes."""
    assert await empty.owner.refused("bindDeviceDk", **{**empty.keys(), **change}) == code


@pytest.mark.parametrize("mask", [0, 16, -1, 2_147_483_647])
async def test_capabilities_are_a_sum_of_four(empty: Stage, mask: int) -> None:
    """A capability mask outside 1 to 15 is refused like a wrong type, for both ways of binding."""
    serial = {"pk": empty.keys()["pk"], "sn": empty.cloud.devices[0].proof["serial"]}
    assert await empty.owner.refused("bindDeviceDk", **empty.keys(), capabilitiesBitmask=mask) == 400
    assert await empty.owner.refused("bindDeviceSn", **serial, capabilitiesBitmask=mask) == 400
    assert violated(empty) == [("capabilitiesBitmask", "wrong_type")] * 2
    await empty.owner.ok("bindDeviceDk", **empty.keys(), capabilitiesBitmask=15)


async def test_products_differ(empty: Stage) -> None:
    """A product may be unauthorised, bind by serial only, be unverified when bound, or forbid sharing."""
    special = empty.cloud.special
    assert await empty.owner.refused("bindDeviceDk", **keys(special["unauthorised"])) == 5229
    assert await empty.owner.refused("bindDeviceDk", **keys(special["serial_only"])) == 5499
    accept_by = empty.now() + HOUR
    for name, code in (("unverified", 5360), ("no_sharing", 5411)):
        await empty.owner.ok("bindDeviceDk", **keys(special[name]))
        assert await empty.owner.refused("shareInfo", **keys(special[name]), acceptingExpireAt=accept_by) == code
        assert await empty.owner.refused("shareByUid", **keys(special[name]), shareUid=empty.uid("guest")) == code
    assert (await empty.owner.ok("deviceInfo", **keys(special["unverified"])))["verified"] == 0


@pytest.mark.parametrize("code", [5412, 5049])
async def test_a_unique_product_binds_to_one(empty: Stage, code: int) -> None:
    """A second user is refused a unique product, with the code that unique_taken_code says, until it is free."""
    empty.cloud.set_guess("unique_taken_code", code)
    lock = keys(empty.cloud.special["unique"])
    await empty.owner.ok("bindDeviceDk", **lock)
    assert await empty.guest.refused("bindDeviceDk", **lock) == code
    assert await empty.owner.ok("unbundlingDeviceDk", **lock, isInit="true") == {"bindingSum": 0}
    await empty.guest.ok("bindDeviceDk", **lock)


async def test_a_rotation_product_evicts(empty: Stage) -> None:
    """A new binder of a rotation product ends the earlier binding without a word."""
    scooter = keys(empty.cloud.special["rotation"])
    await empty.owner.ok("bindDeviceDk", **scooter)
    await empty.guest.ok("bindDeviceDk", **scooter)
    assert await empty.owner.refused("deviceInfo", **scooter) == 5141
    assert (await empty.guest.ok("deviceInfo", **scooter))["bindMode"] == 3


def wifi(stage: Stage, **change: Any) -> dict[str, Any]:
    """Return the parameters of a Wi-Fi binding."""
    free = stage.cloud.devices[0]
    known = {"productKey": free.product, "deviceKey": free.device, "bindingCode": free.proof["binding_code"]}
    return {**known, **change}


MATTER = {
    "discriminator": 1,
    "fabricId": 2,
    "matterProductId": 3,
    "matterVendorId": 4,
    "matterVersion": "1.2",
    "nodeId": 5,
}


def bluetooth(stage: Stage, *, signed: str | None = None, **change: Any) -> dict[str, Any]:
    """Return the parameters of a Bluetooth binding, signed unless told otherwise."""
    proof = stage.cloud.devices[0].proof
    known = {
        **stage.keys(),
        "encryptedBindingCode": proof["encrypted_binding_code"],
        "encryptedNewBindingSecret": proof["encrypted_new_secret"],
        "random": proof["random"],
    }
    given = {name: value for name, value in {**known, **change}.items() if value is not None}
    code = given.get("encryptedBindingCode") or given.get("bindingCode") or ""
    text = given["pk"] + given["dk"] + code + given.get("pwd", "") + stage.cloud.app["user_domain_secret"]
    return {**given, "signature": hashlib.sha256(text.encode()).hexdigest() if signed is None else signed}


async def test_binding_by_the_code_of_a_wifi_device(empty: Stage) -> None:
    """The code that the device has reported binds it; name and home go along, and the reply tells of the product."""
    data = await empty.owner.ok("deviceBindingByWifi", **wifi(empty, deviceName="灯", capabilitiesBitmask=2))
    assert set(data) == {"authKey", "bindingMode", "productLogo", "productName"}
    [device] = (await empty.owner.ok("userDeviceList"))["list"]
    assert (device["deviceName"], device["bindingType"], device["capabilitiesBitmask"]) == ("灯", 2, 2)
    assert (device["isMatter"], device["matterInfo"], device["verified"]) == (0, None, 1)
    assert empty.cloud.requests[0].effect


async def test_a_matter_device_needs_what_its_fabric_knows(empty: Stage) -> None:
    """Each missing value has its own code; with all of them the device is bound and shows them."""
    codes = (5879, 5883, 5880, 5882, 5881, 5885)
    for name, code in zip(MATTER, codes, strict=True):
        info = {each: value for each, value in MATTER.items() if each != name}
        assert await empty.owner.refused("deviceBindingByWifi", **wifi(empty, isMatter=True, matterInfo=info)) == code
    tags = [{"cat": 7, "privilege": "View"}]
    wish = wifi(empty, isMatter=True, matterInfo={**MATTER, "extra": "note", "catList": tags})
    await empty.owner.ok("deviceBindingByWifi", **wish)
    [device] = (await empty.owner.ok("userDeviceList"))["list"]
    assert (device["isMatter"], device["matterInfo"]) == (1, {**MATTER, "extra": "note"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"bindingCode": "0" * 16}, 5462),
        ({"bindingCode": "no code"}, 5213),
        ({"productKey": "p11zzz"}, 5229),
        ({"deviceKey": "8" * 15}, 5314),
        ({"deviceKey": "?"}, 5361),
        ({"deviceName": "x" * 65}, 5333),
        ({"fid": "F1"}, 5624),
    ],
)
async def test_what_cannot_be_bound_by_its_code(empty: Stage, change: dict[str, str], code: int) -> None:
    """What is wrong with a Wi-Fi binding is told apart, and nothing is bound."""
    assert await empty.owner.refused("deviceBindingByWifi", **wifi(empty, **change)) == code
    assert empty.cloud.state()["bindings"] == []


async def test_a_held_device_is_not_bound_by_its_code(stage: Stage) -> None:
    """Holding it already is 5049 by its code too."""
    assert await stage.owner.refused("deviceBindingByWifi", **wifi(stage)) == 5049
    assert await stage.owner.refused("deviceBindingByPureBt", **bluetooth(stage)) == 5049


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("password", [None, "12345678"])
async def test_binding_by_bluetooth(empty: Stage, sealed: bool, password: str | None) -> None:
    """The code may come encrypted or not, and a password may be signed with it."""
    proof = empty.cloud.devices[0].proof
    change: dict[str, Any] = {"pwd": password}
    if not sealed:
        change |= {"encryptedBindingCode": None, "bindingCode": proof["binding_code"]}
    assert await empty.owner.ok("deviceBindingByPureBt", **bluetooth(empty, **change)) == {"verified": 1}
    [device] = (await empty.owner.ok("userDeviceList"))["list"]
    assert (device["bindingType"], device["verified"]) == (4, 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"encryptedBindingCode": "no base64"}, 5213),
        ({"encryptedBindingCode": "AAAA"}, 5213),
        ({"encryptedNewBindingSecret": "AAAA"}, 5213),
        ({"encryptedOldBindingSecret": "AAAA"}, 5213),
        ({"random": "short"}, 5213),
        ({"encryptedBindingCode": None, "bindingCode": "no code"}, 5213),
        ({"encryptedBindingCode": None}, 5179),
        ({"pwd": "no digits"}, 5357),
        ({"pk": "p11zzz"}, 5229),
        ({"dk": "8" * 15}, 5314),
    ],
)
async def test_what_cannot_be_bound_by_bluetooth(empty: Stage, change: dict[str, str], code: int) -> None:
    """What is wrong with a Bluetooth binding is told apart, and nothing is bound."""
    assert await empty.owner.refused("deviceBindingByPureBt", **bluetooth(empty, **change)) == code
    assert empty.cloud.state()["bindings"] == []
    assert violated(empty) == ([("bindingCode", "missing")] if code == 5179 else [])


@pytest.mark.parametrize("code", [5421, 5420])
async def test_guess_bluetooth_signature_code(empty: Stage, code: int) -> None:
    """A signature over anything else is refused, by whichever code."""
    empty.cloud.set_guess("bluetooth_signature_code", code)
    right = bluetooth(empty, pwd="12345678")
    for wish in (
        {**right, "signature": "0" * 64},
        {**right, "pwd": "87654321"},
        {**right, "dk": empty.cloud.devices[1].device},
    ):
        assert await empty.owner.refused("deviceBindingByPureBt", **wish) == code
    assert empty.cloud.state()["bindings"] == []
    await empty.owner.ok("deviceBindingByPureBt", **right)


async def test_guess_wrong_bluetooth_code(empty: Stage) -> None:
    """A well-formed code of another device is refused, or binds without being verified, and then cannot be shared."""
    proof = empty.cloud.devices[1].proof
    change = {"encryptedBindingCode": None, "bindingCode": proof["binding_code"]}
    assert await empty.owner.refused("deviceBindingByPureBt", **bluetooth(empty, **change)) == 5213
    empty.cloud.set_guess("wrong_bluetooth_code", "bound unverified")
    assert await empty.owner.ok("deviceBindingByPureBt", **bluetooth(empty, **change)) == {"verified": 0}
    wish = {**empty.keys(), "acceptingExpireAt": empty.now() + HOUR}
    assert await empty.owner.refused("shareInfo", **wish) == 5360


@pytest.mark.parametrize("shown", [False, True])
async def test_guess_code_shows_device(stage: Stage, shown: bool) -> None:
    """A code that waits shows its device to anybody, or to nobody; one that was taken to its holder only."""
    stage.cloud.set_guess("code_shows_device", shown)
    code = await stage.code()
    if shown:
        device = await stage.guest.ok("deviceInfo", shareCode=code)
        assert (device["deviceKey"], device["deviceBindTimeTs"]) == (stage.keys()["dk"], None)
    else:
        assert await stage.guest.refused("deviceInfo", shareCode=code) == 5141
    await stage.guest.ok("shareDevice", shareCode=code)
    assert await stage.other.refused("deviceInfo", shareCode=code) == 5141
    assert (await stage.guest.ok("deviceInfo", shareCode=code))["deviceType"] == 2


async def test_several_users_bind_a_multi_product(stage: Stage) -> None:
    """A multi product keeps every binder, and unbinding counts who is left."""
    await stage.guest.ok("bindDeviceDk", **stage.keys())
    assert await stage.owner.ok("unbundlingDeviceDk", **stage.keys()) == {"bindingSum": 1}
    assert await stage.owner.refused("unbundlingDeviceDk", **stage.keys()) == 5052
    assert await stage.owner.refused("deviceInfo", **stage.keys()) == 5141
    assert await stage.owner.refused("deviceInfo", **stage.keys(1)) == 5052


async def test_the_preview_tells_how_a_product_binds(empty: Stage) -> None:
    """The preview answers for a free device, and for a key nobody knows when it need not look."""
    lock = keys(empty.cloud.special["unique"])
    assert (await empty.guest.ok("getDeviceInfoByBinding", **lock))["bindingMode"] == 2
    unknown = {**lock, "dk": "869999999999999"}
    assert await empty.guest.refused("getDeviceInfoByBinding", **unknown) == 5314
    await empty.guest.ok("getDeviceInfoByBinding", **unknown, checkExistInCloud="false")


async def test_guess_home_mode(empty: Stage) -> None:
    """In home mode every user has a home and binding needs it; without, nobody has one."""
    assert empty.cloud.user("owner").homes == []
    empty.cloud.set_guess("home_mode", True)
    (fid,) = empty.cloud.user("owner").homes
    assert await empty.owner.refused("bindDeviceDk", **empty.keys()) == 5636
    assert await empty.owner.refused("getDeviceInfoByBinding", **empty.keys()) == 5618
    assert await empty.guest.refused("bindDeviceDk", **empty.keys(), fid=fid) == 5041
    await empty.owner.ok("bindDeviceDk", **empty.keys(), fid=fid, frid="R1", isCommonDevice="false")
    device = await empty.owner.ok("deviceInfo", **empty.keys())
    assert (device["fid"], device["frid"]) == (fid, "R1")
    empty.cloud.set_guess("home_mode", False)
    assert empty.cloud.user("owner").homes == []


@pytest.mark.parametrize("limit", [64, 32, 256])
async def test_guess_name_limit(stage: Stage, limit: int) -> None:
    """Every call that takes a name refuses one longer than name_limit with 5333."""
    stage.cloud.set_guess("name_limit", limit)
    code = await stage.granted()
    await stage.owner.ok("setDeviceInfo", **stage.keys(), deviceName="x" * limit)
    long = "x" * (limit + 1)
    assert await stage.owner.refused("setDeviceInfo", **stage.keys(), deviceName=long) == 5333
    assert await stage.owner.refused("userDeviceList", deviceName=long) == 5333
    assert await stage.guest.refused("changeShareDeviceName", shareCode=code, deviceName=long) == 5333
    assert await stage.other.refused("shareDevice", shareCode=await stage.code(), deviceName=long) == 5333


async def test_each_side_renames_for_itself(stage: Stage) -> None:
    """The owner's and the recipient's names are two, each with its own call."""
    code = await stage.granted()
    await stage.owner.ok("setDeviceInfo", **stage.keys(), deviceName="Mine")
    await stage.guest.ok("changeShareDeviceName", shareCode=code, deviceName="Lent")
    assert (await stage.owner.ok("deviceInfo", **stage.keys()))["deviceName"] == "Mine"
    assert (await stage.guest.ok("deviceInfo", shareCode=code))["deviceName"] == "Lent"
    assert await stage.guest.refused("setDeviceInfo", **stage.keys(), deviceName="x") == 5041
    assert await stage.other.refused("changeShareDeviceName", shareCode=code, deviceName="x") == 5041


async def test_lists_are_paged_and_filtered(empty: Stage) -> None:
    """The device list keeps its page, and each documented filter leaves out the others."""
    for index in range(12):
        await empty.owner.ok("bindDeviceDk", **empty.keys(index), name=f"Lamp {index:02}")
    lock = keys(empty.cloud.special["unique"])
    await empty.owner.ok("bindDeviceDk", **lock, name="Lock")
    first = await empty.owner.ok("userDeviceList")
    assert (first["total"], first["pages"], first["size"], first["hasNextPage"]) == (13, 2, 10, True)
    second = await empty.owner.ok("userDeviceList", page=2, pageSize=10)
    assert (second["size"], second["hasNextPage"], second["isLastPage"], second["nextPage"]) == (3, False, True, 0)
    beyond = await empty.owner.ok("userDeviceList", page=9)
    assert (beyond["list"], beyond["hasNextPage"]) == ([], False)

    async def names(**filters: Any) -> list[str]:
        page = await empty.owner.ok("userDeviceList", pageSize=50, **filters)
        return [device["deviceName"] for device in page["list"]]

    assert await names(pkList=lock["pk"]) == ["Lock"]
    assert len(await names(pkList=f"{lock['pk']},{empty.keys()['pk']}")) == 13
    assert await names(dk=empty.keys(3)["dk"]) == ["Lamp 03"]
    assert await names(deviceName="p 1") == ["Lamp 10", "Lamp 11"]
    assert await names(secondItemCode="C1002") == ["Lock"]
    assert len(await names(isAssociation="true", isGroupDeviceShow="false")) == 13


# Sharing


async def test_a_code_gives_access_once_taken(stage: Stage) -> None:
    """A code has the documented shape, gives nothing before it is taken, and the device afterwards."""
    until = stage.now() + 5 * HOUR
    code = await stage.code(sharingExpireAt=until)
    assert code.startswith(f"share_dv_{stage.uid('owner')}")
    assert len(code) == len(f"share_dv_{stage.uid('owner')}") + 32
    assert await stage.guest.refused("deviceInfo", shareCode=code) == 5141
    assert await stage.guest.ok("shareDevice", shareCode=code, deviceName="Lent") is None
    device = await stage.guest.ok("deviceInfo", shareCode=code)
    assert (device["deviceType"], device["ownerUid"], device["shareCode"]) == (2, stage.uid("owner"), code)
    assert (device["deviceName"], device["sharingExpireTimeTs"]) == ("Lent", until)
    assert (await stage.guest.ok("userDeviceList"))["list"] == [device]
    sample = await stage.guest.ok("deviceInfo", shareCode=code, pk=stage.keys()["pk"], dk="")
    assert sample == device
    assert await stage.guest.refused("deviceInfo", **stage.keys()) == 5141


async def test_the_owner_lists_what_was_given(stage: Stage) -> None:
    """The owner's list has every field of the contract, the recipient, and the handle to end a share."""
    until = stage.now() + 5 * HOUR
    code = await stage.granted(sharingExpireAt=until)
    (entry,) = await stage.owner.ok("deviceShareUserList", **stage.keys())
    fields = CONTRACT.section("types")["ShareEntry"]
    assert {f"shareInfo.{name}" for name in entry["shareInfo"]} == {name for name in fields if "shareInfo." in name}
    assert {f"userInfo.{name}" for name in entry["userInfo"]} == {name for name in fields if "userInfo." in name}
    info = entry["shareInfo"]
    assert (info["shareCode"], info["shareUid"]) == (code, stage.uid("guest"))
    assert (info["sharingExpireAtTs"], info["coverMark"], info["deleteTimeTs"]) == (until, 2, None)
    assert info["acceptTime"] == info["acceptTimeTs"]
    assert entry["userInfo"]["uid"] == stage.uid("guest")
    assert await stage.guest.refused("deviceShareUserList", **stage.keys()) == 5141


async def test_either_side_ends_a_share(stage: Stage) -> None:
    """The owner withdraws and revokes, the recipient gives back; afterwards the code is lapsed for both."""
    open_code, taken, returned = await stage.code(), await stage.granted(), await stage.granted(stage.other)
    assert await stage.guest.refused("ownerUserUnshareDevice", shareCode=taken) == 5041
    assert await stage.other.refused("shareUserUnshareDevice", shareCode=taken) == 5041
    assert await stage.guest.refused("shareUserUnshareDevice", shareCode=open_code) == 5041
    await stage.owner.ok("ownerUserUnshareDevice", shareCode=open_code)
    await stage.owner.ok("ownerUserUnshareDevice", shareCode=taken)
    await stage.other.ok("shareUserUnshareDevice", shareCode=returned)
    assert stage.shares() == [("ended", "withdrawn"), ("ended", "revoked"), ("ended", "left")]
    for code in (open_code, taken, returned, "share_dv_nobody"):
        assert await stage.owner.refused("ownerUserUnshareDevice", shareCode=code) == 5142
        assert await stage.owner.refused("setShareTime", shareCode=code, sharingExpireAt=stage.now() + HOUR) == 5142
    assert await stage.guest.refused("shareUserUnshareDevice", shareCode=taken) == 5142
    assert await stage.guest.refused("changeShareDeviceName", shareCode=taken, deviceName="x") == 5142
    assert (await stage.guest.ok("userDeviceList"))["list"] == []
    assert await stage.owner.ok("deviceShareUserList", **stage.keys()) == []


async def test_shares_end_by_the_emulated_clock(stage: Stage) -> None:
    """A code dies at acceptingExpireAt and a use at sharingExpireAt, in every call that shows them."""
    taken = await stage.granted(sharingExpireAt=stage.now() + 5 * HOUR)
    code = await stage.code()
    stage.clouds.clock.advance(timedelta(hours=1))
    assert await stage.other.refused("shareDevice", shareCode=code) == 5137
    assert (await stage.guest.ok("userDeviceList"))["total"] == 1
    stage.clouds.clock.advance(timedelta(hours=4))
    assert (await stage.guest.ok("userDeviceList"))["total"] == 0
    assert await stage.guest.refused("deviceInfo", shareCode=taken) == 5141
    assert await stage.guest.refused("shareUserUnshareDevice", shareCode=taken) == 5142
    assert stage.shares() == [("ended", "use_expired"), ("ended", "offer_expired")]
    await stage.guest.ok("bindDeviceDk", **stage.keys())


async def test_what_a_code_cannot_be(stage: Stage) -> None:
    """A use that ends with the offer, a moment in seconds, an unknown coverMark, another's device have their codes."""
    soon = stage.now() + HOUR
    wish = {**stage.keys(), "acceptingExpireAt": soon}
    assert await stage.owner.refused("shareInfo", **wish, sharingExpireAt=soon) == 5153
    assert await stage.owner.refused("shareInfo", **{**wish, "acceptingExpireAt": soon // 1000}) == 5145
    assert await stage.owner.refused("shareInfo", **wish, sharingExpireAt=0) == 5145
    assert await stage.owner.refused("shareInfo", **wish, coverMark=4) == 5133
    assert await stage.owner.refused("shareByUid", **stage.keys(), coverMark=0, email="guest@example.com") == 5133
    assert await stage.guest.refused("shareInfo", **wish) == 5135
    assert await stage.owner.refused("shareInfo", **{**wish, **stage.keys(1)}) == 5135
    assert stage.shares() == []


async def test_the_last_moment_of_the_calendar_is_listed(stage: Stage) -> None:
    """A use until the end of the year 9999 is taken and listed, its local date being the last that there is."""
    stage.cloud.set_guess("share_times", "strings")
    for until in (253_402_271_999_999, 253_402_300_799_000, 253_402_300_799_999):
        code = await stage.granted(sharingExpireAt=until)
        (device,) = (await stage.guest.ok("userDeviceList"))["list"]
        assert (device["sharingExpireAt"], device["sharingExpireTimeTs"]) == ("9999-12-31 23:59:59", until)
        (entry,) = await stage.owner.ok("deviceShareUserList", **stage.keys())
        assert entry["shareInfo"]["sharingExpireAtTs"] == until
        await stage.owner.ok("ownerUserUnshareDevice", shareCode=code)


@pytest.mark.parametrize("past", [5145, "taken"])
@pytest.mark.parametrize("when", [253_402_300_800_000, 1_893_456_000_000_000, 2**63 - 1, -1, -(2**63)])
async def test_what_is_no_moment_is_refused(stage: Stage, when: int, past: int | str) -> None:
    """A time beyond the year 9999, microseconds too, or before 1970 is malformed wherever a moment is given."""
    stage.cloud.set_guess("past_timestamp", past)
    code, before = await stage.granted(), stage.shares()
    wish = {**stage.keys(), "acceptingExpireAt": stage.now() + HOUR}
    assert await stage.owner.refused("shareInfo", **{**wish, "acceptingExpireAt": when}) == 5145
    assert await stage.owner.refused("shareInfo", **wish, sharingExpireAt=when) == 5145
    invitee = {"shareUid": stage.uid("other"), "sharingExpireAt": when}
    assert await stage.owner.refused("shareByUid", **stage.keys(), **invitee) == 5145
    assert await stage.owner.refused("setShareTime", shareCode=code, sharingExpireAt=when) == 5145
    assert stage.shares() == before


async def test_who_cannot_take_a_code(stage: Stage) -> None:
    """One's own code is 5139, an unknown one 5137."""
    assert await stage.owner.refused("shareDevice", shareCode=await stage.code()) == 5139
    assert await stage.guest.refused("shareDevice", shareCode="share_dv_nobody") == 5137


async def test_cover_1_is_the_default_and_replaces(stage: Stage) -> None:
    """Without coverMark a new code ends the earlier valid shares of the device."""
    await stage.granted()
    await stage.code()
    await stage.owner.ok("shareInfo", **stage.keys(), acceptingExpireAt=stage.now() + HOUR)
    assert stage.shares() == [("ended", "superseded"), ("ended", "superseded"), ("offered", None)]


async def test_cover_1_leaves_other_devices_alone(stage: Stage) -> None:
    """Replacing ends shares of that device only."""
    await stage.owner.ok("bindDeviceDk", **stage.keys(1))
    await stage.granted()
    await stage.owner.ok("shareInfo", **stage.keys(1), acceptingExpireAt=stage.now() + HOUR, coverMark=1)
    assert stage.shares() == [("active", None), ("offered", None)]


async def test_cover_2_adds(stage: Stage) -> None:
    """With coverMark 2 shares live beside each other."""
    await stage.granted()
    await stage.granted(stage.other)
    assert stage.shares() == [("active", None), ("active", None)]


async def test_cover_3_is_judged_at_acceptance(stage: Stage) -> None:
    """A shorter use is refused when the code is taken, not when it is made; a longer one takes the earlier's place."""
    now = stage.now()
    await stage.granted(sharingExpireAt=now + 5 * HOUR)
    shorter = await stage.code(coverMark=3, sharingExpireAt=now + 4 * HOUR)
    longer = await stage.code(coverMark=3, sharingExpireAt=now + 6 * HOUR)
    assert await stage.guest.refused("shareDevice", shareCode=shorter) == 5151
    await stage.guest.ok("shareDevice", shareCode=longer)
    assert stage.shares() == [("ended", "superseded"), ("ended", "superseded"), ("active", None)]
    assert (await stage.guest.ok("userDeviceList"))["total"] == 1
    assert await stage.guest.refused("shareDevice", shareCode=shorter) == 5137
    await stage.guest.ok("shareDevice", shareCode=await stage.code(coverMark=3))
    shorter = await stage.code(coverMark=3, sharingExpireAt=now + 7 * HOUR)
    assert await stage.guest.refused("shareDevice", shareCode=shorter) == 5151


async def test_cover_3_ends_what_it_outlives(stage: Stage) -> None:
    """A longer use ends the earlier codes that nobody took, and leaves longer and later ones and other devices'."""
    now = stage.now()
    await stage.owner.ok("bindDeviceDk", **stage.keys(1))
    await stage.code(**stage.keys(1), sharingExpireAt=now + 2 * HOUR)
    await stage.code(sharingExpireAt=now + 2 * HOUR)
    longest = await stage.code()
    new = await stage.code(coverMark=3, sharingExpireAt=now + 6 * HOUR)
    await stage.code(sharingExpireAt=now + 2 * HOUR)
    assert stage.shares() == [("offered", None)] * 5
    await stage.guest.ok("shareDevice", shareCode=new)
    still = ("offered", None)
    assert stage.shares() == [still, ("ended", "superseded"), still, ("active", None), still]
    await stage.other.ok("shareDevice", shareCode=longest)


async def test_cover_3_of_an_invitation_ends_what_it_outlives(stage: Stage) -> None:
    """An invitation that is active at once is judged at once, and one that is too short changes nothing."""
    now, guest = stage.now(), {**stage.keys(), "shareUid": stage.uid("guest"), "coverMark": 3}
    await stage.granted(sharingExpireAt=now + 5 * HOUR)
    assert await stage.owner.refused("shareByUid", **guest, sharingExpireAt=now + 4 * HOUR) == 5151
    assert stage.shares() == [("active", None)]
    await stage.owner.ok("shareByUid", **guest, sharingExpireAt=now + 6 * HOUR)
    assert stage.shares() == [("ended", "superseded"), ("active", None)]


async def test_the_end_of_use_can_be_moved(stage: Stage) -> None:
    """The owner moves the end of use, nobody else does."""
    code, until = await stage.granted(), stage.now() + 9 * HOUR
    assert await stage.guest.refused("setShareTime", shareCode=code, sharingExpireAt=until) == 5041
    await stage.owner.ok("setShareTime", shareCode=code, sharingExpireAt=until)
    assert (await stage.guest.ok("deviceInfo", shareCode=code))["sharingExpireTimeTs"] == until


@pytest.mark.parametrize("named", ["uid", "email", "phone"])
async def test_a_user_is_invited_by_any_name(stage: Stage, named: str) -> None:
    """An invitation by uid, email or phone gives the same user access at once and answers the code."""
    guest = stage.cloud.user("guest")
    by = {
        "uid": {"shareUid": guest.user_id},
        "email": {"email": guest.email},
        "phone": {"phone": guest.phone["number"]},
    }
    until = stage.now() + HOUR
    code = await stage.owner.ok("shareByUid", **stage.keys(), **by[named], coverMark=2, sharingExpireAt=until)
    (device,) = (await stage.guest.ok("userDeviceList"))["list"]
    assert (device["shareCode"], device["sharingExpireTimeTs"]) == (code, until)


async def test_who_cannot_be_invited(stage: Stage) -> None:
    """Oneself, a binder and a holder cannot be invited, nor can a device that is another's be shared."""
    guest = {**stage.keys(), "shareUid": stage.uid("guest"), "coverMark": 2}
    assert await stage.owner.refused("shareByUid", **{**guest, "shareUid": stage.uid("owner")}) == 5139
    await stage.owner.ok("shareByUid", **guest)
    assert await stage.owner.refused("shareByUid", **guest) == 5049
    assert await stage.guest.refused("shareByUid", **stage.keys(), shareUid=stage.uid("other")) == 5135
    await stage.other.ok("bindDeviceDk", **stage.keys())
    assert await stage.owner.refused("shareByUid", **{**guest, "shareUid": stage.uid("other")}) == 5049


# Guesses


def test_every_guess_is_tested() -> None:
    """Each guess switch is set by a test of this file."""
    own = Path(__file__).read_text(encoding="utf-8")
    assert [guess.name for guess in GUESSES if f'set_guess("{guess.name}"' not in own] == []


async def test_guess_invite_acceptance(stage: Stage) -> None:
    """An invitation may have to be accepted with its code, by the invitee alone."""
    stage.cloud.set_guess("invite_acceptance", "must be accepted")
    code = await stage.owner.ok("shareByUid", **stage.keys(), shareUid=stage.uid("guest"))
    assert (await stage.guest.ok("userDeviceList"))["list"] == []
    assert await stage.guest.refused("shareUserUnshareDevice", shareCode=code) == 5041
    assert await stage.other.refused("shareDevice", shareCode=code) == 5138
    await stage.guest.ok("shareDevice", shareCode=code)
    assert (await stage.guest.ok("userDeviceList"))["total"] == 1


@pytest.mark.parametrize("told", [True, False])
async def test_guess_invite_returns_code(stage: Stage, told: bool) -> None:
    """An invitation answers its code or an empty text."""
    stage.cloud.set_guess("invite_returns_code", told)
    code = await stage.owner.ok("shareByUid", **stage.keys(), shareUid=stage.uid("guest"))
    (entry,) = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert code == (entry["shareInfo"]["shareCode"] if told else "")


@pytest.mark.parametrize("listed", [True, False])
async def test_guess_open_codes_listed(stage: Stage, listed: bool) -> None:
    """A code that nobody took is in the owner's list, without a user, or is not."""
    stage.cloud.set_guess("open_codes_listed", listed)
    await stage.code()
    entries = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert [(entry["userInfo"], entry["shareInfo"]["shareUid"]) for entry in entries] == ([(None, None)] * listed)


@pytest.mark.parametrize("listed", [False, True])
async def test_guess_ended_shares_listed(stage: Stage, listed: bool) -> None:
    """An ended share is gone from the owner's list, or is there with its deleteTime."""
    stage.cloud.set_guess("ended_shares_listed", listed)
    code = await stage.granted()
    await stage.owner.ok("ownerUserUnshareDevice", shareCode=code)
    entries = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert [entry["shareInfo"]["deleteTimeTs"] is not None for entry in entries] == [True] * listed


@pytest.mark.parametrize("uses", ["one", "many"])
async def test_guess_code_uses(stage: Stage, uses: str) -> None:
    """A code serves one user or many; ending it ends what all of them have."""
    stage.cloud.set_guess("code_uses", uses)
    code = await stage.granted()
    taken, _ = await stage.other("shareDevice", shareCode=code)
    assert taken == (200 if uses == "many" else 5137)
    await stage.owner.ok("ownerUserUnshareDevice", shareCode=code)
    assert {state for state, _ in stage.shares()} == {"ended"}


@pytest.mark.parametrize("code", [5137, 5142])
async def test_guess_dead_code_on_accept(stage: Stage, code: int) -> None:
    """A withdrawn, used or late code is refused with the one code or the other; an unknown one always with 5137."""
    stage.cloud.set_guess("dead_code_on_accept", code)
    withdrawn, used, late = await stage.code(), await stage.granted(), await stage.code()
    await stage.owner.ok("ownerUserUnshareDevice", shareCode=withdrawn)
    stage.clouds.clock.advance(timedelta(hours=2))
    for dead in (withdrawn, used, late):
        assert await stage.other.refused("shareDevice", shareCode=dead) == code
    assert await stage.other.refused("shareDevice", shareCode="share_dv_x") == 5137


@pytest.mark.parametrize("code", [5049, 5137])
async def test_guess_accepting_again(stage: Stage, code: int) -> None:
    """Who takes the code again that gave him access is told either."""
    stage.cloud.set_guess("accepting_again", code)
    assert await stage.guest.refused("shareDevice", shareCode=await stage.granted()) == code


@pytest.mark.parametrize("second", ["refused", "added"])
async def test_guess_second_share_for_holder(stage: Stage, second: str) -> None:
    """A holder who takes another code with coverMark 2 is refused, or holds two shares."""
    stage.cloud.set_guess("second_share_for_holder", second)
    await stage.granted()
    code, _ = await stage.guest("shareDevice", shareCode=await stage.code())
    assert code == (5049 if second == "refused" else 200)
    assert (await stage.guest.ok("userDeviceList"))["total"] == (1 if second == "refused" else 2)


@pytest.mark.parametrize("ends", [True, False])
async def test_guess_owner_unbind_ends_shares(stage: Stage, ends: bool) -> None:
    """The owner's unbind ends the shares given, or leaves them."""
    stage.cloud.set_guess("owner_unbind_ends_shares", ends)
    await stage.granted()
    await stage.owner.ok("unbundlingDeviceDk", **stage.keys())
    assert stage.shares() == [("ended", "owner_gone") if ends else ("active", None)]


@pytest.mark.parametrize("what", ["all", "open codes"])
async def test_guess_replace_ends(stage: Stage, what: str) -> None:
    """Replacing ends every earlier share of the device or open codes only; a holder's new share always replaces his."""
    stage.cloud.set_guess("replace_ends", what)
    await stage.granted()
    await stage.code()
    new = await stage.code(coverMark=1)
    assert stage.shares()[:2] == [
        ("ended", "superseded") if what == "all" else ("active", None),
        ("ended", "superseded"),
    ]
    await stage.guest.ok("shareDevice", shareCode=new)
    assert stage.shares() == [("ended", "superseded"), ("ended", "superseded"), ("active", None)]


@pytest.mark.parametrize("whose", ["recipient", "device"])
async def test_guess_extend_covers(stage: Stage, whose: str) -> None:
    """A longer use takes the place of the recipient's own share, or of everybody's, and then must outlive them all."""
    stage.cloud.set_guess("extend_covers", whose)
    now, whole = stage.now(), whose == "device"
    await stage.granted(stage.other, sharingExpireAt=now + 5 * HOUR)
    shorter = await stage.code(coverMark=3, sharingExpireAt=now + 4 * HOUR)
    longer = await stage.code(coverMark=3, sharingExpireAt=now + 6 * HOUR)
    code, _ = await stage.guest("shareDevice", shareCode=shorter)
    assert code == (5151 if whole else 200)
    await stage.guest.ok("shareDevice", shareCode=longer)
    replaced, active = ("ended", "superseded"), ("active", None)
    assert stage.shares() == [replaced if whole else active, replaced, active]


@pytest.mark.parametrize("whose", ["recipient", "device"])
async def test_an_extending_code_for_many_spares_its_own(stage: Stage, whose: str) -> None:
    """A code with coverMark 3 that serves many goes on serving, and its takers do not replace each other."""
    stage.cloud.set_guess("extend_covers", whose)
    stage.cloud.set_guess("code_uses", "many")
    code = await stage.granted(coverMark=3)
    await stage.other.ok("shareDevice", shareCode=code)
    assert stage.shares() == [("offered", None), ("active", None), ("active", None)]


@pytest.mark.parametrize("code", [5033, 5134])
async def test_guess_unknown_invitee(stage: Stage, code: int) -> None:
    """A person whom nobody knows is refused with either code."""
    stage.cloud.set_guess("unknown_invitee", code)
    assert await stage.owner.refused("shareByUid", **stage.keys(), email="nobody@example.com") == code


async def test_guess_past_timestamp(stage: Stage) -> None:
    """A moment that is over may be taken; what comes of it is dead at once."""
    stage.cloud.set_guess("past_timestamp", "taken")
    code = await stage.code(acceptingExpireAt=stage.now() - HOUR)
    assert await stage.guest.refused("shareDevice", shareCode=code) == 5137


@pytest.mark.parametrize("taken", [True, False])
async def test_guess_set_time_on_open_codes(stage: Stage, taken: bool) -> None:
    """The end of use of a code that nobody took can be moved, or not."""
    stage.cloud.set_guess("set_time_on_open_codes", taken)
    told, _ = await stage.owner("setShareTime", shareCode=await stage.code(), sharingExpireAt=stage.now() + 5 * HOUR)
    assert told == (200 if taken else 5041)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [("1 open 2 active 3 ended", [2, 1]), ("0 open 1 active 2 ended", [1, 0]), ("null", [None, None])],
)
async def test_guess_share_status_numbers(stage: Stage, numbers: str, expected: list[int | None]) -> None:
    """The status numbers are anybody's guess."""
    stage.cloud.set_guess("share_status_numbers", numbers)
    await stage.granted()
    await stage.code()
    entries = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert [entry["shareInfo"]["shareStatus"] for entry in entries] == expected


async def test_guess_share_times(stage: Stage) -> None:
    """The times of the owner's list may be strings beside their Ts twins."""
    stage.cloud.set_guess("share_times", "strings")
    await stage.granted()
    (entry,) = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert isinstance(entry["shareInfo"]["acceptTime"], str)
    assert isinstance(entry["shareInfo"]["acceptTimeTs"], int)


async def test_guess_verified_as(stage: Stage) -> None:
    """Verified may be a string, as the page says."""
    stage.cloud.set_guess("verified_as", "string")
    assert (await stage.owner.ok("deviceInfo", **stage.keys()))["verified"] == "1"


async def test_guess_binds_verified(empty: Stage) -> None:
    """Binding by keys may leave a binding unverified, which cannot be shared; a code of the device verifies it."""
    empty.cloud.set_guess("binds_verified", False)
    await empty.owner.ok("bindDeviceDk", **empty.keys())
    assert await empty.owner.refused("shareInfo", **empty.keys(), acceptingExpireAt=empty.now() + HOUR) == 5360
    await empty.owner.ok("unbundlingDeviceDk", **empty.keys())
    await empty.owner.ok("deviceBindingByWifi", **wifi(empty))
    await empty.owner.ok("shareInfo", **empty.keys(), acceptingExpireAt=empty.now() + HOUR)


@pytest.mark.parametrize("status", [200, 400])
async def test_guess_http_status_of_refusals(stage: Stage, status: int) -> None:
    """A refusal comes with HTTP 200 or 400, in the same envelope."""
    stage.cloud.set_guess("http_status_of_refusals", status)
    url = stage.cloud.base_url + ENDPOINTS["userInfo"]["path"]
    async with stage.nobody.http.get(url) as reply:
        assert reply.status == status
        assert (await reply.json())["code"] == 5106


# The contract


def every_code() -> list[tuple[str, int]]:
    """List every documented refusal of every emulated call."""
    return [(name, int(code)) for name in EMULATED for code in ENDPOINTS[name]["codes"] if code != "200"]


async def test_every_documented_code_can_be_forced(stage: Stage) -> None:
    """Each documented code of each call comes on demand, in the envelope, and nothing is executed."""
    before = stage.cloud.state()
    for name, code in every_code():
        stage.cloud.faults.add("code", code=code, operation=name)
        assert await stage.owner(name) == (code, None)
    assert stage.cloud.state() == before
    print(f"{len(every_code())} codes forced")  # noqa: T201 - the count is part of the result


def wishes(stage: Stage, code: str) -> dict[str, dict[str, Any]]:
    """Return parameters of every emulated call that satisfy the contract."""
    pair = stage.keys()
    soon = stage.now() + HOUR
    return {
        "emailPwdLogin": credentials(stage, by="email"),
        "phonePwdLogin": credentials(stage, by="phone"),
        "refreshToken": {"refreshToken": "x"},
        "userLogout": {},
        "userInfo": {},
        "getDeviceInfoByBinding": pair,
        "bindDeviceDk": pair,
        "bindDeviceSn": {"pk": pair["pk"], "sn": stage.cloud.devices[0].proof["serial"]},
        "deviceInfo": pair,
        "userDeviceList": {},
        "unbundlingDeviceDk": pair,
        "setDeviceInfo": {**pair, "deviceName": "x"},
        "shareInfo": {**pair, "acceptingExpireAt": soon},
        "setShareTime": {"shareCode": code, "sharingExpireAt": soon},
        "shareByUid": {**pair, "shareUid": stage.uid("guest")},
        "ownerUserUnshareDevice": {"shareCode": code},
        "deviceShareUserList": pair,
        "shareDevice": {"shareCode": code},
        "shareUserUnshareDevice": {"shareCode": code},
        "changeShareDeviceName": {"shareCode": code, "deviceName": "x"},
    }


async def test_parameters_are_judged_on_every_call(stage: Stage) -> None:
    """A missing, empty, doubled, mistyped, misplaced or unknown parameter of any call is refused and told."""
    code, judged = await stage.code(), 0
    before = stage.cloud.state()
    for name, wish in wishes(stage, code).items():
        cases: list[tuple[str, str, dict[str, Any]]] = [("zz", "unknown", {**wish, "zz": "1"})]
        for entry in ENDPOINTS[name]["params"]:
            parameter = entry["name"]
            if entry["required"]:
                without = {key: value for key, value in wish.items() if key != parameter}
                cases += [(parameter, "missing", without), (parameter, "missing", {**wish, parameter: ""})]
            if entry["type"] != "string":
                cases.append((parameter, "wrong_type", {**wish, parameter: "1.5x"}))
        for parameter, what, query in cases:
            refusal = await stage.owner.refused(name, **query)
            codes = ENDPOINTS[name]["codes"]
            assert refusal == 400 or str(refusal) in codes or refusal == 5115, (name, parameter, what)
            assert violated(stage) == [(parameter, what)], (name, parameter, what)
            judged += 1
    assert stage.cloud.state() == before
    print(f"{judged} parameters judged")  # noqa: T201 - the count is part of the result


@pytest.mark.parametrize(
    ("name", "without", "code"),
    [
        ("shareInfo", "acceptingExpireAt", 5132),
        ("shareInfo", "pk", 5066),
        ("shareByUid", "dk", 5067),
        ("shareByUid", "shareUid", 5891),
        ("shareDevice", "shareCode", 5136),
        ("setDeviceInfo", "deviceName", 5068),
        ("bindDeviceSn", "sn", 5088),
        ("emailPwdLogin", "pwd", 5022),
        ("emailPwdLogin", "signature", 5550),
        ("refreshToken", "refreshToken", 5115),
    ],
)
async def test_a_missing_parameter_has_its_code(stage: Stage, name: str, without: str, code: int) -> None:
    """What the vendor says about a missing parameter is what comes."""
    wish = wishes(stage, "share_dv_x")[name]
    del wish[without]
    assert await stage.owner.refused(name, **wish) == code
    assert violated(stage) == [(without, "missing")]


async def test_keys_or_a_code_are_needed(stage: Stage) -> None:
    """Reading a device without keys and without code is 5140, a product alone too."""
    assert await stage.owner.refused("deviceInfo") == 5140
    assert await stage.owner.refused("deviceInfo", pk=stage.keys()["pk"]) == 5140
    assert violated(stage) == [("shareCode", "missing"), ("shareCode", "missing")]


async def test_one_invitee_only(stage: Stage) -> None:
    """Two names for the invitee break the contract."""
    both = {"shareUid": stage.uid("guest"), "email": "guest@example.com"}
    assert await stage.owner.refused("shareByUid", **stage.keys(), **both) == 400
    assert violated(stage) == [("email", "duplicate")]


@pytest.mark.parametrize("sent_as", ["json", "data"])
async def test_shares_take_the_query_only(stage: Stage, sent_as: str) -> None:
    """A parameter of the share family in a JSON or form body is misplaced, and nothing happens."""
    url = stage.cloud.base_url + ENDPOINTS["shareDevice"]["path"]
    sent: dict[str, Any] = {sent_as: {"shareCode": await stage.code()}}
    async with stage.guest.http.post(url, headers={"Authorization": stage.guest.token}, **sent) as reply:
        assert (await reply.json())["code"] == 5136
    assert violated(stage) == [("shareCode", "misplaced")]
    assert stage.shares() == [("offered", None)]


async def test_a_json_body_without_fields_is_no_parameter(stage: Stage) -> None:
    """An empty JSON object, which the pages' content type invites, is taken."""
    url = stage.cloud.base_url + ENDPOINTS["shareDevice"]["path"]
    query = {"shareCode": await stage.code()}
    headers = {"Authorization": stage.guest.token}
    async with stage.guest.http.post(url, params=query, json={}, headers=headers) as reply:
        assert (await reply.json())["code"] == 200


@pytest.mark.parametrize(
    ("change", "violation", "code"),
    [
        ({"bindingCode": None}, ("bindingCode", "missing"), 5179),
        ({"productKey": ""}, ("productKey", "missing"), 5066),
        ({"deviceKey": None}, ("deviceKey", "missing"), 5067),
        ({"pk": "p"}, ("pk", "unknown"), 400),
        ({"capabilitiesBitmask": "2"}, ("capabilitiesBitmask", "wrong_type"), 400),
        ({"capabilitiesBitmask": 16}, ("capabilitiesBitmask", "wrong_type"), 400),
        ({"isMatter": 1}, ("isMatter", "wrong_type"), 400),
        ({"matterInfo": []}, ("matterInfo", "wrong_type"), 400),
        ({"matterInfo": {"fabricId": "1"}}, ("matterInfo.fabricId", "wrong_type"), 400),
        ({"matterInfo": {"fabric": 1}}, ("matterInfo.fabric", "unknown"), 400),
        ({"matterInfo": {"catList": {}}}, ("matterInfo.catList", "wrong_type"), 400),
        ({"matterInfo": {"catList": [1]}}, ("matterInfo.catList", "wrong_type"), 400),
        ({"matterInfo": {"catList": [{"cat": "1"}]}}, ("matterInfo.catList[].cat", "wrong_type"), 400),
        (
            {"matterInfo": {"catList": [{"privilege": "Own"}]}},
            ("matterInfo.catList[].privilege", "wrong_type"),
            400,
        ),
    ],
)
async def test_a_json_body_is_judged_in_depth(
    empty: Stage, change: dict[str, Any], violation: tuple[str, str], code: int
) -> None:
    """What a body has too much, lacks or spells otherwise is told by its path, also inside objects and lists."""
    assert await empty.owner.refused("deviceBindingByWifi", **wifi(empty, **change)) == code
    assert violated(empty) == [violation]


async def test_bind_calls_with_a_body_take_no_query(empty: Stage) -> None:
    """A parameter in the query or a form is misplaced, and what is no object is no body."""
    url, headers = empty.cloud.base_url + ENDPOINTS["deviceBindingByWifi"]["path"], {"Authorization": empty.owner.token}
    names = [(name, "misplaced") for name in ("bindingCode", "deviceKey", "productKey")]
    http = empty.owner.http
    async with http.post(url, params=wifi(empty), headers=headers) as reply:
        assert (await reply.json())["code"] == 5179
    async with http.post(url, data=wifi(empty), headers=headers) as reply:
        assert (await reply.json())["code"] == 5179
    assert violated(empty) == names * 2
    async with http.post(url, json=[wifi(empty)], headers=headers) as reply:
        assert (await reply.json())["code"] == 5179
    assert violated(empty)[0] == ("body", "wrong_type")


async def test_a_device_has_one_binding_code(empty: Stage) -> None:
    """Both codes at once are refused."""
    wish = bluetooth(empty, bindingCode=empty.cloud.devices[0].proof["binding_code"])
    assert await empty.owner.refused("deviceBindingByPureBt", **wish) == 400
    assert violated(empty) == [("encryptedBindingCode", "duplicate")]


# What a test brings about behind the wire


async def test_all_tokens_of_a_user_die_at_once(empty: Stage) -> None:
    """Every access token of that user is refused from then on, those of others and the refresh tokens are not."""
    pair = await empty.nobody.ok("emailPwdLogin", **credentials(empty, by="email"))
    empty.cloud.end_tokens("owner")
    for token in (empty.owner.token, pair["accessToken"]["token"]):
        assert await attrs.evolve(empty.owner, token=token).refused("userInfo") == 5032
    await empty.guest.ok("userInfo")
    await empty.nobody.ok("refreshToken", refreshToken=pair["refreshToken"]["token"])
    with pytest.raises(LookupError, match="no user 'nobody'"):
        empty.cloud.end_tokens("nobody")


@pytest.mark.parametrize("homes", [False, True])
async def test_devices_are_added_to_a_user(empty: Stage, homes: bool) -> None:
    """They are bound, and can be read, shared and unbound as others are."""
    empty.cloud.set_guess("home_mode", homes)
    free = [each.device for each in empty.cloud.devices]
    added = empty.cloud.add_devices("owner", 23)
    listed = await empty.owner.ok("userDeviceList", pageSize=50)
    assert [each["deviceKey"] for each in listed["list"]] == [each.device for each in added]
    assert (len({*free} | {each.device for each in added}), [each.device for each in empty.cloud.devices]) == (35, free)
    await empty.owner.ok("unbundlingDeviceDk", **keys(added[0]))


async def test_guests_are_added_to_a_device(stage: Stage) -> None:
    """They are made up, are listed with their names, and are nobody whom a call finds."""
    device = stage.cloud.devices[0]
    added = stage.cloud.add_guests(device.product, device.device, 23)
    listed = await stage.owner.ok("deviceShareUserList", **stage.keys())
    assert [each["userInfo"]["uid"] for each in listed] == [each.user_id for each in added]
    assert len({each.user_id for each in added} | {each.user_id for each in stage.cloud.users}) == 26
    wish = {**stage.keys(), "shareUid": added[0].user_id}
    assert await stage.owner.refused("shareByUid", **wish) == 5033
    with pytest.raises(LookupError, match="nobody has bound"):
        stage.cloud.add_guests(device.product, "8" * 15, 1)


async def test_the_list_of_a_device_breaks(stage: Stage) -> None:
    """The list of its shares fails until the cloud is reset; other calls about it do not."""
    device = stage.cloud.devices[0]
    stage.cloud.break_device(device.product, device.device)
    assert await stage.owner.refused("deviceShareUserList", **stage.keys()) == 5000
    await stage.owner.ok("deviceInfo", **stage.keys())
    stage.cloud.reset()
    await stage.owner.ok("bindDeviceDk", **stage.keys())
    assert await stage.owner.ok("deviceShareUserList", **stage.keys()) == []


async def test_the_vendors_paths_answer_on_the_origin(stage: Stage) -> None:
    """A client that joins the vendor's absolute paths onto the URL reaches the cloud, and is recorded alike."""
    path, headers = ENDPOINTS["userDeviceList"]["path"], {"Authorization": stage.owner.token}
    async with stage.owner.http.get(urljoin(stage.cloud.base_url, path), headers=headers) as reply:
        assert (await reply.json())["data"] == await stage.owner.ok("userDeviceList")
    joined, prefixed = stage.cloud.requests[-2:]
    assert attrs.evolve(joined, at=prefixed.at) == prefixed


async def test_a_fault_needs_a_call_of_the_contract(stage: Stage) -> None:
    """A fault for a call that the contract does not name is refused."""
    with pytest.raises(ValueError, match="no operation is called 'shareInfos'"):
        stage.cloud.faults.add("refuse", operation="shareInfos")


async def test_unknown_calls_are_told(empty: Stage) -> None:
    """A path, or a method, that the contract does not have is 400; what only the emulator lacks is 501."""
    http, url = empty.nobody.http, empty.cloud.base_url
    async with http.get(f"{url}/v2/nothing") as reply:
        assert reply.status == 400
    async with http.get(url + ENDPOINTS["shareInfo"]["path"]) as reply:
        assert reply.status == 400
    async with http.get(url + ENDPOINTS["userMsgList"]["path"]) as reply:
        assert reply.status == 501
    assert violated(empty) == [("", "unknown_operation")] * 3


async def test_lists_may_lag(stage: Stage) -> None:
    """A lagging list does not show the latest share; reading one device does, and the next list too."""
    stage.cloud.faults.add("lag", seconds=60, operation="userDeviceList")
    code = await stage.granted()
    assert (await stage.guest.ok("userDeviceList"))["list"] == []
    await stage.guest.ok("deviceInfo", shareCode=code)
    assert (await stage.guest.ok("userDeviceList"))["total"] == 1
    assert stage.shares() == [("active", None)]


async def test_requests_tell_caller_code_and_effect(stage: Stage) -> None:
    """Every request is kept with who called, what came and whether it changed something."""
    await stage.owner.ok("userDeviceList")
    await stage.guest.refused("shareDevice", shareCode="share_dv_x")
    told = [(each.operation, each.caller, each.code, each.effect) for each in stage.cloud.requests]
    assert told == [
        ("bindDeviceDk", "owner", "200", True),
        ("userDeviceList", "owner", "200", False),
        ("shareDevice", "guest", "5137", False),
    ]


async def test_state_is_a_plain_picture(stage: Stage) -> None:
    """The picture of the state names who holds what in which role, and every share."""
    code = await stage.granted()
    device = {"product": stage.keys()["pk"], "device": stage.keys()["dk"]}
    assert stage.cloud.state() == {
        "bindings": [
            {**device, "user_id": stage.uid("owner"), "role": "owner"},
            {**device, "user_id": stage.uid("guest"), "role": "guest"},
        ],
        "shares": [
            {**device, "from": stage.uid("owner"), "to": stage.uid("guest"), "state": "active", "code": code},
        ],
    }
    json.dumps(stage.cloud.state())


async def test_a_reset_keeps_ids_and_tokens(stage: Stage) -> None:
    """After a reset the world is as it was at the start, and the tokens work."""
    before = stage.cloud.describe()
    await stage.granted()
    stage.clouds.reset()
    assert stage.cloud.describe() == before
    assert stage.cloud.state() == {"bindings": [], "shares": []}
    assert (await stage.owner.ok("userDeviceList"))["list"] == []


def test_the_world_is_large_enough() -> None:
    """There are three users who can sign in and a dozen free devices with a serial."""
    cloud = QuectelCloud(clock=EmulatedClock(), seed=7)
    cloud.open("http://127.0.0.1")
    assert [user.name for user in cloud.users] == ["owner", "guest", "other"]
    assert all(user.email.endswith("@example.com") and user.password and user.token for user in cloud.users)
    assert len({device.device for device in cloud.devices}) == 12
    assert all(device.proof["serial"] for device in cloud.devices)
    assert cloud.violations == list[Violation]()
