"""eWeLink (CoolKit open API v2) for sharebind: share and bind its devices by the one model.

Every fact is from the vendor's contract; nothing was tried against the live service. Here is what callers need beyond
the model: an account's settings as an object, and the proof of a device that tells its own key.
"""

from __future__ import annotations

from sharebind_ewelink.proofs import ByDigest
from sharebind_ewelink.settings import EwelinkSettings, Tier

__all__ = ["ByDigest", "EwelinkSettings", "Tier"]
