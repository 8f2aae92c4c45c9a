"""What the contracts say is signed and encrypted, computed from their own words and with nothing of our adapters."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, Final

from sharebind_quectel.emulator.aes import encrypt_cbc

from .reading import RestReader, contract
from .stage import Vendor, entry

TERM: Final = re.compile(r"(\w+)(?: \(or (\w+) when that is sent\))?")
DIGESTS: Final = {"hmacsha1": "sha1", "hmacsha256": "sha256"}


def encrypted_password(password: str, random: str) -> str:
    """Encrypt a password for Quectel (auth.password)."""
    key = hashlib.md5(random.encode(), usedforsecurity=False).hexdigest().upper()[8:24]
    vector = key[8:] + key[:8]
    return base64.b64encode(encrypt_cbc(key.encode(), vector.encode(), password.encode())).decode()


def signed_names(call: str) -> list[tuple[str, str]]:
    """Return what is signed in a call at Quectel (auth.signatures), each with what may stand for it."""
    found = []
    for term in contract("quectel")["auth"]["signatures"][call].split(" + "):
        read = TERM.fullmatch(term)
        assert read, term
        found.append((read[1], read[2] or ""))
    assert found.pop() == ("userDomainSecret", "")
    return found


def quectel_signature(call: str, given: Mapping[str, Any], app: Mapping[str, str]) -> str:
    """Sign a call at Quectel; what was not sent counts as empty."""
    parts = [str(given.get(instead) or given.get(name) or "") for name, instead in signed_names(call)]
    return hashlib.sha256(("".join(parts) + app["user_domain_secret"]).encode()).hexdigest()


def tencent_signature(given: Mapping[str, Any], app: Mapping[str, str]) -> str:
    """Sign a call of an app at Tencent (auth.app_signature): everything that is sent but the signature."""
    text = "&".join(f"{name}={given[name]}" for name in sorted(given) if name != "Signature")
    return base64.b64encode(hmac.digest(app["app_secret"].encode(), text.encode(), "sha1")).decode()


def device_signature(given: Mapping[str, Any], device_secret: str) -> str:
    """Sign as a device at Tencent does (AppSigBindDeviceInFamily.device_signature)."""
    texts = entry("tencent", "AppSigBindDeviceInFamily")["device_signature"]
    known = {name: given.get(name, "") for name in ("ProductId", "DeviceName", "ConnId")}
    moment = given.get("DeviceTimestamp", "")
    if given.get("BindType") == "bluetooth_sign":
        text = texts["text_bluetooth"].format(nonce=known["ConnId"], expiry=moment, **known)
    else:
        text = texts["text_wifi"].format(ts=moment, **known)
    digest = DIGESTS.get(given.get("SignMethod", "hmacsha1"), "sha1")
    return hmac.digest(base64.b64decode(device_secret), text.encode(), digest).hex()


def product_signature(here: Vendor, **changed: str) -> dict[str, str]:
    """Sign with a product's secret at Gizwits (auth.product_signature), at this moment unless another is given."""
    recipe = contract("gizwits")["auth"]["product_signature"]
    stamp, sealed = recipe["headers"]
    assert recipe["algorithm"] == f"lowercase_hex_md5(product_secret + {stamp})"
    at = changed.get("at", str(int(here.clouds.clock.now().timestamp())))
    digest = hashlib.md5((here.cloud.app["product_secret"] + at).encode(), usedforsecurity=False)
    return {stamp: at, sealed: digest.hexdigest()}


def body_signature(raw: bytes, app_secret: str) -> str:
    """Sign the bytes of a body at eWeLink (auth.schemes.sign)."""
    recipe = contract("ewelink")["auth"]["schemes"]["sign"]
    assert recipe["algorithm"] == "base64(hmac_sha256(app_secret, message))"
    assert recipe["message"]["POST"] == "exact bytes of the JSON body"
    digest = hmac.digest(app_secret.encode(), raw, "sha256")
    return str(recipe["format"]).replace("<base64>", base64.b64encode(digest).decode())


def device_digest(device: str, apikey: str) -> str:
    """Prove a device at eWeLink (add_device.digest)."""
    stated = RestReader("ewelink", ()).own("add_device")["digest"]["algorithm"]
    assert stated == "lowercase_hex_sha256(deviceid + device apikey)"
    return hashlib.sha256((device + apikey).encode()).hexdigest()
