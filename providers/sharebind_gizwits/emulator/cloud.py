"""This vendor's cloud: from a request to an answer."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from sharebind.emulator import Answer, Cloud, Contract, Device, EmulatedClock, Guess, Request, User, Violation
from sharebind_gizwits.emulator import binding, guests, people, qr_codes, sharing, staging
from sharebind_gizwits.emulator.calls import (
    FORM_INVALID,
    NOTHING,
    TOKEN_INVALID,
    Call,
    Endpoint,
    RefusalError,
    Result,
    Rulebook,
)
from sharebind_gizwits.emulator.guesses import GUESSES
from sharebind_gizwits.emulator.judging import judge
from sharebind_gizwits.emulator.state import GUEST, NORMAL, OWNER, SPECIAL, Account, Picture
from sharebind_gizwits.emulator.world import World

HANDLERS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    **people.CALLS,
    **binding.CALLS,
    **guests.CALLS,
    **sharing.CALLS,
    **qr_codes.CALLS,
}
"""What answers each call."""

ROLES: Final = {SPECIAL: "owner", OWNER: "owner", NORMAL: "member", GUEST: "guest"}
"""The vendor's roles in the words of every emulated cloud."""

APP_ID_INVALID: Final = "9003"
TOKEN_EXPIRED: Final = "9006"  # noqa: S105 - a code, no secret
THROTTLED: Final = "9041"


@functools.cache
def _rulebook() -> Rulebook:
    """Read the contract, once for all clouds: nothing changes it."""
    return Rulebook.read(Contract.beside("sharebind_gizwits.emulator"))


class GizwitsCloud(Cloud):
    """Be the Gizwits Open API: login, binding, sharing, ownership and the inbox.

    `app` holds app_id, app_secret, product_key and product_secret. A person's user name is the e-mail address. A
    device is named by its did alone, so its product is empty; its proof holds product_key and mac, for a signed
    bind_mac, and qr_content, for bind_latest.
    """

    provider: ClassVar[str] = "gizwits"
    GUESSES: ClassVar[tuple[Guess, ...]] = GUESSES
    LISTS: ClassVar[frozenset[str]] = frozenset({"list_bindings", "list_guests", "list_messages", "list_shares"})
    ROOTS: ClassVar[tuple[str, ...]] = ("/app/", "/errors", "/status")
    """The vendor's absolute paths, which the server's origin answers too."""

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        super().__init__(clock, seed)
        self._rules = _rulebook()

    def reset(self) -> None:
        """Return to the seeded start: people, free devices of a product that may share, nothing bound or shared."""
        super().reset()
        self._world = World(self.seed, self.opened_at, self._rules, self.guess)
        self.app = self._world.app
        self.users = [account.user for account in self._world.accounts]
        self.devices = list(self._world.devices.values())

    def end_tokens(self, user_name: str) -> None:
        """Let every token of a person expire at once; a new login gives one that works."""
        staging.end_tokens(self._world, user_name, self.clock.now())

    def add_devices(self, user_name: str, count: int) -> list[Device]:
        """Bind that many new devices to a person, and return them."""
        return staging.add_devices(self._world, user_name, count, self.clock.now())

    def add_guests(self, product: str, device: str, count: int) -> list[User]:
        """Let that many made-up people accept a share of a bound device, and return them."""
        del product  # this vendor's dids need none
        return staging.add_guests(self._world, device, count, self.clock.now())

    def break_device(self, product: str, device: str) -> None:
        """Let the list of a device's guests fail with 9008, until the next reset."""
        del product
        self._world.broken.add(device)

    def switch_sharing_off(self) -> None:
        """Take back the product's switch for sharing (quirk sharing_is_a_console_switch), until the next reset."""
        self._world.sharing_on = False

    def picture(self) -> object:
        """Return a copy of who holds what, of the shares and of the inboxes."""
        return self._world.picture()

    def show(self, picture: object) -> None:
        """Let the lists read this picture."""
        if isinstance(picture, Picture):
            self._world.show(picture)

    def operations(self) -> frozenset[str]:
        """Return the contract's name of every call."""
        return frozenset(self._rules.endpoints)

    def codes(self, operation: str) -> frozenset[str]:
        """Return all codes: the vendor publishes one list for all calls."""
        del operation
        return frozenset(self._rules.codes)

    def operation_of(self, request: Request) -> str | None:
        """Return the call that method and path name."""
        endpoint = self._rules.find(request.method, request.path)
        return endpoint.name if endpoint else None

    def caller_of(self, request: Request) -> str | None:
        """Return who holds the token in the header."""
        session = self._world.sessions.get(request.headers.get(self._rules.auth["user_header"], ""))
        alive = session is not None and self.clock.now() < session.ends_at
        return session.account.user.name if session is not None and alive else None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge the request, check application and token, and act."""
        try:
            result = self._serve(operation, request)
        except RefusalError as refusal:
            return self._refuse(refusal)
        if result.body is not NOTHING:
            return Answer(body=result.body, effect=result.effect)
        looks = self.guess("empty_answer")
        return Answer(body={} if looks == "object" else None, empty=looks == "nothing", effect=result.effect)

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:
        """Return a refusal with that code; its text is made from the contract's name for it."""
        del operation, request
        return self._refuse(RefusalError(code))

    def state(self) -> dict[str, object]:
        """Return who holds which device, and every share with its state by this cloud's clock."""
        now, world = self.clock.now(), self._world
        return {
            "bindings": [
                {"product": "", "device": each.did, "user_id": each.account.id, "role": ROLES[each.role]}
                for each in world.bindings.values()
                if each.is_alive(now)
            ],
            "shares": [share.describe(now) for share in world.shares],
        }

    def _serve(self, operation: str | None, request: Request) -> Result:
        endpoint = self._rules.endpoints.get(operation or "")
        if endpoint is None:
            known = bool(self._rules.at(request.path))
            self.violations.append(Violation("", request.path, "unknown_operation", request.method))
            # Guessed: no code is documented for a path or a method that does not exist.
            raise RefusalError(FORM_INVALID, "no such call", status=405 if known else 404)
        given, found = judge(endpoint, self._rules.enums, request)
        self.violations += found
        holder = self._admitted(endpoint, request)
        if found:
            raise RefusalError(FORM_INVALID, f"{found[0].parameter} is {found[0].what.replace('_', ' ')}")
        call = Call(endpoint=endpoint, given=given, headers=request.headers, now=self.clock.now(), holder=holder)
        return HANDLERS[endpoint.name](self._world, call)

    def _admitted(self, endpoint: Endpoint, request: Request) -> Account | None:
        """Check the application, then the user's token where the call wants one (quirk bad_token_is_http_400)."""
        auth = self._rules.auth
        if request.headers.get(auth["app_header"]) != self.app["app_id"]:
            raise RefusalError(APP_ID_INVALID)
        if "user" not in endpoint.auth:
            return None
        session = self._world.sessions.get(request.headers.get(auth["user_header"], ""))
        if session is None:
            raise RefusalError(TOKEN_INVALID)
        if self.clock.now() >= session.ends_at:
            raise RefusalError(TOKEN_EXPIRED)
        self._check_rate(session.account)
        return session.account

    def _check_rate(self, account: Account) -> None:
        most, since = int(self.guess("requests_per_minute")), self.clock.now() - timedelta(minutes=1)
        recent = [each for each in self.requests if each.caller == account.user.name and each.at > since]
        if most and len(recent) > most:
            raise RefusalError(THROTTLED)

    def _refuse(self, refusal: RefusalError) -> Answer:
        code = refusal.code
        number: int | str = int(code) if code.isdecimal() else code
        if self.guess("error_code_written") == "text":
            number = code
        body: dict[str, Any] = {"error_code": number, "error_message": self._rules.message(code)}
        if refusal.detail:
            body["detail"] = refusal.detail
        status = refusal.status or self._rules.status(code) or int(self.guess("unlisted_http_status"))
        return Answer(status=status, body=body, code=code)
