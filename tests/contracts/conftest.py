"""Running clouds for the tests of this folder, and the number of cases that they checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Generator

import aiohttp
import pytest
import pytest_asyncio

from sharebind import Retries, Sharebind
from sharebind.emulator import Answer, Clouds, Request, emulate

from .manners import WITHOUT_EWELINK
from .stage import VENDORS, Notebook, Stage, Vendor

CHECKED = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Start counting."""
    config.stash[CHECKED] = Counter()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many cases of the contracts were checked."""
    checked = config.stash.get(CHECKED, Counter[str]())
    if checked:
        told = ", ".join(f"{what} {count}" for what, count in sorted(checked.items()))
        terminalreporter.write_line(f"contract cases: {told}")
        if WITHOUT_EWELINK:
            terminalreporter.write_line("ewelink: no cases, for its distribution sharebind-ewelink is not installed")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running() -> AsyncGenerator[Clouds]:
    """Run every cloud for one module."""
    async with emulate(*VENDORS) as clouds:
        yield clouds


async def _at_once(_seconds: float) -> None:
    """Wait for nothing: what is repeated because of a code is repeated, and holds nobody up."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front() -> AsyncGenerator[tuple[Sharebind, Notebook]]:
    """Give the library, with one connection pool for one module, and where it keeps tokens."""
    notebook = Notebook()
    async with Sharebind(tokens=notebook, retries=Retries(sleep=_at_once)) as sharebind:
        yield sharebind, notebook


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a bare client."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def stage(
    running: Clouds,
    front: tuple[Sharebind, Notebook],
    pytestconfig: pytest.Config,
    monkeypatch: pytest.MonkeyPatch,
) -> Generator[Stage]:
    """Give the clouds as they start; no request of the test may have broken a contract."""
    running.clock.reset()
    for cloud in running.values():  # all else is forgotten when the test asks for the vendor
        cloud.violations.clear()
    checked = pytestconfig.stash[CHECKED]

    def count(what: str) -> None:
        checked[what] += 1

    vendors = {name: Vendor(name, running[name], running, *front) for name in VENDORS}
    for vendor in vendors.values():
        listen(vendor, monkeypatch)
    yield Stage(vendors, count)
    assert [each for cloud in running.values() for each in cloud.violations] == []


def listen(vendor: Vendor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep each request as the cloud hears it: what it records has neither headers nor bytes."""
    usual = vendor.cloud.answer

    def answer(operation: str | None, request: Request) -> Answer:
        vendor.heard.append(request)
        return usual(operation, request)

    monkeypatch.setattr(vendor.cloud, "answer", answer)
