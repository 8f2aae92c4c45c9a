"""The limits as a host names them in its settings, over real emulated clouds."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sharebind import (
    Account,
    Anyone,
    ConfigurationError,
    PolicyDeniedError,
    Secret,
    Sharebind,
    SignInError,
    TransferDevice,
    UnsupportedError,
    UserId,
    device,
)
from sharebind.emulator import Clouds

LAMP = device("p11wbr/866345450944812")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def emulated_providers() -> tuple[str, ...]:
    """Three vendors: one keeps an end, one has no ends, one hands devices over."""
    return ("quectel", "tencent", "gizwits")


def limited(clouds: Clouds, **limits: Any) -> Sharebind:
    """Make a host whose settings name the limits."""
    return Sharebind.from_mapping({"policies": {"limits": limits}}, clock=clouds.clock)


def owner(sharebind: Sharebind, clouds: Clouds, provider: str = "quectel", **settings: Any) -> Account:
    """Open the owner's account."""
    cloud = clouds[provider]
    given = {"base_url": cloud.base_url, "token": cloud.user("owner").token, **settings}
    return sharebind.open_account(provider, given, name="home")


def calls(clouds: Clouds, provider: str = "quectel") -> list[str]:
    """Name what the vendor was asked."""
    return [request.operation for request in clouds[provider].requests]


async def test_limits_are_kept_before_anything_is_sent(clouds: Clouds) -> None:
    """What the settings allow is shared; what they do not is denied by name, and the vendor hears nothing of it."""
    async with limited(clouds, longest_use="30d", recipients=["anyone"]) as sharebind:
        home = owner(sharebind, clouds)
        await home.bind(LAMP)
        offer = await home.share(LAMP, to=Anyone(), accept_by=HOUR, use_until=30 * DAY)
        before = calls(clouds)
        with pytest.raises(PolicyDeniedError) as denied:
            await home.share(LAMP, to=Anyone(), accept_by=HOUR, use_until=31 * DAY)
        assert denied.value.policy == "limits"
        with pytest.raises(PolicyDeniedError):
            await home.share(LAMP, to=UserId(clouds["quectel"].user("guest").user_id), use_until=DAY)
        with pytest.raises(PolicyDeniedError):
            await home.change(offer, use_until=31 * DAY)
        assert calls(clouds) == before
        await home.end(offer)


async def test_the_hosts_clock_counts(clouds: Clouds) -> None:
    """An end is as far away as the clock of the host says, which under an emulated one is not the machine's."""
    clouds.clock.advance(400 * DAY)
    async with limited(clouds, longest_use="30d") as sharebind:
        home = owner(sharebind, clouds)
        await home.bind(LAMP)
        share = await home.share(LAMP, to=Anyone(), accept_by=HOUR, use_until=30 * DAY)
        assert share.use_until is not None


async def test_a_vendor_without_ends_shares_nothing(clouds: Clouds) -> None:
    """Where no share can have an end, one is unsupported and none is denied."""
    plug = clouds["tencent"].devices[0]
    async with limited(clouds, longest_use="30d") as sharebind:
        cloud = clouds["tencent"]
        home = owner(sharebind, clouds, "tencent")
        with pytest.raises(PolicyDeniedError):
            await home.share(device(f"{plug.product}/{plug.device}"), to=UserId(cloud.user("guest").user_id))
        with pytest.raises(UnsupportedError):
            await home.share(
                device(f"{plug.product}/{plug.device}"), to=UserId(cloud.user("guest").user_id), use_for=DAY
            )
    assert calls(clouds, "tencent") == []


async def test_nobody_else_becomes_the_owner(clouds: Clouds) -> None:
    """Handing a device over is giving it away: who may have it is who may be shared with."""
    async with limited(clouds, recipients=["user_id:4711"]) as sharebind:
        home = owner(sharebind, clouds, "gizwits", app_id=clouds["gizwits"].app["app_id"])
        with pytest.raises(PolicyDeniedError) as denied:
            await home.perform(TransferDevice(device=device("lamp"), to=UserId("hunter2")))
        assert "hunter2" not in str(denied.value)
    assert calls(clouds, "gizwits") == []


async def test_signing_in_and_reading_go_on(clouds: Clouds) -> None:
    """The narrowest limits stand in nobody's way who gives nothing."""
    async with limited(clouds, recipients=["user_id:nobody"], transfers=False, no_codes_for=["*"]) as sharebind:
        home = owner(sharebind, clouds)
        await home.bind(LAMP)
        assert [binding.device for binding in await home.bindings().all()] == [LAMP]
        assert await home.shares().all() == []
        await home.unbind(LAMP)
        with pytest.raises(SignInError):
            await sharebind.open_account(
                "quectel", {"base_url": clouds["quectel"].base_url, "token": Secret("Bearer no")}, name="x"
            ).me()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('longest_use = "fast"', 'limits.toml:2: policies.limits.longest_use: expected a duration such as "30s"'),
        (
            'longest_usage = "30d"',
            "limits.toml:2: policies.limits.longest_usage: unknown key; did you mean 'longest_use'?",
        ),
        ('recipients = "anyone"', "limits.toml:2: policies.limits.recipients: expected a list of texts"),
        ('recipients = ["hunter2"]', "limits.toml:1: policies.limits: recipients: item 1: expected"),
        ("transfers = true", "limits.toml:1: policies.limits: this limits nothing"),
        ("", "limits.toml:1: policies.limits: this limits nothing"),
    ],
)
def test_wrong_limits_stop_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, message: str) -> None:
    """They are a wrong setting like any other, told with file and line, and without the person that they name."""
    monkeypatch.chdir(tmp_path)
    Path("limits.toml").write_text(f"[policies.limits]\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as wrong:
        Sharebind.from_file("limits.toml")
    assert str(wrong.value).startswith(message)
    assert "hunter2" not in str(wrong.value)


def test_what_nobody_names_is_not_loaded() -> None:
    """The plugins are installed with the library, and neither is imported before a host names it."""
    code = (
        "import sys; from sharebind import Sharebind; "
        "Sharebind.from_mapping({'accounts': {'home': {'provider': 'quectel', 'token': 't', 'region': 'eu'}}}); "
        "mine = ('sharebind_limits', 'sharebind_opentelemetry', 'opentelemetry'); "
        "print(*[name for name in sys.modules if name.split('.')[0] in mine])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.split() == []
