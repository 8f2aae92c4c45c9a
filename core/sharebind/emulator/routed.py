"""A cloud whose calls are methods, each under its route: the shortest way to a vendor's emulator.

The base finds the call, judges its parameters, knows the caller by the token, and makes people and devices. A vendor's
class gives the envelope, the calls, and what they change.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar, cast

import attrs

from sharebind.emulator.cloud import Answer, Cloud, Request
from sharebind.emulator.contract import Parameter, judge_json, judge_text
from sharebind.emulator.world import Device, Dice, User, Violation

H = TypeVar("H", bound=Callable[..., object])

KINDS: Final = frozenset({"string", "int", "int32", "int64", "bool", "object", "array"})
_VARIABLE: Final = re.compile(r"\\\{(\w+)\\\}")
_MARK: Final = "sharebind_route"


class RefusalError(Exception):
    """Refuse the call that is being answered, with one of the vendor's codes."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@attrs.frozen(kw_only=True)
class Call:
    """Hold one call that was let through: what was given with it by name, wherever it stood, and when it came."""

    name: str
    given: Mapping[str, Any] = attrs.field(repr=False)
    request: Request
    now: datetime
    user: User | None = None

    @property
    def caller(self) -> User:
        """Return who calls; a call that takes no token has nobody."""
        if self.user is None:
            raise LookupError(f"{self.name} is open to everybody: nobody has signed in for it")
        return self.user


@attrs.frozen(kw_only=True)
class Route:
    """Describe one call of a vendor: where it is, what it takes, and whether it changes something."""

    name: str
    method: str
    path: str
    changes: bool
    public: bool
    query: tuple[Parameter, ...]
    body: tuple[Parameter, ...]
    form: tuple[Parameter, ...]
    pattern: re.Pattern[str] = attrs.field(repr=False)

    def judge(self, request: Request) -> tuple[dict[str, Any], list[Violation]]:
        """Give what stands in a request by name, and what is wrong with it."""
        match = self.pattern.fullmatch(request.path)
        given: dict[str, Any] = match.groupdict() if match else {}
        found = judge_text(self.name, self.query, request.query) + judge_text(self.name, self.form, request.form)
        for part in (request.query, request.form):
            given |= {name: values[0] for name, values in part.items() if values}
        body = request.body if request.body is not None or not request.raw_body or request.form else request.raw_body
        if body is None or isinstance(body, dict):
            fields = cast("dict[str, object]", body or {})
            found += judge_json(self.name, self.body, fields)
            given |= {name: value for name, value in fields.items() if value is not None}
        else:
            found.append(Violation(self.name, "", "wrong_type", "expected an object"))
        return given, found


def route(  # each argument is one fact of the call
    method: str,
    path: str,
    *,
    changes: bool = False,
    public: bool = False,
    name: str = "",
    query: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Callable[[H], H]:
    """Mark a method of a ``RoutedCloud`` as one of the vendor's calls, named like the method unless ``name`` is given.

    ``path`` may hold variables: ``/shares/{id}``. ``query``, ``body`` (a JSON object) and ``form`` say what may stand
    there: a kind by name, one of string, int, int32, int64, bool, object and array, with ``?`` where it may be missing.
    ``changes`` says that it changes something, ``public`` that it takes no token. The method is given a ``Call`` and
    returns what a success answers; it raises ``RefusalError`` to refuse.
    """
    pattern = re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(path)))
    taken = _parameters(query, "query"), _parameters(body, "body"), _parameters(form, "form")

    def mark(handler: H) -> H:
        handler.__dict__[_MARK] = Route(
            name=name or cast("Any", handler).__name__,
            method=method,
            path=path,
            changes=changes,
            public=public,
            query=taken[0],
            body=taken[1],
            form=taken[2],
            pattern=pattern,
        )
        return handler

    return mark


def _parameters(given: Mapping[str, str] | None, place: str) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    for name, kind in (given or {}).items():
        plain = kind.removesuffix("?")
        if plain not in KINDS:
            raise ValueError(f"{place} {name}: a kind is one of {', '.join(sorted(KINDS))}, not {kind!r}")
        found.append(Parameter(name=name, kind=plain, required=plain == kind, place=place))
    return tuple(found)


class RoutedCloud(Cloud):
    """Be a vendor's cloud whose calls are methods marked with ``route``.

    A vendor's class gives ``provider``, ``refusal``, ``holdings`` and its calls. What they change it keeps in fields of
    its own, which its ``reset`` makes anew after calling the base's.
    """

    PEOPLE: ClassVar[tuple[str, ...]] = ("owner", "guest", "other")
    DEVICES: ClassVar[int] = 12
    PRODUCT: ClassVar[str] = ""
    """The product of the free devices, empty where the vendor has none."""

    TOKEN_HEADER: ClassVar[str] = "Authorization"  # noqa: S105 - where a token stands, not a token
    UNKNOWN_CALL: ClassVar[str] = ""
    """The vendor's code for a call that it has not; without one the base answers HTTP 404 and no body."""

    BAD_PARAMETER: ClassVar[str] = "bad_parameter"
    BAD_TOKEN: ClassVar[str] = "bad_token"  # noqa: S105 - a code, no token
    NO_DEVICE: ClassVar[str] = "no_device"
    """The vendor's codes for what else the base refuses, as text where the vendor has numbers."""

    CODES: ClassVar[frozenset[str]] = frozenset()
    """Every code that the vendor documents, but for success; with any, no call can be refused with another."""

    _routes: ClassVar[Mapping[str, tuple[Route, str]]] = {}

    dice: Dice
    dead: set[str]

    def __init_subclass__(cls, **more: Any) -> None:
        """Collect the calls, those of the classes above among them."""
        super().__init_subclass__(**more)
        cls._routes = {**cls._routes, **{found.name: (found, name) for found, name in _marked(cls)}}

    @classmethod
    def changing(cls) -> frozenset[str]:
        """Return the names of the calls that change something, as a rig's ``CHANGES`` wants them."""
        return frozenset(name for name, (each, _) in cls._routes.items() if each.changes)

    def reset(self) -> None:
        """Return to the seeded start: people with a token each, and devices that nobody has bound."""
        super().reset()
        self.dice = Dice(self.seed)
        self.dead = set()
        self.users = [_person(name, self.dice) for name in self.PEOPLE]
        self.devices = [Device(self.PRODUCT, self.dice.hex(12), self.proof(self.dice)) for _ in range(self.DEVICES)]

    def proof(self, dice: Dice) -> dict[str, str]:  # noqa: ARG002 - a vendor's class throws them
        """Return what shows that somebody may bind a device that is being made; none unless a class says otherwise."""
        return {}

    def success(self, data: object) -> Answer:
        """Return a success in the vendor's envelope: the data itself, unless a class says otherwise."""
        return Answer(body=data)

    @abc.abstractmethod
    def refusal(self, code: str, message: str) -> Answer:
        """Return a refusal in the vendor's envelope."""

    @abc.abstractmethod
    def holdings(self) -> Iterable[Mapping[str, str]]:
        """Say who holds what now, as owner, member, or guest through a share: device, user_id and role of each."""

    def sharings(self) -> Iterable[Mapping[str, object]]:
        """Say what was shared: device, from, to, state (offered, active or ended) and, where there is one, code."""
        return ()

    def state(self) -> dict[str, object]:
        """Return the books that ``holdings`` and ``sharings`` tell, with the product of all devices."""
        return {
            "bindings": [{"product": self.PRODUCT, **each} for each in self.holdings()],
            "shares": [{"product": self.PRODUCT, **each} for each in self.sharings()],
        }

    def device(self, name: str) -> Device:
        """Return the device of that name, or refuse the call."""
        for device in self.devices:
            if device.device == name:
                return device
        raise RefusalError(self.NO_DEVICE)

    def end_tokens(self, user_name: str) -> None:
        """Let a person's token die."""
        self.dead.add(self.user(user_name).token)

    def token_of(self, request: Request) -> str:
        """Return the token that a request carries, as it is or after ``Bearer``."""
        return request.headers.get(self.TOKEN_HEADER, "").removeprefix("Bearer ")

    def caller_of(self, request: Request) -> str | None:
        """Return whose token the request carries, whether it still works or not."""
        token = self.token_of(request)
        return next((user.name for user in self.users if user.token == token), None)

    def operations(self) -> frozenset[str]:
        """Return the name of every call."""
        return frozenset(self._routes)

    def codes(self, operation: str) -> frozenset[str]:  # noqa: ARG002 - a vendor's class may know them by call
        """Return every code that the vendor documents."""
        return self.CODES

    def operation_of(self, request: Request) -> str | None:
        """Return the call at the path."""
        for name, (each, _) in self._routes.items():
            if each.method == request.method and each.pattern.fullmatch(request.path):
                return name
        return None

    def answer(self, operation: str | None, request: Request) -> Answer:
        """Judge the request, check its token, and do what it asks."""
        try:
            data = self._served(operation, request)
        except RefusalError as refused:
            if self.CODES and refused.code not in self.CODES | {self.UNKNOWN_CALL or None}:
                raise LookupError(
                    f"{self._named(refused.code)} is none of the vendor's codes, which CODES lists"
                ) from None
            return self._refused(refused.code, refused.message)
        if isinstance(data, Answer):
            return data
        changes = operation is not None and self._routes[operation][0].changes
        return attrs.evolve(self.success(data), effect=changes)

    def failure(self, operation: str | None, code: str, request: Request) -> Answer:  # noqa: ARG002 - base's signature
        """Return a refusal with that code."""
        return self._refused(code, "")

    def _refused(self, code: str, message: str) -> Answer:
        return attrs.evolve(self.refusal(code, message), code=code)

    def _named(self, code: str) -> str:
        """Name a code, and the attribute where a class left the base's own."""
        given = (name for name in ("BAD_PARAMETER", "BAD_TOKEN", "NO_DEVICE") if getattr(self, name) == code)
        return " ".join((repr(code), *(f"({name})" for name in given)))

    def _served(self, operation: str | None, request: Request) -> object:
        if operation is None:
            self.violations.append(Violation("", request.path, "unknown_operation", request.method))
            if not self.UNKNOWN_CALL:
                return Answer(status=404, empty=True)
            raise RefusalError(self.UNKNOWN_CALL)
        found, handler = self._routes[operation]
        given, wrong = found.judge(request)
        self.violations += wrong
        name = self.caller_of(request)
        user = None if found.public or name is None or self.token_of(request) in self.dead else self.user(name)
        if user is None and not found.public:
            raise RefusalError(self.BAD_TOKEN)
        if wrong:
            raise RefusalError(self.BAD_PARAMETER, f"{wrong[0].parameter} is {wrong[0].what.replace('_', ' ')}")
        call = Call(name=operation, given=given, request=request, now=self.clock.now(), user=user)
        return getattr(self, handler)(call)


def _marked(kind: type[RoutedCloud]) -> Iterator[tuple[Route, str]]:
    for name, value in vars(kind).items():
        found = getattr(value, _MARK, None)
        if isinstance(found, Route):
            yield found, name


def _person(name: str, dice: Dice) -> User:
    return User(
        name=name,
        user_id=dice.digits(8),
        email=f"{name}@example.com",
        phone={"country": "86", "number": "138" + dice.digits(8)},
        password=dice.hex(12),
        token=dice.hex(32),
    )
