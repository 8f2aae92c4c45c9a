"""This vendor's cloud: from a request to an answer."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

from sharebind.emulator import Answer, Cloud, Contract, Device, EmulatedClock, Guess, Request, User, Violation
from sharebind_ewelink.emulator import binding, inbox, sharing, staging, things
from sharebind_ewelink.emulator.calls import (
    INVALID,
    NOT_ENTITLED,
    OVER_LIMIT,
    UNKNOWN_PATH,
    WRONG_REGION,
    Call,
    RefusalError,
    Result,
)
from sharebind_ewelink.emulator.guesses import GUESSES
from sharebind_ewelink.emulator.judging import Rulebook
from sharebind_ewelink.emulator.pace import Pace
from sharebind_ewelink.emulator.sessions import Session
from sharebind_ewelink.emulator.state import HOME_REGION, REGIONS, Picture
from sharebind_ewelink.emulator.world import World

HANDLERS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    **things.CALLS,
    **binding.CALLS,
    **sharing.CALLS,
    **inbox.CALLS,
}
"""What answers each call of somebody with a token; the signed ones are answered by the sessions."""


@functools.cache
def _rulebook() -> Rulebook:
    """Read the contract, once for all clouds: nothing changes it."""
    return Rulebook.read(Contract.beside("sharebind_ewelink.emulator"))


class EwelinkCloud(Cloud):
    """Be eWeLink's open API v2, in its four regions.

    `app` holds app_id and app_secret of an enterprise, personal_app_id and personal_app_secret of a single developer.
    A device's proof holds its own apikey and chipid; one with a SIM card has gsm_id and the text of its qr code too.
    `base_url` is region us; `region_urls` has each region's address.
    """

    provider: ClassVar[str] = "ewelink"
    GUESSES: ClassVar[tuple[Guess, ...]] = GUESSES
    LISTS: ClassVar[frozenset[str]] = frozenset({"get_things", "list_messages", "list_things"})
    ROOTS: ClassVar[tuple[str, ...]] = ("/v2/user/", "/v2/device", "/v2/family", "/v2/message/")
    """The vendor's absolute paths, which the server's origin answers too, as region us."""

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        super().__init__(clock, seed)
        self._rules = _rulebook()
        self._pace = Pace(self._rules.limits)

    @property
    def region_urls(self) -> dict[str, str]:
        """Return the address of each region."""
        return {region: f"{self.base_url}/{region}" for region in REGIONS}

    def reset(self) -> None:
        """Return to the seeded start: people with a home each, free devices, nothing bound and nothing shared."""
        super().reset()
        self._world = World(self.seed, self.opened_at, self.guess)
        self._pace = Pace(self._rules.limits)
        self.app = self._world.app
        self.users = [account.user for account in self._world.sessions.accounts]
        self.devices = list(self._world.devices.values())

    def move_user(self, user_name: str, region: str) -> None:
        """Let somebody live in another region, with all that they have; raise ValueError for no such region."""
        staging.move_user(self._world, user_name, region)

    def add_home(self, user_name: str, *, current: bool = False) -> str:
        """Give somebody another home, current or not, and return its id."""
        return staging.add_home(self._world, user_name, current=current)

    def rooms_of(self, user_name: str) -> list[tuple[str, str]]:
        """Return the id of each of a person's homes with that of each of its rooms."""
        homes = self._world.sessions.named(user_name).homes
        return [(home.family_id, room.room_id) for home in homes for room in home.rooms]

    def hide_things(self, user_name: str, count: int) -> None:
        """Count so many things more in a person's first home and never show them: their brand has to authorise."""
        self._world.sessions.named(user_name).homes[0].hidden = count

    def break_home(self, user_name: str) -> None:
        """Let the list of what is in a person's first home answer 500, until the next reset."""
        self._world.broken.add(self._world.sessions.named(user_name).homes[0].family_id)

    def add_devices(self, user_name: str, count: int) -> list[Device]:
        """Put that many new devices into a person's first home, and return them."""
        return staging.add_devices(self._world, user_name, count)

    def add_guests(self, product: str, device: str, count: int) -> list[User]:
        """Share a bound device with that many made-up people, and return them; this vendor has no products."""
        del product
        return staging.add_guests(self._world, device, count, self.clock.now())

    def operate(self, user_name: str, device: str) -> None:
        """Let somebody switch a device: its history then names them."""
        staging.operate(self._world, user_name, device, self.clock.now())

    def end_tokens(self, user_name: str) -> None:
        """Let every access token of a person expire at once (402); the refresh tokens still work."""
        self._world.sessions.expire(self._world.sessions.named(user_name), self.clock.now())

    def evict(self, user_name: str) -> None:
        """Let a person log in somewhere else, with the enterprise's app: the earlier token is refused (401)."""
        sessions = self._world.sessions
        sessions.open(sessions.apps[0], sessions.named(user_name), self.clock.now())

    def refresh_token_of(self, user_name: str) -> str:
        """Return the refresh token that the enterprise's app now holds for a person."""
        sessions = self._world.sessions
        session = sessions.current(sessions.apps[0], sessions.named(user_name))
        return session.refresh if session is not None else ""

    def oauth_code(self, user_name: str, *, enterprise: bool = False) -> str:
        """Return a code that the sign-in page gave to the personal app, or to the enterprise's."""
        sessions = self._world.sessions
        app = sessions.apps[0 if enterprise else 1]
        return sessions.give_code(app, sessions.named(user_name), self.clock.now())

    def oauth_tokens(self, user_name: str) -> dict[str, Any]:
        """Return what the personal app got for such a code: accessToken, refreshToken and when each ends."""
        sessions = self._world.sessions
        session = sessions.open(sessions.apps[1], sessions.named(user_name), self.clock.now(), by_oauth=True)
        return sessions.pair(session)

    def picture(self) -> object:
        """Return a copy of who holds what and of the inboxes."""
        return self._world.picture()

    def show(self, picture: object) -> None:
        """Let the lists read this picture."""
        if isinstance(picture, Picture):
            self._world.show(picture)

    def operations(self) -> frozenset[str]:
        """Return the name of every call of the contract."""
        return frozenset(self._rules.endpoints)

    def codes(self, operation: str) -> frozenset[str]:
        """Return all codes: the vendor publishes one list for all calls."""
        del operation
        return frozenset(self._rules.meanings)

    def operation_of(self, request: Request) -> str | None:
        """Return the call at the path, in whichever region."""
        return self._rules.operation_at(request.method, _split(request.path)[1])

    def caller_of(self, request: Request) -> str | None:
        """Return whose access token the request carries, whether it still works or not."""
        token = self._world.sessions.behind(request.headers.get("Authorization", ""))
        return token.session.account.user.name if token else None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge the request, check token or signature, and act."""
        if self.guess("limits") == "kept" and not self._pace.is_kept(operation or request.path, self.clock.now()):
            return self._over_limit()
        try:
            result = self._serve(operation, request)
        except RefusalError as refusal:
            return self._refuse(refusal)
        return Answer(body={"error": 0, "msg": "", "data": dict(result.data)}, code="0", effect=result.effect)

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:  # noqa: ARG002 - base's signature
        """Return a refusal with that code; a wrong region names a right one."""
        number = int(code) if code.isdecimal() else INVALID
        here = _split(request.path)[0]
        elsewhere = next(region for region in reversed(REGIONS) if region != here)
        return self._refuse(RefusalError(number, data={"region": elsewhere} if number == WRONG_REGION else None))

    def state(self) -> dict[str, object]:
        """Return who holds which device, and every share; there are no products, so `product` is empty."""
        owners = [(each.device, each.owner, "owner") for each in self._world.bindings.values()]
        guests = [(each.device, each.recipient, "guest") for each in self._world.active_shares()]
        return {
            "bindings": [
                {"product": "", "device": device.device, "user_id": account.apikey, "role": role}
                for device, account, role in (*owners, *guests)
            ],
            "shares": [share.describe() for share in self._world.shares],
        }

    def _serve(self, operation: str | None, request: Request) -> Result:
        if operation is None:
            self.violations.append(Violation("", request.path, "unknown_operation", request.method))
            raise RefusalError(UNKNOWN_PATH, "unknown path")
        given, found = self._rules.endpoints[operation].judge(_body_of(request), request)
        if operation == "share_devices" and self.guess("other_share_types") == "refused":
            found += self._rules.share_type(given)
        self.violations += found
        region = _split(request.path)[0]
        if not self._rules.endpoints[operation].token_only:
            return self._signed(operation, request, given, found, region)
        session = self._admitted(operation, request, region)
        _check(found)
        call = Call(operation=operation, given=given, now=self.clock.now(), caller=session.account)
        return HANDLERS[operation](self._world, call)

    def _signed(
        self, operation: str, request: Request, given: Mapping[str, Any], found: list[Violation], region: str
    ) -> Result:
        """Answer what is signed over the exact bytes of its body."""
        sessions, now = self._world.sessions, self.clock.now()
        if operation == "refresh_token":
            app = sessions.renewing_app(request.headers, request.raw_body, now)
            _check(found)
            return sessions.renew(app, given["rt"], region, now)
        app = sessions.signer(request.headers, request.raw_body)
        _check(found)
        if operation == "login":
            return sessions.login(app, given, region, now)
        return sessions.exchange(app, given["code"], region, now)

    def _admitted(self, operation: str, request: Request, region: str) -> Session:
        """Return the session behind the token, if it works in this region and for this call."""
        sessions = self._world.sessions
        session = sessions.holder(request.headers.get("Authorization", ""), self.clock.now())
        sessions.check_region(session, region)
        narrow = not session.app.enterprise or (session.by_oauth and self.guess("enterprise_oauth") == "subset")
        if narrow and not self._rules.open_to_oauth(operation):
            raise RefusalError(NOT_ENTITLED, "this credential may not do that")
        return session

    def _over_limit(self) -> Answer:
        """Refuse in one of two ways; as an HTTP status 403 has no body (quirk http_403_means_two_things)."""
        if self.guess("over_limit") == OVER_LIMIT:
            return self._refuse(RefusalError(OVER_LIMIT, "too many calls"))
        return Answer(status=UNKNOWN_PATH, code=str(UNKNOWN_PATH), empty=True)

    def _refuse(self, refusal: RefusalError) -> Answer:
        message = refusal.message or self._rules.meanings.get(str(refusal.code), "refused")
        body = {"error": refusal.code, "msg": message, "data": refusal.data}
        return Answer(status=int(self.guess("error_http_status")), body=body, code=str(refusal.code))


def _check(found: list[Violation]) -> None:
    if found:
        raise RefusalError(INVALID, f"{found[0].parameter} is {found[0].what.replace('_', ' ')}")


def _split(path: str) -> tuple[str, str]:
    """Return the region that an address names, the seeded one when it names none, and the vendor's path."""
    first, _, rest = path.removeprefix("/").partition("/")
    return (first, f"/{rest}") if first in REGIONS else (HOME_REGION, path)


def _body_of(request: Request) -> object:
    """Return the JSON in the body, whatever the headers call it."""
    if request.body is not None or not request.raw_body:
        return request.body
    try:
        return json.loads(request.raw_body)
    except (ValueError, RecursionError):
        return None
