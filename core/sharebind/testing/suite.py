"""The kit as a pytest class: inherit it, name a rig, and every check is a test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sharebind.testing.checks import CHECKS, Check
from sharebind.testing.rig import Rig
from sharebind.testing.running import Judgement, judge


class ConformanceSuite:
    """Every check of the kit, as a test of its own.

    ::

        class TestAcme(ConformanceSuite):
            make_rig = AcmeRig

    A check that an account's capabilities or the rig leave out is skipped, with the reason.
    """

    make_rig: Callable[[], Rig]
    """The rig's class, or a ``staticmethod`` that gives a fresh rig."""

    @pytest.mark.asyncio
    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
    async def test_promise(self, check: Check) -> None:
        """Hold one check against a fresh world."""
        verdict = await judge(check, self.make_rig)
        if verdict.outcome is Judgement.NOT_JUDGED:
            pytest.skip(verdict.why)
        if verdict.outcome is Judgement.FAILED:
            pytest.fail(f"{check.promise}\n{verdict.why}", pytrace=False)
