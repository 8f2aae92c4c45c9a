"""Requests that differ from a page and are taken nevertheless, because the contract says that clients send them so."""

from __future__ import annotations

from functools import partial
from typing import Final

import aiohttp
import pytest

from .bare import Wrong
from .stage import CALLS, Stage, address, parameters
from .valid import VALID, ask

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")

PAIRED: Final = [call for call in CALLS["tencent"] if "DeviceId" in parameters("tencent", call)]


def _without(wrong: Wrong, *, name: str) -> None:
    del wrong.body[name]


@LOOPED
@pytest.mark.parametrize("call", PAIRED)
async def test_a_device_id_stands_for_the_pair(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """With a DeviceId the two names of the device are left out (contract: replaces, transport.device_addressing)."""
    here = stage["tencent"]

    def leave_out(wrong: Wrong) -> None:
        for name in parameters("tencent", call)["DeviceId"]["replaces"]:
            del wrong.body[name]

    assert await ask(here, http, call, "DeviceId", leave_out) == (200, "ok")
    assert here.cloud.violations == []
    stage.count("tencent judgements")


@LOOPED
async def test_a_device_id_stands_for_one_name_of_the_pair(http: aiohttp.ClientSession, stage: Stage) -> None:
    """With a DeviceId that fits, one of the two names may be left out alone (contract: or DeviceId, said of each)."""
    here, answers = stage["tencent"], {}
    for call in PAIRED:
        for name, each in parameters("tencent", call).items():
            if each.get("or") == "DeviceId":
                here.cloud.reset()
                drop = partial(_without, name=name)
                answer = await ask(here, http, call, "DeviceId", drop)
                answers[f"{call} without {name}"] = answer
                stage.count("tencent judgements")
    assert {case: answer for case, answer in answers.items() if answer != (200, "ok")} == {}


@LOOPED
async def test_a_verification_code_stands_for_the_password(http: aiohttp.ClientSession, stage: Stage) -> None:
    """AppGetToken takes a VerificationCode in place of the Password (contract: the note of Password)."""
    here = stage["tencent"]
    answer = await ask(here, http, "AppGetToken", "", lambda wrong: wrong.body.pop("Password"))
    assert answer == (200, "ok")
    assert here.cloud.violations == []
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize("parameter", ["WxOpenID", "NickName", "Avatar"])
async def test_a_wechat_code_stands_for_the_profile(parameter: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """AppGetTokenByWeiXin takes a WeChat code in place of the OpenID and its profile (contract: the note of code)."""
    here = stage["tencent"]
    assert await ask(here, http, "AppGetTokenByWeiXin", "code", lambda wrong: wrong.take(parameter)) == (200, "ok")
    assert here.cloud.violations == []
    stage.count("tencent judgements")


@LOOPED
@pytest.mark.parametrize("call", ["emailPwdLogin", "phonePwdLogin", "refreshToken"])
async def test_a_sign_in_is_taken_as_a_form(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Signing in and renewing take the same names as an urlencoded form (contract: conventions.form_alternative)."""
    here = stage["quectel"]
    request = await VALID["quectel"][call](here, "")
    if request.sign is not None:
        request.sign(request.query)
    method, path = address("quectel", call)
    async with http.request(method, here.cloud.base_url + path, data=request.query) as reply:
        assert (await reply.json())["code"] == 200
    assert here.cloud.violations == []
    stage.count("quectel judgements")


@LOOPED
@pytest.mark.parametrize(
    ("call", "ours", "page"),
    [("AppRemoveShareDeviceUser", "RemoveUserID", "RemoveUserId"), ("AppGetMessages", "MsgID", "MsgId")],
)
async def test_the_spelling_of_the_pages_is_taken(
    call: str, ours: str, page: str, http: aiohttp.ClientSession, stage: Stage
) -> None:
    """Names that the pages spell otherwise than the clients are taken in both spellings (quirk id_letter_case)."""
    here = stage["tencent"]

    def respell(wrong: Wrong) -> None:
        wrong.body[page] = wrong.body.pop(ours)

    assert await ask(here, http, call, ours, respell) == (200, "ok")
    stage.count("tencent judgements")
