"""Which share at Quectel an invitation's ref means, and one taker's of several; it is never another one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from sharebind import (
    Account,
    Anyone,
    ConflictError,
    Email,
    Evidence,
    MalformedReplyError,
    Overlap,
    PermissionDeniedError,
    Phone,
    RateLimitedError,
    Secret,
    Share,
    SharebindError,
    ShareNotFoundError,
    ShareRef,
    Side,
    State,
    UserId,
    Via,
)

from .scene import DEVICE, Asked, Home, Said, Server, account_at, quectel_ok

LATER = timedelta(minutes=5)
DAY = timedelta(days=1)
AHEAD = timedelta(minutes=5)


@pytest.fixture
def home(home_at: Callable[[str], Home]) -> Home:
    """Give three people and the devices of the cloud."""
    return home_at("quectel")


def stored(share: Share) -> ShareRef:
    """Give a share's ref as a host has it after a restart."""
    return ShareRef.parse(share.ref.reveal())


def guest(home: Home) -> UserId:
    """Name the guest."""
    return UserId(home.person(home.guest).user_id)


def waiting(home: Home) -> None:
    """Let invitations wait for their taker, on no list, under a code that nobody tells."""
    home.cloud.set_guess("invite_acceptance", "must be accepted")
    home.cloud.set_guess("open_codes_listed", value=False)
    home.cloud.set_guess("invite_returns_code", value=False)


@attrs.define
class Desk:
    """A vendor whose list is ours to write, and its clock to set."""

    rows: list[Any] = attrs.field(factory=list[Any])
    answer: object = None
    clock: timedelta = timedelta()
    adds: list[Any] = attrs.field(factory=list[Any])
    refuses: list[int] = attrs.field(factory=list[int])

    def now(self) -> int:
        """Give the vendor's time."""
        return int((datetime.now(UTC) + self.clock).timestamp() * 1000)

    def entry(self, code: str, uid: object = "u1", age: timedelta = timedelta(), **info: object) -> Any:
        """Write an entry that the vendor made some time ago."""
        made = self.now() - int(age.total_seconds() * 1000)
        told = {"shareCode": code, "shareUid": uid, "shareTimeTs": made, "acceptTimeTs": made}
        return {"shareInfo": {**told, **info}, "userInfo": {"uid": uid, "phone": "1380", "email": "ann@example.com"}}

    def say(self, asked: Asked) -> Said:
        """Answer."""
        if asked.name == "deviceShareUserList" and self.refuses:
            return 200, {"code": self.refuses.pop(0), "msg": ""}
        if asked.name == "deviceShareUserList":
            return quectel_ok(self.rows)
        if asked.name == "shareByUid":
            self.rows.extend(self.entry(each) if isinstance(each, str) else each for each in self.adds)
            return quectel_ok(self.answer)
        return quectel_ok()

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[tuple[Account, Server]]:
        """Open an account."""
        async with account_at("quectel", self.say) as opened:
            yield opened


async def done_to(server: Server, act: Any) -> object:
    """Do something to a share, and give the code that it was done to."""
    count = len(server.asked)
    try:
        await act
    except SharebindError as error:
        return type(error)
    changes = [each for each in server.asked[count:] if each.name != "deviceShareUserList"]
    return [each.fields["shareCode"] for each in changes]


# ---------------------------------------------------------------------------------------------- another's later share


async def test_an_invitation_is_no_share_that_came_by_a_code(home: Home) -> None:
    """What the invited person took by a code in the same moment is neither ended nor changed as the invitation."""
    waiting(home)
    device = await home.bound()
    invited = await home.owner.share(device, to=guest(home), use_until=LATER)
    offer = await home.owner.share(device, to=Anyone(), accept_by=LATER, use_until=DAY)
    await home.guest.accept(offer.code)
    before = await home.owner.shares(device=device).all()
    with pytest.raises(ShareNotFoundError):
        await home.owner.end(stored(invited))
    with pytest.raises(ShareNotFoundError):
        await home.owner.change(stored(invited), use_until=timedelta(days=300))
    assert await home.owner.shares(device=device).all() == before
    assert home.has(home.guest)


async def test_an_invitation_is_no_later_invitation(home: Home) -> None:
    """Of two invitations of one person, the one that is not listed never means the one that is."""
    waiting(home)
    device = await home.bound()
    first = await home.owner.share(device, to=guest(home), overlap=Overlap.KEEP)
    home.clouds.clock.advance(timedelta(seconds=1))
    await home.owner.share(device, to=guest(home), overlap=Overlap.KEEP)
    await home.guest.accept(home.shares()[-1]["code"])
    with pytest.raises(ShareNotFoundError):
        await home.owner.end(stored(first))
    assert home.has(home.guest)


@pytest.mark.parametrize("codes", [("CODE", "CODE"), ("CODE", "OTHER")])
async def test_what_a_lookup_finds_is_held_by_nobody_else(codes: tuple[str, str]) -> None:
    """Several who hold what was found are no one's to end alone, and no key of ours goes to the vendor."""
    desk = Desk(refuses=[5000, 5000])
    async with desk.open() as (account, server):
        desk.adds = [codes[0], desk.entry(codes[1], "u2")]
        invited = await account.share(DEVICE, to=UserId("u1"))
        assert invited.evidence is Evidence.ASSUMED
        expected = ConflictError if codes[0] == codes[1] else ["CODE"]
        assert await done_to(server, account.end(stored(invited))) == expected


async def test_a_told_code_is_checked_for_other_takers_as_well() -> None:
    """A code that the call answered and that others took too is not ended for one of them."""
    desk = Desk(answer="CODE", refuses=[5000, 5000])
    async with desk.open() as (account, server):
        desk.adds = ["CODE", desk.entry("CODE", "u2")]
        invited = await account.share(DEVICE, to=UserId("u1"))
        assert await done_to(server, account.end(stored(invited))) is ConflictError
        assert await done_to(server, account.change(stored(invited), use_until=DAY)) is ConflictError


async def test_a_text_that_is_another_persons_code_is_no_code_of_this_share() -> None:
    """Whatever the call answers: the share of somebody else is not reported, and the invited person's is found."""
    desk = Desk(answer="THEIRS")
    async with desk.open() as (account, server):
        desk.rows = [desk.entry("THEIRS", "u2", age=DAY)]
        desk.adds = ["MINE"]
        invited = await account.share(DEVICE, to=UserId("u1"))
        assert await done_to(server, account.end(stored(invited))) == ["MINE"]


# --------------------------------------------------------------------------------------------------- the vendor's clock


@pytest.mark.parametrize("clock", [AHEAD, -AHEAD, timedelta()], ids=["ahead", "behind", "alike"])
@pytest.mark.parametrize("age", [timedelta(), timedelta(minutes=1), AHEAD, DAY])
async def test_no_clock_makes_an_older_share_the_new_one(clock: timedelta, age: timedelta) -> None:
    """What was listed before the call is not what it made, whatever the vendor's clock says."""
    desk = Desk(clock=clock)
    async with desk.open() as (account, server):
        desk.rows = [desk.entry("OLD", age=age)]
        invited = await account.share(DEVICE, to=UserId("u1"), use_until=LATER)
        assert (invited.evidence, invited.state) == (Evidence.ASSUMED, State.UNKNOWN)
        assert invited.use_until is not None
        assert await done_to(server, account.end(stored(invited))) is ShareNotFoundError


async def test_an_older_share_that_fits_by_the_clocks_is_remembered_as_another() -> None:
    """Where the clocks disagree so that an older share fits, the stored ref knows it as another's."""
    desk = Desk()
    async with desk.open() as (account, server):
        # Its moment is within the call by our clock, and yet it was listed before.
        for lead in range(20):
            desk.rows.append(desk.entry(f"OLD{lead}", age=timedelta(milliseconds=-lead)))
        invited = await account.share(DEVICE, to=UserId("u1"))
        assert len(invited.ref.reveal()) < 1500
        assert await done_to(server, account.end(stored(invited))) is ShareNotFoundError


@pytest.mark.parametrize("clock", [AHEAD, -AHEAD, timedelta()], ids=["ahead", "behind", "alike"])
@pytest.mark.parametrize("to", [UserId("u1"), Email("Ann@example.com"), Phone("86", "1380")])
async def test_what_is_new_in_the_list_is_the_share_by_any_clock(clock: timedelta, to: Any) -> None:
    """The one share with that person that was not listed before is the new one."""
    desk = Desk(clock=clock, answer="success")
    async with desk.open() as (account, server):
        desk.rows = [desk.entry("OLD", age=LATER)]
        desk.adds = ["NEW", desk.entry("CODED", acceptingExpireAtTs=desk.now() + 60_000)]
        invited = await account.share(DEVICE, to=to)
        assert (invited.state, invited.ref.key, invited.ref.via) == (State.ACTIVE, Secret("NEW"), Via.PERSON)
        assert await done_to(server, account.end(stored(invited))) == ["NEW"]


@pytest.mark.parametrize("uid", [17, "17"])
async def test_a_person_whose_id_comes_as_a_number_is_found(uid: object) -> None:
    """Numbers are read as texts here as well."""
    desk = Desk()
    async with desk.open() as (account, _):
        desk.adds = [desk.entry("NEW", uid)]
        assert (await account.share(DEVICE, to=UserId("17"))).ref.key == Secret("NEW")


async def test_an_entry_of_two_people_is_nobodys() -> None:
    """An entry that names one person here and another there is not taken for either's."""
    desk = Desk()
    async with desk.open() as (account, _):
        desk.adds = [desk.entry("NEW", "u1", shareUid="u2")]
        for uid in ("u1", "u2"):
            desk.rows.clear()
            assert (await account.share(DEVICE, to=UserId(uid))).evidence is Evidence.ASSUMED


# -------------------------------------------------------------------------------------------------------- failing lists


async def test_a_list_that_fails_before_does_not_forbid_to_share(home: Home) -> None:
    """The share is made, and known by what the call answered or by the moment that it was made in."""
    home.cloud.set_guess("invite_returns_code", value=False)
    device = await home.bound()
    home.cloud.faults.add("status", operation="deviceShareUserList")
    invited = await home.owner.share(device, to=guest(home))
    assert (invited.state, invited.evidence) == (State.ACTIVE, Evidence.VENDOR)
    assert (await home.owner.end(stored(invited))).state is State.ENDED
    assert not home.has(home.guest)


async def test_who_may_not_share_is_told_so_by_the_call_itself(home: Home) -> None:
    """A refused look at the list is no refusal to share: the vendor's own answer to the wish is the one to tell."""
    device = await home.bound()
    with pytest.raises(PermissionDeniedError) as refused:
        await home.guest.share(device, to=UserId(home.person(home.other).user_id))
    assert refused.value.vendor_code == "5135"


async def test_a_vendor_that_asks_to_slow_down_is_not_asked_to_share(home: Home) -> None:
    """Where the list was refused for haste, nothing more is sent."""
    device = await home.bound()
    home.cloud.faults.add("throttle", operation="deviceShareUserList")
    with pytest.raises(RateLimitedError):
        await home.owner.share(device, to=guest(home))
    assert "shareByUid" not in [each.operation for each in home.cloud.requests]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_list_with_a_gap_decides_nothing(when: str) -> None:
    """An entry that cannot be read may be the share, so none beside it is taken for it, now or later."""
    desk = Desk()
    gap: Any = {"shareInfo": "?"}
    async with desk.open() as (account, server):
        desk.rows, desk.adds = ([gap], ["NEW"]) if when == "before" else ([], ["NEW", gap])
        invited = await account.share(DEVICE, to=UserId("u1"))
        assert invited.evidence is Evidence.ASSUMED
        assert await done_to(server, account.end(stored(invited))) is MalformedReplyError


async def test_a_gap_may_be_another_taker() -> None:
    """One of several takers is not ended where an entry could not be read."""
    desk = Desk()
    async with desk.open() as (account, server):
        desk.rows = [desk.entry("CODE", "u1"), desk.entry("CODE", "u2")]
        [first, _] = await account.shares(device=DEVICE).all()
        desk.rows[1] = {"shareInfo": "?"}
        assert await done_to(server, account.end(stored(first))) is MalformedReplyError


# ------------------------------------------------------------------------------------------------------- several takers


@pytest.mark.parametrize("seen", [State.ACTIVE, State.UNKNOWN])
@pytest.mark.parametrize("ended_listed", [True, False])
async def test_who_has_left_leaves_the_others_alone(home: Home, seen: State, ended_listed: bool) -> None:
    """The stored share of a taker who left has nothing to end, though somebody else still has the code."""
    home.cloud.set_guess("code_uses", "many")
    home.cloud.set_guess("ended_shares_listed", ended_listed)
    device = await home.bound()
    offer = await home.code(device)
    for account in (home.guest, home.other):
        await account.accept(offer.code)
    [share] = [each for each in await home.owner.shares().all() if _is(each, guest(home))]
    await home.guest.end((await home.guest.received().all())[0])
    ended = await home.owner.end(stored(share), seen=seen)
    assert ended.state is (State.ENDED if ended_listed or seen is State.ACTIVE else State.UNKNOWN)
    with pytest.raises(ShareNotFoundError):
        await home.owner.change(stored(share), use_until=LATER)
    assert home.has(home.other)
    assert (await home.other.received().all())[0].use_until is None
    assert not {"ownerUserUnshareDevice", "setShareTime"} & {each.operation for each in home.cloud.requests}


async def test_who_is_left_alone_with_a_code_is_ended_by_it(home: Home) -> None:
    """The stored share of the last taker is ended, as the code is theirs alone now."""
    home.cloud.set_guess("code_uses", "many")
    offer = await home.code(await home.bound())
    for account in (home.guest, home.other):
        await account.accept(offer.code)
    [share] = [each for each in await home.owner.shares().all() if _is(each, guest(home))]
    await home.other.end((await home.other.received().all())[0])
    assert (await home.owner.end(stored(share))).state is State.ENDED
    assert not home.has(home.guest)


async def test_a_taker_whom_nobody_names_counts() -> None:
    """Somebody unnamed who holds the code may be another one, so it is not ended for one."""
    desk = Desk()
    async with desk.open() as (account, server):
        desk.rows = [desk.entry("CODE", "u1"), desk.entry("CODE", "u2")]
        [first, _] = await account.shares(device=DEVICE).all()
        desk.rows[1] = desk.entry("CODE", None)
        assert await done_to(server, account.end(stored(first))) is ConflictError


@pytest.mark.parametrize("code", ["a#b", "find:x", "taker:[1]", "#"])
async def test_a_recipients_code_is_sent_as_it_is(code: str) -> None:
    """Codes are opaque: one that looks like a key of ours is still what was received."""
    async with Desk().open() as (account, server):
        ref = ShareRef(provider="quectel", side=Side.RECIPIENT, via=Via.CODE, device=DEVICE, key=Secret(code))
        assert await done_to(server, account.end(ref)) == [code]


async def test_a_code_with_a_mark_in_it_is_whole() -> None:
    """A code with a character that might have meant something is sent whole by its owner too."""
    async with Desk().open() as (account, server):
        ref = ShareRef(provider="quectel", side=Side.OWNER, via=Via.CODE, device=DEVICE, key=Secret("a#b"))
        assert await done_to(server, account.end(ref)) == ["a#b"]


def _is(share: Share, who: UserId) -> bool:
    return share.recipient is not None and share.recipient.user_id == who.value
