"""Devices, spaces and people: what can be written, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import UNKNOWN_DEVICE, Anyone, DeviceRef, Email, Person, Phone, Space, UserId, Username, device

TEXTS: dict[str, Callable[[Any], object]] = {
    "DeviceRef.device": DeviceRef,
    "DeviceRef.product": lambda value: DeviceRef("d", value),
    "Space.id": Space,
    "Space.room": lambda value: Space("1", value),
    "UserId.value": UserId,
    "Username.value": Username,
    "Email.value": Email,
    "Phone.country": lambda value: Phone(value, "13800000000"),
    "Phone.number": lambda value: Phone("86", value),
}
OPTIONAL = {"DeviceRef.product", "Space.room"}
FREE = ("DeviceRef.device", "DeviceRef.product", "Space.id", "Space.room", "UserId.value", "Username.value")

printable = st.text(min_size=1, max_size=40).filter(lambda text: text.isprintable() and bool(text.strip()))
parts = printable.filter(lambda text: "/" not in text)


@pytest.mark.parametrize("wrong", [5, 0, True, 1.5, b"abc", ["abc"], {"a": "b"}, object()], ids=repr)
@pytest.mark.parametrize("name", TEXTS)
def test_a_wrong_type_is_refused_by_name(name: str, wrong: object) -> None:
    """What is no text is a TypeError that names the field."""
    with pytest.raises(TypeError, match=f"^{name} is a str, not {type(wrong).__name__}$"):
        TEXTS[name](wrong)


@pytest.mark.parametrize("name", [name for name in TEXTS if name != "Space.room"])
def test_none_is_no_text(name: str) -> None:
    """None is refused where a text is meant; only a room may be missing."""
    with pytest.raises(TypeError, match=f"^{name} is a str, not NoneType$"):
        TEXTS[name](None)


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in OPTIONAL])
def test_an_empty_text_is_refused(name: str) -> None:
    """An empty text is refused wherever something is named."""
    with pytest.raises(ValueError, match=r"cannot be empty"):
        TEXTS[name]("")


@pytest.mark.parametrize("name", TEXTS)
def test_a_blank_text_is_refused(name: str) -> None:
    """Spaces alone name nothing."""
    with pytest.raises(ValueError, match=r"cannot be empty|cannot be printed"):
        TEXTS[name]("  \t")


@pytest.mark.parametrize(
    "control", ["\x00", "\n", "\r\n", "\x1b[31m", "\x7f", "\u2028", "\u202e", "\u200b", "\ufeff", "\ud800"], ids=ascii
)
@pytest.mark.parametrize("name", TEXTS)
def test_control_characters_are_refused(name: str, control: str) -> None:
    """Line ends, escapes, direction marks and halves of surrogates get into no id."""
    with pytest.raises(ValueError, match=r"cannot be printed"):
        TEXTS[name](f"12{control}3@example.com")


@pytest.mark.parametrize("name", FREE)
def test_chinese_texts_are_fine(name: str) -> None:
    """Ids and names may be in any script."""
    assert attrs.astuple(TEXTS[name]("客厅的灯-é-ß-🔑"))  # type: ignore[arg-type]  # an attrs instance behind object


@pytest.mark.parametrize("name", TEXTS)
def test_huge_texts_are_refused(name: str) -> None:
    """More than 512 characters are no id, and are not repeated in the message."""
    huge = ("1" if name.startswith("Phone") else "灯") * 501 + ("" if name.startswith("Phone") else "@example.com")
    with pytest.raises(ValueError, match=f"^{name} is longer than 512 characters$"):
        TEXTS[name](huge * 2)
    assert TEXTS[name]((huge[:500] + huge[-12:])[-512:])


def test_an_email_has_two_sides() -> None:
    """An address has something on both sides of its last @, and nothing more is asked."""
    assert Email("name+tag@例子.com").value == "name+tag@例子.com"
    for wrong in ("name", "@example.com", "name@", "@"):
        with pytest.raises(ValueError, match=r"expected an e-mail address"):
            Email(wrong)


@pytest.mark.parametrize("wrong", ["+86", "86 ", "8-6", "٨٦", "８６", "²", "1.5", "abc"])
def test_a_phone_holds_ascii_digits(wrong: str) -> None:
    """Plus signs, spaces, dashes and the digits of other scripts are refused in both parts."""
    with pytest.raises(ValueError, match=r"Phone.country holds digits only"):
        Phone(wrong, "13800000000")
    with pytest.raises(ValueError, match=r"Phone.number holds digits only"):
        Phone("86", wrong)


def test_a_device_is_written_with_its_product() -> None:
    """The text form is ``product/device``, or ``device`` alone."""
    assert device("p11abc/860000000000001") == DeviceRef("860000000000001", "p11abc")
    assert device("lamp") == DeviceRef("lamp")
    assert str(DeviceRef("lamp", "p")) == "p/lamp"
    assert str(DeviceRef("lamp")) == "lamp"
    assert f"{device('产品/灯')}" == "产品/灯"


@pytest.mark.parametrize("wrong", ["", "/", "p/", "/d", "//", " ", "p/\n", "\x00/d"], ids=ascii)
def test_half_a_device_is_refused(wrong: str) -> None:
    """A missing part around the slash is refused."""
    with pytest.raises(ValueError, match=r"expected 'product/device'|cannot be empty|cannot be printed"):
        device(wrong)


@pytest.mark.parametrize("wrong", [None, 5, b"p/d", DeviceRef("d")], ids=repr)
def test_a_device_is_read_from_a_text(wrong: Any) -> None:
    """``device`` reads texts only."""
    with pytest.raises(TypeError, match=f"not {type(wrong).__name__}$"):
        device(wrong)


def test_a_product_holds_no_slash() -> None:
    """The slash separates the product, so the product has none."""
    with pytest.raises(ValueError, match=r"cannot hold a '/'"):
        DeviceRef("d", "a/b")


@given(parts, st.one_of(st.just(""), parts))
def test_the_text_form_reads_back(name: str, product: str) -> None:
    """What a device shows is read back as the same device."""
    ref = DeviceRef(name, product)
    assert device(str(ref)) == ref


@given(printable)
def test_every_device_that_is_taken_reads_back(name: str) -> None:
    """A device that cannot be written in the text form is refused, so two devices never share one text."""
    try:
        ref = DeviceRef(name)
    except ValueError:
        return
    assert device(str(ref)) == ref


def test_a_slash_without_product_is_refused() -> None:
    """``DeviceRef("a/b")`` would be written like device b of product a, so it is refused."""
    with pytest.raises(ValueError, match=r"/"):
        DeviceRef("a/b")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("p/d", "p/d", True),
        ("p/d", "d", True),
        ("d", "p/d", True),
        ("d", "d", True),
        ("p/d", "q/d", False),
        ("p/d", "p/e", False),
        ("d", "e", False),
    ],
)
def test_a_device_matches_without_its_product(one: str, other: str, same: bool) -> None:
    """Two refs match when the device is the same and no two products differ; equality stays strict."""
    assert device(one).matches(device(other)) is same
    assert (device(one) == device(other)) is (one == other)


@given(parts, parts, parts)
def test_matching_is_symmetric(name: str, first: str, second: str) -> None:
    """Which side lacks the product does not matter."""
    refs = [DeviceRef(name), DeviceRef(name, first), DeviceRef(name, second)]
    assert [a.matches(b) for a in refs for b in refs] == [b.matches(a) for a in refs for b in refs]


def test_the_unknown_device_is_no_device() -> None:
    """The mark for a device that nobody named has no text and matches nothing that is named."""
    assert str(UNKNOWN_DEVICE) == ""
    assert UNKNOWN_DEVICE.matches(DeviceRef("d")) is False


def test_a_space_compares_by_id_and_room() -> None:
    """The name of a home is for people."""
    assert Space("1", name="Home") == Space("1", name="家")
    assert Space("1", "2") != Space("1")
    assert Space("1", None).room is None


def test_values_are_frozen_and_hash() -> None:
    """Values can be keys, and nobody changes them."""
    values = [Anyone(), UserId("1"), Username("1"), Email("a@b"), Phone("86", "1"), DeviceRef("1"), Space("1")]
    assert len({*values, *values}) == len(values)
    for value in values[1:]:
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            setattr(value, next(iter(attrs.asdict(value))), "2")  # type: ignore[arg-type]  # an attrs instance behind object


def test_kinds_of_people_differ() -> None:
    """A user id and a user name of the same text are two people."""
    assert len({UserId("1"), Username("1"), Username("1")}) == 2
    assert Person() == Person(user_id=None, username=None, email=None, phone=None, label=None)
