"""What a vendor's code does to an account that can sign in: renewals, one repetition, tries and lock-outs."""

from __future__ import annotations

from typing import Final

import pytest

from sharebind import SignInError

from .manners import MANNERS, WITHOUT_EWELINK
from .reading import contract
from .situations import app_account
from .stage import CALLS, INFERRED, VENDORS, Stage, codes, error_table

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")

ME: Final = {vendor: MANNERS[vendor].reads for vendor in VENDORS}
"""The plainest read."""
RENEWAL: Final = {"quectel": "refreshToken", "tencent": "AppGetToken", "gizwits": "login", "ewelink": "refresh_token"}
"""What gets another token for an account that has signed in before."""
BIND: Final = {
    "quectel": "bindDeviceDk",
    "tencent": "AppSecureAddDeviceInFamily",
    "gizwits": "bind_mac",
    "ewelink": "add_device",
}

EVICTED: Final = "401"
"""eWeLink's code of a session that a later one ended (contract: auth.single_session)."""

DEAD: Final = [
    pytest.param(vendor, code, id=f"{vendor}-{code}")
    for vendor in VENDORS
    for code, row in error_table(vendor).items()
    if row["retry"] == "renew_token"
]
"""The codes that mean a dead token (errors.yaml: retry)."""


def asked(stage: Stage, vendor: str) -> list[str]:
    """Return the calls that came, in order."""
    return [each.operation for each in stage[vendor].cloud.requests]


def test_the_documented_codes_of_a_dead_token_are_known() -> None:
    """What the contracts name as the codes of a dead token is among those that renew it."""
    dead = {(case.values[0], case.values[1]) for case in DEAD}
    assert {("quectel", str(code)) for code in contract("quectel")["auth"]["reauth_codes"].values()} <= dead
    assert contract("tencent")["auth"]["user_token"]["on_invalid"].partition(";")[0] in {code for _, code in dead}
    for vendor in INFERRED:
        listed = contract(vendor)["errors"]
        assert {(vendor, str(code)) for code, each in listed.items() if each["kind"] == "auth_expired"} <= dead


@LOOPED
@pytest.mark.parametrize(("vendor", "code"), DEAD)
async def test_a_dead_token_is_replaced_and_the_call_repeated(vendor: str, code: str, stage: Stage) -> None:
    """After the code of a dead token the account gets another one and repeats the call once."""
    here = stage[vendor]
    account = here.signing_in()
    await here.manner.read(account)
    here.cloud.faults.add("code", code=code, operation=ME[vendor])
    here.cloud.requests.clear()
    await here.manner.read(account)
    assert {each.caller for each in here.cloud.requests if each.operation == ME[vendor]} == {"owner"}
    assert asked(stage, vendor) == [ME[vendor], RENEWAL[vendor], ME[vendor]]
    stage.count(f"{vendor} renew codes")


@LOOPED
@pytest.mark.parametrize(("vendor", "code"), DEAD)
async def test_a_new_token_that_is_dead_too(vendor: str, code: str, stage: Stage) -> None:
    """Where the vendor calls the new token dead too, the caller gets SignInError after that one repetition."""
    here = stage[vendor]
    account = here.signing_in()
    await here.manner.read(account)
    here.cloud.faults.add("code", code=code, operation=ME[vendor], times=None)
    here.cloud.requests.clear()
    with pytest.raises(SignInError) as caught:
        await here.manner.read(account)
    assert (caught.value.vendor_code, caught.value.operation) == (code, here.manner.kind)
    assert asked(stage, vendor) == [ME[vendor], RENEWAL[vendor], ME[vendor]]
    stage.count(f"{vendor} renew codes")


@LOOPED
@pytest.mark.parametrize(("vendor", "code"), DEAD)
async def test_a_dead_token_on_a_change(vendor: str, code: str, stage: Stage) -> None:
    """A change that the code of a dead token refused is made once, with the new token."""
    here = stage[vendor]
    account = here.signing_in()
    await here.manner.read(account)
    here.cloud.faults.add("code", code=code, operation=BIND[vendor])
    proof, home = here.manner.proof(here.cloud.devices[0]), here.manner.home(here.user())
    await (account.bind(here.device()) if proof is None else account.bind(here.device(), proof, space=home))
    made = [each.effect for each in here.cloud.requests if each.operation == BIND[vendor]]
    assert made == [False, True]
    stage.count(f"{vendor} renew codes")


@LOOPED
@pytest.mark.parametrize(("vendor", "code"), DEAD)
async def test_a_dead_token_that_nothing_replaces(vendor: str, code: str, stage: Stage) -> None:
    """An account that holds a token only asks once, and tells the vendor's code."""
    here = stage[vendor]
    here.cloud.faults.add("code", code=code, operation=ME[vendor], times=None)
    with pytest.raises(SignInError) as caught:
        await here.manner.read(app_account(here))
    assert caught.value.vendor_code == code
    assert asked(stage, vendor) == [ME[vendor]]
    stage.count(f"{vendor} renew codes")


@LOOPED
@pytest.mark.parametrize("code", [str(code) for code in contract("quectel")["general_codes"]])
async def test_a_refused_renewal_signs_in(code: str, stage: Stage) -> None:
    """Whatever code a renewal is refused with, an account with credentials signs in instead, once."""
    here = stage["quectel"]
    account = here.signing_in()
    await here.manner.read(account)
    here.end_tokens()
    here.cloud.faults.add("code", code=code, operation="refreshToken")
    here.cloud.requests.clear()
    await here.manner.read(account)
    assert asked(stage, "quectel") == ["userInfo", "refreshToken", "emailPwdLogin", "userInfo"]
    stage.count("quectel renew codes")


@LOOPED
@pytest.mark.skipif(WITHOUT_EWELINK, reason="sharebind-ewelink is not installed")
async def test_any_refused_renewal_signs_in_at_ewelink(stage: Stage) -> None:
    """Whatever a renewal is refused with, but a session that another sign-in ended, the account signs in, once."""
    here, wrong = stage["ewelink"], dict[str, list[str]]()
    for code in error_table("ewelink"):
        if code in {EVICTED, "10004"}:  # a wrong region is followed, or explained: the next test
            continue
        here.cloud.reset()
        account = here.signing_in()
        await here.manner.read(account)
        here.end_tokens()
        here.cloud.faults.add("code", code=code, operation="refresh_token")
        here.cloud.requests.clear()
        await here.manner.read(account)
        if asked(stage, "ewelink") != ["list_homes", "refresh_token", "login", "list_homes"]:
            wrong[code] = asked(stage, "ewelink")
        stage.count("ewelink renew codes")
    assert wrong == {}


@LOOPED
@pytest.mark.skipif(WITHOUT_EWELINK, reason="sharebind-ewelink is not installed")
async def test_a_session_that_a_later_one_ended_is_not_begun_anew(stage: Stage) -> None:
    """After 401 no sign-in ends the other session in turn, unless the settings say so (quirk ``session_eviction``)."""
    here = stage["ewelink"]
    account = here.signing_in()
    await here.manner.read(account)
    here.cloud.faults.add("code", code=EVICTED, operation="list_homes")
    here.cloud.requests.clear()
    with pytest.raises(SignInError) as caught:
        await here.manner.read(account)
    assert caught.value.vendor_code == EVICTED
    assert asked(stage, "ewelink") == ["list_homes"]
    bold = here.signing_in(take_over=True)
    await here.manner.read(bold)
    here.cloud.faults.add("code", code=EVICTED, operation="list_homes")
    here.cloud.requests.clear()
    await here.manner.read(bold)
    assert asked(stage, "ewelink")[-1] == "list_homes"
    assert {"login", "refresh_token"} & set(asked(stage, "ewelink"))
    stage.count("ewelink renew codes")


def test_every_lock_and_every_count_is_a_code_of_a_sign_in() -> None:
    """The locks that the contract names have their time in errors.yaml, and every count of tries is on a sign-in."""
    rows = error_table("quectel")
    locks = {code: row["retry_after_s"] for code, row in rows.items() if "retry_after_s" in row}
    assert locks == {"5147": 20 * 60, "5148": 20 * 60, "5325": 24 * 3600}
    assert set(locks) == {str(code) for code in contract("quectel")["auth"]["lockout_codes"]}
    listed = {call: codes("quectel", call) for call in CALLS["quectel"]}
    counted = {code for code, row in rows.items() if "tries_left" in row}
    assert counted == {
        code for call in ("emailPwdLogin", "phonePwdLogin") for code, text in listed[call].items() if " left" in text
    }
