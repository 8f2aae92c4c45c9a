"""Wishes as values: what they need, and what is refused before they exist."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar

import attrs
import pytest

from sharebind import UNCHANGED, capabilities, operations, protocols
from sharebind.bindings import ByBindingCode, ByIdentity, ByPairing, BySerial, ByText, Proof
from sharebind.capabilities import Capability, Need
from sharebind.operations import (
    LIVE,
    AcceptShare,
    BeginPairing,
    BindDevice,
    BindingQuery,
    ChangeShare,
    CheckBinding,
    CheckPairing,
    CreateSpace,
    EndShare,
    FindUser,
    InspectCode,
    Operation,
    PlaceDevice,
    ReadMe,
    RenameDevice,
    ShareDevice,
    ShareQuery,
    SignOut,
    SpaceQuery,
    TransferDevice,
    UnbindDevice,
)
from sharebind.secrets import Secret
from sharebind.shares import ShareRef
from sharebind.values import Anyone, DeviceRef, Email, Overlap, Phone, Role, Side, Space, State, UserId, Username, Via

LATER = datetime(2030, 1, 1, tzinfo=UTC)
LAMP = DeviceRef("lamp", "p")
REF = ShareRef(provider="toy", side=Side.OWNER, via=Via.CODE, device=LAMP, key=Secret("k"))
RECEIVED = attrs.evolve(REF, side=Side.RECIPIENT)

Wish = Operation[Any] | ShareQuery | BindingQuery | SpaceQuery

SAMPLES: tuple[Wish, ...] = (
    ShareDevice(device=LAMP, to=Anyone()),
    ShareDevice(device=LAMP, to=UserId("1")),
    AcceptShare(code=Secret("c")),
    AcceptShare(offer=RECEIVED),
    EndShare(share=REF),
    EndShare(share=RECEIVED),
    ChangeShare(share=REF, use_until=LATER - timedelta(days=1)),
    ChangeShare(share=REF, rights={"close"}),
    InspectCode(code=Secret("c")),
    BindDevice(device=LAMP, proof=ByIdentity()),
    UnbindDevice(device=LAMP, expect=Role.OWNER),
    CheckBinding(device=LAMP),
    BeginPairing(),
    CheckPairing(proof=ByPairing(Secret("t"))),
    RenameDevice(device=LAMP, name="Lamp"),
    PlaceDevice(device=LAMP, space=Space("1")),
    TransferDevice(device=LAMP, to=UserId("1")),
    FindUser(who=Email("a@b")),
    ReadMe(),
    CreateSpace(name="Home"),
    SignOut(),
    ShareQuery(),
    BindingQuery(),
    SpaceQuery(),
)

SET: dict[str, Any] = {
    "accept_by": LATER,
    "use_until": LATER,
    "use_for": timedelta(days=1),
    "rights": frozenset({"open"}),
    "overlap": Overlap.REPLACE,
    "space": Space("7"),
    "extra": {"key": 1},
    "name": "Lamp",
    "seen": State.OFFERED,
    "device": DeviceRef("plug", "p"),
    "reset": True,
    "share": RECEIVED,
    "side": Side.RECIPIENT,
    "states": frozenset({State.ENDED}),
    "roles": frozenset({Role.GUEST}),
    "rooms": True,
}

NO_NEED: dict[tuple[str, str], str] = {
    ("share", "space"): "it only saves the look-up of the device's home",
    ("unbind", "space"): "it only saves the look-up of the device's home",
    ("share", "extra"): "perform compares its keys with those that the provider lists",
    ("bind", "extra"): "perform compares its keys with those that the provider lists",
    ("unbind", "extra"): "perform compares its keys with those that the provider lists",
    ("bind", "device"): "it says which device; the proof says how",
    ("shares", "side"): "what a vendor never lists refuses no listing",
    ("shares", "device"): "the account filters",
    ("shares", "states"): "the account filters",
    ("bindings", "device"): "the account filters",
    ("bindings", "roles"): "the account filters",
}

ONE_OF_TWO = {("accept", "code"), ("accept", "offer")}


def cases() -> Iterator[Any]:
    """Yield every sample with each of its optional fields."""
    for number, sample in enumerate(SAMPLES):
        for field in attrs.fields(type(sample)):
            if field.default is not attrs.NOTHING and (sample.kind, field.name) not in ONE_OF_TWO:
                yield pytest.param(sample, field.name, id=f"{number}-{sample.kind}.{field.name}")


def every_field() -> Iterator[Any]:
    """Yield every field of every sample."""
    for number, sample in enumerate(SAMPLES):
        for field in attrs.fields(type(sample)):
            yield pytest.param(sample, field.name, id=f"{number}-{sample.kind}.{field.name}")


def names(wish: Wish) -> list[Capability]:
    """Give the names of what a wish needs."""
    return [need.capability for need in wish.needs()]


@pytest.mark.parametrize(("sample", "name"), list(cases()))
def test_a_field_that_is_set_is_a_need(sample: Wish, name: str) -> None:
    """Setting any field changes what a wish needs, unless the table says why not."""
    changed = attrs.evolve(sample, **{name: SET[name]})
    assert (list(changed.needs()) != list(sample.needs())) is ((sample.kind, name) not in NO_NEED)


def test_the_table_has_no_leftovers() -> None:
    """Every exception in the table is a field that exists."""
    real = {(sample.kind, field.name) for sample in SAMPLES for field in attrs.fields(type(sample))}
    assert (set(NO_NEED) | ONE_OF_TWO) - real == set()


def test_there_is_a_sample_of_every_wish() -> None:
    """No operation of the core is left out of these tests."""
    real = {
        kind
        for kind in vars(operations).values()
        if inspect.isclass(kind) and kind.__module__ == operations.__name__ and hasattr(kind, "kind")
    }
    assert {type(sample) for sample in SAMPLES} == real
    assert {sample.kind for sample in SAMPLES} == {kind.kind for kind in real}
    assert len({kind.kind for kind in real}) == len(real)


def test_the_kinds_are_a_storage_format() -> None:
    """Journals keep these words, so they stay."""
    kinds = (
        "accept begin_pairing bind bindings change check_binding check_pairing create_space end find_user inspect me "
        "place rename share shares sign_out spaces transfer unbind"
    )
    assert " ".join(sorted({sample.kind for sample in SAMPLES})) == kinds


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_every_wish_has_a_method_of_a_protocol(sample: Wish) -> None:
    """The method that a wish names is one that adapters are told to write, and it takes that wish."""
    methods = {
        name: method
        for protocol in vars(protocols).values()
        if inspect.isclass(protocol)
        for name, method in vars(protocol).items()
        if inspect.isfunction(method)
    }
    assert str(next(iter(inspect.signature(methods[sample.method]).parameters.values())).name) == "self"
    taken = list(inspect.signature(methods[sample.method]).parameters.values())[1]
    assert taken.annotation == type(sample).__name__


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_every_need_is_known(sample: Wish) -> None:
    """A wish of the core needs only what the core names, or a way to bind."""
    known = {*capabilities.EVERY, *(f"bind.by.{kind}" for kind in ("identity", "identity.name"))}
    every = attrs.evolve(sample, **{each: SET[each] for each in ("name", "use_for") if hasattr(sample, each)})
    assert {*names(sample), *names(every)} - known == set()


@pytest.mark.parametrize(("sample", "name"), list(every_field()))
def test_a_wrong_type_is_refused(sample: Wish, name: str) -> None:
    """A wish that is built is well formed: no field takes a value of another type."""
    for wrong in (object(), 7):
        change: dict[str, Any] = {name: wrong}
        with pytest.raises((TypeError, ValueError)):
            attrs.evolve(sample, **change)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.kind)
def test_wishes_are_frozen_values(sample: Wish) -> None:
    """A wish compares by value, can be a key, and nobody changes it on its way."""
    assert (attrs.evolve(sample), hash(attrs.evolve(sample))) == (sample, hash(sample))
    for field in attrs.fields(type(sample)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(sample, field.name, None)


@pytest.mark.parametrize(
    ("to", "who", "way"),
    [
        (Anyone(), "anyone", "code"),
        (UserId("1"), "user_id", "person"),
        (Username("1"), "username", "person"),
        (Email("a@b"), "email", "person"),
        (Phone("86", "1"), "phone", "person"),
    ],
)
def test_what_sharing_needs(to: Any, who: str, way: str) -> None:
    """Sharing needs the recipient's kind, the overlap, and each term by code or by person, with its end."""
    day = timedelta(days=1)
    wish = ShareDevice(device=LAMP, to=to, accept_by=LATER, use_until=LATER + day, use_for=day, overlap=Overlap.EXTEND)
    assert list(wish.needs()) == [
        Need(Capability(f"share.to.{who}")),
        Need(Capability("share.overlap.extend")),
        Need(Capability(f"share.{way}.accept_by"), LATER),
        Need(Capability(f"share.{way}.use_until"), LATER + day),
        Need(Capability(f"share.{way}.use_for"), day),
    ]
    assert names(ShareDevice(device=LAMP, to=to)) == [f"share.to.{who}", "share.overlap.keep"]


@pytest.mark.parametrize(
    ("share", "seen", "need"),
    [
        (REF, State.OFFERED, "end.withdraw.code"),
        (attrs.evolve(REF, via=Via.PERSON), State.OFFERED, "end.withdraw.person"),
        (attrs.evolve(REF, via=Via.UNKNOWN), State.OFFERED, "end.withdraw.person"),
        (REF, State.ACTIVE, "end.revoke"),
        (REF, State.UNKNOWN, "end.revoke"),
        (RECEIVED, State.OFFERED, "end.decline"),
        (RECEIVED, State.ACTIVE, "end.leave"),
        (RECEIVED, State.UNKNOWN, "end.leave"),
    ],
)
def test_what_ending_needs(share: ShareRef, seen: State, need: str) -> None:
    """Side, last seen state, and for an offer the way it was made, pick the word for ending."""
    assert names(EndShare(share=share, seen=seen)) == [need]


@pytest.mark.parametrize(
    ("proof", "needs"),
    [
        (ByIdentity(), ["bind.by.identity", "bind.by.identity.name"]),
        (BySerial("s"), ["bind.by.serial", "bind.by.serial.name"]),
        (ByText("t"), ["bind.by.text", "bind.by.text.name"]),
        (ByBindingCode("c"), ["bind.by.binding_code", "bind.by.binding_code.name"]),
        (ByPairing("t"), ["bind.by.pairing", "bind.by.pairing.name"]),
    ],
)
def test_what_binding_needs(proof: Proof, needs: list[str]) -> None:
    """Binding needs its proof, the name in the same call, the home and the room."""
    wish = BindDevice(device=LAMP, proof=proof, name="Lamp", space=Space("1", "2"))
    assert names(wish) == [*needs, "bind.space", "bind.room"]
    assert names(attrs.evolve(wish, name=None, space=Space("1"))) == [needs[0], "bind.space"]


def test_a_vendors_own_proof_is_a_proof() -> None:
    """The family of proofs is open: an adapter's own kind needs its own capability."""

    @attrs.frozen
    class ByNfc(Proof):
        kind: ClassVar[str] = "nfc"
        needs_device: ClassVar[bool] = False

    assert names(BindDevice(proof=ByNfc())) == ["bind.by.nfc"]


@pytest.mark.parametrize("proof", [ByIdentity(), ByBindingCode("c"), ByPairing("t")], ids=lambda proof: proof.kind)
def test_some_proofs_name_no_device(proof: Proof) -> None:
    """A proof that does not tell the device needs it beside."""
    with pytest.raises(ValueError, match=f"binding by {proof.kind} takes a device"):
        BindDevice(proof=proof)


def test_proofs_take_texts_as_secrets() -> None:
    """What was read from a label or a device becomes a secret at once."""
    assert BySerial("hunter2") == BySerial(Secret("hunter2"))
    shown = [repr(proof) for proof in (BySerial("hunter2"), ByText("hunter2"), ByBindingCode("hunter2"))]
    assert [text for text in shown if "hunter2" in text] == []


def test_accepting_takes_one_of_two() -> None:
    """Neither a code nor an offer, and both of them, are refused."""
    with pytest.raises(ValueError, match="either a code or an offer"):
        AcceptShare()
    with pytest.raises(ValueError, match="either a code or an offer"):
        AcceptShare(code=Secret("c"), offer=RECEIVED)
    assert names(AcceptShare(code=Secret("c"))) == ["accept.code"]
    assert names(AcceptShare(offer=RECEIVED, name="Lamp")) == ["accept.offer", "accept.name"]


def test_a_change_changes_something() -> None:
    """No end, a new end and nothing at all are three things; nothing at all is refused."""
    assert list(ChangeShare(share=REF, use_until=None).needs()) == [Need(capabilities.CHANGE_TO_ENDLESS)]
    assert list(ChangeShare(share=REF, use_until=LATER).needs()) == [Need(capabilities.CHANGE_USE_UNTIL, LATER)]
    with pytest.raises(ValueError, match="nothing to change"):
        ChangeShare(share=REF, use_until=UNCHANGED)
    with pytest.raises(ValueError, match="nothing to change"):
        ChangeShare(share=REF)


def test_rights_are_words() -> None:
    """Rights are any collection of words, none of them included; one text, or what is no word, is refused."""
    wish = ShareDevice(device=LAMP, to=Anyone(), rights=["open", "open", "close"])
    assert wish.rights == frozenset({"open", "close"})
    assert list(wish.needs())[-1] == Need(capabilities.SHARE_RIGHTS, names=frozenset({"open", "close"}))
    assert names(ShareDevice(device=LAMP, to=Anyone(), rights=())) == [
        "share.to.anyone",
        "share.overlap.keep",
        "share.rights",
    ]
    assert list(ChangeShare(share=REF, rights=()).needs()) == [Need(capabilities.CHANGE_RIGHTS)]
    both = ChangeShare(share=REF, rights={"open"}, use_until=None)
    assert names(both) == ["change.to_endless", "change.rights"]
    for wrong, kind in (
        ("open", TypeError),
        ([1], TypeError),
        ([""], ValueError),
        (["a\nb"], ValueError),
        (7, TypeError),
    ):
        with pytest.raises(kind):
            ShareDevice(device=LAMP, to=Anyone(), rights=wrong)  # type: ignore[arg-type]  # that is the point
        with pytest.raises(kind):
            ChangeShare(share=REF, rights=wrong)  # type: ignore[arg-type]  # that is the point


def test_times_are_aware_and_in_utc() -> None:
    """A naive time is refused, another zone becomes UTC."""
    with pytest.raises(ValueError, match="time zone"):
        ShareDevice(device=LAMP, to=Anyone(), use_until=datetime(2030, 1, 1))  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="use_until needs a time zone"):
        ChangeShare(share=REF, use_until=datetime(2030, 1, 1))  # noqa: DTZ001 - what is refused
    wish = ShareDevice(device=LAMP, to=Anyone(), use_until=LATER.astimezone(timezone(timedelta(hours=8))))
    assert (wish.use_until, wish.use_until and wish.use_until.tzinfo) == (LATER, UTC)


def test_the_target_is_the_device() -> None:
    """A wish about a share is about its device; one about neither has no target."""
    assert (EndShare(share=REF).target, AcceptShare(offer=RECEIVED).target) == (LAMP, LAMP)
    assert (BindDevice(device=LAMP, proof=ByIdentity()).target, BindDevice(proof=ByText("t")).target) == (LAMP, None)
    assert (ReadMe().target, AcceptShare(code=Secret("c")).target) == (None, None)


def test_what_may_still_give_access_is_live() -> None:
    """Lists show by default all that has not ended."""
    assert frozenset(State) - {State.ENDED} == LIVE
    assert ShareQuery().states == LIVE
