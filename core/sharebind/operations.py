"""Wishes as values: what somebody wants done, before anybody has done it.

Verbs of an ``Account`` build one of these and hand it to ``Account.perform``; dry runs, bulk work and a journal handle
the same values. ``kind`` and the names of the fields are a storage format: they are a promise.

``needs()`` yields one capability for each field that is set, and ``perform`` refuses what an account does not declare
before the adapter is called. So a field that is added later can never be ignored by an older plugin, and adapters
contain no checks of capabilities.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar, cast

import attrs

from sharebind import capabilities as can
from sharebind.bindings import Binding, BindingCheck, ByPairing, Pairing, Proof, Unbound
from sharebind.capabilities import Need
from sharebind.clock import utc, utc_or_none
from sharebind.errors import NotBoundError, ProviderError
from sharebind.secrets import Secret
from sharebind.shares import Preview, Share, ShareRef
from sharebind.values import (
    UNCHANGED,
    UNKNOWN_DEVICE,
    Anyone,
    DeviceRef,
    Email,
    Extra,
    ExtraValue,
    Overlap,
    Person,
    Phone,
    Recipient,
    Role,
    Side,
    Somebody,
    Space,
    State,
    Unchanged,
    UserId,
    Username,
    Via,
    words,
)

R_co = TypeVar("R_co", covariant=True)
E = TypeVar("E", bound=Enum)

_need = cache(Need)
"""A need of nothing but the capability: there is one for each, for making it takes longer than comparing it."""

_TO = {
    Anyone: can.SHARE_TO_ANYONE,
    UserId: can.SHARE_TO_USER_ID,
    Username: can.SHARE_TO_USERNAME,
    Email: can.SHARE_TO_EMAIL,
    Phone: can.SHARE_TO_PHONE,
}
_FIND: dict[type, can.Capability] = {
    UserId: can.FIND_BY_USER_ID,
    Username: can.FIND_BY_USERNAME,
    Email: can.FIND_BY_EMAIL,
    Phone: can.FIND_BY_PHONE,
}
_TRANSFER: dict[type, can.Capability] = {
    UserId: can.TRANSFER_TO_USER_ID,
    Username: can.TRANSFER_TO_USERNAME,
    Email: can.TRANSFER_TO_EMAIL,
    Phone: can.TRANSFER_TO_PHONE,
}
_OVERLAP = {
    Overlap.KEEP: can.SHARE_OVERLAP_KEEP,
    Overlap.REPLACE: can.SHARE_OVERLAP_REPLACE,
    Overlap.EXTEND: can.SHARE_OVERLAP_EXTEND,
}


def _hint(value: object, kinds: tuple[type, ...]) -> str:
    """Say what was likely meant."""
    if isinstance(value, type) and value in kinds:
        return f"; write {value.__name__}()"
    if DeviceRef in kinds and isinstance(value, Binding | Share):
        return f"; write {type(value).__name__.lower()}.device"
    if isinstance(value, str):
        meant = {DeviceRef: "device('product/device')", Proof: "ByText('…')", Anyone: "UserId('…') or Email('…')"}
        return next((f"; write {form}" for kind, form in meant.items() if kind in kinds), "")
    return ""


def _of(*kinds: type) -> Any:
    """Refuse a value of another type at once, with the name of the field: a wish that is built is well formed."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, kinds):
            expected = " or ".join(kind.__name__ for kind in kinds if kind is not type(None))
            name = f"{type(instance).__name__}.{attribute.name}"
            raise TypeError(f"{name}: expected {expected}, got {type(value).__name__}{_hint(value, kinds)}")

    return check


def _name(*, optional: bool = True) -> Any:
    """Refuse a display name of another type than a text, or one that shows nothing; its length is the vendor's."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        name = f"{type(instance).__name__}.{attribute.name}"
        if value is None and optional:
            return
        if not isinstance(value, str):
            raise TypeError(f"{name}: expected str, got {type(value).__name__}")
        if not value.strip():
            raise ValueError(f"{name} cannot be empty")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError(f"{name} holds half a character, which no vendor could store")

    return check


def _known_extra(instance: object, _attribute: attrs.Attribute[Any], value: object) -> None:
    """Refuse an extra that could not be written as the vendor's field that it names."""
    if type(value) is dict and not value:
        return  # which is nearly every one
    where = f"{type(instance).__name__}.extra"
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} is a mapping, not {type(value).__name__}")
    for name, one in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str) or not isinstance(one, str | int | Secret):
            raise TypeError(
                f"{where}[{name!r}] is a text, a number, a truth value or a Secret, not {type(one).__name__}"
            )


def _overlap(value: Overlap | str) -> Overlap:
    return value if isinstance(value, Overlap) else Overlap(value)  # an enum is slow to give what is its member already


def _extra() -> Any:
    return attrs.field(factory=dict[str, ExtraValue], hash=False, validator=_known_extra)


def _same_device(device: DeviceRef, shared: DeviceRef) -> None:
    if not device.matches(shared):
        raise ValueError(f"the share is of {shared}, not of {device}")


def _into(space: Space | None) -> Iterator[Need]:
    """Yield what binding into a space takes."""
    if space is not None:
        yield _need(can.BIND_SPACE)
        if space.room is not None:
            yield _need(can.BIND_ROOM)


def _states(values: Iterable[State]) -> frozenset[State]:
    return _every(State, values)


def _roles(values: Iterable[Role]) -> frozenset[Role]:
    return _every(Role, values)


def _every(kind: type[E], values: Iterable[E]) -> frozenset[E]:
    """Take any collection of a kind's values, and refuse anything else."""
    if isinstance(values, str):
        raise TypeError(f"expected a collection of {kind.__name__}, not one text")
    return frozenset(kind(value) for value in values)


@attrs.frozen(kw_only=True, slots=False)
class Operation(Generic[R_co]):
    """One wish, whose fulfilment gives an ``R``.

    ``method`` is the provider's method that fulfils it, ``changes`` whether it may change something. One that
    ``converges`` leaves the same when it is done twice, and is repeated where its answer was lost.
    """

    # This class has a dict, so slots below it would only make wishes slower to make.

    kind: ClassVar[str]
    method: ClassVar[str]
    changes: ClassVar[bool] = True
    converges: ClassVar[bool] = False

    def needs(self) -> Iterator[Need]:
        """Yield what an account must be able to do for this."""
        yield from ()

    def settled(self, refusal: ProviderError) -> R_co | None:
        """Give the result where a refusal shows that it is done, once its first attempt may have been."""
        del refusal
        return None

    @property
    def target(self) -> DeviceRef | None:
        """The device that it is about, where it is about one."""
        device = getattr(self, "device", None)
        share = getattr(self, "share", None) or getattr(self, "offer", None)
        return device or (share.device if isinstance(share, ShareRef) else None)


@attrs.frozen(kw_only=True, slots=False)
class ShareDevice(Operation[Share]):
    """Give somebody access: by a code to ``Anyone``, or to a named person.

    ``rights`` names what they may do beyond plain use; without it, none where the vendor has a choice.
    """

    kind: ClassVar[str] = "share"
    method: ClassVar[str] = "share"

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    to: Recipient = attrs.field(validator=_of(*_TO))
    accept_by: datetime | None = attrs.field(default=None, converter=utc_or_none)
    use_until: datetime | None = attrs.field(default=None, converter=utc_or_none)
    use_for: timedelta | None = attrs.field(default=None, validator=_of(timedelta, type(None)))
    rights: frozenset[str] | None = attrs.field(default=None, converter=attrs.converters.optional(words))
    overlap: Overlap = attrs.field(default=Overlap.KEEP, converter=_overlap)
    space: Space | None = attrs.field(default=None, validator=_of(Space, type(None)))
    extra: Extra = _extra()

    def needs(self) -> Iterator[Need]:
        yield _need(_TO[type(self.to)])
        yield _need(_OVERLAP[self.overlap])
        by_code = isinstance(self.to, Anyone)
        if self.accept_by is not None:
            yield Need(can.SHARE_CODE_ACCEPT_BY if by_code else can.SHARE_PERSON_ACCEPT_BY, self.accept_by)
        if self.use_until is not None:
            yield Need(can.SHARE_CODE_USE_UNTIL if by_code else can.SHARE_PERSON_USE_UNTIL, self.use_until)
        if self.use_for is not None:
            yield Need(can.SHARE_CODE_USE_FOR if by_code else can.SHARE_PERSON_USE_FOR, self.use_for)
        if self.rights is not None:
            yield Need(can.SHARE_RIGHTS, names=self.rights)


@attrs.frozen(kw_only=True, slots=False)
class AcceptShare(Operation[Share]):
    """Take an offer: exactly one of ``code`` and ``offer``."""

    kind: ClassVar[str] = "accept"
    method: ClassVar[str] = "accept"

    code: Secret | None = attrs.field(default=None, validator=_of(Secret, type(None)))
    offer: ShareRef | None = attrs.field(default=None, validator=_of(ShareRef, type(None)))
    name: str | None = attrs.field(default=None, validator=_name())

    def __attrs_post_init__(self) -> None:
        if (self.code is None) == (self.offer is None):
            raise ValueError("accepting takes either a code or an offer")

    def needs(self) -> Iterator[Need]:
        yield _need(can.ACCEPT_CODE if self.code is not None else can.ACCEPT_OFFER)
        if self.name is not None:
            yield _need(can.ACCEPT_NAME)


@attrs.frozen(kw_only=True, slots=False)
class EndShare(Operation[Share]):
    """End a share: withdraw or revoke as its owner, decline or leave as its recipient.

    ``seen`` is the state as the caller last saw it. It picks the capability, and says what a missing share means.
    """

    kind: ClassVar[str] = "end"
    method: ClassVar[str] = "end"
    converges: ClassVar[bool] = True

    share: ShareRef = attrs.field(validator=_of(ShareRef))
    seen: State = attrs.field(default=State.UNKNOWN, converter=State)

    def needs(self) -> Iterator[Need]:
        offered = self.seen is State.OFFERED
        if self.share.side is Side.OWNER:
            withdraw = can.END_WITHDRAW_CODE if self.share.via is Via.CODE else can.END_WITHDRAW_PERSON
            yield _need(withdraw if offered else can.END_REVOKE)
        else:
            yield _need(can.END_DECLINE if offered else can.END_LEAVE)


def _new_end(value: datetime | Unchanged | None) -> datetime | Unchanged | None:
    return value if value is None or isinstance(value, Unchanged) else utc(value, "use_until")


def _new_rights(value: Iterable[str] | Unchanged) -> frozenset[str] | Unchanged:
    return value if isinstance(value, Unchanged) else words(value)


@attrs.frozen(kw_only=True, slots=False)
class ChangeShare(Operation[Share]):
    """Change the terms of a share; ``use_until=None`` means "no end", ``rights`` are all that it is to have."""

    kind: ClassVar[str] = "change"
    method: ClassVar[str] = "change"
    converges: ClassVar[bool] = True

    share: ShareRef = attrs.field(validator=_of(ShareRef))
    use_until: datetime | Unchanged | None = attrs.field(default=UNCHANGED, converter=_new_end)
    rights: frozenset[str] | Unchanged = attrs.field(default=UNCHANGED, converter=_new_rights)

    def __attrs_post_init__(self) -> None:
        if self.share.side is not Side.OWNER:
            raise ValueError("the terms of a share are changed by its owner")
        if self.use_until is UNCHANGED and self.rights is UNCHANGED:
            raise ValueError("nothing to change")

    def needs(self) -> Iterator[Need]:
        if isinstance(self.use_until, datetime):
            yield Need(can.CHANGE_USE_UNTIL, self.use_until)
        elif self.use_until is None:
            yield _need(can.CHANGE_TO_ENDLESS)
        if isinstance(self.rights, frozenset):
            yield Need(can.CHANGE_RIGHTS, names=self.rights)


@attrs.frozen(kw_only=True, slots=False)
class InspectCode(Operation[Preview]):
    """Ask what a code is for, without redeeming it."""

    kind: ClassVar[str] = "inspect"
    method: ClassVar[str] = "inspect"
    changes: ClassVar[bool] = False

    code: Secret = attrs.field(validator=_of(Secret))

    def needs(self) -> Iterator[Need]:
        yield _need(can.INSPECT_CODE)


@attrs.frozen(kw_only=True, slots=False)
class BindDevice(Operation[Binding]):
    """Make a device this account's own, in a space where the vendor has them."""

    kind: ClassVar[str] = "bind"
    method: ClassVar[str] = "bind"

    proof: Proof = attrs.field(validator=_of(Proof))
    device: DeviceRef | None = attrs.field(default=None, validator=_of(DeviceRef, type(None)))
    name: str | None = attrs.field(default=None, validator=_name())
    space: Space | None = attrs.field(default=None, validator=_of(Space, type(None)))
    extra: Extra = _extra()

    def __attrs_post_init__(self) -> None:
        if self.device is None and self.proof.needs_device:
            raise ValueError(f"binding by {self.proof.kind} takes a device")

    def needs(self) -> Iterator[Need]:
        yield _need(can.bind_by(self.proof.kind))
        if self.name is not None:
            yield _need(can.bind_by(f"{self.proof.kind}.name"))
        yield from _into(self.space)


@attrs.frozen(kw_only=True, slots=False)
class UnbindDevice(Operation[Unbound]):
    """Give a device up. ``expect`` is the role in which the caller believes to hold it; another one is refused."""

    kind: ClassVar[str] = "unbind"
    method: ClassVar[str] = "unbind"
    converges: ClassVar[bool] = True

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    expect: Role = attrs.field(converter=Role)
    reset: bool = attrs.field(default=False, validator=_of(bool))
    space: Space | None = attrs.field(default=None, validator=_of(Space, type(None)))
    extra: Extra = _extra()

    def needs(self) -> Iterator[Need]:
        yield _need(can.UNBIND)
        if self.reset:
            yield _need(can.UNBIND_RESET)

    def settled(self, refusal: ProviderError) -> Unbound | None:
        """See that the device is not held any more, by the vendor's own word: before, it was, in the expected role."""
        said = isinstance(refusal, NotBoundError) and refusal.vendor_code is not None
        return Unbound(device=self.device) if said else None


@attrs.frozen(kw_only=True, slots=False)
class CheckBinding(Operation[BindingCheck]):
    """Ask whether this account may bind a device; the vendor's refusals are those of binding."""

    kind: ClassVar[str] = "check_binding"
    method: ClassVar[str] = "check_binding"
    changes: ClassVar[bool] = False

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    space: Space | None = attrs.field(default=None, validator=_of(Space, type(None)))

    def needs(self) -> Iterator[Need]:
        yield _need(can.BIND_CHECK)
        yield from _into(self.space)


@attrs.frozen(kw_only=True, slots=False)
class BeginPairing(Operation[Pairing]):
    """Ask for a token that a new device is given over the local link. A token that is never used does nothing."""

    kind: ClassVar[str] = "begin_pairing"
    method: ClassVar[str] = "begin_pairing"

    def needs(self) -> Iterator[Need]:
        yield _need(can.PAIRING)


@attrs.frozen(kw_only=True, slots=False)
class CheckPairing(Operation[Pairing]):
    """Ask whether the device has used its token yet."""

    kind: ClassVar[str] = "check_pairing"
    method: ClassVar[str] = "check_pairing"
    changes: ClassVar[bool] = False

    proof: ByPairing = attrs.field(validator=_of(ByPairing))

    def needs(self) -> Iterator[Need]:
        yield _need(can.PAIRING)


@attrs.frozen(kw_only=True, slots=False)
class RenameDevice(Operation[None]):
    """Give a device another name: one's own, or with ``share`` a received one."""

    kind: ClassVar[str] = "rename"
    method: ClassVar[str] = "rename"
    converges: ClassVar[bool] = True

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    name: str = attrs.field(validator=_name(optional=False))
    share: ShareRef | None = attrs.field(default=None, validator=_of(ShareRef, type(None)))

    def __attrs_post_init__(self) -> None:
        if self.share is not None and self.share.side is not Side.RECIPIENT:
            raise ValueError("a device is renamed by a share on its recipient's side only; its owner names the device")
        if self.share is not None and UNKNOWN_DEVICE not in (self.device, self.share.device):
            _same_device(self.device, self.share.device)

    def needs(self) -> Iterator[Need]:
        yield _need(can.RENAME_OWN if self.share is None else can.RENAME_RECEIVED)


@attrs.frozen(kw_only=True, slots=False)
class PlaceDevice(Operation[None]):
    """Put a device into a room of a home, or, where ``space`` names no room, into a home as a whole."""

    kind: ClassVar[str] = "place"
    method: ClassVar[str] = "place"

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    space: Space = attrs.field(validator=_of(Space))

    def needs(self) -> Iterator[Need]:
        yield _need(can.PLACE_HOME if self.space.room is None else can.PLACE_ROOM)


@attrs.frozen(kw_only=True, slots=False)
class TransferDevice(Operation[None]):
    """Make somebody else the owner; this account loses the device."""

    kind: ClassVar[str] = "transfer"
    method: ClassVar[str] = "transfer"

    device: DeviceRef = attrs.field(validator=_of(DeviceRef))
    to: Somebody = attrs.field(validator=_of(UserId, Username, Email, Phone))

    def needs(self) -> Iterator[Need]:
        yield _need(_TRANSFER[type(self.to)])


@attrs.frozen(kw_only=True, slots=False)
class FindUser(Operation[Person]):
    """Look a person up by what others know them by."""

    kind: ClassVar[str] = "find_user"
    method: ClassVar[str] = "find_user"
    changes: ClassVar[bool] = False

    who: Somebody = attrs.field(validator=_of(UserId, Username, Email, Phone))

    def needs(self) -> Iterator[Need]:
        yield _need(_FIND[type(self.who)])


@attrs.frozen(kw_only=True, slots=False)
class ReadMe(Operation[Person]):
    """Ask who this account is."""

    kind: ClassVar[str] = "me"
    method: ClassVar[str] = "me"
    changes: ClassVar[bool] = False

    def needs(self) -> Iterator[Need]:
        yield _need(can.ME)


@attrs.frozen(kw_only=True, slots=False)
class CreateSpace(Operation[Space]):
    """Make a home."""

    kind: ClassVar[str] = "create_space"
    method: ClassVar[str] = "create_space"

    name: str = attrs.field(validator=_name(optional=False))

    def needs(self) -> Iterator[Need]:
        yield _need(can.CREATE_SPACE)


@attrs.frozen(kw_only=True, slots=False)
class SignOut(Operation[None]):
    """End the session that the account's token stands for."""

    kind: ClassVar[str] = "sign_out"
    method: ClassVar[str] = "sign_out"

    def needs(self) -> Iterator[Need]:
        yield _need(can.SIGN_OUT)


LIVE = frozenset({State.OFFERED, State.ACTIVE, State.UNKNOWN})
"""The states of shares that may still give access."""


@attrs.frozen(kw_only=True)
class ShareQuery:
    """Which shares to list. Adapters may yield more than was asked; the account filters."""

    kind: ClassVar[str] = "shares"
    method: ClassVar[str] = "shares"

    side: Side = attrs.field(default=Side.OWNER, converter=Side)
    device: DeviceRef | None = attrs.field(default=None, validator=_of(DeviceRef, type(None)))
    states: frozenset[State] = attrs.field(default=LIVE, converter=_states)

    def needs(self) -> Iterator[Need]:
        """Yield nothing: what a vendor never lists is told by its support, and refuses no listing."""
        yield from ()

    def takes(self, share: Share) -> bool:
        """Tell whether a share is one of those asked for."""
        return (
            share.ref.side is self.side
            and share.state in self.states
            and (self.device is None or share.ref.device.matches(self.device))
        )


@attrs.frozen(kw_only=True)
class BindingQuery:
    """Which bindings to list. Adapters may yield more than was asked; the account filters."""

    kind: ClassVar[str] = "bindings"
    method: ClassVar[str] = "bindings"

    device: DeviceRef | None = attrs.field(default=None, validator=_of(DeviceRef, type(None)))
    roles: frozenset[Role] = attrs.field(default=frozenset(Role), converter=_roles)

    def needs(self) -> Iterator[Need]:
        """Yield what listing takes."""
        yield _need(can.LIST_BINDINGS)

    def takes(self, binding: Binding) -> bool:
        """Tell whether a binding is one of those asked for."""
        return binding.role in self.roles and (self.device is None or binding.device.matches(self.device))


@attrs.frozen(kw_only=True)
class SpaceQuery:
    """Which spaces to list: the homes, and with ``rooms`` each home followed by its rooms."""

    kind: ClassVar[str] = "spaces"
    method: ClassVar[str] = "spaces"

    rooms: bool = attrs.field(default=False, validator=_of(bool))

    def needs(self) -> Iterator[Need]:
        """Yield what listing takes."""
        yield _need(can.LIST_SPACES)
        if self.rooms:
            yield _need(can.LIST_ROOMS)


Query: TypeAlias = ShareQuery | BindingQuery | SpaceQuery
"""What a list is asked for."""


__all__ = [
    "LIVE",
    "AcceptShare",
    "BeginPairing",
    "BindDevice",
    "BindingQuery",
    "ChangeShare",
    "CheckBinding",
    "CheckPairing",
    "CreateSpace",
    "EndShare",
    "FindUser",
    "InspectCode",
    "Operation",
    "PlaceDevice",
    "Query",
    "ReadMe",
    "RenameDevice",
    "ShareDevice",
    "ShareQuery",
    "SignOut",
    "SpaceQuery",
    "TransferDevice",
    "UnbindDevice",
]
