"""Claims: what an account says that it can do has a method behind it, a name, and a place in its plugin's own list."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final, get_args, get_type_hints

import attrs

from sharebind import capabilities as can
from sharebind.account import Account
from sharebind.bindings import ByBindingCode, ByIdentity, ByPairing, BySerial, ByText
from sharebind.capabilities import EVERY, Level, bind_by, support_for
from sharebind.secrets import Secret
from sharebind.specs import ProviderSpec
from sharebind.testing.promises import check, expect
from sharebind.testing.rig import NotStagedError, Rig
from sharebind.testing.steps import WORKS

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "share.": ("share",),
    "accept.": ("accept",),
    "inspect.": ("inspect",),
    "end.": ("end",),
    "change.": ("change",),
    "list.offers.": ("shares",),
    "list.grants": ("shares",),
    "list.received.": ("shares",),
    "list.bindings": ("bindings",),
    "list.spaces": ("spaces",),
    "list.rooms": ("spaces",),
    "create.space": ("create_space",),
    "bind.check": ("check_binding",),
    "bind.": ("bind",),
    "pairing": ("begin_pairing", "check_pairing"),
    "unbind": ("unbind",),
    "rename.": ("rename",),
    "place.": ("place",),
    "transfer.": ("transfer",),
    "find.": ("find_user",),
    "me": ("me",),
    "sign_out": ("sign_out",),
}
"""The methods behind a capability, by how its name begins; the first that fits counts."""

KINDS: Final = tuple(kind.kind for kind in (ByIdentity, BySerial, ByText, ByBindingCode, ByPairing))
PROOFS: Final = tuple(bind_by(kind + name) for kind in KINDS for name in ("", ".name"))
LIKE: Final = 0.85
"""How alike two names are that are taken for a slip of the pen."""

SECRETS: Final = frozenset({"token", "secret", "password"})
"""The last word of a setting's name that says it is a secret."""

RANK: Final = {Level.ABSENT: 0, Level.UNKNOWN: 1, Level.EMULATED: 2, Level.FIXED: 2, Level.NATIVE: 2}


def _accounts(rig: Rig) -> list[Account]:
    return [account for account in (rig.owner, rig.guest, rig.other) if account is not None]


@check()
async def every_claim_has_its_method(rig: Rig) -> None:
    """What an account has, or may have, is a method of its adapter."""
    for account in _accounts(rig):
        # No call may be made to find out, so the adapter itself is looked at.
        adapter: Any = account._performer.provider  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] # see above
        for capability, support in account.support.items():
            if support.level is not Level.ABSENT:
                lacking = [name for name in _behind(capability) if not callable(getattr(adapter, name, None))]
                expect(
                    not lacking, f"{capability} is {support.level}, and the adapter has no method {', '.join(lacking)}"
                )


def _behind(capability: str) -> tuple[str, ...]:
    return next((methods for name, methods in METHODS.items() if capability.startswith(name)), ())


@check()
async def no_claim_is_misspelt(rig: Rig) -> None:
    """A capability with a name of its own is none of the core's, spelt wrongly: that one would be absent."""
    spec = rig.spec()
    named = {name for account in _accounts(rig) for name in account.support} | set(spec.capabilities if spec else ())
    known = (*EVERY, *PROOFS)
    for name in sorted(named.difference(known)):
        family = [each for each in known if each.startswith(f"{name}.")]
        expect(not family, f"{name!r} is claimed, which the core does not know: it asks for {', '.join(family)}")
        meant = difflib.get_close_matches(name, known, n=1, cutoff=LIKE)
        expect(not meant, f"{name!r} is claimed, which the core does not know; is it {', '.join(meant)}?")


@check()
async def a_plain_share_can_be_said(rig: Rig) -> None:
    """Who shares says of share.overlap.keep what it is: a share that names no overlap takes it."""
    support = rig.owner.support
    shares = [name for name in support if name.startswith("share.to.") and support[name].level in WORKS]
    lacks = bool(shares) and can.SHARE_OVERLAP_KEEP not in support
    expect(
        not lacks,
        f"the account has {', '.join(shares)} and does not name share.overlap.keep: a share that says nothing of "
        "overlap leaves earlier ones alone, so it takes that capability, and each would be refused",
    )


def _spec(rig: Rig) -> ProviderSpec:
    spec = rig.spec()
    if spec is None:
        raise NotStagedError(f"the rig of {rig.provider} does not hand over its ProviderSpec: give it a method spec()")
    return spec


@check()
async def an_account_claims_no_more_than_its_provider(rig: Rig) -> None:
    """What an account has is among what its plugin tells before there is an account."""
    most = _spec(rig).capabilities
    for account in _accounts(rig):
        for capability, support in account.support.items():
            told = support_for(most, capability).level
            expect(
                RANK[support.level] <= RANK[told],
                f"{capability} is {support.level} for an account, and {told} in ProviderSpec.capabilities",
            )


@check()
async def settings_hold_secrets_as_such(rig: Rig) -> None:
    """A setting that is a token, a secret or a password has the type Secret, so that nothing prints it."""
    settings = _spec(rig).settings
    hints = get_type_hints(settings)
    names: Iterable[str] = [field.name for field in attrs.fields(settings)]
    for name in names:
        if name.rpartition("_")[2] in SECRETS:
            expect(_holds_secret(hints[name]), f"the setting {name!r} is {hints[name]}, and should be a Secret")


def _holds_secret(hint: object) -> bool:
    return hint is Secret or any(_holds_secret(part) for part in get_args(hint))
