"""Gizwits' settings: what gives a way in, and what is said of those that do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from sharebind import ConfigurationError, Level, Secret, Sharebind
from sharebind_gizwits import GizwitsSettings
from sharebind_gizwits.settings import PRODUCTION

from .test_secrets_in_errors import leaks

APP: Final[dict[str, object]] = {"app_id": "a"}
PASSWORD: Final[dict[str, object]] = {"password": Secret("hunter2-password")}
PHONE: Final[dict[str, object]] = {"phone": {"country": "86", "number": "13800000001"}}
GOOD: Final[dict[str, Mapping[str, Any]]] = {
    "a token": APP | {"token": "t"},
    "a user name": APP | PASSWORD | {"username": "小明"},
    "an e-mail address": APP | PASSWORD | {"email": "a@b"},
    "a phone": APP | PASSWORD | PHONE,
    "a token and credentials": APP | PASSWORD | {"token": "t", "email": "a@b"},
    "a product's secret": APP | {"token": "t", "product_secrets": {"p1": "hunter3-product", "p2": Secret("s")}},
}
WRONG: Final[dict[str, tuple[Mapping[str, Any], str]]] = {
    "no app": ({"token": "t"}, "the key 'app_id' is missing"),
    "an empty app": (APP | {"app_id": " ", "token": "t"}, "app_id: expected a text on one line that is not empty"),
    "nothing": (APP, "name a token, or a username, an email or a phone with its password to sign in"),
    "a password only": (APP | PASSWORD, "password is for signing in, which also takes a username"),
    "a password beside a token": (APP | PASSWORD | {"token": "t"}, "password is for signing in, which also takes"),
    "no password": (APP | {"email": "a@b"}, "signing in by email also takes a password"),
    "two ways": (
        APP | PASSWORD | PHONE | {"username": "u"},
        "sign in by exactly one of username, email and phone, not by username and phone",
    ),
    "no address": (APP | PASSWORD | {"email": "me"}, "email: expected an e-mail address"),
    "a name of two lines": (APP | PASSWORD | {"username": "a\nb"}, "username: expected a text on one line"),
    "a phone in one text": (APP | PASSWORD | {"phone": "138"}, "phone: expected a table"),
    "a key misspelt": (APP | {"tokn": "t"}, "tokn: unknown key; did you mean 'token'?"),
    "secrets in one text": (APP | {"token": "t", "product_secrets": "hunter3"}, "product_secrets: expected a table"),
    "an empty product": (
        APP | {"token": "t", "product_secrets": {" ": Secret("hunter3")}},
        "product_secrets: a product's key cannot be empty",
    ),
    "a secret that is a number": (APP | {"token": "t", "product_secrets": {"p1": 3}}, "expected a text on one line"),
    "a secret from nowhere": (
        APP | {"token": "t", "product_secrets": {"p1": {"env": "NO_SUCH_VARIABLE_7"}}},
        "the environment variable NO_SUCH_VARIABLE_7 is not set",
    ),
}


@pytest.mark.parametrize("good", GOOD)
async def test_settings_that_give_a_way_in(good: str) -> None:
    """A token, one kind of credentials, or both make an account, without a call."""
    async with Sharebind() as sharebind:
        account = sharebind.open_account("gizwits", GOOD[good], name="desk")
        assert account.provider == "gizwits"


@pytest.mark.parametrize("wrong", WRONG)
async def test_settings_that_give_none_or_too_many(wrong: str) -> None:
    """Each wrong combination is told with what is missing or too much, and without a secret."""
    table, said = WRONG[wrong]
    async with Sharebind() as sharebind:
        with pytest.raises(ConfigurationError) as error:
            sharebind.open_account("gizwits", table, name="desk")
    assert str(error.value).startswith("desk")
    assert said in str(error.value)
    if wrong != "secrets in one text":  # what stands where a table is expected is shown as it was written
        assert leaks(error.value) == []


async def test_a_products_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside the table of secrets too a value may be named by its place."""
    monkeypatch.setenv("GIZWITS_P1", "hunter3")
    table = {"token": "t", "app_id": "a", "product_secrets": {"p1": {"env": "GIZWITS_P1"}}}
    async with Sharebind() as sharebind:
        account = sharebind.open_account("gizwits", table, name="desk")
        assert account.supports("bind.by.mac").level is Level.NATIVE


async def test_binding_by_address_takes_a_products_secret() -> None:
    """An account without any product's secret says that it cannot bind by address, and why."""
    async with Sharebind() as sharebind:
        account = sharebind.open_account("gizwits", {"app_id": "a", "token": "t"}, name="desk")
        support = account.supports("bind.by.mac")
        assert (support.level, account.supports("bind.by.mac.name").level) == (Level.ABSENT, Level.ABSENT)
        assert "product_secrets" in support.reason


def test_the_vendors_own_address_is_the_default() -> None:
    """Without an address calls go to the one host that the contract names, over https."""
    assert GizwitsSettings(app_id="a", token=Secret("t")).url == PRODUCTION == "https://api.gizwits.com"
    assert GizwitsSettings(app_id="a", token=Secret("t"), base_url="https://else.example").url == "https://else.example"


def test_settings_show_no_secret() -> None:
    """Neither token, password nor a product's secret stands in what the settings print."""
    settings = GizwitsSettings(
        app_id="a",
        token=Secret("hunter1"),
        email="a@b",
        password=Secret("hunter2"),
        product_secrets={"p": Secret("hunter3")},
    )
    assert "hunter" not in f"{settings!r} {settings}"
