"""States of eWeLink's emulated cloud that make it answer a code by itself."""

from __future__ import annotations

from typing import Any, Final

from sharebind import ByText, DeviceRef, Email, Phone, Space, State
from sharebind.provider import Somebody
from sharebind_ewelink import ByDigest

from .cause import (
    YEARS,
    Cause,
    after,
    guessing,
    read_plainly,
    read_with_dead_token,
    sign_in_as,
    sign_in_with_wrong_password,
    wrong_token,
)
from .expected import Act
from .situations import Prepare, bind_free, revoke
from .situations_ewelink import bind_gsm, change, renew, share
from .stage import Vendor

NOWHERE: Final = DeviceRef("10ffffffff")
GUEST: Final = Email("guest@example.com")


async def read_evicted(vendor: Vendor) -> Act:
    """Ask with a token that a later sign-in ended."""
    cloud: Any = vendor.cloud
    cloud.evict("owner")
    return await read_plainly(vendor)


async def read_too_fast(vendor: Vendor) -> Act:
    """Ask twice at once."""
    vendor.cloud.set_guess("limits", "kept")
    await vendor.account().spaces().all()
    return await read_plainly(vendor)


async def sign_in_by_personal_app(vendor: Vendor) -> Act:
    """Sign in to an app that may not."""
    app = vendor.cloud.app
    return await sign_in_as(app_id=app["personal_app_id"], app_secret=app["personal_app_secret"])(vendor)


async def sign_in_elsewhere(vendor: Vendor) -> Act:
    """Sign in where the account does not live."""
    cloud: Any = vendor.cloud
    cloud.move_user("owner", "eu")
    return lambda: vendor.manner.read(vendor.signing_in())


async def share_by_oauth(vendor: Vendor) -> Act:
    """Share with a token of a personal app, in an account that is set up as an enterprise's."""
    cloud: Any = vendor.cloud
    device = await vendor.bound()
    token = cloud.oauth_tokens("owner")["accessToken"]
    return lambda: vendor.account(token=token).share(device, to=GUEST)


def bind(device: str = "", **changed: str) -> Prepare:
    """Bind with another id, key or chip than the device's."""

    async def prepare(vendor: Vendor) -> Act:
        known = vendor.cloud.devices[0]
        proof = known.proof | changed
        shown = ByDigest(apikey=proof["apikey"], chip=proof["chipid"])
        return lambda: vendor.account().bind(DeviceRef(device or known.device), shown)

    return prepare


async def bind_held_elsewhere(vendor: Vendor) -> Act:
    """Bind what another holds."""
    await vendor.bound(user="other")
    return await bind_free(vendor)


async def bind_again(vendor: Vendor) -> Act:
    """Bind what one holds."""
    await vendor.bound()
    return await bind_free(vendor)


async def bind_gsm_held_elsewhere(vendor: Vendor) -> Act:
    """Bind by its code what another holds."""
    await vendor.account("other").bind(None, ByText(vendor.cloud.devices[-1].proof["qr"]))
    return await bind_gsm(vendor)


async def bind_gsm_of_nobody(vendor: Vendor) -> Act:
    """Bind by a code of no device."""
    return lambda: vendor.account().bind(None, ByText("https://example.com/addGsm?id=0123456789"))


async def bind_into_foreign_home(vendor: Vendor) -> Act:
    """Bind into another's home."""
    proof = vendor.manner.proof(vendor.cloud.devices[0])
    assert proof is not None
    return lambda: vendor.account().bind(vendor.device(), proof, space=vendor.home("other"))


async def bind_into_foreign_room(vendor: Vendor) -> Act:
    """Bind into a room that the home lacks."""
    proof = vendor.manner.proof(vendor.cloud.devices[0])
    assert proof is not None
    space = Space(vendor.home().id, "nowhere")
    return lambda: vendor.account().bind(vendor.device(), proof, space=space)


async def rename_with_wrong_token(vendor: Vendor) -> Act:
    """Name a device with nobody's token."""
    device = await vendor.bound()
    return lambda: vendor.account(token="nobody's").rename(device, "lamp")


async def rename_nowhere(vendor: Vendor) -> Act:
    """Name a device that nobody knows."""
    return lambda: vendor.account().rename(NOWHERE, "lamp")


async def rename_not_own(vendor: Vendor) -> Act:
    """Name what another holds."""
    await vendor.bound(user="other")
    return lambda: vendor.account().rename(vendor.device(), "lamp")


async def place_in_no_room(vendor: Vendor) -> Act:
    """Put a device into a room that its home lacks."""
    device = await vendor.bound()
    space = Space(vendor.home().id, "nowhere")
    return lambda: vendor.account().place(device, space)


def share_with(to: Somebody) -> Prepare:
    """Share with somebody."""

    async def prepare(vendor: Vendor) -> Act:
        device = await vendor.bound()
        return lambda: vendor.account().share(device, to=to)

    return prepare


async def share_across(vendor: Vendor) -> Act:
    """Share with a person of another region."""
    cloud: Any = vendor.cloud
    cloud.move_user("guest", "eu")
    return await share(vendor)


async def share_with_signed_out(vendor: Vendor) -> Act:
    """Share with a person who is signed in nowhere."""
    vendor.cloud.set_guess("share_with_signed_out", 30008)
    vendor.end_tokens("guest")
    return await share(vendor)


async def share_received(vendor: Vendor) -> Act:
    """Share on what was received."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("guest").share(given.device, to=Email(vendor.user("other").email))


async def change_ended(vendor: Vendor) -> Act:
    """Set the rights of a share that is over."""
    act = await change(vendor)
    (taken,) = await vendor.account("guest").received().all()
    await vendor.account("guest").end(taken)
    return act


def revoke_left(seen: State) -> Prepare:
    """End a share that its recipient left."""

    async def prepare(vendor: Vendor) -> Act:
        act = await revoke(seen)(vendor)
        (taken,) = await vendor.account("guest").received().all()
        await vendor.account("guest").end(taken)
        return act

    return prepare


async def end_not_own(vendor: Vendor) -> Act:
    """End another's share."""
    given, _ = await vendor.granted()
    return lambda: vendor.account("other").end(given)


async def renew_used(vendor: Vendor) -> Act:
    """Renew with a refresh token that was used."""
    vendor.cloud.set_guess("refresh_ends_access_token", False)
    act = await renew(vendor)
    await act()
    vendor.end_tokens()
    return act


async def renew_evicted(vendor: Vendor) -> Act:
    """Renew a session that a later sign-in ended, before anybody tells so."""
    act = await renew(vendor)
    cloud: Any = vendor.cloud
    cloud.faults.add("code", code="402", operation="list_homes")
    cloud.evict("owner")
    return act


EWELINK: Final[tuple[Cause, ...]] = (
    Cause("a token of nobody", "401", "spaces", wrong_token, changes=False),
    Cause("a token of nobody on a change", "401", "rename", rename_with_wrong_token),
    Cause("a session that a later one ended", "401", "spaces", read_evicted, changes=False),
    Cause("a token that died", "402", "spaces", read_with_dead_token, changes=False),
    Cause("a token after its time", "402", "spaces", after(YEARS, read_plainly), changes=False),
    Cause("a refresh token that was used", "401", "renew", renew_used, changes=False),
    Cause(
        "a refresh token that was used, told otherwise",
        "402",
        "renew",
        guessing("used_refresh_token_code", 402, renew_used),
        changes=False,
    ),
    Cause("a refresh token of a session that ended", "401", "renew", renew_evicted, changes=False),
    Cause("two calls at once", "412", "spaces", read_too_fast, changes=False),
    Cause("an app that may not sign in", "407", "sign_in", sign_in_by_personal_app, changes=False),
    Cause("an app of nobody", "407", "sign_in", sign_in_as(app_id="another"), changes=False),
    Cause("an app's wrong secret", "401", "sign_in", sign_in_as(app_secret="another"), changes=False),
    Cause("a wrong password", "10001", "sign_in", sign_in_with_wrong_password, changes=False),
    Cause("an address of nobody", "10003", "sign_in", sign_in_as(email="no@body.example"), changes=False),
    Cause("an account of another region", "10004", "sign_in", sign_in_elsewhere, changes=False),
    Cause("a credential that may not share", "407", "share", share_by_oauth),
    Cause("an id that is malformed", "30010", "bind", bind("lamp")),
    Cause("an id of no device", "30011", "bind", bind("10ffffffff")),
    Cause("a wrong chip", "30014", "bind", bind(chipid="another")),
    Cause("a wrong key", "30015", "bind", bind(apikey="another")),
    Cause("binding what another holds", "406", "bind", bind_held_elsewhere),
    Cause("binding twice", "406", "bind", guessing("bound_again", 406, bind_again)),
    Cause("binding into somebody's home", "406", "bind", bind_into_foreign_home),
    Cause("binding into no room", "405", "bind", guessing("strange_home_code", 405, bind_into_foreign_room)),
    Cause("binding by its code what another holds", "30007", "bind", bind_gsm_held_elsewhere),
    Cause("a code of no device", "400", "bind", bind_gsm_of_nobody),
    Cause("a code of no device, told otherwise", "405", "bind", guessing("unknown_gsm_id", 405, bind_gsm_of_nobody)),
    Cause("naming what nobody knows", "405", "rename", rename_nowhere),
    Cause("naming what another holds", "406", "rename", rename_not_own),
    Cause("a place in no room", "406", "place", place_in_no_room),
    Cause("sharing with an address of nobody", "30008", "share", share_with(Email("no@body.example"))),
    Cause("sharing with a phone of nobody", "30008", "share", share_with(Phone("86", "13900000000"))),
    Cause("sharing across regions", "30008", "share", share_across),
    Cause("sharing across regions, told otherwise", "406", "share", guessing("cross_region_share", 406, share_across)),
    Cause("sharing with who is signed out", "30008", "share", share_with_signed_out),
    Cause("sharing with oneself", "406", "share", share_with(Email("owner@example.com"))),
    Cause("sharing on", "406", "share", share_received),
    Cause("changing what is over", "405", "change", change_ended),
    Cause("revoking what was left", "405", "end", revoke_left(State.ACTIVE), seen=State.ACTIVE),
    Cause("revoking what was left, by ref", "405", "end", revoke_left(State.UNKNOWN)),
    Cause("revoking what another gave", "406", "end", end_not_own, seen=State.ACTIVE),
)
