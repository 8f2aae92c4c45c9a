"""The demo is a check and no show: it notices when an adapter is wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sharebind import Registry

PROVIDERS = Path(__file__).parents[2] / "providers"

MUTANTS = [
    pytest.param("quectel/wire/requests.py", 'Overlap.KEEP: "2"', 'Overlap.KEEP: "1"', id="keeping replaces"),
    pytest.param(
        "quectel/wire/requests.py", '{"sharingExpireAt": _millis(op.use_until)}', "{}", id="the end of use is dropped"
    ),
    pytest.param("quectel/wire/devices.py", "_OWN: Final = 1", "_OWN: Final = 9", id="owners are not known"),
    pytest.param(
        "tencent/wire/requests.py", '{"RemoveUserID": user_id}', '{"RemoveUserID": "0"}', id="another is revoked"
    ),
    pytest.param(
        "tencent/wire/shares.py", "_INVITATION: Final = 301", "_INVITATION: Final = 300", id="invitations unseen"
    ),
    pytest.param(
        "tencent/wire/shares.py", 'info.seconds("ExpireTime")', 'info.millis("ExpireTime")', id="a wrong clock"
    ),
    pytest.param(
        "tencent/codes.py", "end_reason=EndReason.UNKNOWN", "over='always'", id="control: changes nothing seen"
    ),
]


def demo(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo with what lies below a path in front of what is installed."""
    environment = {**os.environ, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "sharebind", "demo"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
    )


@pytest.mark.parametrize(("file", "line", "broken"), MUTANTS)
def test_one_broken_line_makes_the_demo_fail(
    tmp_path: Path, file: str, line: str, broken: str, request: pytest.FixtureRequest
) -> None:
    """Breaking a line of an adapter makes the demo exit 1; a harmless change does not."""
    for package in PROVIDERS.glob("sharebind_*"):
        shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path / f"sharebind_{file}"
    text = target.read_text(encoding="utf-8")
    assert line in text, "the line to break is not there any more"
    target.write_text(text.replace(line, broken, 1), encoding="utf-8")
    done = demo(tmp_path)
    harmless = "control" in request.node.callspec.id
    assert done.returncode == (0 if harmless else 1), done.stdout + done.stderr
    assert ("FAIL" in done.stdout) is not harmless


ACME = """
import attrs

from sharebind.provider import hookimpl
from sharebind_quectel import plugin
from sharebind_quectel.rig import QuectelRig

TOKEN = "tok-0123456789"

class World(QuectelRig):
{body}

def rig():
{rig}

@hookimpl
def sharebind_provider():
    return attrs.evolve(plugin.sharebind_provider(), name="acme", rig=rig)
"""

WORLDS = [
    pytest.param("    pass", "    raise ImportError(TOKEN)", "no error: ImportError", id="whose factory raises"),
    pytest.param("    pass", "    raise SystemExit(TOKEN)", "no error: SystemExit", id="whose factory exits"),
    pytest.param(
        "    def __init__(self): raise KeyError(TOKEN)", "    return World", "no error: KeyError", id="that is not made"
    ),
    pytest.param(
        "    async def __aenter__(self): raise OSError(TOKEN)",
        "    return World",
        "no error: OSError",
        id="that cannot be opened",
    ),
    pytest.param(
        "    async def __aexit__(self, *error):\n        await super().__aexit__(*error)\n        raise OSError(TOKEN)",
        "    return World",
        "no error: OSError",
        id="that cannot be closed",
    ),
    pytest.param(
        "    def known_as(self, account): return ()",
        "    return World",
        "shared it with other: its world names them in no form that it shares with",
        id="that knows nobody",
    ),
]


@pytest.mark.parametrize(("body", "rig", "told"), WORLDS)
def test_one_plugins_world_spoils_no_others(tmp_path: Path, body: str, rig: str, told: str) -> None:
    """A world that breaks is a failed step of its own provider, without its text; all others are played."""
    info = tmp_path / "acme_plugin-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[sharebind]\nacme = acme_plugin\n")
    (tmp_path / "acme_plugin.py").write_text(ACME.format(body=body, rig=rig))
    done = demo(tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr == ""
    assert f"FAIL {told}" in done.stdout
    assert "tok-" not in done.stdout
    installed = Registry().names()
    own, _, others = done.stdout.partition("acme\n")[2].partition(f"{min(installed)}\n")
    assert "FAIL" in own
    assert "FAIL" not in others
    assert others.count("the vendor's contract was kept") == len(installed)
