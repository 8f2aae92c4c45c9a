"""The public client ewelink-api-next, as npm has it, against the emulated cloud."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any, Final, cast

import pytest

from sharebind.emulator import emulate
from sharebind_ewelink.emulator import EwelinkCloud

PACKAGE: Final = "ewelink-api-next@1.0.4"
SCRIPT: Final = Path(__file__).with_name("node_client.mjs")
INSTALLING: Final = 40.0
RUNNING: Final = 15.0
"""Seconds; both together stay below a minute."""


async def run(*command: str, cwd: Path, seconds: float) -> tuple[int, str, str]:
    """Run a command to its end, and end it when it takes longer."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, stdout=pipe, stderr=pipe)
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.communicate()
        return -1, "", f"took longer than {seconds} s"
    return process.returncode or 0, out.decode(), err.decode()


@pytest.fixture
async def node(tmp_path: Path) -> str:
    """Install the package into a folder of its own, or skip where that cannot be done."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("node and npm are not on PATH")
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    flags = ("--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=15000")
    code, _, why = await run(npm, "install", *flags, PACKAGE, cwd=tmp_path, seconds=INSTALLING)
    if code:
        told = [line for line in why.splitlines() if line.startswith(("npm error", "npm ERR!", "took"))]
        pytest.skip(f"npm could not install {PACKAGE}: {told[0] if told else code}")
    shutil.copy(SCRIPT, tmp_path / SCRIPT.name)
    return found


async def test_the_public_client_runs_unchanged(node: str, tmp_path: Path) -> None:
    """Told nothing but address and credentials, it signs in, binds, shares, changes and ends without a violation."""
    async with emulate(EwelinkCloud) as clouds:
        cloud = cast("EwelinkCloud", clouds["ewelink"])
        added = cloud.add_devices("owner", 40)
        owner, guest = cloud.user("owner"), cloud.user("guest")
        device, gsm = cloud.devices[0], cloud.devices[-1]
        country = f"+{guest.phone['country']}"
        world: dict[str, Any] = {
            "base_url": cloud.base_url,
            "app_id": cloud.app["app_id"],
            "app_secret": cloud.app["app_secret"],
            "owner": {"account": owner.email, "password": owner.password, "areaCode": country},
            "guest": {"account": guest.phone["number"], "password": guest.password, "areaCode": country},
            "guestPhone": f"{country}{guest.phone['number']}",
            "guestEmail": guest.email,
            "device": {
                "deviceId": device.device,
                "deviceKey": device.proof["apikey"],
                "chipId": device.proof["chipid"],
            },
            "gsm_id": gsm.proof["gsm_id"],
            "things": len(added) + 2,
        }
        code, out, err = await run(node, SCRIPT.name, json.dumps(world), cwd=tmp_path, seconds=RUNNING)
        assert (code, err) == (0, "")
        steps = [json.loads(line) for line in out.splitlines()]
        refused = {each["step"]: each["error"] for each in steps if each["error"]}
        assert refused == {"delete again": 405}
        assert len(steps) == 21
        assert cloud.violations == []
        assert [share["reason"] for share in cast("list[Any]", cloud.state()["shares"])] == ["revoked", "left"]
        assert {request.operation for request in cloud.requests} == cloud.operations() - {"oauth_token"}
