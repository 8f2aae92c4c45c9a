"""Gizwits: signing in, tokens that die, answers of every form, over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any, Final

import pytest
import pytest_asyncio

from sharebind import (
    Anyone,
    ByText,
    InvalidRequestError,
    MalformedReplyError,
    OutcomeUnknownError,
    ProofRejectedError,
    ProviderError,
    RateLimitedError,
    ResultLostError,
    Secret,
    SharebindError,
    ShareRef,
    Side,
    SignInError,
    UnavailableError,
    UserId,
    Via,
)
from sharebind_gizwits import ByMac

from .gizwits_scene import DEVICE, Scene, desk_at, living, page
from .scene import Asked, Said

CREDENTIALS: Final[dict[str, Any]] = {"email": "a@b", "password": Secret("hunter3")}
INVITE: Final = ShareRef(provider="gizwits", side=Side.OWNER, via=Via.PERSON, device=DEVICE, key=Secret("7"))
DEAD: Final[Said] = (400, {"error_code": 9004, "error_message": "token invalid"})
NO_ANSWERS: Final[tuple[tuple[Said, type[ProviderError]], ...]] = (
    ((200, b"<html>"), MalformedReplyError),
    ((200, None), MalformedReplyError),
    ((200, []), MalformedReplyError),
    ((503, b""), UnavailableError),
    ((401, b""), SignInError),
    ((429, b""), RateLimitedError),
    ((400, {"error_code": []}), MalformedReplyError),
    ((400, {"error_code": 8999}), ProviderError),
)


def logs_in(request: Asked) -> Said:
    """Let everybody sign in, and refuse every token."""
    return (200, {"uid": "u", "token": "t2", "expire_at": 1}) if request.name == "login" else DEAD


@pytest_asyncio.fixture
async def scene() -> AsyncGenerator[Scene]:
    """Give three people at the emulated cloud."""
    async with living() as people:
        yield people


# ----------------------------------------------------------------------------------------------------------- signing in


@pytest.mark.parametrize("form", ["email", "username", "phone"])
async def test_each_way_to_sign_in_goes_into_one_field(form: str) -> None:
    """A user name, an e-mail address or a phone number travel in the one field that the vendor has for them."""
    given: dict[str, Any] = {"email": "a@b", "username": "小明", "phone": {"country": "86", "number": "138"}}
    settings = {form: given[form], "password": Secret("hunter3"), "token": None}

    def say(request: Asked) -> Said:
        return logs_in(request) if request.name == "login" else (200, {"devices": []})

    async with desk_at(say, **settings) as (desk, server):
        assert await desk.bindings().all() == []
        assert await desk.bindings().all() == []
    assert server.names() == ["login", "bindings", "bindings"]
    expected = "138" if form == "phone" else given[form]
    assert server.asked[0].fields == {"username": expected, "password": "hunter3"}


@pytest.mark.parametrize("code", ["9004", "9006"])
async def test_a_dead_token_is_replaced_once(scene: Scene, code: str) -> None:
    """However many calls find the token dead, there is one sign-in, and each call is made once more."""
    person = scene.cloud.user("owner")
    home = scene.open("owner", email=person.email, password=person.password)
    if code == "9004":
        home = scene.open("owner", email=person.email, password=person.password, token="nobody's")
    else:
        scene.cloud.end_tokens("owner")
    assert await asyncio.gather(*(home.bindings().all() for _ in range(5))) == [[]] * 5
    assert scene.asked().count("login") == 1
    assert {each.code for each in scene.cloud.requests if each.code} == {code}


async def test_a_token_alone_that_dies_asks_for_a_sign_in(scene: Scene) -> None:
    """Without credentials a dead token is a SignInError, with the vendor's code, and nothing else is asked."""
    scene.cloud.end_tokens("owner")
    with pytest.raises(SignInError) as dead:
        await scene.owner.bindings().all()
    assert (dead.value.vendor_code, scene.asked()) == ("9006", ["list_bindings"])


async def test_a_change_that_meets_a_dead_token_is_made_once(scene: Scene) -> None:
    """A code that was asked for with a dead token is made once, with the new one."""
    device = await scene.bound()
    person = scene.cloud.user("owner")
    home = scene.open("owner", email=person.email, password=person.password)
    scene.cloud.end_tokens("owner")
    await home.share(device, to=Anyone())
    assert [each.effect for each in scene.cloud.requests if each.operation == "create_share"].count(True) == 1


async def test_a_new_token_that_is_refused_too_is_told() -> None:
    """A sign-in that helps nothing is not repeated: the refusal of the new token is the answer."""
    async with desk_at(logs_in, **CREDENTIALS) as (desk, server):
        with pytest.raises(SignInError) as dead:
            await desk.bindings().all()
    assert (dead.value.vendor_code, server.names()) == ("9004", ["bindings", "login", "bindings"])


@pytest.mark.parametrize("code", [9003, 9005, 9015, 9020, 9026])
async def test_a_refused_sign_in_is_not_repeated(code: int) -> None:
    """Credentials that were refused are not sent again."""

    def say(request: Asked) -> Said:
        return (400, {"error_code": code, "error_message": "no"}) if request.name == "login" else DEAD

    async with desk_at(say, **CREDENTIALS) as (desk, server):
        for _ in range(2):
            with pytest.raises(ProviderError) as refused:
                await desk.bindings().all()
            assert refused.value.vendor_code == str(code)
    assert server.names().count("login") == 1


# ----------------------------------------------------------------------------------------------------- forms of answers


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
@pytest.mark.parametrize("code", [9017, "9017"])
async def test_a_code_counts_whatever_the_status(status: int, code: object) -> None:
    """``bad_token_is_http_400``: the class of an error comes from the code in the body, as number or text."""
    async with desk_at(lambda _: (status, {"error_code": code, "error_message": "not bound"})) as (desk, _):
        with pytest.raises(ProviderError) as refused:
            await desk.rename(DEVICE, "lamp")
    assert (type(refused.value).__name__, refused.value.vendor_code) == ("NotBoundError", "9017")
    assert (refused.value.http_status, refused.value.vendor_message) == (status, "not bound")


@pytest.mark.parametrize("body", [None, {}, {"id": 7}, b""])
async def test_a_call_that_returns_nothing_may_answer_anything_but_a_code(body: object) -> None:
    """An empty object, null and no body at all confirm a change, for no page shows how nothing looks."""
    async with desk_at(lambda _: (200, body)) as (desk, _):
        await desk.transfer(DEVICE, UserId("u"))


@pytest.mark.parametrize(
    "answer",
    [(200, b"<html>"), (302, b""), (500, b""), (502, {"message": "bad gateway"}), (200, "ok"), (200, []), (200, None)],
)
async def test_what_cannot_be_read_leaves_a_change_open(answer: Said) -> None:
    """After a change an answer that nobody understands is an unknown outcome, whatever its status."""
    async with desk_at(lambda _: answer) as (desk, _):
        with pytest.raises(OutcomeUnknownError):
            await desk.end(INVITE)


@pytest.mark.parametrize(("answer", "kind"), NO_ANSWERS)
async def test_what_cannot_be_read_changes_nothing_for_a_read(answer: Said, kind: type[Exception]) -> None:
    """A read whose answer is no answer is told by its status, or as malformed."""
    async with desk_at(lambda _: answer) as (desk, _):
        with pytest.raises(kind) as told:
            await desk.bindings().all()
    assert type(told.value) is kind


async def test_asking_too_much_without_a_body_surely_changed_nothing() -> None:
    """HTTP 429 without a body is documented: a change was refused, and may be asked again later."""
    async with desk_at(lambda _: (429, b"")) as (desk, _):
        with pytest.raises(RateLimitedError) as refused:
            await desk.end(INVITE)
    assert (refused.value.outcome, refused.value.http_status, refused.value.operation) == ("nothing", 429, "end")


async def test_a_throttle_is_told(scene: Scene) -> None:
    """The vendor's own throttle is a RateLimitedError, and nothing happened."""
    scene.cloud.set_guess("requests_per_minute", 5)
    for _ in range(5):
        await scene.owner.bindings().all()
    with pytest.raises(RateLimitedError) as slow:
        await scene.owner.bindings().all()
    assert slow.value.vendor_code == "9041"


async def test_an_unknown_code_after_a_change_leaves_it_open() -> None:
    """A code that no table knows may mean anything: after a change nobody knows what became of it."""
    async with desk_at(lambda _: (400, {"error_code": 8999})) as (desk, _):
        with pytest.raises(OutcomeUnknownError) as open_:
            await desk.end(INVITE)
    assert open_.value.vendor_code == "8999"


async def test_a_code_without_its_text_is_a_lost_result() -> None:
    """A share that the vendor confirms without id or code was made, and its handle is lost."""

    def say(request: Asked) -> Said:
        return page() if "sharing_type" in request.fields else (200, {})

    async with desk_at(say) as (desk, _):
        for to in (Anyone(), UserId("u")):
            with pytest.raises(ResultLostError):
                await desk.share(DEVICE, to=to)


# ---------------------------------------------------------------------------------------------------- the app's secrets


async def test_a_wrong_products_secret_is_explained(scene: Scene) -> None:
    """A refused signature names the product whose secret may be wrong, and never the secret."""
    proof = scene.proof()
    home = scene.open("owner", product_secrets={proof.product: "hunter2"})
    with pytest.raises(ProofRejectedError) as wrong:
        await home.bind(None, proof)
    assert wrong.value.vendor_code == "9044"
    assert f"the secret of product {proof.product!r} in product_secrets may be wrong" in str(wrong.value)
    assert "hunter2" not in f"{wrong.value!r} {vars(wrong.value)}"


async def test_a_product_without_its_secret_is_told_before_sending(scene: Scene) -> None:
    """Binding a device of a product whose secret the settings lack says which there are, and sends nothing."""
    with pytest.raises(SharebindError) as missing:
        await scene.owner.bind(None, ByMac("another", "A1"))
    assert type(missing.value).__name__ == "ConfigurationError"
    assert "cannot sign for product 'another'" in str(missing.value)
    assert scene.asked() == []


@pytest.mark.parametrize("extra", [{"set_owner": 2}, {"set_owner": "yes"}])
async def test_set_owner_is_yes_or_no(scene: Scene, extra: dict[str, Any]) -> None:
    """The vendor's extra for binding takes a truth value; anything else is refused before sending."""
    for proof in (scene.proof(), ByText("qr")):
        with pytest.raises(InvalidRequestError):
            await scene.owner.bind(None, proof, extra=extra)
    assert not {"bind_mac", "bind_latest"} & set(scene.asked())


async def test_two_accounts_use_their_own_tokens(scene: Scene) -> None:
    """Accounts that work at the same time never mix their tokens."""
    mine, theirs = await asyncio.gather(scene.bound(0, scene.owner), scene.bound(1, scene.guest))
    lists = await asyncio.gather(*(each.bindings().all() for each in (scene.owner, scene.guest) for _ in range(5)))
    assert [[each.device for each in found] for found in lists] == [[mine]] * 5 + [[theirs]] * 5
