"""What Tencent answers about people, and to somebody who signs in."""

from __future__ import annotations

from sharebind.provider import ACCESS, Email, Fields, Person, Phone, Secret, Somebody, Tokens
from sharebind_tencent.wire.envelope import holding


def tokens_in(content: Fields) -> Tokens:
    """Read AppGetToken and AppGetTokenByWeiXin; when the token ends is learnt as it is refused."""
    return {ACCESS: Secret(holding(content, "Token").need("Token"))}


def me_in(content: Fields) -> Person:
    """Read AppGetUser."""
    user = holding(content, "UserID")
    return Person(user_id=user.need("UserID"), email=user.text("Email"), label=user.text("NickName"))


def found_in(content: Fields, who: Somebody) -> Person:
    """Read AppFindUser, and keep what the person was asked for by."""
    user = holding(content, "UserID")
    return Person(
        user_id=user.need("UserID"),
        email=who.value if isinstance(who, Email) else None,
        phone=who if isinstance(who, Phone) else None,
        label=user.said("NickName"),
    )
