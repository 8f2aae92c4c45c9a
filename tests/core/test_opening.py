"""Opening accounts: from settings and at run time, thousands of them, without I/O."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from sharebind import (
    ConfigurationError,
    MemoryTokenStore,
    Person,
    ReadMe,
    Secret,
    Sharebind,
    UnavailableError,
    UnknownProviderError,
)
from sharebind.provider import Context

if TYPE_CHECKING:
    from tests.core.conftest import Bench


async def me(_op: ReadMe, ctx: Context) -> Person:
    """Say which account asks."""
    return Person(label=ctx.account)


async def test_accounts_are_named_in_settings_or_opened(bench: Bench) -> None:
    """Both kinds are found by name; an account is one object until it is closed."""
    sharebind = Sharebind.from_mapping(
        {"accounts": {"home": {"provider": "toy"}, "shop": {"provider": "toy"}}},
        registry=bench.open(bench.spec(me=me)).registry,
    )
    opened = sharebind.open_account("toy", {}, name="guest")
    assert sharebind.accounts == ("guest", "home", "shop")
    assert sharebind.account("home") is sharebind.account("home")
    assert sharebind.account("guest") is opened
    assert (opened.name, opened.provider, repr(opened)) == ("guest", "toy", "Account('guest', provider='toy')")
    assert (await sharebind.account("home").me()).label == "home"
    await sharebind.aclose()


async def test_an_unknown_account_is_told(bench: Bench) -> None:
    """The error names the accounts that there are."""
    sharebind = bench.open(bench.spec())
    with pytest.raises(ConfigurationError, match=r"^there is no account 'home'; known are: none$"):
        sharebind.account("home")
    sharebind.open_account("toy", {}, name="desk")
    with pytest.raises(ConfigurationError, match=r"^there is no account 'home'; known are: desk$"):
        sharebind.account("home")


async def test_ten_thousand_accounts_live_at_once(bench: Bench) -> None:
    """Each has its own name, settings and set-up, and all are closed together."""
    sharebind = bench.open(bench.spec(me=me))
    accounts = [
        sharebind.open_account("toy", {"token": f"t{number}"}, name=f"user-{number}") for number in range(10_000)
    ]
    assert (len(sharebind.accounts), len(bench.setups)) == (10_000, 10_000)
    assert (await accounts[0].me()).label == "user-0"
    assert (await sharebind.account("user-9999").me()).label == "user-9999"
    await sharebind.aclose()
    assert {account.closed for account in accounts} == {True}


async def test_a_closed_account_is_forgotten(bench: Bench) -> None:
    """Closing an account that was opened at run time forgets it; one from the settings opens anew."""
    sharebind = Sharebind.from_mapping(
        {"accounts": {"home": {"provider": "toy"}}}, registry=bench.open(bench.spec(me=me)).registry
    )
    opened, home = sharebind.open_account("toy", {}, name="guest"), sharebind.account("home")
    opened.close()
    home.close()
    assert sharebind.accounts == ("home",)
    with pytest.raises(ConfigurationError, match=r"there is no account 'guest'; known are: home$"):
        sharebind.account("guest")
    assert (await sharebind.account("home").me()).label == "home"
    assert sharebind.account("home") is not home
    await sharebind.aclose()


async def test_closed_accounts_take_no_memory(bench: Bench) -> None:
    """A host that opens and closes accounts all day holds on to none of them."""
    sharebind = bench.open(bench.spec())
    for number in range(100):
        sharebind.open_account("toy", {}, name=f"user-{number}").close()
    assert len(sharebind._accounts) <= 1


async def test_a_name_that_is_open_is_replaced(bench: Bench) -> None:
    """A new token often means opening the same name again."""
    sharebind = bench.open(bench.spec(me=me))
    first = sharebind.open_account("toy", {"token": "old"}, name="desk")
    second = sharebind.open_account("toy", {"token": "new"}, name="desk")
    assert (sharebind.account("desk") is second, first is second) == (True, False)


async def test_timeouts_come_from_the_closest_place(bench: Bench) -> None:
    """The account's own timeout goes before the provider's."""

    async def deadline(_op: ReadMe, ctx: Context) -> Person:
        seen.append(round((ctx.deadline or 0) - now()))
        return Person()

    import asyncio

    now = asyncio.get_running_loop().time
    seen: list[int] = []
    registry = bench.open(attrs.evolve(bench.spec(me=deadline), timeout=timedelta(seconds=11))).registry
    tables = {"accounts": {"own": {"provider": "toy", "timeout": "13s"}, "plain": {"provider": "toy"}}}
    async with Sharebind.from_mapping(tables, registry=registry) as sharebind:
        await sharebind.account("own").me()
        await sharebind.account("plain").me()
        await sharebind.open_account("toy", {}, name="third", timeout=timedelta(seconds=17)).me()
        await sharebind.account("third").me(within=timedelta(seconds=19))
    assert seen == [13, 11, 17, 19]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"token": 5}, 'desk.token: expected a text on one line, { env = "NAME" } or { file = "PATH" }'),
        ({"tokn": "x"}, "desk.tokn: unknown key; did you mean 'token'?"),
        ("token", "desk: expected a mapping or ToySettings, got str"),
        (None, "desk: expected a mapping or ToySettings, got NoneType"),
    ],
)
async def test_wrong_settings_are_told_by_name(bench: Bench, settings: Any, said: str) -> None:
    """The message begins with the account's name."""
    with pytest.raises(ConfigurationError) as error:
        bench.open(bench.spec()).open_account("toy", settings, name="desk")
    assert str(error.value) == said


async def test_an_account_needs_a_name(bench: Bench) -> None:
    """An empty name is refused, in code and in settings."""
    sharebind = bench.open(bench.spec())
    with pytest.raises(ConfigurationError, match="an account needs a name"):
        sharebind.open_account("toy", {}, name="")
    with pytest.raises(ConfigurationError, match="accounts: an account needs a name"):
        Sharebind.from_mapping({"accounts": {"": {"provider": "toy"}}}, registry=sharebind.registry)


async def test_a_mapping_may_say_the_timeout(bench: Bench) -> None:
    """The table of a file can be given as it is: its core keys are understood, not suggested for themselves."""
    account = bench.open(bench.spec()).open_account("toy", {"token": "t", "timeout": "5s"}, name="desk")
    assert account._timeout == timedelta(seconds=5)


async def test_an_unknown_provider_is_told_with_its_line(bench: Bench, tmp_path: Path) -> None:
    """A provider that is not installed is told at the start, with its place and what is installed."""
    path = tmp_path / "x.toml"
    path.write_text('[accounts.home]\ntoken = "t"\nprovider = "tencnt"\n', encoding="utf-8")
    with pytest.raises(UnknownProviderError) as error:
        Sharebind.from_file(path, registry=bench.open(bench.spec()).registry)
    said = str(error.value)
    assert said.startswith(f"{path}:3: accounts.home.provider: No provider 'tencnt' is installed. Installed: ")
    assert [name for name in ("toy", "quectel", "tencent") if name not in said] == []


@pytest.mark.parametrize(
    "url",
    [
        *("https://api.example.com", "https://api.example.com:8443/v2/", "http://127.0.0.1:80", "http://127.8.9.1/x"),
        *("http://[::1]:8080", "http://localhost:3000", "HTTPS://API.EXAMPLE.COM", "https://xn--fsqu00a.com"),
    ],
)
async def test_base_urls_that_are_fine(bench: Bench, url: str) -> None:
    """Https anywhere, http on loopback only."""
    assert bench.account(base_url=url).closed is False


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://api.example.com", "would send tokens unencrypted"),
        ("http://192.168.1.2", "would send tokens unencrypted"),
        ("http://0.0.0.0", "would send tokens unencrypted"),
        ("http://localhost.example.com", "would send tokens unencrypted"),
        ("http://127.0.0.1.example.com", "would send tokens unencrypted"),
        ("ftp://api.example.com", "expected a base URL"),
        ("api.example.com", "expected a base URL"),
        ("//api.example.com", "expected a base URL"),
        ("https://", "expected a base URL"),
        ("", "expected a base URL"),
        ("https://api.example.com?x=1", "expected a base URL"),
        ("https://api.example.com#x", "expected a base URL"),
        ("https://me@api.example.com", "base URL"),
        ("https://api.example.com:99999", "expected a base URL"),
        ("https://[::1", "expected a base URL"),
        ("https://api.example.com/v1?", "expected a base URL"),
        ("https://api.example.com/v1#", "expected a base URL"),
        ("https://api..example.com", "expected a base URL"),
        (f"https://{'a' * 64}.example.com", "expected a base URL"),
    ],
)
async def test_base_urls_that_are_refused(bench: Bench, url: str, why: str) -> None:
    """Anything else is refused before a token could go there."""
    with pytest.raises(ConfigurationError, match=why):
        bench.account(base_url=url)


async def test_a_wrong_base_url_is_told_at_the_start_with_its_place(bench: Bench, tmp_path: Path) -> None:
    """An address that would send tokens unencrypted is a mistake in the settings, found when they are read."""
    path = tmp_path / "x.toml"
    path.write_text('[accounts.home]\nprovider = "toy"\nbase_url = "http://api.example.com"\n', encoding="utf-8")
    registry = bench.open(bench.spec()).registry
    with pytest.raises(ConfigurationError, match=r"accounts.home.*would send tokens unencrypted"):
        Sharebind.from_file(path, registry=registry)


async def test_a_password_in_a_base_url_is_not_printed(bench: Bench) -> None:
    """An address with a password in it is refused without repeating the password."""
    with pytest.raises(ConfigurationError, match="base URL") as error:
        bench.account(base_url="https://me:hunter2@api.example.com")
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("provider", ["quectel", "tencent"])
@pytest.mark.parametrize("key", ["region", "base_url"])
def test_a_referenced_address_is_not_printed(monkeypatch: pytest.MonkeyPatch, provider: str, key: str) -> None:
    """A value from a variable is not printed by the checks of a provider's own settings either."""
    monkeypatch.setenv("DESK_ADDRESS", "http://hunter2.example.com")
    table = {"provider": provider, "token": "t", key: {"env": "DESK_ADDRESS"}}
    with pytest.raises(ConfigurationError) as error:
        Sharebind.from_mapping({"accounts": {"home": table}}).account("home")
    assert "hunter2" not in str(error.value)


async def test_tokens_are_kept_in_memory_by_default(bench: Bench) -> None:
    """What an adapter saves is what it loads, per account, and later changes to its own dict do not matter."""
    bench.account()
    store, tokens = bench.setups[0].tokens, {"access": Secret("a")}
    assert isinstance(store, MemoryTokenStore)
    assert await store.load("desk") is None
    await store.save("desk", tokens)
    tokens.clear()
    assert (await store.load("desk"), await store.load("other")) == ({"access": Secret("a")}, None)


async def test_what_an_adapter_is_given(bench: Bench) -> None:
    """One set-up per account: its name, a client, the clock and the token store of the host."""
    tokens = MemoryTokenStore()
    bench.open(bench.spec(), tokens=tokens).open_account("toy", {}, name="a")
    setup = bench.setups[0]
    assert (setup.account, setup.clock, setup.tokens) == ("a", bench.clock, tokens)


async def test_closing_twice_is_no_error(bench: Bench) -> None:
    """A closed Sharebind has closed its accounts, opens no connection, and may be closed again."""
    sharebind = bench.open(bench.spec(me=me))
    account = sharebind.open_account("toy", {}, name="desk")
    await sharebind.aclose()
    await sharebind.aclose()
    with pytest.raises(ConfigurationError, match="is closed"):
        await account.me()


async def test_an_unreachable_vendor_is_no_matter_of_opening() -> None:
    """Making an account does no I/O: that nobody listens is found by the first call."""
    async with Sharebind() as sharebind:
        account = sharebind.open_account("quectel", {"token": "t", "base_url": "http://127.0.0.1:9"}, name="home")
        with pytest.raises(UnavailableError, match="nothing was sent"):
            await account.me()
