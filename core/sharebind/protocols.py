"""What an adapter implements: two required Protocols, and one more for each further ability.

Every method takes the wish and the call, by position: ``(op, ctx, /)``. The two required ones are frozen within a major
of the plugin API; a new ability is a new Protocol, so that no released plugin ever breaks by one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Generic, Protocol, TypeVar

import attrs

from sharebind.bindings import Binding, BindingCheck, Pairing, Unbound
from sharebind.capabilities import Capability, Support
from sharebind.context import Context
from sharebind.operations import (
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
from sharebind.shares import Preview, Share
from sharebind.values import Person, Space

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Gap:
    """A part of a list that could not be read: where, and why."""

    where: str
    why: str


@attrs.frozen
class Batch(Generic[T]):
    """Some items of a list, and what is missing beside them."""

    items: tuple[T, ...]
    gaps: tuple[Gap, ...] = ()


class Provider(Protocol):
    """What every adapter says of itself, for the account that it was made for."""

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for; what is not named is absent."""
        ...


class SharingProvider(Provider, Protocol):
    """Share a device, end a share, list shares."""

    async def share(self, op: ShareDevice, ctx: Context, /) -> Share:
        """Give access; for ``Anyone`` a ``CodeOffer``."""
        ...

    async def end(self, op: EndShare, ctx: Context, /) -> Share:
        """Withdraw, revoke, decline or leave. Ending what is already over succeeds."""
        ...

    def shares(self, query: ShareQuery, ctx: Context, /) -> AsyncIterator[Batch[Share]]:
        """Yield shares as they are read, with a gap for each part that cannot be."""
        ...


class BindingProvider(Provider, Protocol):
    """Bind a device, unbind it, list what is held."""

    async def bind(self, op: BindDevice, ctx: Context, /) -> Binding:
        """Make a device this account's own."""
        ...

    async def unbind(self, op: UnbindDevice, ctx: Context, /) -> Unbound:
        """Give a device up, if it is held in the expected role."""
        ...

    def bindings(self, query: BindingQuery, ctx: Context, /) -> AsyncIterator[Batch[Binding]]:
        """Yield bindings as they are read, received devices among them."""
        ...


class Accepting(Protocol):
    """Take an offer."""

    async def accept(self, op: AcceptShare, ctx: Context, /) -> Share:
        """Redeem a code, or take a received offer."""
        ...


class Changing(Protocol):
    """Change the terms of a share."""

    async def change(self, op: ChangeShare, ctx: Context, /) -> Share:
        """Change them."""
        ...


class Inspecting(Protocol):
    """Look at a code before redeeming it."""

    async def inspect(self, op: InspectCode, ctx: Context, /) -> Preview:
        """Say what the code is for."""
        ...


class BindChecking(Protocol):
    """Tell before binding whether it would be allowed."""

    async def check_binding(self, op: CheckBinding, ctx: Context, /) -> BindingCheck:
        """Raise what binding would raise, or say what is known."""
        ...


class PairingBegin(Protocol):
    """Start a pairing."""

    async def begin_pairing(self, op: BeginPairing, ctx: Context, /) -> Pairing:
        """Give a token for the device."""
        ...


class PairingCheck(Protocol):
    """Follow a pairing."""

    async def check_pairing(self, op: CheckPairing, ctx: Context, /) -> Pairing:
        """Tell whether the device has used its token."""
        ...


class Renaming(Protocol):
    """Rename a device."""

    async def rename(self, op: RenameDevice, ctx: Context, /) -> None:
        """Give it another name."""
        ...


class Placing(Protocol):
    """Move a device between rooms or homes."""

    async def place(self, op: PlaceDevice, ctx: Context, /) -> None:
        """Put it there."""
        ...


class Transferring(Protocol):
    """Hand a device over."""

    async def transfer(self, op: TransferDevice, ctx: Context, /) -> None:
        """Make somebody else its owner."""
        ...


class UserFinding(Protocol):
    """Look people up."""

    async def find_user(self, op: FindUser, ctx: Context, /) -> Person:
        """Give the person."""
        ...


class SelfReading(Protocol):
    """Say who the account is."""

    async def me(self, op: ReadMe, ctx: Context, /) -> Person:
        """Give the account's own person."""
        ...


class SpaceListing(Protocol):
    """List homes and rooms."""

    def spaces(self, query: SpaceQuery, ctx: Context, /) -> AsyncIterator[Batch[Space]]:
        """Yield homes, and where they are asked for the rooms of each, with a gap for what cannot be read."""
        ...


class SpaceMaking(Protocol):
    """Make a home."""

    async def create_space(self, op: CreateSpace, ctx: Context, /) -> Space:
        """Make it."""
        ...


class SigningOut(Protocol):
    """End a session at the vendor."""

    async def sign_out(self, op: SignOut, ctx: Context, /) -> None:
        """End it."""
        ...


class Policy(Protocol):
    """A host's own say: asked before an operation is sent. Lists are not asked about. Active only where it is named."""

    async def review(self, op: Operation[object], account: str, /) -> str | None:
        """Give the reason to refuse, or ``None``. A policy that raises denies."""
        ...


class TokenStore(Protocol):
    """Where renewed tokens are kept, so that a restart needs no new sign-in."""

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what was saved last for an account, by the adapter's own names."""
        ...

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep these instead."""
        ...


class MemoryTokenStore:
    """Keeps tokens as long as the process lives."""

    def __init__(self) -> None:
        self._tokens: dict[str, Mapping[str, Secret]] = {}

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what was saved last."""
        return self._tokens.get(account)

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep these instead."""
        self._tokens[account] = dict(tokens)
