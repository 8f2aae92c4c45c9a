"""A valid request of every call of all vendors, and sending one that is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import aiohttp

from .bare import Answer, Valid, Wrong, judged
from .stage import Vendor
from .valid_ewelink import EWELINK
from .valid_gizwits import GIZWITS
from .valid_quectel import QUECTEL
from .valid_tencent import TENCENT

VALID: Final[Mapping[str, Mapping[str, Valid]]] = {
    "quectel": QUECTEL,
    "tencent": TENCENT,
    "gizwits": GIZWITS,
    "ewelink": EWELINK,
}


async def ask(
    here: Vendor, http: aiohttp.ClientSession, call: str, parameter: str, change: Callable[[Wrong], object]
) -> Answer:
    """Send a valid request of a call but for one change, in the variant in which one parameter matters."""
    return await judged(here, http, await VALID[here.name][call](here, parameter), change)
