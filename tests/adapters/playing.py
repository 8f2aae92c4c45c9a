"""Every operation of an adapter, played once against its emulated cloud, with all that the cloud answered."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import attrs

from sharebind import (
    AcceptShare,
    Account,
    Anyone,
    BeginPairing,
    BindDevice,
    BindingQuery,
    ByPairing,
    ChangeShare,
    CheckBinding,
    CheckPairing,
    Clock,
    CodeOffer,
    CreateSpace,
    DeviceRef,
    Email,
    EndShare,
    FindUser,
    InspectCode,
    Level,
    Operation,
    PlaceDevice,
    ProviderError,
    ReadMe,
    Registry,
    RenameDevice,
    Role,
    Share,
    Sharebind,
    ShareDevice,
    ShareQuery,
    Side,
    SignOut,
    SpaceQuery,
    State,
    TransferDevice,
    UnbindDevice,
    UserId,
)
from sharebind.capabilities import refusal
from sharebind.provider import Client, Context, HttpCall, ProviderSpec, Reply, Setup
from sharebind.testing import EmulatedRig
from sharebind_gizwits.rig import GizwitsRig
from sharebind_quectel.rig import QuectelRig
from sharebind_tencent.rig import TencentRig

from .scene import Asked, Said, Server, serving

T = TypeVar("T")

WITHOUT_EWELINK: Final = find_spec("sharebind_ewelink") is None
"""Whether eWeLink, which is a distribution of its own, is not installed: then it is not played."""

if not WITHOUT_EWELINK:
    from sharebind_ewelink.rig import EwelinkRig

RIGS: Final[tuple[type[EmulatedRig], ...]] = (
    QuectelRig,
    TencentRig,
    GizwitsRig,
    *(() if WITHOUT_EWELINK else (EwelinkRig,)),
)
KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "quectel": ("token", "user_domain_secret"),
    "tencent": ("token",),
    "gizwits": ("token", "app_id", "product_secrets"),
    "ewelink": ("token", "rate"),
}
"""The settings of an account that has a token only, with what signing a proof takes."""
DAY: Final = timedelta(days=1)

Wish = Operation[Any] | ShareQuery | BindingQuery | SpaceQuery


@attrs.define
class Recording:
    """A client that keeps every answer."""

    client: Client
    answers: list[tuple[str, bytes]]

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, and keep what came."""

        def keep(reply: Reply) -> T:
            self.answers.append((call.name, json.dumps(reply.body).encode()))
            return read(reply)

        return await self.client.send(call, ctx, keep)

    def at(self, base_url: str) -> Client:
        """Keep what comes from another address too."""
        return Recording(self.client.at(base_url), self.answers)


@attrs.frozen(kw_only=True)
class Played:
    """One operation, the settings of who asked, and what the vendor answered, call by call."""

    provider: str
    op: Wish
    settings: Mapping[str, Any]
    answers: tuple[tuple[str, bytes], ...]

    @asynccontextmanager
    async def opened(self, spec: ProviderSpec, clock: Clock, base_url: str) -> AsyncGenerator[Account]:
        """Open the account again, at another address."""
        async with Sharebind(registry=Registry(specs=[spec]), clock=clock) as sharebind:
            yield self.opened_by(sharebind, base_url)

    def opened_by(self, sharebind: Sharebind, base_url: str = "http://127.0.0.1:9") -> Account:
        """Open the account again in a host that is there already."""
        return sharebind.open_account(self.provider, {**self.settings, "base_url": base_url}, name="desk")

    async def perform(self, account: Account) -> object:
        """Ask again."""
        return await perform(account, self.op)

    @asynccontextmanager
    async def server(self, number: int, changed: bytes) -> AsyncGenerator[Server]:
        """Serve the same answers, but for one."""
        asked = 0

        def say(request: Asked) -> Said:
            nonlocal asked
            at, asked = asked, asked + 1
            if at == number:
                return 200, changed
            if at < len(self.answers) and self.answers[at][0] == request.name:
                return 200, self.answers[at][1]
            return 200, next((answer for name, answer in self.answers if name == request.name), changed)

        async with serving(say) as server:
            yield server


async def perform(account: Account, op: Wish) -> Any:
    """Do what an operation says, or read the whole list."""
    match op:
        case ShareQuery(side=Side.OWNER):
            return await account.shares(device=op.device, states=op.states, allow_partial=True).all()
        case ShareQuery():
            return await account.received(device=op.device, states=op.states, allow_partial=True).all()
        case BindingQuery():
            return await account.bindings(device=op.device, roles=op.roles, allow_partial=True).all()
        case SpaceQuery():
            return await account.spaces(rooms=op.rooms, allow_partial=True).all()
        case _:
            return await account.perform(op)


class Stage:
    """A world in which operations are played and kept."""

    def __init__(self, rig: EmulatedRig, sharebind: Sharebind, answers: list[tuple[str, bytes]]) -> None:
        self.rig = rig
        self.steps: list[Played] = []
        self._sharebind = sharebind
        self._answers = answers
        self.owner, self.guest = (self.account(name, self.settings(name)) for name in ("owner", "guest"))

    def settings(self, name: str) -> dict[str, Any]:
        """Give the settings of an account that has a token only, and what signing a proof takes."""
        full = dict(self.rig.settings(self.rig.cloud.user(name)))
        return {key: full[key] for key in KEPT[self.rig.provider] if key in full}

    def account(self, name: str, settings: Mapping[str, Any]) -> Account:
        """Open an account whose answers are kept."""
        given = {**settings, "base_url": self.rig.cloud.base_url}
        return self._sharebind.open_account(self.rig.provider, given, name=name)

    async def play(self, account: Account, op: Wish, settings: Mapping[str, Any] | None = None) -> Any:
        """Do one operation, if the account can, and keep it."""
        if refusal(account.support, op.needs(), self.rig.clouds.clock.now()) is not None:
            return None
        self._answers.clear()
        try:
            result = await perform(account, op)
        except ProviderError:  # a refusal is an answer too
            result = None
        if self._answers:
            given = self.settings(account.name) if settings is None else settings
            played = Played(provider=self.rig.provider, op=op, settings=given, answers=tuple(self._answers))
            self.steps.append(played)
        return result


async def play(rig: EmulatedRig) -> list[Played]:
    """Play everything that the adapter can do."""
    answers: list[tuple[str, bytes]] = []
    spec = rig.spec()

    def make(settings: Any, setup: Setup) -> Any:
        return spec.factory(settings, attrs.evolve(setup, client=Recording(setup.client, answers)))

    recording = attrs.evolve(spec, factory=make)
    async with Sharebind(registry=Registry(specs=[recording]), clock=rig.clouds.clock) as sharebind:
        stage = Stage(rig, sharebind, answers)
        await _homes_and_people(stage)
        await _binding(stage)
        await _sharing(stage)
        await _lists_and_leaving(stage)
        await _sessions(stage)
    return stage.steps


async def _homes_and_people(stage: Stage) -> None:
    owner = stage.owner
    await stage.play(owner, ReadMe())
    await stage.play(owner, SpaceQuery(rooms=True))
    for person in stage.rig.known_as(stage.guest):
        await stage.play(owner, FindUser(who=person))


async def _binding(stage: Stage) -> None:
    owner = stage.owner
    free = stage.rig.free_device()
    await stage.play(owner, CheckBinding(device=free.device))
    await stage.play(owner, BindDevice(device=free.device, proof=free.proofs[0]))
    played = {free.proofs[0].kind}
    for known in reversed(stage.rig.cloud.devices):  # some ways to bind are those of the last devices only
        proof = next((each for each in stage.rig.proofs(known) if each.kind not in played), None)
        if proof is not None:
            named = DeviceRef(known.device, known.product)
            await stage.play(owner, BindDevice(device=named, proof=proof))
            played.add(proof.kind)
    pairing = await stage.play(owner, BeginPairing()) if free.pairs else None
    if pairing is not None:
        device = stage.rig.free_device()
        await stage.rig.report_pairing(pairing, device.device)
        await stage.play(owner, CheckPairing(proof=ByPairing(pairing.token)))
        await stage.play(owner, BindDevice(device=device.device, proof=ByPairing(pairing.token)))


async def _sharing(stage: Stage) -> None:
    owner, guest = stage.owner, stage.guest
    held = await owner.bindings().all()
    device = held[0].device
    await stage.play(owner, RenameDevice(device=device, name="灯"))
    rooms = [space for space in (await stage.play(owner, SpaceQuery(rooms=True)) or ()) if space.room is not None]
    if rooms:
        await stage.play(owner, PlaceDevice(device=device, space=rooms[0]))
    offer = await stage.play(owner, ShareDevice(device=device, to=Anyone()))
    if isinstance(offer, CodeOffer):
        await stage.play(guest, InspectCode(code=offer.code))
        await stage.play(guest, AcceptShare(code=offer.code))
        await stage.play(owner, EndShare(share=offer.ref))
    for person in stage.rig.known_as(guest):
        share = await stage.play(owner, ShareDevice(device=held[1].device, to=person))
        if share is None:
            continue
        for waiting in await guest.received(device=held[1].device, states=frozenset({State.OFFERED})).all():
            await stage.play(guest, AcceptShare(offer=waiting.ref))
        for grant in await owner.shares(device=held[1].device).all():
            later = grant.seen_at or stage.rig.clouds.clock.now()
            await stage.play(owner, ChangeShare(share=grant.ref, use_until=later + 3 * DAY))
            for name in owner.supports("change.rights").names or ():
                await stage.play(owner, ChangeShare(share=grant.ref, rights=frozenset({name})))
            await stage.play(owner, EndShare(share=grant.ref, seen=grant.state))
    await _declining(stage, held[1].device)


async def _declining(stage: Stage, device: DeviceRef) -> None:
    if stage.guest.supports("end.decline").level is not Level.NATIVE:
        return
    for person in stage.rig.known_as(stage.guest)[:1]:
        await stage.play(stage.owner, ShareDevice(device=device, to=person))
        for waiting in await stage.guest.received(device=device, states=frozenset({State.OFFERED})).all():
            await stage.play(stage.guest, EndShare(share=waiting.ref, seen=State.OFFERED))


async def _given(stage: Stage, device: DeviceRef) -> Share:
    """Give the guest a device, and return the share as the guest lists it."""
    if stage.owner.supports("share.to.anyone").level is Level.NATIVE:
        offer = await stage.owner.share(device, to=Anyone())
        await stage.guest.accept(offer)
    else:
        await stage.owner.share(device, to=Email(stage.rig.cloud.user("guest").email))
    (mine,) = await stage.guest.received(device=device).all()
    return mine


async def _lists_and_leaving(stage: Stage) -> None:
    owner, guest = stage.owner, stage.guest
    held = await owner.bindings(roles={Role.OWNER}).all()
    device = held[0].device
    mine = await _given(stage, device)
    for account in (owner, guest):
        await stage.play(account, BindingQuery())
        await stage.play(account, BindingQuery(device=device))
        await stage.play(account, ShareQuery(side=Side.OWNER))
        await stage.play(account, ShareQuery(side=Side.RECIPIENT))
    await stage.play(owner, ShareQuery(side=Side.OWNER, device=device))
    await stage.play(guest, RenameDevice(device=device, name="灯", share=mine.ref))
    await stage.play(guest, EndShare(share=mine.ref))
    await stage.play(owner, UnbindDevice(device=device, expect=Role.OWNER))
    await stage.play(owner, CreateSpace(name="家"))
    if owner.supports("transfer.to.user_id").level is not Level.NATIVE:
        return
    await _given(stage, held[1].device)
    heir = UserId(stage.rig.cloud.user("guest").user_id)
    await stage.play(owner, TransferDevice(device=held[1].device, to=heir))


async def _sessions(stage: Stage) -> None:
    """Sign in with credentials alone, then out."""
    full = {**stage.rig.settings(stage.rig.cloud.user("other"))}
    full.pop("token")
    other = stage.account("other", full)
    await stage.play(other, ReadMe(), full)
    await stage.play(other, BindingQuery(), full)
    await stage.play(other, SignOut(), full)
