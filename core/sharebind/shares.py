"""Shares: access to a device that somebody was given, or may still take.

One class for the whole life. An *offer* is a share in ``OFFERED``, a *grant* one in ``ACTIVE``; these are words and not
classes, because some clouds do not tell which of the two they made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, Final, Self

import attrs

from sharebind.clock import utc_or_none
from sharebind.secrets import Raw, Secret
from sharebind.values import UNKNOWN_DEVICE, DeviceRef, EndReason, Evidence, Person, Side, State, Via, words

_REF_MARK: Final = "sb1."
_REF_LIMIT: Final = 65536


def _side(value: Side | str) -> Side:
    return value if isinstance(value, Side) else Side(value)  # an enum is slow to give what is its member already


def _via(value: Via | str) -> Via:
    return value if isinstance(value, Via) else Via(value)


@attrs.frozen(kw_only=True, slots=False)  # as with Share
class ShareRef:
    """The handle that a host stores, and later ends or changes a share by.

    ``key`` is what the vendor knows the share by; where that is a code it opens the device, so the whole line that
    ``reveal`` gives is a secret too. ``id`` may be logged.
    """

    provider: str
    side: Side = attrs.field(converter=_side)
    via: Via = attrs.field(converter=_via)
    device: DeviceRef = attrs.field(validator=attrs.validators.instance_of(DeviceRef))
    key: Secret = attrs.field(validator=attrs.validators.instance_of(Secret))

    def reveal(self) -> str:
        """Give the handle as one line of printable ASCII. It is a secret."""
        parts = [self.provider, self.side, self.via, self.device.product, self.device.device, self.key.reveal()]
        text = json.dumps(parts, separators=(",", ":"))
        return _REF_MARK + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what ``reveal`` gave. The text is never part of a message.

        Raises:
            TypeError: it is no ``str``.
            ValueError: it is no share ref, or not a whole one.
        """
        kind, ref, marked = type(text), None, False
        if isinstance(text, str):
            marked = text.startswith(_REF_MARK) and len(text) <= _REF_LIMIT
            ref = cls._unpacked(text.removeprefix(_REF_MARK)) if marked else None
        # What is damaged still holds the key, and tracebacks with locals show names.
        del text
        if not issubclass(kind, str):
            raise TypeError(f"a share ref is a str, not {kind.__name__}")
        if not marked:
            raise ValueError("this is no share ref: expected what ShareRef.reveal() gave, which starts with 'sb1.'")
        if ref is None:
            # Raised out here: the errors of what was tried hold the key.
            raise ValueError("this share ref is damaged: store and pass on the whole line") from None
        return ref

    @classmethod
    def _unpacked(cls, packed: str) -> Self | None:
        try:
            parts = json.loads(base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True))
            provider, side, via, product, device, key = parts
            if not (provider and all(isinstance(part, str) for part in parts)):
                return None
            target = DeviceRef(device, product) if device or product else UNKNOWN_DEVICE
            return cls(provider=provider, side=Side(side), via=Via(via), device=target, key=Secret(key))
        except (ValueError, TypeError, RecursionError, binascii.Error):
            return None

    @property
    def id(self) -> str:
        """A digest of provider, side, device and key: the same for the same share, and no secret."""
        parts = [self.provider, self.side, self.device.product, self.device.device, self.key.reveal()]
        text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _a_span(_: object, __: object, value: Any) -> None:
    if value is not None and not isinstance(value, timedelta):
        raise TypeError(f"use_for is a timedelta, not {type(value).__name__}")


@attrs.frozen(kw_only=True, slots=False)  # with slots it takes half as long again to make one
class Share:
    """Access given, or waiting to be taken.

    All times are aware and in UTC, ``None`` where there is none or the vendor does not say. ``recipient`` is ``None``
    where nobody took it yet, and on received shares, where it is this account. ``use_for`` is how long it may be used
    from when it is taken, where a vendor counts so and the end is not told. ``rights`` names what the recipient may
    do beyond plain use, by the provider's own words, ``None`` where the vendor has no such thing or does not tell.
    ``state`` is as of ``seen_at``.
    """

    ref: ShareRef
    state: State
    name: str | None = None
    end_reason: EndReason | None = None
    recipient: Person | None = None
    owner: Person | None = None
    accept_by: datetime | None = attrs.field(default=None, converter=utc_or_none)
    use_until: datetime | None = attrs.field(default=None, converter=utc_or_none)
    use_for: timedelta | None = attrs.field(default=None, validator=_a_span)
    created_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    accepted_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    ended_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    rights: frozenset[str] | None = attrs.field(default=None, converter=attrs.converters.optional(words))
    evidence: Evidence = attrs.field(default=Evidence.VENDOR, eq=False)
    seen_at: datetime | None = attrs.field(default=None, eq=False)
    raw: Raw = attrs.field(factory=Raw, eq=False)

    @property
    def id(self) -> str:
        """The public digest of the ref."""
        return self.ref.id

    @property
    def device(self) -> DeviceRef:
        """The device that is shared."""
        return self.ref.device

    def state_at(self, now: datetime) -> State:
        """Decide the state at a moment: from the times first, from what the vendor said last.

        An offer that nobody took ends with ``accept_by``; a share ends with ``use_until`` whether it was taken or not,
        and when ``use_for`` has passed since it was taken.
        Where the vendor does not tell whether it was taken, a passed ``accept_by`` decides nothing.
        """
        if self.state is State.ENDED or _reached(self.ended_at, now) or _reached(self.use_until, now):
            return State.ENDED
        if self.use_for is not None and self.accepted_at is not None and now - self.accepted_at >= self.use_for:
            return State.ENDED
        if self.accepted_at is not None or self.state is State.ACTIVE:
            return State.ACTIVE
        if self.state is State.OFFERED and _reached(self.accept_by, now):
            return State.ENDED
        return self.state

    def as_of(self, now: datetime) -> Self:
        """Give this share as it stands at a moment; what the clock alone decided has the evidence ``COMPUTED``.

        A share that is held never learns what others did since: an offer that was taken still ends with ``accept_by``
        here. Before an end is believed, read ``shares()``.
        """
        state = self.state_at(now)
        if state is self.state:
            return attrs.evolve(self, seen_at=now)
        reason = self.end_reason
        if state is State.ENDED and reason is None:
            taken = self.accepted_at is not None or self.state is not State.OFFERED
            if _reached(self.ended_at, now):
                reason = EndReason.UNKNOWN
            elif not taken and _reached(self.accept_by, now):
                reason = EndReason.OFFER_EXPIRED
            else:
                reason = EndReason.USE_EXPIRED
        return attrs.evolve(self, state=state, end_reason=reason, evidence=Evidence.COMPUTED, seen_at=now)


def _reached(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


@attrs.frozen(kw_only=True, slots=False)
class CodeOffer(Share):
    """A share with a code that somebody may still redeem."""

    code: Secret


@attrs.frozen(kw_only=True)
class Preview:
    """What a code says of itself before it is redeemed; some clouds do not name the device, so this is no ``Share``."""

    device: DeviceRef | None = None
    name: str | None = None
    owner: Person | None = None
    recipient: Person | None = None
    state: State = State.UNKNOWN
    accept_by: datetime | None = attrs.field(default=None, converter=utc_or_none)
    use_until: datetime | None = attrs.field(default=None, converter=utc_or_none)
    raw: Raw = attrs.field(factory=Raw, eq=False)
