"""Bindings: devices that an account holds, and the proofs that let it bind one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import attrs

from sharebind.clock import utc_or_none
from sharebind.secrets import Raw, Secret
from sharebind.shares import ShareRef
from sharebind.values import DeviceRef, Person, Role, Space


@attrs.frozen(kw_only=True)
class Binding:
    """A device that an account holds, in a role.

    ``share``, ``owner`` and ``use_until`` are set on received devices. ``verified`` is ``False`` where the vendor bound
    without proof (such a binding cannot be shared at Quectel), ``None`` where it does not say. ``local_keys`` open the
    device on the local network.
    """

    device: DeviceRef
    role: Role
    name: str | None = None
    space: Space | None = None
    verified: bool | None = None
    bound_at: datetime | None = attrs.field(default=None, converter=utc_or_none)
    share: ShareRef | None = None
    owner: Person | None = None
    use_until: datetime | None = attrs.field(default=None, converter=utc_or_none)
    local_keys: Mapping[str, Secret] = attrs.field(factory=dict[str, Secret], hash=False)
    raw: Raw = attrs.field(factory=Raw, eq=False)


@attrs.frozen(kw_only=True)
class Unbound:
    """A device that the account no longer holds; ``others_left`` counts who still does, where the vendor says."""

    device: DeviceRef
    others_left: int | None = None
    raw: Raw = attrs.field(factory=Raw, eq=False)


@attrs.frozen(kw_only=True)
class BindingCheck:
    """Whether this account may bind a device; ``exclusive`` where only one account can hold it."""

    device: DeviceRef
    name: str | None = None
    exclusive: bool | None = None
    raw: Raw = attrs.field(factory=Raw, eq=False)


@attrs.frozen(kw_only=True)
class Pairing:
    """A pairing under way: give ``token`` to the device, wait until ``ready``, then bind with ``ByPairing``."""

    token: Secret
    ready: bool = False
    device: DeviceRef | None = None
    raw: Raw = attrs.field(factory=Raw, eq=False)


def _secret(value: Secret | str) -> Secret:
    """Take a text where a secret is meant, so that callers need not wrap what they have just read."""
    return value if isinstance(value, Secret) else Secret(value)


@attrs.frozen(kw_only=True)
class Proof:
    """What shows that somebody may bind a device. The family is open: adapters add their own kinds.

    ``needs_device`` says whether the device must be named beside the proof, or the proof tells it.
    """

    kind: ClassVar[str]
    needs_device: ClassVar[bool] = True


@attrs.frozen(kw_only=True)
class ByIdentity(Proof):
    """Knowing the device's product and name is enough."""

    kind: ClassVar[str] = "identity"


@attrs.frozen
class BySerial(Proof):
    """The serial printed on the device, with its product where serials are unique within one only."""

    kind: ClassVar[str] = "serial"
    needs_device: ClassVar[bool] = False
    serial: Secret = attrs.field(converter=_secret)
    product: str = ""


@attrs.frozen
class ByText(Proof):
    """A text read from the device or its package, such as a signature in a QR code."""

    kind: ClassVar[str] = "text"
    needs_device: ClassVar[bool] = False
    text: Secret = attrs.field(converter=_secret)


@attrs.frozen
class ByBindingCode(Proof):
    """A code that the device itself reported to its cloud and to us."""

    kind: ClassVar[str] = "binding_code"
    code: Secret = attrs.field(converter=_secret)


@attrs.frozen
class ByPairing(Proof):
    """The token of a pairing that is ready."""

    kind: ClassVar[str] = "pairing"
    token: Secret = attrs.field(converter=_secret)


@attrs.frozen(kw_only=True)
class DeviceCode:
    """What the code on a device or its package says: which device it is, where it tells, and the proof to bind it by.

    ``certain`` is ``False`` where the text has no mark of its vendor and could be anybody's: such a reading counts only
    where its provider was named. ``provider`` is filled in by ``Sharebind.read_code``.
    """

    proof: Proof
    device: DeviceRef | None = None
    certain: bool = True
    provider: str = ""
