"""Ending calls whose time is over, with one timer for all of them.

``asyncio.timeout`` takes a timer for each call and leaves it behind in the loop's heap, which costs a tenth of a call;
hardly any of these timers ever fires.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final

_PAUSE: Final = 0.001
"""Seconds between two looks at the latest: a call ends that much late, where thousands end one after the other."""


class Deadlines:
    """Watches calls on whichever event loop they run."""

    __slots__ = ("_watch",)

    def __init__(self) -> None:
        self._watch: _Watch | None = None

    def at(self, when: float, loop: asyncio.AbstractEventLoop) -> Deadline:
        """Give the block that a call is made in; ``when`` is in the loop's time."""
        watch = self._watch
        if watch is None or watch.loop is not loop:
            # Calls on another loop keep their own watch.
            watch = self._watch = _Watch(loop)
        return Deadline(when, watch)


class Deadline:
    """A block that is cancelled when its time is over, and then raises ``TimeoutError``, like ``asyncio.timeout``."""

    __slots__ = ("_before", "_over", "_watch", "task", "when")

    task: asyncio.Task[object]

    def __init__(self, when: float, watch: _Watch) -> None:
        self.when = when
        self._watch = watch
        self._over = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline takes a task to end")
        self.task = task
        self._before = task.cancelling()
        self._watch.add(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._watch.open.discard(self)
        # Somebody else may have cancelled the task as well: that one is told, and not the time.
        if self._over and self.task.uncancel() <= self._before and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def end(self) -> None:
        """Cancel what runs in the block."""
        self._over = True
        self.task.cancel()


class _Watch:
    """The open blocks of one event loop, and the time at which to look at them next."""

    __slots__ = ("_due", "_timer", "loop", "open")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.open: set[Deadline] = set()
        self._due = float("inf")
        self._timer: asyncio.TimerHandle | None = None

    def add(self, deadline: Deadline) -> None:
        """Watch one more; most end later than another that is watched already, and need nothing."""
        self.open.add(deadline)
        if deadline.when < self._due:
            self._look_at(deadline.when)

    def _look_at(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._due = when
        self._timer = self.loop.call_at(when, self._look)

    def _look(self) -> None:
        self._timer, self._due = None, float("inf")
        now = self.loop.time()
        for deadline in [each for each in self.open if each.when <= now]:
            self.open.discard(deadline)
            deadline.end()
        if self.open:
            self._look_at(max(min(each.when for each in self.open), now + _PAUSE))
