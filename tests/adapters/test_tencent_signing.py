"""Tencent's sign-in: its three ways, and what becomes of tokens."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, Final, cast

import attrs
import pytest
import pytest_asyncio

from sharebind import (
    Account,
    Email,
    InvalidRequestError,
    MemoryTokenStore,
    NotEntitledError,
    RateLimitedError,
    ResultLostError,
    Secret,
    Sharebind,
    SharebindError,
    SignInError,
    UnavailableError,
)
from sharebind.emulator import Clouds
from sharebind.provider import ACCESS
from sharebind_tencent.emulator import TencentCloud
from sharebind_tencent.wire import requests

from .scene import SILENCE, Asked, Said, serving, tencent_ok
from .test_secrets_in_errors import leaks

APP_SECRET: Final = Secret("hunter2-app-secret")
APP: Final[dict[str, object]] = {"app_key": "key", "app_secret": APP_SECRET}
BY_EMAIL: Final[dict[str, object]] = {"email": "user@example.com", "password": Secret("hunter3-password")}
BAD_TOKEN: Final = "InvalidParameterValue.InvalidAccessToken"
SIGN_IN: Final = "AppGetToken"


# --------------------------------------------------------------------------------------------------- over a real socket


class Store(MemoryTokenStore):
    """Keeps tokens, and what the vendor had been asked by the time that each was saved."""

    def __init__(self) -> None:
        super().__init__()
        self.saved: list[tuple[Mapping[str, Secret], list[str]]] = []
        self.cloud: TencentCloud | None = None

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep these, a moment later."""
        await asyncio.sleep(0.01)
        asked = [each.operation for each in self.cloud.requests] if self.cloud is not None else []
        self.saved.append((dict(tokens), asked))
        await super().save(account, tokens)


@attrs.define
class Desk:
    """A cloud, a store, and what opens accounts of one user there."""

    clouds: Clouds
    cloud: TencentCloud
    sharebind: Sharebind
    store: Store

    def settings(self, way: str = "email", **more: object) -> dict[str, Any]:
        """Give the settings by which the owner signs in."""
        owner = self.cloud.user("owner")
        ways: dict[str, dict[str, object]] = {
            "email": {"email": owner.email, "password": owner.password},
            "phone": {"phone": owner.phone, "password": owner.password},
            "open_id": {"open_id": "user-1", "nickname": "小明", "avatar": "https://example.com/a.png"},
            "token": {"token": owner.token},
        }
        app = {} if way == "token" else self.cloud.app
        return {"base_url": self.cloud.base_url, **app, **ways[way], **more}

    def open(self, way: str = "email", name: str = "desk", **more: object) -> Account:
        """Open an account."""
        return self.sharebind.open_account("tencent", self.settings(way, **more), name=name)

    def asked(self) -> list[str]:
        """Give the calls that came, in order."""
        return [each.operation for each in self.cloud.requests]


@pytest_asyncio.fixture
async def desk(clouds: Clouds) -> AsyncGenerator[Desk]:
    """Give a desk at an emulated cloud."""
    store = Store()
    async with Sharebind(clock=clouds.clock, tokens=store) as sharebind:
        store.cloud = cast("TencentCloud", clouds["tencent"])
        yield Desk(clouds, store.cloud, sharebind, store)


@pytest.mark.parametrize(("way", "call"), [("email", SIGN_IN), ("phone", SIGN_IN), ("open_id", "AppGetTokenByWeiXin")])
async def test_each_way_signs_in(desk: Desk, way: str, call: str) -> None:
    """The first call signs in, by the signed door, and the next one uses the same token."""
    account = desk.open(way)
    me = await account.me()
    assert me == await account.me()
    assert me.label == ("小明" if way == "open_id" else "owner")
    assert desk.asked() == [call, "AppGetUser", "AppGetUser"]


async def test_a_given_token_comes_first_and_credentials_when_it_dies(desk: Desk) -> None:
    """With both, nobody signs in until the token is refused."""
    account = desk.open(token=desk.cloud.user("owner").token)
    await account.me()
    assert desk.asked() == ["AppGetUser"]
    desk.cloud.end_tokens("owner")
    await account.me()
    assert desk.asked() == ["AppGetUser", "AppGetUser", SIGN_IN, "AppGetUser"]


async def test_a_token_that_is_all_there_is_is_not_replaced(desk: Desk) -> None:
    """An account with a token only says that it was refused, and asks once."""
    account = desk.open("token")
    desk.cloud.end_tokens("owner")
    with pytest.raises(SignInError) as error:
        await account.me()
    assert (error.value.vendor_code, error.value.operation, desk.asked()) == (BAD_TOKEN, "me", ["AppGetUser"])
    assert desk.store.saved == []


async def test_a_token_that_dies_under_a_hundred_calls_is_replaced_once(desk: Desk) -> None:
    """However many calls find it dead, there is one sign-in, and every call succeeds."""
    account = desk.open()
    await account.me()
    desk.cloud.end_tokens("owner")
    people = await asyncio.gather(*(account.me() for _ in range(100)))
    assert {person.label for person in people} == {"owner"}
    assert desk.asked().count(SIGN_IN) == 2
    assert len(desk.store.saved) == 2


async def test_a_token_is_stored_before_it_is_used(desk: Desk) -> None:
    """When the store is given the token, nothing but the sign-in has been asked."""
    await desk.open().me()
    [(tokens, asked)] = desk.store.saved
    assert (asked, ACCESS in tokens) == ([SIGN_IN], True)


async def test_a_restart_with_the_same_store_signs_in_no_more(desk: Desk) -> None:
    """Another process with the same store uses the token that the first one got."""
    await desk.open().me()
    async with Sharebind(clock=desk.clouds.clock, tokens=desk.store) as restarted:
        await restarted.open_account("tencent", desk.settings(), name="desk").me()
    assert desk.asked().count(SIGN_IN) == 1


@pytest.mark.parametrize("other", ["another user", "another app", "another token"])
async def test_a_stored_token_serves_the_same_settings_only(desk: Desk, other: str) -> None:
    """Under the same account name, another user, app or given token never uses what was stored."""
    await desk.open().me()
    guest = desk.cloud.user("guest")
    changed: dict[str, dict[str, Any]] = {
        "another user": {"email": guest.email, "password": guest.password},
        "another app": {"app_key": "another"},
        "another token": {"token": guest.token},
    }
    account = desk.open(**changed[other])
    if other == "another app":
        with pytest.raises(SignInError):
            await account.me()
    else:
        assert (await account.me()).label == "guest"


async def test_refused_credentials_are_not_asked_again(desk: Desk) -> None:
    """Vendors lock accounts after some tries: what was refused is repeated from memory."""
    account = desk.open(password="hunter3")
    for _ in range(3):
        with pytest.raises(SignInError) as error:
            await account.me()
        assert error.value.vendor_code == "InvalidParameterValue.UserLoginFailed"
        assert leaks(error.value) == []
    assert desk.asked() == [SIGN_IN]
    assert "not asked again" in str(error.value)


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize(
    ("guess", "wrong", "expected"),
    [
        ("bad_signature_code", {"app_secret": "hunter2"}, (InvalidRequestError, SignInError)),
        ("unknown_app_code", {"app_key": "another"}, (SignInError, InvalidRequestError)),
    ],
)
async def test_a_wrong_app_is_refused(
    desk: Desk, guess: str, wrong: dict[str, Any], expected: tuple[type[SharebindError], ...], index: int
) -> None:
    """The signature is verified: a wrong key or secret is refused, in whatever way the vendor may say it."""
    desk.cloud.set_guess(guess, desk.cloud.guesses[guess].values[index])
    with pytest.raises(expected[index]) as error:
        await desk.open(**wrong).me()
    assert leaks(error.value) == []
    assert desk.asked() == [SIGN_IN]


async def test_a_clock_of_its_own_is_signed(desk: Desk) -> None:
    """The time in the signature is the account's clock's, so that a strict vendor takes it."""
    desk.cloud.set_guess("timestamp_window_s", 300)
    assert (await desk.open().me()).label == "owner"


async def test_a_product_that_the_app_may_not_use_is_no_sign_in_error(desk: Desk) -> None:
    """A refusal of the app's rights asks for no new token."""
    account = desk.open()
    desk.cloud.faults.add("code", operation="AppGetUser", code="UnauthorizedOperation.APPNoPermissionToStudioProduct")
    with pytest.raises(NotEntitledError):
        await account.me()
    assert desk.asked() == [SIGN_IN, "AppGetUser"]


# ------------------------------------------------------------------------------------------------------------ sign-out


async def test_signing_out_ends_the_token(desk: Desk) -> None:
    """The token is dead at the vendor and gone from the store; the next call signs in anew."""
    account = desk.open()
    await account.me()
    await account.sign_out()
    assert await desk.store.load("desk") == {}
    await account.me()
    assert desk.asked() == [SIGN_IN, "AppGetUser", "AppLogoutUser", SIGN_IN, "AppGetUser"]


async def test_signing_out_twice_is_quiet_and_asks_once(desk: Desk) -> None:
    """There is nothing left to end the second time."""
    account = desk.open("token")
    await account.sign_out()
    await account.sign_out()
    assert desk.asked() == ["AppLogoutUser"]
    with pytest.raises(SignInError, match="no token any more"):
        await account.me()


async def test_signing_out_with_a_dead_token_is_quiet(desk: Desk) -> None:
    """A token that the vendor refuses is as good as ended, and no other is got to end it."""
    account = desk.open()
    await account.me()
    desk.cloud.end_tokens("owner")
    await account.sign_out()
    assert desk.asked() == [SIGN_IN, "AppGetUser", "AppLogoutUser"]
    assert await desk.store.load("desk") == {}


async def test_nobody_signs_in_to_sign_out(desk: Desk) -> None:
    """An account that never called anything has nothing to end."""
    await desk.open().sign_out()
    assert desk.asked() == []


async def test_a_stored_token_is_signed_out_after_a_restart(desk: Desk) -> None:
    """The token of an earlier process is ended, though this one never used it."""
    await desk.open().me()
    async with Sharebind(clock=desk.clouds.clock, tokens=desk.store) as restarted:
        await restarted.open_account("tencent", desk.settings(), name="desk").sign_out()
    assert desk.asked() == [SIGN_IN, "AppGetUser", "AppLogoutUser"]


async def test_a_sign_out_that_is_refused_keeps_the_token(desk: Desk) -> None:
    """Any other refusal is told, and the token stays for another try."""
    account = desk.open("token")
    desk.cloud.faults.add("code", operation="AppLogoutUser", code="InvalidAction")
    with pytest.raises(InvalidRequestError):
        await account.sign_out()
    await account.sign_out()
    assert desk.asked() == ["AppLogoutUser", "AppLogoutUser"]


# ---------------------------------------------------------------------------------------------------- on a raw server


def signs_in_with(said: Said) -> Callable[[Asked], Said]:
    """Answer every sign-in like this, and nothing else."""
    return lambda asked: said if asked.name == SIGN_IN else (200, {})


ANSWERS: Final[dict[str, tuple[Said, type[SharebindError]]]] = {
    "no token": (tencent_ok(Data={"ExpireAt": 1}), SharebindError),
    "an odd token": (tencent_ok(Data={"Token": ["hunter2"]}), SharebindError),
    "no json": ((200, b"<html>hunter2"), SharebindError),
    "a slow down": ((429, b""), RateLimitedError),
    "a server error": ((503, b""), UnavailableError),
    "no answer": ((SILENCE, None), UnavailableError),
}


@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_sign_in_that_fails_tells_no_secret(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither app secret, password nor answer is in the error; it is sent once, and nothing happened."""
    monkeypatch.setattr("sharebind.tokens.PATIENCE", 0.2)
    said, expected = ANSWERS[answer]
    async with serving(signs_in_with(said)) as server, Sharebind() as sharebind:
        account = sharebind.open_account("tencent", {"base_url": server.url, **APP, **BY_EMAIL}, name="desk")
        with pytest.raises(expected) as error:
            await account.me()
    assert (error.value.outcome.value, server.names()) == ("nothing", [SIGN_IN])
    assert leaks(error.value) == []


async def test_a_sign_in_that_is_cancelled_tells_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who gives up while it signs in is given nothing of what was sent."""
    monkeypatch.setattr("sharebind.tokens.PATIENCE", 0.5)  # closing waits that long for a sign-in under way
    async with serving(signs_in_with((SILENCE, None))) as server, Sharebind() as sharebind:
        account = sharebind.open_account("tencent", {"base_url": server.url, **APP, **BY_EMAIL}, name="desk")
        task = asyncio.ensure_future(account.me())
        await asyncio.wait_for(server.arrived.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as error:
            await task
    assert leaks(error.value) == []


async def test_a_token_that_is_refused_again_is_the_end_of_it() -> None:
    """A new token that the vendor refuses as well is an error, not another sign-in."""

    def say(asked: Asked) -> Said:
        if asked.name == SIGN_IN:
            return tencent_ok(Data={"Token": "t", "ExpireAt": 1})
        return tencent_ok(Error={"Code": BAD_TOKEN, "Message": "Invalid Token"})

    async with serving(say) as server, Sharebind() as sharebind:
        account = sharebind.open_account("tencent", {"base_url": server.url, **APP, **BY_EMAIL}, name="desk")
        with pytest.raises(SignInError):
            await account.me()
    assert server.names() == [SIGN_IN, "AppGetUser", SIGN_IN, "AppGetUser"]


async def test_the_server_can_verify_what_was_sent() -> None:
    """The signature fits exactly the body that came over the wire, with a name beyond ASCII in it."""
    async with serving(lambda _: tencent_ok(Data={"Token": "t"}, UserID="u")) as server, Sharebind() as sharebind:
        settings = {"base_url": server.url, **APP, "open_id": "o", "nickname": "小明 &=", "avatar": "https://a/?b=c&d"}
        await sharebind.open_account("tencent", settings, name="desk").me()
    sent = dict(server.asked[0].fields)
    given = sent.pop("Signature")
    text = "&".join(f"{name}={sent[name]}" for name in sorted(sent))
    digest = hmac.new(APP_SECRET.reveal().encode(), text.encode(), hashlib.sha1).digest()
    assert given == base64.b64encode(digest).decode()
    assert sent["NickName"] == "小明 &="


def test_no_sign_in_changes_anything() -> None:
    """A sign-in is declared as a read, so that its failure is never an unknown outcome."""
    calls = [requests.get_token_by_open_id("o", "n", "a"), requests.get_token(Email("a@b"), Secret("p"))]
    assert [call.changes for call in calls] == [False, False]


async def test_a_store_that_fails_to_forget_is_told_after_the_sign_out(desk: Desk) -> None:
    """The session is over, and the error says that it is done."""

    async def broken(*_: object) -> None:
        raise OSError("disk")

    account = desk.open("token")
    store: Any = desk.store
    store.save = broken
    with pytest.raises(ResultLostError):
        await account.sign_out()
    assert desk.asked() == ["AppLogoutUser"]
