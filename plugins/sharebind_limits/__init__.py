"""Limits on sharing: a policy that refuses access which would last too long, or go to whom it should not.

It acts where settings name it (``[policies.limits]``) or code hands over a ``Limits``.
"""

from __future__ import annotations

from sharebind_limits.policy import Limits
from sharebind_limits.settings import LimitsSettings

__all__ = ["Limits", "LimitsSettings"]
