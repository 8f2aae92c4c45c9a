"""Who is among the recipients, however they are written."""

from __future__ import annotations

from typing import Any

import pytest

from sharebind import Anyone, Email, Phone, UserId, Username
from sharebind_limits.recipients import Recipients

ALLOWED = (
    "user_id:4711",
    "username:Jo",
    "Ann@Example.com",
    "*@example.org",
    "+86 138-0000 0000",
    "username: spaced ",
)


@pytest.mark.parametrize(
    "to",
    [
        UserId("4711"),
        Username("Jo"),
        Username("spaced"),
        Email("Ann@Example.com"),
        Email("ann@example.COM"),
        Email("bob@example.org"),
        Email("b.o+b@EXAMPLE.org"),
        Email("jörg@example.org"),
        Phone("86", "13800000000"),
    ],
    ids=repr,
)
def test_who_is_listed_is_allowed(to: Any) -> None:
    """Ids and names as they are, addresses in any case of A to Z, numbers however their digits are set apart."""
    assert Recipients.read(ALLOWED).allow(to)


@pytest.mark.parametrize(
    "to",
    [
        Anyone(),
        UserId("04711"),
        UserId("４７１１"),
        UserId("Jo"),
        UserId("ann@example.com"),
        Username("4711"),
        Username("jo"),
        Username("ann@example.com"),
        Email("ann@example.com.evil.net"),
        Email("ann@evil.net"),
        Email("bob@sub.example.org"),
        Email("bob@example.org."),
        Email("bob@evilexample.org"),
        Email("eve@evil.net@example.org"),
        Email("eve＠evil.net@example.org"),
        Email("eve@evil.net,x@example.org"),
        Email("eve,bob@example.org"),
        Email('"eve"@example.org'),
        Email("<eve>@example.org"),
        Email("eve @example.org"),
        Email("bob@ex\u0301ample.org"),
        Phone("86", "13800000001"),
        Phone("1", "13800000000"),
        Phone("0086", "13800000000"),
        Phone("86", "013800000000"),
    ],
    ids=repr,
)
def test_who_is_not_listed_is_refused(to: Any) -> None:
    """Nobody is taken for another one, or gets in by an address that some reader may take for another one."""
    assert not Recipients.read(ALLOWED).allow(to)


def test_letters_with_the_lower_form_of_another_are_others() -> None:
    """The Kelvin sign has the lower form k, and is no k: only A to Z have another case here."""
    allowed = Recipients.read(["kim@example.com", "*@kim.org"])
    assert allowed.allow(Email("KIM@example.com"))
    assert not allowed.allow(Email("\u212aim@example.com"))
    assert not allowed.allow(Email("bob@\u212aim.org"))


def test_anyone_is_who_holds_a_code() -> None:
    """Codes for anyone are made where ``anyone`` is listed; a user of that name is another matter."""
    assert Recipients.read(["anyone"]).allow(Anyone())
    assert not Recipients.read(["anyone"]).allow(Username("anyone"))
    assert not Recipients.read(["username:anyone"]).allow(Anyone())


@pytest.mark.parametrize(
    "entry",
    [
        "4711",
        "Anyone",
        "*",
        "*@",
        "*@*",
        "*@*.org",
        "b*@example.org",
        "*@example.org@example.com",
        "@example.org",
        "bob@",
        "a@b@c.org",
        "user_id:",
        "username: ",
        "email:bob@example.org",
        "+",
        "+0123456",
        "+12",
        "+1234567890123456",
        "+８６１３８００００００００",
        "00861380000000",
        "+86138x",
    ],
)
def test_what_is_no_recipient_is_refused(entry: str) -> None:
    """An entry that is none of the forms is told by its number, without what it says."""
    with pytest.raises(ValueError, match=r"^recipients: item 2: expected \"anyone\", \"user_id:") as error:
        Recipients.read(["anyone", entry])
    with pytest.raises(ValueError, match=r"item 1") as same:
        Recipients.read(["hunter2"])
    assert str(error.value).replace("item 2", "item 1") == str(same.value)


def test_they_show_nobody() -> None:
    """Recipients do not print whom they allow."""
    assert "hunter2" not in repr(Recipients.read(["user_id:hunter2", "hunter2@example.org"]))
