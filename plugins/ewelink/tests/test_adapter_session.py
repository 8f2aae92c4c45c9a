"""Sessions: signing in, the region that an account lives in, tokens that die, and sessions that others end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from sharebind import (
    Account,
    DeviceRef,
    Email,
    NotEntitledError,
    OutcomeUnknownError,
    ProviderError,
    QuotaExceededError,
    Secret,
    SignInError,
    UnavailableError,
    UnsupportedError,
    WrongRegionError,
)
from sharebind_ewelink.emulator import EwelinkCloud
from sharebind_ewelink.rig import EwelinkRig

Open = Callable[..., Awaitable[Account]]
Asked = Callable[[], list[str]]


class Store:
    """A token store that outlives its process."""

    def __init__(self) -> None:
        self.rows: dict[str, Mapping[str, Secret]] = {}

    async def load(self, account: str, /) -> Mapping[str, Secret] | None:
        """Give what was saved last."""
        return self.rows.get(account)

    async def save(self, account: str, tokens: Mapping[str, Secret], /) -> None:
        """Keep these instead."""
        self.rows[account] = dict(tokens)


@pytest.fixture
def anywhere(cloud: EwelinkCloud) -> str:
    """Give the emulated cloud's address for all regions."""
    return cloud.base_url + "/{region}"


async def test_a_wrong_region_is_followed_once_and_remembered(
    cloud: EwelinkCloud, opened: Open, asked: Asked, anywhere: str
) -> None:
    """A sign-in is sent on to the region that 10004 names, and every later call goes there at once."""
    cloud.move_user("owner", "us")
    owner = await opened("owner", base_url=anywhere, region="eu", token=None)
    await owner.spaces().all()
    assert asked() == ["login", "login", "list_homes"]
    await owner.spaces().all()
    assert asked() == ["list_homes"]


async def test_a_restart_goes_to_the_right_region_at_once(
    cloud: EwelinkCloud, opened: Open, asked: Asked, anywhere: str
) -> None:
    """The region stands beside the tokens in the host's store (quirk ``region_moves_the_host``)."""
    cloud.move_user("owner", "as")
    store = Store()
    await (await opened("owner", store=store, base_url=anywhere, region="eu", token=None)).spaces().all()
    assert store.rows["owner"]["region"] == Secret("as")
    asked()
    again = await opened("owner", store=store, base_url=anywhere, region="eu", token=None)
    await again.spaces().all()
    assert asked() == ["list_homes"]
    cloud.end_tokens("owner")
    await again.spaces().all()
    assert asked() == ["list_homes", "refresh_token", "list_homes"]


async def test_one_address_cannot_be_followed(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """Where only one region's address is known the error names the right region, and what to set."""
    cloud.move_user("owner", "us")
    owner = await opened("owner", base_url=f"{cloud.base_url}/eu", token=None)
    with pytest.raises(WrongRegionError) as caught:
        await owner.spaces().all()
    assert caught.value.region == "us"
    assert 'region = "us"' in str(caught.value)
    assert asked() == ["login"]


async def test_a_second_wrong_region_is_the_end(cloud: EwelinkCloud, opened: Open, asked: Asked, anywhere: str) -> None:
    """Regions that send an account round and round are asked twice, and no more."""
    cloud.move_user("owner", "us")
    calls = iter(("us", "as", "cn"))

    def elsewhere(operation: str | None, body: Any) -> object:
        refused = {"error": 10004, "msg": "", "data": {"region": next(calls)}}
        return refused if operation == "login" else body

    cloud.rewrite = elsewhere
    owner = await opened("owner", base_url=anywhere, region="eu", token=None)
    with pytest.raises(WrongRegionError, match="'as'"):
        await owner.spaces().all()
    assert asked() == ["login", "login"]
    with pytest.raises(WrongRegionError, match="not asked again"):
        await owner.spaces().all()
    assert asked() == []


@pytest.mark.parametrize("named", ["evil.example/", "", None, 7, "eu"])
async def test_only_known_regions_are_followed(
    cloud: EwelinkCloud, opened: Open, asked: Asked, anywhere: str, named: object
) -> None:
    """What the vendor names becomes part of an address only if it is one of the four regions, and another one."""
    cloud.rewrite = lambda _operation, _body: {"error": 10004, "data": {"region": named}}
    owner = await opened("owner", base_url=anywhere, region="eu", token=None)
    with pytest.raises(WrongRegionError):
        await owner.spaces().all()
    assert asked() == ["login"]


async def test_a_given_token_is_followed_too(rig: EwelinkRig, cloud: EwelinkCloud, opened: Open, anywhere: str) -> None:
    """A token of another region finds it where the vendor says it; a share is made there, once."""
    cloud.set_guess("token_elsewhere", 10004)
    for name in ("owner", "guest"):
        cloud.move_user(name, "us")
    owner = await opened("owner", base_url=anywhere, region="eu", email=None, password=None)
    free = rig.free_device()
    await owner.bind(free.device, free.proofs[0])
    await owner.share(free.device, to=Email(cloud.user("guest").email))
    assert [each.effect for each in cloud.requests if each.operation == "share_devices"] == [True]


async def test_another_sign_in_ends_the_session_and_is_told(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """After an eviction nothing signs in by itself, and the error says why (quirk ``session_eviction``)."""
    owner = await opened("owner", token=None)
    await owner.spaces().all()
    cloud.evict("owner")
    asked()
    with pytest.raises(SignInError, match="another sign-in with this app and account has ended the session") as caught:
        await owner.spaces().all()
    assert caught.value.vendor_code == "401"
    assert asked() == ["list_homes"]


async def test_a_bare_401_begins_no_session_either(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """A refusal without a body may come of another sign-in too, so none follows it."""
    owner = await opened("owner", token=None)
    await owner.spaces().all()
    cloud.faults.add("status", operation="list_homes", status=401)
    asked()
    with pytest.raises(SignInError):
        await owner.spaces().all()
    assert asked() == ["list_homes"]


async def test_a_shared_store_heals_an_eviction(opened: Open, asked: Asked) -> None:
    """Two processes over one token store never end each other's session for long."""
    store = Store()
    one = await opened("owner", store=store, token=None)
    await one.spaces().all()
    two = await opened("owner", store=Store(), token=None)
    await two.spaces().all()  # a process with a store of its own ends the first one's session
    three = await opened("owner", store=store, token=None, take_over=True)
    await three.spaces().all()
    asked()
    await one.spaces().all()
    assert asked() == ["list_homes", "list_homes"]


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"app_secret": "another"}, SignInError, "app_secret may be wrong"),
        ({"app_id": "another"}, ProviderError, "does not know this app_id|app_secret may be wrong"),
    ],
)
async def test_a_sign_in_that_is_refused_for_the_app_says_so(
    opened: Open, wrong: dict[str, Any], kind: type[ProviderError], told: str
) -> None:
    """Before there is a token nobody can have ended its session: the app's own credentials are named."""
    owner = await opened("owner", token=None, **wrong)
    with pytest.raises(kind, match=told) as refused:
        await owner.spaces().all()
    assert "another sign-in" not in str(refused.value)


async def test_taking_over_is_asked_for(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """With ``take_over`` an evicted account signs in again, which ends the other session."""
    owner = await opened("owner", token=None, take_over=True)
    await owner.spaces().all()
    cloud.evict("owner")
    asked()
    assert await owner.spaces().all()
    assert asked()[-2:] == ["login", "list_homes"]


async def test_a_dead_token_is_renewed_once_for_all_who_wait(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """However many calls find the token dead, one renewal serves them all."""
    owner = await opened("owner", token=None)
    await owner.spaces().all()
    cloud.end_tokens("owner")
    asked()
    await asyncio.gather(*(owner.spaces().all() for _ in range(8)))
    calls = asked()
    assert calls.count("refresh_token") == 1
    assert "login" not in calls


async def test_a_given_pair_renews_without_a_password(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """A token with its refresh token is enough to go on."""
    refresh = cloud.refresh_token_of("owner")
    owner = await opened("owner", email=None, password=None, refresh_token=refresh)
    cloud.end_tokens("owner")
    assert await owner.spaces().all()
    assert asked() == ["list_homes", "refresh_token", "list_homes"]


async def test_a_lost_renewal_signs_in_again(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """A renewal whose answer was lost may have used up the pair: it is not repeated, a sign-in follows."""
    owner = await opened("owner", token=None)
    await owner.spaces().all()
    cloud.end_tokens("owner")
    cloud.faults.add("lost", operation="refresh_token")
    asked()
    assert await owner.spaces().all()
    assert asked() == ["list_homes", "refresh_token", "login", "list_homes"]


async def test_a_lost_sign_in_is_not_repeated(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """A sign-in is sent once, for vendors count failed tries; the next call may try again."""
    cloud.faults.add("lost", operation="login")
    owner = await opened("owner", token=None)
    with pytest.raises(UnavailableError):
        await owner.spaces().all()
    assert asked() == ["login"]
    assert await owner.spaces().all()


async def test_a_wrong_password_is_asked_once(opened: Open, asked: Asked) -> None:
    """Refused credentials are not sent again until the account is opened anew."""
    owner = await opened("owner", token=None, password="wrong")
    for expected in (["login"], []):
        with pytest.raises(SignInError) as caught:
            await owner.spaces().all()
        assert caught.value.vendor_code == "10001"
        assert asked() == expected


async def test_an_unknown_user_is_a_refused_sign_in(opened: Open) -> None:
    """10003 is about a recipient elsewhere, and about oneself when signing in."""
    owner = await opened("owner", token=None, email="nobody-there@example.com")
    with pytest.raises(SignInError) as caught:
        await owner.spaces().all()
    assert caught.value.vendor_code == "10003"


@pytest.mark.parametrize("number", ["either", "with country"])
async def test_signing_in_by_phone(cloud: EwelinkCloud, opened: Open, number: str) -> None:
    """A phone signs in with its country in front and in the number."""
    cloud.set_guess("login_phone", number)
    owner = await opened("owner", token=None, email=None, phone=cloud.user("owner").phone)
    assert await owner.spaces().all()


async def test_two_accounts_at_once(rig: EwelinkRig, cloud: EwelinkCloud, opened: Open, anywhere: str) -> None:
    """Accounts in two regions keep their tokens and their regions apart."""
    cloud.move_user("owner", "us")
    cloud.move_user("guest", "cn")
    accounts = [await opened(name, base_url=anywhere, region="eu", token=None) for name in ("owner", "guest")]
    for _ in range(2):
        homes = await asyncio.gather(*(account.spaces().all() for account in accounts))
        assert [[home.id for home in each] for each in homes] == [
            [home.id for home in rig.homes_of(rig.owner)],
            [home.id for home in rig.homes_of(rig.guest)],
        ]


async def test_an_oauth_account_lists_and_nothing_else(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """By OAuth homes and devices are read; a share is refused before anything is sent (``oauth_cannot_share``)."""
    token = cloud.oauth_tokens("owner")["accessToken"]
    owner = await opened("owner", token=token, email=None, password=None, tier="oauth")
    assert await owner.spaces().all()
    assert await owner.bindings().all() == []
    asked()
    with pytest.raises(UnsupportedError, match="OAuth"):
        await owner.share(DeviceRef("1000aaaaaa"), to=Email("guest@example.com"))
    assert asked() == []


async def test_an_oauth_account_renews_with_its_own_app(cloud: EwelinkCloud, opened: Open, asked: Asked) -> None:
    """A pair that came by OAuth is renewed with the app that it came by."""
    pair = cloud.oauth_tokens("owner")
    owner = await opened(
        "owner",
        email=None,
        password=None,
        tier="oauth",
        token=pair["accessToken"],
        refresh_token=pair["refreshToken"],
        app_id=cloud.app["personal_app_id"],
        app_secret=cloud.app["personal_app_secret"],
    )
    cloud.end_tokens("owner")
    assert await owner.spaces().all()
    assert asked() == ["list_homes", "refresh_token", "list_homes"]


async def test_an_oauth_token_taken_for_an_enterprises_is_told_so(
    rig: EwelinkRig, cloud: EwelinkCloud, opened: Open
) -> None:
    """An account whose tier is set wrongly learns from 407 that its app may not share."""
    token = cloud.oauth_tokens("owner")["accessToken"]
    owner = await opened("owner", token=token, email=None, password=None)
    free = rig.free_device()
    with pytest.raises(NotEntitledError) as caught:
        await owner.bind(free.device, free.proofs[0])
    assert caught.value.vendor_code == "407"


async def test_a_bare_403_is_a_spent_quota(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """Without a body HTTP 403 is a spent quota, in a body 403 is an unknown path (``http_403_means_two_things``)."""
    cloud.faults.add("status", operation="list_homes", status=403)
    with pytest.raises(QuotaExceededError) as caught:
        await rig.owner.spaces().all()
    assert caught.value.http_status == 403
    free = rig.free_device()
    cloud.faults.add("status", operation=None, status=403, times=None)
    with pytest.raises(QuotaExceededError):
        await rig.owner.bind(free.device, free.proofs[0])
    cloud.faults.clear()
    cloud.faults.add("code", operation="list_homes", code=403)
    with pytest.raises(Exception, match="unknown path"):
        await rig.owner.spaces().all()


async def test_a_bare_500_after_a_change_is_unknown(rig: EwelinkRig, cloud: EwelinkCloud) -> None:
    """A server fault says nothing of what became of a change."""
    free = rig.free_device()
    cloud.faults.add("status", status=500)
    with pytest.raises(OutcomeUnknownError):
        await rig.owner.bind(free.device, free.proofs[0])
