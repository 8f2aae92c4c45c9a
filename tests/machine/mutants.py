"""Bad policies, put into live accounts: each is a mistake that somebody has made, and the machine must find each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import attrs

from sharebind import (
    AcceptShare,
    Account,
    BindDevice,
    EndShare,
    Evidence,
    OutcomeUnknownError,
    Share,
    ShareDevice,
    Side,
    State,
    UnavailableError,
)

Perform = Callable[..., Awaitable[Any]]
Policy = Callable[[Account, Perform, Any], Awaitable[Any]]


def _instead(policy: Policy) -> Callable[[Account], None]:
    """Have an account fulfil its wishes by another policy."""

    def tamper(account: Account) -> None:
        perform = account.perform

        async def tampered(op: Any, /, **options: Any) -> Any:
            del options
            return await policy(account, perform, op)

        vars(account)["perform"] = tampered

    return tamper


async def _send_again(_account: Account, perform: Perform, op: Any) -> Any:
    """Send again whatever was not answered."""
    try:
        return await perform(op)
    except OutcomeUnknownError:
        if not isinstance(op, ShareDevice | AcceptShare | BindDevice):
            raise
        return await perform(op)


async def _say_nothing_happened(_account: Account, perform: Perform, op: Any) -> Any:
    """Take silence for a refusal."""
    try:
        return await perform(op)
    except OutcomeUnknownError as error:
        raise UnavailableError(str(error)) from None


async def _say_it_is_done(account: Account, perform: Perform, op: Any) -> Any:
    """Take silence for a success."""
    try:
        return await perform(op)
    except OutcomeUnknownError:
        if not isinstance(op, BindDevice):
            raise
        return await anext(aiter(account.bindings()), None)


async def _drop_the_end(_account: Account, perform: Perform, op: Any) -> Any:
    """Leave out the end of use, and say that it was kept."""
    if not isinstance(op, ShareDevice):
        return await perform(op)
    made = await perform(attrs.evolve(op, use_until=None, use_for=None))
    return attrs.evolve(made, use_until=op.use_until, use_for=op.use_for)


async def _end_another(account: Account, perform: Perform, op: Any) -> Any:
    """End whichever share of the device is listed first."""
    if isinstance(op, EndShare) and op.share.side is Side.OWNER:
        async for share in account.shares(device=op.share.device, allow_partial=True):
            if share.state is State.ACTIVE:
                return await perform(attrs.evolve(op, share=share.ref, seen=State.UNKNOWN))
    return await perform(op)


async def _believe_lists(account: Account, perform: Perform, op: Any) -> Any:
    """Take what a list does not show for ended."""
    if isinstance(op, EndShare) and op.share.side is Side.OWNER and op.seen is not State.OFFERED:
        listed = [share.id async for share in account.shares(device=op.share.device, allow_partial=True)]
        if op.share.id not in listed:
            return Share(ref=op.share, state=State.ENDED, evidence=Evidence.VENDOR)
    return await perform(op)


def _forget_one(account: Account) -> None:
    """Leave the first line out of every list of shares."""
    shares = account.shares

    async def all_but_one(**query: Any) -> AsyncIterator[Share]:
        first = True
        async for share in shares(**query):
            if not first:
                yield share
            first = False

    vars(account)["shares"] = all_but_one


def _show_what_is_over(account: Account) -> None:
    """List received shares without their end, and offers as if they were taken."""
    received = account.received

    async def endless(**query: Any) -> AsyncIterator[Share]:
        async for share in received(**query):
            yield attrs.evolve(share, use_until=None, state=State.ACTIVE, accept_by=None)

    vars(account)["received"] = endless


async def _end_twice_is_an_error(_account: Account, perform: Perform, op: Any) -> Any:
    """Raise where a share was over already."""
    done = await perform(op)
    if isinstance(op, EndShare) and done.evidence is Evidence.VENDOR:
        raise UnavailableError("it was over already")
    return done


MUTANTS: Final[Mapping[str, Callable[[Account], None]]] = {
    "sends again what was not answered": _instead(_send_again),
    "takes silence for a refusal": _instead(_say_nothing_happened),
    "takes silence for a success": _instead(_say_it_is_done),
    "drops the end of use": _instead(_drop_the_end),
    "ends another person's share": _instead(_end_another),
    "believes a late list": _instead(_believe_lists),
    "raises where it was over already": _instead(_end_twice_is_an_error),
    "forgets a line of a list": _forget_one,
    "shows what is over": _show_what_is_over,
}
"""Each by what it does wrong."""

HARMLESS: Final = frozenset(
    {
        # No list of these vendors shows an end of use, and eWeLink has no offers either.
        ("shows what is over", "ewelink"),
    }
)
"""What is no mistake at a vendor, for it makes no difference there."""
