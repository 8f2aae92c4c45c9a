"""Who asks at the clouds with plain REST endpoints: apps, tokens, and signatures by the contracts' own recipes."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

import aiohttp
import pytest

from . import wishes_gizwits
from .bare import Wrong
from .manners import WITHOUT_EWELINK
from .reading import contract
from .recipes import body_signature, device_digest, product_signature
from .stage import CALLS, INFERRED, JUDGED, Stage, entry, error_table, needs_token
from .valid import ask

if not WITHOUT_EWELINK:
    from . import wishes_ewelink

LOOPED: Final = pytest.mark.asyncio(loop_scope="module")
ONLY_WITH_EWELINK: Final = pytest.mark.skipif(WITHOUT_EWELINK, reason="sharebind-ewelink is not installed")


def app_header(vendor: str) -> str:
    """Return the header that names the app."""
    header = contract(vendor)["auth"]["app_header"]
    return header if isinstance(header, str) else str(header["name"])


# -------------------------------------------------------------------------------------------------------------- tokens

TOKENS: Final = {
    # what is wrong with the token, and its code: the contract's note of that code says so
    "gizwits": {"missing": "9004", "nobody's": "9004", "dead": "9006"},
    "ewelink": {"missing": "401", "nobody's": "401", "dead": "402"},
}
MEANT: Final = {
    ("gizwits", "9004"): "auth_invalid",
    ("gizwits", "9006"): "auth_expired",
    ("ewelink", "401"): "auth_invalid",
    ("ewelink", "402"): "auth_expired",
}


@LOOPED
@pytest.mark.parametrize(
    ("vendor", "call"),
    [
        pytest.param(vendor, call, id=f"{vendor}-{call}")
        for vendor in INFERRED
        for call in JUDGED[vendor]
        if needs_token(vendor, call)
    ],
)
async def test_a_token_that_does_not_count(vendor: str, call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A call in a user's name wants one, not nobody's and no dead one (quirk ``bad_token_is_http_400``)."""
    here = stage[vendor]
    for how, code in TOKENS[vendor].items():
        listed = contract(vendor)["errors"][int(code)]
        assert listed["kind"] == MEANT[vendor, code]

        def spoil(wrong: Wrong, how: str = how) -> None:
            if how == "dead":
                for user in ("owner", "guest"):
                    here.end_tokens(user)
            elif vendor == "gizwits":
                wrong.headers[contract(vendor)["auth"]["user_header"]] = "" if how == "missing" else "0" * 32
            else:
                wrong.token = "" if how == "missing" else f"Bearer {'0' * 40}"

        here.cloud.reset()
        assert await ask(here, http, call, "", spoil) == (listed.get("http", 200), code)
        assert here.cloud.violations == []
        stage.count(f"{vendor} judgements")


# ---------------------------------------------------------------------------------------------------------------- apps


@LOOPED
@pytest.mark.parametrize("call", JUDGED["gizwits"])
async def test_an_app_of_nobody(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """Every call at Gizwits is refused without an app, and in the name of one that nobody made."""
    here = stage["gizwits"]
    assert "app" in entry("gizwits", call)["auth"]
    for app in ("", "0" * 32):
        here.cloud.reset()

        def name_app(wrong: Wrong, app: str = app) -> None:
            wrong.headers[app_header("gizwits")] = app

        assert await ask(here, http, call, "", name_app) == (400, "9003")
        stage.count("gizwits judgements")


@LOOPED
@pytest.mark.parametrize("call", CALLS["gizwits"])
async def test_our_calls_name_app_and_user(call: str, stage: Stage) -> None:
    """Every call of ours at Gizwits names its app, and whoever asks where that is wanted."""
    here = stage["gizwits"]
    await wishes_gizwits.LEAST[call][0](here)
    headers, auth = here.told(call).headers, contract("gizwits")["auth"]
    assert headers[auth["app_header"]] == here.cloud.app["app_id"]
    caller = here.sent(call).caller
    assert (auth["user_header"] in headers) is needs_token("gizwits", call) is (caller is not None)
    if caller is not None:
        assert headers[auth["user_header"]] == here.user(caller).token
    stage.count("gizwits requests")


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("call", CALLS["ewelink"] if not WITHOUT_EWELINK else ())
async def test_our_calls_carry_a_token_or_a_signature(call: str, stage: Stage) -> None:
    """Every call of ours at eWeLink carries a bearer's token, or its app and the signature of its very bytes."""
    here = stage["ewelink"]
    await wishes_ewelink.LEAST[call][0](here)
    asked, auth = here.told(call), contract("ewelink")["auth"]
    if needs_token("ewelink", call):
        template, tokens = auth["schemes"]["token"]["format"], {user.token for user in here.cloud.users}
        assert asked.headers["Authorization"] in {template.replace("<access token>", token) for token in tokens}
    else:
        assert asked.headers[app_header("ewelink")] == here.cloud.app["app_id"]
        assert asked.headers["Authorization"] == body_signature(asked.raw_body, here.cloud.app["app_secret"])
    stage.count("ewelink requests")


# ---------------------------------------------------------------------------------------------------------- signatures


@LOOPED
@pytest.mark.parametrize("shift", [-1, 1])
async def test_a_product_signature_lives_five_minutes(shift: int, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A signed moment counts up to the documented difference of clocks, either way, and not a minute more."""
    here, most = stage["gizwits"], contract("gizwits")["transport"]["clock_skew_max_s"]
    now = here.clouds.clock.now()
    for seconds, expected in ((most - 30, (200, "ok")), (most + 60, (400, "9043"))):
        at = str(int((now + timedelta(seconds=shift * seconds)).timestamp()))
        here.cloud.reset()

        def sign(wrong: Wrong, at: str = at) -> None:
            wrong.headers.update(product_signature(here, at=at))

        assert await ask(here, http, "bind_mac", "", sign) == expected
        stage.count("gizwits judgements")


@LOOPED
@pytest.mark.parametrize("change", ["of another moment", "of another secret", "in capitals"])
async def test_a_product_signature_that_does_not_fit(change: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """The signature is of this moment and this product's secret, in lower case."""
    here = stage["gizwits"]
    stamp, sealed = contract("gizwits")["auth"]["product_signature"]["headers"]
    at = str(int(here.clouds.clock.now().timestamp()))

    def spoil(wrong: Wrong) -> None:
        right = product_signature(here, at=at)
        if change == "of another moment":
            right[stamp] = str(int(at) - 1)
        elif change == "of another secret":
            right[sealed] = right[sealed][::-1]
        else:
            right[sealed] = right[sealed].upper()
        wrong.headers.update(right)

    assert await ask(here, http, "bind_mac", "", spoil) == (400, "9044")
    assert here.cloud.violations == []
    stage.count("gizwits judgements")


@LOOPED
async def test_our_product_signature(stage: Stage) -> None:
    """What we sign at Gizwits is what the contract's recipe gives for the moment that we name."""
    here = stage["gizwits"]
    expected = await wishes_gizwits.bind_mac()(here)
    given = here.given("bind_mac")
    assert {name: given[name] for name in expected} == expected
    assert set(contract("gizwits")["auth"]["product_signature"]["headers"]) <= set(expected)
    stage.count("gizwits requests")


SIGNED: Final = [call for call in JUDGED.get("ewelink", ()) if not needs_token("ewelink", call)]


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("call", SIGNED)
async def test_a_body_signature_that_does_not_fit(call: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A signature counts for these bytes and this app's secret alone: the same JSON written otherwise is refused."""
    here = stage["ewelink"]
    app = here.cloud.app

    def of_other_bytes(wrong: Wrong) -> None:
        wrong.seal = lambda raw: {
            "Authorization": body_signature(json.dumps(json.loads(raw), indent=1).encode(), app["app_secret"])
        }

    def of_another_secret(wrong: Wrong) -> None:
        wrong.seal = lambda raw: {"Authorization": body_signature(raw, app["personal_app_secret"])}

    def without_its_word(wrong: Wrong) -> None:
        wrong.seal = lambda raw: {"Authorization": body_signature(raw, app["app_secret"]).removeprefix("Sign ")}

    def of_no_app(wrong: Wrong) -> None:
        wrong.headers[app_header("ewelink")] = "0" * 32

    cases = ((of_other_bytes, "401"), (of_another_secret, "401"), (without_its_word, "401"), (of_no_app, "407"))
    for spoil, code in cases:  # the codes are the emulated cloud's first guesses
        here.cloud.reset()
        assert await ask(here, http, call, "", spoil) == (200, code)
        assert here.cloud.violations == []
        stage.count("ewelink judgements")


@LOOPED
@ONLY_WITH_EWELINK
@pytest.mark.parametrize("by", ["email", "phone"])
async def test_our_sign_in_is_signed_over_its_bytes(by: str, stage: Stage) -> None:
    """What we sign at eWeLink is the body as it travels, with letters beyond ASCII and signs that JSON escapes."""
    here = stage["ewelink"]
    user = here.user()
    user.password = 'päss"wörd\\灯/'
    await here.manner.read(here.signing_in(by=by))
    asked = here.told("login")
    assert asked.headers["Authorization"] == body_signature(asked.raw_body, here.cloud.app["app_secret"])
    assert json.loads(asked.raw_body)["password"] == user.password
    stage.count("ewelink requests")


@LOOPED
@ONLY_WITH_EWELINK
async def test_our_device_digest(stage: Stage) -> None:
    """What proves a device at eWeLink is the digest of its id and its own key, and the key itself never travels."""
    here = stage["ewelink"]
    for number, known in enumerate(here.cloud.devices[:3]):
        proof = here.manner.proof(known)
        assert proof is not None
        await here.account().bind(here.device(number), proof)
        asked = here.told("add_device")
        assert json.loads(asked.raw_body)["digest"] == device_digest(known.device, known.proof["apikey"])
        assert known.proof["apikey"].encode() not in asked.raw_body
        stage.count("ewelink requests")


# --------------------------------------------------------------------------------------------------------- credentials


@LOOPED
@ONLY_WITH_EWELINK
async def test_what_an_oauth_token_opens(http: aiohttp.ClientSession, stage: Stage) -> None:
    """A personal app's token opens the calls of a list, and 407 answers all others (quirk ``oauth_cannot_share``)."""
    here, cloud = stage["ewelink"], stage["ewelink"].cloud
    subset = contract("ewelink")["credential_tiers"]["oauth_subset"]
    opened: Any = cloud
    for call in JUDGED["ewelink"]:
        if needs_token("ewelink", call):
            here.cloud.reset()
            token = f"Bearer {opened.oauth_tokens('owner')['accessToken']}"

            def carry(wrong: Wrong, token: str = token) -> None:
                wrong.token = token

            listed = f"{entry('ewelink', call)['method']} {entry('ewelink', call)['path']}" in subset
            assert await ask(here, http, call, "", carry) == (200, "ok" if listed else "407"), call
            stage.count("ewelink judgements")
    assert error_table("ewelink")["407"]["error"] == "NotEntitledError"


@LOOPED
@pytest.mark.parametrize("who", ["text", "email", "phone"])
async def test_one_field_takes_every_name_at_sign_in(who: str, http: aiohttp.ClientSession, stage: Stage) -> None:
    """A user name, an e-mail address and a phone all sign in by the same field (contract: the note of username)."""
    here = stage["gizwits"]
    known = {"text": here.user().email, "email": here.user().email, "phone": here.user().phone["number"]}
    assert await ask(here, http, "login", "", lambda wrong: wrong.put("username", known[who])) == (200, "ok")
    stage.count("gizwits judgements")
