"""A provider that was generated, built and installed beside sharebind, in an environment that holds nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from tests.template.generating import ROOT, generate

BIN: Final = "Scripts" if os.name == "nt" else "bin"
SOURCES: Final = ("core", "providers", "pyproject.toml", "README.md", "LICENSE")
"""What a wheel of sharebind is built from."""


class Author(NamedTuple):
    """Somebody with an environment of their own, and a project in it."""

    bin: Path
    project: Path

    def runs(self, *words: str) -> str:
        """Run a command of the environment in the project, and give what it prints."""
        done = subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            cwd=self.project,
            capture_output=True,
            text=True,
            check=False,
            # Nothing of the environment that runs these tests may help.
            env={name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}},
        )
        assert done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Author]:
    """Generate a provider, build it and sharebind, and install both wheels in an environment of their own."""
    pytest.importorskip("build", reason="build is not installed: pip install --group dev")
    place = tmp_path_factory.mktemp("author")
    project = generate(place / "project", provider="my-cloud", title="炉边云")
    # A copy without what builds and tests leave in a checkout.
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / "sharebind" / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / "sharebind" / name)
    for tree in (place / "sharebind", project):
        words = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place / "dist"), str(tree)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    venv.create(place / "venv", with_pip=True)
    made = Author(place / "venv" / BIN, project)
    ours, theirs = sorted((place / "dist").glob("*.whl"))
    made.runs("python", "-m", "pip", "install", "--quiet", f"{ours}[cli,testing]", str(theirs))
    # From here on the wheel alone has the code: the tests are what is left of the project.
    shutil.rmtree(project / "src")
    yield made
    shutil.rmtree(place, ignore_errors=True)


def test_it_is_found(author: Author) -> None:
    """Its entry point is all that it takes."""
    rows = json.loads(author.runs("sharebind", "providers", "--json"))["providers"]
    assert [(row["name"], row["status"]) for row in rows] == [
        ("gizwits", "loaded"),
        ("my-cloud", "loaded"),
        ("quectel", "loaded"),
        ("tencent", "loaded"),
    ]
    assert next(row["title"] for row in rows if row["name"] == "my-cloud") == "炉边云"


def test_it_passes_the_first_tier_unchanged(author: Author) -> None:
    """The kit in the wheel finds the rig that the provider brings, and every promise of bronze is kept."""
    report = json.loads(author.runs("sharebind", "check", "my-cloud", "--tier", "bronze", "--json"))
    assert report["reached"] == "bronze"
    assert [part["name"] for tier in report["tiers"] for part in tier["parts"] if part["missed"]] == []
    for part in report["tiers"][0]["parts"]:
        print(f"{part['name']}: {part['kept']} of at least {part['minimum']} {part['counts']}")  # noqa: T201 - the counts are the point


def test_its_own_tests_pass(author: Author) -> None:
    """Author's tests come with the project and run on the installed wheels, with the settings that it has."""
    told = author.runs("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert " passed" in told
    assert "failed" not in told
