"""What a Gizwits account can be asked for, with the reasons (contract: capabilities, timing)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sharebind.provider import NATIVE, Capability, Level, Support, bind_by, capabilities

CODE_LIFE: Final = timedelta(minutes=15)
INVITE_LIFE: Final = timedelta(days=1)
"""Contract: timing.accept_by_qr_s and accept_by_direct_s."""


def _absent(reason: str) -> Support:
    return Support(level=Level.ABSENT, reason=reason)


_SPAN: Final = Support(
    level=Level.NATIVE,
    reason="in whole minutes, counted from acceptance; a longer use takes a new share and a new acceptance",
    at_least=timedelta(minutes=1),
    at_most=timedelta(days=1),
    step=timedelta(minutes=1),
)
_SHARED: Final = Support(
    level=Level.NATIVE,
    reason="the first share of a device makes everybody else who bound it a guest, even if nobody takes it",
)
"""Quirk ``invite_changes_other_users``."""
_NO_MOMENT: Final = _absent("the end of use is a time from acceptance, up to 24 hours, and no moment; use use_for")
_NO_RIGHTS: Final = _absent("a share has no rights to choose: a guest uses the device, and only its owner shares it")
_NO_CHANGE: Final = _absent("no call changes a share's end; end it and make another one, which is accepted anew")
_NO_PROOF: Final = _absent(
    "binding takes a product and a MAC address (ByMac), or the text of a code of the vendor's QR service (ByText)"
)
_NO_HOMES: Final = _absent("devices stand in no homes or rooms here")
_NO_LOOK_UP: Final = _absent("no call looks people up; share with an id, a user name, an e-mail address or a phone")
_HEIR: Final = _absent("a device is handed over to one of its guests, by the user id that shares() tells")

BY_MAC: Final = bind_by("mac")
BY_MAC_NAME: Final = bind_by("mac.name")

SUPPORT: Final[Mapping[Capability, Support]] = {
    capabilities.SHARE_TO_ANYONE: _SHARED,
    capabilities.SHARE_TO_USER_ID: _SHARED,
    capabilities.SHARE_TO_USERNAME: _SHARED,
    capabilities.SHARE_TO_EMAIL: _SHARED,
    capabilities.SHARE_TO_PHONE: Support(
        level=Level.UNKNOWN, reason="the number goes without its country code, which may mean somebody elsewhere"
    ),
    capabilities.SHARE_CODE_ACCEPT_BY: Support(
        level=Level.FIXED, reason="15 minutes from when it was made", at_most=CODE_LIFE
    ),
    capabilities.SHARE_CODE_USE_UNTIL: _NO_MOMENT,
    capabilities.SHARE_CODE_USE_FOR: _SPAN,
    capabilities.SHARE_PERSON_ACCEPT_BY: Support(
        level=Level.FIXED, reason="24 hours from when it was made", at_most=INVITE_LIFE
    ),
    capabilities.SHARE_PERSON_USE_UNTIL: _NO_MOMENT,
    capabilities.SHARE_PERSON_USE_FOR: _SPAN,
    capabilities.SHARE_RIGHTS: _NO_RIGHTS,
    capabilities.SHARE_OVERLAP_KEEP: Support(
        level=Level.NATIVE, reason="a person whom an earlier share reached, or still waits for, is refused (9083, 9087)"
    ),
    capabilities.SHARE_OVERLAP_REPLACE: _absent("an earlier share stands in the way of a new one: end it first"),
    capabilities.SHARE_OVERLAP_EXTEND: _absent("no call lengthens a share; end it and make another one"),
    capabilities.ACCEPT_CODE: NATIVE,
    capabilities.ACCEPT_OFFER: NATIVE,
    capabilities.ACCEPT_NAME: _absent("accepting takes no name; rename the device afterwards"),
    capabilities.INSPECT_CODE: Support(level=Level.NATIVE, reason="for anyone but the owner, and without the device"),
    capabilities.END_WITHDRAW_CODE: _absent(
        "cancelling works for invitations of persons only; a code dies 15 minutes after it was made"
    ),
    capabilities.END_WITHDRAW_PERSON: NATIVE,
    capabilities.END_REVOKE: NATIVE,
    capabilities.END_DECLINE: NATIVE,
    capabilities.END_LEAVE: NATIVE,
    capabilities.CHANGE_USE_UNTIL: _NO_CHANGE,
    capabilities.CHANGE_RIGHTS: _NO_RIGHTS,
    capabilities.CHANGE_TO_ENDLESS: _NO_CHANGE,
    capabilities.LIST_OFFERS_CODE: Support(
        level=Level.UNKNOWN, reason="whether codes that nobody took are listed is not documented; none is listed whole"
    ),
    capabilities.LIST_OFFERS_PERSON: NATIVE,
    capabilities.LIST_GRANTS: NATIVE,
    capabilities.LIST_RECEIVED_OFFERS: NATIVE,
    capabilities.LIST_RECEIVED_GRANTS: NATIVE,
    capabilities.LIST_BINDINGS: NATIVE,
    capabilities.LIST_SPACES: _NO_HOMES,
    capabilities.LIST_ROOMS: _NO_HOMES,
    capabilities.CREATE_SPACE: _NO_HOMES,
    BY_MAC: Support(level=Level.NATIVE, reason="signed with the product's secret, which product_secrets holds"),
    BY_MAC_NAME: NATIVE,
    bind_by("text"): Support(level=Level.NATIVE, reason="for codes that the vendor's own QR service made"),
    bind_by("text.name"): _absent("binding by a code takes no name; rename the device afterwards"),
    bind_by("identity"): _NO_PROOF,
    bind_by("serial"): _NO_PROOF,
    bind_by("binding_code"): _NO_PROOF,
    bind_by("pairing"): _NO_PROOF,
    capabilities.BIND_SPACE: _NO_HOMES,
    capabilities.BIND_ROOM: _NO_HOMES,
    capabilities.BIND_CHECK: _absent("no call tells whether a device may be bound: bind, and read the refusal"),
    capabilities.PAIRING: _absent("this cloud hands out no pairing tokens; a device is found by its MAC address"),
    capabilities.UNBIND: Support(level=Level.NATIVE, reason="when its owner unbinds, every guest loses the device too"),
    capabilities.UNBIND_RESET: _absent("unbinding has no option to reset the device: reset it by hand"),
    capabilities.RENAME_OWN: NATIVE,
    capabilities.RENAME_RECEIVED: NATIVE,
    capabilities.PLACE_HOME: _NO_HOMES,
    capabilities.PLACE_ROOM: _NO_HOMES,
    capabilities.TRANSFER_TO_USER_ID: Support(level=Level.NATIVE, reason="to a guest of the device"),
    capabilities.TRANSFER_TO_USERNAME: _HEIR,
    capabilities.TRANSFER_TO_EMAIL: _HEIR,
    capabilities.TRANSFER_TO_PHONE: _HEIR,
    capabilities.FIND_BY_USER_ID: _NO_LOOK_UP,
    capabilities.FIND_BY_USERNAME: _NO_LOOK_UP,
    capabilities.FIND_BY_EMAIL: _NO_LOOK_UP,
    capabilities.FIND_BY_PHONE: _NO_LOOK_UP,
    capabilities.ME: _absent("no call says who a token's user is"),
    capabilities.SIGN_OUT: _absent("no call ends a session: a token dies by itself, a week after its sign-in"),
}
"""What an account can be asked for whose settings hold the secret of a product."""

_NO_SECRET: Final = _absent(
    "what is sent is signed with the product's secret, and the settings have no product_secrets"
)

SUPPORT_WITHOUT_SECRETS: Final[Mapping[Capability, Support]] = {**SUPPORT, BY_MAC: _NO_SECRET, BY_MAC_NAME: _NO_SECRET}
"""The same for an account whose settings hold none."""
