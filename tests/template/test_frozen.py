"""A stranger's provider that was released with the first version of the plugin API goes on working.

``tests/frozen_plugin`` was made once, from the template as it was then:

    copier copy --defaults --data provider=lumen --data author="A stranger" plugins/template tests/frozen_plugin
    (cd tests/frozen_plugin && find . -type f | LC_ALL=C sort | xargs sha256sum) > tests/template/frozen.sha256

It is never made anew: whoever has released such a plugin cannot be asked to change it.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.template.generating import ROOT

from sharebind import Registry
from sharebind.emulator import emulate
from sharebind.provider import API, ProviderSpec
from sharebind.testing import Tier, check_tier, run

FROZEN: Final = ROOT / "tests" / "frozen_plugin"
DIGESTS: Final = Path(__file__).with_name("frozen.sha256")
KEPT: Final = 100
"""Promises kept and absences refused, of the kit as it was then."""


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderSpec]:
    """Give what the registry finds, with the distribution on the path as an installation leaves it there."""
    project = tomllib.loads((FROZEN / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(FROZEN / "src", tmp_path / "site")
    about = tmp_path / "site" / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(head, encoding="utf-8")
    plugin = project["entry-points"]["sharebind"]["lumen"]
    (about / "entry_points.txt").write_text(f"[sharebind]\nlumen = {plugin}\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path / "site")
    yield Registry().spec("lumen")
    for name in [name for name in sys.modules if name.partition(".")[0] == "sharebind_lumen"]:
        del sys.modules[name]


def test_its_source_never_changes() -> None:
    """No file of it is edited, added or taken away, whatever fails."""
    lines = DIGESTS.read_text(encoding="utf-8").splitlines()
    told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = {
        f"./{file.relative_to(FROZEN).as_posix()}": hashlib.sha256(
            file.read_bytes().replace(b"\r\n", b"\n")
        ).hexdigest()
        for file in FROZEN.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert there == told, (
        "tests/frozen_plugin stands for the plugins that strangers have released: it cannot be edited. If it fails, "
        "the plugin API has changed incompatibly: mend that, and bring this folder back as it was"
    )


def test_it_was_written_for_the_first_version(frozen: ProviderSpec) -> None:
    """What it says of itself is of the major that this core loads."""
    assert frozen.api == (1, 0)
    assert frozen.api[0] == API[0]


async def test_it_keeps_every_promise(frozen: ProviderSpec) -> None:
    """The whole kit finds nothing, and judges no less than it did then."""
    assert frozen.rig is not None
    report = await run(frozen.rig())
    assert not report.failed, str(report)
    assert not report.rig_broken, str(report)
    print(report)  # noqa: T201 - the counts are the point
    assert len(report.passed) >= KEPT


async def test_it_reaches_the_second_tier(frozen: ProviderSpec) -> None:
    """Everything that it declares, every code of its vendor and each fault are as they were."""
    assert frozen.rig is not None
    report = await check_tier(frozen.rig(), Tier.SILVER)
    assert report.reached is Tier.SILVER, str(report)


async def test_its_cloud_runs_beside_others(frozen: ProviderSpec) -> None:
    """The emulated cloud that it brings is found by its name like any other."""
    async with emulate(frozen.name, "quectel") as clouds:
        assert [user.name for user in clouds["lumen"].users] == ["owner", "guest", "other"]
        assert clouds["lumen"].state() == {"bindings": [], "shares": []}
