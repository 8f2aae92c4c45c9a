"""One side in a process of its own: ``python -m tests.bench.worker SIDE [speed]``.

It reads tasks as lines of JSON, one at a time, and answers each with a line. ``speed`` is the extra of that name, which
is kept out without it.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from tests.bench.machine import cpu_seconds, open_files, peak, resident, stay_on
from tests.bench.sides import CALLS, SIDES, Wish, timed

WARM = 20_000
"""Calls of the soak before its memory counts: caches fill, and the allocator finds its size."""


async def block(wishes: Mapping[str, Wish], task: Mapping[str, Any]) -> dict[str, object]:
    """Measure one block of wishes; a call is a request to the vendor."""
    names = task["wishes"]
    flight, count = int(task["flight"]), int(task["count"])
    calls = sum(CALLS[names[each % len(names)]] for each in range(len(names))) / len(names) * (count // flight * flight)
    gc.collect()
    used = cpu_seconds()
    seconds, took = await timed([wishes[name] for name in names], flight=flight, count=count)
    used = cpu_seconds() - used
    took.sort()
    return {"cpu": used / calls, "rate": calls / seconds, "p99": took[int(len(took) * 0.99)]}


async def listing(wishes: Mapping[str, Wish], task: Mapping[str, Any]) -> dict[str, object]:
    """Read one list once; the peak is that of the whole process."""
    began = time.perf_counter()
    found: Any = await wishes[task["list"]]()
    if (found if isinstance(found, int) else len(found)) != task["shares"]:
        raise RuntimeError(f"{task['list']}: {found if isinstance(found, int) else len(found)} shares")
    return {"seconds": time.perf_counter() - began, "peak": peak()}


async def soak(wishes: Mapping[str, Wish], task: Mapping[str, Any]) -> dict[str, object]:
    """Make very many calls, and note every so often what the process holds."""
    names = list(CALLS)
    per_wish = sum(CALLS.values()) / len(CALLS)
    marks: list[dict[str, int]] = []
    step, flight = int(task["step"]), 64
    calls, began = 0, time.perf_counter()
    for number in range(int(task["steps"]) + 1):
        count = max(flight, int((WARM if number == 0 else step) / per_wish) // flight * flight)
        await timed([wishes[name] for name in names], flight=flight, count=count)
        calls += int(count * per_wish)
        gc.collect()
        held = {"memory": resident(), "files": open_files(), "tasks": len(asyncio.all_tasks())}
        marks.append({"calls": calls, **held})
    return {"marks": marks, "seconds": time.perf_counter() - began}


async def instructions(wishes: Mapping[str, Wish], task: Mapping[str, Any]) -> dict[str, object]:
    """Count what Python executes for one wish, which does not depend on who else uses the machine."""
    wish, count, executed = wishes[task["wish"]], int(task["count"]), 0

    def watch(frame: FrameType, event: str, _: object) -> Callable[..., Any]:
        nonlocal executed
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        executed += event == "opcode"
        return watch

    async def work() -> None:
        for _ in range(count):
            await wish()

    await work()
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        # A task of its own: the frames that run already are not watched, and what they do is not the wish's.
        await asyncio.create_task(work())
    finally:
        sys.settrace(before)
    return {"instructions": executed / count}


TASKS = {"block": block, "count": instructions, "list": listing, "soak": soak}


async def main(side: str) -> None:
    """Do tasks until there are no more."""
    staged = json.loads(sys.stdin.readline())
    async with SIDES[side](staged) as wishes:
        while line := await asyncio.to_thread(sys.stdin.readline):
            task = json.loads(line)
            print(json.dumps(await TASKS[task["do"]](wishes, task)), flush=True)


if __name__ == "__main__":
    stay_on(0)
    if sys.argv[2:] == ["speed"]:
        importlib.import_module("uvloop").run(main(sys.argv[1]))
    else:
        sys.modules["orjson"] = None  # type: ignore[assignment]  # as if it were not installed
        asyncio.run(main(sys.argv[1]))
