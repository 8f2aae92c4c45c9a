"""What an eWeLink account can be asked for, with the reasons (contract: capabilities, timing, credential_tiers)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities
from sharebind_ewelink.rights import NAMES


def _absent(reason: str) -> Support:
    return Support(level=Level.ABSENT, reason=reason)


_NO_CODES: Final = _absent("there are no share codes: share with an e-mail address or a phone number")
_NO_OFFERS: Final = _absent("the recipient is never asked and has access at once, so nothing is ever offered")
_NO_END: Final = _absent("a share lasts until one side ends it; the vendor keeps no times")
_NO_TRANSFER: Final = _absent("no call hands a device over: unbind it, and let the other one bind it")
_NO_PEOPLE: Final = _absent("no call looks people up: share with an e-mail address or a phone number")
_NO_PROOF: Final = _absent("binding takes the device's key and chip (ByDigest), or the code of a GSM device (ByText)")
_NO_PAIRING: Final = _absent("this cloud hands out no pairing tokens: a device tells its key over the local link")
_RIGHTS: Final = Support(level=Level.NATIVE, reason="over timers only; all else is part of plain use", names=NAMES)

SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: _NO_CODES,
    capabilities.SHARE_TO_USER_ID: _absent(
        "sharing takes an e-mail address or a phone number; the apikey of an account names it to nobody else"
    ),
    capabilities.SHARE_TO_USERNAME: _absent(
        "people have no user names: share with an e-mail address or a phone number"
    ),
    capabilities.SHARE_TO_EMAIL: Support(level=Level.NATIVE, reason="of an account in the owner's own region"),
    capabilities.SHARE_TO_PHONE: Support(level=Level.NATIVE, reason="of an account in the owner's own region"),
    capabilities.SHARE_CODE_ACCEPT_BY: _NO_CODES,
    capabilities.SHARE_CODE_USE_UNTIL: _NO_CODES,
    capabilities.SHARE_CODE_USE_FOR: _NO_CODES,
    capabilities.SHARE_PERSON_ACCEPT_BY: _NO_OFFERS,
    capabilities.SHARE_PERSON_USE_UNTIL: _NO_END,
    capabilities.SHARE_PERSON_USE_FOR: _NO_END,
    capabilities.SHARE_RIGHTS: _RIGHTS,
    capabilities.SHARE_OVERLAP_KEEP: Support(
        level=Level.NATIVE, reason="who has the device is read first, and their share is left alone"
    ),
    capabilities.SHARE_OVERLAP_REPLACE: Support(
        level=Level.NATIVE, reason="who has the device already keeps one share, with the new rights"
    ),
    capabilities.SHARE_OVERLAP_EXTEND: _absent("a share has no end that could grow: keep the one that there is"),
    capabilities.ACCEPT_CODE: _NO_CODES,
    capabilities.ACCEPT_OFFER: _NO_OFFERS,
    capabilities.ACCEPT_NAME: _NO_OFFERS,
    capabilities.INSPECT_CODE: _NO_CODES,
    capabilities.END_WITHDRAW_CODE: _NO_CODES,
    capabilities.END_WITHDRAW_PERSON: _NO_OFFERS,
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: _NO_OFFERS,
    capabilities.END_LEAVE: NATIVE,
    capabilities.CHANGE_USE_UNTIL: _NO_END,
    capabilities.CHANGE_RIGHTS: _RIGHTS,
    capabilities.CHANGE_TO_ENDLESS: _NO_END,
    capabilities.LIST_OFFERS_CODE: _NO_CODES,
    capabilities.LIST_OFFERS_PERSON: _NO_OFFERS,
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: _NO_OFFERS,
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    capabilities.LIST_SPACES: NATIVE,
    capabilities.LIST_ROOMS: _absent("no documented answer lists rooms; a device tells the id of the one it stands in"),
    capabilities.CREATE_SPACE: _absent("the calls that make homes are outside this adapter; every account has one"),
    bind_by("digest"): Support(level=Level.NATIVE, reason="of a brand that has authorised the app (30017)"),
    bind_by("digest.name"): NATIVE,
    bind_by("text"): Support(level=Level.NATIVE, reason="the code of a GSM device"),
    bind_by("text.name"): NATIVE,
    bind_by("identity"): _NO_PROOF,
    bind_by("serial"): _NO_PROOF,
    bind_by("binding_code"): _NO_PROOF,
    bind_by("pairing"): _NO_PAIRING,
    capabilities.BIND_SPACE: NATIVE,
    capabilities.BIND_ROOM: NATIVE,
    capabilities.BIND_CHECK: _absent("no call tells whether a device may be bound: bind, and read the refusal"),
    capabilities.PAIRING: _NO_PAIRING,
    capabilities.UNBIND: NATIVE,
    capabilities.UNBIND_RESET: _absent("unbinding has no option to reset the device: reset it by hand"),
    capabilities.RENAME_OWN: NATIVE,
    capabilities.RENAME_RECEIVED: _absent("whether a recipient may rename, and for whom, is not documented"),
    capabilities.PLACE_HOME: _absent("no documented call moves a device to another home: unbind it, and bind it there"),
    capabilities.PLACE_ROOM: Support(level=Level.NATIVE, reason="a room of the home that the device stands in"),
    capabilities.TRANSFER_TO_USER_ID: _NO_TRANSFER,
    capabilities.TRANSFER_TO_USERNAME: _NO_TRANSFER,
    capabilities.TRANSFER_TO_EMAIL: _NO_TRANSFER,
    capabilities.TRANSFER_TO_PHONE: _NO_TRANSFER,
    capabilities.FIND_BY_USER_ID: _NO_PEOPLE,
    capabilities.FIND_BY_USERNAME: _NO_PEOPLE,
    capabilities.FIND_BY_EMAIL: _NO_PEOPLE,
    capabilities.FIND_BY_PHONE: _NO_PEOPLE,
    capabilities.ME: _absent("no documented call tells who an account is"),
    capabilities.SIGN_OUT: _absent("no documented call ends a session; a later sign-in does"),
}
"""What an account can be asked for whose credential is an enterprise's."""

_OAUTH: Final = _absent(
    "no share, bind or unbind call is open to OAuth credentials (407); it takes an enterprise's app and its own sign-in"
)

_OPEN: Final = ("list.",)

SUPPORT_OF_OAUTH: Final[Mapping[Capability, Support]] = {
    name: each if each.level is Level.ABSENT or name.startswith(_OPEN) else _OAUTH for name, each in SUPPORT.items()
}
"""The same for an account that came by OAuth: it reads, and changes nothing (quirk ``oauth_cannot_share``)."""
