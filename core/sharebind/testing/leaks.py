"""Watching for secrets: what is logged, printed and raised while a check runs must show none of the account's."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import aclosing, contextmanager
from typing import Any, Final, TextIO, cast

import attrs

from sharebind.account import Account
from sharebind.capabilities import Capability
from sharebind.errors import SharebindError
from sharebind.secrets import Raw, Secret
from sharebind.shares import ShareRef

SHORTEST: Final = 6
"""Characters of a secret that is looked for: a shorter one stands in many a text by chance."""

_SERVERS: Final = ("aiohttp.access", "aiohttp.server", "aiohttp.web")
"""Loggers of what serves: in a rig's process that is its emulated cloud, which may say what it was sent."""


class Watch:
    """What was seen while one check ran, and what must not be among it."""

    def __init__(self) -> None:
        self.used: set[Capability] = set()
        """What was asked for, and given."""
        self.takes_more = True
        """Whether what is found in wishes and answers is kept; made-up answers hold made-up secrets."""
        self._secrets: dict[str, str] = {}
        self._seen: list[tuple[str, str]] = []

    def keep(self, secret: str, what: str) -> None:
        """Add a secret to look for."""
        if self.takes_more and len(secret) >= SHORTEST:
            self._secrets.setdefault(secret, what)

    def keep_all(self, value: object, what: str, depth: int = 4) -> None:
        """Add every secret inside a value; a share's key is none by itself, for some vendors it is a mere number."""
        if depth == 0:
            return
        if isinstance(value, Secret):
            self.keep(value.reveal(), what)
        elif isinstance(value, Mapping):
            self.keep_all(tuple(cast("Mapping[object, object]", value).values()), what, depth - 1)
        elif isinstance(value, list | tuple):
            for each in cast("tuple[object, ...]", value):
                self.keep_all(each, what, depth - 1)
        elif attrs.has(type(value)) and not isinstance(value, ShareRef):
            for field in attrs.fields(cast("Any", type(value))):
                self.keep_all(getattr(value, field.name), f"the {field.name} of a {type(value).__name__}", depth - 1)

    def saw(self, where: str, text: str) -> None:
        """Add what somebody could read."""
        if text.strip():
            self._seen.append((where, text))

    def raised(self, error: BaseException) -> None:
        """Add all that an error tells, and what it came of."""
        one: BaseException | None = error
        while one is not None:
            known = {name: value for name, value in vars(one).items() if not isinstance(value, Raw)}
            self.saw(f"a {type(one).__name__}", f"{one} {one!r} {known!r}")
            one = one.__cause__ or one.__context__

    def asked(self, account: str, op: Any) -> None:
        """Take a wish before it is performed, or a list before it is read."""
        del account
        self.keep_all(op, "a secret of a wish")

    def gave(self, account: str, op: Any, value: object) -> None:
        """Take what came of a wish, or one batch of a list."""
        del account
        self.used.update(need.capability for need in op.needs())
        self.keep_all(value, "a secret of an answer")

    def refused(self, account: str, op: Any, error: SharebindError) -> None:
        """Take the error that came of a wish or of a list."""
        del account, op
        self.raised(error)

    def over(self, account: Account) -> None:
        """See every value that an account gives, and every error that it raises."""
        performer = account._performer  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] # the one way of all calls
        if not isinstance(performer, _Performing):
            # What the adapter keeps as a secret, its settings among it, is one, whether the rig names it or not.
            self.keep_all(getattr(performer.provider, "__dict__", {}), "a secret of the adapter")
            seen = cast("Any", _Performing(performer, self, account.name))
            account._performer = seen  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] # as above

    def leaks(self) -> tuple[str, ...]:
        """Tell where which secret was seen, without showing it."""
        found = (
            f"{where} shows {what}"
            for where, text in self._seen
            for secret, what in self._secrets.items()
            if secret in text
        )
        return tuple(dict.fromkeys(found))

    def masked(self, text: str) -> str:
        """Give a text without the secrets in it."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    @contextmanager
    def reading(self) -> Generator[None]:
        """Read all that is logged and printed meanwhile."""
        root, handler = logging.getLogger(), _Reader(self)
        level = root.level
        root.addHandler(handler)
        root.setLevel(logging.DEBUG)
        out, err = _Both(sys.stdout, "stdout", self), _Both(sys.stderr, "stderr", self)
        try:
            with contextlib.redirect_stdout(cast("TextIO", out)), contextlib.redirect_stderr(cast("TextIO", err)):
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(handler)
            out.end()
            err.end()


class _Reader(logging.Handler):
    """Reads the standard logging."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(logging.DEBUG)
        self._watch = watch

    def emit(self, record: logging.LogRecord) -> None:
        """Read one line, with what stands beside it."""
        if record.name not in _SERVERS:
            self._watch.saw(f"the log {record.name!r}", f"{record.getMessage()} {vars(record)!r}")


class _Both:
    """Prints, and reads what is printed."""

    def __init__(self, stream: TextIO, name: str, watch: Watch) -> None:
        self._stream = stream
        self._name = name
        self._watch = watch
        self._text: list[str] = []

    def write(self, text: str) -> int:
        """Print and read."""
        self._text.append(text)
        return self._stream.write(text)

    def end(self) -> None:
        """Hand over what was printed, whole: a secret may come in pieces."""
        self._watch.saw(self._name, "".join(self._text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Performing:
    """Stands before an account's performer, and lets the watch see what comes of each call."""

    def __init__(self, performer: Any, watch: Watch, account: str) -> None:
        self._performer = performer
        self._watch = watch
        self._account = account

    def __getattr__(self, name: str) -> Any:
        return getattr(self._performer, name)

    async def perform(self, op: Any, **named: Any) -> Any:
        self._watch.asked(self._account, op)
        try:
            value = await self._performer.perform(op, **named)
        except SharebindError as error:
            self._watch.refused(self._account, op, error)
            raise
        self._watch.gave(self._account, op, value)
        return value

    async def batches(self, query: Any, **named: Any) -> AsyncGenerator[Any, None]:
        self._watch.asked(self._account, query)
        try:
            async with aclosing(self._performer.batches(query, **named)) as batches:
                async for batch in batches:
                    self._watch.gave(self._account, query, tuple(batch.items))
                    yield batch
        except SharebindError as error:
            self._watch.refused(self._account, query, error)
            raise
