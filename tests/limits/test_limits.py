"""What limits refuse, what they let pass, and what they say."""

from __future__ import annotations

import inspect
from datetime import datetime, timedelta
from typing import Any, ClassVar

import attrs
import pytest

from sharebind import (
    UNCHANGED,
    AcceptShare,
    Anyone,
    BeginPairing,
    BindDevice,
    ByIdentity,
    ByPairing,
    ChangeShare,
    CheckBinding,
    CheckPairing,
    CreateSpace,
    DeviceRef,
    Email,
    EndShare,
    FindUser,
    InspectCode,
    Operation,
    PlaceDevice,
    ReadMe,
    RenameDevice,
    Role,
    Secret,
    ShareDevice,
    ShareRef,
    Side,
    SignOut,
    Space,
    TransferDevice,
    UnbindDevice,
    UserId,
    Via,
    operations,
)

from .conftest import NOW, Ask

LAMP = DeviceRef("lamp", "p1")
BOB = UserId("bob")
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
MOST = timedelta(days=30)


def sharing(to: Any = BOB, device: DeviceRef = LAMP, **terms: Any) -> ShareDevice:
    """Wish to share."""
    return ShareDevice(device=device, to=to, **terms)


def ref(device: DeviceRef = LAMP, side: Side = Side.OWNER) -> ShareRef:
    """Give a share that there is."""
    return ShareRef(provider="toy", side=side, via=Via.PERSON, device=device, key=Secret("k"))


EVERYTHING: dict[str, Any] = {
    "longest_use": INSTANT,
    "longest_code": INSTANT,
    "longest_offer": INSTANT,
    "recipients": ["user_id:nobody"],
    "only_products": ["none"],
    "no_codes_for": ["*"],
    "transfers": False,
}
"""All limits, each as narrow as can be."""

GIVING = (ShareDevice, ChangeShare, TransferDevice)
OTHERS: list[Operation[Any]] = [
    AcceptShare(code=Secret("c")),
    AcceptShare(offer=ref(side=Side.RECIPIENT)),
    BeginPairing(),
    BindDevice(device=LAMP, proof=ByIdentity(), space=Space("h")),
    CheckBinding(device=LAMP),
    CheckPairing(proof=ByPairing(Secret("t"))),
    CreateSpace(name="home"),
    EndShare(share=ref()),
    EndShare(share=ref(side=Side.RECIPIENT)),
    FindUser(who=BOB),
    InspectCode(code=Secret("c")),
    PlaceDevice(device=LAMP, space=Space("h")),
    ReadMe(),
    RenameDevice(device=LAMP, name="lamp"),
    SignOut(),
    UnbindDevice(device=LAMP, expect=Role.OWNER),
]


@pytest.mark.parametrize("op", OTHERS, ids=lambda op: type(op).__name__)
async def test_what_gives_nothing_passes(ask: Ask, op: Operation[Any]) -> None:
    """Taking access away, and what an account takes for itself, is never refused, nor is a read."""
    assert await ask(op, **EVERYTHING) is None


def test_every_operation_of_the_model_is_decided_on() -> None:
    """An operation that is added to the model has to be put with those that give access, or with the others."""
    model = {
        kind
        for _, kind in inspect.getmembers(operations, inspect.isclass)
        if issubclass(kind, Operation) and kind is not Operation
    }
    assert model == {*GIVING, *map(type, OTHERS)}


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"use_until": NOW + MOST}, None),
        ({"use_for": MOST}, None),
        ({"use_until": NOW + 2 * MOST, "use_for": MOST}, None),
        ({"use_until": NOW + MOST, "use_for": 2 * MOST}, None),
        ({"use_until": NOW + MOST + INSTANT}, "this would be longer"),
        ({"use_for": MOST + INSTANT}, "this would be longer"),
        ({"use_until": NOW + 2 * MOST, "use_for": 2 * MOST}, "this would be longer"),
        ({}, "it needs an end, and the wish sets none: give it use_until or use_for"),
        ({"accept_by": NOW + DAY}, "it needs an end, and the wish sets none: give it use_until or use_for"),
    ],
)
@pytest.mark.parametrize("to", [BOB, Anyone()])
async def test_how_long_a_share_may_work(ask: Ask, to: Any, terms: dict[str, Any], reason: str | None) -> None:
    """The earlier of the two ends of a wish is within the limit, to the microsecond; no end at all is beyond any."""
    said = await ask(sharing(to, **terms), longest_use=MOST)
    if reason is None:
        assert said is None
    else:
        assert said is not None
        assert said.startswith("a share may work for at most 30d (longest_use), ")
        assert said.endswith(reason)


@pytest.mark.parametrize(
    ("until", "passes"), [(NOW + MOST, True), (NOW + MOST + INSTANT, False), (None, False), (UNCHANGED, True)]
)
async def test_how_far_an_end_may_be_moved(ask: Ask, until: datetime | None, *, passes: bool) -> None:
    """A change may set an end within the limit, counted from now, may not lift it, and may leave it as it is."""
    op = ChangeShare(share=ref(), use_until=until, rights={"all"})
    assert (await ask(op, longest_use=MOST) is None) is passes


async def test_how_long_an_offer_may_wait(ask: Ask) -> None:
    """A limit on codes is none on offers to a person; a limit on offers is one on both."""
    day: dict[str, Any] = {"accept_by": NOW + DAY}
    later: dict[str, Any] = {"accept_by": NOW + DAY + INSTANT}
    for op in (sharing(Anyone(), **day), sharing(**later), sharing()):
        assert await ask(op, longest_code=DAY) is None
    for to in (Anyone(), BOB):
        assert await ask(sharing(to, **day), longest_offer=DAY) is None
        said = await ask(sharing(to, **later), longest_offer=DAY)
        assert said == "an offer may wait for at most 1d (longest_offer), and accept_by is later"
        said = await ask(sharing(to), longest_offer=DAY)
        assert said == "an offer may wait for at most 1d (longest_offer), and the wish sets no accept_by"
    said = await ask(sharing(Anyone(), **later), longest_code=DAY)
    assert said == "a code may wait for at most 1d (longest_code), and accept_by is later"
    said = await ask(sharing(Anyone()), longest_code=DAY)
    assert said == "a code may wait for at most 1d (longest_code), and the wish sets no accept_by"


async def test_which_products_get_no_code(ask: Ask) -> None:
    """Devices of these products are not shared by a code, however the product is written; with a person they are."""
    for product in ("p1", "P1", " p1 ", "ｐ１"):
        said = await ask(sharing(Anyone(), DeviceRef("lamp", product)), no_codes_for=["p1"])
        assert said == "devices of this product are not shared by a code (no_codes_for); share it with a person"
    assert await ask(sharing(), no_codes_for=["p1"]) is None
    assert await ask(sharing(Anyone(), DeviceRef("lamp", "p2")), no_codes_for=["p1"]) is None
    said = await ask(sharing(Anyone(), DeviceRef("lamp")), no_codes_for=["p1"])
    assert said is not None
    assert "named without its product" in said
    for device in (LAMP, DeviceRef("lamp")):
        said = await ask(sharing(Anyone(), device), no_codes_for=["*"])
        assert said == "no device is shared by a code (no_codes_for); share it with a person"


@pytest.mark.parametrize("product", ["p2", "P1", ""])
async def test_which_products_may_be_shared(ask: Ask, product: str) -> None:
    """Devices of other products, or of none that is named, are not shared, changed or handed over; others are."""
    for device, passes in ((LAMP, True), (DeviceRef("lamp", product), False)):
        for op in (
            sharing(device=device),
            ChangeShare(share=ref(device), rights={"all"}),
            TransferDevice(device=device, to=BOB),
        ):
            assert (await ask(op, only_products=["p1"]) is None) is passes
        assert await ask(EndShare(share=ref(device)), only_products=["p1"]) is None


async def test_transfers(ask: Ask) -> None:
    """A transfer goes to a recipient that is allowed; it has no end, so a limit on use refuses it unless it is told."""
    op = TransferDevice(device=LAMP, to=BOB)
    assert await ask(op, recipients=["user_id:bob"]) is None
    assert await ask(op, recipients=["user_id:ann"]) is not None
    assert await ask(op, recipients=["user_id:ann"], transfers=True) is not None
    assert await ask(op, longest_use=MOST, transfers=True) is None
    said = await ask(op, longest_use=MOST)
    assert said is not None
    assert said.endswith("a transfer has none; `transfers = true` allows it all the same")
    assert await ask(op, transfers=False) == "no device may be handed over (transfers)"


@attrs.frozen(kw_only=True, slots=False)
class Invite(Operation[None]):
    """An operation that some adapter brings."""

    kind: ClassVar[str] = "toy.invite"
    method: ClassVar[str] = "invite"


@attrs.frozen(kw_only=True, slots=False)
class ShareWithMore(ShareDevice):
    """A share of some adapter's own."""

    kind: ClassVar[str] = "share"
    more: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, slots=False)
class Look(Operation[None]):
    """A read that some adapter brings."""

    kind: ClassVar[str] = "toy.look"
    method: ClassVar[str] = "look"
    changes: ClassVar[bool] = False


async def test_what_adapters_bring_is_refused_unless_it_is_named(ask: Ask) -> None:
    """An operation that the limits do not know may give access: it passes where it is named, or changes nothing."""
    said = await ask(Invite(), longest_code=DAY)
    assert said is not None
    assert "'toy.invite'" in said
    assert await ask(Invite(), longest_code=DAY, operations=["toy.invite"]) is None
    assert await ask(Look(), longest_code=DAY) is None


async def test_an_adapters_own_share_is_a_share(ask: Ask) -> None:
    """What is made of an operation that gives access has to be named, and is judged all the same."""
    op = ShareWithMore(device=LAMP, to=BOB, more=("ann",))
    assert await ask(op, longest_code=DAY) is not None
    assert await ask(op, longest_code=DAY, operations=["share"]) is None
    assert await ask(op, longest_use=DAY, operations=["share"]) is not None


async def test_a_reason_names_no_person(ask: Ask) -> None:
    """A reason counts who may be shared with, and says nothing of who was meant."""
    allowed = ["anyone", "user_id:ann-hunter2", "user_id:cid-hunter2", "dan-hunter2@example.com", "*@example.org"]
    for to in (UserId("eve-hunter2"), Email("eve-hunter2@example.net")):
        said = await ask(sharing(to), recipients=allowed)
        assert said == (
            "access may be given to these only (recipients): 2 user ids; 1 e-mail address; "
            "e-mail addresses at example.org; whoever holds a code"
        )
