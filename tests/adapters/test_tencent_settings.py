"""Tencent's sign-in without a cloud: its signature, and the settings that give a way in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

import pytest
import yaml

from sharebind import (
    ConfigurationError,
    Secret,
    Sharebind,
)
from sharebind_tencent import auth
from sharebind_tencent.settings import TencentSettings

from .test_secrets_in_errors import leaks

CONTRACT: Final = Path(__file__).resolve().parents[2] / "docs" / "contracts" / "tencent.yaml"
VECTORS: Final[list[dict[str, Any]]] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["auth"]["app_signature"][
    "test_vectors"
]
APP_SECRET: Final = Secret("hunter2-app-secret")
APP: Final[dict[str, object]] = {"app_key": "key", "app_secret": APP_SECRET}
BY_EMAIL: Final[dict[str, object]] = {"email": "user@example.com", "password": Secret("hunter3-password")}


# ------------------------------------------------------------------------------------------------------- the signature


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["params"]["Action"])
def test_the_signature_is_that_of_the_contract(vector: dict[str, Any]) -> None:
    """The contract's test vectors give its texts and its signatures, whatever the order of the parameters."""
    params = dict(reversed(vector["params"].items()))
    assert auth.signed_text(params).reveal() == vector["text"]
    assert auth.signature(Secret(vector["app_secret"]), params).reveal() == vector["signature"]


def test_everything_that_is_sent_is_signed() -> None:
    """Every field but the signature is in the signed text, the app's own and the user's alike; no secret is shown."""
    settings = TencentSettings(
        app_key="key", app_secret=Secret("hunter2"), email="a@b", password=Secret("hunter3"), region="domestic"
    )
    call = auth.sign_in(settings, datetime(2024, 1, 1, tzinfo=UTC))
    body = cast("dict[str, object]", call.body)
    given = Secret(cast("Secret", body["Signature"]).reveal())
    rest = {name: value for name, value in body.items() if name != "Signature"}
    assert given == auth.signature(Secret("hunter2"), rest)
    assert {*rest} == {"Action", "RequestId", "AppKey", "Timestamp", "Nonce", "Type", "Email", "Password"}
    assert "hunter" not in repr(body)


# --------------------------------------------------------------------------------------------------------- the settings

GOOD: Final[dict[str, Mapping[str, Any]]] = {
    "a token": {"token": "t"},
    "an e-mail address": APP | BY_EMAIL,
    "a phone number": APP | {"phone": {"country": "86", "number": "13800000001"}, "password": "p"},
    "an id of one's own": APP | {"open_id": "user-1", "nickname": "小明", "avatar": "https://example.com/a.png"},
    "a token and credentials": APP | BY_EMAIL | {"token": "t"},
}
WRONG: Final[dict[str, tuple[Mapping[str, Any], str]]] = {
    "nothing": ({}, "name a token, or what to sign in with: app_key, app_secret and one of email, phone and open_id"),
    "an app only": (APP, "app_key is for signing in, which takes exactly one of email, phone and open_id"),
    "a token and half an app": ({"token": "t", "app_key": "k"}, "app_key is for signing in, which takes exactly one"),
    "a password only": ({"password": "p"}, "password is for signing in, which takes exactly one of"),
    "two ways": (
        APP | BY_EMAIL | {"open_id": "o"},
        "email and open_id are too many: exactly one of email, phone and open_id",
    ),
    "no app": (
        BY_EMAIL,
        "signing in by email takes app_key, app_secret, password; missing: app_key, app_secret",
    ),
    "no password": (APP | {"email": "a@b"}, "signing in by email takes app_key, app_secret, password; missing: pass"),
    "no avatar": (
        APP | {"open_id": "o", "nickname": "n"},
        "signing in by open_id takes app_key, app_secret, nickname, avatar; missing: avatar",
    ),
    "a stray nickname": (APP | BY_EMAIL | {"nickname": "n"}, "signing in by email takes no nickname"),
    "a stray password": (
        APP | {"open_id": "o", "nickname": "n", "avatar": "a", "password": "p"},
        "signing in by open_id takes no password",
    ),
    "no address": (APP | BY_EMAIL | {"email": "me"}, "expected an e-mail address such as 'name@example.com', got 'me'"),
    "an empty key": (APP | BY_EMAIL | {"app_key": " "}, "app_key: expected a text on one line that is not empty"),
    "an id of two lines": (
        APP | {"open_id": "o\n", "nickname": "n", "avatar": "a"},
        "open_id: expected a text on one line that is not empty",
    ),
    "a phone in one text": (APP | {"phone": "13800000001", "password": "p"}, "phone: expected a table, got a text"),
    "a phone with a plus": (
        APP | {"phone": {"country": "+86", "number": "1"}, "password": "p"},
        "phone: Phone.country holds digits only",
    ),
    "half a phone": (APP | {"phone": {"country": "86"}, "password": "p"}, "phone: the key 'number' is missing"),
    "a phone misspelt": (
        APP | {"phone": {"contry": "86", "number": "1"}, "password": "p"},
        "phone.contry: unknown key; did you mean 'country'?",
    ),
}


@pytest.mark.parametrize("good", GOOD)
async def test_settings_that_give_a_way_in(good: str) -> None:
    """A token, one kind of credentials, or both make an account, without a call."""
    async with Sharebind() as sharebind:
        account = sharebind.open_account("tencent", {"region": "domestic", **GOOD[good]}, name="desk")
        assert account.provider == "tencent"


@pytest.mark.parametrize("wrong", WRONG)
async def test_settings_that_give_none_or_too_many(wrong: str) -> None:
    """Each wrong combination is told with what is missing or too much, and without a secret."""
    table, said = WRONG[wrong]
    async with Sharebind() as sharebind:
        with pytest.raises(ConfigurationError) as error:
            sharebind.open_account("tencent", {"region": "domestic", **table}, name="desk")
    assert str(error.value).startswith("desk")
    assert said in str(error.value)
    assert leaks(error.value) == []
