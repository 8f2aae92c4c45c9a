"""An account: one vendor sign-in that we act as, and the verbs that callers use.

Every verb builds an operation and hands it to ``perform``; dry runs, bulk work and journals handle the same values.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Final, TypeVar, overload

from sharebind.bindings import Binding, BindingCheck, ByIdentity, ByPairing, Pairing, Proof, Unbound
from sharebind.capabilities import EVERY, Capability, Support, support_for
from sharebind.clock import utc
from sharebind.durations import checked_duration
from sharebind.errors import (
    ConfigurationError,
)
from sharebind.listing import Listing
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
    Query,
    ReadMe,
    RenameDevice,
    ShareDevice,
    ShareQuery,
    SignOut,
    SpaceQuery,
    TransferDevice,
    UnbindDevice,
)
from sharebind.pairing import PAIRING_EVERY, PAIRING_WITHIN, wait_until_ready
from sharebind.performing import Performer
from sharebind.protocols import Batch
from sharebind.secrets import Secret
from sharebind.shares import CodeOffer, Preview, Share, ShareRef
from sharebind.values import (
    UNCHANGED,
    Anyone,
    DeviceRef,
    Extra,
    Moment,
    Overlap,
    Person,
    Recipient,
    Role,
    Side,
    Somebody,
    Space,
    State,
    Unchanged,
)

T = TypeVar("T")
_BY_IDENTITY: Final = ByIdentity()


class Account:
    """One vendor sign-in that we act as. Made by a ``Sharebind``; not to be made by hand.

    Every verb takes ``within``, the time for the whole operation, and raises:

    - ``UnsupportedError``, ``InvalidRequestError``, ``PolicyDeniedError``: refused here, nothing was sent;
    - a ``ProviderError``: what the vendor said, by what to do next; nothing happened, but for
      ``OutcomeUnknownError`` (read back first) and ``ResultLostError`` (it is done).
    """

    def __init__(self, performer: Performer, *, timeout: timedelta, forget: Callable[[Account], None]) -> None:
        self._performer = performer
        self._timeout = timeout
        self._forget = forget
        self._closed = False

    @property
    def name(self) -> str:
        """The name that the host gave it."""
        return self._performer.account

    @property
    def provider(self) -> str:
        """The name of its provider."""
        return self._performer.spec.name

    @property
    def support(self) -> Mapping[Capability, Support]:
        """What this account can be asked for; what is not named is absent."""
        return self._performer.provider.support

    def supports(self, capability: Capability | str) -> Support:
        """Say how far one capability goes.

        Raises:
            ValueError: no account could have such a capability; the message names the nearest one.

        """
        if capability not in self.support and capability not in EVERY and not str(capability).startswith("bind.by."):
            import difflib  # for a mistake only: it takes its time to load

            near = difflib.get_close_matches(str(capability), [*EVERY, *self.support], n=1)
            raise ValueError(f"no known capability {capability!r}{f'; did you mean {near[0]!r}?' if near else ''}")
        return support_for(self.support, Capability(capability))

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """Forget the account; calls that are under way end as they would have. Closing twice is no error."""
        self._closed = True
        self._forget(self)

    def __repr__(self) -> str:
        return f"Account({self.name!r}, provider={self.provider!r})"

    async def perform(self, op: Operation[T], /, *, within: timedelta | None = None, key: str | None = None) -> T:
        """Fulfil one wish. ``key`` is the caller's own name for it, handed to observers and journals.

        Raises:
            ConfigurationError: the account is closed.
            TypeError, ValueError: ``op`` is no operation, or ``within`` no time longer than zero.

        """
        if not isinstance(op, Operation):
            raise TypeError(f"perform takes an operation, not {type(op).__name__}")
        return await self._performer.perform(op, within=self._time(within), key=key)

    @overload
    async def share(
        self,
        device: DeviceRef,
        *,
        to: Anyone,
        accept_by: Moment | None = None,
        use_until: Moment | None = None,
        use_for: timedelta | None = None,
        rights: Iterable[str] | None = None,
        overlap: Overlap = Overlap.KEEP,
        space: Space | None = None,
        extra: Extra | None = None,
        within: timedelta | None = None,
    ) -> CodeOffer: ...

    @overload
    async def share(
        self,
        device: DeviceRef,
        *,
        to: Recipient,
        accept_by: Moment | None = None,
        use_until: Moment | None = None,
        use_for: timedelta | None = None,
        rights: Iterable[str] | None = None,
        overlap: Overlap = Overlap.KEEP,
        space: Space | None = None,
        extra: Extra | None = None,
        within: timedelta | None = None,
    ) -> Share: ...

    async def share(
        self,
        device: DeviceRef,
        *,
        to: Recipient,
        accept_by: Moment | None = None,
        use_until: Moment | None = None,
        use_for: timedelta | None = None,
        rights: Iterable[str] | None = None,
        overlap: Overlap = Overlap.KEEP,
        space: Space | None = None,
        extra: Extra | None = None,
        within: timedelta | None = None,
    ) -> Share:
        """Share a device by a code, or with a named person.

        ``accept_by`` is the last moment to take it, an upper bound: without one the vendor's or the adapter's own
        applies, and the share tells it. ``use_until`` is an absolute end; a timedelta for either means "from now".
        ``use_for`` counts from when the share is taken. They are three wishes, never converted into one another; one
        that the vendor cannot keep is refused. ``rights`` names what the recipient may do beyond plain use, by words of
        ``supports("share.rights").names``; without it they get none where there is a choice. ``space`` only saves the
        look-up of the device's home.
        """
        now = self._performer.clock.now()  # one moment for both: "in a day" and "in a day" are the same
        op = ShareDevice(
            device=device,
            to=to,
            accept_by=_absolute(accept_by, "accept_by", now),
            use_until=_absolute(use_until, "use_until", now),
            use_for=use_for,
            rights=rights,
            overlap=overlap,
            space=space,
            extra=dict(extra or {}),
        )
        return await self.perform(op, within=within)

    async def accept(
        self,
        what: CodeOffer | Share | ShareRef | Secret | str,
        *,
        name: str | None = None,
        within: timedelta | None = None,
    ) -> Share:
        """Take a share: by a code, or a received offer. ``name`` is what the recipient calls the device."""
        code: Secret | None = None
        offer: ShareRef | None = None
        if isinstance(what, CodeOffer):
            self._own(what.ref)
            code = what.code
        elif isinstance(what, Share | ShareRef):
            offer = what.ref if isinstance(what, Share) else what
            self._own(offer)
            if offer.side is not Side.RECIPIENT:
                raise ValueError("this is the owner's side of a share; the recipient accepts by code or received offer")
        elif isinstance(what, str):
            # Not kept under its own name: a traceback with locals would print it.
            code = what = Secret(what)
        elif isinstance(what, Secret):
            code = what
        else:
            raise TypeError(f"accept takes a code, an offer or a ref, not {type(what).__name__}")
        return await self.perform(AcceptShare(code=code, offer=offer, name=name), within=within)

    async def inspect(self, code: CodeOffer | Secret | str, *, within: timedelta | None = None) -> Preview:
        """Ask what a code is for, without redeeming it."""
        if isinstance(code, CodeOffer):
            self._own(code.ref)
            code = code.code
        elif isinstance(code, str):
            code = Secret(code)
        return await self.perform(InspectCode(code=code), within=within)

    async def end(
        self, share: Share | ShareRef, *, seen: State | None = None, within: timedelta | None = None
    ) -> Share:
        """End a share: withdraw, revoke, decline or leave, as side and state ask. Ending it twice is no error.

        ``seen`` is the state as the host saw it last, for a ref that was stored with it; a share brings its own.
        """
        if isinstance(share, Share):
            ref, last = share.ref, share.state_at(self._performer.clock.now())
        elif isinstance(share, ShareRef):
            ref, last = share, State.UNKNOWN
        else:
            raise TypeError(f"end takes a share or ShareRef.parse(stored), not {type(share).__name__}")
        self._own(ref)
        return await self.perform(EndShare(share=ref, seen=last if seen is None else seen), within=within)

    async def change(
        self,
        share: Share | ShareRef,
        *,
        use_until: Moment | Unchanged | None = UNCHANGED,
        rights: Iterable[str] | Unchanged = UNCHANGED,
        within: timedelta | None = None,
    ) -> Share:
        """Change the terms of a share; ``use_until=None`` means "no end", ``rights`` are all that it is to have."""
        ref = share.ref if isinstance(share, Share) else share
        now = self._performer.clock.now()
        end = use_until if isinstance(use_until, Unchanged) else _absolute(use_until, "use_until", now)
        op = ChangeShare(share=ref, use_until=end, rights=rights)
        self._own(ref)
        return await self.perform(op, within=within)

    def shares(
        self,
        *,
        device: DeviceRef | None = None,
        states: Iterable[State] = LIVE,
        allow_partial: bool = False,
        within: timedelta | None = None,
    ) -> Listing[Share]:
        """List what this account has given: offers and grants, of one device or of all.

        Raises:
            IncompleteListError: at the end of the walk, where some of it could not be read.

        """
        return self._shares(
            ShareQuery(side=Side.OWNER, device=device, states=states), allow_partial=allow_partial, within=within
        )

    def received(
        self,
        *,
        device: DeviceRef | None = None,
        states: Iterable[State] = LIVE,
        allow_partial: bool = False,
        within: timedelta | None = None,
    ) -> Listing[Share]:
        """List what this account was given: offers and grants.

        Raises:
            IncompleteListError: at the end of the walk, where some of it could not be read.

        """
        return self._shares(
            ShareQuery(side=Side.RECIPIENT, device=device, states=states), allow_partial=allow_partial, within=within
        )

    async def bind(
        self,
        device: DeviceRef | None,
        proof: Proof = _BY_IDENTITY,
        *,
        name: str | None = None,
        space: Space | None = None,
        extra: Extra | None = None,
        within: timedelta | None = None,
    ) -> Binding:
        """Make a device this account's own. ``device`` is ``None`` where the proof names it.

        Raises:
            SpaceRequiredError: the vendor binds into a home, and there is none, or more than one to choose from.

        """
        op = BindDevice(device=device, proof=proof, name=name, space=space, extra=dict(extra or {}))
        return await self.perform(op, within=within)

    async def unbind(
        self,
        device: DeviceRef,
        *,
        expect: Role = Role.OWNER,
        reset: bool = False,
        space: Space | None = None,
        extra: Extra | None = None,
        within: timedelta | None = None,
    ) -> Unbound:
        """Give a device up. What that does to its shares is the vendor's: see its page.

        Raises:
            UnexpectedRoleError: the account holds the device in another role than ``expect``.

        """
        op = UnbindDevice(device=device, expect=expect, reset=reset, space=space, extra=dict(extra or {}))
        return await self.perform(op, within=within)

    def bindings(
        self,
        *,
        device: DeviceRef | None = None,
        roles: Iterable[Role] = frozenset(Role),
        allow_partial: bool = False,
        within: timedelta | None = None,
    ) -> Listing[Binding]:
        """List the devices that this account holds, received ones among them.

        Raises:
            IncompleteListError: at the end of the walk, where some of it could not be read.

        """
        query = BindingQuery(device=device, roles=frozenset(roles))
        return self._list(
            query,
            lambda found: tuple(each for each in found if query.takes(each)),
            allow_partial=allow_partial,
            within=within,
        )

    async def check_binding(
        self, device: DeviceRef, *, space: Space | None = None, within: timedelta | None = None
    ) -> BindingCheck:
        """Ask whether this account may bind a device, into ``space`` where it has homes; raises what binding would."""
        return await self.perform(CheckBinding(device=device, space=space), within=within)

    async def begin_pairing(self, *, within: timedelta | None = None) -> Pairing:
        """Ask for a token to hand a new device over the local link; ``wait_for_pairing`` then waits for it."""
        return await self.perform(BeginPairing(), within=within)

    async def check_pairing(self, pairing: Pairing, *, within: timedelta | None = None) -> Pairing:
        """Ask whether the device has used its token."""
        return await self.perform(CheckPairing(proof=ByPairing(pairing.token)), within=within)

    async def wait_for_pairing(
        self, pairing: Pairing, *, every: timedelta = PAIRING_EVERY, within: timedelta = PAIRING_WITHIN
    ) -> Pairing:
        """Ask again and again whether the device has used its token, until it has; then bind with ``ByPairing``.

        ``every`` is the pause between two questions, ``within`` the time for all of them. A question that gets no
        answer is asked again.

        Raises:
            DeviceNotReadyError: the device has not used its token in that time; the token stays as it is.
            ProofRejectedError: the token ran out.

        """
        self._time(within)
        return await wait_until_ready(
            lambda left: self.check_pairing(pairing, within=min(left, self._timeout)),
            every=checked_duration(every, "every"),
            within=checked_duration(within, "within"),
        )

    async def rename(
        self, device: DeviceRef | Binding | Share | ShareRef, name: str, *, within: timedelta | None = None
    ) -> None:
        """Rename a device: one of one's own, or, given its binding or share as the recipient, a received one."""
        target, share = _named(device)
        if share is not None:
            self._own(share)
        await self.perform(RenameDevice(device=target, name=name, share=share), within=within)

    async def place(self, device: DeviceRef, space: Space, *, within: timedelta | None = None) -> None:
        """Put a device into a room of a home, or, where ``space`` names no room, into a home as a whole."""
        await self.perform(PlaceDevice(device=device, space=space), within=within)

    async def transfer(self, device: DeviceRef, to: Somebody, *, within: timedelta | None = None) -> None:
        """Make somebody else the owner; this account loses the device. Some vendors take only who has a share of it."""
        await self.perform(TransferDevice(device=device, to=to), within=within)

    async def find_user(self, who: Somebody, *, within: timedelta | None = None) -> Person:
        """Look a person up."""
        return await self.perform(FindUser(who=who), within=within)

    async def me(self, *, within: timedelta | None = None) -> Person:
        """Say who this account is."""
        return await self.perform(ReadMe(), within=within)

    def spaces(
        self, *, rooms: bool = False, allow_partial: bool = False, within: timedelta | None = None
    ) -> Listing[Space]:
        """List the homes of this account, and with ``rooms`` each home followed by its rooms.

        Raises:
            IncompleteListError: at the end of the walk, where some of it could not be read.

        """
        return self._list(SpaceQuery(rooms=rooms), tuple, allow_partial=allow_partial, within=within)

    async def create_space(self, name: str, *, within: timedelta | None = None) -> Space:
        """Make a home."""
        return await self.perform(CreateSpace(name=name), within=within)

    async def sign_out(self, *, within: timedelta | None = None) -> None:
        """End the session that this account's token stands for."""
        await self.perform(SignOut(), within=within)

    def _shares(self, query: ShareQuery, *, allow_partial: bool, within: timedelta | None) -> Listing[Share]:
        def current(found: Iterable[Share]) -> tuple[Share, ...]:
            now = self._performer.clock.now()
            return tuple(share for share in (each.as_of(now) for each in found) if query.takes(share))

        return self._list(query, current, allow_partial=allow_partial, within=within)

    def _list(
        self,
        query: Query,
        take: Callable[[Iterable[T]], tuple[T, ...]],
        *,
        allow_partial: bool,
        within: timedelta | None,
    ) -> Listing[T]:
        """Make a list that is read as it is walked; ``take`` leaves out what was not asked for."""
        time = self._time(within)

        async def read() -> AsyncGenerator[Batch[T], None]:
            async with aclosing(self._performer.batches(query, within=time)) as batches:
                async for batch in batches:
                    yield Batch(take(batch.items), batch.gaps)

        return Listing(read, allow_partial=allow_partial)

    def _time(self, within: timedelta | None) -> timedelta:
        if self._closed:
            raise ConfigurationError(f"account {self.name!r} is closed")
        return self._timeout if within is None else checked_duration(within, "within")

    def _own(self, ref: ShareRef) -> None:
        """Refuse a ref of another provider: its key would be sent to a stranger."""
        if ref.provider != self.provider:
            raise ValueError(
                f"this share is of provider {ref.provider!r}, and account {self.name!r} is {self.provider!r}"
            )


def _named(device: DeviceRef | Binding | Share | ShareRef) -> tuple[DeviceRef, ShareRef | None]:
    """Say which device is meant, and by which received share where it is one."""
    match device:
        case DeviceRef():
            return device, None
        case Binding(role=Role.GUEST, share=None):
            raise ValueError("this binding is a received one and does not tell its share; name the one of received()")
        case Binding(share=share):
            return device.device, share
        case Share(ref=ref) | (ShareRef() as ref):
            return ref.device, ref if ref.side is Side.RECIPIENT else None
        case _:
            raise TypeError(f"rename takes a device, a binding or a share, not {type(device).__name__}")


def _absolute(moment: Moment | None, name: str, now: datetime) -> datetime | None:
    """Turn "from now" into a moment."""
    if moment is None:
        return None
    if not isinstance(moment, timedelta):
        return utc(moment, name)
    try:
        return now + moment
    except OverflowError:
        raise ValueError(f"{name} is beyond the year 9999; leave it out for no end") from None
