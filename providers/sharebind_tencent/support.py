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
_NO_CHANGE: Final = _absent("a share has no end that could be changed; it lasts until one side removes it")
_NO_WITHDRAWAL: Final = _absent(
    "no call takes back an offer, it dies by itself; if it was taken meanwhile, end the share that shares() lists"
)
_NO_RIGHTS: Final = _absent("a share has no rights to choose: whoever has it uses the device in full")
_NO_TRANSFER: Final = _absent("no call hands a device over: unbind it, and let the other one bind it")
_NO_PROOF: Final = _absent(
    "binding takes the text of the device's code (ByText), its signature (BySignature) or a pairing (ByPairing)"
)
_NO_NAME: Final = _absent("naming is a call of its own: bind first, then rename")

SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: NATIVE,
    capabilities.SHARE_TO_USER_ID: NATIVE,
    capabilities.SHARE_TO_USERNAME: _absent("people have no user names: invite by user id, e-mail address or phone"),
    capabilities.SHARE_TO_EMAIL: Support(level=Level.NATIVE, reason="their user id is looked up first"),
    capabilities.SHARE_TO_PHONE: Support(level=Level.NATIVE, reason="their user id is looked up first"),
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
    capabilities.SHARE_RIGHTS: _NO_RIGHTS,
    capabilities.SHARE_OVERLAP_KEEP: NATIVE,
    capabilities.SHARE_OVERLAP_REPLACE: _absent("nothing ends an earlier share but removing it: end it first"),
    capabilities.SHARE_OVERLAP_EXTEND: _absent("a share has no end that could grow: keep the one that there is"),
    capabilities.ACCEPT_CODE: NATIVE,
    capabilities.ACCEPT_OFFER: NATIVE,
    capabilities.ACCEPT_NAME: _absent("accepting takes no name"),
    capabilities.INSPECT_CODE: NATIVE,
    capabilities.END_WITHDRAW_CODE: _NO_WITHDRAWAL,
    capabilities.END_WITHDRAW_PERSON: _NO_WITHDRAWAL,
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: _absent("no call refuses an offer; it dies by itself"),
    capabilities.END_LEAVE: NATIVE,
    capabilities.CHANGE_USE_UNTIL: _NO_CHANGE,
    capabilities.CHANGE_RIGHTS: _NO_RIGHTS,
    capabilities.CHANGE_TO_ENDLESS: _NO_CHANGE,
    capabilities.LIST_OFFERS_CODE: _absent("codes that nobody used are not listed: keep what share() gives"),
    capabilities.LIST_OFFERS_PERSON: _absent("invitations that nobody answered are not listed"),
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: Support(level=Level.NATIVE, reason="from the inbox, the last 7 days"),
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    capabilities.LIST_SPACES: NATIVE,
    capabilities.LIST_ROOMS: NATIVE,
    capabilities.CREATE_SPACE: NATIVE,
    bind_by("text"): NATIVE,
    bind_by("signature"): NATIVE,
    bind_by("pairing"): NATIVE,
    bind_by("identity"): _NO_PROOF,
    bind_by("serial"): _NO_PROOF,
    bind_by("binding_code"): _NO_PROOF,
    bind_by("text.name"): _NO_NAME,
    bind_by("signature.name"): _NO_NAME,
    bind_by("pairing.name"): _NO_NAME,
    capabilities.BIND_SPACE: NATIVE,
    capabilities.BIND_ROOM: NATIVE,
    capabilities.BIND_CHECK: _absent("no call tells whether a device may be bound: bind, and read the refusal"),
    capabilities.PAIRING: NATIVE,
    capabilities.UNBIND: NATIVE,
    capabilities.UNBIND_RESET: _absent("unbinding has no option to reset the device: reset it by hand"),
    capabilities.RENAME_OWN: NATIVE,
    capabilities.RENAME_RECEIVED: _absent("no call renames a received device; it keeps its owner's name"),
    capabilities.PLACE_ROOM: NATIVE,
    capabilities.PLACE_HOME: _absent("no call moves a device to another home: unbind it, and bind it there"),
    capabilities.TRANSFER_TO_USER_ID: _NO_TRANSFER,
    capabilities.TRANSFER_TO_USERNAME: _NO_TRANSFER,
    capabilities.TRANSFER_TO_EMAIL: _NO_TRANSFER,
    capabilities.TRANSFER_TO_PHONE: _NO_TRANSFER,
    capabilities.FIND_BY_USER_ID: _absent("people are looked up by e-mail address or phone"),
    capabilities.FIND_BY_USERNAME: _absent("people have no user names: look them up by e-mail address or phone"),
    capabilities.FIND_BY_EMAIL: NATIVE,
    capabilities.FIND_BY_PHONE: NATIVE,
    capabilities.ME: NATIVE,
    capabilities.SIGN_OUT: NATIVE,
}
