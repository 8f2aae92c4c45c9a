"""What an account at Lumen is set up with, and what it can be asked for."""

from datetime import timedelta

import attrs
import sharebind.provider as sb
from sharebind.provider import capabilities as can

SHARING = (can.SHARE_TO_ANYONE, can.SHARE_OVERLAP_KEEP, can.ACCEPT_CODE)
ENDING = (can.END_WITHDRAW_CODE, can.END_REVOKE, can.END_LEAVE)
LISTING = (can.LIST_OFFERS_CODE, can.LIST_GRANTS, can.LIST_RECEIVED_GRANTS, can.LIST_BINDINGS)
BINDING = (sb.bind_by("binding_code"), can.UNBIND)
SUPPORT = {
    **dict.fromkeys((*SHARING, *ENDING, *LISTING, *BINDING), sb.NATIVE),
    can.SHARE_CODE_USE_UNTIL: sb.Support(level=sb.Level.NATIVE, step=timedelta(seconds=1)),
}


@attrs.frozen(kw_only=True)
class LumenSettings:
    token: sb.Secret
    base_url: str = "https://api.lumen.example/v1"

    @property
    def url(self) -> str:
        return self.base_url
