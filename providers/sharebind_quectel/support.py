"""What a Quectel account can be asked for, with the reasons (contract: capabilities)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities

_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME: Final = Support(level=Level.NATIVE, step=_MILLISECOND)


def _absent(reason: str) -> Support:
    return Support(level=Level.ABSENT, reason=reason)


def _unknown(reason: str) -> Support:
    return Support(level=Level.UNKNOWN, reason=reason)


SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: NATIVE,
    capabilities.SHARE_TO_USER_ID: NATIVE,
    capabilities.SHARE_TO_USERNAME: _absent("shareByUid takes a user id, an e-mail address or a phone number"),
    capabilities.SHARE_TO_EMAIL: NATIVE,
    capabilities.SHARE_TO_PHONE: _unknown(
        "the number goes without its country code, which may mean somebody elsewhere"
    ),
    capabilities.SHARE_CODE_ACCEPT_BY: _TIME,
    capabilities.SHARE_CODE_USE_UNTIL: Support(
        level=Level.NATIVE, reason="must be later than accept_by (5153)", step=_MILLISECOND
    ),
    capabilities.SHARE_CODE_USE_FOR: _absent("the end of use is a moment, not a time from acceptance"),
    capabilities.SHARE_PERSON_ACCEPT_BY: _absent("shareByUid has no parameter for it"),
    capabilities.SHARE_PERSON_USE_UNTIL: _TIME,
    capabilities.SHARE_PERSON_USE_FOR: _absent("the end of use is a moment, not a time from acceptance"),
    capabilities.SHARE_OVERLAP_KEEP: NATIVE,
    capabilities.SHARE_OVERLAP_REPLACE: NATIVE,
    capabilities.SHARE_OVERLAP_EXTEND: Support(level=Level.NATIVE, reason="judged when it is accepted (5151)"),
    capabilities.ACCEPT_CODE: NATIVE,
    capabilities.ACCEPT_OFFER: _absent("the vendor lists no offers to their recipient; accept by code"),
    capabilities.ACCEPT_NAME: NATIVE,
    capabilities.END_WITHDRAW: _unknown(
        "the call is documented for shares; that it ends a code nobody took is inferred"
    ),
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: _absent("no call refuses an offer"),
    capabilities.END_LEAVE: NATIVE,
    capabilities.LIST_OFFERS_CODE: _unknown("whether codes that nobody accepted are listed is not documented"),
    capabilities.LIST_OFFERS_PERSON: _unknown("whether an invitation needs accepting is not documented"),
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: _absent("no call lists offers to their recipient, who needs the code"),
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    bind_by("identity"): NATIVE,
    bind_by("identity.name"): NATIVE,
    capabilities.BIND_SPACE: Support(level=Level.NATIVE, reason="where the app has home mode (5624)"),
    capabilities.BIND_ROOM: Support(level=Level.NATIVE, reason="where the app has home mode (5624)"),
    capabilities.UNBIND: NATIVE,
    capabilities.UNBIND_RESET: NATIVE,
    capabilities.ME: NATIVE,
}
