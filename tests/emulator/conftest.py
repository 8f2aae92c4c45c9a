"""A cloud that counts, and a client, for the tests of faults."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import ClassVar

import aiohttp
import pytest

from sharebind.emulator import Answer, Cloud, Request, emulate


class CountingCloud(Cloud):
    """Count up on "add", answer without a body on "quiet", echo otherwise."""

    provider: ClassVar[str] = "counting"
    count = 0

    def operations(self) -> frozenset[str]:
        """Name what there is to call."""
        return frozenset({"add", "quiet", "read"})

    def operation_of(self, request: Request) -> str | None:
        """Take the path's last part for the name."""
        return request.path.rpartition("/")[2] or None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Count and tell."""
        if operation == "read":
            return Answer(body={"count": self.count, "body": request.body}, code="ok")
        self.count += 1
        return Answer(body={"count": self.count}, code="ok", effect=True, empty=operation == "quiet")

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:  # noqa: ARG002 - the base's signature
        """Wrap the code."""
        return Answer(body={"code": code}, code=code)

    def state(self) -> dict[str, object]:
        """Tell the count."""
        return {"bindings": [], "shares": [], "count": self.count}


@pytest.fixture
async def counting() -> AsyncGenerator[Cloud]:
    """Run the counting cloud."""
    async with emulate(CountingCloud) as running:
        yield running["counting"]


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    """Give a client that does not wait long."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as opened:
        yield opened
