"""The recipes that other tests compare our signatures and passwords with give what the contracts publish."""

from __future__ import annotations

from typing import Any, Final

import pytest

from . import recipes
from .reading import contract

QUECTEL: Final[dict[str, Any]] = contract("quectel")["auth"]["test_vectors"]
TENCENT: Final[list[dict[str, Any]]] = contract("tencent")["auth"]["app_signature"]["test_vectors"]


def test_the_published_password() -> None:
    """The password of the vendor's guide is encrypted to the text in the guide."""
    row = QUECTEL["password"]
    assert recipes.encrypted_password(row["pwd"], row["random"]) == row["encrypted"]


@pytest.mark.parametrize(("call", "row"), [("phonePwdLogin", "phone_login"), ("emailPwdLogin", "email_login")])
def test_the_published_signatures_of_a_sign_in(call: str, row: str) -> None:
    """The signature of a sign-in at Quectel is that of the contract's test vector."""
    vector = {**QUECTEL[row], "pwd": QUECTEL[row]["pwd_encrypted"]}
    app = {"user_domain_secret": vector["userDomainSecret"]}
    assert recipes.quectel_signature(call, vector, app) == vector["signature"]


@pytest.mark.parametrize("vector", TENCENT, ids=lambda each: each["params"]["Action"])
def test_the_published_signatures_of_an_app(vector: dict[str, Any]) -> None:
    """The signature of an app at Tencent is that of the contract's test vector."""
    app = {"app_secret": vector["app_secret"]}
    assert recipes.tencent_signature(vector["params"], app) == vector["signature"]


def test_what_is_signed() -> None:
    """Every signature in the contract is read whole: what is signed, and what may stand for it."""
    assert recipes.signed_names("deviceBindingByPureBt") == [
        ("pk", ""),
        ("dk", ""),
        ("bindingCode", "encryptedBindingCode"),
        ("pwd", ""),
    ]
    assert recipes.signed_names("phonePwdLogin") == [
        ("internationalCode", ""),
        ("phone", ""),
        ("pwd", ""),
        ("random", ""),
    ]
