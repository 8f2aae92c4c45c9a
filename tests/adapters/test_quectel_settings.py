"""What an account at Quectel is set up with, and what is encrypted and signed of it."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sharebind import ConfigurationError, Phone, Secret, Sharebind
from sharebind.provider import ACCESS, REFRESH
from sharebind_quectel import QuectelSettings, auth

APP = {"user_domain": "C.DM.10271.5", "user_domain_secret": "app-secret"}
BY_EMAIL = {"region": "eu", "email": "owner@example.com", "password": "china1234", **APP}
PHONE = {"country": "86", "number": "10000000000"}
CONTRACT = Path(__file__).resolve().parents[2] / "docs" / "contracts" / "quectel.yaml"
VECTORS: Mapping[str, Any] = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))["auth"]["test_vectors"]


def settings(**values: Any) -> QuectelSettings:
    """Make settings from a mapping, as a host does."""
    sealed: dict[str, Any] = {name: Secret(value) if name in SECRETS else value for name, value in values.items()}
    return QuectelSettings(**sealed)


SECRETS = {"token", "refresh_token", "password", "user_domain_secret"}


def test_the_vendors_password_vector_is_reproduced() -> None:
    """A password encrypts to what the vendor's guide prints."""
    vector = VECTORS["password"]
    assert auth.encrypted_password(Secret(vector["pwd"]), vector["random"]) == Secret(vector["encrypted"])


def test_the_signature_vectors_are_reproduced() -> None:
    """Both signatures of a sign-in are those of the contract's test vectors."""
    phone, email = VECTORS["phone_login"], VECTORS["email_login"]
    signed = auth.signature(
        phone["internationalCode"],
        phone["phone"],
        Secret(phone["pwd_encrypted"]),
        phone["random"],
        Secret(phone["userDomainSecret"]),
    )
    assert signed == Secret(phone["signature"])
    signed = auth.signature(
        email["email"], Secret(email["pwd_encrypted"]), email["random"], Secret(email["userDomainSecret"])
    )
    assert signed == Secret(email["signature"])


def test_a_sign_in_by_email_is_the_contracts_call() -> None:
    """The call has the fields of emailPwdLogin, with the vector's password and signature."""
    vector, password = VECTORS["email_login"], VECTORS["password"]
    app = {"user_domain": "C.DM.1.1", "user_domain_secret": vector["userDomainSecret"]}
    made = settings(region="eu", email=vector["email"], password=password["pwd"], mcc=460, **app)
    call = auth.sign_in(made, vector["random"])
    assert (call.method, call.path, call.changes) == ("POST", "/v2/enduser/enduserapi/emailPwdLogin", False)
    assert call.query == {
        "email": vector["email"],
        "pwd": Secret(password["encrypted"]),
        "random": vector["random"],
        "signature": Secret(vector["signature"]),
        "userDomain": "C.DM.1.1",
        "mcc": "460",
    }


def test_a_sign_in_by_phone_names_the_country() -> None:
    """The call has the fields of phonePwdLogin, and the country is a part of what is signed."""
    made = settings(region="cn", phone=Phone("86", "10000000000"), password="china1234", **APP)
    call = auth.sign_in(made, "abcdef")
    pwd = auth.encrypted_password(Secret("china1234"), "abcdef")
    assert call.path.endswith("/phonePwdLogin")
    assert call.query == {
        "internationalCode": "86",
        "phone": "10000000000",
        "pwd": pwd,
        "random": "abcdef",
        "signature": auth.signature("86", "10000000000", pwd, "abcdef", Secret("app-secret")),
        "userDomain": "C.DM.10271.5",
    }


def test_each_sign_in_has_a_random_of_its_own() -> None:
    """The random is 16 letters or digits, and another one each time."""
    made = {auth.new_random() for _ in range(100)}
    assert len(made) == 100
    assert all(len(each) == 16 and each.isalnum() and each.isascii() for each in made)


def test_a_pair_without_a_refresh_token_is_a_token() -> None:
    """Tokens are taken as they come, and one that renews them need not be there."""
    pair = {"accessToken": {"token": "Bearer a"}, "refreshToken": {"token": "Bearer r"}}
    assert auth.tokens_in(pair) == {ACCESS: Secret("Bearer a"), REFRESH: Secret("Bearer r")}
    assert auth.tokens_in({**pair, "refreshToken": None}) == {ACCESS: Secret("Bearer a")}


@pytest.mark.parametrize(
    "table",
    [
        {"region": "eu", "token": "Bearer t"},
        {"region": "eu", "token": "Bearer t", "refresh_token": "Bearer r"},
        {"region": "eu", "token": "Bearer t", **APP},
        {"region": "eu", "token": "Bearer t", "user_domain_secret": "s"},
        BY_EMAIL,
        {**BY_EMAIL, "token": "Bearer t", "refresh_token": "Bearer r", "mcc": 460},
        {"base_url": "https://cloud.example", "phone": PHONE, "password": "p", **APP},
    ],
)
async def test_settings_that_are_enough_open_an_account(table: dict[str, Any]) -> None:
    """A token, a sign-in by e-mail or phone, or both, with or without what they may have beside."""
    async with Sharebind() as sharebind:
        assert sharebind.open_account("quectel", table, name="home").provider == "quectel"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"email": None, "password": None}, "give a token, or an email or a phone with password, user_domain and"),
        ({"email": None}, "password is for signing in, which also takes an email or a phone"),
        ({"email": None, "mcc": 460}, "password and mcc is for signing in"),
        ({"phone": PHONE}, "sign in by email or by phone, not by both"),
        ({"email": "owner"}, 'email: expected an address such as "name@example.com"'),
        ({"password": None}, "signing in by email also takes password"),
        ({"user_domain": None}, "signing in by email also takes user_domain"),
        (
            {"email": None, "phone": PHONE, "password": None, "user_domain_secret": None},
            "signing in by phone also takes password and user_domain_secret",
        ),
        ({"refresh_token": "r"}, "a refresh_token belongs to a token: give both"),
        (
            {"email": None, "password": None, "user_domain_secret": None, "token": "t"},
            "user_domain does nothing without its user_domain_secret",
        ),
        ({"region": None}, "name either a region (cn, eu, us) or a base_url"),
        ({"base_url": "https://cloud.example"}, "name either a region (cn, eu, us) or a base_url"),
        ({"region": "asia"}, 'region: expected "cn", "eu" or "us", got "asia"'),
        ({"phone": "+86 10000000000"}, "phone: expected a table, got a text"),
        ({"phone": {"country": "86"}}, "phone: the key 'number' is missing"),
        ({"phone": {"country": "+86", "number": "1"}}, "phone: Phone.country holds digits only"),
        ({"phone": {"country": "86", "nummer": "1"}}, "phone.nummer: unknown key; did you mean 'number'?"),
        ({"phone": {"country": 86, "number": "1"}}, "phone.country: expected a text, got 86"),
        ({"mcc": "460"}, 'mcc: expected a whole number, got "460"'),
        ({"email": "@"}, 'email: expected an address such as "name@example.com"'),
        ({"email": "owner@"}, 'email: expected an address such as "name@example.com"'),
        ({"user_domain": ""}, "user_domain: expected a text that is not empty"),
        ({"user_domain": "  "}, "user_domain: expected a text that is not empty"),
        ({"mcc": -1}, "mcc: expected a mobile country code of three digits, got -1"),
        ({"mcc": 46}, "mcc: expected a mobile country code of three digits, got 46"),
        ({"mcc": 4600}, "mcc: expected a mobile country code of three digits, got 4600"),
        ({"region": None, "base_url": ""}, "base_url: expected a text that is not empty"),
        ({"password": ""}, 'password: expected a text on one line, { env = "NAME" } or { file = "PATH" }'),
        ({"passwort": "x"}, "passwort: unknown key; did you mean 'password'?"),
    ],
)
def test_settings_that_are_wrong_are_told(change: dict[str, Any], told: str) -> None:
    """Each wrong combination is refused at the start, with what to write instead."""
    table = {name: value for name, value in {**BY_EMAIL, **change}.items() if value is not None}
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_mapping({"accounts": {"home": {"provider": "quectel", **table}}})
    assert told in str(error.value)
    assert str(error.value).startswith("accounts.home")
    assert "china1234" not in str(error.value)


@pytest.mark.parametrize("life", [timedelta(), -timedelta(days=1)])
def test_codes_that_nobody_could_take_are_refused(life: timedelta) -> None:
    """A life of offers that is over at once is no setting, whoever writes it."""
    with pytest.raises(ValueError, match="offer_life: expected a duration"):
        QuectelSettings(region="eu", token=Secret("t"), offer_life=life)


def test_no_secret_is_empty() -> None:
    """An empty token never gets as far as the vendor."""
    with pytest.raises(ValueError, match="token: expected a text that is not empty"):
        QuectelSettings(region="eu", token=Secret(" "))


def test_settings_come_from_the_package_without_the_adapter() -> None:
    """Who opens accounts with settings objects imports them from the package, and no HTTP library with them."""
    code = (
        "import sys; from sharebind_quectel import QuectelSettings; QuectelSettings(region='eu', token='t'); "
        "print(*{'aiohttp', 'structlog', 'cryptography', 'sharebind_quectel.provider'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_a_wrong_phone_is_told_with_its_line(tmp_path: Path) -> None:
    """The phone's own table has its own place in errors."""
    file = tmp_path / "sharebind.toml"
    file.write_text(
        '[accounts.home]\nprovider = "quectel"\nregion = "eu"\n\n[accounts.home.phone]\ncountry = "86"\nnumber = 1\n',
        encoding="utf-8",
    )
    with pytest.raises(ConfigurationError, match=r"sharebind.toml:7: accounts.home.phone.number: expected a text"):
        Sharebind.from_file(file)


def test_settings_show_no_secret() -> None:
    """The repr masks what is a secret."""
    made = settings(**{**BY_EMAIL, "token": "tok-hunter2", "refresh_token": "ref-hunter2"})
    assert all(text not in repr(made) for text in ("hunter2", "china1234", "app-secret"))


async def test_what_encrypts_a_password_is_asked_for_when_the_account_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra, an account with a password is refused with the command that helps; one with a token opens."""
    real = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> object:
        return None if name == "cryptography" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)
    async with Sharebind() as sharebind:
        sharebind.open_account("quectel", {"region": "eu", "token": "t"}, name="home")
        with pytest.raises(ConfigurationError, match=r"account 'shop' .*pip install 'sharebind\[signin\]'"):
            sharebind.open_account("quectel", BY_EMAIL, name="shop")


def test_nothing_that_encrypts_is_loaded_before_a_sign_in() -> None:
    """Opening an account with a password loads the cipher no more than importing the plugin does."""
    code = (
        "import sys; from sharebind import Sharebind; sharebind = Sharebind(); "
        f"sharebind.open_account('quectel', {BY_EMAIL!r}, name='home'); "
        "print('cryptography' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("False", "")
