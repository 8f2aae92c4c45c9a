"""The actions of people: sign in and out, look at oneself, find somebody."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final

from sharebind.emulator import User
from sharebind_tencent.emulator.calls import LOOK_UPS, Call, RefusalError, Result, way_of_sign_in
from sharebind_tencent.emulator.state import Account, unix
from sharebind_tencent.emulator.world import WRONG_VALUE, World

VERIFICATION_CODE: Final = "123456"
"""What every emulated text message or mail would say."""

HOME_COUNTRY: Final = "86"
"""Where a phone is when AppGetToken does not say: CountryCode is optional there, and no page gives its default."""


def sign_in(world: World, call: Call) -> Result:
    """Sign in with phone or e-mail, and a password or the code of a text message."""
    by = way_of_sign_in(call.given)
    if by not in LOOK_UPS:
        raise RefusalError(WRONG_VALUE, "Type is wrong")
    account = _find(world, call, by)
    if account is None or not _knows_secret(account, call):
        # A failure sample hides the code in the text of an InternalError (contract: quirk nested_error_code).
        nested = world.guess("login_failure") == "nested"
        raise RefusalError("InvalidParameterValue.UserLoginFailed", "login failed", nested=nested)
    return _token(world, call, account)


def sign_in_by_open_id(world: World, call: Call) -> Result:
    """Sign in with an id of the app's own; the first time makes the account, later ones leave its profile alone."""
    open_id = call.text("WxOpenID") or f"code:{call.text('code')}"
    account = next((account for account in world.accounts if account.open_id == open_id), None)
    if account is None:
        account = _register(world, call, open_id)
    return _token(world, call, account)


def make_ticket(world: World, call: Call) -> Result:
    """Make a ticket that hands the caller's login to a web page, once."""
    ticket = world.dice.hex(32)
    world.tickets[ticket] = call.caller
    return Result(fields={"TokenTicket": ticket}, effect=True)


def redeem_ticket(world: World, call: Call) -> Result:
    """Turn a ticket into an access token; the fields are guessed to be those of a sign-in."""
    account = world.tickets.pop(call.text("TokenTicket"), None)
    if account is None:
        raise RefusalError(WRONG_VALUE, "TokenTicket is wrong")
    return _token(world, call, account)


def sign_out(world: World, call: Call) -> Result:
    """End the access token that the call carries."""
    del world.sessions[call.text("AccessToken")]
    return Result(fields={"Data": "OK"}, effect=True)


def me(world: World, call: Call) -> Result:  # noqa: ARG001 - every action is asked with the world
    """Show the caller's own profile; the flags are texts, as mobile clients compare them (guessed)."""
    account = call.caller
    profile = {
        **_profile(account),
        "CountryCode": account.user.phone.get("country", ""),
        "PhoneNumber": account.user.phone.get("number", ""),
        "Email": account.user.email,
        "WxOpenID": account.open_id,
        "HasPassword": "1" if account.user.password else "0",
        "HasWxOpenID": "1" if account.open_id else "0",
    }
    return Result(fields={"Data": profile})


def find_user(world: World, call: Call) -> Result:
    """Find somebody by phone or e-mail."""
    by = call.text("Type")
    if by not in LOOK_UPS:
        raise RefusalError(WRONG_VALUE, "Type is wrong")
    if by == "phone" and not (call.text("PhoneNumber").isdecimal() and call.text("CountryCode").isdecimal()):
        raise RefusalError(WRONG_VALUE, "PhoneNumber invalid")
    account = _find(world, call, by)
    if account is None:
        raise RefusalError(str(world.guess("find_unknown_user_code")), "User not found")
    return Result(fields={"Data": _profile(account)})


def _find(world: World, call: Call, by: str) -> Account | None:
    if by == "email":
        matches = (account for account in world.accounts if account.user.email == call.text("Email"))
    else:
        phone = {"country": call.text("CountryCode") or HOME_COUNTRY, "number": call.text("PhoneNumber")}
        matches = (account for account in world.accounts if account.user.phone == phone)
    return next(matches, None)


def _knows_secret(account: Account, call: Call) -> bool:
    given, right = call.text("Password"), account.user.password
    if not given:
        given, right = call.text("VerificationCode"), VERIFICATION_CODE
    return bool(right) and hmac.compare_digest(given.encode(errors="surrogatepass"), right.encode())


def _register(world: World, call: Call, open_id: str) -> Account:
    user = User(
        name=open_id,
        user_id=world.dice.digits(18),
        email="",
        phone={},
        password="",
        token="",
    )
    account = Account(user, call.text("NickName") or open_id, call.text("Avatar"), open_id)
    world.accounts.append(account)
    return account


def _token(world: World, call: Call, account: Account) -> Result:
    token, session = world.sign_in(account, call.now)
    return Result(fields={"Data": {"Token": token, "ExpireAt": unix(session.ends_at)}}, effect=True)


def _profile(account: Account) -> dict[str, Any]:
    return {"UserID": account.id, "NickName": account.nick, "Avatar": account.avatar}


ACTIONS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    "AppGetToken": sign_in,
    "AppGetTokenByWeiXin": sign_in_by_open_id,
    "AppGetTokenTicket": make_ticket,
    "AppCheckInTokenTicket": redeem_ticket,
    "AppLogoutUser": sign_out,
    "AppGetUser": me,
    "AppFindUser": find_user,
}
"""Every action of this file by the vendor's name."""
