"""Quectel's session calls, and the calls that the model leaves out. Only type-checked, never run."""

from __future__ import annotations

from datetime import datetime

from tests.typing.quectel import Wire, milliseconds, request

from sharebind import protocols
from sharebind.provider import (
    ByBindingCode,
    Context,
    DeviceRef,
    Fields,
    HttpCall,
    Person,
    Phone,
    ReadMe,
    Secret,
    SignInError,
    SignOut,
    Space,
    UserId,
)

USERS = "/v2/enduser/enduserapi/"
MESSAGES = "/v2/mobilepush/enduserapi/"
FAMILY = "/v2/family/enduserapi/"
ENTERPRISE = "/v2/binding/enterpriseapi/"


def email_pwd_login(email: str, pwd: str, signature: str, domain: str, random: str) -> HttpCall:
    """``emailPwdLogin``: session layer; no wish changes here, and yet it must never be repeated."""
    query = {"email": email, "pwd": pwd, "signature": signature, "userDomain": domain, "random": random}
    return request("emailPwdLogin", "POST", USERS + "emailPwdLogin", query, changes=False)


def phone_pwd_login(phone: Phone, pwd: str, signature: str, domain: str) -> HttpCall:
    """``phonePwdLogin``: session layer."""
    query = {
        "phone": phone.number,
        "internationalCode": phone.country,
        "pwd": pwd,
        "signature": signature,
        "userDomain": domain,
    }
    return request("phonePwdLogin", "POST", USERS + "phonePwdLogin", query, changes=False)


def refresh_token(token: Secret) -> HttpCall:
    """``refreshToken``: session layer; the new pair goes to the token store."""
    query = {"refreshToken": token.reveal()}
    return request("refreshToken", "PUT", USERS + "refreshToken", query, changes=False)


def tokens(body: Fields) -> dict[str, Secret]:
    """Read a ``TokenPair`` as the token store takes it."""
    data = body.child("data") or Fields({})
    access, refresh = data.child("accessToken"), data.child("refreshToken")
    if access is None or refresh is None:
        raise SignInError("no token came back", provider="quectel")
    expires = access.seconds("expirationTime")
    kept = {"access": Secret(access.need("token")), "refresh": Secret(refresh.need("token"))}
    return kept if expires is None else {**kept, "expires": Secret(expires.isoformat())}


async def user_logout(wire: Wire, _op: SignOut, ctx: Context) -> None:
    """``userLogout``: ``sign_out``."""
    await wire.send(request("userLogout", "DELETE", USERS + "userLogout", {}), ctx)


async def user_info(wire: Wire, _op: ReadMe, ctx: Context) -> Person:
    """``userInfo``: ``me``; the phone comes without its country, and so stands in the label."""
    body = await wire.send(request("userInfo", "GET", USERS + "userInfo", {}, changes=False), ctx)
    data = body.child("data") or Fields({})
    return Person(user_id=data.need("uid"), email=data.text("email"), label=data.text("nikeName", "phone"))


def user_msg_list(page: int) -> HttpCall:
    """``userMsgList``: left out; no message stands for a share invitation."""
    query = {"page": str(page), "pageSize": "100"}
    return request("userMsgList", "GET", MESSAGES + "userMsgList", query, changes=False)


def get_msg_stats() -> HttpCall:
    """``getMsgStats``: left out, an inbox."""
    return request("getMsgStats", "GET", MESSAGES + "v2/getMsgStats", {}, changes=False)


def read_msg(ids: tuple[str, ...]) -> HttpCall:
    """``readMsg``: left out, an inbox."""
    return request("readMsg", "POST", MESSAGES + "readMsg", {"msgIdList": ",".join(ids)})


def delete_msg(message: str) -> HttpCall:
    """``deleteMsg``: left out, an inbox."""
    return request("deleteMsg", "DELETE", MESSAGES + "deleteMsg", {"msgId": message})


def invite_family_member(space: Space, to: UserId, name: str, until: datetime) -> HttpCall:
    """``inviteFamilyMember``: left out; a member of a home is no share of a device."""
    query = {
        "fid": space.id,
        "uid": to.value,
        "memberName": name,
        "memberRole": "3",
        "invalidTime": milliseconds(until),
    }
    return request("inviteFamilyMember", "POST", FAMILY + "inviteFamilyMember", query)


def get_family_invite_list(page: int) -> HttpCall:
    """``getFamilyInviteList``: left out, members of homes."""
    return request("getFamilyInviteList", "GET", FAMILY + "getFamilyInviteList", {"page": str(page)}, changes=False)


def family_member_invite_handle(space: Space, *, accept: bool) -> HttpCall:
    """``familyMemberInviteHandle``: left out, members of homes."""
    query = {"fid": space.id, "decide": str(int(accept))}
    return request("familyMemberInviteHandle", "POST", FAMILY + "familyMemberInviteHandle", query)


def enterprise_user_device_list(user: UserId) -> HttpCall:
    """``enterprise.userDeviceList``: left out; another credential, which can only read."""
    return request(
        "enterprise.userDeviceList", "GET", ENTERPRISE + "userDeviceList", {"uid": user.value}, changes=False
    )


def enterprise_get_user_list_by_bind(device: DeviceRef) -> HttpCall:
    """``enterprise.getUserListByBind``: left out; it names who holds a product, not a device."""
    query = {"pk": device.product}
    return request("enterprise.getUserListByBind", "GET", ENTERPRISE + "getUserListByBind", query, changes=False)


def enterprise_verify_binding_code(device: DeviceRef, proof: ByBindingCode) -> HttpCall:
    """``enterprise.verifyBindingCode``: left out, the enterprise credential."""
    query = {"pk": device.product, "dk": device.device, "bindingCode": proof.code.reveal()}
    return request("enterprise.verifyBindingCode", "POST", ENTERPRISE + "verifyBindingCode", query, changes=False)


class QuectelSessionStub:
    """The optional Protocols that speak of the account itself."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def me(self, op: ReadMe, ctx: Context, /) -> Person:
        """Who we are."""
        return await user_info(self._wire, op, ctx)

    async def sign_out(self, op: SignOut, ctx: Context, /) -> None:
        """End the session."""
        await user_logout(self._wire, op, ctx)


def as_optional(provider: QuectelSessionStub) -> tuple[protocols.SelfReading, protocols.SigningOut]:
    """Check its further abilities."""
    return provider, provider
