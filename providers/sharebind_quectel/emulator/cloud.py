"""Quectel's cloud: judging a call against the contract, signing the caller in, the envelope."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import ClassVar, Final

from sharebind.emulator import (
    Answer,
    Cloud,
    Contract,
    Device,
    EmulatedClock,
    GuessValue,
    Request,
    User,
    Violation,
)
from sharebind_quectel.emulator.accounts import Accounts, Session
from sharebind_quectel.emulator.binding import Bindings
from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal
from sharebind_quectel.emulator.guesses import GUESSES
from sharebind_quectel.emulator.judging import Judge
from sharebind_quectel.emulator.rendering import Rendering, millis
from sharebind_quectel.emulator.sharing import Shares
from sharebind_quectel.emulator.world import Picture, World

CHANGING: Final = frozenset(
    {
        "bindDeviceDk",
        "bindDeviceSn",
        "deviceBindingByPureBt",
        "deviceBindingByWifi",
        "unbundlingDeviceDk",
        "setDeviceInfo",
        "shareInfo",
        "shareByUid",
        "shareDevice",
        "setShareTime",
        "ownerUserUnshareDevice",
        "shareUserUnshareDevice",
        "changeShareDeviceName",
        "userLogout",
    }
)

SERVICE_ERROR: Final = "5000"


@functools.cache
def _contract() -> Contract:
    """Read the contract, once for all clouds: nothing changes it."""
    return Contract.beside("sharebind_quectel.emulator")


@functools.cache
def _judge() -> Judge:
    """Make what judges by the contract, once as well."""
    return Judge(_contract())


class QuectelCloud(Cloud):
    """Be Quectel's cloud for one app with three users.

    `special` names devices beside the free ones whose product behaves otherwise: unique, rotation, unverified
    (bound, but not authenticated, so 5360), no_sharing (5411), serial_only (5499), unauthorised (5229).
    """

    provider: ClassVar[str] = "quectel"
    GUESSES = GUESSES
    ROOTS = ("/v2/", "/v2/family/enduserapi/")
    LISTS = frozenset({"deviceShareUserList", "userDeviceList"})

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        super().__init__(clock, seed)
        self.special: dict[str, Device] = {}
        contract = _contract()
        self._contract = contract
        self._endpoints = contract.named("endpoints")
        self._routes = {(each["method"], each["path"]): name for name, each in self._endpoints.items()}
        self._judge = _judge()
        self._code_table: Mapping[str, Mapping[str, str]] = contract.section("code_table")
        self._general: Mapping[str, str] = contract.section("general_codes")

    def reset(self) -> None:
        """Return to the seeded start."""
        super().reset()
        world = World(self.seed, millis(self.opened_at))
        rendering = Rendering(self._contract, world, self.guesses)
        desk = Desk(world=world, clock=self.clock, guesses=self.guesses, rendering=rendering)
        self._desk = desk
        self._accounts = Accounts(desk, self.opened_at)
        self._bindings, self._shares = Bindings(desk), Shares(desk)
        self._handlers: dict[str, Handler] = {
            **self._accounts.handlers(),
            **self._bindings.handlers(),
            **self._shares.handlers(),
        }
        self.app = {"user_domain": world.user_domain, "user_domain_secret": world.user_domain_secret}
        self.users = world.users
        self.devices = [world.device(unit) for unit in world.free]
        self.special = {name: world.device(unit) for name, unit in world.special.items()}

    def set_guess(self, name: str, value: GuessValue) -> None:
        """Answer an open question otherwise; home mode gives every user a home, or takes it."""
        super().set_guess(name, value)
        if name == "home_mode":
            for user in self.users:
                user.homes = [self._desk.world.fid(user)] if value else []

    def end_tokens(self, user_name: str) -> None:
        """Let all access tokens of a user die at once: calls that carry one are answered 5032."""
        self._accounts.end_tokens(self.user(user_name))

    def add_devices(self, user_name: str, count: int) -> list[Device]:
        """Give a user so many more devices, bound already, and return them."""
        return [self._bindings.add(self.user(user_name)) for _ in range(count)]

    def add_guests(self, product: str, device: str, count: int) -> list[User]:
        """Let so many made-up people hold a device through its first owner's shares, and return them.

        Raise LookupError when nobody has bound the device.
        """
        return [self._shares.add_guest(product, device) for _ in range(count)]

    def break_device(self, product: str, device: str) -> None:
        """Let the list of a device's shares fail from now on with 5000, service error."""
        self._desk.world.broken.add((product, device))

    def picture(self) -> object:
        """Return a copy of who holds what and of the shares."""
        return self._desk.world.picture()

    def show(self, picture: object) -> None:
        """Let the lists read this picture."""
        if isinstance(picture, Picture):
            self._desk.world.show(picture)

    def operations(self) -> frozenset[str]:
        """Return the name of every endpoint of the contract, those too that only the emulator lacks."""
        return frozenset(self._endpoints)

    def codes(self, operation: str) -> frozenset[str]:
        """Return the codes of an endpoint's page, and the general ones."""
        own = (str(code) for code in self._endpoints[operation]["codes"])
        return frozenset({*own, *self._general}) - {"200"}

    def operation_of(self, request: Request) -> str | None:
        """Return the endpoint's name; a known path with another method is no call."""
        return self._routes.get((request.method, request.path))

    def caller_of(self, request: Request) -> str | None:
        """Return the name of the user whose access token is in Authorization."""
        session = self._session(request)
        return session.user.name if session else None

    def _session(self, request: Request) -> Session | None:
        return self._accounts.session(request.headers.get("Authorization", ""))

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge, check the token, execute."""
        if operation is None or operation not in self._handlers:
            return self._unknown(operation, request)
        given, violations = self._judge.judge(operation, request)
        self.violations.extend(violations)
        session = self._session(request)
        if self._endpoints[operation]["auth"] != "none":
            if not request.headers.get("Authorization"):
                return self.failure(operation, "5106", request)
            if session is None:
                return self.failure(operation, "5032", request)
        if violations:
            return self._broken(operation, violations, request)
        uid, token = (session.user.user_id, request.headers["Authorization"]) if session else ("", "")
        try:
            data = self._handlers[operation](Call(given=given, uid=uid, token=token))
        except Refusal as refusal:
            return self.failure(operation, str(refusal.code), request)
        body = {"code": 200, "msg": "", "data": data, "extMsg": None}
        return Answer(body=body, code="200", effect=operation in CHANGING)

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:  # noqa: ARG002 - base's signature
        """Return a refusal in the vendor's envelope."""
        known = self._code_table.get(code, {})
        body = {
            "code": int(code) if code.isdecimal() else code,
            "msg": known.get("meaning", self._general.get(code, "refused")),
            "data": None,
            "extMsg": None,
        }
        return Answer(status=int(self.guess("http_status_of_refusals")), body=body, code=code)

    def _unknown(self, operation: str | None, request: Request) -> Answer:
        """Answer what the contract does not know with 400, and what only the emulator lacks with 501."""
        lacking = operation is not None
        detail = "in the contract, but not emulated" if lacking else f"{request.method} {request.path}"
        self.violations.append(Violation(operation or "", "", "unknown_operation", detail))
        refusal = self.failure(operation, SERVICE_ERROR, request)
        return Answer(status=501 if lacking else 400, body=refusal.body, code=refusal.code)

    def _broken(self, operation: str, violations: list[Violation], request: Request) -> Answer:
        """Answer a call that breaks the contract: with the documented code where there is one, else with 400."""
        code = self._judge.code_of(operation, violations)
        if code:
            return self.failure(operation, code, request)
        told = ", ".join(f"{each.parameter} {each.what}" for each in violations)
        return Answer(status=400, body={"code": 400, "msg": told, "data": None, "extMsg": None}, code="400")

    def state(self) -> dict[str, object]:
        """Return everybody who holds a device, and every share."""
        world, now = self._desk.world, self._desk.now()
        bindings = [_held(each.unit.product.pk, each.unit.dk, each.uid, "owner") for each in world.bindings.values()]
        shares: list[dict[str, object]] = []
        for share in world.shares:
            state, reason, _ = share.state_at(now)
            product, device = share.unit.product.pk, share.unit.dk
            told = {"product": product, "device": device, "from": share.owner, "to": share.recipient, "state": state}
            shares.append({**told, "code": share.code, **({"reason": reason} if reason else {})})
            if state == "active":
                bindings.append(_held(product, device, share.recipient or "", "guest"))
        return {"bindings": bindings, "shares": shares}


def _held(product: str, device: str, uid: str, role: str) -> dict[str, str]:
    return {"product": product, "device": device, "user_id": uid, "role": role}
