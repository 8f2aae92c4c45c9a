"""States of Tencent's emulated cloud that make it answer a code by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, cast

import attrs

from sharebind import Anyone, ByPairing, ByText, Email, Pairing, Secret, ShareRef, Space, State
from sharebind_tencent.emulator import TencentCloud

from .cause import (
    DAY,
    YEARS,
    Cause,
    accept_again,
    accept_orphan,
    accept_own,
    accept_second,
    accept_used,
    after,
    bind_again,
    end_not_own,
    end_twice,
    guessing,
    invite_nobody,
    invite_not_own,
    invite_self,
    list_not_own,
    list_of_broken_device,
    share_not_own,
    share_with_wrong_token,
    sign_in_as,
    sign_in_with_wrong_password,
    wrong_token,
)
from .expected import Act
from .proofs import signed
from .situations import (
    Prepare,
    accept_code,
    bind_free,
    bind_paired,
    check_pairing,
    inspect_code,
    leave,
    read_me,
    revoke,
)
from .stage import Vendor


async def inspect_never_made(vendor: Vendor) -> Act:
    """Ask for a token that nobody made."""
    return lambda: vendor.account("guest").inspect("0123456789abcdef0123456789abcdef")


async def wrong_signature(vendor: Vendor) -> Act:
    """Bind by a text that is in no device's code."""
    return lambda: vendor.account().bind(None, ByText("0" * 40), space=vendor.home())


async def bind_into_foreign_home(vendor: Vendor) -> Act:
    """Bind into another's home."""
    return lambda: vendor.account().bind(None, vendor.proof(), space=vendor.home("other"))


async def bind_into_foreign_room(vendor: Vendor) -> Act:
    """Bind into a room that the home lacks."""
    return lambda: vendor.account().bind(None, vendor.proof(), space=Space(vendor.home().id, "r_nowhere"))


async def bind_held_elsewhere(vendor: Vendor) -> Act:
    """Bind what another holds."""
    await vendor.bound(user="other")
    return await bind_free(vendor)


async def invite_from_foreign_home(vendor: Vendor) -> Act:
    """Invite to a device as if it stood in another's home."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=vendor.id_of("guest"), space=vendor.home("other"))


async def share_from_second_home(vendor: Vendor) -> Act:
    """Share a device as if it stood in the other home."""
    landlord = vendor.account("landlord")
    await landlord.bind(None, vendor.proof(), space=vendor.home("landlord", 1))
    return lambda: landlord.share(vendor.device(), to=Anyone(), space=vendor.home("landlord", 0))


async def accept_with_full_hands(vendor: Vendor) -> Act:
    """Take a code with as many received devices as one may have."""
    await vendor.granted()
    second = await vendor.offered(await vendor.bound(1))
    return lambda: vendor.account("guest").accept(second)


async def accept_of_full_device(vendor: Vendor) -> Act:
    """Take a code of a device with as many users as it may have."""
    given, _ = await vendor.granted()
    second = await vendor.offered(given.device)
    return lambda: vendor.account("other").accept(second)


async def revoke_somebody_else(vendor: Vendor) -> Act:
    """End the access of somebody who has none."""
    given, _ = await vendor.granted()
    key = Secret(vendor.user("other").user_id)
    stored = ShareRef.parse(attrs.evolve(given.ref, key=key).reveal())
    return lambda: vendor.account().end(stored)


async def find_nobody(vendor: Vendor) -> Act:
    """Look for an address of nobody."""
    return lambda: vendor.account().find_user(Email("nobody@example.com"))


async def share_with_nobody(vendor: Vendor) -> Act:
    """Invite an address of nobody."""
    device = await vendor.bound()
    return lambda: vendor.account().share(device, to=Email("nobody@example.com"))


async def sign_in_too_early(vendor: Vendor) -> Act:
    """Sign in when the vendor's clock is an hour ahead, and looks at that."""
    vendor.cloud.set_guess("timestamp_window_s", 300)
    vendor.clouds.clock.advance(timedelta(hours=1))
    return lambda: vendor.signing_in().me()


def sign(**ways: Any) -> Prepare:
    """Bind by a device's own signature, somewhere else or not as the device signed."""

    async def prepare(vendor: Vendor) -> Act:
        proof, _ = signed(vendor)
        space = vendor.home("other") if ways.get("elsewhere") else vendor.home()
        if "nonce" in ways:
            proof = attrs.evolve(proof, nonce=ways["nonce"])
        device = vendor.device(ways.get("device", 0))
        return lambda: vendor.account().bind(device, proof, space=space)

    return prepare


async def sign_again(vendor: Vendor) -> Act:
    """Bind by signature what one holds."""
    await vendor.bound()
    return await sign()(vendor)


async def check_no_pairing(vendor: Vendor) -> Act:
    """Ask about a pairing that nobody began."""
    return lambda: vendor.account().check_pairing(Pairing(token=Secret("0" * 32)))


async def check_foreign_pairing(vendor: Vendor) -> Act:
    """Ask about another's pairing."""
    pairing = await vendor.account("other").begin_pairing()
    return lambda: vendor.account().check_pairing(pairing)


async def bind_no_pairing(vendor: Vendor) -> Act:
    """Bind with the token of a pairing that nobody began."""
    return lambda: vendor.account().bind(vendor.device(), ByPairing("0" * 32), space=vendor.home())


async def bind_another_paired(vendor: Vendor) -> Act:
    """Bind another device than the one that used the token."""
    vendor.cloud.set_guess("pairing_token_fits", "reported_device")
    pairing = await vendor.account().begin_pairing()
    device = vendor.device()
    cast("TencentCloud", vendor.cloud).report_pairing(pairing.token.reveal(), device.product, device.device)
    return lambda: vendor.account().bind(vendor.device(1), ByPairing(pairing.token))


async def bind_paired_again(vendor: Vendor) -> Act:
    """Bind with a pairing what one holds."""
    await vendor.bound()
    return await bind_paired(vendor)


async def place_in_foreign_home(vendor: Vendor) -> Act:
    """Put a device into another's room."""
    device, room = await vendor.bound(), await vendor.room("other")
    return lambda: vendor.account().place(device, room)


async def place_in_no_room(vendor: Vendor) -> Act:
    """Put a device into a room that the home lacks."""
    device = await vendor.bound()
    return lambda: vendor.account().place(device, Space(vendor.home().id, "r_nowhere"))


async def rename_not_own(vendor: Vendor) -> Act:
    """Name what another holds."""
    await vendor.bound(user="other")
    return lambda: vendor.account().rename(vendor.device(), "lamp")


async def create_too_many_homes(vendor: Vendor) -> Act:
    """Make a twenty-first home."""
    for number in range(19):
        await vendor.account().create_space(f"home {number}")
    return lambda: vendor.account().create_space("one too many")


VALUE: Final = "InvalidParameterValue"
TEN_MINUTES: Final = timedelta(minutes=10)
"""The life of a pairing token here."""

TENCENT: Final[tuple[Cause, ...]] = (
    Cause("sharing what one does not hold", f"{VALUE}.NoPermission", "share", share_not_own),
    Cause("inviting to what one does not hold", f"{VALUE}.NoPermission", "share", invite_not_own),
    Cause("inviting from somebody's home", f"{VALUE}.NoPermission", "share", invite_from_foreign_home),
    Cause("sharing from the other home", f"{VALUE}.NoPermission", "share", share_from_second_home),
    Cause("inviting nobody", VALUE, "share", invite_nobody),
    Cause(
        "inviting nobody, told so",
        f"{VALUE}.ErrorUserNotExists",
        "share",
        guessing("invite_unknown_user_code", f"{VALUE}.ErrorUserNotExists", invite_nobody),
    ),
    Cause("inviting oneself", VALUE, "share", invite_self),
    Cause("a token that was never made", f"{VALUE}.InvalidShareDeviceToken", "inspect", inspect_never_made, False),
    Cause("looking too late", f"{VALUE}.InvalidShareDeviceToken", "inspect", after(DAY, inspect_code), False),
    Cause("accepting too late", f"{VALUE}.InvalidShareDeviceToken", "accept", after(DAY, accept_code), False),
    Cause("an orphaned token", f"{VALUE}.InvalidShareDeviceToken", "accept", accept_orphan, False),
    Cause("an own token", f"{VALUE}.CannotBindOwnDevice", "accept", accept_own),
    Cause("a used token", f"{VALUE}.ShareDeviceTokenUsed", "accept", accept_used),
    Cause(
        "a token that oneself used",
        f"{VALUE}.ShareDeviceTokenUsed",
        "accept",
        guessing("repeat_accept", "used", accept_again),
    ),
    Cause("accepting again", f"{VALUE}.DeviceBinded", "accept", accept_again),
    Cause("a second share", f"{VALUE}.DeviceBinded", "accept", accept_second),
    Cause(
        "a second share, misspelt",
        f"{VALUE}.DeviecBinded",
        "accept",
        guessing("already_bound_code", f"{VALUE}.DeviecBinded", accept_second),
    ),
    Cause(
        "full hands",
        f"{VALUE}.UserBindExceedLimit",
        "accept",
        guessing("shared_devices_per_user", 1, accept_with_full_hands),
    ),
    Cause(
        "a full device",
        f"{VALUE}.DeviceShareExceedLimit",
        "accept",
        guessing("users_per_shared_device", 1, accept_of_full_device),
    ),
    Cause("a signature of no device", VALUE, "bind", wrong_signature),
    Cause("somebody's home", VALUE, "bind", bind_into_foreign_home),
    Cause("a room of no home", VALUE, "bind", bind_into_foreign_room),
    Cause("binding twice", f"{VALUE}.DeviceBinded", "bind", bind_again),
    Cause("binding what another holds", f"{VALUE}.DeviceBinded", "bind", bind_held_elsewhere),
    Cause(
        "revoking twice",
        f"{VALUE}.AppDeviceNotExist",
        "end",
        end_twice(revoke(State.ACTIVE)),
        seen=State.ACTIVE,
    ),
    Cause("revoking twice by ref", f"{VALUE}.AppDeviceNotExist", "end", end_twice(revoke(State.UNKNOWN))),
    Cause("leaving twice", f"{VALUE}.AppDeviceNotExist", "end", end_twice(leave(State.ACTIVE)), seen=State.ACTIVE),
    Cause("leaving twice by ref", f"{VALUE}.AppDeviceNotExist", "end", end_twice(leave(State.UNKNOWN))),
    Cause("revoking who has no access", f"{VALUE}.AppDeviceNotExist", "end", revoke_somebody_else),
    Cause("revoking what another gave", f"{VALUE}.NoPermission", "end", end_not_own, seen=State.ACTIVE),
    Cause("listing what another holds", VALUE, "shares", list_not_own, changes=False),
    Cause(
        "listing what another holds, told so",
        f"{VALUE}.NoPermission",
        "shares",
        guessing("list_users_by_others", f"{VALUE}.NoPermission", list_not_own),
        changes=False,
    ),
    Cause("a token of nobody", f"{VALUE}.InvalidAccessToken", "me", wrong_token, changes=False),
    Cause("a token of nobody on a change", f"{VALUE}.InvalidAccessToken", "share", share_with_wrong_token),
    Cause("a token after its time", f"{VALUE}.InvalidAccessToken", "me", after(YEARS, read_me), changes=False),
    Cause("looking for nobody", f"{VALUE}.ErrorUserNotExists", "find_user", find_nobody, changes=False),
    Cause(
        "looking for nobody, told otherwise",
        VALUE,
        "find_user",
        guessing("find_unknown_user_code", VALUE, find_nobody),
        changes=False,
    ),
    Cause("inviting an address of nobody", f"{VALUE}.ErrorUserNotExists", "share", share_with_nobody, changes=False),
    Cause("a wrong password", f"{VALUE}.UserLoginFailed", "sign_in", sign_in_with_wrong_password, changes=False),
    Cause(
        "a wrong password, told directly",
        f"{VALUE}.UserLoginFailed",
        "sign_in",
        guessing("login_failure", "direct", sign_in_with_wrong_password),
        changes=False,
    ),
    Cause("an address of nobody", f"{VALUE}.UserLoginFailed", "sign_in", sign_in_as(email="no@body.example"), False),
    Cause("an app of nobody", f"{VALUE}.InvalidAppKey", "sign_in", sign_in_as(app_key="another"), changes=False),
    Cause("an app's wrong secret", VALUE, "sign_in", sign_in_as(app_secret="another"), changes=False),
    Cause("an app's wrong secret by id", VALUE, "sign_in", sign_in_as(by="open_id", app_secret="another"), False),
    Cause(
        "an app's wrong secret, told so",
        "AuthFailure.SignatureFailure",
        "sign_in",
        guessing("bad_signature_code", "AuthFailure.SignatureFailure", sign_in_as(app_secret="another")),
        changes=False,
    ),
    Cause("a clock that is wrong", VALUE, "sign_in", sign_in_too_early, changes=False),
    Cause("another nonce than the device signed", VALUE, "bind", sign(nonce="000000")),
    Cause("a signature of another device", VALUE, "bind", sign(device=1)),
    Cause("a signature into somebody's home", VALUE, "bind", sign(elsewhere=True)),
    Cause("binding twice by signature", f"{VALUE}.DeviceBinded", "bind", sign_again),
    Cause("a pairing of nobody", f"{VALUE}.TokenNotExist", "check_pairing", check_no_pairing, changes=False),
    Cause("a pairing of another", f"{VALUE}.TokenNotExist", "check_pairing", check_foreign_pairing, changes=False),
    Cause(
        "a pairing after its time",
        f"{VALUE}.TokenIsExpire",
        "check_pairing",
        after(TEN_MINUTES, check_pairing),
        changes=False,
    ),
    Cause("binding by a pairing of nobody", f"{VALUE}.TokenNotExist", "bind", bind_no_pairing),
    Cause("binding by a pairing after its time", f"{VALUE}.TokenIsExpire", "bind", after(TEN_MINUTES, bind_paired)),
    Cause("binding another device than was paired", VALUE, "bind", bind_another_paired),
    Cause("binding twice by pairing", f"{VALUE}.DeviceBinded", "bind", bind_paired_again),
    Cause("a place in somebody's home", VALUE, "place", place_in_foreign_home),
    Cause("a place in no room", VALUE, "place", place_in_no_room),
    Cause("naming what another holds", VALUE, "rename", rename_not_own),
    Cause("a list that cannot be read", "InternalError", "shares", list_of_broken_device, changes=False),
    Cause("a home too many", VALUE, "create_space", create_too_many_homes),
)
