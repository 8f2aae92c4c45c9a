"""What every run is judged by: after each wish the model, the vendor's books and what was told must agree."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine
from datetime import timedelta
from typing import Any, Final, NoReturn, cast

import attrs

from sharebind import Outcome, SharebindError

from .model import Books, Change, Law, Model, Verdict
from .stage import SEVERAL, TICK, Stage

CONVERGING: Final = frozenset({"unbind", "end", "change"})
"""What may be sent again by the library itself, since it comes to the same."""


class Broken(AssertionError):  # noqa: N818 - a finding, told with its story
    """Something that must hold does not."""


@attrs.frozen
class Done:
    """What came of a wish: the value, or the error's outcome and name; and the fault that struck on the way."""

    value: object = None
    outcome: Outcome | None = None
    error: str = ""
    struck: str = ""


class Run:
    """One run on a stage, from its reset on: time, bad days, and the judgement of every wish."""

    def __init__(self, stage: Stage, law: Law) -> None:
        self.stage = stage
        self.law = law
        stage.reset()
        self.model = Model(stage.clock.now())
        self.story: list[str] = []
        self.fault = ""
        self.armed = 0
        self.late: float = 0

    def begin(self, step: str) -> None:
        """Begin a step, which takes a moment."""
        self.pass_time(TICK)
        self.stage.counts["steps"] += 1
        self.stage.counts[f"rule {step}"] += 1

    def jump(self, by: timedelta) -> None:
        """Let time pass."""
        self.tell(f"{by} pass")
        self.pass_time(by)
        self.agree(self.books())

    def jump_to_end(self, short: timedelta) -> None:
        """Let time pass until the next end of anything, or until just before it."""
        now = self.model.now
        ends = [end for each in self.model.given for end in (each.accept_by, each.use_until) if end is not None]
        ahead = min((end for end in ends if end - short > now), default=None)
        if ahead is not None:
            self.jump(ahead - short - now)

    def arm(self, kind: str, *, after: bool) -> None:
        """Have the next change go wrong on its way, or the next read."""
        self.disarm()
        self.tell(f"the next one: {kind}{' afterwards' if after else ''}")
        if kind == "read":
            self.stage.break_read()
        else:
            self.stage.break_change(kind, after=after)
        self.fault, self.armed = kind, len(self.stage.cloud.faults)

    def lag(self, seconds: float) -> None:
        """Have lists be late from now on, or in time again."""
        self.late = seconds
        self.tell(f"lists are {seconds} s late")
        self.disarm()

    def disarm(self) -> None:
        """Forget the fault that waits; lists stay as late as they are."""
        self.fault, self.armed = "", 0
        self.stage.cloud.faults.clear()
        if self.late:
            self.stage.lag(self.late)

    def wish(self, told: str, kind: str, verdict: Verdict, work: Awaitable[object]) -> Done:
        """Fulfil a wish, and see that what is told of it is what became of it."""
        self.tell(told)
        stage, mark = self.stage, len(self.stage.cloud.requests)
        then = self.told_by(verdict.change) or self.model
        misled = self.told_by(verdict.late) if self.late else None
        done = stage.run(self.outcome(cast("Coroutine[Any, Any, object]", work)))
        struck, books = self.struck(), self.books()
        self.story[-1] += f": {done.error or 'done'}{f' ({struck})' if struck else ''}"
        self.count(f"{kind} {done.outcome or 'value'}")
        sent, effects = stage.changes_since(mark)
        if kind not in CONVERGING and (sent > 1 or effects > 1):
            self.broken(f"one wish was sent {sent} times, and had {effects} effects")
        if misled is not None and books == self.law.books(misled):
            self.count(f"{kind} misled by a late list")
            self.model = misled
        else:
            self.judge(kind, verdict, done, struck, self.law.books(then))
            self.model = then if books == self.law.books(then) else self.model
        self.agree(books)
        return attrs.evolve(done, struck=struck)

    def told_by(self, change: Change | None) -> Model | None:
        """Give the model as it would be after a change."""
        if change is None:
            return None
        then = self.model.copy()
        change(then)
        return then

    def judge(self, kind: str, verdict: Verdict, done: Done, struck: str, after: Books) -> None:
        """See that what is told of a wish is what became of it; ``after`` are the books if it has come true."""
        before, books = self.law.books(self.model), self.books()
        if books not in (before, after):
            self.broken("the wish did something else than was asked for", books, after)
        if done.outcome is None:
            self.judge_value(kind, verdict, books, after)
        elif done.outcome is Outcome.NOTHING:
            self.judge_nothing(verdict, done, books, before, struck)
        elif done.outcome is Outcome.DONE:
            self.same(after, books)
        elif struck in ("", "read"):
            self.broken(f"nothing went wrong, and the outcome is unknown: {done.error}")
        lost = struck not in ("", "read") and kind not in CONVERGING
        if lost and done.outcome is not Outcome.UNKNOWN:
            self.broken(f"the answer was lost, and the outcome is told as {done.outcome or 'a value'}: {done.error}")

    async def outcome(self, work: Coroutine[Any, Any, object]) -> Done:
        """Await a wish."""
        try:
            return Done(value=await work)
        except SharebindError as error:
            return Done(outcome=error.outcome, error=f"{type(error).__name__}: {error}")

    def judge_value(self, kind: str, verdict: Verdict, books: Books, after: Books) -> None:
        """See that what was told to be done is done.

        Whether there is anything to end, and whose it is, is read from lists: where they are late nothing may be found.
        Then nothing is done, and that it has ended may be told only where it has.
        """
        if kind == "end" and self.late:
            return
        if verdict.change is None and not verdict.quiet:
            self.broken("a wish was fulfilled that must be refused")
        if books != after:
            self.broken("a wish was told to be fulfilled, and the books do not show it", books, after)

    def judge_nothing(self, verdict: Verdict, done: Done, books: Books, before: Books, struck: str) -> None:
        """See that what was told not to have happened has not, and that nothing is refused that can be done."""
        if books != before:
            self.broken(f"{done.error} says that nothing happened, and something has", books, before)
        possible = verdict.quiet or verdict.change is not None
        if possible and not verdict.unless and not struck and not self.late:
            self.broken(f"what can be done was refused: {done.error}")

    def struck(self) -> str:
        """Tell which fault has struck, and forget it."""
        if not self.fault or (len(self.stage.cloud.faults) == self.armed and not self._partly()):
            return ""
        kind = self.fault
        self.disarm()
        return kind

    def _partly(self) -> bool:
        """Tell whether a fault that strikes several times has struck at all."""
        return self.fault == "read" and any(
            each.left != SEVERAL for each in self.stage.cloud.faults if each.kind != "lag"
        )

    def troubled(self) -> bool:
        """Tell whether lists need not be right now: they are late, or a read has failed."""
        return bool(self.late) or bool(self.struck())

    def agree(self, books: Books) -> None:
        """See that model and books are one, and that the contract was kept."""
        must = self.law.books(self.model)
        if books != must:
            self.broken("model and books differ", books, must)
        if self.stage.cloud.violations:
            self.broken(f"the contract was broken: {self.stage.cloud.violations}")

    def same(self, before: Books, books: Books) -> None:
        """See that the books are as they have to be."""
        if before != books:
            self.broken("the books differ", books, before)

    def books(self) -> Books:
        """Read the vendor's books."""
        return self.stage.books(self.law.marks)

    def pass_time(self, by: timedelta) -> None:
        """Move the one clock."""
        self.model.now = self.stage.clock.advance(by)

    def tell(self, what: str) -> None:
        """Tell what a step is about to do."""
        self.story.append(what)

    def count(self, what: str) -> None:
        """Count what came of a step."""
        self.stage.counts[what] += 1

    def broken(self, what: str, books: Books | None = None, must: Books | None = None) -> NoReturn:
        """Tell what does not hold, and how it came to be."""
        self.stage.found = self.stage.found or self.stage.counts["runs"]
        lines = [what, *([f"books: {books}", f"  must: {must}"] if books is not None else [])]
        raise Broken("\n".join([*lines, "the story so far:", *(f"  {each}" for each in self.story)]))
