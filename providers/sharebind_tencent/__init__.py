"""Tencent Cloud IoT Explorer, application-side API (``tokenapi``, and ``appapi`` for signing in).

Every fact is from the vendor's contract, ``docs/contracts/tencent.yaml``; nothing was tried against the live service.
Here is what callers need beyond the model: an account's settings as an object, and the proof of a device that
signed its own name.
"""

from __future__ import annotations

from sharebind_tencent.proofs import BySignature, Channel, Digest
from sharebind_tencent.settings import TencentSettings

__all__ = ["BySignature", "Channel", "Digest", "TencentSettings"]
