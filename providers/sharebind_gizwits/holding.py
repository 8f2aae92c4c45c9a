"""Holding devices: binding them by each proof, unbinding, naming, handing over."""

from __future__ import annotations

from collections.abc import Mapping

from sharebind.provider import (
    BindDevice,
    Binding,
    ByText,
    ConfigurationError,
    Context,
    InvalidRequestError,
    NotBoundError,
    ProofRejectedError,
    Raw,
    RenameDevice,
    ResultLostError,
    Secret,
    TransferDevice,
    UnbindDevice,
    Unbound,
    UnexpectedRoleError,
    UserId,
)
from sharebind_gizwits import auth
from sharebind_gizwits.ending import give_up
from sharebind_gizwits.lists import Lists
from sharebind_gizwits.proofs import ByMac
from sharebind_gizwits.session import Session
from sharebind_gizwits.wire import devices, requests
from sharebind_gizwits.wire.envelope import object_of

_BAD_SIGNATURE = "9044"


class Holding:
    """Makes devices this account's own, and looks after them."""

    def __init__(self, session: Session, lists: Lists, product_secrets: Mapping[str, Secret]) -> None:
        self._session = session
        self._lists = lists
        self._secrets = product_secrets

    async def bind(self, op: BindDevice, ctx: Context) -> Binding:
        """Bind by product and address, or by the text of a code.

        Raises:
            ResultLostError: it is done, and another device is bound than was named, or which one is not known.

        """
        if isinstance(op.proof, ByMac):
            bound = await self._bind_mac(op, op.proof, ctx)
        elif isinstance(op.proof, ByText):
            bound = await self._bind_latest(op, op.proof, ctx)
        else:  # a kind that support does not name is refused before it comes here
            raise InvalidRequestError("binding takes a product and a MAC address, or the text of a device's code")
        if op.device is not None and bound.device.device != op.device.device:
            raise ResultLostError(
                f"the proof was that of {bound.device}, which is bound now, not {op.device}; unbind it if unwanted",
                raw=bound.raw,
            )
        return bound

    async def _bind_mac(self, op: BindDevice, proof: ByMac, ctx: Context) -> Binding:
        """Bind with the product's signature (bind_mac).

        Raises:
            ConfigurationError: the settings hold no secret for this product.

        """
        if proof.product not in self._secrets:
            raise ConfigurationError(
                f"account {ctx.account!r} cannot sign for product {proof.product!r}: product_secrets holds the secrets "
                f"of {', '.join(map(repr, sorted(self._secrets)))}. Nothing was sent"
            )
        signed = auth.signature(self._secrets[proof.product], ctx.now())
        try:
            answer = await self._session.ask(requests.bind_mac(proof, op.name, op.extra, signed), ctx, done=True)
        except ProofRejectedError as error:
            if error.vendor_code == _BAD_SIGNATURE:
                error.args = (f"{error}; the secret of product {proof.product!r} in product_secrets may be wrong",)
            raise
        return devices.held_in(object_of(answer)).binding

    async def _bind_latest(self, op: BindDevice, proof: ByText, ctx: Context) -> Binding:
        """Bind by a code between two looks at what the account holds: the device that is new is the one (bind_latest).

        A device that was named, and is held although nothing is new, was bound before.
        """
        call = requests.bind_latest(proof.text, op.extra)
        before = await self._lists.names(ctx)
        await self._session.ask(call, ctx, done=True)
        new: list[Binding] = []
        named: Binding | None = None
        async for batch in self._lists.bindings(ctx):
            new += (each for each in batch.items if each.device not in before)
            named = next((each for each in batch.items if op.device and each.device.device == op.device.device), named)
        if not new and named is not None:
            return named
        if len(new) != 1:
            raise ResultLostError(f"it is bound, and {len(new)} devices are new, so which one is not known")
        return new[0]

    async def unbind(self, op: UnbindDevice, ctx: Context) -> Unbound:
        """Give a device up (unbind), if it is held in the expected role (quirk ``owner_unbind_drops_guests``).

        Raises:
            NotBoundError: the account does not hold it.
            UnexpectedRoleError: it holds it in another role.

        """
        held = await self._lists.holding(op.device, ctx)
        if held is None:
            raise NotBoundError(f"{op.device} is not held by this account; nothing was unbound")
        if held.binding.role is not op.expect:
            raise UnexpectedRoleError(
                f"{op.device} is held as {held.binding.role}, not as {op.expect}; nothing was unbound"
            )
        answer = await give_up(self._session, op.device, ctx)
        # Who has shared has guests only, and they lose it too. Others may hold what was never shared: nobody says.
        left = 0 if held.role == devices.SHARING else None
        return Unbound(device=held.binding.device, others_left=left, raw=Raw(answer))

    async def rename(self, op: RenameDevice, ctx: Context) -> None:
        """Name an own device or a received one (update_binding)."""
        await self._session.ask(requests.update_binding(op), ctx, done=True)

    async def transfer(self, op: TransferDevice, ctx: Context) -> None:
        """Make a guest the owner (transfer_ownership); this account loses the device."""
        if not isinstance(op.to, UserId):  # support refuses it before
            raise InvalidRequestError("a device is handed over to a user id")
        await self._session.ask(requests.transfer_ownership(op.device, op.to.value), ctx, done=True)
