"""What an account may be set up with, and what is refused before anything is sent."""

from __future__ import annotations

from typing import Any, Final

import pytest

from sharebind import ConfigurationError, Phone, Registry, Secret, Sharebind
from sharebind.provider import Level, capabilities
from sharebind_ewelink import ByDigest, EwelinkSettings, Tier
from sharebind_ewelink.plugin import sharebind_provider
from sharebind_ewelink.settings import REGIONS
from sharebind_ewelink.support import SUPPORT, SUPPORT_OF_OAUTH

APP: Final = {"app_id": "app", "app_secret": "app-secret-text"}
MAIL: Final = {**APP, "email": "somebody@example.com", "password": "pass-word-text"}

WRONG: Final = (
    ({"token": "t"}, "name either a region"),
    ({"token": "t", "region": "mars"}, 'got "mars"'),
    ({"token": "t", "region": "eu", "base_url": "https://a.example"}, "both only where base_url holds {region}"),
    ({"token": "t", "base_url": "https://{region}.example"}, "name the one to begin with"),
    ({"token": "t", "base_url": "ftp://a.example"}, "expected a base URL"),
    ({"region": "eu"}, "name a token, or an email or a phone"),
    ({"region": "eu", "token": "t", "app_id": "app"}, "belong together"),
    ({"region": "eu", "token": "t", **APP, "app_id": " "}, "app_id: expected a text"),
    ({"region": "eu", "email": "a@b.example", "password": "p"}, "app_id and app_secret"),
    ({"region": "eu", **APP, "email": "a@b.example"}, "also takes password"),
    ({"region": "eu", **MAIL, "email": "nobody"}, "name@example.com"),
    ({"region": "eu", **MAIL, "country": "+86"}, "digits only"),
    ({"region": "eu", **MAIL, "phone": {"country": "86", "number": "138"}}, "not by both"),
    ({"region": "eu", **APP, "password": "p", "phone": {"country": "+86", "number": "138"}}, "digits only"),
    (
        {"region": "eu", **APP, "password": "p", "phone": {"country": "86", "number": "138"}, "country": "86"},
        "a phone has its own",
    ),
    ({"region": "eu", "token": "t", "password": "p"}, "which also takes an email or a phone"),
    ({"region": "eu", "token": "t", "take_over": True}, "take_over signs in again"),
    ({"region": "eu", "token": "t", "refresh_token": "r"}, "takes app_id and app_secret"),
    ({"region": "eu", **MAIL, "refresh_token": "r"}, "give both"),
    ({"region": "eu", **MAIL, "tier": "oauth"}, "set up with a token"),
    ({"region": "eu", "token": "t", "tier": "personal"}, '"enterprise" or "oauth"'),
    ({"region": "eu", "token": "t", "regoin": "eu"}, "did you mean 'region'?"),
)


def opened(settings: dict[str, Any] | EwelinkSettings) -> Any:
    """Open an account, without I/O."""
    return Sharebind(registry=Registry(specs=[sharebind_provider()])).open_account("ewelink", settings, name="home")


@pytest.mark.parametrize(("settings", "expected"), WRONG)
def test_wrong_settings_say_what_is_wrong(settings: dict[str, Any], expected: str) -> None:
    """Each mistake is told in words that name the setting, and shows no secret."""
    with pytest.raises(ConfigurationError) as caught:
        opened(settings)
    assert expected in str(caught.value)
    assert "app-secret-text" not in str(caught.value)
    assert "pass-word-text" not in str(caught.value)


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_a_region_is_an_address(region: str) -> None:
    """Each of the four regions has a host of its own, over https."""
    url = EwelinkSettings(region=region, token=Secret("t")).url
    assert url.startswith(f"https://{region}-apia.coolkit.")


def test_an_address_may_stand_for_all_regions() -> None:
    """``{region}`` in a base URL is filled in, for the first region and for another."""
    settings = EwelinkSettings(region="eu", base_url="https://proxy.example/{region}/api", token=Secret("t"))
    assert settings.url == "https://proxy.example/eu/api"
    assert settings.at("as") == "https://proxy.example/as/api"


@pytest.mark.parametrize(
    "settings",
    [
        {"region": "cn", "token": "t"},
        {"region": "cn", **APP, "token": "t", "refresh_token": "r"},
        {"region": "us", **MAIL, "country": "1", "take_over": True},
        {"region": "as", **APP, "password": "p", "phone": {"country": "86", "number": "13800000001"}},
        {"region": "eu", "token": "t", "tier": "oauth"},
        {"base_url": "https://api.example", **MAIL, "token": "t"},
    ],
)
def test_right_settings_open_an_account(settings: dict[str, Any]) -> None:
    """Every documented way to set an account up is taken, and opening it sends nothing."""
    assert opened(settings).provider == "ewelink"


def test_settings_may_be_an_object() -> None:
    """A host may hand over settings that code has made."""
    made = EwelinkSettings(
        region="eu",
        app_id="app",
        app_secret=Secret("s"),
        phone=Phone("86", "13800000001"),
        password=Secret("p"),
        tier=Tier.ENTERPRISE,
    )
    assert opened(made).provider == "ewelink"
    assert "***" in repr(made)


def test_an_oauth_account_can_do_less_and_says_why() -> None:
    """By OAuth nothing is shared, ended, changed, bound or placed; lists stay (quirk ``oauth_cannot_share``)."""
    account = opened({"region": "eu", "token": "t", "tier": "oauth"})
    changing = ("share.", "end.", "change.", "bind.", "unbind", "rename.", "place.")
    for name, had in SUPPORT.items():
        now = account.supports(name)
        if name.startswith(changing):
            assert now.level is Level.ABSENT
            assert now.reason
        else:
            assert now == had
    assert "407" in SUPPORT_OF_OAUTH[capabilities.SHARE_TO_EMAIL].reason
    assert account.supports(capabilities.LIST_GRANTS).level is Level.NATIVE


def test_every_absence_has_its_reason() -> None:
    """Whoever is refused is told why, in words of this vendor."""
    assert not [name for name, each in SUPPORT.items() if each.level is Level.ABSENT and len(each.reason) < 20]


@pytest.mark.parametrize(("apikey", "chip"), [("", "c"), ("k", ""), ("k", "a\nb"), ("k", 7)])
def test_a_proof_is_checked_when_it_is_made(apikey: str, chip: Any) -> None:
    """A proof with a missing part is refused at once, without showing the key."""
    with pytest.raises((TypeError, ValueError)) as caught:
        ByDigest(apikey=apikey, chip=chip)
    assert "k" not in str(caught.value).split()
