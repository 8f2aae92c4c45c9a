"""Gizwits' emulated cloud, asked by bare HTTP clients over a real socket."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from sharebind.emulator import Clouds, Contract, Device, User, emulate
from sharebind_gizwits.emulator import GizwitsCloud
from sharebind_gizwits.emulator.cloud import HANDLERS
from sharebind_gizwits.emulator.guesses import GUESSES

CONTRACT: Final = Contract.beside("sharebind_gizwits.emulator")
ENDPOINTS: Final = CONTRACT.named("endpoints")
CODES: Final[dict[str, Any]] = CONTRACT.section("errors")
LISTED_CODES: Final = [(name, str(code)) for name, entry in ENDPOINTS.items() for code in entry.get("errors", ())]
DAY: Final = timedelta(days=1)
SECOND: Final = timedelta(seconds=1)
PENDING, ACCEPTED, DECLINED, CANCELLED = range(4)


class RefusedError(Exception):
    """Carry what the cloud refused with."""


class World:
    """Speak to the cloud as a client would, and keep what a test needs to see."""

    def __init__(self, clouds: Clouds, session: aiohttp.ClientSession) -> None:
        self.clouds = clouds
        self.cloud = cast("GizwitsCloud", clouds["gizwits"])
        self.session = session
        self.lamp: Device = self.cloud.devices[0]

    @property
    def did(self) -> str:
        """Return the name of the first device."""
        return self.lamp.device

    def user(self, name: str) -> User:
        """Return the person of that name."""
        return self.cloud.user(name)

    def uid(self, name: str) -> str:
        """Return a person's uid."""
        return self.user(name).user_id

    def headers(self, user: str | None) -> dict[str, str]:
        """Return what every call carries, and the token of a user."""
        token = {"X-Gizwits-User-token": self.user(user).token} if user else {}
        return {"X-Gizwits-Application-Id": self.cloud.app["app_id"], **token}

    def signed(self, at: datetime | None = None) -> dict[str, str]:
        """Return the headers of the product's signature."""
        stamp = str(int((at or self.clouds.clock.now()).timestamp()))
        text = self.cloud.app["product_secret"] + stamp
        return {"X-Gizwits-Timestamp": stamp, "X-Gizwits-Signature": hashlib.md5(text.encode()).hexdigest()}  # noqa: S324 - the vendor's algorithm

    async def raw(
        self, user: str | None, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any
    ) -> tuple[int, Any]:
        """Send any request below the base URL, and return status and body as they come."""
        sent = self.headers(user) | (headers or {})
        async with self.session.request(method, f"{self.cloud.base_url}{path}", headers=sent, **options) as answer:
            return answer.status, await answer.json() if await answer.read() else "no body at all"

    async def call(self, user: str | None, method: str, path: str, **options: Any) -> Any:
        """Call as the user, and return the answer or raise its code."""
        status, body = await self.raw(user, method, path, **options)
        if isinstance(body, dict) and "error_code" in body:
            raise RefusedError(str(cast("dict[str, Any]", body)["error_code"]))
        assert status == 200
        return body

    async def log_in(self, username: str, password: str) -> Any:
        """Sign in."""
        return await self.call(None, "POST", "/app/login", json={"username": username, "password": password})

    async def bind(self, user: str = "owner", device: Device | None = None, **given: Any) -> Any:
        """Bind a device by its MAC."""
        proof = (device or self.lamp).proof
        body = {"product_key": proof["product_key"], "mac": proof["mac"], **given}
        return await self.call(user, "POST", "/app/bind_mac", json=body, headers=self.signed())

    async def scan(self, user: str = "owner", device: Device | None = None, **given: Any) -> Any:
        """Bind a device by its QR code."""
        body = {"qr_content": (device or self.lamp).proof["qr_content"], **given}
        return await self.call(user, "POST", "/app/bind_latest", json=body)

    async def bindings(self, user: str = "owner", **query: Any) -> list[Any]:
        """List what a user holds."""
        return list((await self.call(user, "GET", "/app/bindings", params=query))["devices"])

    async def roles(self) -> dict[str, str]:
        """Return in which role each person holds the first device."""
        held = {name: await self.bindings(name) for name in ("owner", "guest", "other")}
        return {name: row["role"] for name, rows in held.items() for row in rows if row["did"] == self.did}

    async def unbind(self, user: str = "owner", *dids: str) -> Any:
        """Give up devices."""
        devices = [{"did": did} for did in dids or (self.did,)]
        return await self.call(user, "DELETE", "/app/bindings", json={"devices": devices})

    async def invite(self, to: str = "guest", user: str = "owner", **given: Any) -> int:
        """Offer the device to one user, and return the id as lists show it."""
        body = {"type": 0, "did": self.did, "uid": self.uid(to), **given}
        made = await self.call(user, "POST", "/app/sharing", json=body)
        return int(made["id"])

    async def code(self, user: str = "owner", **given: Any) -> str:
        """Make a QR code, and return the code in it."""
        made = await self.call(user, "POST", "/app/sharing", json={"type": 1, "did": self.did, **given})
        return str(parse_qs(made["qr_content"])["code"][0])

    async def reply(self, share: int, status: int = 1, user: str = "guest") -> Any:
        """Accept an invite, or decline it."""
        return await self.call(user, "PUT", f"/app/sharing/{share}", params={"status": status})

    async def redeem(self, code: str, user: str = "guest") -> Any:
        """Take what a QR code offers."""
        return await self.call(user, "POST", f"/app/sharing/code/{code}")

    async def inspect(self, code: str, user: str = "guest") -> Any:
        """Look at what a QR code offers."""
        return await self.call(user, "GET", f"/app/sharing/code/{code}")

    async def cancel(self, share: int, user: str = "owner") -> Any:
        """Withdraw or end a direct share."""
        return await self.call(user, "DELETE", f"/app/sharing/{share}")

    async def share(self, to: str = "guest", **given: Any) -> int:
        """Bring a direct share into use."""
        share = await self.invite(to, **given)
        await self.reply(share, user=to)
        return share

    async def listed(self, user: str = "owner", **query: Any) -> list[Any]:
        """List the shares that a user made."""
        return list((await self.call(user, "GET", "/app/sharing", params={"sharing_type": 0, **query}))["objects"])

    async def received(self, user: str = "guest", **query: Any) -> list[Any]:
        """List the shares that a user was given."""
        return await self.listed(user, sharing_type=1, **query)

    async def guests(self, user: str = "owner") -> list[Any]:
        """List the guests of the device."""
        return list(await self.call(user, "GET", f"/app/{self.did}/bindings"))

    async def remove(self, uid: str | None, user: str = "owner") -> Any:
        """Take the device from a guest."""
        return await self.call(user, "DELETE", f"/app/{self.did}/bindings", params={"uid": uid} if uid else {})

    async def transfer(self, to: str = "guest", user: str = "owner") -> Any:
        """Make a guest the owner."""
        return await self.call(user, "POST", f"/app/sharing/{self.did}/transfer", params={"uid": self.uid(to)})

    async def messages(self, user: str, **query: Any) -> list[Any]:
        """Read a user's inbox."""
        return list((await self.call(user, "GET", "/app/messages", params={"type": 1, **query}))["objects"])

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self.clouds.clock.advance(by)

    def states(self) -> list[tuple[Any, Any]]:
        """Return state and reason of every share by the cloud's own books."""
        shares = cast("list[dict[str, object]]", self.cloud.state()["shares"])
        return [(share["state"], share.get("reason")) for share in shares]

    def held(self) -> dict[str, str]:
        """Return who holds the device by the cloud's own books."""
        bindings = cast("list[dict[str, str]]", self.cloud.state()["bindings"])
        names = {user.user_id: user.name for user in self.cloud.users}
        return {names[each["user_id"]]: each["role"] for each in bindings if each["device"] == self.did}


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """Run the cloud; every test that breaks no rule on purpose ends without a violation."""
    async with emulate(GizwitsCloud) as clouds, aiohttp.ClientSession() as session:
        yield World(clouds, session)


@pytest.fixture
async def strict(world: World) -> AsyncGenerator[World]:
    """Give the cloud to a client that keeps the contract, and check that the cloud thinks so too."""
    yield world
    assert world.cloud.violations == []


async def refused(awaitable: Any) -> str:
    """Return the code of a refusal."""
    with pytest.raises(RefusedError) as caught:
        await awaitable
    return str(caught.value)


async def outcome(awaitable: Any) -> str:
    """Return the code of a refusal, OK when there is none."""
    try:
        await awaitable
    except RefusedError as error:
        return str(error)
    return "OK"


def moment(text: str) -> datetime:
    """Read a time as the vendor writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# ---------------------------------------------------------------- the life of a direct share


async def test_an_invite_is_accepted(strict: World) -> None:
    """Bind, invite, accept: both sides list the share, and the guest holds the device."""
    await strict.bind()
    share = await strict.invite()
    (row,) = await strict.received(status=0)
    assert (row["id"], row["uid"], row["type"], row["status"]) == (share, strict.uid("owner"), 0, PENDING)
    assert strict.states() == [("offered", None)]
    assert await strict.reply(share) == {"id": share}
    for rows, other in ((await strict.listed(), "guest"), (await strict.received(), "owner")):
        assert [(row["id"], row["uid"], row["status"]) for row in rows] == [(share, strict.uid(other), ACCEPTED)]
    assert await strict.roles() == {"owner": "owner", "guest": "guest"}
    assert [each["uid"] for each in await strict.guests()] == [strict.uid("guest")]
    assert strict.states() == [("active", None)]
    assert strict.held() == {"owner": "owner", "guest": "guest"}


async def test_a_share_id_is_text_once_and_a_number_later(strict: World) -> None:
    """Creating answers the id as a text, lists as an integer (``id_changes_type``)."""
    await strict.bind()
    body = {"type": 0, "did": strict.did, "uid": strict.uid("guest")}
    made = await strict.call("owner", "POST", "/app/sharing", json=body)
    assert isinstance(made["id"], str)
    assert made["qr_content"] is None
    (row,) = await strict.listed()
    assert row["id"] == int(made["id"])


@pytest.mark.parametrize("by", ["uid", "username", "email", "phone"])
async def test_a_recipient_is_named_in_four_ways(strict: World, by: str) -> None:
    """By uid, user name, e-mail or phone: the same person is invited, and an unknown one is not."""
    await strict.bind()
    guest = strict.user("guest")
    names = {"uid": guest.user_id, "username": guest.email, "email": guest.email, "phone": guest.phone["number"]}
    body = {"type": 0, "did": strict.did}
    unknown = strict.call("owner", "POST", "/app/sharing", json={**body, by: "nobody"})
    assert await refused(unknown) == "9005"
    await strict.call("owner", "POST", "/app/sharing", json={**body, by: names[by]})
    (row,) = await strict.received()
    assert row["uid"] == strict.uid("owner")


async def test_people_come_back_masked(strict: World) -> None:
    """Names, e-mails and phones are masked in every list and in a code, so only uid names a person.

    It is the quirk ``masked_recipients``.
    """
    await strict.bind()
    await strict.share()
    offered = await strict.inspect(await strict.code(), "other")
    assert offered["owner"] == "o****@example.com"
    for row in (*await strict.listed(), *await strict.guests()):
        assert (row["username"], row["email"]) == ("g****@example.com", "g****@example.com")
        assert row["phone"] == "138****0002"
        assert row["uid"] == strict.uid("guest")


async def test_an_invite_is_declined(strict: World) -> None:
    """Declining ends the offer with a status of its own; every later answer finds it completed."""
    await strict.bind()
    share = await strict.invite()
    assert await strict.reply(share, 2) == {"id": share}
    assert [row["status"] for row in await strict.listed(status=2)] == [DECLINED]
    assert await refused(strict.reply(share)) == "9089"
    assert await refused(strict.reply(share, 2)) == "9089"
    assert await refused(strict.cancel(share)) == "9089"
    assert strict.states() == [("ended", "declined")]
    assert await strict.share() == share + 1


async def test_one_status_tells_two_ends(strict: World) -> None:
    """A withdrawn invite and an ended share look the same in the list (``cancelled_is_ambiguous``)."""
    await strict.bind()
    withdrawn, ended = await strict.invite(), await strict.share("other")
    for share, user in ((withdrawn, "guest"), (ended, "other")):
        assert await strict.cancel(share) == {"id": share}
        assert await refused(strict.cancel(share)) == "9094"
        assert await refused(strict.reply(share, user=user)) == "9094"
    assert [row["status"] for row in await strict.listed()] == [CANCELLED, CANCELLED]
    assert strict.states() == [("ended", "withdrawn"), ("ended", "revoked")]
    assert await strict.roles() == {"owner": "owner"}


async def test_an_offer_expires_without_a_status(strict: World) -> None:
    """After 24 hours an invite cannot be answered, and still says that it is pending (``expiry_is_not_a_status``)."""
    await strict.bind()
    share = await strict.invite()
    (row,) = await strict.listed()
    assert moment(row["expired_at"]) - moment(row["created_at"]) == DAY
    strict.advance(DAY - timedelta(minutes=1))
    assert strict.states() == [("offered", None)]
    strict.advance(timedelta(minutes=1))
    assert [row["status"] for row in await strict.received(status=0)] == [PENDING]
    assert await refused(strict.reply(share)) == "9088"
    assert await refused(strict.reply(share, 2)) == "9088"
    assert strict.states() == [("ended", "offer_expired")]
    await strict.share()


async def test_a_second_invite_waits_for_the_first(strict: World) -> None:
    """While an invite waits another is 9087, while a share is used 9083; oneself is 9080."""
    await strict.bind()
    assert await refused(strict.invite("owner")) == "9080"
    share = await strict.invite()
    assert await refused(strict.invite()) == "9087"
    await strict.reply(share)
    assert await refused(strict.invite()) == "9083"
    await strict.cancel(share)
    await strict.invite()


async def test_only_the_recipient_answers(strict: World) -> None:
    """An invite is unknown to everybody else, and so is an id that never was; only the owner cancels."""
    await strict.bind()
    share = await strict.invite()
    for user in ("owner", "other"):
        assert await refused(strict.reply(share, user=user)) == "9084"
    assert await refused(strict.reply(999)) == "9084"
    assert await refused(strict.cancel(999)) == "9084"
    for user in ("guest", "other"):
        assert await refused(strict.cancel(share, user)) == "9093"


async def test_only_who_keeps_the_device_shares_it(strict: World) -> None:
    """A guest, a stranger and a name of no device are refused, each with its code."""
    await strict.bind()
    await strict.share()
    assert await refused(strict.invite("other", "guest")) == "9081"
    assert await refused(strict.code("guest")) == "9081"
    assert await refused(strict.invite("guest", "other")) == "9081"
    assert await refused(strict.invite("other", did="nothing")) == "9014"


async def test_use_begins_with_acceptance(strict: World) -> None:
    """A duration counts from acceptance, not from the invite, and takes the device away at its end.

    It is the quirk ``use_window_needs_acceptance``.
    """
    await strict.bind()
    share = await strict.invite(duration=60)
    strict.advance(timedelta(hours=2))
    await strict.reply(share)
    strict.advance(timedelta(minutes=59))
    assert await strict.roles() == {"owner": "owner", "guest": "guest"}
    strict.advance(timedelta(minutes=1))
    assert await strict.roles() == {"owner": "owner"}
    assert await strict.guests() == []
    assert strict.states() == [("ended", "use_expired")]
    assert strict.held() == {"owner": "owner"}


async def test_use_is_not_renewed(strict: World) -> None:
    """A used share is not accepted again, and a longer use needs a new share (``use_window_cannot_be_renewed``)."""
    await strict.bind()
    share = await strict.share(duration=30)
    assert await refused(strict.reply(share)) == "9089"
    assert await refused(strict.invite(duration=60)) == "9083"
    await strict.share("other")
    strict.advance(timedelta(minutes=30))
    await strict.share(duration=60)
    strict.advance(timedelta(minutes=59))
    assert [each["uid"] for each in await strict.guests()] == [strict.uid("other"), strict.uid("guest")]


async def test_the_end_of_an_offer_is_not_the_end_of_use(strict: World) -> None:
    """expired_at need not become the end of use, and stays as it was here (``expired_at_after_acceptance``)."""
    await strict.bind()
    await strict.share(duration=60)
    (row,) = await strict.listed()
    assert moment(row["expired_at"]) - moment(row["created_at"]) == DAY


async def test_a_note_is_put_on_a_share(strict: World) -> None:
    """Each side sees its own note, and nobody else may write one."""
    await strict.bind()
    share = await strict.share()
    for user, note in (("owner", "my guest"), ("guest", "their lamp")):
        assert await strict.call(user, "PUT", f"/app/sharing/{share}/alias", params={"user_alias": note}) is None
    assert [row["user_alias"] for row in (*await strict.listed(), *await strict.received())] == [
        "my guest",
        "their lamp",
    ]
    stranger = strict.call("other", "PUT", f"/app/sharing/{share}/alias", params={"user_alias": "x"})
    assert await refused(stranger) == "9100"
    unknown = strict.call("owner", "PUT", "/app/sharing/999/alias", params={"user_alias": "x"})
    assert await refused(unknown) == "9084"


# ---------------------------------------------------------------- QR codes


async def test_a_code_brings_a_share_into_use(strict: World) -> None:
    """The code is looked at without the device's name and accepted without an answer; the binding is read back."""
    await strict.bind(dev_alias="lamp")
    code = await strict.code()
    shown = await strict.inspect(code)
    assert {name: shown[name] for name in ("product_name", "dev_alias")} == {
        "product_name": "Lamp",
        "dev_alias": "lamp",
    }
    assert strict.did not in json.dumps(shown)
    assert await strict.redeem(code) is None
    (row,) = await strict.bindings("guest")
    assert (row["did"], row["role"]) == (strict.did, "guest")
    assert [(row["type"], row["uid"]) for row in await strict.listed()] == [(1, strict.uid("guest"))]
    (share,) = cast("list[dict[str, Any]]", strict.cloud.state()["shares"])
    assert (share["code"], share["to"], share["state"]) == (code, strict.uid("guest"), "active")


async def test_qr_content_is_read_as_a_query(strict: World) -> None:
    """A QR code holds type=share&code=…, and the calls want the code alone (``qr_content_is_a_query_string``)."""
    await strict.bind()
    made = await strict.call("owner", "POST", "/app/sharing", json={"type": 1, "did": strict.did})
    assert made["id"] is None
    assert re.fullmatch(r"type=share&code=[0-9a-f]{32}", made["qr_content"])
    assert await refused(strict.inspect(made["qr_content"])) == "9084"
    assert await refused(strict.redeem(made["qr_content"])) == "9084"


async def test_a_qr_share_ends_by_time_or_with_its_guest(strict: World) -> None:
    """No call withdraws a QR code: it ends by time, its guest is removed (``qr_share_cannot_be_withdrawn``)."""
    strict.cloud.set_guess("pending_qr_listed", True)
    await strict.bind()
    used, unused = await strict.code(), await strict.code()
    await strict.redeem(used)
    for row in await strict.listed():
        assert await refused(strict.cancel(row["id"])) == "9084"
    assert await strict.remove(strict.uid("guest")) is None
    assert await strict.roles() == {"owner": "owner"}
    assert await refused(strict.redeem(used)) == "9089"
    assert await strict.inspect(unused)
    strict.advance(timedelta(minutes=15))
    assert await refused(strict.inspect(unused)) == "9088"
    assert await refused(strict.redeem(unused)) == "9088"
    assert strict.states() == [("ended", "revoked"), ("ended", "offer_expired")]


async def test_a_code_refuses_with_reasons(strict: World) -> None:
    """The owner, the next person, a holder of the device and an unknown code each get their code."""
    await strict.bind()
    code = await strict.code()
    assert await refused(strict.inspect(code, "owner")) == "9096"
    assert await refused(strict.redeem(code, "owner")) == "9080"
    await strict.redeem(code)
    assert await refused(strict.redeem(code, "other")) == "9089"
    assert await refused(strict.redeem(await strict.code())) == "9083"
    for call in (strict.inspect("0" * 32), strict.redeem("0" * 32)):
        assert await refused(call) == "9084"


async def test_a_code_counts_its_duration_from_acceptance(strict: World) -> None:
    """A code with a duration gives the device for that long; who is named beside type 1 is ignored."""
    await strict.bind()
    code = await strict.code(duration=1440, uid=strict.uid("other"), email="x@example.com")
    strict.advance(timedelta(minutes=14))
    await strict.redeem(code)
    strict.advance(DAY - SECOND)
    assert len(await strict.bindings("guest")) == 1
    strict.advance(SECOND)
    assert await strict.bindings("guest") == []


async def test_a_code_of_an_unbound_device_is_void(strict: World) -> None:
    """After the owner unbound, accepting says so and looking finds nothing."""
    await strict.bind()
    code = await strict.code()
    await strict.unbind()
    assert await refused(strict.redeem(code)) == "9090"
    assert await refused(strict.inspect(code)) == "9084"


# ---------------------------------------------------------------- roles


async def test_an_invite_changes_other_peoples_roles(strict: World) -> None:
    """The first invite makes an owner of the first binder and guests of the others, though nobody accepts.

    It is the quirk ``invite_changes_other_users``.
    """
    assert (await strict.bind())["role"] == "special"
    assert (await strict.bind("other"))["role"] == "normal"
    assert strict.held() == {"owner": "owner", "other": "member"}
    await strict.invite()
    assert await strict.roles() == {"owner": "owner", "other": "guest"}
    assert [each["uid"] for each in await strict.guests()] == [strict.uid("other")]
    assert await refused(strict.invite("other")) == "9083"
    assert await refused(strict.bind("guest")) == "9092"


async def test_ownership_is_claimed_while_binding(strict: World) -> None:
    """With set_owner the first binder is the owner at once, and nobody else binds."""
    assert (await strict.bind(set_owner=1))["role"] == "owner"
    assert await refused(strict.bind("guest")) == "9092"
    assert await refused(strict.scan("guest")) == "9092"
    assert await strict.scan("guest", strict.cloud.devices[1], set_owner=1) is None
    assert [row["role"] for row in await strict.bindings("guest")] == ["owner"]


async def test_binding_again_may_claim_ownership(strict: World) -> None:
    """The special user who binds again with set_owner becomes the owner, and the others guests."""
    await strict.bind()
    await strict.bind("other")
    assert (await strict.bind(set_owner=0))["role"] == "special"
    assert (await strict.bind(set_owner=1))["role"] == "owner"
    assert await strict.roles() == {"owner": "owner", "other": "guest"}


async def test_an_owner_takes_the_device_from_everybody(strict: World) -> None:
    """When the owner unbinds, guests lose the device and invites are void (``owner_unbind_drops_guests``)."""
    await strict.bind()
    await strict.share()
    share = await strict.invite("other")
    assert await strict.unbind() == {"success": [strict.did], "failed": []}
    assert await strict.roles() == {}
    assert await refused(strict.reply(share, user="other")) == "9090"
    assert strict.states() == [("ended", "owner_gone")] * 2
    assert (await strict.bind("guest"))["role"] == "special"


async def test_a_guest_leaves_by_the_same_call(strict: World) -> None:
    """When a guest unbinds, only the guest's share is over."""
    await strict.bind()
    await strict.share()
    await strict.share("other")
    assert await strict.unbind("guest") == {"success": [strict.did], "failed": []}
    assert await strict.roles() == {"owner": "owner", "other": "guest"}
    assert strict.states() == [("ended", "left"), ("active", None)]
    assert await strict.unbind("guest") == {"success": [], "failed": [strict.did]}


async def test_a_special_user_hands_on_by_unbinding(strict: World) -> None:
    """When the special user unbinds, the first normal user is promoted."""
    for user in ("owner", "guest", "other"):
        await strict.bind(user)
    await strict.unbind()
    assert await strict.roles() == {"guest": "special", "other": "normal"}
    await strict.unbind("other")
    assert await strict.roles() == {"guest": "special"}


async def test_unbinding_tells_what_failed(strict: World) -> None:
    """In one call some devices are given up and others are not, at HTTP 200; the wrong ones are in `failed`."""
    first, second, third = strict.cloud.devices[:3]
    await strict.bind(device=first)
    await strict.bind(device=third)
    dids = [first.device, second.device, "nothing", third.device, first.device]
    done = await strict.unbind("owner", *dids)
    assert done == {"success": [first.device, third.device], "failed": [second.device, "nothing", first.device]}


async def test_an_owner_removes_a_guest(strict: World) -> None:
    """Only the owner removes, only a guest is removed, and oneself never."""
    await strict.bind()
    await strict.share()
    assert await refused(strict.remove(strict.uid("other"))) == "9082"
    assert await refused(strict.remove(strict.uid("owner"))) == "9095"
    assert await refused(strict.remove(strict.uid("owner"), "guest")) == "9093"
    await strict.remove(strict.uid("guest"))
    assert await refused(strict.remove(strict.uid("guest"))) == "9082"
    assert await strict.guests() == []
    assert strict.states() == [("ended", "revoked")]
    assert await refused(strict.guests("guest")) == "9093"


async def test_ownership_goes_to_a_guest(strict: World) -> None:
    """A guest becomes the owner and the former owner loses the device; the other guests and their shares stay."""
    await strict.bind()
    assert await refused(strict.transfer()) == "9093"
    await strict.share(duration=60)
    await strict.share("other")
    assert await refused(strict.transfer("owner")) == "9082"
    assert await refused(strict.transfer("other", "guest")) == "9093"
    assert await strict.transfer() is None
    assert await strict.roles() == {"guest": "owner", "other": "guest"}
    assert strict.states() == [("ended", "superseded"), ("active", None)]
    strict.advance(DAY)
    assert await strict.roles() == {"guest": "owner", "other": "guest"}
    assert [each["uid"] for each in await strict.guests("guest")] == [strict.uid("other")]


async def test_sharing_needs_a_switch(strict: World) -> None:
    """A product that has not switched sharing on refuses every share (``sharing_is_a_console_switch``)."""
    strict.cloud.switch_sharing_off()
    assert (await strict.bind(set_owner=1))["role"] == "special"
    assert await refused(strict.invite()) == "9039"
    assert await refused(strict.code()) == "9039"
    strict.clouds.reset()
    await strict.bind()
    await strict.invite()


# ---------------------------------------------------------------- binding


async def test_a_bound_device_is_listed(strict: World) -> None:
    """Binding answers what the list then shows, with names, address and passcode."""
    bound = await strict.bind(remark="by the door", dev_alias="lamp")
    assert set(bound) == set(ENDPOINTS["bind_mac"]["response"])
    assert (bound["did"], bound["mac"]) == (strict.did, strict.lamp.proof["mac"])
    assert (bound["remark"], bound["dev_alias"], bound["role"]) == ("by the door", "lamp", "special")
    (row,) = await strict.bindings()
    wanted = set(ENDPOINTS["list_bindings"]["response"]["devices"]["list_of"])
    assert set(row) == wanted - {"proto_ver"}
    assert {name: bound[name] for name in row if name in bound} == {name: row[name] for name in row if name in bound}
    (row,) = await strict.bindings(show_proto_ver=1, show_disabled=0)
    assert set(row) == wanted


async def test_bindings_come_in_pages(strict: World) -> None:
    """Limit and skip cut the list, which never tells how long it is; owned and shared-in devices are together."""
    strict.cloud.add_devices("owner", 24)
    strict.cloud.add_devices("guest", 1)
    assert len(await strict.bindings()) == 20
    assert len(await strict.bindings(limit=100)) == 24
    pages = [await strict.bindings(limit=10, skip=skip) for skip in (0, 10, 20, 30)]
    assert [len(page) for page in pages] == [10, 10, 4, 0]
    assert len({row["did"] for page in pages for row in page}) == 24
    await strict.bind()
    await strict.share()
    assert sorted(row["role"] for row in await strict.bindings("guest")) == ["guest", "special"]
    assert await refused(strict.bindings(limit=0)) == await refused(strict.bindings(skip=-1)) == "9015"


async def test_a_device_is_renamed_for_oneself(strict: World) -> None:
    """Names are each holder's own; who has no binding, and what is no device, is refused."""
    await strict.bind()
    await strict.share()
    named = {"remark": "r", "dev_alias": "lamp", "dev_label": ["a", "b"]}
    path = f"/app/bindings/{strict.did}"
    assert await strict.call("owner", "PUT", path, json=named) == named
    assert (await strict.call("owner", "PUT", path, json={"remark": ""}))["dev_alias"] == "lamp"
    assert [(row["dev_alias"], row["dev_label"]) for row in await strict.bindings()] == [("lamp", ["a", "b"])]
    assert [row["dev_alias"] for row in await strict.bindings("guest")] == [""]
    assert [row["dev_alias"] for row in await strict.received()] == ["lamp"]
    assert await refused(strict.call("other", "PUT", path, json=named)) == "9017"
    assert await refused(strict.call("owner", "PUT", "/app/bindings/nothing", json=named)) == "9014"


async def test_a_signature_is_needed_to_bind_by_mac(strict: World) -> None:
    """A wrong product, time, signature or MAC is refused, each with its code, and without a violation."""
    proof = strict.lamp.proof
    body = {"product_key": proof["product_key"], "mac": proof["mac"]}
    now = strict.clouds.clock.now()
    stale, late = strict.signed(now - timedelta(seconds=310)), strict.signed(now + timedelta(seconds=310))
    right = strict.signed()
    cases = [
        ({**body, "product_key": "x"}, right, "9002"),
        (body, {}, "9043"),
        (body, {**right, "X-Gizwits-Timestamp": "now"}, "9043"),
        (body, stale, "9043"),
        (body, late, "9043"),
        (body, {"X-Gizwits-Timestamp": right["X-Gizwits-Timestamp"]}, "9044"),
        (body, {**right, "X-Gizwits-Signature": right["X-Gizwits-Signature"].upper()}, "9044"),
        ({**body, "mac": "x"}, right, "9014"),
    ]
    for given, headers, code in cases:
        assert await refused(strict.call("owner", "POST", "/app/bind_mac", json=given, headers=headers)) == code
    near, lower = strict.signed(now - timedelta(seconds=290)), {**body, "mac": proof["mac"].lower()}
    await strict.call("owner", "POST", "/app/bind_mac", json=lower, headers=near)


async def test_a_code_of_another_service_does_not_bind(strict: World) -> None:
    """Only what the vendor's QR service made binds; a code that shares is none of it."""
    await strict.bind()
    for content in ("x", f"type=share&code={await strict.code()}"):
        scanned = strict.call("other", "POST", "/app/bind_latest", json={"qr_content": content})
        assert await refused(scanned) == "9040"
    await strict.scan("other", strict.cloud.devices[1])
    assert [row["did"] for row in await strict.bindings("other")] == [strict.cloud.devices[1].device]


# ---------------------------------------------------------------- people, tokens and the inbox


@pytest.mark.parametrize("by", ["username", "email", "phone"])
async def test_signing_in_gives_a_token_for_seven_days(strict: World, by: str) -> None:
    """By user name, e-mail or phone; the earlier token stays good, and the new one ends on its day."""
    user = strict.user("guest")
    names = {"username": user.email, "email": user.email, "phone": user.phone["number"]}
    signed_in = await strict.log_in(names[by], user.password)
    assert signed_in["uid"] == user.user_id
    life = signed_in["expire_at"] - strict.clouds.clock.now().timestamp()
    assert abs(life - 7 * 86400) < 5
    for token in (user.token, signed_in["token"]):
        assert await strict.call("owner", "GET", "/app/bindings", headers={"X-Gizwits-User-token": token})
    assert strict.cloud.requests[-1].caller == "guest"
    strict.advance(timedelta(days=7))
    late = strict.call("owner", "GET", "/app/bindings", headers={"X-Gizwits-User-token": signed_in["token"]})
    assert await refused(late) == "9006"
    assert strict.cloud.requests[-1].caller is None
    await strict.bindings("guest")
    strict.advance(timedelta(days=3600))
    await strict.bindings("guest")


async def test_a_wrong_password_looks_like_a_wrong_name(strict: World) -> None:
    """Whatever is wrong about a sign-in is 9020, and people without a password have no way in."""
    (added,) = strict.cloud.add_devices("owner", 1)
    (guest,) = strict.cloud.add_guests("", added.device, 1)
    for name, password in ((strict.user("owner").email, "x"), ("nobody", "x"), (guest.email, "x")):
        assert await refused(strict.log_in(name, password)) == "9020"


async def test_a_bad_token_is_no_401(strict: World) -> None:
    """A bad or old token is HTTP 400, and 401 is a device that is not bound (``bad_token_is_http_400``)."""
    for token, code in (("", 9004), ("x", 9004)):
        status, body = await strict.raw("owner", "GET", "/app/bindings", headers={"X-Gizwits-User-token": token})
        assert (status, body["error_code"]) == (400, code)
    strict.cloud.end_tokens("owner")
    status, body = await strict.raw("owner", "GET", "/app/bindings")
    assert (status, body["error_code"]) == (400, 9006)
    status, body = await strict.raw("guest", "PUT", f"/app/bindings/{strict.did}", json={"remark": "x"})
    assert (status, body["error_code"]) == (401, 9017)


async def test_every_call_checks_application_and_token(strict: World) -> None:
    """Without the app's id every call is refused, and without a token every call of a user."""
    for name, entry in ENDPOINTS.items():
        path = address(strict, name)
        body = {"json": sample(name, "body")} if entry["method"] in {"POST", "PUT", "DELETE"} else {}
        options = {"params": sample(name, "query"), **body}
        for app_id in ("", "x"):
            asked = strict.call("owner", entry["method"], path, headers={"X-Gizwits-Application-Id": app_id}, **options)
            assert (name, await refused(asked)) == (name, "9003")
        if "user" in entry["auth"]:
            assert (name, await refused(strict.call(None, entry["method"], path, **options))) == (name, "9004")
    assert not any(request.effect for request in strict.cloud.requests)


async def test_both_sides_are_told_in_free_text(strict: World) -> None:
    """A share puts a message into both inboxes, with no key of the share in it (``share_events_are_free_text``)."""
    await strict.bind()
    share = await strict.invite()
    for user in ("owner", "guest"):
        (message,) = await strict.messages(user)
        assert set(message) == {"id", "type", "status", "content", "created_at", "updated_at"}
        assert (message["type"], message["status"]) == (1, 0)
        assert isinstance(message["id"], str)
        assert message["id"] != str(share)
        assert strict.did not in message["content"]
    assert await strict.messages("other") == []


async def test_a_message_is_marked(strict: World) -> None:
    """Its receiver marks a message read, then deleted, once; others may not."""
    await strict.bind()
    await strict.invite()
    (message,) = await strict.messages("guest")
    path = f"/app/messages/{message['id']}"
    assert await strict.call("guest", "PUT", path, params={"status": 1}) is None
    assert [each["status"] for each in await strict.messages("guest")] == [1]
    assert await refused(strict.call("owner", "PUT", path, params={"status": 2})) == "9101"
    await strict.call("guest", "PUT", path, params={"status": 2})
    assert await strict.messages("guest") == []
    assert await refused(strict.call("guest", "PUT", path, params={"status": 1})) == "9098"
    assert await refused(strict.call("guest", "PUT", "/app/messages/x", params={"status": 1})) == "9085"


async def test_the_service_tells_codes_and_version(strict: World) -> None:
    """The list of codes has every code of the contract with an HTTP status, and needs no user."""
    rows = await strict.call(None, "GET", "/errors")
    assert {str(row["error_code"]) for row in rows} == set(CODES)
    told = {str(row["error_code"]): row["status"] for row in rows}
    assert all(told[code] == (entry["http"] or 400) for code, entry in CODES.items())
    assert all(row["error_message"] for row in rows)
    assert "version" in (await strict.call(None, "GET", "/status"))["status"]


# ---------------------------------------------------------------- lists of shares


async def test_shares_come_in_pages(strict: World) -> None:
    """Twenty unless asked otherwise, with the total and the addresses of the pages before and after."""
    await strict.bind()
    strict.cloud.add_guests("", strict.did, 45)
    first = await strict.call("owner", "GET", "/app/sharing", params={"sharing_type": 0})
    meta = first["meta"]
    assert {name: meta[name] for name in ("total", "limit", "skip", "previous")} == {
        "total": 45,
        "limit": 20,
        "skip": 0,
        "previous": None,
    }
    numbers = [row["id"] for row in first["objects"]]
    before: list[dict[str, list[str]]] = []
    while meta["next"]:
        page = await strict.call("owner", "GET", meta["next"])
        meta = page["meta"]
        before.append(parse_qs(urlsplit(meta["previous"]).query))
        numbers += [row["id"] for row in page["objects"]]
    assert len(numbers) == len(set(numbers)) == 45
    assert before == [{"sharing_type": ["0"], "limit": ["20"], "skip": [skip]} for skip in ("0", "20")]
    assert urlsplit(meta["previous"]).path == "/app/sharing"
    last = await strict.listed(limit=10, skip=40, did=strict.did, status=1)
    assert len(last) == 5


async def test_shares_are_filtered(strict: World) -> None:
    """By direction, status and device; the device is for its owner alone."""
    first, second = strict.cloud.devices[:2]
    await strict.bind()
    await strict.bind(device=second)
    await strict.share()
    await strict.invite("other", did=second.device)
    assert [row["did"] for row in await strict.listed()] == [second.device, first.device]
    assert [row["did"] for row in await strict.listed(did=first.device)] == [first.device]
    assert [row["did"] for row in await strict.listed(status=0)] == [second.device]
    assert await strict.received("owner") == await strict.listed("guest") == []
    for user, kind in (("guest", 0), ("guest", 1), ("other", 0)):
        assert await refused(strict.listed(user, sharing_type=kind, did=first.device)) == "9093"
    assert await refused(strict.listed(did="nothing")) == "9014"
    (row,) = await strict.received()
    assert set(row) == set(ENDPOINTS["list_shares"]["response"]["objects"]["list_of"])


# ---------------------------------------------------------------- what every cloud has


async def test_only_the_origin_need_change(strict: World) -> None:
    """A client that has the vendor's absolute paths works against the server's origin too."""
    url = urlsplit(strict.cloud.base_url)
    for path in ("/app/bindings", "/app/bindings/", "/status", "/errors"):
        origin = f"{url.scheme}://{url.netloc}{path}"
        async with strict.session.get(origin, headers=strict.headers("owner")) as answer:
            assert answer.status == 200


async def test_a_list_may_lag(strict: World) -> None:
    """A lagging list shows neither the new share nor the new binding, and then does."""
    await strict.bind()
    strict.cloud.faults.add("lag", operation="list_shares", seconds=60)
    strict.cloud.faults.add("lag", operation="list_bindings", seconds=60)
    strict.cloud.faults.add("lag", operation="list_guests", seconds=60)
    strict.cloud.faults.add("lag", operation="list_messages", seconds=60)
    share = await strict.invite()
    await strict.reply(share)
    assert await strict.listed() == []
    assert await strict.bindings("guest") == []
    assert await strict.guests() == []
    assert await strict.messages("guest") == []
    assert [row["status"] for row in await strict.listed()] == [ACCEPTED]
    assert len(await strict.bindings("guest")) == len(await strict.guests()) == 1


async def test_headers_are_never_judged(strict: World) -> None:
    """JSON is read whatever its Content-Type says, and unknown headers are no matter."""
    user = strict.user("owner")
    body = json.dumps({"username": user.email, "password": user.password, "lang": "en"})
    for kind in ("application/x-www-form-urlencoded", "text/plain"):
        headers = {**strict.headers(None), "Content-Type": kind, "X-Other": "1"}
        async with strict.session.post(f"{strict.cloud.base_url}/app/login", data=body, headers=headers) as answer:
            assert (await answer.json())["uid"] == user.user_id


async def test_the_same_seed_makes_the_same_world() -> None:
    """Ids, tokens and devices come back with the seed and after a reset, and differ with another seed."""
    described: list[Any] = []
    for seed in (7, 7, 8):
        async with emulate(GizwitsCloud, seed=seed) as clouds:
            first = {**clouds["gizwits"].describe(), "base_url": ""}
            clouds.reset()
            assert {**clouds["gizwits"].describe(), "base_url": ""} == first
            described.append(first)
    assert described[0] == described[1] != described[2]
    assert [user["name"] for user in described[0]["users"]] == ["owner", "guest", "other"]
    assert set(described[0]["app"]) == {"app_id", "app_secret", "product_key", "product_secret"}
    assert len(described[0]["devices"]) == 12
    assert {device["product"] for device in described[0]["devices"]} == {""}
    assert all(set(device["proof"]) == {"product_key", "mac", "qr_content"} for device in described[0]["devices"])
    assert all(re.fullmatch(r"[0-9a-f]{32}", user["user_id"]) for user in described[0]["users"])


# ---------------------------------------------------------------- the contract, case by case


def test_every_call_of_the_contract_is_answered() -> None:
    """No endpoint of the contract lacks a handler, and no handler an endpoint."""
    assert set(HANDLERS) == set(ENDPOINTS)


def test_the_contract_travels_whole() -> None:
    """The contract.json beside the emulator names every endpoint and code that the contract itself names."""
    text = Path(__file__).parents[2].joinpath("docs/contracts/gizwits.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"\n  - name: (\w+)\n", text)) == set(ENDPOINTS)
    assert set(re.findall(r"\n  (9\d{3}): ", text)) == set(CODES)


KINDS: Final[dict[str, Any]] = {"string": "x", "integer": 1, "string_list": ["x"], "object_list": [{"did": "x"}]}
CHOSEN: Final[dict[tuple[str, str], Any]] = {
    ("create_share", "username"): None,
    ("create_share", "email"): None,
    ("create_share", "phone"): None,
    ("create_share", "type"): 0,
    ("list_shares", "status"): "1",
    ("list_shares", "did"): None,
}
"""Where the sample of a type will not do; None leaves the parameter out."""


def parameters(name: str, *places: str) -> list[dict[str, Any]]:
    """Return an endpoint's parameters of those places."""
    return [entry for entry in ENDPOINTS[name]["params"] if entry["in"] in places]


def sample(name: str, place: str) -> dict[str, Any]:
    """Return a value of the right type for every parameter of a place."""
    given = {each["name"]: CHOSEN.get((name, each["name"]), KINDS[each["type"]]) for each in parameters(name, place)}
    return {key: value for key, value in given.items() if value is not None}


def address(world: World, name: str) -> str:
    """Return an endpoint's path with its parameters filled in."""
    filled = {"did": world.did, "id": "1", "code": "0" * 32}
    return str(ENDPOINTS[name]["path"]).format(**filled)


async def ask(world: World, name: str, *, without: str = "", query: Any = None, body: Any = None) -> Any:
    """Send a right request that differs in one way: a parameter left out or changed, or something in a place."""
    entry = ENDPOINTS[name]
    given = {"query": sample(name, "query"), "body": sample(name, "body")}
    for place, more in (("query", query), ("body", body)):
        given[place].pop(without, None)
        given[place] |= more or {}
    options: dict[str, Any] = {"params": given["query"]}
    if parameters(name, "body") or given["body"]:
        options["json"] = given["body"]
    return await world.raw("owner", entry["method"], address(world, name), **options)


def kept(world: World) -> set[tuple[str, str, str]]:
    """Return the violations so far, and forget them."""
    found = {(each.operation, each.parameter, each.what) for each in world.cloud.violations}
    world.cloud.violations.clear()
    return found


JUDGED: Final = [
    (name, each["name"], bool(each["required"] or each.get("effectively_required")))
    for name in ENDPOINTS
    for each in parameters(name, "query", "body")
]


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_a_right_request_breaks_nothing(world: World, name: str) -> None:
    """Every parameter that the contract names is known in its place, and nothing fails inside the cloud."""
    status, _ = await ask(world, name)
    assert status < 500
    assert kept(world) == set()
    assert world.cloud.requests[-1].operation == name


@pytest.mark.parametrize(("name", "parameter", "required"), JUDGED)
async def test_a_missing_parameter_is_a_violation(world: World, name: str, parameter: str, required: bool) -> None:
    """Leaving out what is required is kept and answered with 9015; leaving out the rest is right."""
    status, body = await ask(world, name, without=parameter)
    needed = required or (name, parameter) == ("create_share", "uid")
    assert kept(world) == ({(name, parameter, "missing")} if needed else set())
    if needed:
        assert (status, body["error_code"]) == (400, 9015)


@pytest.mark.parametrize(("name", "parameter"), [(name, parameter) for name, parameter, _ in JUDGED])
async def test_a_parameter_elsewhere_is_misplaced(world: World, name: str, parameter: str) -> None:
    """In the body instead of the query, or the other way round, a parameter is refused."""
    given = {**sample(name, "query"), **sample(name, "body")}
    in_body = parameter in {each["name"] for each in parameters(name, "body")}
    value = {parameter: str(given.get(parameter, "x"))}
    for without in ("", parameter):
        moved = {"query": value} if in_body else {"body": value}
        status, body = await ask(world, name, without=without, query=moved.get("query"), body=moved.get("body"))
        assert (status, body["error_code"]) == (400, 9015)
        assert kept(world) == {(name, parameter, "misplaced")}


WRONG: Final = {"string": 1, "integer": "x", "string_list": "x", "object_list": "x"}
TYPED: Final = [
    (name, each["name"], WRONG[each["type"]])
    for name in ENDPOINTS
    for place in ("query", "body")
    for each in parameters(name, place)
    if place == "body" or each["type"] != "string"
]
VALUES: Final = [
    ("bind_mac", "set_owner", 2),
    ("list_bindings", "show_disabled", 2),
    ("unbind", "devices", [1]),
    ("update_binding", "dev_label", [1]),
    ("create_share", "type", 2),
    ("create_share", "duration", 0),
    ("create_share", "duration", 1441),
    ("create_share", "duration", True),
    ("list_shares", "sharing_type", 2),
    ("list_shares", "status", "4"),
    ("list_shares", "status", "x"),
    ("answer_share", "status", 0),
    ("answer_share", "status", 3),
    ("mark_message", "status", 0),
    ("list_messages", "type", 2),
]


@pytest.mark.parametrize(("name", "parameter", "value"), TYPED + VALUES)
async def test_a_wrong_value_is_a_violation(world: World, name: str, parameter: str, value: object) -> None:
    """A value of another type, or one that the contract does not name, is kept and answered with 9015."""
    in_body = parameter in {each["name"] for each in parameters(name, "body")}
    given = {parameter: value}
    status, body = await (ask(world, name, body=given) if in_body else ask(world, name, query=given))
    assert (status, body["error_code"]) == (400, 9015)
    assert kept(world) == {(name, parameter, "wrong_type")}


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_strangers_are_violations(world: World, name: str) -> None:
    """A parameter that the contract has not is kept, in the query and in the body."""
    for asked in (ask(world, name, query={"stranger": "1"}), ask(world, name, body={"stranger": "1"})):
        status, body = await asked
        assert (status, body["error_code"]) == (400, 9015)
        assert kept(world) == {(name, "stranger", "unknown")}


async def test_exactly_one_recipient_is_named(world: World) -> None:
    """Two ways to name a recipient are one too many, and none is too few."""
    await ask(world, "create_share", body={"email": "x", "phone": "1"})
    assert kept(world) == {("create_share", "email", "duplicate"), ("create_share", "phone", "duplicate")}
    await ask(world, "create_share", body={"uid": None})
    assert kept(world) == {("create_share", "uid", "missing")}


async def test_an_item_of_a_batch_is_judged(world: World) -> None:
    """Each device to unbind is an object with a did and nothing else, and there is one at least."""
    for devices, parameter, what in (
        ([{}], "devices[].did", "missing"),
        ([{"did": 1}], "devices[].did", "wrong_type"),
        ([{"did": "x", "mac": "x"}], "devices[].mac", "unknown"),
        ([], "devices", "missing"),
    ):
        await ask(world, "unbind", body={"devices": devices})
        assert kept(world) == {("unbind", parameter, what)}


async def test_a_change_of_nothing_is_a_violation(world: World) -> None:
    """Renaming a device wants one of its three names at least."""
    status, _ = await world.raw("owner", "PUT", f"/app/bindings/{world.did}", json={})
    assert status == 400
    assert kept(world) == {("update_binding", "dev_alias", "missing")}


async def test_a_path_is_judged(world: World) -> None:
    """The id of a share is a number."""
    for method, path, name in (
        ("DELETE", "/app/sharing/x", "cancel_share"),
        ("PUT", "/app/sharing/x/alias?user_alias=y", "set_share_alias"),
        ("PUT", "/app/sharing/x?status=1", "answer_share"),
    ):
        status, body = await world.raw("owner", method, path)
        assert (status, body["error_code"]) == (400, 9015)
        assert kept(world) == {(name, "id", "wrong_type")}


@pytest.mark.parametrize("body", [b"{", b"[1]", b'"x"', b"username=x", b"null"])
async def test_a_body_is_a_json_object(world: World, body: bytes) -> None:
    """Whatever else a body is, it is refused and kept, and takes nothing with it."""
    status, answer = await world.raw(None, "POST", "/app/login", data=body)
    assert (status, answer["error_code"]) == (400, 9015)
    assert kept(world) == {("login", "body", "wrong_type")}


async def test_unknown_calls_are_violations(world: World) -> None:
    """A path that is none, and a method that a path has not, are told apart and kept."""
    for method, path, status in (("GET", "/app/nothing", 404), ("PATCH", "/app/bindings", 405), ("GET", "/x", 404)):
        got, body = await world.raw("owner", method, path)
        assert (got, body["error_code"]) == (status, 9015)
    assert {what for _, _, what in kept(world)} == {"unknown_operation"}
    assert world.cloud.requests[0].operation == ""


@pytest.mark.parametrize(("name", "code"), [*LISTED_CODES, ("login", "9999"), ("login", "8999")])
async def test_every_listed_code_can_be_forced(strict: World, name: str, code: str) -> None:
    """A forced code comes in the vendor's envelope with its HTTP status, and nothing is executed."""
    strict.cloud.faults.add("code", code=code, operation=name)
    before = strict.cloud.state()
    status, body = await ask(strict, name)
    assert (status, body["error_code"]) == (CODES.get(code, {}).get("http") or 400, int(code))
    assert body["error_message"]
    assert strict.cloud.state() == before


# ---------------------------------------------------------------- behind the wire


async def test_every_token_of_a_person_ends_at_once(strict: World) -> None:
    """Neither the first token nor one from a sign-in works afterwards; other people's do, and so does a new one."""
    owner = strict.user("owner")
    second = (await strict.log_in(owner.email, owner.password))["token"]
    strict.cloud.end_tokens("owner")
    for token in (owner.token, second):
        asked = strict.call("owner", "GET", "/app/bindings", headers={"X-Gizwits-User-token": token})
        assert await refused(asked) == "9006"
    third = (await strict.log_in(owner.email, owner.password))["token"]
    assert await strict.call("owner", "GET", "/app/bindings", headers={"X-Gizwits-User-token": third})
    await strict.bindings("guest")
    with pytest.raises(LookupError, match="nobody"):
        strict.cloud.end_tokens("nobody")


async def test_guests_are_added_to_a_device(strict: World) -> None:
    """So many made-up people are guests by an accepted share, and each can be removed."""
    with pytest.raises(LookupError, match="nobody has bound"):
        strict.cloud.add_guests("", strict.did, 1)
    await strict.bind()
    await strict.bind("other")
    added = strict.cloud.add_guests("", strict.did, 30)
    assert [each["uid"] for each in await strict.guests()][1:] == [user.user_id for user in added]
    assert await strict.roles() == {"owner": "owner", "other": "guest"}
    assert {row["uid"] for row in await strict.listed(limit=50, status=1)} == {user.user_id for user in added}
    await strict.remove(added[0].user_id)
    assert len(await strict.guests()) == 30
    assert len(strict.cloud.users) == 3


async def test_devices_are_added_to_a_person(strict: World) -> None:
    """They are bound like any first binding, and can be unbound and bound again by their proofs."""
    first, _ = strict.cloud.add_devices("owner", 2)
    assert [row["role"] for row in await strict.bindings()] == ["special", "special"]
    await strict.unbind("owner", first.device)
    await strict.scan("guest", first)
    with pytest.raises(LookupError, match="nobody"):
        strict.cloud.add_devices("nobody", 1)


async def test_a_device_can_be_broken_until_the_reset(strict: World) -> None:
    """The guests of a broken device cannot be listed, those of another can."""
    second = strict.cloud.devices[1]
    await strict.bind()
    await strict.bind(device=second)
    strict.cloud.break_device("", strict.did)
    status, body = await strict.raw("owner", "GET", f"/app/{strict.did}/bindings")
    assert (status, body["error_code"]) == (500, 9008)
    assert await strict.call("owner", "GET", f"/app/{second.device}/bindings") == []
    strict.clouds.reset()
    await strict.bind()
    assert await strict.guests() == []


# ---------------------------------------------------------------- guess switches, each value

Probe = Callable[[World], Any]


async def _status_of_refusal(world: World) -> Any:
    await world.bind()
    body = {"type": 0, "did": world.did, "uid": world.uid("owner")}
    status, answer = await world.raw("owner", "POST", "/app/sharing", json=body)
    told = {row["error_code"]: row["status"] for row in await world.call(None, "GET", "/errors")}
    return status, answer["error_code"], told[9080]


async def _code_written(world: World) -> Any:
    return (await world.raw("owner", "GET", "/app/sharing/code/x"))[1]["error_code"]


async def _empty_answer(world: World) -> Any:
    return await world.scan()


async def _rate(world: World) -> Any:
    answers = [await outcome(world.bindings()) for _ in range(7)]
    answers.append(await outcome(world.bindings("guest")))
    status, _ = await world.raw("owner", "GET", "/app/bindings")
    world.advance(timedelta(minutes=1))
    return answers, status, await outcome(world.bindings())


async def _list_order(world: World) -> Any:
    await world.bind()
    shares = [await world.invite(), await world.invite("other")]
    first = (await world.messages("owner", limit=1))[0]["id"] == (await world.messages("owner"))[0]["id"]
    return [shares.index(row["id"]) for row in await world.listed()], first


async def _page_default(world: World) -> Any:
    world.cloud.add_devices("owner", 30)
    return len(await world.bindings())


async def _largest_page(world: World) -> Any:
    world.cloud.add_devices("owner", 30)
    await world.bind("other")
    world.cloud.add_guests("", world.did, 12)
    shown = await world.call("other", "GET", "/app/sharing", params={"sharing_type": 0, "limit": 50})
    return len(await world.bindings(limit=50)), len(shown["objects"]), shown["meta"]["limit"]


async def _phone_written(world: World) -> Any:
    await world.bind()
    body = {"type": 0, "did": world.did}
    number = world.user("guest").phone["number"]
    sent = [{**body, "phone": f"{country}{number}"} for country in ("+86", "86", "")]
    answers = [await outcome(world.call("owner", "POST", "/app/sharing", json=each)) for each in sent]
    return [answer == "9005" for answer in answers]


async def _first_role(world: World) -> Any:
    (added,) = world.cloud.add_devices("guest", 1)
    roles = [(await world.bind())["role"], (await world.bindings("guest"))[0]["role"], added.product]
    world.cloud.switch_sharing_off()
    return [*roles, (await world.bind(device=world.cloud.devices[1]))["role"]]


async def _late_claim(world: World) -> Any:
    await world.bind()
    return await outcome(world.bind("guest", set_owner=1)), (await world.roles()).get("guest")


async def _repeat_bind(world: World) -> Any:
    await world.bind()
    await world.share()
    answers = [await outcome(world.bind()), await outcome(world.scan()), await outcome(world.bind("guest"))]
    return answers, await world.roles()


async def _unbind_unbound(world: World) -> Any:
    await world.bind()
    return await outcome(world.unbind("owner", world.did, "x")), await outcome(world.unbind())


async def _owner_unbind_shows(world: World) -> Any:
    await world.bind()
    await world.share()
    share = await world.invite("other")
    await world.unbind()
    shown = [row["status"] for row in await world.listed()]
    return shown, await outcome(world.reply(share, user="other")), await outcome(world.cancel(share))


async def _left_share_shows(world: World) -> Any:
    await world.bind()
    left, removed = await world.share(), await world.share("other")
    await world.unbind("guest")
    await world.remove(world.uid("other"))
    shown = [row["status"] for row in await world.listed()]
    return shown, await outcome(world.reply(left)), await outcome(world.cancel(removed)), world.states()


async def _use_end_shows(world: World) -> Any:
    await world.bind()
    share = await world.share(duration=5)
    world.advance(timedelta(minutes=5))
    shown = [row["status"] for row in (*await world.listed(), *await world.received())]
    return shown, await world.roles(), await outcome(world.cancel(share)), world.states()


async def _sharing_off(world: World) -> Any:
    world.cloud.switch_sharing_off()
    await world.bind()
    return await outcome(world.invite())


async def _unheld_share(world: World) -> Any:
    return await outcome(world.invite())


async def _qr_admits(world: World) -> Any:
    await world.bind()
    code = await world.code()
    answers = [await outcome(world.redeem(code, user)) for user in ("guest", "guest", "other")]
    return answers, len(await world.listed()), len(await world.guests()), [state for state, _ in world.states()]


async def _unknown_code(world: World) -> Any:
    return await outcome(world.inspect("0" * 32)), await outcome(world.redeem("0" * 32))


async def _expired_code(world: World) -> Any:
    await world.bind()
    code = await world.code()
    world.advance(timedelta(minutes=16))
    return await outcome(world.inspect(code)), await outcome(world.redeem(code))


async def _own_code(world: World) -> Any:
    await world.bind()
    return await outcome(world.redeem(await world.code(), "owner"))


async def _expired_at(world: World) -> Any:
    await world.bind()
    await world.share(duration=60)
    await world.share("other")
    rows = await world.listed()
    return [
        row["expired_at"] and round((moment(row["expired_at"]) - moment(row["created_at"])) / timedelta(hours=1))
        for row in rows
    ]


async def _uid_of_pending(world: World) -> Any:
    await world.bind()
    by_mail = {"type": 0, "did": world.did, "email": world.user("guest").email}
    await world.call("owner", "POST", "/app/sharing", json=by_mail)
    await world.invite("other")
    names = {world.uid("guest"): "guest", world.uid("other"): "other"}
    before = [names.get(row["uid"], row["uid"]) for row in await world.listed()]
    (row,) = await world.received()
    assert row["uid"] == world.uid("owner")
    await world.reply(row["id"])
    return [*before, *(names[row["uid"]] for row in await world.listed(status=1))]


async def _pending_qr(world: World) -> Any:
    await world.bind()
    await world.code()
    return [(row["type"], row["status"], row["uid"], row["email"]) for row in await world.listed()]


async def _accepted_qr(world: World) -> Any:
    await world.bind()
    await world.redeem(await world.code())
    return len(await world.listed()), len(await world.received()), len(await world.guests())


async def _cancel_qr(world: World) -> Any:
    await world.bind()
    await world.redeem(await world.code())
    (row,) = await world.listed()
    return await outcome(world.cancel(row["id"]))


async def _cancel_expired(world: World) -> Any:
    await world.bind()
    share = await world.invite()
    world.advance(DAY)
    return await outcome(world.cancel(share)), [row["status"] for row in await world.listed()], world.states()


async def _lists_of_special(world: World) -> Any:
    await world.bind()
    return [await outcome(world.guests()), await outcome(world.listed(did=world.did))]


async def _remove_all(world: World) -> Any:
    await world.bind()
    await world.share()
    await world.share("other")
    return await outcome(world.remove(None)), len(await world.guests())


async def _alias_by(world: World) -> Any:
    await world.bind()
    share = await world.share()
    path = f"/app/sharing/{share}/alias"
    return [
        await outcome(world.call(user, "PUT", path, params={"user_alias": "x"})) for user in ("owner", "guest", "other")
    ]


async def _after_transfer(world: World) -> Any:
    await world.bind()
    await world.share()
    world.cloud.add_guests("", world.did, 1)
    pending = await world.invite("other")
    await world.transfer()
    ids = [len(await world.listed(user)) for user in ("owner", "guest")]
    return ids, await outcome(world.reply(pending, user="other")), len(await world.guests("guest"))


async def _deleted_messages(world: World) -> Any:
    await world.bind()
    await world.invite()
    (message,) = await world.messages("guest")
    await world.call("guest", "PUT", f"/app/messages/{message['id']}", params={"status": 2})
    return [each["status"] for each in await world.messages("guest")]


OK7: Final = ["OK"] * 7
HOLD: Final = {"owner": "owner", "guest": "guest"}
LEFT: Final = [("ended", "left"), ("ended", "revoked")]
OVER: Final = [("ended", "use_expired")]
EXPECTED: Final[dict[str, tuple[Probe, tuple[Any, ...]]]] = {
    "unlisted_http_status": (_status_of_refusal, ((400, 9080, 400), (200, 9080, 200), (403, 9080, 403))),
    "error_code_written": (_code_written, (9084, "9084")),
    "empty_answer": (_empty_answer, (None, {}, "no body at all")),
    "requests_per_minute": (
        _rate,
        (([*OK7, "OK"], 200, "OK"), ([*OK7[:5], "9041", "9041", "OK"], 429, "OK")),
    ),
    "list_order": (_list_order, (([1, 0], True), ([0, 1], True))),
    "bindings_page_default": (_page_default, (20, 10)),
    "largest_page": (_largest_page, ((30, 12, 50), (10, 10, 10))),
    "phone_written": (_phone_written, ([False, False, False], [True, True, False])),
    "first_binder_role": (
        _first_role,
        (["special", "special", "", "special"], ["owner", "owner", "", "special"]),
    ),
    "late_claim": (_late_claim, (("OK", "normal"), ("9092", None))),
    "repeat_bind": (_repeat_bind, tuple(([code] * 3, HOLD) for code in ("OK", "9092", "9083"))),
    "unbind_unbound": (_unbind_unbound, (("OK", "OK"), ("OK", "9017"))),
    "owner_unbind_shows": (
        _owner_unbind_shows,
        (([3, 3], "9090", "9094"), ([0, 1], "9090", "OK"), ([], "9090", "9084")),
    ),
    "left_share_shows": (
        _left_share_shows,
        (([3, 3], "9094", "9094", LEFT), ([1, 1], "9089", "OK", LEFT), ([], "9084", "9084", LEFT)),
    ),
    "use_end_shows": (
        _use_end_shows,
        tuple(
            (shown, {"owner": "owner"}, code, OVER) for shown, code in (([3, 3], "9094"), ([1, 1], "OK"), ([], "9084"))
        ),
    ),
    "sharing_off_code": (_sharing_off, ("9039", "9081")),
    "unheld_share_code": (_unheld_share, ("9081", "9090")),
    "qr_admits": (
        _qr_admits,
        (
            (["OK", "9089", "9089"], 1, 1, ["active"]),
            (["OK", "9083", "OK"], 2, 2, ["offered", "active", "active"]),
        ),
    ),
    "unknown_code_code": (_unknown_code, (("9084", "9084"), ("9010", "9084"))),
    "expired_code_code": (_expired_code, (("9088", "9088"), ("9009", "9088"))),
    "own_code_code": (_own_code, ("9080", "9096")),
    "expired_at_when_accepted": (_expired_at, ([24, 24], [24, 1], [None, None])),
    "uid_of_pending_invite": (
        _uid_of_pending,
        (["other", "guest", "guest"], ["other", "", "guest"], ["other", None, "guest"]),
    ),
    "pending_qr_listed": (_pending_qr, ([], [(1, PENDING, "", None)])),
    "accepted_qr_listed": (_accepted_qr, ((1, 1, 1), (0, 0, 1))),
    "cancel_qr_code": (_cancel_qr, ("9084", "9089")),
    "cancel_expired": (
        _cancel_expired,
        (("OK", [CANCELLED], [("ended", "offer_expired")]), ("9088", [PENDING], [("ended", "offer_expired")])),
    ),
    "lists_by_special": (_lists_of_special, (["OK", "OK"], ["9093", "9093"])),
    "remove_without_uid": (_remove_all, (("9015", 2), ("OK", 0))),
    "alias_by": (_alias_by, (["OK", "OK", "9100"], ["OK", "9100", "9100"])),
    "shares_after_transfer": (_after_transfer, (([1, 2], "OK", 2), ([3, 0], "9090", 1))),
    "deleted_messages_listed": (_deleted_messages, ([], [2])),
}


def test_every_guess_is_tested_with_every_value() -> None:
    """The table has a row for each switch and an expectation for each of its values."""
    assert [guess.name for guess in GUESSES] == list(EXPECTED)
    assert all(len(EXPECTED[guess.name][1]) == len(guess.values) for guess in GUESSES)


@pytest.mark.parametrize(
    ("name", "index"), [(guess.name, index) for guess in GUESSES for index in range(len(EXPECTED[guess.name][1]))]
)
async def test_a_guess_changes_what_it_says(strict: World, name: str, index: int) -> None:
    """Each value of each switch makes the cloud answer as its name says."""
    probe, answers = EXPECTED[name]
    strict.cloud.set_guess(name, strict.cloud.guesses[name].values[index])
    assert await probe(strict) == answers[index]
