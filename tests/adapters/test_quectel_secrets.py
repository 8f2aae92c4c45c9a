"""Nothing that signs in, renews, proves or redeems is in what an error at Quectel shows."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from sharebind import (
    Account,
    ByBindingCode,
    BySerial,
    DeviceRef,
    Secret,
    Sharebind,
    SharebindError,
    ShareRef,
    Side,
    Via,
)
from sharebind_quectel import ByBluetooth, ByMatter

from .scene import DEVICE, SILENCE, Asked, Said, quectel_ok, serving
from .test_secrets_in_errors import BODIES, leaks

SIGN_IN: Final = {
    "email": "owner@example.com",
    "password": Secret("hunter2-password"),
    "user_domain": "C.DM.1.1",
    "user_domain_secret": Secret("hunter2-app"),
}
SECRET_OF_APP: Final = {"user_domain_secret": Secret("hunter2-app")}
TOKEN: Final = {"token": Secret("TOKEN-hunter2"), "refresh_token": Secret("REFRESH-hunter2")}
REF: Final = ShareRef(provider="quectel", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=Secret("CODE-hunter3"))
MINE: Final = ShareRef(provider="quectel", side=Side.RECIPIENT, via=Via.CODE, device=DEVICE, key=Secret("CODE-hunter3"))
BLUETOOTH: Final = ByBluetooth(
    binding_code="CODE-hunter3",
    encrypted_new_secret="NEW-hunter3",
    encrypted_old_secret="OLD-hunter3",
    random="RANDOM-hunter3",
    password="PASSWORD-hunter3",
)
MATTER: Final = ByMatter(
    code="CODE-hunter3", fabric_id=1, node_id=2, vendor_id=3, product_id=4, discriminator=5, version="1"
)
SOON: Final = timedelta(seconds=0.2)

WISHES: Final[dict[str, Callable[[Account, timedelta | None], Awaitable[object]]]] = {
    "me": lambda desk, within: desk.me(within=within),
    "sign out": lambda desk, within: desk.sign_out(within=within),
    "change": lambda desk, within: desk.change(REF, use_until=timedelta(days=1), within=within),
    "rename": lambda desk, within: desk.rename(MINE, "n", within=within),
    "inspect": lambda desk, within: desk.inspect("CODE-hunter3", within=within),
    "serial": lambda desk, within: desk.bind(None, BySerial("SN-hunter3", "p"), within=within),
    "wifi": lambda desk, within: desk.bind(DEVICE, ByBindingCode("CODE-hunter3"), within=within),
    "matter": lambda desk, within: desk.bind(DEVICE, MATTER, within=within),
    "bluetooth": lambda desk, within: desk.bind(DEVICE, BLUETOOTH, within=within),
}
"""What an account that holds everything can be asked for, beyond what the tests of every vendor ask."""

REFUSALS: Final[dict[str, Said]] = {
    "a wrong data centre": (200, {"code": 6084, "msg": "x"}),
    "a wrong signature": (200, {"code": 5420, "msg": "x"}),
    "a dead token": (200, {"code": 5032, "msg": "x"}),
    "a lock": (200, {"code": 5147, "msg": "x"}),
    "a pair without a token": quectel_ok({"accessToken": {"token": ["TOKEN-hunter2"]}}),
    "a pair that is none": quectel_ok("TOKEN-hunter2"),
    **BODIES,
}


async def failing(settings: dict[str, Any], wish: str, say: Callable[[Asked], Said]) -> SharebindError | None:
    """Ask for something where a server says that; give the error, if it was one."""
    async with serving(say) as server, Sharebind() as sharebind:
        desk = sharebind.open_account("quectel", {"base_url": server.url, **settings}, name="desk")
        try:
            await WISHES[wish](desk, SOON)
        except SharebindError as error:
            return error
    return None


def check(error: SharebindError | None) -> None:
    """Look for secrets in an error, and in what a host may make of it."""
    if error is None:  # some wishes are content with some answers
        return
    assert leaks(error) == []
    assert leaks(pickle.loads(pickle.dumps(error))) == []  # noqa: S301 - made in this line
    assert leaks(copy.deepcopy(error)) == []


@pytest.mark.parametrize("settings", [TOKEN, SIGN_IN, {**TOKEN, **SIGN_IN}], ids=["token", "sign-in", "both"])
@pytest.mark.parametrize("wish", WISHES)
async def test_silence_tells_no_secret(settings: dict[str, Any], wish: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was under way when the time was up, its error holds no credential, token, code or proof."""
    monkeypatch.setattr("sharebind.tokens.PATIENCE", 0.5)  # closing waits that long for a sign-in under way
    error = await failing({**SECRET_OF_APP, **settings}, wish, lambda _: (SILENCE, None))
    assert error is not None or wish == "sign out"
    check(error)


@pytest.mark.parametrize("said", REFUSALS)
@pytest.mark.parametrize("settings", [TOKEN, SIGN_IN, {**TOKEN, **SIGN_IN}], ids=["token", "sign-in", "both"])
async def test_refused_credentials_tell_no_secret(settings: dict[str, Any], said: str) -> None:
    """A sign-in or renewal that is refused, or answered with nonsense, shows nothing of what was sent or came."""
    for wish in ("me", "bluetooth", "sign out"):
        check(await failing({**SECRET_OF_APP, **settings}, wish, lambda _: REFUSALS[said]))


@pytest.mark.parametrize("wish", WISHES)
async def test_an_odd_answer_after_signing_in_tells_no_secret(wish: str) -> None:
    """With a token in hand, every wish meets an answer that cannot be read."""

    def say(request: Asked) -> Said:
        if request.name == "emailPwdLogin":
            return quectel_ok({"accessToken": {"token": "TOKEN-hunter2"}, "refreshToken": {"token": "R-hunter2"}})
        return quectel_ok([["CODE-hunter3"]])

    check(await failing(dict(SIGN_IN), wish, say))


@pytest.mark.parametrize("broken", ["\ud800", "\n"])
async def test_credentials_that_cannot_be_written_tell_no_secret(broken: str) -> None:
    """Half a character in a password or a proof fails as this library's error, and shows nothing."""
    settings: dict[str, Any] = {**SIGN_IN, "password": Secret("hunter2" + broken)}
    check(await failing(settings, "me", lambda _: (200, {"code": 5056})))
    proof = ByBluetooth(binding_code="hunter3" + broken, encrypted_new_secret="n", random="hunter2" + broken)
    async with serving(lambda _: (200, {"code": 5213})) as server, Sharebind() as sharebind:
        table = {"base_url": server.url, **TOKEN, **SECRET_OF_APP}
        desk = sharebind.open_account("quectel", table, name="desk")
        with pytest.raises(SharebindError) as error:
            await desk.bind(DeviceRef("d", "p"), proof)
    check(error.value)


async def test_a_sign_in_that_is_cancelled_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who gives up in the middle of a sign-in is given nothing of it."""
    monkeypatch.setattr("sharebind.tokens.PATIENCE", 0.5)  # closing waits that long for a sign-in under way
    async with serving(lambda _: (SILENCE, None)) as server, Sharebind() as sharebind:
        desk = sharebind.open_account("quectel", {"base_url": server.url, **SIGN_IN}, name="desk")
        task = asyncio.ensure_future(desk.me())
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as error:
            await task
    assert leaks(error.value) == []
