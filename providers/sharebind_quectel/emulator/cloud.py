"""Quectel's cloud: judging a call against the contract, signing the caller in, the envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, cast

from sharebind.emulator import (
    Answer,
    Cloud,
    Contract,
    Device,
    EmulatedClock,
    GuessValue,
    Parameter,
    Request,
    Violation,
    judge_text,
)
from sharebind_quectel.emulator.accounts import Accounts, Session
from sharebind_quectel.emulator.binding import Bindings
from sharebind_quectel.emulator.call import Call, Desk, Handler, Refusal
from sharebind_quectel.emulator.guesses import GUESSES
from sharebind_quectel.emulator.rendering import Rendering, millis
from sharebind_quectel.emulator.sharing import Shares
from sharebind_quectel.emulator.world import Picture, World

FORMS_TAKEN: Final = frozenset({"emailPwdLogin", "phonePwdLogin", "refreshToken"})
"""Calls whose parameters public clients send as an urlencoded form too (contract: conventions.form_alternative)."""

CHANGING: Final = frozenset(
    {
        "bindDeviceDk",
        "bindDeviceSn",
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

INVITEES: Final = ("shareUid", "email", "phone")

CODES_OF_PARAMETERS: Final[Mapping[str, int]] = {
    "acceptingExpireAt": 5132,
    "deviceName": 5068,
    "dk": 5067,
    "email": 5026,
    "phone": 5021,
    "pk": 5066,
    "pwd": 5022,
    "refreshToken": 5115,
    "shareCode": 5136,
    "signature": 5550,
    "sn": 5088,
    "userDomain": 5023,
}
"""What the vendor says when a required parameter is missing, on calls that list the code or where it is general."""

CODES_OF_TYPES: Final[Mapping[str, int]] = {"acceptingExpireAt": 5145, "sharingExpireAt": 5145, "coverMark": 5133}

RANGES: Final[Mapping[str, range]] = {"capabilitiesBitmask": range(1, 16)}
"""Numbers whose values the contract names; another one is refused like a wrong type."""

SERVICE_ERROR: Final = "5000"


class QuectelCloud(Cloud):
    """Be Quectel's cloud for one app with three users.

    `special` names devices beside the free ones whose product behaves otherwise: unique, rotation, unverified
    (bound, but not authenticated, so 5360), no_sharing (5411), serial_only (5499), unauthorised (5229).
    """

    provider: ClassVar[str] = "quectel"
    GUESSES = GUESSES
    ROOTS = ("/v2/",)
    LISTS = frozenset({"deviceShareUserList", "userDeviceList"})

    def __init__(self, clock: EmulatedClock, seed: int) -> None:
        super().__init__(clock, seed)
        self.special: dict[str, Device] = {}
        contract = Contract.beside("sharebind_quectel.emulator")
        self._contract = contract
        self._endpoints = contract.named("endpoints")
        self._routes = {(each["method"], each["path"]): name for name, each in self._endpoints.items()}
        self._parameters = {
            name: tuple(Parameter.read(entry) for entry in each["params"]) for name, each in self._endpoints.items()
        }
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
        self._handlers: dict[str, Handler] = {
            **self._accounts.handlers(),
            **Bindings(desk).handlers(),
            **Shares(desk).handlers(),
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
        given, violations = self._judge(operation, request)
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

    def _judge(self, operation: str, request: Request) -> tuple[Mapping[str, str], list[Violation]]:
        """Return the parameters as sent, and how they break the contract."""
        parameters = self._parameters[operation]
        query = {name: list(values) for name, values in request.query.items()}
        body: Mapping[str, Any] = request.form
        if operation in FORMS_TAKEN:
            for name, values in request.form.items():
                query.setdefault(name, []).extend(values)
            body = {}
        sent = request.body
        if isinstance(sent, dict):
            body = {**body, **cast("dict[str, Any]", sent)}
        elif request.raw_body.strip() and not request.form:
            body = {**body, "body": None}
        names = {parameter.name for parameter in parameters}
        misplaced = set(body) & names
        found = [Violation(operation, name, "misplaced", "expected in the query") for name in sorted(misplaced)]
        found += [Violation(operation, name, "unknown") for name in body if name not in names]
        found += [
            each
            for each in judge_text(operation, parameters, query)
            if not (each.what == "missing" and each.parameter in misplaced)
        ]
        given = {name: values[0] for name, values in query.items() if values}
        judged = {each.parameter for each in found}
        found += [
            Violation(operation, name, "wrong_type", f"expected {values[0]} to {values[-1]}")
            for name, values in RANGES.items()
            if name in names & set(given) and name not in judged and int(given[name]) not in values
        ]
        return given, found + _choices(operation, given)

    def _broken(self, operation: str, violations: list[Violation], request: Request) -> Answer:
        """Answer a call that breaks the contract: with the documented code where there is one, else with 400."""
        codes: Mapping[str, str] = self._endpoints[operation]["codes"]
        required = {parameter.name for parameter in self._parameters[operation] if parameter.required}
        for violation in violations:
            code = _code_of(operation, violation, required)
            if code in codes or code in self._general:
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


def _choices(operation: str, given: Mapping[str, str]) -> list[Violation]:
    """Judge what the contract says in words: one invitee for shareByUid, keys or a share code for deviceInfo."""
    if operation == "shareByUid":
        named = [name for name in INVITEES if given.get(name)]
        if not named:
            return [Violation(operation, "shareUid", "missing", "one of shareUid, email, phone")]
        return [Violation(operation, name, "duplicate", "one of shareUid, email, phone") for name in named[1:]]
    # An official sample sends pk and an empty dk beside the share code, so only their lack is judged.
    by_keys = given.get("pk") and given.get("dk")
    if operation == "deviceInfo" and not by_keys and not given.get("shareCode"):
        return [Violation(operation, "shareCode", "missing", "neither pk and dk nor shareCode")]
    return []


def _code_of(operation: str, violation: Violation, required: set[str]) -> str:
    """Return the code that the vendor has for a violation, empty when it has none."""
    name = violation.parameter
    if violation.what == "missing" and operation == "deviceInfo":
        return "5140"
    if violation.what == "missing" and operation == "shareByUid" and name in INVITEES:
        return "5891"
    if violation.what == "missing" or (violation.what == "misplaced" and name in required):
        return str(CODES_OF_PARAMETERS.get(name, ""))
    if violation.what == "wrong_type":
        return str(CODES_OF_TYPES.get(name, ""))
    return ""
