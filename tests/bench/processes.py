"""The processes of the bench: one server, one worker for each side, and whatever is measured in a fresh one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import TracebackType
from typing import Any, Final, Self

from tests.bench.sides import Staged


class Process:
    """A module of the bench that is running, spoken to in lines of JSON."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the process has no pipes")
        self._to, self._from = self._process.stdin, self._process.stdout

    def tell(self, what: object) -> None:
        """Write one line."""
        self._to.write(json.dumps(what) + "\n")
        self._to.flush()

    def hear(self) -> Any:
        """Read one line."""
        line = self._from.readline()
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self._process.args[2:]))} ended")  # type: ignore[index]  # it is a list
        return json.loads(line)

    def close(self) -> str:
        """End it by closing its input, and give what it says at the end; closing twice is no error."""
        if self._to.closed:
            return ""
        self._to.close()
        last = self._from.read()
        self._process.wait(30)
        self._from.close()
        return last

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._process.kill()
        self.close()


class Worker(Process):
    """One side."""

    def __init__(self, side: str, staged: Staged, *, speed: bool = False) -> None:
        super().__init__("tests.bench.worker", side, *(["speed"] if speed else []))
        self.tell(staged)

    def do(self, **task: object) -> Any:
        """Have one task done."""
        self.tell(task)
        return self.hear()

    def block(self, wishes: list[str], *, flight: int, count: int) -> dict[str, float]:
        """Measure one block."""
        found: dict[str, float] = self.do(do="block", wishes=wishes, flight=flight, count=count)
        return found


def single(what: str, argument: str = "") -> float:
    """Measure something in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.single", what, *([argument] if argument else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=_environment())
    return float(done.stdout)


def _environment() -> dict[str, str]:
    """Leave out what makes Python slower or louder than a host's."""
    return {name: value for name, value in os.environ.items() if name not in _SLOW}


_SLOW: Final = frozenset({"PYTHONDEVMODE", "PYTHONASYNCIODEBUG", "PYTHONDONTWRITEBYTECODE"})
