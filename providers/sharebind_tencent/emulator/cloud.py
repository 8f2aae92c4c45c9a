"""This vendor's cloud: from a request to an answer."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, cast

from sharebind.emulator import Answer, Cloud, Contract, Device, EmulatedClock, Guess, Request, User, Violation
from sharebind_tencent.emulator import binding, homes, inbox, people, sharing, staging
from sharebind_tencent.emulator.calls import (
    INVALID_TOKEN,
    Action,
    Call,
    RefusalError,
    Result,
    Rulebook,
    refusal_of,
)
from sharebind_tencent.emulator.envelope import error, spelt_as_on_the_pages, wrapped
from sharebind_tencent.emulator.guesses import GUESSES
from sharebind_tencent.emulator.signature import is_signed_by_app
from sharebind_tencent.emulator.state import Account, DeviceKey, Picture
from sharebind_tencent.emulator.world import World

HANDLERS: Final[Mapping[str, Callable[[World, Call], Result]]] = {
    **sharing.ACTIONS,
    **binding.ACTIONS,
    **homes.ACTIONS,
    **people.ACTIONS,
    **inbox.ACTIONS,
}
"""What answers each action."""

PATH: Final = re.compile(r"/api/exploreropen/(tokenapi|appapi)(/\w*)?/?")
"""The two addresses; an action's name behind them is decoration (contract: transport.url_variants_seen)."""


@functools.cache
def _rulebook() -> Rulebook:
    """Read the contract, once for all clouds: nothing changes it."""
    return Rulebook.read(Contract.beside("sharebind_tencent.emulator"))


class TencentCloud(Cloud):
    """Be Tencent Cloud IoT Explorer for applications: tokenapi and appapi.

    `app` holds app_key and app_secret. A device's proof holds device_signature, the text that its code carries, and
    device_secret, with which it signs by itself.
    """

    provider: ClassVar[str] = "tencent"
    GUESSES: ClassVar[tuple[Guess, ...]] = GUESSES
    LISTS: ClassVar[frozenset[str]] = frozenset(
        {"AppGetFamilyDeviceList", "AppGetMessages", "AppListShareDeviceUsers", "AppListUserShareDevices"}
    )
    ROOTS: ClassVar[tuple[str, ...]] = ("/api/exploreropen/",)
    """The vendor's absolute paths, which the server's origin answers too."""

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        super().__init__(clock, seed)
        self._rules = _rulebook()

    def reset(self) -> None:
        """Return to the seeded start: people with their homes, free devices, nothing bound and nothing shared."""
        super().reset()
        self._world = World(self.seed, self.opened_at, self.guess)
        self.app = self._world.app
        self.users = [account.user for account in self._world.accounts]
        self.devices = list(self._world.devices.values())

    def report_pairing(self, token: str, product: str, device: str) -> None:
        """Play the device that got a pairing token over the local link and hands it to the cloud."""
        self._world.pairings[token].reported = DeviceKey(product, device)

    def end_tokens(self, user_name: str) -> None:
        """End every access token of a person at once, as a change of the password would."""
        staging.end_tokens(self._world, user_name)

    def add_devices(self, user_name: str, count: int) -> list[Device]:
        """Put that many new devices into a person's first home, and return them."""
        return staging.add_devices(self._world, user_name, count, self.clock.now())

    def add_guests(self, product: str, device: str, count: int) -> list[User]:
        """Let that many made-up people accept a share of a bound device, and return them."""
        return staging.add_guests(self._world, DeviceKey(product, device), count, self.clock.now())

    def break_home(self, user_name: str) -> None:
        """Let the lists of what is in a person's first home fail with InternalError, until the next reset."""
        self._world.broken.add(staging.first_home(self._world, user_name).family_id)

    def break_device(self, product: str, device: str) -> None:
        """Let the list of who uses a device fail with InternalError, until the next reset."""
        self._world.broken.add(DeviceKey(product, device))

    def picture(self) -> object:
        """Return a copy of who holds what, of the shares and of the inboxes."""
        return self._world.picture()

    def show(self, picture: object) -> None:
        """Let the lists read this picture."""
        if isinstance(picture, Picture):
            self._world.show(picture)

    def operations(self) -> frozenset[str]:
        """Return the name of every action of the contract."""
        return frozenset(self._rules.actions)

    def codes(self, operation: str) -> frozenset[str]:
        """Return the codes of an action's page, and those of the common list: no page is complete."""
        return frozenset({*self._rules.actions[operation].errors, *self._rules.meanings})

    def operation_of(self, request: Request) -> str | None:
        """Return the action that the body names; the address alone names none."""
        given = _body_of(request)
        name = given.get("Action") if given is not None and PATH.fullmatch(request.path) else None
        return name if isinstance(name, str) and name in self._rules.actions else None

    def caller_of(self, request: Request) -> str | None:
        """Return who holds the access token in the body."""
        account = self._holder_of(_body_of(request) or {})
        return account.user.name if account else None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge the request, check token or signature, and act."""
        try:
            result = self._serve(operation, request)
        except RefusalError as refusal:
            return self._refuse(operation, refusal, request)
        return Answer(body=self._wrap(result.fields, request), effect=result.effect)

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:
        """Return a refusal with that code; its text is the contract's."""
        return self._refuse(operation, RefusalError(code), request)

    def state(self) -> dict[str, object]:
        """Return who holds which device, and every share with its state by this cloud's clock."""
        now, world = self.clock.now(), self._world
        owners = [(key, held.home.owner.id, "owner") for key, held in world.bindings.items()]
        guests = [(share.key, share.recipient.id, "guest") for share in world.active_shares() if share.recipient]
        return {
            "bindings": [
                {"product": key.product, "device": key.name, "user_id": user_id, "role": role}
                for key, user_id, role in (*owners, *guests)
            ],
            "shares": [share.describe(now) for share in world.shares.values()],
        }

    def _serve(self, operation: str | None, request: Request) -> Result:
        address = PATH.fullmatch(request.path)
        if address is None or request.method != "POST":
            self._violated("", request.path, "unknown_operation", request.method)
            raise RefusalError("InvalidAction", status=404 if address is None else 405)
        body = _body_of(request)
        if body is None:
            self._violated("", "body", "wrong_type", "expected a JSON object")
            raise RefusalError("InvalidParameterValue.InvalidJSON")
        action = self._rules.actions.get(operation or "")
        if action is None or action.endpoint != address[1]:
            what = "unknown_operation" if action is None else "misplaced"
            self._violated(operation or str(body.get("Action", "")), "Action", what, f"on {address[1]}")
            raise RefusalError("InvalidAction")
        given, found = self._rules.judge(action, body, request.query)
        if found:
            self.violations += found
            raise refusal_of(action, found)
        call = Call(action=action, given=given, now=self.clock.now(), holder=self._admitted(action, body))
        return HANDLERS[action.name](self._world, call)

    def _admitted(self, action: Action, given: Mapping[str, Any]) -> Account | None:
        """Check the token of a user, or the signature of an app, over what was sent."""
        if action.endpoint == "tokenapi":
            holder = self._holder_of(given)
            if holder is None:
                raise RefusalError(INVALID_TOKEN, "Invalid Token")
            return holder
        if given["AppKey"] != self.app["app_key"]:
            raise RefusalError(str(self.guess("unknown_app_code")), "AppKey is wrong")
        window = int(self.guess("timestamp_window_s"))
        late = window and abs(self.clock.now().timestamp() - given["Timestamp"]) > window
        if late or not is_signed_by_app(self.app["app_secret"], given):
            raise RefusalError(str(self.guess("bad_signature_code")), "Signature is wrong")
        return None

    def _holder_of(self, given: Mapping[str, Any]) -> Account | None:
        return self._world.holder_of(given.get("AccessToken"), self.clock.now())

    def _violated(self, operation: str, parameter: str, what: str, detail: str) -> None:
        self.violations.append(Violation(operation, parameter, what, detail))

    def _refuse(self, operation: str | None, refusal: RefusalError, request: Request) -> Answer:
        action = self._rules.actions.get(operation or "")
        message = refusal.message or self._rules.message(action, refusal.code)
        content = {"Error": error(refusal.code, message, nested=refusal.nested)}
        return Answer(status=refusal.status, body=self._wrap(content, request), code=refusal.code)

    def _wrap(self, fields: Mapping[str, Any], request: Request) -> dict[str, Any]:
        style = str(self.guess("envelope"))
        if style == "by_cmd":
            style = "wire" if "cmd" in request.query else "documented"
        number = (_body_of(request) or {}).get("RequestId")
        content = {**fields, "RequestId": number if isinstance(number, str) else ""}
        return wrapped(style, spelt_as_on_the_pages(content) if self.guess("id_spelling") == "UserId" else content)


def _body_of(request: Request) -> dict[str, Any] | None:
    """Return the JSON object in the body, whatever the headers call it."""
    body = request.body
    if body is None:
        try:
            body = json.loads(request.raw_body)
        except (ValueError, RecursionError):
            return None
    return cast("dict[str, Any]", body) if isinstance(body, dict) else None
