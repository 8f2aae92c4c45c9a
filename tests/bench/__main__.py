"""How fast the library is, beside a hand-written loop that makes the same calls: ``./dev bench [--check] [--quick]``.

Everything is a ratio of two sides that took turns in one run, against the same emulated clouds in another process; what
a machine is worth, and who else works on it, divides out. Nothing here runs with the tests.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, cast

import attrs
from tests.bench.cloud import FEW, MANY
from tests.bench.machine import described, versions
from tests.bench.processes import Process, Worker, single
from tests.bench.sides import WISHES, Staged
from tests.bench.table import Line, ratios, table

ROUNDS: Final = 5
AGAIN: Final = 2
"""How often what missed its target is measured anew before it counts: another process may have had the core."""

MICRO: Final = 1e6
MILLI: Final = 1e3
MEGABYTE: Final = 1e6


@attrs.frozen
class Size:
    """How much is measured."""

    rounds: int = ROUNDS
    wishes: int = 1_600
    single_flight: int = 400
    other: int = 640
    warm: int = 256
    soak_step: int = 50_000
    soak_steps: int = 4


WHOLE: Final = Size()
QUICK: Final = Size(rounds=2, wishes=256, single_flight=32, other=64, warm=64, soak_step=1_500, soak_steps=2)


class Bench:
    """One run: the clouds, the sides, and how much of each is measured."""

    def __init__(self, staged: Staged, size: Size, stack: ExitStack) -> None:
        self._staged = staged
        self._size = size
        self._stack = stack
        self._workers: dict[str, Worker] = {}

    def worker(self, side: str, *, speed: bool = False) -> Worker:
        """Give the worker of a side, started when it is first wanted and warm."""
        name = f"{side}+speed" if speed else side
        if name not in self._workers:
            made = self._workers[name] = self._stack.enter_context(Worker(side, self._staged, speed=speed))
            wishes = list(WISHES) if side in ("plain", "ours") else ["quectel.me"]
            made.block(wishes, flight=64, count=self._size.warm)
        return self._workers[name]

    def rounds(
        self, workers: Sequence[Worker], wishes: list[str], *, flight: int, count: int
    ) -> list[list[dict[str, float]]]:
        """Let workers take turns; every other round the other way about, so that nobody always comes first."""
        found: list[list[dict[str, float]]] = [[] for _ in workers]
        for number in range(self._size.rounds):
            order = range(len(workers)) if number % 2 == 0 else reversed(range(len(workers)))
            for each in order:
                found[each].append(workers[each].block(wishes, flight=flight, count=count))
        return found

    def calls(self, flight: int) -> list[Line]:
        """Measure the mix of wishes at so many in flight."""
        count = self._size.single_flight if flight == 1 else self._size.wishes
        plain, ours = self.rounds(
            [self.worker("plain"), self.worker("ours")], list(WISHES), flight=flight, count=max(count, flight * 4)
        )
        at = f"{flight} in flight"
        checked = flight == 64
        lines = [
            Line(f"{at}: CPU per call, plain loop", [each["cpu"] * MICRO for each in plain], "µs"),
            Line(f"{at}: CPU per call, sharebind", [each["cpu"] * MICRO for each in ours], "µs"),
            Line(f"{at}: CPU per call, ratio", _ratios(ours, plain, "cpu"), target=1.25 if checked else None),
            Line(f"{at}: calls/s, plain loop", [each["rate"] for each in plain], "/s"),
            Line(f"{at}: calls/s, ratio", _ratios(ours, plain, "rate"), target=0.8 if checked else None, least=True),
        ]
        if flight > 1:
            lines.append(Line(f"{at}: p99, plain loop", [each["p99"] * MILLI for each in plain], "ms"))
            lines.append(Line(f"{at}: p99, ratio", _ratios(ours, plain, "p99"), target=1.5 if checked else None))
        return lines

    def answered_at_once(self) -> list[Line]:
        """Measure against a server that repeats the clouds' answers, where the client alone is what takes time."""
        staged = {name: {**world, "base_url": world["replay"]} for name, world in self._staged.items()}
        sides = [self._stack.enter_context(Worker(side, staged)) for side in ("plain", "ours")]
        for side in sides:
            side.block(list(WISHES), flight=64, count=self._size.warm)
        plain, ours = self.rounds(sides, list(WISHES), flight=64, count=self._size.wishes)
        return [
            Line("answered at once: calls/s, plain loop", [each["rate"] for each in plain], "/s"),
            Line("answered at once: calls/s, ratio", _ratios(ours, plain, "rate")),
            Line("answered at once: CPU per call, ratio", _ratios(ours, plain, "cpu")),
        ]

    def wishes(self) -> list[Line]:
        """Measure each wish alone, at 64 in flight."""
        lines = []
        for wish in WISHES:
            plain, ours = self.rounds(
                [self.worker("plain"), self.worker("ours")], [wish], flight=64, count=self._size.other
            )
            lines.append(Line(f"{wish}: CPU per call, ratio", _ratios(ours, plain, "cpu")))
            counted = [self.worker(side).do(do="count", wish=wish, count=20) for side in ("ours", "plain")]
            ratio = counted[0]["instructions"] / counted[1]["instructions"]
            lines.append(Line(f"{wish}: instructions of Python, ratio", [ratio]))
        return lines

    def speed(self) -> list[Line]:
        """Measure the extra against the plain loop on standard parts, and against one that has it too."""
        if not _installed("uvloop", "orjson"):
            return []
        plain, fast, ours = self.rounds(
            [self.worker("plain"), self.worker("plain", speed=True), self.worker("ours", speed=True)],
            list(WISHES),
            flight=64,
            count=self._size.wishes,
        )
        return [
            Line("with speed: CPU per call, ratio", _ratios(ours, plain, "cpu"), target=1.0),
            Line("with speed: calls/s, ratio", _ratios(ours, plain, "rate")),
            Line("with speed: CPU per call, ratio to a plain loop on uvloop", _ratios(ours, fast, "cpu")),
        ]

    def others(self) -> list[Line]:
        """Measure what else one could call a vendor with, by one read."""
        lines = []
        for side in ("ours", "httpx", "requests"):
            if side == "ours" or _installed(side):
                plain, other = self.rounds(
                    [self.worker("plain"), self.worker(side)], ["quectel.me"], flight=64, count=self._size.other
                )
                name = {"ours": "sharebind", "requests": "requests in 64 threads"}.get(side, side)
                lines.append(Line(f"one read by {name}: CPU per call, ratio", _ratios(other, plain, "cpu")))
        return lines

    def listings(self) -> list[Line]:
        """Measure lists of shares, each in a fresh process for its peak."""
        lines = []
        for vendor in ("quectel", "tencent"):
            took: dict[tuple[str, str], list[float]] = {}
            peaks: dict[tuple[str, str], list[float]] = {}
            for _ in range(min(3, self._size.rounds)):
                for side in ("plain", "ours"):
                    for size in ("few", "many"):
                        with Worker(side, self._staged) as worker:
                            worker.do(do="list", list=f"{vendor}.few", shares=FEW)
                            shares = FEW if size == "few" else MANY
                            found = worker.do(do="list", list=f"{vendor}.{size}", shares=shares)
                        took.setdefault((side, size), []).append(found["seconds"])
                        peaks.setdefault((side, size), []).append(found["peak"])
            many = [seconds / MANY * MICRO for seconds in took["ours", "many"]]
            lines += [
                Line(f"listing {MANY:,} at {vendor}: time per share", many, "µs"),
                Line(f"listing {MANY:,} at {vendor}: time, ratio", ratios(took["ours", "many"], took["plain", "many"])),
                Line(
                    f"listing at {vendor}: peak memory, {MANY:,} to {FEW}",
                    ratios(peaks["ours", "many"], peaks["ours", "few"]),
                    target=1.2,
                ),
                Line(
                    f"listing at {vendor}: the same, plain loop",
                    ratios(peaks["plain", "many"], peaks["plain", "few"]),
                ),
            ]
        return lines

    def starting(self) -> list[Line]:
        """Measure what a host pays before its first call, and what an observer adds to one."""
        sharebind, aiohttp = [], []
        for _ in range(self._size.rounds):
            sharebind.append(single("import", "sharebind") * MILLI)
            aiohttp.append(single("import", "aiohttp") * MILLI)
        lines = [
            Line("import sharebind", sharebind, "ms", target=100),
            Line("import sharebind, ratio to import aiohttp", ratios(sharebind, aiohttp)),
        ]
        for plugins in (1, 20, 100):
            found = [single("discover", str(plugins)) * MILLI for _ in range(self._size.rounds)]
            lines.append(Line(f"discovery of {plugins} plugins", found, "ms", target=30 if plugins == 20 else None))
        seen = [single("observe") * MICRO for _ in range(self._size.rounds)]
        lines.append(Line("observing a call", seen, "µs", target=50))
        for vendor in ("quectel", "tencent"):
            opened = [single("open", vendor) * MICRO for _ in range(self._size.rounds)]
            lines.append(Line(f"opening an account at {vendor}", opened, "µs", target=100))
            started = [single("emulator", vendor) * MILLI for _ in range(self._size.rounds)]
            lines.append(Line(f"start of the emulated {vendor}", started, "ms", target=50))
        return lines

    def soak(self) -> list[Line]:
        """Make very many calls in one process, and see what it holds."""
        staged = {name: {**world, "base_url": world["replay"]} for name, world in self._staged.items()}
        worker = self._stack.enter_context(Worker("ours", staged))
        found = worker.do(do="soak", step=self._size.soak_step, steps=self._size.soak_steps)
        marks = found["marks"]
        first, last = marks[0], marks[-1]
        grown = (last["memory"] - first["memory"]) / (last["calls"] - first["calls"]) * 100_000 / MEGABYTE
        whole = self._size is WHOLE
        print(
            f"soak: {last['calls']:,} calls in {found['seconds']:.0f} s, memory "
            + " → ".join(f"{mark['memory'] / MEGABYTE:.1f}" for mark in marks)
            + " MB"
        )
        return [
            Line("soak: memory for each 100,000 calls", [grown], "MB", target=1.0 if whole else None),
            Line("soak: more open files at the end", [last["files"] - first["files"]], target=0),
            Line("soak: more tasks at the end", [last["tasks"] - first["tasks"]], target=0),
        ]


def _ratios(ours: Sequence[dict[str, float]], theirs: Sequence[dict[str, float]], what: str) -> list[float]:
    return ratios([each[what] for each in ours], [each[what] for each in theirs])


def _installed(*modules: str) -> bool:
    return all(importlib.util.find_spec(module) is not None for module in modules)


@contextmanager
def running(size: Size) -> Iterator[Bench]:
    """Run the clouds and give the bench; a request that no vendor would take makes it worth nothing."""
    with Process("tests.bench.cloud") as cloud:
        staged = cast("Staged", cloud.hear())
        with ExitStack() as stack:
            yield Bench(staged, size, stack)
        broken = json.loads(cloud.close())
    if broken:
        raise RuntimeError(f"the clouds were sent what no vendor would take: {'; '.join(broken)}")


def measure(bench: Bench, *, again: int) -> list[Line]:
    """Measure everything; what misses a target is measured anew before it counts."""
    parts: list[Callable[[], list[Line]]] = [
        *(lambda flight=flight: bench.calls(flight) for flight in (1, 16, 64, 256)),
        bench.answered_at_once,
        bench.wishes,
        bench.speed,
        bench.others,
        bench.listings,
        bench.starting,
        bench.soak,
    ]
    lines: list[Line] = []
    for part in parts:
        found = part()
        for _ in range(again):
            missed = [line.name for line in found if line.missed]
            if not missed:
                break
            print(f"measured anew, for this was missed: {'; '.join(missed)}", flush=True)
            found = part()
        lines += found
        print(table(found), flush=True)
    return lines


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and with --check leave with 1 where a target was missed."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--check", action="store_true", help="leave with 1 where a target is missed")
    parser.add_argument("--quick", action="store_true", help="measure little, to see that everything works")
    chosen = parser.parse_args(arguments)
    size = QUICK if chosen.quick else WHOLE
    began = time.monotonic()
    with running(size) as bench:
        lines = measure(bench, again=AGAIN if chosen.check else 0)
    missed = [line.name for line in lines if line.missed]
    noisy = sum(line.noisy for line in lines)
    print(f"\n{described()}\n{versions()}\n")
    print(table(lines))
    print(f"\n{time.monotonic() - began:.0f} s; median of {size.rounds} rounds")
    if noisy:
        print(f"~ {noisy} of {len(lines)} lines lie more than 15 % apart: this machine was not quiet")
    print(f"missed: {'; '.join(missed)}" if missed else "every target was kept")
    return 1 if chosen.check and missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
