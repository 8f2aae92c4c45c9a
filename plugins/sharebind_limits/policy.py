"""The policy: it judges what is given, by the wish, before anything is sent.

What takes access away is never refused, and neither is what an account takes for itself. Each reason is a sentence that
names the limit and what it allows, and never a person.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sharebind.provider import (
    AcceptShare,
    Anyone,
    BeginPairing,
    BindDevice,
    ChangeShare,
    Clock,
    CreateSpace,
    DeviceRef,
    EndShare,
    Operation,
    PlaceDevice,
    Recipient,
    RenameDevice,
    ShareDevice,
    SignOut,
    TransferDevice,
    UnbindDevice,
    format_duration,
)
from sharebind_limits.recipients import Recipients
from sharebind_limits.settings import LimitsSettings

_GIVING: Final = (ShareDevice, ChangeShare, TransferDevice)
_HARMLESS: Final[frozenset[type[Any]]] = frozenset(
    {
        AcceptShare,
        BeginPairing,
        BindDevice,
        CreateSpace,
        EndShare,
        PlaceDevice,
        RenameDevice,
        SignOut,
        UnbindDevice,
    }
)
"""What changes something and gives nobody else access. An adapter's own class is none of these, even where it is made
of one: it may do more."""

_EVERY: Final = "*"


class Limits:
    """Keeps sharing within limits; ``clock`` tells how far away an end is."""

    def __init__(self, settings: LimitsSettings, *, clock: Clock) -> None:
        self._limits = settings
        self._clock = clock
        self._recipients = Recipients.read(settings.recipients) if settings.recipients is not None else None
        self._no_codes = frozenset(map(_folded, settings.no_codes_for or ()))
        self._products = None if settings.only_products is None else frozenset(settings.only_products)
        self._operations = frozenset(settings.operations or ())

    async def review(self, op: Operation[object], account: str, /) -> str | None:
        """Give the first reason to refuse, or ``None``; the limits are the same for every account."""
        del account
        return next(self._reasons(op), None)

    def _reasons(self, op: Operation[object]) -> Iterator[str]:
        kind: type[Any] = type(op)
        if op.changes and kind not in _HARMLESS and kind not in _GIVING and op.kind not in self._operations:
            yield (
                f"these limits cannot judge {op.kind!r}, an operation of the adapter's own; "
                "name it in `operations` to let it pass"
            )
        if isinstance(op, ShareDevice):
            yield from self._of_product(op.device)
            yield from self._to(op.to)
            yield from self._by_code(op)
            yield from self._waiting(op)
            yield from self._working(op)
        elif isinstance(op, ChangeShare):
            yield from self._of_product(op.share.device)
            if op.use_until is None:
                yield from self._endless("the share would have none")
            elif isinstance(op.use_until, datetime):
                yield from self._too_long(op.use_until - self._clock.now())
        elif isinstance(op, TransferDevice):
            yield from self._of_product(op.device)
            yield from self._to(op.to)
            yield from self._handing_over()

    def _of_product(self, device: DeviceRef) -> Iterator[str]:
        if self._products is not None and device.product not in self._products:
            what = "this device is of another product" if device.product else "this device is named without its product"
            yield f"only devices of {', '.join(sorted(self._products))} may be shared (only_products), and {what}"

    def _to(self, to: Recipient) -> Iterator[str]:
        if self._recipients is not None and not self._recipients.allow(to):
            yield f"access may be given to these only (recipients): {self._recipients}"

    def _by_code(self, op: ShareDevice) -> Iterator[str]:
        if not self._no_codes or not isinstance(op.to, Anyone):
            return
        product, instead = _folded(op.device.product), "share it with a person"
        if _EVERY in self._no_codes:
            yield f"no device is shared by a code (no_codes_for); {instead}"
        elif product in self._no_codes:
            yield f"devices of this product are not shared by a code (no_codes_for); {instead}"
        elif not product:
            yield (
                "some products' devices are not shared by a code (no_codes_for), and this device is named without its "
                f"product; write 'product/device', or {instead}"
            )

    def _waiting(self, op: ShareDevice) -> Iterator[str]:
        if isinstance(op.to, Anyone):
            yield from self._waits(op.accept_by, self._limits.longest_code, "a code", "longest_code")
        yield from self._waits(op.accept_by, self._limits.longest_offer, "an offer", "longest_offer")

    def _waits(self, accept_by: datetime | None, longest: timedelta | None, what: str, limit: str) -> Iterator[str]:
        if longest is None:
            return
        allowed = f"{what} may wait for at most {format_duration(longest)} ({limit})"
        if accept_by is None:
            yield f"{allowed}, and the wish sets no accept_by"
        elif accept_by - self._clock.now() > longest:
            yield f"{allowed}, and accept_by is later"

    def _working(self, op: ShareDevice) -> Iterator[str]:
        # The earlier of two ends is the one that counts.
        spans = [op.use_until - self._clock.now()] if op.use_until is not None else []
        if op.use_for is not None:
            spans.append(op.use_for)
        if not spans:
            yield from self._endless("the wish sets none: give it use_until or use_for")
        else:
            yield from self._too_long(min(spans))

    def _endless(self, why: str) -> Iterator[str]:
        if self._limits.longest_use is not None:
            yield f"{self._use()}, so it needs an end, and {why}"

    def _too_long(self, span: timedelta) -> Iterator[str]:
        if self._limits.longest_use is not None and span > self._limits.longest_use:
            yield f"{self._use()}, and this would be longer"

    def _use(self) -> str:
        return f"a share may work for at most {format_duration(self._limits.longest_use or timedelta())} (longest_use)"

    def _handing_over(self) -> Iterator[str]:
        if self._limits.transfers is False:
            yield "no device may be handed over (transfers)"
        elif self._limits.transfers is None:
            yield from self._endless("a transfer has none; `transfers = true` allows it all the same")


def _folded(product: str) -> str:
    """Give a product's name as a list of what is refused compares it: another way to write it is no way around."""
    return unicodedata.normalize("NFKC", product).strip().casefold()
