"""For tests of hosts and adapters.

An adapter's author writes one ``Rig``, mostly an ``EmulatedRig``, and holds the adapter to every promise of the
conformance kit: with pytest by inheriting ``sharebind.testing.suite.ConformanceSuite``, or with ``run``.
``pytest_plugins = ["sharebind.testing.fixtures"]`` in a ``conftest.py`` gives the fixture ``clouds``. What needs pytest
comes with the extra ``testing``; nothing here is loaded by being installed.
"""

from __future__ import annotations

from sharebind.testing.checks import CHECKS, Broken, Check
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.parts import Tier, TierReport
from sharebind.testing.rig import FreeDevice, NotStagedError, Rig, RigBrokenError
from sharebind.testing.running import Judgement, Report, Verdict, judge, run
from sharebind.testing.tiers import check_tier, climb
from sharebind.testing.tracing import Trace, trace

__all__ = [
    "CHECKS",
    "Broken",
    "Check",
    "EmulatedRig",
    "FreeDevice",
    "Judgement",
    "NotStagedError",
    "Report",
    "Rig",
    "RigBrokenError",
    "Tier",
    "TierReport",
    "Trace",
    "Verdict",
    "check_tier",
    "climb",
    "judge",
    "run",
    "trace",
]
