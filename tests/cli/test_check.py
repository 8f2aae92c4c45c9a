"""``sharebind check``, run as authors and programs run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RIG = "sharebind.testing.reference:ReferenceRig"
NOTHING = """\
from sharebind.testing.reference import ReferenceProvider, ReferenceRig


class Nothing(ReferenceProvider):
    support = {}


class NothingRig(ReferenceRig):
    def __init__(self):
        super().__init__(Nothing)


HALF = 3
"""


def run(*arguments: str, cwd: Path | None = None, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``sharebind check`` to its end."""
    more = {} if path is None else {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-P", "-m", "sharebind", "check", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={**os.environ, **more},
    )


def test_a_tier_is_printed_with_its_parts_and_counts() -> None:
    """An installed provider is found by its name, and each part tells what was kept and what is the least."""
    done = run("quectel", "--tier", "bronze")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "quectel"
    assert lines[1] == "bronze: reached"
    assert "  ok   access is given: 11 of at least 2 promises kept" in lines
    assert lines[-1] == "reached: bronze"


def test_json_says_the_same() -> None:
    """Programs get schema, provider, the tier that was reached, and every part of every tier."""
    told = json.loads(run(RIG, "--tier", "bronze", "--json").stdout)
    assert {name: told[name] for name in ("schema", "provider", "reached")} == {
        "schema": 1,
        "provider": "reference",
        "reached": "bronze",
    }
    (tier,) = told["tiers"]
    keys = {"name", "counts", "kept", "minimum", "holds", "not_judged", "missed", "left_out"}
    assert [set(part) for part in tier["parts"]] == [keys] * len(tier["parts"])
    assert all(part["holds"] for part in tier["parts"])


@pytest.mark.parametrize("place", ["rigs.py:NothingRig", "rigs:NothingRig"])
def test_a_rig_is_found_by_its_place_and_a_missed_tier_fails(tmp_path: Path, place: str) -> None:
    """What nobody has packaged yet is checked by file or module; who misses the first tier gets status 1 and why."""
    (tmp_path / "rigs.py").write_text(NOTHING)
    done = run(place, cwd=tmp_path)
    assert done.returncode == 1
    assert "bronze: missed" in done.stdout
    assert "MISS access is given: 0 of at least 2 promises kept" in done.stdout
    assert "       not judged, for share.to.anyone is absent: a_code_waits_to_be_taken" in done.stdout
    assert done.stdout.endswith("reached: no tier\n")
    told = json.loads(run(place, "--json", cwd=tmp_path).stdout)
    assert told["reached"] is None
    (claims,) = (part for part in told["tiers"][0]["parts"] if part["name"] == "access is given")
    assert {"name", "promise", "why"} == set(claims["left_out"][0])
    assert told["tiers"][0]["judged_by_nothing"] == []


def test_all_tiers_are_judged_though_one_is_missed(tmp_path: Path) -> None:
    """With ``--all`` the next tier is shown too, and the status is that of the tier which was asked for."""
    (tmp_path / "rigs.py").write_text(NOTHING)
    done = run("rigs.py:NothingRig", "--all", "--tier", "silver", cwd=tmp_path)
    assert done.returncode == 1
    assert "bronze: missed" in done.stdout
    assert "silver: missed" in done.stdout
    assert "gold" not in done.stdout
    assert done.stdout.endswith("reached: no tier\n")


def test_the_help_says_when_the_status_is_0() -> None:
    """The help tells how far a check goes, and what is enough."""
    told = " ".join(run("--help").stdout.split())
    assert "as far as it goes; the status is 0 from bronze on" in told
    assert "--all" in told


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nobody", "No provider 'nobody' is installed"),
        ("rigs.py:Missing", "has no 'Missing'"),
        ("rigs.py:HALF", "has no 'HALF'"),
        ("rigs.py:Nothing", "has no 'Nothing' that makes a rig"),
        ("nowhere.py:Rig", "nowhere.py cannot be imported"),
        ("no.such:Rig", "no.such cannot be imported"),
        (":Rig", "package.module:RigClass"),
    ],
)
def test_what_cannot_be_checked_says_why(tmp_path: Path, place: str, why: str) -> None:
    """A name that is not installed and a place without a rig are usage errors, in one line."""
    (tmp_path / "rigs.py").write_text(NOTHING)
    done = run(place, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr
    assert "Traceback" not in done.stderr


def test_a_provider_without_a_rig_says_how_to_add_one(tmp_path: Path) -> None:
    """The rig is optional in a plugin; without it the message says where it goes."""
    info = tmp_path / "bare_plugin-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bare-plugin\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[sharebind]\nbare = bare_plugin\n")
    (tmp_path / "bare_plugin.py").write_text(
        "import attrs\n"
        "from sharebind.provider import hookimpl, ProviderSpec\n"
        "@attrs.frozen\n"
        "class Settings:\n"
        "    url: str = ''\n"
        "@hookimpl\n"
        "def sharebind_provider():\n"
        "    return ProviderSpec(name='bare', api=(1, 0), settings=Settings, capabilities={}, factory=print)\n"
    )
    done = run("bare", path=tmp_path)
    assert done.returncode == 2
    assert "ProviderSpec(…, rig=lambda: YourRig)" in done.stderr


def test_checking_needs_no_pytest() -> None:
    """The kit and its command run where no test runner is installed."""
    code = (
        "import sys\n"
        "sys.modules['pytest'] = sys.modules['pytest_asyncio'] = None\n"
        "from sharebind.cli import main\n"
        f"sys.exit(main(['check', {RIG!r}, '--tier', 'bronze']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def test_a_trace_shows_one_check() -> None:
    """Promise, requests, answers and the verdict are printed, and the status is that of the check."""
    done = run("tencent", "--trace", "a_code_gives_access")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "a_code_gives_access: Whoever takes a code has access, and is told to what."
    assert any(
        "-> AppCreateShareDeviceToken (changes): POST /api/exploreropen/tokenapi body {" in line for line in lines
    )
    assert lines[-1] == "a_code_gives_access: passed"


def test_a_trace_is_json_too(tmp_path: Path) -> None:
    """Programs get the lines beside the verdict, and a check that is left out is no success."""
    (tmp_path / "rigs.py").write_text(NOTHING)
    done = run("rigs.py:NothingRig", "--trace", "a_code_gives_access", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert (told["schema"], told["check"], told["outcome"]) == (1, "a_code_gives_access", "not judged")
    assert told["trace"] == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--trace", "a_code_give_access"], "is it a_code_gives_access"),
        (["--trace", "a_code_gives_access", "--tier", "gold"], "give one of them"),
        (["--trace", "a_code_gives_access", "--all"], "give one of them"),
        (["--tier", "platinum"], "is not one of 'bronze', 'silver', 'gold'"),
    ],
)
def test_a_wrong_wish_says_what_is_right(more: list[str], why: str) -> None:
    """A check or tier that there is not is a usage error."""
    done = run(RIG, *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert why in done.stderr


def test_a_missed_tier_that_was_asked_for_fails() -> None:
    """Who asks for silver and reaches bronze gets status 1, and is told what was not judged."""
    done = run(RIG, "--tier", "silver")
    assert done.returncode == 1
    assert "MISS faults" in done.stdout
    assert "not judged: this takes an EmulatedRig" in done.stdout
    assert done.stdout.endswith("reached: bronze\n")
