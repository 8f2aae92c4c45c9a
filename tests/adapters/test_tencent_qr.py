"""Tencent: the texts of codes on devices, read without a network."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharebind import ByText, DeviceCode, DeviceRef, InvalidRequestError, Registry, Role, Sharebind
from sharebind_tencent import BySignature, Channel, Digest
from sharebind_tencent.qr import read_code

from .scene import Home

SIGNATURE: Final = "0123456789abcdef0123456789abcdef01234567"
URL: Final = "https://iot.cloud.tencent.com/iotexplorer/device"


def six(raw: bytes = b"\xff" * 20, **changed: str) -> str:
    """Write a six-field text."""
    fields = {"product": "P", "device": "d", "nonce": "abcde", "at": "1700000000", "method": "hmacsha1"}
    return ";".join([*(fields | changed).values(), base64.b64encode(raw).decode()])


def text_of(read: DeviceCode | None) -> str:
    """Give the text that a reading proves with."""
    assert read is not None
    assert isinstance(read.proof, ByText)
    return read.proof.text.reveal()


def test_an_object_names_the_device_and_its_signature() -> None:
    """A JSON object gives both, with whatever stands beside and around it."""
    written = {"ProductId": "P", "DeviceName": "d", "Signature": "s+/=", "Extra": [1]}
    read = read_code(f"  {json.dumps(written, indent=2)}\n")
    assert text_of(read) == "s+/="
    assert read is not None
    assert (read.device, read.certain) == (DeviceRef("d", "P"), True)


@pytest.mark.parametrize("signature", [SIGNATURE, "a+b/c==", "a%2Bb%2Fc%3D%3D"])
def test_the_address_of_a_virtual_device_holds_its_signature(signature: str) -> None:
    """The signature is read as it was meant, escaped or not; the device is told by binding."""
    read = read_code(f"{URL}?page=virtual&signature={signature}")
    assert text_of(read) == (SIGNATURE if signature == SIGNATURE else "a+b/c==")
    assert read is not None
    assert (read.device, read.certain) == (None, True)


@pytest.mark.parametrize(
    ("method", "digest", "size"), [("hmacsha1", Digest.HMAC_SHA1, 20), ("hmacsha256", Digest.HMAC_SHA256, 32)]
)
def test_six_fields_are_a_signature_of_the_device(method: str, digest: Digest, size: int) -> None:
    """Base64 becomes hex; the channel is "other", as the vendor's native apps say and its page explains."""
    read = read_code(six(b"\x01\xfe" * (size // 2), method=method))
    assert read is not None
    assert (read.device, read.certain) == (DeviceRef("d", "P"), True)
    assert read.proof == BySignature(
        signature=f"{'01fe' * (size // 2)}",
        at=datetime.fromtimestamp(1_700_000_000, UTC),
        nonce="abcde",
        digest=digest,
        channel=Channel.OTHER,
    )


@pytest.mark.parametrize("text", [SIGNATURE, base64.b64encode(b"\xff" * 20).decode(), "A" * 24])
def test_a_bare_signature_is_nobodys_for_certain(text: str) -> None:
    """One word that a digest could be written as is taken, and marked as a guess."""
    read = read_code(text)
    assert text_of(read) == text
    assert read is not None
    assert (read.device, read.certain) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "{",
        '{"ProductId": "P", "DeviceName": "d"}',
        '{"ProductId": "P", "DeviceName": "d", "Signature": ""}',
        '{"ProductId": "P", "DeviceName": "d", "Signature": 5}',
        '{"ProductId": "a/b", "DeviceName": "d", "Signature": "s"}',
        '{"ProductId": "", "DeviceName": "d", "Signature": "s"}',
        '{"ProductId": "P", "DeviceName": "", "Signature": "s"}',
        "[" * 5000,
        '{"a":' * 5000,
        *(f"{URL}?page={page}&productId=P" for page in ("softap", "smartconfig", "adddevice")),
        f"{URL}?page=adddevice&signature={SIGNATURE}",
        f"{URL}?page=virtual&signature=",
        f"{URL}?page=virtual",
        f"https://example.com/iotexplorer/device?page=virtual&signature={SIGNATURE}",
        f"https://iot.cloud.tencent.com.example.com/iotexplorer/device?page=virtual&signature={SIGNATURE}",
        f"https://iot.cloud.tencent.com@example.com/iotexplorer/device?page=virtual&signature={SIGNATURE}",
        f"https://iot.cloud.tencent.com/other?page=virtual&signature={SIGNATURE}",
        f"ftp://iot.cloud.tencent.com/iotexplorer/device?page=virtual&signature={SIGNATURE}",
        "http://[::1",
        six(b"\xff" * 19),
        six(method="hmacsha256"),
        six(method="md5"),
        six(at="soon"),
        six(at="99999999999999"),
        six(at="9" * 5000),
        six(at="-1"),
        six(product=""),
        six(device=""),
        six(product="a/b"),
        "P;d;n;1700000000;hmacsha1;no base64",
        "pk=p11abc&sn=860000000000001&v=1",
        "WIFI:T:WPA;S:home;P:secret;;",
        "860000000000001",
        "89860000000000000001",
        "1" * 40,
        "A" * 23,
        "A" * 600,
        f"{SIGNATURE} {SIGNATURE}",
        f"{SIGNATURE}\n{SIGNATURE}",
        "客" * 30,
        "\ud800" * 30,
    ],
    ids=lambda text: ascii(text[:60]),
)
def test_what_is_no_proof_is_not_read(text: str) -> None:
    """Codes of others, addresses that only open pairing, and what is cut or wrong give nothing."""
    assert read_code(text) is None


PIECES: Final = st.sampled_from(
    [
        *("{", "}", '"ProductId"', '"DeviceName"', '"Signature"', '"x"', ":", ",", ";", "[", "=", "\x00", "\ud800"),
        *(f"{URL}?", "page=virtual", "&signature=", "%", "://", SIGNATURE),
        *("P", "1700000000", "9" * 30, "hmacsha1", "hmacsha256"),
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join), st.text(st.characters(codec="ascii"))))
def test_no_text_fails(text: str) -> None:
    """Whatever was scanned is read or not, and never an error."""
    read = read_code(text)
    assert read is None or isinstance(read, DeviceCode)


@given(st.lists(st.text(), min_size=6, max_size=6).map(";".join))
def test_no_six_fields_fail(text: str) -> None:
    """The same for texts of the right number of fields."""
    assert read_code(text) is None or ";" in text


@given(
    st.dictionaries(
        st.sampled_from(["ProductId", "DeviceName", "Signature"]), st.one_of(st.text(), st.integers(), st.none())
    )
)
def test_no_object_fails(fields: dict[str, Any]) -> None:
    """The same for objects with the right names."""
    read = read_code(json.dumps(fields))
    assert read is None or read.device == DeviceRef(fields["DeviceName"], fields["ProductId"])


def test_a_proof_never_shows_itself() -> None:
    """The reading of a code may be logged."""
    for text in (SIGNATURE, f"{URL}?page=virtual&signature={SIGNATURE}", six()):
        assert SIGNATURE not in repr(read_code(text))
        assert "ff" * 20 not in repr(read_code(text))


# -------------------------------------------------------------------------------------------------- through the library


async def test_the_library_asks_for_the_provider_of_a_bare_signature() -> None:
    """Without its provider's name nobody's text is anybody's; a marked text needs none."""
    async with Sharebind() as sharebind:
        with pytest.raises(InvalidRequestError, match="provider="):
            sharebind.read_code(SIGNATURE)
        assert text_of(sharebind.read_code(SIGNATURE, provider="tencent")) == SIGNATURE
        marked = sharebind.read_code(f"{URL}?page=virtual&signature={SIGNATURE}")
        assert (marked.provider, text_of(marked)) == ("tencent", SIGNATURE)
        with pytest.raises(InvalidRequestError):
            sharebind.read_code("860000000000001", provider="tencent")


async def test_what_was_read_binds(home_at: Callable[[str], Home]) -> None:
    """The device and the proof of a code go straight into ``bind``."""
    home = home_at("tencent")
    for index, named in enumerate([True, False]):
        free = home.cloud.devices[index]
        signature = free.proof["device_signature"]
        written = {"ProductId": free.product, "DeviceName": free.device, "Signature": signature}
        text = json.dumps(written) if named else f"{URL}?page=virtual&signature={signature}"
        read = home.sharebind.read_code(text)
        bound = await home.owner.bind(read.device, read.proof)
        assert (bound.device, bound.role) == (DeviceRef(free.device, free.product), Role.OWNER)


def test_the_plugin_brings_the_reader() -> None:
    """A registry asks the plugin, which needs no adapter for it."""
    assert Registry().spec("tencent").read_code is read_code
