"""Codes that the emulated clouds answer because of what is true there, and the errors that a caller gets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from sharebind import ShareNotFoundError, State

from .cause import DAY, Cause
from .causes_gizwits import GIZWITS
from .causes_gizwits_binding import GIZWITS_BINDING
from .causes_quectel import QUECTEL
from .causes_quectel_binding import QUECTEL_BINDING
from .causes_tencent import TENCENT
from .expected import check_wish
from .manners import WITHOUT_EWELINK
from .refusals import MATTER, QUECTEL_CHOICES, QUECTEL_CODES
from .stage import CALLS, VENDORS, Stage, codes

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")

if not WITHOUT_EWELINK:
    from .causes_ewelink import EWELINK

CAUSES: Final[Mapping[str, tuple[Cause, ...]]] = {
    "quectel": (*QUECTEL, *QUECTEL_BINDING),
    "tencent": TENCENT,
    "gizwits": (*GIZWITS, *GIZWITS_BINDING),
    **({} if WITHOUT_EWELINK else {"ewelink": EWELINK}),
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "cause"),
    [pytest.param(vendor, cause, id=f"{vendor}-{cause.about}") for vendor in VENDORS for cause in CAUSES[vendor]],
)
async def test_a_state_causes_its_code(vendor: str, cause: Cause, stage: Stage) -> None:
    """A state of the cloud makes it answer the code, which becomes its error, and nothing changes."""
    here = stage[vendor]
    act = await cause.prepare(here)
    here.cloud.requests.clear()
    await check_wish(act, here, cause.code, cause.kind, changes=cause.changes, seen=cause.seen)
    assert cause.code in {request.code for request in here.cloud.requests}
    assert not [request for request in here.cloud.requests if request.effect]
    stage.count(f"{vendor} codes by state")


@LOOPED
async def test_the_code_of_a_dead_token_tells_no_taker(stage: Stage) -> None:
    """Revoking by a code that is dead at Tencent never picks a user by guess: it is quiet only if nobody is left."""
    here = stage["tencent"]
    here.cloud.set_guess("used_token_expires", True)
    offer = await here.offered()
    await here.account("guest").accept(offer)
    here.clouds.clock.advance(DAY)
    with pytest.raises(ShareNotFoundError) as caught:
        await here.account().end(offer.ref)
    assert caught.value.vendor_code == "InvalidParameterValue.InvalidShareDeviceToken"
    guest = here.account("guest")
    await guest.end((await guest.received(states=frozenset({State.ACTIVE})).all())[0])
    assert (await here.account().end(offer.ref)).state is State.UNKNOWN
    assert (await here.account().end(offer.ref, seen=State.ACTIVE)).state is State.ENDED
    stage.count("tencent codes by state")


# ------------------------------------------------------------------------------------------ what no state can cause

SERVERS: Final = "a fault inside the vendor's cloud"
OPERATOR: Final = "a setting of the app's operator, which the emulated app does not have"
FAMILIES: Final = "families and their members are out of scope"
CENTRES: Final = "the emulated cloud is one data centre"
FACTORY: Final = "every emulated device has whole factory data"
REPORTS: Final = "every emulated device has reported its codes, and they do not expire"

FORCED_ONLY: Final[Mapping[str, Mapping[str, str]]] = {
    "quectel": {
        "5002": "no meaning at a sign-in is known",
        "5009": SERVERS,
        "5028": "a wrong password is answered with the tries that are left",
        "5045": SERVERS,
        "5047": "no page says when this comes in place of 5032",
        "5048": SERVERS,
        "5050": SERVERS,
        "5054": SERVERS,
        "5056": "the emulated cloud compares encrypted passwords, and does not look into them",
        "5065": "the token names the user",
        "5089": SERVERS,
        "5093": OPERATOR,
        "5104": OPERATOR,
        "5325": "what counts as abnormal behaviour is not documented",
        "5327": OPERATOR,
        "5358": OPERATOR,
        "5460": REPORTS,
        "5461": REPORTS,
        "5465": REPORTS,
        "5669": FAMILIES,
        "5864": FAMILIES,
        "5893": SERVERS,
        "5913": "no page says who may not bind",
        "6083": CENTRES,
        "6084": CENTRES,
        "6085": CENTRES,
    },
    "tencent": {
        "InvalidParameterValue.BindDeviceNotConnected": "every emulated device is connected",
        "InvalidParameterValue.NickNameLengthInvalid": "the lengths that are allowed are not documented",
        "InvalidParameterValue.ReadTokenInfoError": SERVERS,
        "InvalidParameterValue.TokenInfoSaveError": SERVERS,
    },
    "gizwits": {
        "9023": "no emulated device is disabled",
        "9046": "the emulated cloud registers a device at once",
        "9099": SERVERS,
    },
    "ewelink": {
        "30003": "every emulated GSM device leaves its temporary connection when it is told to",
        "30012": FACTORY,
        "30013": FACTORY,
        "30016": OPERATOR,
        "30017": OPERATOR,
        "30018": "the device is asked for before it is shared or given up",
        "30019": FACTORY,
        "500": "a home that cannot be read is a gap of a list: test_codes_read_back",
    },
}
"""The codes that only the emulators' switch produces, and why."""

WRONG_REQUESTS: Final = {
    "quectel": {
        *(code for code, _ in QUECTEL_CODES.values()),
        *(code for _, code, _ in QUECTEL_CHOICES.values()),
        *(code for code, _ in MATTER.values()),
        "5106",
    },
    "tencent": {"ErrorRequiredParamNotFound", "InvalidAction", "InvalidParameter", "InvalidParameterValue.InvalidJSON"},
    "gizwits": {"9015"},
    "ewelink": {"400"},
}
"""The codes that answer a wrong request, which no adapter sends; the tests with a bare client get them."""


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_listed_code_has_a_cause_or_a_reason(vendor: str) -> None:
    """Each code that a page lists is caused by a state or by a wrong request, or the table says why it is forced."""
    listed = {code for call in CALLS[vendor] for code in codes(vendor, call)}
    caused = {cause.code for cause in CAUSES[vendor]} | WRONG_REQUESTS[vendor]
    assert listed - caused == set(FORCED_ONLY[vendor])
