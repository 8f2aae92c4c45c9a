"""Every request that our adapters send, against the contract: method, path, place, names and types.

The wishes say which of them causes each documented parameter, ``NOT_SENT`` why there is none for it. A parameter of the
contract that stands in neither fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any, Final

import pytest

from sharebind import Anyone, Email, Overlap, Phone, UnsupportedError, UserId
from sharebind.emulator import Recorded
from sharebind_quectel import AccessTag, Privilege
from sharebind_tencent import Channel, Digest

from . import wishes_gizwits, wishes_quectel, wishes_tencent
from .manners import WITHOUT_EWELINK
from .proofs import CHANNELS, METHODS, matter, signed
from .reading import contract, named_in
from .stage import (
    CALLS,
    OUT_OF_SCOPE,
    READERS,
    VENDORS,
    Stage,
    Vendor,
    address,
    body_of,
    entry,
    error_table,
    given_in,
    needs_token,
    own_parameters,
    parameters,
    place,
)
from .wish import Wish

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")

if not WITHOUT_EWELINK:
    from . import wishes_ewelink

WISHES: Final[Mapping[str, Mapping[str, Mapping[str, Wish]]]] = {
    "quectel": wishes_quectel.QUECTEL,
    "tencent": wishes_tencent.TENCENT,
    "gizwits": wishes_gizwits.GIZWITS,
    **({} if WITHOUT_EWELINK else {"ewelink": wishes_ewelink.EWELINK}),
}
LEAST: Final[Mapping[str, Mapping[str, tuple[Wish, Mapping[str, str]]]]] = {
    "quectel": wishes_quectel.LEAST,
    "tencent": wishes_tencent.LEAST,
    "gizwits": wishes_gizwits.LEAST,
    **({} if WITHOUT_EWELINK else {"ewelink": wishes_ewelink.LEAST}),
}
NOT_SENT: Final[Mapping[str, Mapping[tuple[str, str], str]]] = {
    "quectel": wishes_quectel.NOT_SENT,
    "tencent": wishes_tencent.NOT_SENT,
    "gizwits": wishes_gizwits.NOT_SENT,
    **({} if WITHOUT_EWELINK else {"ewelink": wishes_ewelink.NOT_SENT}),
}

# ---------------------------------------------------------------------------------------------------------- the judge

BITS: Final = {"int": 64, "int32": 32, "int64": 64}


def fits(parameter: Mapping[str, Any], value: object) -> bool:
    """Tell whether a value is of the contract's type and within its bounds, in a query (text) or in JSON."""
    kind = parameter["type"]
    if kind in BITS:
        if parameter.get("in") in {"query", "path"}:
            if not (isinstance(value, str) and value.removeprefix("-").isdecimal()):
                return False
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            return False
        bound = 1 << (BITS[kind] - 1)
        known = parameter.get("values", {value: ""})
        return parameter.get("min", -bound) <= value <= parameter.get("max", bound - 1) and value in known
    if kind == "bool":
        return value in {"true", "false"} if parameter.get("in") == "query" else isinstance(value, bool)
    if kind in {"object", "array"}:
        return isinstance(value, dict if kind == "object" else list)
    assert kind in {"string", "secret_string"}, kind
    return isinstance(value, str) and value.isprintable() and value in parameter.get("values", [value])


def faults_of(vendor: Vendor, request: Recorded) -> list[str]:
    """List how a request of ours departs from the contract."""
    call, named = request.operation, parameters(vendor.name, request.operation)
    left_out = NOT_SENT[vendor.name]
    body, found, in_path = body_of(request), list[str](), vendor.in_path(request)
    method, template = address(vendor.name, call)
    if request.method != method or named_in(template, request.path) is None:
        found.append(f"{request.method} {request.path}")
    found += [f"{name} is sent {len(values)} times" for name, values in request.query.items() if len(values) != 1]
    asked = [(name, value) for name, values in request.query.items() for value in values]
    given = [*in_path.items(), *asked, *body]
    found += [f"{name} is unknown" for name, _ in given if name not in named]
    for where, those in (("query", asked), ("body", body)):
        strangers = (name for name, _ in those if name in named and place(vendor.name, call, name) != where)
        found += [f"{name} stands in the wrong place" for name in strangers]
    names = {name for name, _ in given}
    found += [
        f"{name} is missing"
        for name, each in named.items()
        # A cloud records no headers: those stand among what ``Vendor.given`` tells.
        if each["required"] is True
        and name not in names
        and each.get("in") != "header"
        and (call, name) not in left_out
    ]
    found += [f"{name} has a wrong type" for name, value in given if name in named and not fits(named[name], value)]
    found += [f"{name} is empty" for name, value in given if value == "" and (call, name) not in EMPTY]
    found += [f"{name} is not to be sent" for name in names if (call, name) in left_out]
    dead = error_table(vendor.name).get(request.code, {}).get("retry") == "renew_token"
    if (request.caller is not None) != needs_token(vendor.name, call) and not dead:
        found.append(f"the token of {request.caller}")
    return [f"{call}: {each}" for each in found]


EMPTY: Final = {("AppGetFamilyDeviceList", "RoomId"): "the contract: empty means every room"}


def check_all(vendor: Vendor) -> None:
    """Judge every request that the test has caused; the ids of Tencent's are fresh ones."""
    assert [fault for request in vendor.cloud.requests for fault in faults_of(vendor, request)] == []
    if vendor.name == "tencent":
        ids = [given_in(request)["RequestId"] for request in vendor.cloud.requests]
        assert len(set(ids)) == len(ids)


# ---------------------------------------------------------------------------------------------------------- the tests

EVERY_CALL: Final = [(vendor, call) for vendor in VENDORS for call in CALLS[vendor]]
PARAMETERS: Final = [
    (vendor, call, name)
    for vendor, call in EVERY_CALL
    for name in own_parameters(vendor, call)
    if (call, name) not in NOT_SENT[vendor]
]


@pytest.mark.parametrize(("vendor", "call"), EVERY_CALL)
def test_every_parameter_has_a_wish_or_a_reason(vendor: str, call: str, stage: Stage) -> None:
    """Each documented parameter stands in exactly one table: the wish that causes it, or why none does."""
    documented, caused = set(own_parameters(vendor, call)), set(WISHES[vendor][call])
    refused = {name for of, name in NOT_SENT[vendor] if of == call}
    assert caused | refused == documented
    assert not caused & refused
    for _ in documented:
        stage.count(f"{vendor} parameters in a table")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), PARAMETERS)
async def test_a_parameter_is_sent_as_documented(vendor: str, call: str, parameter: str, stage: Stage) -> None:
    """A wish sends its parameter under the documented name, in its place, with its type and the wished value."""
    here = stage[vendor]
    expected = await WISHES[vendor][call][parameter](here)
    given = here.given(call)
    assert parameter in expected
    known = own_parameters(vendor, call)
    assert {name: given.get(name) for name in expected if name in known} == {
        name: value for name, value in expected.items() if name in known
    }
    check_all(here)
    stage.count(f"{vendor} requests")


@LOOPED
@pytest.mark.parametrize(("vendor", "call"), EVERY_CALL)
async def test_the_least_wish_sends_no_more_than_is_required(vendor: str, call: str, stage: Stage) -> None:
    """A wish with nothing optional sends the required parameters, and beside them only what the table names."""
    here, (wish, beside) = stage[vendor], LEAST[vendor][call]
    await wish(here)
    required = {
        name
        for name, each in parameters(vendor, call).items()
        if each["required"] is True and (call, name) not in NOT_SENT[vendor]
    }
    assert not required & set(beside)
    assert set(here.given(call)) == required | set(beside)
    check_all(here)
    stage.count(f"{vendor} requests")


@LOOPED
@pytest.mark.parametrize("call", CALLS["tencent"])
async def test_what_every_call_carries(call: str, stage: Stage) -> None:
    """Every call at Tencent names its action and an id of its own, with the caller's token or the app's signature."""
    here, common = stage["tencent"], contract("tencent")["transport"]["common_params"]
    await LEAST["tencent"][call][0](here)
    sent = here.sent(call)
    given = given_in(sent)
    assert given["Action"] == call
    assert given["RequestId"]
    if needs_token("tencent", call):
        assert given["AccessToken"] == here.user(sent.caller or "").token
    else:
        assert given["AppKey"] == here.cloud.app["app_key"]
        assert abs(given["Timestamp"] - here.clouds.clock.now().timestamp()) < 60
        assert given["Nonce"] > 0
    added = set(common["optional_seen_in_sdks"]) - set(parameters("tencent", call))
    assert not added & set(given)
    for _ in common[entry("tencent", call)["endpoint"]]:
        stage.count("tencent requests")


@LOOPED
@pytest.mark.parametrize("call", ["shareInfo", "shareByUid"])
@pytest.mark.parametrize(
    ("overlap", "mark", "meaning"),
    [
        (Overlap.REPLACE, 1, "replace the previous valid share"),
        (Overlap.KEEP, 2, "several shares coexist"),
        (Overlap.EXTEND, 3, "replace only if the usage time grows"),
    ],
)
async def test_every_value_of_cover_mark(call: str, overlap: Overlap, mark: int, meaning: str, stage: Stage) -> None:
    """Each documented value of coverMark is said by one overlap."""
    values = own_parameters("quectel", call)["coverMark"]["values"]
    assert meaning in values[mark]
    assert len(values) == len(Overlap)
    here = stage["quectel"]
    to: Anyone | UserId = Anyone() if call == "shareInfo" else here.id_of("guest")
    await here.account().share(await here.bound(), to=to, overlap=overlap)
    assert given_in(here.sent(call))["coverMark"] == str(mark)
    check_all(here)
    stage.count("quectel requests")


@LOOPED
@pytest.mark.parametrize(("channel", "digest"), list(product(Channel, Digest)))
async def test_every_way_that_a_device_signs(channel: Channel, digest: Digest, stage: Stage) -> None:
    """Each documented BindType and SignMethod is said by one channel and one digest."""
    enums = contract("tencent")["enums"]
    assert set(CHANNELS.values()) == set(enums["bind_type"])
    assert set(METHODS.values()) == set(enums["sign_method"])
    here = stage["tencent"]
    proof, said = signed(here, channel=channel, digest=digest)
    await here.account().bind(here.device(), proof, space=here.home())
    given = given_in(here.sent("AppSigBindDeviceInFamily"))
    assert {name: given[name] for name in said} == said
    check_all(here)
    stage.count("tencent requests")


@LOOPED
async def test_every_privilege_of_an_access_list(stage: Stage) -> None:
    """Each documented privilege is said by one value, in the order that was given."""
    meaning = own_parameters("quectel", "deviceBindingByWifi")["matterInfo.catList[].privilege"]["meaning"]
    here, tags = stage["quectel"], [AccessTag(number, each) for number, each in enumerate(Privilege)]
    await here.account().bind(here.device(), matter(here, access=tags))
    sent = given_in(here.sent("deviceBindingByWifi"))["matterInfo.catList"]
    assert sent == [{"cat": number, "privilege": each.value} for number, each in enumerate(Privilege)]
    assert meaning == "{}, {} or {}".format(*(each.value for each in Privilege))
    check_all(here)
    stage.count("quectel requests")


@LOOPED
@pytest.mark.parametrize("by", ["email", "phone"])
async def test_an_invitee_is_looked_up(by: str, stage: Stage) -> None:
    """An invitation to an address or a number looks the person up, and names the user id that was found."""
    here, guest = stage["tencent"], stage["tencent"].user("guest")
    device = await here.bound()
    await here.account().share(device, to=Email(guest.email) if by == "email" else Phone(**guest.phone))
    found = given_in(here.sent("AppFindUser"))
    wanted = wishes_tencent.looked_up(here, "guest", by)
    assert {name: found.get(name) for name in wanted} == wanted
    assert given_in(here.sent("AppSendShareDeviceInvite"))["ToUserID"] == guest.user_id
    check_all(here)
    stage.count("tencent requests")


EXTRAS: Final = [
    ("quectel", "authKey", "anyone"),
    ("quectel", "authKey", "user"),
    ("tencent", "TokenContext", "anyone"),
    ("tencent", "TokenContext", "user"),
]


@LOOPED
@pytest.mark.parametrize(("vendor", "name", "to"), EXTRAS)
async def test_an_extra_is_sent_or_refused(vendor: str, name: str, to: str, stage: Stage) -> None:
    """An extra that the vendor's call has is sent; one that this call lacks is refused, never dropped."""
    here = stage[vendor]
    device = await here.bound()
    recipient: Anyone | UserId = Anyone() if to == "anyone" else UserId(here.user("guest").user_id)
    here.cloud.requests.clear()
    try:
        await here.account().share(device, to=recipient, extra={name: "x"})
    except UnsupportedError:
        assert here.cloud.requests == []
    else:
        changed = [request for request in here.cloud.requests if request.effect]
        assert [given_in(request).get(name) for request in changed] == ["x"]
    stage.count(f"{vendor} extras")


@LOOPED
@pytest.mark.parametrize("span", wishes_gizwits.SPANS)
async def test_every_bound_of_a_use(span: str, stage: Stage) -> None:
    """The least and the most of a use window are sent in minutes (quirk ``use_window_needs_acceptance``)."""
    window = contract("gizwits")["timing"]["use_window"]
    assert (window["unit"], window["anchor"]) == ("minute", "moment_of_acceptance")
    here = stage["gizwits"]
    expected = await wishes_gizwits.SPANS[span](here)
    given = here.given("create_share")
    assert {name: given[name] for name in expected} == expected
    assert given["duration"] in {window["min"], window["max"]}
    check_all(here)
    stage.count("gizwits requests")


@LOOPED
@pytest.mark.skipif(WITHOUT_EWELINK, reason="sharebind-ewelink is not installed")
@pytest.mark.parametrize("bits", range(16))
async def test_every_sum_of_rights(bits: int, stage: Stage) -> None:
    """Each documented bit of a permit is said by one right, alone and with others."""
    known = contract("ewelink")["enums"]["permit_bits"]
    assert sum(known) == 15
    here = stage["ewelink"]
    expected = await wishes_ewelink.share("email", bits=bits)(here)
    assert here.given("share_devices")["permit"] == expected["permit"] == bits
    check_all(here)
    stage.count("ewelink requests")


def test_no_call_is_forgotten() -> None:
    """Every call of the list is in the contract, and every call in the tables is in the list."""
    for vendor in VENDORS:
        assert set(CALLS[vendor]) == set(WISHES[vendor]) == set(LEAST[vendor])
        known = {each["name"] for each in contract(vendor)[READERS[vendor].section]}
        assert set(OUT_OF_SCOPE[vendor]) <= known
        for call, name in NOT_SENT[vendor]:
            assert call not in CALLS[vendor] or name in own_parameters(vendor, call)
