"""Who asks: tokens that are missing, nobody's or dead, and signatures that do not fit what is sent."""

from __future__ import annotations

from typing import Any, Final

import aiohttp
import pytest

from .bare import Wrong, judged
from .reading import contract
from .recipes import signed_names
from .stage import CALLS, Stage, Vendor, codes, error_table, needs_token, parameters
from .valid import VALID, ask

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")
TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"


@LOOPED
@pytest.mark.parametrize("call", CALLS["quectel"])
async def test_a_token_that_is_missing_or_nobodys(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A call that needs a token answers 5106 without one and 5032 to nobody's; a sign-in needs none."""
    here = stage["quectel"]
    needs = needs_token("quectel", call)
    if needs:
        assert codes("quectel", call).get("5106", "token missing") == "token missing"  # userLogout lists the other only
        assert codes("quectel", call)["5032"] == "token rejected"
    for token, code in (("", "5106"), ("Bearer nobody's", "5032")):
        stage[here.name].cloud.reset()

        def change(wrong: Wrong, token: str = token) -> None:
            wrong.token = token

        assert await ask(here, http, call, "", change) == ((200, code) if needs else (200, "ok"))
        stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize("call", [call for call in CALLS["tencent"] if needs_token("tencent", call)])
async def test_a_token_of_nobody(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Nobody's token is refused by every action that takes one (contract: errors, auth_invalid)."""
    here = stage["tencent"]
    answer = await ask(here, http, call, "", lambda wrong: wrong.put("AccessToken", "0" * 32))
    assert answer == (200, TOKEN)
    assert here.cloud.violations == []
    stage.count("tencent judgements")


# --------------------------------------------------------------------------------------------------------- signatures

SIGNED: Final = {
    ("quectel", "emailPwdLogin"): ("signature", "5420"),
    ("quectel", "phonePwdLogin"): ("signature", "5420"),
    ("quectel", "deviceBindingByPureBt"): ("signature", "5421"),
    ("tencent", "AppGetToken"): ("Signature", "InvalidParameterValue"),
    ("tencent", "AppGetTokenByWeiXin"): ("Signature", "InvalidParameterValue"),
    ("tencent", "AppSigBindDeviceInFamily"): ("Signature", "InvalidParameterValue"),
}
"""Every signed call: where its signature stands, and the code of a wrong one."""

OTHERWISE: Final = (
    ("quectel", "deviceBindingByPureBt", "bluetooth_signature_code", 5420),
    ("tencent", "AppGetToken", "bad_signature_code", "AuthFailure.SignatureFailure"),
    ("tencent", "AppGetTokenByWeiXin", "bad_signature_code", "AuthFailure.SignatureFailure"),
)
"""The switches of what is not documented about a wrong signature, and their other values."""


def test_every_signed_call_is_known() -> None:
    """The table has every call of the contracts that carries a signature, and their codes mean what they should."""
    carrying = {
        (vendor, call)
        for vendor in CALLS
        for call in CALLS[vendor]
        if {"signature", "Signature"} & set(parameters(vendor, call))
    }
    assert carrying == set(SIGNED)
    assert "signature mismatch" in error_table("quectel")["5420"]["reason"]
    assert "signature check error" in error_table("quectel")["5421"]["reason"]
    assert "bad signature" in contract("tencent")["errors"]["InvalidParameterValue"]["note"]


async def signed_request(here: Vendor, call: str) -> Wrong:
    """Make a valid request of a signed call, and sign it for good."""
    request = await VALID[here.name][call](here, "")
    assert request.sign is not None
    request.sign(request.right)
    request.sign = None
    return request


@LOOPED
@pytest.mark.parametrize(("vendor", "call"), SIGNED)
async def test_a_wrong_signature_is_refused(vendor: str, call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A signature of the right form that is not that of the request is refused, and nothing comes of it."""
    here, (name, code) = stage[vendor], SIGNED[vendor, call]
    request = await signed_request(here, call)
    request.put(name, request.take(name)[::-1])
    assert await judged(here, http, request) == (200, code)
    assert here.cloud.violations == []
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize(("vendor", "call", "guess", "value"), OTHERWISE)
async def test_a_wrong_signature_may_be_told_otherwise(
    vendor: str, call: str, guess: str, value: str | int, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Where the code of a wrong signature is not documented, its other likely code can be had."""
    here, name = stage[vendor], SIGNED[vendor, call][0]
    here.cloud.set_guess(guess, value)
    request = await signed_request(here, call)
    request.put(name, request.take(name)[::-1])
    assert await judged(here, http, request) == (200, str(value))
    stage.count(f"{vendor} judgements")


def changed(value: Any) -> Any:
    """Change a value a little, and keep its type."""
    return value + 1 if isinstance(value, int) else f"{value[:-1]}{'b' if value.endswith('a') else 'a'}"


OWN_REFUSAL: Final = {
    # What else is wrong with a changed parameter, and is looked at before the signature.
    ("emailPwdLogin", "email"): "5031",
    ("phonePwdLogin", "phone"): "5019",
    ("phonePwdLogin", "internationalCode"): "5004",
    ("deviceBindingByPureBt", "pk"): "5229",
    ("deviceBindingByPureBt", "dk"): "5314",
    ("AppGetToken", "AppKey"): "InvalidParameterValue.InvalidAppKey",
    ("AppGetTokenByWeiXin", "AppKey"): "InvalidParameterValue.InvalidAppKey",
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call", "parameter"),
    [
        *(
            ("quectel", call, instead or name)
            for vendor, call in SIGNED
            if vendor == "quectel"
            for name, instead in signed_names(call)
        ),
        *(
            ("tencent", call, name)
            for call in ("AppGetToken", "AppGetTokenByWeiXin")
            for name in parameters("tencent", call)
            if name not in {"Signature", "Action"}
        ),
    ],
)
async def test_a_signature_covers_each_of_its_parts(
    vendor: str, call: str, parameter: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """A parameter that the contract's recipe signs cannot be changed behind the signature."""
    here = stage[vendor]
    request = await signed_request(here, call)
    if parameter not in request.right:  # one that stands for others, such as a WeChat code
        request.put(parameter, "a")
    request.put(parameter, changed(request.take(parameter)))
    code = OWN_REFUSAL.get((call, parameter), SIGNED[vendor, call][1])
    assert await judged(here, http, request) == (200, code)
    stage.count(f"{vendor} judgements")


@LOOPED
@pytest.mark.parametrize("call", ["AppGetToken", "AppGetTokenByWeiXin"])
async def test_what_sdks_add_is_signed_too(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A parameter that SDKs add is signed where it is sent, and refused where it is not (signature_scope)."""
    here = stage["tencent"]
    added = contract("tencent")["transport"]["common_params"]["optional_seen_in_sdks"]
    for name in sorted(set(added) - set(parameters("tencent", call))):
        behind = await signed_request(here, call)
        behind.put(name, "x")
        assert await judged(here, http, behind) == (200, "InvalidParameterValue")
        signed = await VALID["tencent"][call](here, "")
        signed.put(name, "x")
        assert await judged(here, http, signed) == (200, "ok")
        stage.count("tencent judgements")
    assert here.cloud.violations == []
