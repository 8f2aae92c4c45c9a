"""Tokens: one renewal at a time, stored before it is used, and never asked for in vain."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import attrs
import pytest

from sharebind import (
    MemoryTokenStore,
    NotEntitledError,
    Outcome,
    OutcomeUnknownError,
    ProviderError,
    RateLimitedError,
    Secret,
    Sharebind,
    SignInError,
    TokenStore,
    UnavailableError,
    WrongRegionError,
    tokens,
)
from sharebind.provider import (
    ACCESS,
    REFRESH,
    Code,
    Codes,
    Context,
    MalformedReplyError,
    Setup,
    TokenKeeper,
    Tokens,
)

from .conftest import Bench, StoppedClock

CODES = Codes(
    "toy",
    {
        "dead": Code(SignInError, renew=True),
        "wrong": Code(SignInError),
        "evicted": Code(SignInError, evicted=True),
        "locked": Code(SignInError, retry_after=timedelta(minutes=20)),
        "dead or done": Code(SignInError, renew=True, outcome=Outcome.UNKNOWN),
        "no": Code(ProviderError),
    },
)


class Vendor:
    """A vendor that knows which token lives, and counts what it is asked."""

    def __init__(self) -> None:
        self.living = Secret("t0")
        self.made = 0
        self.sign_ins = 0
        self.renewals = 0
        self.fails: list[Exception] = []
        self.fails_to_end: list[Exception] = []
        self.ended: list[str] = []
        self.pause = 0.0

    async def fetch(self) -> Tokens:
        """Make a new pair, or fail as it was told."""
        await asyncio.sleep(self.pause)
        if self.fails:
            raise self.fails.pop(0)
        self.made += 1
        self.living = Secret(f"t{self.made}")
        return {ACCESS: self.living, REFRESH: Secret(f"r{self.made}")}

    async def sign_in(self, _ctx: Context) -> Tokens:
        """Take credentials."""
        self.sign_ins += 1
        return await self.fetch()

    async def renew(self, _old: Tokens, _ctx: Context) -> Tokens:
        """Take a refresh token."""
        self.renewals += 1
        return await self.fetch()

    async def end(self, token: Secret) -> None:
        """Take the end of a session, or fail as it was told."""
        if self.fails_to_end:
            raise self.fails_to_end.pop(0)
        self.ended.append(token.reveal())

    async def ask(self, token: Secret) -> str:
        """Answer whoever has the living token."""
        await asyncio.sleep(0)
        if token != self.living:
            raise SignInError("dead", vendor_code="dead")
        return token.reveal()


@attrs.define
class Kept:
    """A keeper, its vendor and its store."""

    vendor: Vendor
    keeper: TokenKeeper
    store: TokenStore
    clock: StoppedClock

    async def call(self) -> str:
        """Make one call."""
        ctx = Context(account="desk", provider="toy", operation="me", clock=self.clock)
        return await self.keeper.carry(self.vendor.ask, ctx)

    async def end(self) -> None:
        """Sign out."""
        ctx = Context(account="desk", provider="toy", operation="sign_out", clock=self.clock)
        await self.keeper.end(self.vendor.end, ctx)


Make = Callable[..., Kept]


@pytest.fixture
def make() -> Make:
    """Give what makes keepers."""

    def keeper(
        *,
        vendor: Vendor | None = None,
        store: TokenStore | None = None,
        given: Tokens | None = None,
        origin: str = "somebody",
        sign_in: bool = True,
        renew: bool = True,
    ) -> Kept:
        vendor, store, clock = vendor or Vendor(), store or MemoryTokenStore(), StoppedClock()
        setup = Setup(account="desk", client=Nobody(), clock=clock, tokens=store)
        made = TokenKeeper(
            setup,
            codes=CODES,
            origin=[origin],
            given=given,
            sign_in=vendor.sign_in if sign_in else None,
            renew=vendor.renew if renew else None,
        )
        return Kept(vendor, made, store, clock)

    return keeper


class Nobody:
    """A client that nobody uses."""

    async def send(self, call: Any, ctx: Any, read: Any) -> Any:
        """Carry nothing."""
        raise AssertionError((call, ctx, read))

    def at(self, base_url: str) -> Any:
        """Go nowhere."""
        raise AssertionError(base_url)


PAIR = {ACCESS: Secret("old"), REFRESH: Secret("r0")}


async def test_the_first_call_signs_in(make: Make) -> None:
    """Credentials alone are enough: the first call signs in, and the second uses what it got."""
    kept = make()
    assert [await kept.call(), await kept.call()] == ["t1", "t1"]
    assert (kept.vendor.sign_ins, kept.vendor.renewals) == (1, 0)


async def test_a_given_token_is_used_as_long_as_it_lives(make: Make) -> None:
    """A token from the settings costs no sign-in."""
    kept = make(given={ACCESS: Secret("t0")})
    assert await kept.call() == "t0"
    assert kept.vendor.sign_ins == 0


async def test_a_hundred_calls_with_a_dead_token_renew_once(make: Make) -> None:
    """However many calls find the token dead, one renewal serves them all."""
    kept = make(given=PAIR)
    kept.vendor.pause = 0.01
    assert set(await asyncio.gather(*(kept.call() for _ in range(100)))) == {"t1"}
    assert (kept.vendor.sign_ins, kept.vendor.renewals) == (0, 1)


async def test_a_hundred_first_calls_sign_in_once(make: Make) -> None:
    """The same holds for the first sign-in."""
    kept = make()
    kept.vendor.pause = 0.01
    assert set(await asyncio.gather(*(kept.call() for _ in range(100)))) == {"t1"}
    assert kept.vendor.sign_ins == 1


async def test_the_new_pair_is_stored_before_it_is_used(make: Make) -> None:
    """When a call carries a new token the store has it already."""
    used: list[tuple[str, str | None]] = []
    kept = make(given=PAIR)

    async def ask(token: Secret) -> str:
        stored = await kept.store.load("desk") or {}
        used.append((token.reveal(), stored[ACCESS].reveal() if stored else None))
        return await kept.vendor.ask(token)

    ctx = Context(account="desk", provider="toy", operation="me", clock=kept.clock)
    await kept.keeper.carry(ask, ctx)
    assert used == [("old", None), ("t1", "t1")]


async def test_a_lost_answer_to_a_renewal_signs_in(make: Make) -> None:
    """Nobody knows which pair lives after a renewal without an answer, so the credentials are used."""
    for lost in (UnavailableError("lost"), MalformedReplyError("?"), SignInError("no such token", vendor_code="wrong")):
        kept = make(given=PAIR)
        kept.vendor.fails = [lost]
        assert await kept.call() == "t1"
        assert (kept.vendor.renewals, kept.vendor.sign_ins) == (1, 1)


async def test_a_renewal_that_hangs_is_given_up(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renewal has a time of its own; then the account signs in."""
    monkeypatch.setattr(tokens, "PATIENCE", 0.05)
    kept = make(given=PAIR)

    async def hang(_old: Tokens, _ctx: Context) -> Tokens:
        await asyncio.sleep(60)
        raise AssertionError

    kept.keeper._renew = hang
    assert await kept.call() == "t1"


async def test_a_throttled_renewal_is_not_made_a_sign_in(make: Make) -> None:
    """A vendor that asks to slow down is not asked for more."""
    kept = make(given=PAIR)
    kept.vendor.fails = [RateLimitedError("slow down")]
    with pytest.raises(RateLimitedError):
        await kept.call()
    assert kept.vendor.sign_ins == 0


async def test_a_dead_token_without_a_way_on_is_told(make: Make) -> None:
    """A bare token that died gives the vendor's own refusal."""
    kept = make(given={ACCESS: Secret("old")}, sign_in=False, renew=False)
    with pytest.raises(SignInError) as error:
        await kept.call()
    assert error.value.vendor_code == "dead"


async def test_other_refusals_renew_nothing(make: Make) -> None:
    """Only a code that speaks of the token starts a renewal."""
    kept = make(given=PAIR)

    async def ask(_token: Secret) -> str:
        raise ProviderError("no", vendor_code="no")

    ctx = Context(account="desk", provider="toy", operation="me", clock=kept.clock)
    with pytest.raises(ProviderError, match="no"):
        await kept.keeper.carry(ask, ctx)
    assert kept.vendor.made == 0


async def test_a_call_is_repeated_once_only(make: Make) -> None:
    """Where the new token is refused too, the call ends."""
    asked: list[str] = []
    kept = make(given=PAIR)

    async def ask(token: Secret) -> str:
        asked.append(token.reveal())
        raise SignInError("dead", vendor_code="dead")

    ctx = Context(account="desk", provider="toy", operation="me", clock=kept.clock)
    with pytest.raises(SignInError):
        await kept.keeper.carry(ask, ctx)
    assert asked == ["old", "t1"]


async def test_refused_credentials_are_not_tried_again(make: Make) -> None:
    """Vendors count failed tries and lock accounts: a refused sign-in is repeated from memory."""
    kept = make()
    kept.vendor.fails = [SignInError("wrong password", vendor_code="wrong") for _ in range(5)]
    for _ in range(3):
        with pytest.raises(SignInError, match="wrong password"):
            await kept.call()
    assert kept.vendor.sign_ins == 1


async def test_a_lock_is_waited_out(make: Make) -> None:
    """After a lock that says how long, the vendor is asked again when it is over, and told how long until then."""
    kept = make()
    locked = SignInError("locked", vendor_code="locked", retry_after=timedelta(minutes=20))
    kept.vendor.fails = [locked]
    with pytest.raises(SignInError):
        await kept.call()
    kept.clock.advance(timedelta(minutes=5))
    with pytest.raises(SignInError) as error:
        await kept.call()
    assert (error.value.retry_after, kept.vendor.sign_ins) == (timedelta(minutes=15), 1)
    kept.clock.advance(timedelta(minutes=16))
    assert await kept.call() == "t1"


async def test_an_outage_is_tried_again(make: Make) -> None:
    """A sign-in that got no answer says nothing about the credentials."""
    kept = make()
    kept.vendor.fails = [UnavailableError("no answer")]
    with pytest.raises(UnavailableError):
        await kept.call()
    assert await kept.call() == "t1"


async def test_each_waiting_call_gets_an_error_of_its_own(make: Make) -> None:
    """Errors are filled in with what a call was doing, so no two calls share one."""
    kept = make()
    kept.vendor.pause = 0.01
    kept.vendor.fails = [SignInError("wrong password", vendor_code="wrong")]
    errors = await asyncio.gather(*(kept.call() for _ in range(10)), return_exceptions=True)
    assert len({id(error) for error in errors}) == 10
    assert {str(error) for error in errors} == {"wrong password"}


async def test_a_restart_needs_no_sign_in(make: Make) -> None:
    """What was stored serves the next process."""
    first = make()
    await first.call()
    second = make(vendor=first.vendor, store=first.store)
    assert await second.call() == "t1"
    assert first.vendor.sign_ins == 1


async def test_anothers_stored_token_is_never_used(make: Make) -> None:
    """An account name that now belongs to other credentials starts afresh."""
    first = make(origin="somebody")
    await first.call()
    second = make(vendor=first.vendor, store=first.store, origin="somebody else")
    assert await second.call() == "t2"
    assert first.vendor.sign_ins == 2


class Broken:
    """A store that fails as often as it is told."""

    def __init__(self, fails: int) -> None:
        self.fails = fails
        self.inner = MemoryTokenStore()

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what is kept."""
        return await self.inner.load(account)

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Fail, then keep."""
        if self.fails:
            self.fails -= 1
            raise OSError("disk full")
        await self.inner.save(account, tokens)


async def test_a_pair_that_could_not_be_stored_is_not_lost(make: Make) -> None:
    """A renewed pair that the store did not take is offered to it again, and not renewed once more."""
    kept = make(given=PAIR, store=Broken(1))
    with pytest.raises(UnavailableError, match=r"token store could not take .*OSError"):
        await kept.call()
    assert await kept.call() == "t1"
    assert kept.vendor.renewals == 1


async def test_a_renewal_outlives_the_call_that_started_it(make: Make) -> None:
    """A call that is cancelled while it waits leaves the renewal running, for it may have used up the old pair."""
    kept = make(given=PAIR)
    kept.vendor.pause = 0.05
    task = asyncio.ensure_future(kept.call())
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await kept.call() == "t1"
    assert kept.vendor.renewals == 1


async def test_an_ended_session_is_gone_here_and_in_the_store(make: Make) -> None:
    """After signing out the account signs in anew with its next call."""
    kept = make()
    await kept.call()
    await kept.end()
    assert kept.vendor.ended == ["t1"]
    assert not await kept.store.load("desk")
    assert await kept.call() == "t2"


async def test_ending_what_never_began_asks_nobody(make: Make) -> None:
    """Nobody signs in to sign out, and the second time there is nothing to end."""
    kept = make()
    await kept.end()
    assert (kept.vendor.sign_ins, kept.vendor.ended) == (0, [])
    await kept.call()
    await kept.end()
    await kept.end()
    assert kept.vendor.ended == ["t1"]


async def test_a_stored_session_can_be_ended_after_a_restart(make: Make) -> None:
    """What another process left in the store is ended without a sign-in."""
    first = make()
    await first.call()
    second = make(vendor=first.vendor, store=first.store)
    await second.end()
    assert (first.vendor.sign_ins, first.vendor.ended) == (1, ["t1"])


async def test_a_dead_session_is_as_good_as_ended(make: Make) -> None:
    """The vendor's refusal of a dead token ends it quietly; another refusal keeps it."""
    kept = make()
    await kept.call()
    kept.vendor.fails_to_end = [ProviderError("no", vendor_code="no"), SignInError("dead", vendor_code="dead")]
    with pytest.raises(ProviderError, match="no"):
        await kept.end()
    assert await kept.call() == "t1"
    await kept.end()
    assert not await kept.store.load("desk")


async def test_an_ended_bare_token_leaves_nothing_to_use(make: Make) -> None:
    """Without credentials there is no way back, and the error says so."""
    kept = make(given={ACCESS: Secret("t0")}, sign_in=False, renew=False)
    await kept.end()
    with pytest.raises(SignInError, match="nothing to sign in with"):
        await kept.call()


async def test_a_bare_token_never_asks_the_store(make: Make) -> None:
    """A token that cannot be renewed is not looked up: each of a hundred thousand accounts would ask."""

    class Silent(Broken):
        async def load(self, account: str, /) -> Mapping[str, Secret] | None:
            raise AssertionError(account)

    kept = make(given={ACCESS: Secret("t0")}, sign_in=False, renew=True, store=Silent(0))
    assert await kept.call() == "t0"


@pytest.mark.parametrize("error", [KeyError("bug"), ProviderError("unknown", vendor_code="no")])
async def test_a_failing_sign_in_reaches_the_call(make: Make, error: Exception) -> None:
    """Whatever a sign-in raises is the call's error."""
    kept = make()
    kept.vendor.fails = [error]
    with pytest.raises(type(error)):
        await kept.call()


async def test_a_wrong_password_is_not_sent_again_after_a_header(make: Make) -> None:
    """Only the vendor's table says that a refusal passes; a header beside a wrong password does not."""
    kept = make()
    hurry = timedelta(seconds=1)
    kept.vendor.fails = [SignInError("wrong", vendor_code="wrong", retry_after=hurry) for _ in range(9)]
    for _ in range(5):
        with pytest.raises(SignInError):
            await kept.call()
        kept.clock.advance(2 * hurry)
    assert kept.vendor.sign_ins == 1


@pytest.mark.parametrize(
    "refusal",
    [
        SignInError("401 without a body"),
        RateLimitedError("slow down", retry_after=timedelta(hours=1)),
        WrongRegionError("elsewhere", vendor_code="elsewhere"),
        NotEntitledError("not you", vendor_code="entitled"),
        ProviderError("what?", vendor_code="unheard of"),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
async def test_no_refusal_starts_a_storm(make: Make, refusal: ProviderError) -> None:
    """Whatever a vendor refuses a sign-in with, the password is not sent again with every call."""
    kept = make()
    kept.vendor.fails = [refusal for _ in range(50)]
    for _ in range(10):
        with pytest.raises(type(refusal)):
            await kept.call()
    assert kept.vendor.sign_ins == 1


async def test_a_new_token_that_is_refused_is_not_replaced_again_and_again(make: Make) -> None:
    """Where a new token helped nothing no other one is asked for, until a while has passed."""
    kept = make(renew=False)

    async def ask(_token: Secret) -> str:
        raise SignInError("dead", vendor_code="dead")

    ctx = Context(account="desk", provider="toy", operation="me", clock=kept.clock)
    for _ in range(20):
        with pytest.raises(SignInError):
            await kept.keeper.carry(ask, ctx)
    assert kept.vendor.sign_ins == 2
    kept.clock.advance(timedelta(minutes=2))
    with pytest.raises(SignInError):
        await kept.keeper.carry(ask, ctx)
    assert kept.vendor.sign_ins == 3


class Rotating(Vendor):
    """A vendor whose refresh tokens work once."""

    refresh = Secret("r0")

    async def renew(self, _old: Tokens, _ctx: Context) -> Tokens:
        """Take the living refresh token only."""
        self.renewals += 1
        if _old[REFRESH] != self.refresh:
            raise SignInError("used", vendor_code="wrong")
        made = await self.fetch()
        self.refresh = made[REFRESH]
        return made


async def test_two_processes_share_a_store(make: Make) -> None:
    """A token that another process has renewed is found in the store, and the used-up pair is not tried."""
    vendor, store = Rotating(), MemoryTokenStore()
    vendor.living = PAIR[ACCESS]
    first, second = (make(vendor=vendor, store=store, given=PAIR, sign_in=False) for _ in range(2))
    assert [await first.call(), await second.call()] == ["old", "old"]
    vendor.living = Secret("another")
    assert [await first.call(), await second.call()] == ["t1", "t1"]
    assert vendor.renewals == 1


async def test_what_came_along_with_a_token_is_kept_with_it(make: Make) -> None:
    """What an adapter puts beside a token is stored, found again after a restart, and never given for another one."""
    vendor, store = Vendor(), MemoryTokenStore()

    async def sign_in(_ctx: Context) -> Tokens:
        return {**await vendor.fetch(), "place": Secret("north")}

    vendor.sign_in = sign_in  # type: ignore[method-assign]  # that is what is tried
    first = make(vendor=vendor, store=store)
    assert await first.call() == "t1"
    restarted = make(vendor=vendor, store=store)
    assert await restarted.call() == "t1"
    assert [kept.keeper.beside(Secret("t1"))["place"] for kept in (first, restarted)] == [Secret("north")] * 2
    assert restarted.keeper.beside(Secret("t0")) == {}


class Jealous(Vendor):
    """A vendor with one session per user: a new one ends the others, and says so."""

    async def ask(self, token: Secret) -> str:
        """Answer whoever signed in last."""
        await asyncio.sleep(0)
        if token != self.living:
            raise SignInError("somebody else signed in", vendor_code="evicted")
        return token.reveal()


async def test_an_evicted_session_begins_no_new_one(make: Make) -> None:
    """Who was evicted is told, each time, and evicts nobody: no sign-in and no renewal of its own."""
    vendor = Jealous()
    first, second = make(vendor=vendor), make(vendor=vendor)
    assert [await first.call(), await second.call()] == ["t1", "t2"]
    for _ in range(2):
        with pytest.raises(SignInError, match="somebody else signed in"):
            await first.call()
    assert (await second.call(), vendor.sign_ins, vendor.renewals) == ("t2", 2, 0)


async def test_a_renewal_that_is_told_of_another_sign_in_begins_none(make: Make) -> None:
    """A refused renewal signs in again, but not where somebody else's sign-in is the reason: that would evict them."""
    kept = make(given=PAIR)
    kept.vendor.fails = [SignInError("somebody else signed in", vendor_code="evicted")]
    with pytest.raises(SignInError, match="somebody else signed in"):
        await kept.call()
    assert (kept.vendor.renewals, kept.vendor.sign_ins) == (1, 0)


async def test_who_shares_the_store_goes_on_with_the_session_that_evicted(make: Make) -> None:
    """Two processes with one store do not evict each other for long: the newer token is found there and used."""
    vendor, store = Jealous(), MemoryTokenStore()
    first, second = (make(vendor=vendor, store=store) for _ in range(2))
    assert await first.call() == "t1"
    vendor.living = Secret("gone")
    await store.save("desk", {})
    assert await second.call() == "t2"
    assert [await first.call() for _ in range(3)] == ["t2"] * 3
    assert (vendor.sign_ins, vendor.renewals) == (2, 0)


async def test_calls_that_were_under_way_when_evicted_take_the_new_token_too(make: Make) -> None:
    """A hundred calls with the evicted token find the newer one, and nobody signs in for them."""
    vendor, store = Jealous(), MemoryTokenStore()
    first, second = (make(vendor=vendor, store=store) for _ in range(2))
    await first.call()
    await store.save("desk", {})
    vendor.living = Secret("gone")
    await second.call()
    assert await asyncio.gather(*(first.call() for _ in range(100))) == ["t2"] * 100
    assert vendor.sign_ins == 2


class Gated(MemoryTokenStore):
    """A store that can be made to answer one look late, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.loads = 0
        self.late = False
        self.asked, self.gate = asyncio.Event(), asyncio.Event()

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give the row as it was when it was asked for."""
        self.loads += 1
        row = await super().load(account)
        if self.late:
            self.late = False
            self.asked.set()
            await self.gate.wait()
        return row


async def test_signing_out_while_an_evicted_call_looks_for_a_token_lasts(make: Make) -> None:
    """A sign-out waits for the look into the store, and the ended token does not come back by it."""
    vendor, store = Jealous(), Gated()
    kept = make(vendor=vendor, store=store)
    await kept.call()
    vendor.living, store.late = Secret("gone"), True
    call = asyncio.create_task(kept.call())
    await store.asked.wait()
    leaving = asyncio.create_task(kept.end())
    await asyncio.sleep(0)
    store.gate.set()
    [told, _] = await asyncio.gather(call, leaving, return_exceptions=True)
    assert isinstance(told, SignInError)
    assert vendor.ended == ["t1"]
    assert await kept.call() == "t2"


async def test_a_slow_look_loses_no_newer_session(make: Make) -> None:
    """A call that is rejected while another one looks into the store looks for itself, and finds what came since."""
    vendor, store = Jealous(), Gated()
    first, second = (make(vendor=vendor, store=store) for _ in range(2))
    await first.call()
    vendor.living, store.late = Secret("gone"), True
    slow = asyncio.create_task(first.call())
    await store.asked.wait()
    await store.save("desk", {})
    assert await second.call() == "t2"
    other = asyncio.create_task(first.call())
    await asyncio.sleep(0)
    store.gate.set()
    assert isinstance((await asyncio.gather(slow, return_exceptions=True))[0], SignInError | str)
    assert await other == "t2"
    assert await first.call() == "t2"


async def test_a_hundred_evicted_calls_look_once(make: Make) -> None:
    """However many calls are told of the eviction, the store is asked a few times and the vendor for no session."""
    vendor, store = Jealous(), Gated()
    kept = make(vendor=vendor, store=store)
    await kept.call()
    vendor.living, store.loads = Secret("gone"), 0
    told = await asyncio.gather(*(kept.call() for _ in range(100)), return_exceptions=True)
    assert all(isinstance(each, SignInError) for each in told)
    assert (store.loads, vendor.sign_ins) == (2, 1)


async def test_an_evicted_session_can_be_ended(make: Make) -> None:
    """Signing out of a session that another sign-in has ended is no error."""
    kept = make(vendor=Jealous())
    await kept.call()
    kept.vendor.fails_to_end = [SignInError("somebody else signed in", vendor_code="evicted")]
    await kept.end()
    assert await kept.call() == "t2"


async def test_opening_the_account_anew_takes_the_session_back(make: Make) -> None:
    """A stored token that was evicted before this process ever used it is replaced by one sign-in, and only one."""
    vendor, store = Jealous(), MemoryTokenStore()
    await make(vendor=vendor, store=store).call()
    vendor.living = Secret("somebody's")
    anew = make(vendor=vendor, store=store)
    assert await anew.call() == "t2"
    vendor.living = Secret("somebody's")
    with pytest.raises(SignInError):
        await anew.call()
    assert (vendor.sign_ins, vendor.renewals) == (2, 0)


async def test_a_dead_token_of_another_process_is_renewed(make: Make) -> None:
    """What was found after an eviction and has died since is renewed like any other, at once."""
    vendor, store = Jealous(), MemoryTokenStore()
    first = make(vendor=vendor, store=store)
    await first.call()
    await store.save("desk", {})
    assert await make(vendor=vendor, store=store).call() == "t2"
    vendor.living = Secret("later")

    async def ask(token: Secret) -> str:
        if token == vendor.living:
            return token.reveal()
        raise SignInError("no", vendor_code="dead" if token == Secret("t2") else "evicted")

    vendor.ask = ask  # type: ignore[method-assign]  # that is what is tried
    assert [await first.call() for _ in range(3)] == ["t3"] * 3
    assert vendor.renewals == 1


async def test_a_replaced_account_leaves_its_successors_row_alone(make: Make) -> None:
    """An account whose name has gone to other credentials neither overwrites nor empties what those have stored."""
    store, old_vendor = MemoryTokenStore(), Vendor()
    old_vendor.pause = 0.05
    old = make(vendor=old_vendor, store=store, given=PAIR, origin="first")
    late = asyncio.ensure_future(old.call())
    await asyncio.sleep(0.01)
    new = make(store=store, given=PAIR, origin="second")
    await new.call()
    await late
    assert (await store.load("desk") or {})[ACCESS] == new.vendor.living
    await old.end()
    assert (await store.load("desk") or {})[ACCESS] == new.vendor.living
    assert await make(vendor=new.vendor, store=store, given=PAIR, origin="second").call() == "t1"


async def test_a_store_that_hangs_once_is_asked_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has a time to answer, and the next call asks it anew."""
    monkeypatch.setattr(tokens, "PATIENCE", 0.05)

    class Hanging(MemoryTokenStore):
        asked = 0

        async def load(self, account: str, /) -> Mapping[str, Secret] | None:
            self.asked += 1
            if self.asked == 1:
                await asyncio.sleep(60)
            return await super().load(account)

    kept = make(store=Hanging())
    with pytest.raises(UnavailableError, match="could not be read"):
        await kept.call()
    assert await kept.call() == "t1"


async def test_no_renewal_brings_an_ended_session_back(make: Make) -> None:
    """A call that meets the dead token while its session is being ended renews nothing."""
    kept = make(given=PAIR, sign_in=False)
    kept.vendor.living = PAIR[ACCESS]
    calls: list[asyncio.Future[str]] = []

    async def leave(_token: Secret) -> None:
        kept.vendor.living = Secret("nobody's")
        calls.append(asyncio.ensure_future(kept.call()))
        await asyncio.sleep(0.02)

    ctx = Context(account="desk", provider="toy", operation="sign_out", clock=kept.clock)
    await kept.keeper.end(leave, ctx)
    (outcome,) = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcome, SignInError)
    assert kept.vendor.renewals == 0
    assert not await kept.store.load("desk")


async def test_a_call_under_way_begins_no_new_session(make: Make) -> None:
    """A call whose token was signed out under it is refused; one that comes after the sign-out signs in anew."""
    kept = make(renew=False)
    await kept.call()
    calls: list[asyncio.Future[str]] = []

    async def leave(token: Secret) -> None:
        kept.vendor.living = Secret("nobody's")
        kept.vendor.ended.append(token.reveal())
        calls.append(asyncio.ensure_future(kept.call()))
        await asyncio.sleep(0.02)

    ctx = Context(account="desk", provider="toy", operation="sign_out", clock=kept.clock)
    await kept.keeper.end(leave, ctx)
    (outcome,) = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(outcome, SignInError)
    assert (kept.vendor.sign_ins, kept.vendor.ended) == (1, ["t1"])
    assert await kept.call() == "t2"
    assert (await kept.store.load("desk") or {})[ACCESS] == kept.vendor.living


async def test_what_another_process_renewed_is_what_ends(make: Make) -> None:
    """Signing out ends the session that lives, not the one that this process remembers."""
    vendor, store = Rotating(), MemoryTokenStore()
    vendor.living = PAIR[ACCESS]
    first, second = (make(vendor=vendor, store=store, given=PAIR, sign_in=False) for _ in range(2))
    await first.call()
    await second.call()
    vendor.living = Secret("another")
    await first.call()
    await second.end()
    assert vendor.ended == ["t1"]
    assert not await store.load("desk")


async def test_a_session_that_another_process_began_can_be_ended(make: Make) -> None:
    """A process that signed out before ends what another one has begun since."""
    vendor, store = Vendor(), MemoryTokenStore()
    first, second = make(vendor=vendor, store=store), make(vendor=vendor, store=store)
    await second.call()
    await second.end()
    await first.call()
    await second.end()
    assert vendor.ended == ["t1", "t2"]


async def test_a_taken_name_stays_taken(make: Make) -> None:
    """An account that looked into the store before its name was taken never writes there again, nor empties it."""
    store = MemoryTokenStore()
    old = make(store=store, given=PAIR, origin="first")
    await old.call()
    new = make(store=store, given=PAIR, origin="second")
    await new.call()
    old.vendor.living = Secret("another")
    await old.call()
    await old.end()
    await make(store=store, given=PAIR, origin="third").end()
    assert (await store.load("desk") or {})[ACCESS] == new.vendor.living


async def test_the_same_token_again_is_asked_for_once(make: Make) -> None:
    """A vendor that gives a refused token out again gets one sign-in from a hundred calls."""
    kept = make(renew=False, given={ACCESS: Secret("same")})

    async def again(_ctx: Context) -> Tokens:
        kept.vendor.sign_ins += 1
        await asyncio.sleep(0.01)
        return {ACCESS: Secret("same")}

    kept.keeper._sign_in = again
    outcomes = await asyncio.gather(*(kept.call() for _ in range(100)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {SignInError}
    assert kept.vendor.sign_ins == 1


async def test_a_pair_that_was_never_stored_is_what_ends(make: Make) -> None:
    """Signing out ends the newest session, also where the store had refused its pair."""
    kept = make(given=PAIR, store=Broken(1))
    with pytest.raises(UnavailableError):
        await kept.call()
    await kept.end()
    assert kept.vendor.ended == ["t1"]


async def test_a_renewal_of_a_loop_that_is_gone_holds_nobody_up(make: Make) -> None:
    """A host that runs one event loop after another is not stuck with a task of the first."""
    kept = make()
    kept.vendor.pause = 5

    def elsewhere() -> None:
        loop = asyncio.new_event_loop()
        task = loop.create_task(kept.call())
        loop.run_until_complete(asyncio.sleep(0.01))
        task.cancel()
        for each in asyncio.all_tasks(loop) - {task}:
            each.get_coro().close()  # as a closed loop leaves them
        loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        loop.close()

    await asyncio.to_thread(elsewhere)
    kept.vendor.pause = 0
    assert await kept.call() == "t1"


async def test_a_row_that_could_not_be_emptied_is_emptied_later(make: Make) -> None:
    """Signing out again empties what the store had not taken, and asks the vendor nothing."""
    kept = make(store=Broken(0))
    await kept.call()
    assert isinstance(kept.store, Broken)
    kept.store.fails = 1
    with pytest.raises(UnavailableError, match="could not be emptied"):
        await kept.end()
    assert await kept.store.load("desk")
    await kept.end()
    assert not await kept.store.load("desk")
    assert kept.vendor.ended == ["t1"]


async def test_a_store_that_gives_plain_texts_is_told(make: Make) -> None:
    """A store that forgets to wrap its texts is an error, not a sign-in at every start."""

    class Plain(MemoryTokenStore):
        async def load(self, _account: str, /) -> Any:
            return {ACCESS: "t0", "origin": "x"}

    kept = make(store=Plain())
    with pytest.raises(UnavailableError, match="'access' as a str; it gives Secrets"):
        await kept.call()
    assert kept.vendor.sign_ins == 0


async def test_a_renewal_is_known_to_the_host_as_long_as_it_runs(make: Make) -> None:
    """What goes on without a caller is among what closing waits for, and is not kept longer."""
    kept = make(given=PAIR)
    kept.vendor.pause = 0.05
    task = asyncio.ensure_future(kept.call())
    await asyncio.sleep(0.02)
    task.cancel()
    pending = kept.keeper._setup.pending
    assert len(pending) == 1
    await asyncio.wait(pending)
    await asyncio.sleep(0)
    assert not pending
    assert await kept.call() == "t1"


async def test_closing_waits_for_what_is_under_way(bench: Bench) -> None:
    """A renewal that may have used up the old pair is waited for before the connections go."""
    sharebind = bench.open(bench.spec())
    sharebind.open_account("toy", {}, name="desk")
    renewal = asyncio.ensure_future(asyncio.sleep(0.05, "done"))
    bench.setups[-1].pending.add(renewal)
    await sharebind.aclose()
    assert renewal.done()


def test_a_token_store_has_both_methods() -> None:
    """A mapping is no store, and says so at the start."""
    with pytest.raises(TypeError, match="tokens is a TokenStore"):
        Sharebind(tokens={})  # type: ignore[arg-type]  # that is what is tested


def test_a_code_renews_or_tells_of_an_eviction() -> None:
    """One code cannot ask for a new session and forbid it."""
    with pytest.raises(ValueError, match="either renew or evicted"):
        Code(SignInError, renew=True, evicted=True)


async def test_a_call_that_may_be_done_is_not_made_again(make: Make) -> None:
    """A code that tells of a dead token, and leaves open what became of the change, gets no second call."""
    kept = make()
    asked: list[str] = []

    async def ask(token: Secret) -> str:
        asked.append(token.reveal())
        raise OutcomeUnknownError("?", vendor_code="dead or done")

    ctx = Context(account="desk", provider="toy", operation="share", clock=kept.clock)
    with pytest.raises(OutcomeUnknownError):
        await kept.keeper.carry(ask, ctx)
    assert (len(asked), kept.vendor.renewals, kept.vendor.sign_ins) == (1, 0, 1)
