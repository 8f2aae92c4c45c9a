"""A provider in memory that can do everything the model can say.

It shows how an adapter is written, and the conformance kit is tested with it: it passes every check, and each of its
mutants in the kit's own tests is caught by the check that names the fault.
"""

from __future__ import annotations

from sharebind.testing.reference.provider import ReferenceProvider
from sharebind.testing.reference.rig import ReferenceRig
from sharebind.testing.reference.spec import reference_spec
from sharebind.testing.reference.world import World

__all__ = ["ReferenceProvider", "ReferenceRig", "World", "reference_spec"]
