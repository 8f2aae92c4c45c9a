"""Signing in, renewing and leaving as pure functions: what is encrypted and signed, the calls, and what they answer.

The rules are those of the contract, section ``auth``; its test vectors are this module's tests. Nothing that is
revealed has a name here: tracebacks with locals show names.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import secrets
import string
from typing import Final

from sharebind.provider import ACCESS, REFRESH, ConfigurationError, Fields, HttpCall, Secret, Tokens
from sharebind_quectel.settings import QuectelSettings

_ENDUSER: Final = "/v2/enduser/enduserapi/"
_ALPHABET: Final = string.ascii_letters + string.digits
_RANDOM_LENGTH: Final = 16
_BLOCK_BITS: Final = 128


def check_installed(account: str) -> None:
    """Find out whether a password can be encrypted, without loading what does it.

    Raises:
        ConfigurationError: the extra is not installed.

    """
    if importlib.util.find_spec("cryptography") is None:
        raise ConfigurationError(
            f"account {account!r} signs in with a password, and what encrypts it is not installed: "
            "pip install 'sharebind[signin]'"
        )


def new_random() -> str:
    """Choose the random of one sign-in: 16 letters or digits, as in practice (contract: auth.password)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))


def encrypted_password(password: Secret, random: str) -> Secret:
    """Encrypt a password (contract: auth.password): AES-128-CBC with a key from the random, in base64."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.padding import PKCS7

    # MD5 is the vendor's choice, and protects nothing here: the random travels beside the password.
    key = hashlib.md5(random.encode(), usedforsecurity=False).hexdigest().upper()[8:24].encode()
    padder = PKCS7(_BLOCK_BITS).padder()
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[8:] + key[:8])).encryptor()
    padded = Secret((padder.update(_octets(password)) + padder.finalize()).hex())
    return Secret(base64.b64encode(cipher.update(bytes.fromhex(padded.reveal())) + cipher.finalize()).decode())


def signature(*parts: str | Secret) -> Secret:
    """Sign (contract: auth.signatures): lower-case hex SHA-256 over the parts in a row, the app's secret last."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(_octets(part))
    return Secret(digest.hexdigest())


def sign_in(settings: QuectelSettings, random: str) -> HttpCall:
    """Contract: emailPwdLogin and phonePwdLogin.

    It is declared as a read, for no wish changes anything by it; nothing repeats it, since failed tries are counted.
    """
    password, domain, secret = settings.password, settings.user_domain, settings.user_domain_secret
    if password is None or domain is None or secret is None:  # the settings hold them all, or no credentials
        raise ConfigurationError("signing in takes a password, a user_domain and a user_domain_secret")
    pwd = encrypted_password(password, random)
    query: dict[str, str | Secret] = {"pwd": pwd, "userDomain": domain, "random": random}
    if settings.mcc is not None:
        query["mcc"] = str(settings.mcc)
    if settings.phone is not None:
        country, number = settings.phone.country, settings.phone.number
        query |= {"internationalCode": country, "phone": number}
        query["signature"] = signature(country, number, pwd, random, secret)
        return _call("phonePwdLogin", "POST", query)
    query["email"] = settings.email or ""
    query["signature"] = signature(settings.email or "", pwd, random, secret)
    return _call("emailPwdLogin", "POST", query)


def refresh_token(tokens: Tokens) -> HttpCall:
    """Contract: refreshToken, a PUT whose one field travels in the query as well, without the access token."""
    return _call("refreshToken", "PUT", {"refreshToken": tokens[REFRESH]})


def user_logout() -> HttpCall:
    """Contract: userLogout, which ends what the token in its header stands for."""
    return HttpCall(name="userLogout", method="DELETE", path=_ENDUSER + "userLogout", changes=True)


def tokens_in(data: object) -> Tokens:
    """Read a TokenPair; its tokens are used as they come (quirk ``token_carries_its_scheme``)."""
    pair = Fields(data, "$.data")
    access, refresh = pair.child("accessToken"), pair.child("refreshToken")
    tokens = {ACCESS: Secret((access or Fields({}, "$.data.accessToken")).need("token"))}
    renewing = refresh.secret("token") if refresh is not None else None
    return tokens if renewing is None else {**tokens, REFRESH: renewing}


def _call(name: str, method: str, query: dict[str, str | Secret]) -> HttpCall:
    return HttpCall(name=name, method=method, path=_ENDUSER + name, query=query, changes=False)


def _octets(part: str | Secret) -> bytes:
    # A text that UTF-8 cannot write is refused by the vendor; an error about it here would show it.
    return (part.reveal() if isinstance(part, Secret) else part).encode("utf-8", "surrogatepass")
