"""What other programs show of a run: a host that logs all it can, and the command line."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Final, cast

import pytest

from sharebind import Sharebind
from sharebind.emulator import Clouds, emulate
from sharebind.registry import Registry
from sharebind.testing import EmulatedRig
from sharebind.testing.steps import bound

from .looking import Search, keep_world
from .staging import Files, secret_fields

PROVIDERS: Final = [row.name for row in Registry().report() if row.status == "loaded"]
HOST: Final = Path(__file__).with_name("host_with_structlog.py")


async def output_of(*command: str, cwd: Path, **environment: str) -> tuple[int, str, str]:
    """Run a program beside this one's event loop, which serves the clouds that it talks to."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(running.communicate(), 60)
    return running.returncode or 0, out.decode(), err.decode()


def staged(name: str, clouds: Clouds) -> EmulatedRig:
    """Give what stages a vendor's world, on a cloud that is running."""
    make = Registry().spec(name).rig
    assert make is not None
    rig: EmulatedRig = make()()
    rig.clouds, rig.cloud, rig.clock = clouds, clouds[name], clouds.clock
    return rig


async def bind_something(rig: EmulatedRig) -> None:
    """Bind a device for the owner."""
    async with Sharebind(clock=rig.clock) as sharebind:
        settings = {**rig.settings(rig.cloud.user("owner")), "base_url": rig.cloud.base_url}
        rig.owner = sharebind.open_account(rig.provider, settings, name="owner")
        await bound(rig)


def settings_of(clouds: Clouds, files: Files, search: Search) -> Path:
    """Write the settings of one person at each cloud, and of the same person with a wrong password."""
    tables: dict[str, str] = {}
    for name, cloud in clouds.items():
        keep_world(search, cloud.describe())
        secrets = secret_fields(Registry().spec(name).settings)
        settings = {**staged(name, clouds).settings(cloud.user("owner")), "base_url": cloud.base_url}
        tables[name] = files.table(name, settings, secrets)
        refused = {**settings, "password": "WRONG-canary-77aa"}
        del refused["token"]
        tables[f"{name}-refused"] = files.table(name, refused, secrets)
    return files.write(tables)


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_a_host_that_logs_everything_logs_no_secret(provider: str, tmp_path: Path) -> None:
    """Structlog with JSON and locals in tracebacks, every logger at DEBUG and the loop's own: no secret is in it."""
    search, cwd = Search(), tmp_path / "cwd"
    cwd.mkdir()
    async with emulate(provider, seed=11) as clouds:
        out, err = await everything_logged(clouds, search, tmp_path, cwd)
        for share in cast("list[dict[str, str]]", clouds[provider].state()["shares"]):
            search.keep(share.get("code", ""), "a share code")
    for line in out.splitlines():
        search.saw("structlog", line)
    search.saw("standard logging", err)
    search.folder(cwd)
    assert "\n".join(search.hits()) == ""
    assert search.count["structlog"] > 40
    assert '"locals"' in out
    assert "asyncio" in err


async def everything_logged(clouds: Clouds, search: Search, tmp_path: Path, cwd: Path) -> tuple[str, str]:
    """Run the host, and give what it logged."""
    environment: dict[str, str] = {}
    path = settings_of(clouds, Files(tmp_path, environment.__setitem__), search)
    for secret in ("REF-canary-5e1f", "CODE-canary-9a8b", "PROOF-canary-c0de", "WRONG-canary-77aa"):
        search.keep(secret, secret)
    search.persons.clear()  # this host logs values, and a value may show whom it was asked about
    for name in clouds:
        await bind_something(staged(name, clouds))
    status, out, err = await output_of(str(HOST), str(path), cwd=cwd, **environment)
    assert status == 0, err[-2000:]
    return out, err


COMMANDS: Final = (
    ("providers",),
    ("providers", "--json"),
    ("capabilities",),
    ("capabilities", "--json"),
    ("capabilities", "nobody"),
    ("--version",),
    ("nonsense",),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
async def test_the_command_line_shows_no_secret(command: tuple[str, ...], clouds: Clouds, tmp_path: Path) -> None:
    """No command shows a token of the environment, or of settings beside it; nor does it leave a file."""
    search, environment, cwd = Search(), dict[str, str](), tmp_path / "cwd"
    cwd.mkdir()
    path = settings_of(clouds, Files(tmp_path, environment.__setitem__), search)
    (cwd / "sharebind.toml").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    _, out, err = await output_of("-m", "sharebind", *command, cwd=cwd, **environment)
    search.saw("output", out + err)
    assert search.hits() == []
    assert [path.name for path in cwd.iterdir()] == ["sharebind.toml"]
    assert out + err
