"""What a caller and a host write against the public names, as types. Only type-checked, never run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, assert_type

import attrs

from sharebind import (
    Account,
    Anyone,
    BindDevice,
    Binding,
    BindingCheck,
    BySerial,
    CheckBinding,
    CodeOffer,
    DeviceCode,
    Email,
    EndShare,
    Event,
    FindUser,
    Finished,
    InspectCode,
    Listing,
    MemoryTokenStore,
    Observer,
    Operation,
    Pairing,
    Person,
    Phone,
    Policy,
    Preview,
    ReadMe,
    RenameDevice,
    Role,
    Secret,
    Share,
    Sharebind,
    ShareDevice,
    ShareRef,
    SignOut,
    Space,
    Support,
    TokenStore,
    UnbindDevice,
    Unbound,
    UserId,
    Username,
    device,
)

LAMP = device("product/lamp")


async def sharing(account: Account, who: UserId | Email, anybody: Anyone | UserId) -> None:
    """``Anyone`` gives a code, everybody else a share."""
    offer = await account.share(LAMP, to=Anyone(), accept_by=timedelta(hours=2), use_until=datetime.now(UTC))
    assert_type(offer, CodeOffer)
    assert_type(offer.code, Secret)
    assert_type(await account.share(LAMP, to=UserId("1")), Share)
    assert_type(await account.share(LAMP, to=Username("me")), Share)
    assert_type(await account.share(LAMP, to=Email("a@b.c")), Share)
    assert_type(await account.share(LAMP, to=Phone("86", "138"), use_for=timedelta(hours=1)), Share)
    assert_type(await account.share(LAMP, to=who), Share)
    assert_type(await account.share(LAMP, to=anybody), Share)
    assert_type(await account.accept(offer), Share)
    assert_type(await account.accept("a code", name="lamp"), Share)
    assert_type(await account.inspect(offer), Preview)
    assert_type(await account.end(ShareRef.parse(offer.ref.reveal())), Share)
    assert_type(await account.change(offer, use_until=None), Share)


async def wrong(account: Account) -> None:
    """Write what a type checker refuses; each exception below is the test, and one too many is an error of mypy."""
    await account.share(LAMP, to="1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await account.share("lamp", to=Anyone())  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    await account.find_user(Anyone())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await account.end("a text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await account.perform(LAMP)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def listing(account: Account) -> None:
    """Walk lists, which are typed by what they hold."""
    assert_type(account.shares(device=LAMP), Listing[Share])
    assert_type(account.received(), Listing[Share])
    assert_type(account.bindings(roles={Role.OWNER}, allow_partial=True), Listing[Binding])
    assert_type(await account.shares().all(), list[Share])
    async for share in account.received():
        assert_type(share, Share)
    async for binding in account.bindings():
        assert_type(binding, Binding)
    assert_type(aiter(account.shares()), AsyncIterator[Share])


async def binding_a_device(account: Account) -> None:
    """Binding and what belongs to it."""
    assert_type(await account.bind(LAMP), Binding)
    assert_type(await account.bind(None, BySerial("123"), space=Space("home")), Binding)
    assert_type(await account.unbind(LAMP, expect=Role.GUEST), Unbound)
    assert_type(await account.check_binding(LAMP), BindingCheck)
    pairing = await account.begin_pairing()
    assert_type(await account.check_pairing(pairing), Pairing)
    assert_type(await account.find_user(Email("a@b.c")), Person)
    assert_type(await account.me(), Person)
    assert_type(account.spaces(rooms=True), Listing[Space])
    assert_type(await account.spaces().all(), list[Space])
    assert_type(await account.wait_for_pairing(pairing), Pairing)
    await account.rename(await account.bind(LAMP), "lamp")
    assert_type(await account.create_space("home"), Space)
    assert_type(account.supports("share.to.anyone"), Support)


@attrs.frozen(kw_only=True)
class Blink(Operation[int]):
    """An operation of somebody else's making."""

    kind: ClassVar[str] = "acme.blink"
    method: ClassVar[str] = "blink"


async def performing(account: Account, ref: ShareRef) -> None:
    """``perform`` gives what the operation says."""
    assert_type(await account.perform(ShareDevice(device=LAMP, to=UserId("1"))), Share)
    assert_type(await account.perform(EndShare(share=ref)), Share)
    assert_type(await account.perform(BindDevice(proof=BySerial("1"))), Binding)
    assert_type(await account.perform(UnbindDevice(device=LAMP, expect=Role.OWNER)), Unbound)
    assert_type(await account.perform(CheckBinding(device=LAMP)), BindingCheck)
    assert_type(await account.perform(InspectCode(code=Secret("code"))), Preview)
    assert_type(await account.perform(FindUser(who=UserId("1"))), Person)
    assert_type(await account.perform(ReadMe(), within=timedelta(seconds=5), key="mine"), Person)
    assert_type(await account.perform(Blink()), int)
    # An operation without a result is performed like any other.
    await account.perform(RenameDevice(device=LAMP, name="lamp"))
    await account.perform(SignOut())


def wishes(ref: ShareRef) -> Iterator[Operation[object]]:
    """Different wishes stand in one list: their results are covariant."""
    yield ShareDevice(device=LAMP, to=Anyone())
    yield EndShare(share=ref)
    yield Blink()


class OnlyByDay:
    """A policy."""

    async def review(self, op: Operation[object], account: str, /) -> str | None:
        """Refuse sharing, but for one account."""
        if isinstance(op, ShareDevice) and isinstance(op.to, Anyone):
            return f"{account} shares {op.target} with nobody by code"
        return None


class Counting:
    """An observer."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def seen(self, event: Event, /) -> None:
        """Add up."""
        if isinstance(event, Finished):
            self.seconds += event.took.total_seconds()


class Shelf:
    """A token store."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, str]] = {}

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what is kept."""
        kept = self._kept.get(account)
        return None if kept is None else {name: Secret(text) for name, text in kept.items()}

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep."""
        self._kept[account] = {name: token.reveal() for name, token in tokens.items()}


def ports() -> tuple[Policy, Observer, TokenStore, TokenStore]:
    """Check that a host's own classes fit."""
    return OnlyByDay(), Counting(), Shelf(), MemoryTokenStore()


async def hosting() -> None:
    """Everything at the front door."""
    async with Sharebind.from_file("sharebind.toml", tokens=Shelf(), policies={"day": OnlyByDay()}) as sharebind:
        assert_type(sharebind, Sharebind)
        assert_type(sharebind.account("home"), Account)
        assert_type(sharebind.read_code("pk=1&sn=2&v=1"), DeviceCode)
        assert_type(sharebind.open_account("quectel", {"token": "t"}, name="guest"), Account)
    Sharebind(policies={"day": OnlyByDay()}, observers=[Counting()], tokens=Shelf())
