"""What a Quectel account can be asked for, with the reasons (contract: capabilities)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities

_MILLISECOND: Final = timedelta(milliseconds=1)
_TIME: Final = Support(level=Level.NATIVE, step=_MILLISECOND)


_HOMES: Final = "homes come from calls outside the share and bind families; pass space= with an id that you have"
_RIGHTS: Final = "a share has no rights to choose: whoever has it uses the device in full"
_HANDS: Final = "no call hands a device over; unbind it, and let the other one bind it"
_PEOPLE: Final = "no call looks people up; share with an id, an e-mail address or a phone number"


def _absent(reason: str) -> Support:
    return Support(level=Level.ABSENT, reason=reason)


def _unknown(reason: str) -> Support:
    return Support(level=Level.UNKNOWN, reason=reason)


_BLUETOOTH: Final = bind_by("bluetooth")

SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: NATIVE,
    capabilities.SHARE_TO_USER_ID: NATIVE,
    capabilities.SHARE_TO_USERNAME: _absent(
        "shareByUid takes a user id, an e-mail address or a phone number; people have no other name"
    ),
    capabilities.SHARE_TO_EMAIL: NATIVE,
    capabilities.SHARE_TO_PHONE: _unknown(
        "the number goes without its country code, which may mean somebody elsewhere"
    ),
    capabilities.SHARE_CODE_ACCEPT_BY: _TIME,
    capabilities.SHARE_CODE_USE_UNTIL: Support(
        level=Level.NATIVE, reason="must be later than accept_by (5153)", step=_MILLISECOND
    ),
    capabilities.SHARE_CODE_USE_FOR: _absent("the end of use is a moment, not a time from acceptance; use use_until"),
    capabilities.SHARE_PERSON_ACCEPT_BY: _absent("shareByUid has no parameter for it; share by code where it matters"),
    capabilities.SHARE_PERSON_USE_UNTIL: _TIME,
    capabilities.SHARE_PERSON_USE_FOR: _absent("the end of use is a moment, not a time from acceptance; use use_until"),
    capabilities.SHARE_RIGHTS: _absent(_RIGHTS),
    capabilities.SHARE_OVERLAP_KEEP: NATIVE,
    capabilities.SHARE_OVERLAP_REPLACE: NATIVE,
    capabilities.SHARE_OVERLAP_EXTEND: Support(level=Level.NATIVE, reason="judged when it is accepted (5151)"),
    capabilities.ACCEPT_CODE: NATIVE,
    capabilities.ACCEPT_OFFER: _absent("the vendor lists no offers to their recipient; accept by code"),
    capabilities.ACCEPT_NAME: NATIVE,
    capabilities.INSPECT_CODE: _unknown(
        "the call is documented for who has taken the code; whether it answers anybody before is not"
    ),
    capabilities.END_WITHDRAW_CODE: _unknown(
        "the call is documented for shares; that it ends a code nobody took is inferred"
    ),
    capabilities.END_WITHDRAW_PERSON: _unknown("whether an invitation needs accepting is not documented"),
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: _absent("no call refuses an offer; a code that nobody takes dies at its accept_by"),
    capabilities.END_LEAVE: NATIVE,
    capabilities.CHANGE_USE_UNTIL: Support(
        level=Level.NATIVE,
        reason="whether it works on a code that nobody has taken is not documented",
        step=_MILLISECOND,
    ),
    capabilities.CHANGE_RIGHTS: _absent(_RIGHTS),
    capabilities.CHANGE_TO_ENDLESS: _absent("setShareTime takes a time only; end the share and make an endless one"),
    capabilities.LIST_OFFERS_CODE: _unknown("whether codes that nobody accepted are listed is not documented"),
    capabilities.LIST_OFFERS_PERSON: _unknown("whether an invitation needs accepting is not documented"),
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: _absent("no call lists offers to their recipient, who needs the code"),
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    capabilities.LIST_SPACES: _absent(_HOMES),
    capabilities.LIST_ROOMS: _absent(_HOMES),
    capabilities.CREATE_SPACE: _absent(_HOMES),
    capabilities.BIND_CHECK: NATIVE,
    bind_by("identity"): NATIVE,
    bind_by("identity.name"): NATIVE,
    bind_by("serial"): NATIVE,
    bind_by("serial.name"): NATIVE,
    bind_by("binding_code"): Support(level=Level.NATIVE, reason="for a Wi-Fi device, which has reported the code"),
    bind_by("binding_code.name"): NATIVE,
    bind_by("matter"): Support(level=Level.NATIVE, reason="for a Wi-Fi device that was commissioned over Matter"),
    bind_by("matter.name"): NATIVE,
    _BLUETOOTH: Support(level=Level.NATIVE, reason="takes user_domain_secret in the settings, to sign what is sent"),
    bind_by("bluetooth.name"): NATIVE,
    bind_by("text"): _absent("read the text with read_code: it says product and serial, which bind"),
    bind_by("pairing"): _absent("this cloud hands out no pairing tokens; a device reports a binding code of its own"),
    capabilities.BIND_SPACE: Support(level=Level.NATIVE, reason="where the app has home mode (5624)"),
    capabilities.BIND_ROOM: Support(level=Level.NATIVE, reason="where the app has home mode (5624)"),
    capabilities.PAIRING: _absent("this cloud hands out no pairing tokens; a device reports a binding code of its own"),
    capabilities.UNBIND: NATIVE,
    capabilities.UNBIND_RESET: NATIVE,
    capabilities.RENAME_OWN: NATIVE,
    capabilities.RENAME_RECEIVED: NATIVE,
    capabilities.PLACE_HOME: _absent("no call here moves a device; name the home when binding"),
    capabilities.PLACE_ROOM: _absent("no call here moves a device; name the room when binding"),
    capabilities.TRANSFER_TO_USER_ID: _absent(_HANDS),
    capabilities.TRANSFER_TO_USERNAME: _absent(_HANDS),
    capabilities.TRANSFER_TO_EMAIL: _absent(_HANDS),
    capabilities.TRANSFER_TO_PHONE: _absent(_HANDS),
    capabilities.FIND_BY_USER_ID: _absent(_PEOPLE),
    capabilities.FIND_BY_USERNAME: _absent(_PEOPLE),
    capabilities.FIND_BY_EMAIL: _absent(_PEOPLE),
    capabilities.FIND_BY_PHONE: _absent(_PEOPLE),
    capabilities.ME: NATIVE,
    capabilities.SIGN_OUT: NATIVE,
}
"""What an account can be asked for that holds everything."""

SUPPORT_WITHOUT_APP_SECRET: Final[Mapping[Capability, Support]] = {
    **SUPPORT,
    _BLUETOOTH: _absent("what is sent must be signed with user_domain_secret, which this account's settings lack"),
    bind_by("bluetooth.name"): _absent("binding by bluetooth takes user_domain_secret in the settings"),
}
"""The same for an account whose settings hold no secret of the app."""
