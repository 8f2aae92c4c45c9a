"""What the emulated clouds say to a wrong request, called by a bare HTTP client, parameter by parameter.

For each parameter of each call a request that is valid but for it: dropped, renamed, moved between query and body, of a
wrong type. Which code answers is said in ``refusals``.
"""

from __future__ import annotations

from typing import Final

import aiohttp
import pytest

from .bare import Wrong
from .refusals import (
    CHOICES,
    LEFT_OUT_AT_A_GUESS,
    LEFT_OUT_BY_CLIENTS,
    MATTER,
    QUECTEL_CHOICES,
    QUECTEL_CODES,
    check_violations,
    choices,
    is_required,
    missing,
    refusal,
)
from .stage import CALLS, JUDGED, PAGED, VENDORS, Stage, address, codes, parameters, place
from .valid import VALID, ask

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")


# ---------------------------------------------------------------------------------------------------------- the tests

EVERY: Final = [
    pytest.param(vendor, call, parameter, id=f"{vendor}-{call}-{parameter}")
    for vendor in VENDORS
    for call in JUDGED[vendor]
    for parameter in parameters(vendor, call)
    if place(vendor, call, parameter) in {"query", "body"}
]
"""What stands in a path has no name there, and headers are credentials: ``test_paths_and_headers``."""
MOVED: Final = [each for each in EVERY if str(each.values[0]) in PAGED or not set(".[") & set(str(each.values[2]))]
"""Without fields, where the contract names the place of what they are in."""
TYPED: Final = [
    pytest.param(vendor, call, parameter, id=f"{vendor}-{call}-{parameter}")
    for vendor in VENDORS
    for call in JUDGED[vendor]
    for parameter, each in parameters(vendor, call).items()
    if place(vendor, call, parameter) == "body" or each["type"] != "string"
    if place(vendor, call, parameter) != "header"
]
"""Without the texts in a query: everything there is a text."""


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call"),
    [pytest.param(vendor, call, id=f"{vendor}-{call}") for vendor in VENDORS for call in JUDGED[vendor]],
)
async def test_a_valid_request_is_accepted(vendor: str, call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """The request from which every case of this module starts is accepted, and breaks nothing of the contract."""
    here = stage[vendor]

    def look(request: Wrong) -> None:
        assert request.named <= set(parameters(vendor, call))

    assert await ask(here, http, call, "", look) == (200, "ok")
    assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_that_is_left_out(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Without a required parameter the documented code comes; without an optional one the request is accepted."""
    here = stage[vendor]
    answer = await ask(here, http, call, parameter, lambda wrong: wrong.take(parameter))
    if call == "deviceBindingByWifi" and parameter in MATTER:
        code, meaning = MATTER[parameter]
        assert codes(vendor, call)[code] == meaning
        assert answer == (200, code)
        assert here.cloud.violations == []
    elif (vendor, call, parameter) in LEFT_OUT_AT_A_GUESS:
        assert answer == refusal(vendor, call, parameter, "missing")
        assert here.cloud.violations == []
    elif is_required(vendor, call, parameter):
        assert answer == refusal(vendor, call, parameter, "missing")
        check_violations(here, call, parameter, {missing(vendor, call, parameter)}, choices(vendor, call, parameter))
    else:
        assert answer == (200, "ok")
        assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), EVERY)
async def test_a_parameter_under_another_name(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A name that the contract has not is refused, with the code of the missing parameter where that is required."""
    here, wrong_name = stage[vendor], f"{parameter}X"
    short = wrong_name.rpartition(".")[2]
    answer = await ask(here, http, call, parameter, lambda wrong: wrong.rename(parameter, short))
    required = is_required(vendor, call, parameter)
    assert answer == refusal(vendor, call, parameter, "missing" if required else "")
    expected = {(wrong_name, "unknown")} | ({missing(vendor, call, parameter)} if required else set())
    check_violations(here, call, parameter, expected, choices(vendor, call, parameter))
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), MOVED)
async def test_a_parameter_in_the_other_place(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A parameter in the body where the query is documented, or in the query where the body is, is refused."""
    here = stage[vendor]

    def move(wrong: Wrong) -> None:
        wrong.elsewhere(parameter)[parameter] = wrong.take(parameter)

    answer = await ask(here, http, call, parameter, move)
    required = is_required(vendor, call, parameter)
    assert answer == refusal(vendor, call, parameter, "missing" if required else "")
    expected = {(parameter, "misplaced")}
    # What is misplaced need not be called missing too; if it is, that is no lie.
    told = {(each.parameter, each.what) for each in here.cloud.violations}
    if required and any(what == "missing" for _, what in told):
        expected |= {missing(vendor, call, parameter)}
    check_violations(here, call, parameter, expected, choices(vendor, call, parameter))
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), TYPED)
async def test_a_parameter_of_a_wrong_type(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A text where the contract has a number or a truth value, or a number for a text, is refused."""
    here, kind = stage[vendor], parameters(vendor, call)[parameter]["type"]
    wrong_value = 5 if kind in {"string", "secret_string"} else "text"

    def mistype(wrong: Wrong) -> None:
        wrong.put(parameter, wrong_value)
        if parameter.lower() == "signature":
            wrong.sign = None

    answer = await ask(here, http, call, parameter, mistype)
    assert answer == refusal(vendor, call, parameter, "wrong_type")
    check_violations(here, call, parameter, {(parameter, "wrong_type")}, frozenset())
    stage.count(f"{vendor} judgements")


BITS: Final = "capabilitiesBitmask"
OUTSIDE: Final = [
    # A parameter whose values the contract names, another value, and the code of that.
    *((call, "coverMark", value, "5133") for call in ("shareInfo", "shareByUid") for value in (0, 4)),
    *((call, BITS, value, "") for call in CALLS["quectel"] if BITS in parameters("quectel", call) for value in (0, 16)),
    ("deviceBindingByWifi", "matterInfo.catList[].privilege", "Own", ""),
]


@LOOPED
@pytest.mark.parametrize(("call", "parameter", "value", "code"), OUTSIDE)
async def test_a_value_that_the_contract_does_not_name(
    call: str, parameter: str, value: object, code: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A number or word of the right type that is none of the documented ones is refused."""
    here = stage["quectel"]
    answer = await ask(here, http, call, parameter, lambda wrong: wrong.put(parameter, value))
    assert answer == ((200, code) if code else (400, "400"))
    if code:  # it is refused as what is asked, like a moment that is past
        assert here.cloud.violations == []
    else:
        check_violations(here, call, parameter, {(parameter, "wrong_type")}, frozenset())
    stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize("call", [call for call in QUECTEL_CHOICES if call != "deviceInfo"])
async def test_two_where_one_is_wanted(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Two of the parameters of which exactly one is wanted are refused (contract: notes of the calls)."""
    here = stage["quectel"]

    def give_both(wrong: Wrong) -> None:
        for name in sorted(QUECTEL_CHOICES[call][0]):
            wrong.right.setdefault(name, "a value")

    assert await ask(here, http, call, "", give_both) == (400, "400")
    assert {each.what for each in here.cloud.violations} == {"duplicate"}
    here.cloud.violations.clear()
    stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize("path", [address("tencent", call)[1] for call in ("AppGetUser", "AppGetToken")])
@pytest.mark.parametrize("body", ["", "Action=AppGetUser", "[]", "null"])
async def test_a_body_that_is_no_json_object(path: str, body: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Where the body is no JSON object nobody knows the action, and the code of a body that is not JSON answers."""
    here = stage["tencent"]
    async with http.post(here.cloud.base_url + path, data=body) as reply:
        answer = (await reply.json())["Response"]["Error"]["Code"]
    assert answer == "InvalidParameterValue.InvalidJSON"
    assert [each.parameter for each in here.cloud.violations] == ["body"]
    here.cloud.violations.clear()
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize(
    "call",
    [
        call
        for call in CALLS["quectel"]
        if any(place("quectel", call, name) == "body" for name in parameters("quectel", call))
    ],
)
@pytest.mark.parametrize("body", ["not json", "[]"])
async def test_a_json_call_without_its_object(call: str, body: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A call that takes JSON is refused with the code of a missing parameter where its body is no object."""
    here = stage["quectel"]
    headers = {"Authorization": here.user().token, "Content-Type": "application/json"}
    async with http.post(here.cloud.base_url + address("quectel", call)[1], data=body, headers=headers) as reply:
        answer = (await reply.json())["code"]
    assert {("body", "wrong_type")} <= {(each.parameter, each.what) for each in here.cloud.violations}
    required = {name for name, each in parameters("quectel", call).items() if each["required"] is True}
    assert required <= {each.parameter for each in here.cloud.violations if each.what == "missing"}
    assert str(answer) in {"400", *(code for (_, fault), (code, _) in QUECTEL_CODES.items() if fault == "missing")}
    here.cloud.violations.clear()
    stage.count("quectel judgements")


def test_every_call_is_judged() -> None:
    """The tables of this module name calls and parameters of the contracts, and every call that a cloud answers."""
    for vendor in VENDORS:
        assert set(VALID[vendor]) == set(JUDGED[vendor])
    for call, parameter in LEFT_OUT_BY_CLIENTS:
        assert parameters("tencent", call)[parameter]["required"] is True
    for call, (_, code, meaning) in QUECTEL_CHOICES.items():
        assert codes("quectel", call)[code] == meaning
    for (vendor, call), among in CHOICES.items():
        assert not any(parameters(vendor, call)[name]["required"] for name in among)
    for vendor, call, parameter in LEFT_OUT_AT_A_GUESS:
        assert not parameters(vendor, call)[parameter]["required"]
