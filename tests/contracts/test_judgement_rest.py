"""What the clouds with plain REST endpoints say to a wrong path, header, value or combination."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import aiohttp
import attrs
import pytest

from .bare import Wrong, code_in
from .reading import contract
from .refusals import refusal
from .stage import INFERRED, JUDGED, Stage, address, entry, own_parameters, place
from .valid import VALID, ask

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")


def standing(where: str) -> list[Any]:
    """Return every parameter that belongs in a place."""
    return [
        pytest.param(vendor, call, name, id=f"{vendor}-{call}-{name}")
        for vendor in INFERRED
        for call in JUDGED[vendor]
        for name in own_parameters(vendor, call)
        if place(vendor, call, name) == where
    ]


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), standing("path"))
async def test_a_path_with_a_hole(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Without what stands in its path a request is no call that there is, even where a shorter path is one."""
    here = stage[vendor]
    status, code = await ask(here, http, call, "", lambda wrong: wrong.path.update({parameter: ""}))
    assert (status >= 400, code) == (True, refusal(vendor, call, parameter, "missing")[1])
    assert [each.what for each in here.cloud.violations] == ["unknown_operation"]
    here.cloud.violations.clear()
    stage.count(f"{vendor} judgements")


CREDENTIALS: Final = {
    # What goes with every request of its kind, and the code of its lack (contract: auth, errors).
    ("gizwits", "bind_mac", "X-Gizwits-Timestamp"): "9043",
    ("gizwits", "bind_mac", "X-Gizwits-Signature"): "9044",
}


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), standing("header"))
async def test_a_header_that_is_needed(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A header that a call needs is refused with its own code where it is missing, misnamed or wrong."""
    here, code = stage[vendor], CREDENTIALS[vendor, call, parameter]
    assert int(code) in entry(vendor, call)["errors"]
    http_status = contract(vendor)["errors"][int(code)]["http"]
    changes: tuple[Callable[[Wrong], object], ...] = (
        lambda wrong: wrong.take(parameter),
        lambda wrong: wrong.rename(parameter, f"{parameter}X"),
        lambda wrong: wrong.put(parameter, "text"),
    )
    for change in changes:
        here.cloud.reset()
        assert await ask(here, http, call, "", change) == (http_status, code)
        assert here.cloud.violations == []  # headers are never judged
        stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "parameter"), standing("header"))
async def test_a_header_in_the_body(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A parameter that belongs in a header is refused in the body."""
    here = stage[vendor]

    def move(wrong: Wrong) -> None:
        wrong.body[parameter] = wrong.take(parameter)

    answer = await ask(here, http, call, "", move)
    assert answer == refusal(vendor, call, parameter, "")
    assert {(each.parameter, each.what) for each in here.cloud.violations} <= {
        (parameter, "unknown"),
        (parameter, "misplaced"),
    }
    assert here.cloud.violations
    here.cloud.violations.clear()
    stage.count(f"{vendor} judgements")


# --------------------------------------------------------------------------------------------------------- the values


@attrs.frozen
class Outside:
    """Hold a value of the right type that the contract excludes."""

    vendor: str
    call: str
    parameter: str
    value: Any


def outside() -> Iterator[Outside]:
    """Give a value beyond each list of values and each bound of the contracts."""
    for vendor in INFERRED:
        for call in JUDGED[vendor]:
            for name, each in own_parameters(vendor, call).items():
                for value in beyond(each):
                    yield Outside(vendor, call, name, value)


def beyond(parameter: dict[str, Any]) -> Iterator[Any]:
    """Give values that are of a parameter's type and excluded all the same."""
    known = parameter.get("values")
    if known:
        text = isinstance(known[0], str)
        yield str(9 if known[0].isdecimal() else "xx") if text else max(known) + 1
    if "min" in parameter:
        yield parameter["min"] - 1
        yield parameter["max"] + 1
    if "max_items" in parameter:
        yield []
        yield [{name: 1 if kind == "integer" else "x" for name, kind in parameter["item"].items()}] * 11
    if parameter.get("algorithm") is None and parameter["type"] == "array" and "item" not in parameter:
        yield [5]


def test_every_bound_is_found() -> None:
    """Each list of values, range and number of items in the contracts of REST endpoints has a case."""
    found = {(each.vendor, each.call, each.parameter.partition(".")[0]) for each in outside()}
    stated = {
        (vendor, call, param["name"])
        for vendor in INFERRED
        for call in JUDGED[vendor]
        for param in entry(vendor, call)["params"]
        if {"enum", "values", "min", "range", "min_items"} & set(param)
    }
    assert stated <= found


@LOOPED
@pytest.mark.parametrize(
    "case",
    [pytest.param(each, id=f"{each.vendor}-{each.call}-{each.parameter}-{each.value}"[:60]) for each in outside()],
)
async def test_a_value_outside_its_bounds(case: Outside, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A value that is none of the documented ones, or beyond a bound, is refused and told."""
    here = stage[case.vendor]
    answer = await ask(here, http, case.call, case.parameter, lambda wrong: wrong.put(case.parameter, case.value))
    assert answer == refusal(case.vendor, case.call, case.parameter, "wrong_type")
    told = {each.parameter.replace("[]", "").partition(".")[0] for each in here.cloud.violations}
    assert told == {case.parameter.partition(".")[0]}
    here.cloud.violations.clear()
    stage.count(f"{case.vendor} judgements")


# --------------------------------------------------------------------------------------------------- the combinations


@attrs.frozen
class Rule:
    """Hold a rule that the contract states of several parameters, and a request that breaks it."""

    vendor: str
    call: str
    words: str
    """Those of the contract."""
    breaks: Callable[[Wrong], object]
    what: str = "missing"


def drop(*names: str) -> Callable[[Wrong], object]:
    """Leave several parameters out."""
    return lambda wrong: [wrong.take(name) for name in names]


RULES: Final = tuple(
    rule
    for rule in (
        Rule(
            "gizwits",
            "create_share",
            "type 0: exactly one of uid, username, email, phone",
            lambda wrong: wrong.body.update(email="a@example.com", phone="13800000000"),
            "duplicate",
        ),
        Rule("gizwits", "update_binding", "at_least_one_body_param", lambda wrong: wrong.body.clear()),
        Rule("ewelink", "login", "phoneNumber_or_email", drop("phoneNumber", "email")),
        Rule(
            "ewelink",
            "share_devices",
            "user.phoneNumber_or_user.email",
            drop("user.phoneNumber", "user.email"),
        ),
    )
    if rule.vendor in INFERRED
)
ANSWERED: Final = {
    "recipient must already have an account": "9005 by state",
    "recipient is registered": "30008 by state",
    "recipient is in the same region": "30008 by state",
    "type 1: uid, username, email and phone are ignored": "test_what_a_code_ignores",
}
"""Rules that are no matter of the request's form, and where they are shown."""


def test_every_rule_of_the_contracts_is_broken() -> None:
    """Each constraint of an endpoint has a request that breaks it, or is shown elsewhere."""
    stated = {
        (vendor, call, words)
        for vendor in INFERRED
        for call in JUDGED[vendor]
        for words in entry(vendor, call).get("constraints", ())
    }
    assert {each for each in stated if each[2] not in ANSWERED} == {(r.vendor, r.call, r.words) for r in RULES}


@LOOPED
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.vendor}-{rule.call}")
async def test_a_rule_of_several_parameters(rule: Rule, http: aiohttp.ClientSession, stage: Stage) -> None:
    """What the contract says of several parameters together is kept, though each is right alone."""
    here = stage[rule.vendor]
    answer = await ask(here, http, rule.call, "", rule.breaks)
    assert answer == refusal(rule.vendor, rule.call, "", "missing")
    assert {each.what for each in here.cloud.violations} == {rule.what}
    here.cloud.violations.clear()
    stage.count(f"{rule.vendor} judgements")


@LOOPED
async def test_what_a_code_ignores(http: aiohttp.ClientSession, stage: Stage) -> None:
    """The names of a person are ignored where a code is made, all of them at once."""
    here, guest = stage["gizwits"], stage["gizwits"].user("guest")
    named = {"username": guest.email, "email": guest.email, "phone": guest.phone["number"]}
    assert await ask(here, http, "create_share", "uid", lambda wrong: wrong.body.update(type=1, **named)) == (200, "ok")
    assert here.cloud.violations == []
    stage.count("gizwits judgements")


@LOOPED
@pytest.mark.skipif("ewelink" not in INFERRED, reason="sharebind-ewelink is not installed")
@pytest.mark.parametrize("parameter", ["countryCode"])
async def test_a_country_without_its_plus(parameter: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A calling code without a leading + is refused (contract: the note of login's countryCode)."""
    here = stage["ewelink"]
    assert "leading +" in own_parameters("ewelink", "login")[parameter]["note"]
    answer = await ask(here, http, "login", parameter, lambda wrong: wrong.put(parameter, "86"))
    assert answer == refusal("ewelink", "login", parameter, "wrong_type")
    assert [each.parameter for each in here.cloud.violations] == [parameter]
    here.cloud.violations.clear()
    stage.count("ewelink judgements")


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call"),
    [
        pytest.param(vendor, call, id=f"{vendor}-{call}")
        for vendor in INFERRED
        for call in JUDGED[vendor]
        if any(each["in"] == "body" for each in own_parameters(vendor, call).values())
    ],
)
@pytest.mark.parametrize("body", ["not json", "[]", "null", '"text"'])
async def test_a_body_that_is_no_object(
    vendor: str, call: str, body: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A body that is no JSON object is refused with the code of a wrong form."""
    here = stage[vendor]
    request = await VALID[vendor][call](here, "")
    (method, path), raw = request.asked(), body.encode()
    query = {name: str(value) for name, value in request.query.items()}
    headers = request.all_headers(raw)
    async with http.request(method, here.cloud.base_url + path, params=query, data=raw, headers=headers) as reply:
        answer = reply.status, code_in(vendor, await reply.json())
    assert answer == refusal(vendor, call, "", "wrong_type")
    assert {"body"} <= {each.parameter for each in here.cloud.violations}
    here.cloud.violations.clear()
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize("vendor", INFERRED)
async def test_a_call_by_another_method(vendor: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A method that no endpoint has at its path is refused, and kept as an unknown call."""
    here = stage[vendor]
    for call in JUDGED[vendor]:
        path = address(vendor, call)[1]
        known = {address(vendor, each)[0] for each in JUDGED[vendor] if address(vendor, each)[1] == path}
        unused = next(each for each in ("PATCH", "PUT", "DELETE") if each not in known)
        request = await VALID[vendor][call](here, "")
        async with http.request(
            unused, here.cloud.base_url + request.asked()[1], headers=request.all_headers(b"")
        ) as reply:
            assert code_in(vendor, await reply.json()) != "ok"
        assert [each.what for each in here.cloud.violations] == ["unknown_operation"]
        here.cloud.violations.clear()
        stage.count(f"{vendor} judgements")
