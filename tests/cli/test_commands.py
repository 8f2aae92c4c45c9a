"""The command line, run as people and programs run it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sharebind import Registry

INSTALLED = Registry().names()
USER_KEYS = {"name", "user_id", "email", "phone", "password", "token", "homes"}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m sharebind`` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "sharebind", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def install(folder: Path, name: str, plugin: str) -> None:
    """Install a distribution with one plugin into a folder."""
    info = folder / f"{name}_plugin-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(f"[sharebind]\n{name} = {name}_plugin\n")
    (folder / f"{name}_plugin.py").write_text(plugin)


@contextlib.asynccontextmanager
async def emulating(*arguments: str) -> AsyncGenerator[tuple[asyncio.subprocess.Process, dict[str, Any]]]:
    """Run ``sharebind emulate --json`` and read its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sharebind", "emulate", *arguments, "--json", stdout=-1, stderr=-1, limit=1 << 20
    )
    assert process.stdout is not None
    try:
        yield process, json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_emulate_prints_one_line_with_the_same_keys_for_every_provider() -> None:
    """The first line is JSON: control, and for each provider base_url, app, users and devices."""
    async with emulating("--port", "0") as (_, told):
        assert set(told) == {"schema", "control", *INSTALLED}
        assert told["control"].endswith("/_emulator")
        for provider in INSTALLED:
            cloud = told[provider]
            assert set(cloud) == {"base_url", "app", "users", "devices"}
            assert cloud["base_url"].endswith(f"/{provider}")
            assert len(cloud["users"]) >= 3
            assert len(cloud["devices"]) >= 5
            assert all(set(user) == USER_KEYS for user in cloud["users"])
            assert all(set(device) == {"product", "device", "proof"} for device in cloud["devices"])
        assert {"gizwits", "quectel", "tencent"} <= set(INSTALLED)
        assert set(told["quectel"]["app"]) == {"user_domain", "user_domain_secret"}
        assert set(told["tencent"]["app"]) == {"app_key", "app_secret"}
        assert all(user["token"].startswith("Bearer ") for user in told["quectel"]["users"])
        assert "serial" in told["quectel"]["devices"][0]["proof"]
        assert "device_signature" in told["tencent"]["devices"][0]["proof"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_emulate_stops_with_status_0(number: signal.Signals) -> None:
    """SIGINT and SIGTERM end it at once and cleanly, with a request answered before."""
    async with emulating("quectel") as (process, told), aiohttp.ClientSession() as session:
        async with session.get(f"{told['quectel']['base_url']}/v2/enduser/enduserapi/userInfo") as answer:
            assert (await answer.json())["code"] == 5106
        process.send_signal(number)
        assert await asyncio.wait_for(process.wait(), 10) == 0
        assert process.stderr is not None
        assert b"Traceback" not in await process.stderr.read()


async def test_emulate_takes_a_port_and_names() -> None:
    """It listens on 127.0.0.1 at the port that was asked for, with the providers that were named."""
    async with emulating("tencent") as (_, first):
        port = first["control"].split(":")[2].split("/")[0]
        taken = run("emulate", "tencent", "--port", port)
        assert (taken.returncode, taken.stdout) == (2, "")
        assert port in taken.stderr
        assert set(first) == {"schema", "control", "tencent"}


async def test_the_control_address_advances_and_resets() -> None:
    """A test in any language moves the clock, reads the requests and resets, over HTTP."""
    async with emulating("quectel") as (_, told), aiohttp.ClientSession() as session:
        control = told["control"]
        async with session.post(f"{control}/advance", json={"seconds": 86400}) as answer:
            assert answer.status == 200
        async with session.get(f"{control}/requests", params={"provider": "quectel"}) as answer:
            assert answer.status == 200
        async with session.post(f"{control}/reset") as answer:
            assert answer.status == 200


def test_the_demo_holds_and_says_so() -> None:
    """The demo exits 0, its result is on stdout, and every step held for every vendor."""
    done = run("demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert done.stdout.count("  ok   ") >= 9 * len(INSTALLED)
    assert [line for line in done.stdout.splitlines() if line in INSTALLED] == sorted(INSTALLED)
    assert done.stdout.count("the vendor's contract was kept") == len(INSTALLED)
    assert "use_expired" in done.stdout
    assert "offer_expired" in done.stdout
    assert "█" in done.stdout
    assert "Try next" in done.stdout


def test_capabilities_as_json_carry_level_and_reason() -> None:
    """The matrix as JSON has a schema number, and says for each capability how far it goes and why."""
    done = run("capabilities", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert told["schema"] == 1
    fixed = told["providers"]["tencent"]["share.code.accept_by"]
    assert fixed["level"] == "fixed"
    assert "7 days" in fixed["reason"]
    assert told["providers"]["quectel"]["share.code.use_for"]["level"] == "absent"


def test_capabilities_of_one_provider_say_why() -> None:
    """For one provider the matrix shows what it cannot do, with the reason."""
    done = run("capabilities", "tencent")
    assert done.returncode == 0
    assert "a share lasts until one side removes it" in done.stdout


LENDER = """
import attrs

from sharebind.provider import Capability, Level, Support, hookimpl
from sharebind_quectel import plugin

RIGHTS = Support(level=Level.NATIVE, reason="in ink", names={"turn_pages", "draw_margins"})

@hookimpl
def sharebind_provider():
    capabilities = {Capability("share.rights"): RIGHTS}
    return attrs.evolve(plugin.sharebind_provider(), name="lender", capabilities=capabilities)
"""


def test_capabilities_show_the_names_of_rights(tmp_path: Path) -> None:
    """The words that a wish may use stand in the matrix of one provider, and in the JSON, sorted."""
    install(tmp_path, "lender", LENDER)
    shown = run("capabilities", "lender", PYTHONPATH=str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    assert "in ink; names: draw_margins, turn_pages" in shown.stdout
    told = json.loads(run("capabilities", "lender", "--json", PYTHONPATH=str(tmp_path)).stdout)
    rights = told["providers"]["lender"]["share.rights"]
    assert rights == {"level": "native", "reason": "in ink", "names": ["draw_margins", "turn_pages"]}


def test_an_unknown_provider_is_a_usage_error_that_helps() -> None:
    """A name that is not installed exits 2, with what there is, on stderr alone."""
    done = run("capabilities", "tencnt")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No provider 'tencnt' is installed" in done.stderr
    assert "quectel, tencent" in done.stderr
    assert run("emulate", "tencnt").returncode == 2


def test_providers_shows_what_is_installed() -> None:
    """Both built-in providers are listed as loaded, with their distribution."""
    done = run("providers", "--json")
    rows = {row["name"]: row for row in json.loads(done.stdout)["providers"]}
    assert done.returncode == 0
    assert rows["quectel"]["status"] == rows["tencent"]["status"] == "loaded"
    assert rows["quectel"]["distribution"].startswith("sharebind ")


def test_a_broken_plugin_is_shown_with_its_cause(tmp_path: Path) -> None:
    """A plugin that cannot be imported is listed as failed, with its distribution and why; the others work."""
    install(tmp_path, "acme", "import a_module_that_is_not_there\n")
    done = run("providers", PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "acme-plugin 1.2" in done.stdout
    assert "a_module_that_is_not_there" in done.stdout
    assert done.stdout.count("loaded") == len(INSTALLED)


def test_usage_errors_exit_2() -> None:
    """A wrong option or command exits 2 with a line on stderr and nothing on stdout."""
    for arguments in (["demo", "--nope"], ["nope"], ["emulate", "--port", "99999"]):
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr


def test_without_the_extra_there_is_one_line_that_helps(tmp_path: Path) -> None:
    """Where click is missing, every command says how to install the extra and exits 2."""
    (tmp_path / "click.py").write_text("raise ModuleNotFoundError('No module named click', name='click')\n")
    done = run("demo", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert "pip install 'sharebind[cli]'" in done.stderr


def test_help_is_quick_to_ask_for() -> None:
    """The help names every command."""
    done = run("--help")
    assert done.returncode == 0
    for command in ("demo", "emulate", "capabilities", "providers"):
        assert command in done.stdout
