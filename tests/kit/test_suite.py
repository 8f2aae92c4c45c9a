"""The kit as an author uses it: a class to inherit, one test a promise, failures that say what was promised."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Final

import pytest

from sharebind.testing import CHECKS
from sharebind.testing.checks import Check

SUITE: Final = """
from sharebind.testing.reference import ReferenceProvider, ReferenceRig
from sharebind.testing.suite import ConformanceSuite


class Forgetful(ReferenceProvider):
    async def end(self, op, ctx, /):
        made = await super().end(op, ctx)
        await super().end(op, ctx)
        return made


class TestGood(ConformanceSuite):
    make_rig = ReferenceRig


class TestBad(ConformanceSuite):
    make_rig = staticmethod(lambda: ReferenceRig(provider=Forgetful))


def a_rig():
    return ReferenceRig()


class TestPlain(ConformanceSuite):
    make_rig = a_rig


class TestMethod(ConformanceSuite):
    def make_rig(self):
        return ReferenceRig()


class TestNone(ConformanceSuite):
    pass


class Uncounted(ReferenceRig):
    def requests(self):
        return 0


class TestRig(ConformanceSuite):
    make_rig = Uncounted
"""

INI: Final = """
[pytest]
asyncio_mode = strict
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


async def pytest_run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest in a project of somebody else's, in strict mode."""
    (folder / "test_conformance.py").write_text(SUITE, encoding="utf-8")
    (folder / "pytest.ini").write_text(INI, encoding="utf-8")
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rs", *arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await child.communicate()
    assert child.returncode is not None
    return child.returncode, told.decode()


async def test_a_suite_in_somebody_elses_project_passes(tmp_path: Path) -> None:
    """An author who uses pytest's strict asyncio mode inherits the class, and every promise is a test."""
    code, told = await pytest_run(tmp_path, "-k", "TestGood and (gives_access or absent_share_to_anyone)")
    assert code == 0, told
    assert "1 passed, 1 skipped" in told
    assert "share.to.anyone is native" in told


async def test_a_broken_promise_is_told_in_words(tmp_path: Path) -> None:
    """A failure shows the promise and what came instead, and no traceback through the kit."""
    code, told = await pytest_run(tmp_path, "-k", "TestBad and ended_means_gone")
    assert code == 1, told
    assert "When ``end`` says that a grant has ended" in told
    assert "second change in one end" in told
    assert "running.py" not in told


async def test_a_broken_promise_shows_its_trace(tmp_path: Path) -> None:
    """Below a failure stands what was asked and what came of it, in order; a test that passes shows none of it."""
    code, told = await pytest_run(tmp_path, "-k", "(TestBad or TestGood) and ended_means_gone")
    assert code == 1, told
    asked, ended = told.index("owner asks EndShare("), told.index("owner end: ")
    assert told.index("Captured stdout call") < told.index("owner asks BindDevice(") < asked < ended
    assert told.count("owner asks EndShare(") == 1


async def test_a_plain_function_and_a_method_make_rigs_too(tmp_path: Path) -> None:
    """A function that stands in the class is called as it was written."""
    code, told = await pytest_run(tmp_path, "-k", "(TestPlain or TestMethod) and a_code_gives_access")
    assert code == 0, told
    assert "2 passed" in told


async def test_a_suite_without_a_rig_says_what_to_write(tmp_path: Path) -> None:
    """Forgetting the rig is told in words."""
    code, told = await pytest_run(tmp_path, "-k", "TestNone and a_code_gives_access")
    assert code == 1, told
    assert "TestNone names no rig: write 'make_rig = YourRig' in it" in told


async def test_a_broken_rig_fails_as_such(tmp_path: Path) -> None:
    """It is no pass, and no fault of the adapter's."""
    code, told = await pytest_run(tmp_path, "-k", "TestRig and the_rig_counts_requests")
    assert code == 1, told
    assert "The rig is broken, this says nothing of the adapter: requests() was 0 before" in told


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_a_promise_is_one_sentence(check: Check) -> None:
    """Every check says what it promises, in one sentence that a report can show."""
    assert check.promise.endswith(".")
    assert 20 <= len(check.promise) <= 120
    assert check.name.isidentifier()


def test_names_are_unique() -> None:
    """A report names a check by its name alone."""
    names = [check.name for check in CHECKS]
    assert len(names) == len(set(names))
