"""The kit as a pytest class: inherit it, name a rig, and every check is a test."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import cast

import pytest

from sharebind.testing.checks import CHECKS, Check
from sharebind.testing.rig import Rig
from sharebind.testing.running import Judgement
from sharebind.testing.tracing import trace


class ConformanceSuite:
    """Every check of the kit, as a test of its own.

    ::

        class TestAcme(ConformanceSuite):
            make_rig = AcmeRig

    A check that an account's capabilities or the rig leave out is skipped, with the reason.
    """

    make_rig: Callable[..., Rig]
    """The rig's class, or a function that gives a fresh rig: a plain one, a ``staticmethod``, or a method."""

    @pytest.mark.asyncio
    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
    async def test_promise(self, check: Check) -> None:
        """Hold one check against a fresh world."""
        traced = await trace(check, self._rigs())
        verdict = traced.verdict
        if verdict.outcome is Judgement.NOT_JUDGED:
            pytest.skip(verdict.why)
        if verdict.outcome is not Judgement.PASSED:
            whose = (
                "" if verdict.outcome is Judgement.FAILED else "The rig is broken, this says nothing of the adapter: "
            )
            # pytest shows it below the failure, and nowhere else.
            sys.stdout.write(f"{traced}\n")
            pytest.fail(f"{check.promise}\n{whose}{verdict.why}", pytrace=False)

    def _rigs(self) -> Callable[[], Rig]:
        """Give what makes rigs, which is no method of the test although it stands in its class."""
        name = type(self).__name__
        found = inspect.getattr_static(type(self), "make_rig", None)
        if found is None:
            pytest.fail(f"{name} names no rig: write 'make_rig = YourRig' in it", pytrace=False)
        if inspect.isfunction(found) and not inspect.signature(found).parameters:
            return cast("Callable[[], Rig]", found)
        return self.make_rig
