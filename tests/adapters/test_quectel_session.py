"""Signing in at Quectel's emulated cloud: once for all, stored before it is used, never against the vendor's will."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any, cast

import attrs
import pytest

from sharebind import (
    Account,
    DeviceRef,
    MemoryTokenStore,
    Outcome,
    OutcomeUnknownError,
    Secret,
    Sharebind,
    SignInError,
    UnavailableError,
    WrongRegionError,
)
from sharebind.emulator import Clouds
from sharebind_quectel.emulator import QuectelCloud
from sharebind_quectel.settings import QuectelSettings, place

HOURS = timedelta(hours=3)
SIGN_IN = {"email": "emailPwdLogin", "phone": "phonePwdLogin"}


class Store(MemoryTokenStore):
    """A token store that tells what it was given, and how many requests the cloud had had by then."""

    def __init__(self, cloud: QuectelCloud) -> None:
        super().__init__()
        self.cloud = cloud
        self.saved: list[tuple[Mapping[str, Secret], int]] = []

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep them, a little later."""
        await asyncio.sleep(0.01)
        self.saved.append((dict(tokens), len(self.cloud.requests)))
        await super().save(account, tokens)


@attrs.frozen
class Office:
    """A cloud, and a host with a token store."""

    clouds: Clouds
    cloud: QuectelCloud
    store: Store
    sharebind: Sharebind

    def settings(self, user: str = "owner", *, by: str = "email", **more: Any) -> dict[str, Any]:
        """Give what a person signs in with."""
        person = self.cloud.user(user)
        who = {"email": person.email} if by == "email" else {"phone": person.phone}
        return {"base_url": self.cloud.base_url, "password": person.password, **self.cloud.app, **who, **more}

    def open(self, user: str = "owner", *, name: str = "desk", by: str = "email", **more: Any) -> Account:
        """Open an account that signs in by itself."""
        return self.sharebind.open_account("quectel", self.settings(user, by=by, **more), name=name)

    def device(self) -> DeviceRef:
        """Give a device that nobody has bound."""
        free = self.cloud.devices[0]
        return DeviceRef(free.device, free.product)

    def asked(self, *, since: int = 0) -> list[str]:
        """Give the calls that came, in order."""
        return [each.operation for each in self.cloud.requests[since:]]

    def restarted(self) -> Sharebind:
        """Give the host as it is after a restart: only the store is what it was."""
        return Sharebind(clock=self.clouds.clock, tokens=self.store)


@pytest.fixture
async def office(clouds: Clouds) -> AsyncGenerator[Office]:
    """Open a host at the emulated cloud."""
    cloud = cast("QuectelCloud", clouds["quectel"])
    store = Store(cloud)
    async with Sharebind(clock=clouds.clock, tokens=store) as sharebind:
        yield Office(clouds, cloud, store, sharebind)
    assert cloud.violations == []


@pytest.mark.parametrize("by", ["email", "phone"])
async def test_an_account_signs_in_when_it_is_first_used(office: Office, by: str) -> None:
    """Nothing is sent before the first wish; then one sign-in, and the wish in that person's name."""
    desk = office.open(by=by, mcc=460)
    assert office.asked() == []
    assert (await desk.me()).user_id == office.cloud.user("owner").user_id
    await desk.me()
    assert office.asked() == [SIGN_IN[by], "userInfo", "userInfo"]
    assert office.cloud.requests[0].query["mcc"] == ["460"]


async def test_a_given_token_comes_before_the_credentials(office: Office) -> None:
    """A token that works is used; when it dies the credentials serve."""
    desk = office.open(token=office.cloud.user("owner").token)
    await desk.me()
    office.cloud.end_tokens("owner")
    await desk.me()
    assert office.asked() == ["userInfo", "userInfo", "emailPwdLogin", "userInfo"]


async def test_a_given_refresh_token_renews(office: Office) -> None:
    """A platform that hands over a pair needs no password."""
    await office.open(name="first").me()
    pair = office.store.saved[-1][0]
    settings = {"base_url": office.cloud.base_url, "token": pair["access"], "refresh_token": pair["refresh"]}
    desk = office.sharebind.open_account("quectel", settings, name="second")
    office.cloud.end_tokens("owner")
    count = len(office.cloud.requests)
    await desk.me()
    assert office.asked(since=count) == ["userInfo", "refreshToken", "userInfo"]


@pytest.mark.parametrize("ends_old", [False, True])
async def test_a_hundred_calls_renew_once(office: Office, ends_old: bool) -> None:
    """However many calls find the token dead, one renewal goes out, and all of them are answered."""
    office.cloud.set_guess("refresh_ends_old", ends_old)
    desk = office.open()
    await desk.me()
    for _ in range(2):
        office.clouds.clock.advance(HOURS)
        count = len(office.cloud.requests)
        found = await asyncio.gather(*(desk.me() for _ in range(100)))
        assert {person.user_id for person in found} == {office.cloud.user("owner").user_id}
        assert office.asked(since=count).count("refreshToken") == 1
        assert "emailPwdLogin" not in office.asked(since=count)


async def test_a_change_is_done_once_though_its_token_had_died(office: Office) -> None:
    """A change that met a dead token is repeated with the new one, and happens once."""
    desk = office.open()
    await desk.me()
    office.clouds.clock.advance(HOURS)
    await desk.bind(office.device())
    assert [each.operation for each in office.cloud.requests if each.effect] == ["bindDeviceDk"]


async def test_a_pair_is_stored_before_it_is_used(office: Office) -> None:
    """After a sign-in, and after a renewal, the store has the pair before the vendor sees its token."""
    desk = office.open()
    await desk.me()
    office.clouds.clock.advance(HOURS)
    await desk.me()
    assert office.asked() == ["emailPwdLogin", "userInfo", "userInfo", "refreshToken", "userInfo"]
    assert [count for _, count in office.store.saved] == [1, 4]
    assert {"access", "refresh"} <= set(office.store.saved[0][0])


async def test_a_restart_needs_no_sign_in(office: Office) -> None:
    """What the store has serves the next process, which renews it when it is dead."""
    await office.open().me()
    count = len(office.cloud.requests)
    async with office.restarted() as again:
        await again.open_account("quectel", office.settings(), name="desk").me()
        office.clouds.clock.advance(HOURS)
        await again.account("desk").me()
    assert office.asked(since=count) == ["userInfo", "userInfo", "refreshToken", "userInfo"]


@pytest.mark.parametrize("change", ["user", "app", "token"])
async def test_another_user_never_gets_the_stored_token(office: Office, change: str) -> None:
    """Other settings under the same account's name sign in for themselves."""
    await office.open().me()
    count = len(office.cloud.requests)
    settings = office.settings("guest" if change == "user" else "owner")
    if change == "app":
        settings["user_domain"] = "C.DM.1.1"
    if change == "token":
        settings = {"base_url": office.cloud.base_url, "token": office.cloud.user("guest").token}
    async with office.restarted() as again:
        desk = again.open_account("quectel", settings, name="desk")
        if change == "app":
            with pytest.raises(SignInError):
                await desk.me()
        else:
            assert (await desk.me()).user_id == office.cloud.user("guest").user_id
    assert office.asked(since=count)[0] == ("userInfo" if change == "token" else "emailPwdLogin")


@pytest.mark.parametrize("kind", ["lost", "refuse", "garbage", "status"])
async def test_a_lost_renewal_signs_in_again(office: Office, kind: str) -> None:
    """A renewal without an answer may have used up the pair: the credentials give another one."""
    office.cloud.set_guess("refresh_ends_old", value=True)
    desk = office.open()
    await desk.me()
    office.clouds.clock.advance(HOURS)
    office.cloud.faults.add(kind, operation="refreshToken")
    count = len(office.cloud.requests)
    assert (await desk.me()).user_id
    assert office.asked(since=count) == ["userInfo", "refreshToken", "emailPwdLogin", "userInfo"]


@pytest.mark.parametrize("code", [5115, 5489])
async def test_a_dead_refresh_token_signs_in_again(office: Office, code: int) -> None:
    """A refresh token that the vendor takes no more is replaced by a sign-in."""
    desk = office.open()
    await desk.me()
    office.clouds.clock.advance(HOURS)
    office.cloud.faults.add("code", operation="refreshToken", code=code)
    await desk.me()
    assert office.asked()[-2:] == ["emailPwdLogin", "userInfo"]


async def test_an_unanswered_sign_in_is_not_repeated(office: Office) -> None:
    """A sign-in that got no answer is the caller's to try again, and then it is tried."""
    desk = office.open()
    office.cloud.faults.add("lost", operation="emailPwdLogin")
    with pytest.raises(UnavailableError) as error:
        await desk.me()
    assert (error.value.outcome, office.asked()) == (Outcome.NOTHING, ["emailPwdLogin"])
    await desk.me()
    assert office.asked() == ["emailPwdLogin", "emailPwdLogin", "userInfo"]


@pytest.mark.parametrize("by", ["email", "phone"])
async def test_refused_credentials_are_not_tried_again(office: Office, by: str) -> None:
    """A wrong password costs one try of those that the vendor counts, however often the account is used."""
    desk = office.open(by=by, password="wrong-1")
    for _ in range(3):
        with pytest.raises(SignInError) as error:
            await desk.me()
        assert error.value.tries_left == 4
    await asyncio.gather(*(desk.me() for _ in range(20)), return_exceptions=True)
    assert office.asked() == [SIGN_IN[by]]
    with pytest.raises(SignInError):
        await office.open(by=by, password="wrong-2").me()
    assert office.asked() == [SIGN_IN[by]] * 2


TRIES = {5579: 1, 5580: 2, 5581: 3, 5582: 4, 5583: 1, 5584: 2, 5585: 3, 5586: 4}


@pytest.mark.parametrize("code", TRIES)
async def test_tries_that_are_left_are_told(office: Office, code: int) -> None:
    """Each refusal that counts tells how many tries are left."""
    by = "phone" if code < 5583 else "email"
    office.cloud.faults.add("code", operation=SIGN_IN[by], code=code)
    with pytest.raises(SignInError) as error:
        await office.open(by=by).me()
    assert (error.value.tries_left, error.value.retry_after) == (TRIES[code], None)


@pytest.mark.parametrize(("code", "minutes"), [(5147, 20), (5148, 20), (5325, 24 * 60)])
async def test_a_lock_out_tells_how_long_and_is_waited_for(office: Office, code: int, minutes: int) -> None:
    """A lock tells its time; before it is over nothing is sent, and afterwards the sign-in works."""
    desk, locked = office.open(), timedelta(minutes=minutes)
    office.cloud.faults.add("code", operation="emailPwdLogin", code=code)
    with pytest.raises(SignInError) as error:
        await desk.me()
    assert error.value.retry_after == locked
    office.clouds.clock.advance(locked / 2)
    with pytest.raises(SignInError) as error:
        await desk.me()
    assert error.value.retry_after is not None
    assert timedelta() < error.value.retry_after <= locked / 2
    assert office.asked() == ["emailPwdLogin"]
    office.clouds.clock.advance(locked / 2)
    await desk.me()
    assert office.asked() == ["emailPwdLogin", "emailPwdLogin", "userInfo"]


# -------------------------------------------------------------------------------------------------------- data centres


@pytest.mark.parametrize("code", [6084, 6085])
async def test_a_wrong_data_centre_is_named_at_sign_in(office: Office, code: int) -> None:
    """A sign-in at the wrong data centre says where it was tried, and which others there are."""
    office.cloud.faults.add("code", operation="emailPwdLogin", code=code)
    with pytest.raises(WrongRegionError) as error:
        await office.open(mcc=310).me()
    told = str(error.value)
    assert f"this account is at {office.cloud.base_url}; the data centres are cn (https://" in told
    assert all(f"{name} (https://" in told for name in ("cn", "eu", "us"))


async def test_a_wrong_data_centre_is_named_when_binding(office: Office) -> None:
    """A device of another data centre is told in the same words, and nothing is bound."""
    office.cloud.faults.add("code", operation="bindDeviceDk", code=6083)
    with pytest.raises(WrongRegionError, match=r"the data centres are cn \(https") as error:
        await office.open().bind(office.device())
    assert error.value.vendor_code == "6083"


@pytest.mark.parametrize("code", [5015, 5031, 5420])
async def test_a_refusal_that_may_mean_the_data_centre_says_so(office: Office, code: int) -> None:
    """Where a wrong data centre looks like wrong credentials, the message names both."""
    office.cloud.faults.add("code", operation="emailPwdLogin", code=code)
    with pytest.raises(SignInError, match=r"user domain or data centre may be wrong too: this account is at http"):
        await office.open().me()


def test_a_data_centre_is_called_by_its_name() -> None:
    """An account that was given a region is told its name."""
    assert place(QuectelSettings(token=Secret("t"), region="eu")).startswith("this account is at data centre 'eu';")


# ------------------------------------------------------------------------------------------------------------ sign-out


async def test_signing_out_ends_the_session(office: Office) -> None:
    """The vendor ends the token, the store forgets it, and the next wish signs in anew."""
    desk = office.open()
    await desk.me()
    await desk.sign_out()
    assert office.store.saved[-1][0] == {}
    await desk.me()
    assert office.asked() == ["emailPwdLogin", "userInfo", "userLogout", "emailPwdLogin", "userInfo"]


async def test_signing_out_twice_is_quiet(office: Office) -> None:
    """There is nothing to end the second time, and nothing is sent."""
    desk = office.open()
    await desk.me()
    await desk.sign_out()
    await desk.sign_out()
    assert office.asked().count("userLogout") == 1


async def test_nobody_signs_in_to_sign_out(office: Office) -> None:
    """An account that was never used has nothing to end."""
    await office.open().sign_out()
    assert office.asked() == []


async def test_signing_out_with_a_dead_token_is_quiet(office: Office) -> None:
    """A session that is over already is over; it is neither renewed nor begun again."""
    desk = office.open()
    await desk.me()
    office.clouds.clock.advance(HOURS)
    await desk.sign_out()
    assert office.asked() == ["emailPwdLogin", "userInfo", "userLogout"]


async def test_a_restart_signs_out_of_the_stored_session(office: Office) -> None:
    """A host that restarted ends the session that its store still has."""
    await office.open().me()
    count = len(office.cloud.requests)
    async with office.restarted() as again:
        await again.open_account("quectel", office.settings(), name="desk").sign_out()
    assert office.asked(since=count) == ["userLogout"]


async def test_an_account_of_a_token_is_done_after_signing_out(office: Office) -> None:
    """Without credentials there is no way back, and the error says so."""
    settings = {"base_url": office.cloud.base_url, "token": office.cloud.user("owner").token}
    desk = office.sharebind.open_account("quectel", settings, name="desk")
    await desk.sign_out()
    with pytest.raises(SignInError, match="nothing to sign in with"):
        await desk.me()


async def test_a_sign_out_that_is_not_answered_is_unknown(office: Office) -> None:
    """Nobody knows whether the session ended; trying again settles it."""
    desk = office.open()
    await desk.me()
    office.cloud.faults.add("lost", operation="userLogout")
    with pytest.raises(OutcomeUnknownError):
        await desk.sign_out()
    await desk.sign_out()
    assert office.asked().count("userLogout") == 2
