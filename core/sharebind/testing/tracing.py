"""What an author sees of one check: every request, every answer and every outcome in order, and no secret.

Nothing is written before the check is over, when all secrets are known: those of the settings, of the emulated world,
of every wish and of every answer. What an adapter declared as a ``Secret`` is never shown, nor is what a sign-in
answers. Of the headers only a few are shown at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar, cast
from urllib.parse import unquote

import attrs

from sharebind.calls import Client, HttpCall, Reply
from sharebind.context import Context
from sharebind.errors import Outcome, SharebindError
from sharebind.operations import Operation
from sharebind.secrets import Secret
from sharebind.testing.checks import Check
from sharebind.testing.emulated import EmulatedRig
from sharebind.testing.leaks import SHORTEST, Watch
from sharebind.testing.rig import Rig
from sharebind.testing.running import Verdict, judge

T = TypeVar("T")

MASK: Final = "***"
HEADERS: Final = frozenset({"accept", "accept-language", "content-language", "content-type"})
"""The headers whose values are shown."""
SESSION: Final = frozenset({"sign_in", "renew"})
"""Operations that get a token: their answers are shown without any text in them."""
TELLING: Final = re.compile(
    r"token|secret|passw|pwd|signature|\bsign\b|authori[sz]|credential|auth_?key", re.IGNORECASE
)
"""Names of fields that say that a secret is in them."""
LONGEST: Final = 2_000
"""Characters of one body that are shown."""


@attrs.frozen(kw_only=True)
class Trace:
    """What happened in one check, line by line, and its verdict."""

    verdict: Verdict
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join([*self.lines, str(self.verdict)])


async def trace(check: Check, make_rig: Callable[[], Rig]) -> Trace:
    """Hold one check against a fresh world, and write down what happens.

    Requests and answers are those of an ``EmulatedRig``; of any other rig there are the wishes and their outcomes.

    Raises:
        TypeError: ``check`` is none, or ``make_rig`` gives no rig.

    """
    tracing = _Tracing()
    verdict = await judge(check, tracing.over_rigs(make_rig), tracing)
    return Trace(verdict=verdict, lines=tuple(tracing.lines()))


@attrs.frozen
class _Hidden:
    """A body all of whose texts are secrets."""

    body: object


@attrs.frozen
class _Line:
    """One line to be: words, and values that are written when all secrets are known."""

    words: str
    values: tuple[tuple[str, object], ...] = ()


class _Tracing(Watch):
    """A watch that writes down what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self._rig: EmulatedRig | None = None

    def over_rigs(self, make_rig: Callable[[], Rig]) -> Callable[[], Rig]:
        """Stand between the adapters of a rig and their cloud."""

        def make() -> Rig:
            rig = make_rig()
            if isinstance(rig, EmulatedRig):
                self._rig = rig
                rig.send_through(lambda client: _Traced(client, self))
            return rig

        given = cast("object", make_rig)
        # What makes no rigs is for the one who runs the check to tell.
        return make_rig if isinstance(given, Rig) or not callable(given) else make

    def asked(self, account: str, op: Any) -> None:
        """Write a wish down."""
        super().asked(account, op)
        self._lines.append(_Line(f"{account} asks", (("", repr(op)),)))

    def gave(self, account: str, op: Any, value: object) -> None:
        """Write down what came of it."""
        super().gave(account, op, value)
        told = Outcome.DONE if isinstance(op, Operation) else "listed"
        self._lines.append(_Line(f"{account} {op.kind}: {told}", (("", repr(value)),)))

    def refused(self, account: str, op: Any, error: SharebindError) -> None:
        """Write down the error that came of it."""
        super().refused(account, op, error)
        told = f"{type(error).__name__}: {error}"
        self._lines.append(_Line(f"{account} {op.kind}: {error.outcome}", (("", told),)))

    def sends(self, call: HttpCall, ctx: Context) -> None:
        """Write a request down."""
        what = "changes" if call.changes else "reads"
        body: object = call.body
        if isinstance(body, Secret):
            body = _decoded(body.reveal())
        values: list[tuple[str, object]] = [
            ("", f"{call.method} {unquote(call.path)}"),
            ("query", call.query),
            ("headers", {name: value if name.lower() in HEADERS else MASK for name, value in call.headers.items()}),
            ("body", body),
        ]
        shown = tuple((name, value) for name, value in values if value is not None and value != {})
        self._lines.append(_Line(f"  {ctx.account} -> {call.name} ({what}):", shown))

    def hears(self, call: HttpCall, ctx: Context, reply: Reply) -> None:
        """Write an answer down."""
        body: object = reply.body if reply.readable else ("nothing" if reply.empty else "what is no JSON")
        shown = _Hidden(body) if ctx.operation in SESSION else body
        self._lines.append(_Line(f"  {ctx.account} <- {call.name}: {reply.status}", (("", shown),)))

    def unanswered(self, call: HttpCall, ctx: Context, error: BaseException) -> None:
        """Write down that no answer came."""
        told = f"{type(error).__name__}: {error}"
        self._lines.append(_Line(f"  {ctx.account} <- {call.name}: no answer", (("", told),)))

    def lines(self) -> Iterator[str]:
        """Write all of it, now that every secret is known."""
        if self._rig is not None:
            self._keep_world(self._rig)
        for line in self._lines:
            told = [f"{name} {written}".strip() for name, value in line.values if (written := self._written(value))]
            yield self.masked(" ".join([line.words, *told]))

    def _keep_world(self, rig: EmulatedRig) -> None:
        """Know every secret and every address of the emulated world, those too that no adapter has read."""
        if not hasattr(rig, "cloud"):
            return
        for user in rig.cloud.users:
            self.keep_all(Secret(user.token.removeprefix("Bearer ")), "a token")
            for text in (user.token, user.password, user.email, *user.phone.values()):
                self.keep(text, "a person's")
        for device in rig.cloud.devices:
            for name, text in device.proof.items():
                if text not in (device.device, device.product):
                    self.keep(text, f"the {name} of a device")
        for name, text in rig.cloud.app.items():
            if TELLING.search(name):
                self.keep(text, f"the application's {name}")
        for share in cast("list[dict[str, object]]", rig.cloud.state().get("shares", [])):
            self.keep(str(share.get("code") or ""), "the code of a share")

    def _written(self, value: object) -> str:
        """Write a value as JSON without its secrets; a text that was written already is only masked."""
        if isinstance(value, str):
            return self.masked(value)
        hidden = isinstance(value, _Hidden)
        plain = self._plain(value.body if isinstance(value, _Hidden) else value, hidden=hidden)
        text = json.dumps(plain, ensure_ascii=False)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"

    def _plain(self, value: object, *, hidden: bool) -> object:
        """Give a value with what is secret in it masked."""
        if isinstance(value, Mapping):
            fields = cast("Mapping[str, object]", value)
            return {
                self.masked(str(name)): self._plain(each, hidden=hidden or bool(TELLING.search(str(name))))
                for name, each in fields.items()
            }
        if isinstance(value, list | tuple):
            return [self._plain(each, hidden=hidden) for each in cast("tuple[object, ...]", value)]
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, bool | float) or value is None:
            return value
        text = str(value)
        shown = MASK if hidden and len(text) >= SHORTEST else self.masked(text)
        return value if shown == text else shown


def _decoded(text: str) -> object:
    """Read a body that an adapter wrote itself; what is no JSON is a secret as a whole."""
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return MASK


@attrs.frozen
class _Traced:
    """A client that tells what it carries."""

    client: Client
    tracing: _Tracing

    async def send(self, call: HttpCall, ctx: Context, read: Callable[[Reply], T]) -> T:
        """Carry one call, and tell it."""
        self.tracing.sends(call, ctx)
        heard = False

        def hear(reply: Reply) -> T:
            nonlocal heard
            heard = True
            self.tracing.hears(call, ctx, reply)
            return read(reply)

        try:
            return await self.client.send(call, ctx, hear)
        except BaseException as error:
            if not heard:
                self.tracing.unanswered(call, ctx, error)
            raise

    def at(self, base_url: str) -> Client:
        """Tell what goes to another address too."""
        return _Traced(self.client.at(base_url), self.tracing)
