"""What a Tencent account can be asked for, with the reasons (contract: capabilities, timing)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities

CODE_LIFE: Final = timedelta(days=7)
"""The longest life of a code that is known of: 24 hours were observed, the documentation's sample shows 7 days."""


def _absent(reason: str) -> Support:
    return Support(level=Level.ABSENT, reason=reason)


_NO_END: Final = _absent("a share lasts until one side removes it")

SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: NATIVE,
    capabilities.SHARE_TO_USER_ID: NATIVE,
    capabilities.SHARE_TO_USERNAME: _absent("an invitation takes a user id"),
    capabilities.SHARE_TO_EMAIL: _absent("an invitation takes a user id"),
    capabilities.SHARE_TO_PHONE: _absent("an invitation takes a user id"),
    capabilities.SHARE_CODE_ACCEPT_BY: Support(
        level=Level.FIXED,
        reason="24 hours were observed, 7 days are in the documentation's sample; the offer tells",
        at_most=CODE_LIFE,
    ),
    capabilities.SHARE_CODE_USE_UNTIL: _NO_END,
    capabilities.SHARE_CODE_USE_FOR: _NO_END,
    capabilities.SHARE_PERSON_ACCEPT_BY: Support(
        level=Level.FIXED, reason="the life of an invitation is not documented, and only its recipient can read it"
    ),
    capabilities.SHARE_PERSON_USE_UNTIL: _NO_END,
    capabilities.SHARE_PERSON_USE_FOR: _NO_END,
    capabilities.SHARE_OVERLAP_KEEP: NATIVE,
    capabilities.SHARE_OVERLAP_REPLACE: _absent("nothing ends an earlier share but removing it"),
    capabilities.SHARE_OVERLAP_EXTEND: _NO_END,
    capabilities.ACCEPT_CODE: NATIVE,
    capabilities.ACCEPT_OFFER: NATIVE,
    capabilities.ACCEPT_NAME: _absent("accepting takes no name"),
    capabilities.INSPECT_CODE: NATIVE,
    capabilities.END_WITHDRAW: _absent(
        "no call takes back an offer, it dies by itself; if it was taken meanwhile, end the share that shares() lists"
    ),
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: _absent("no call refuses an offer; it dies by itself"),
    capabilities.END_LEAVE: NATIVE,
    capabilities.LIST_OFFERS_CODE: _absent("codes that nobody used are not listed"),
    capabilities.LIST_OFFERS_PERSON: _absent("invitations that nobody answered are not listed"),
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: Support(level=Level.NATIVE, reason="from the inbox, the last 7 days"),
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    capabilities.LIST_SPACES: NATIVE,
    bind_by("text"): NATIVE,
    bind_by("identity"): _absent("binding takes the signature in the device's code: use ByText"),
    bind_by("text.name"): _absent("naming is a call of its own: bind first, then rename"),
    capabilities.BIND_SPACE: NATIVE,
    capabilities.BIND_ROOM: NATIVE,
    capabilities.UNBIND: NATIVE,
    capabilities.UNBIND_RESET: _absent("unbinding has no option to reset the device"),
    capabilities.ME: NATIVE,
}
