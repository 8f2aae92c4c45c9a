"""Break each security rule on purpose, and see that the test which guards it goes red.

``python tests/security/check_rules.py [name ...]`` copies the tree, runs every guard once as the tree is (all green),
then breaks one rule after the other: applies the one patch of ``rules/<name>.toml``, runs its guards, and wants each of
them red. It ends with 1 if a guard stays green, a patch no longer applies, a run fails otherwise than by a test, or a
rule of ``rules.txt`` has no patch.

A patch is a text that must stand in its file exactly once, and the text that takes its place.
"""
# ruff: noqa: T201 - a script prints

from __future__ import annotations

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
RULES = Path(__file__).with_name("rules")
PARTS = ("core", "providers", "plugins", "tests", "docs", "pyproject.toml", "README.md", "mkdocs.yml")
SOURCES = ("core", "providers", "plugins/ewelink/src")
WORKERS = 2
PATIENCE = 120
"""Seconds for the guards of one rule."""
QUICKLY = (
    "-q",
    "-rA",
    "--tb=no",
    "--show-capture=no",
    "--assert=plain",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:hypothesispytest",
    "-p",
    "no:doctest",
)
"""Nobody reads why a guard failed, and what only helps a reader is a third of the time."""
TESTS_FAILED = 1
"""pytest's status where tests ran and some failed; any other one is no verdict."""


class Rule(NamedTuple):
    """One rule, the patch that breaks it, and the tests that must notice."""

    name: str
    says: str
    file: str
    old: str
    new: str
    guards: tuple[str, ...]


class Verdict(NamedTuple):
    """What became of one rule: nothing is wrong where ``problem`` is empty."""

    rule: Rule
    problem: str
    seconds: float


def read_rules(folder: Path = RULES) -> list[Rule]:
    """Read every rule that has a patch."""
    rules: list[Rule] = []
    for path in sorted(folder.glob("*.toml")):
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        rules.append(Rule(path.stem, read["rule"], read["file"], read["old"], read["new"], tuple(read["guards"])))
    return rules


def without_patch(rules: Iterable[Rule], folder: Path = RULES) -> list[str]:
    """Name the rules of the list that have no patch, and the patches whose rule is not on the list."""
    listed = set((folder / "rules.txt").read_text(encoding="utf-8").split())
    have = {rule.name for rule in rules}
    return [
        *(f"{name}: no patch" for name in sorted(listed - have)),
        *(f"{n}: not listed" for n in sorted(have - listed)),
    ]


class Copy:
    """A copy of the tree, in which rules are broken."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._stamp = int(time.time())
        skipped = shutil.ignore_patterns("__pycache__", ".*_cache", ".hypothesis", "site")
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=skipped)
            else:
                shutil.copy(ROOT / part, folder / part)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run Python with the copy's sources before any installed ones."""
        paths = os.pathsep.join(str(self.folder / source) for source in SOURCES)
        environment = {**os.environ, "PYTHONPATH": paths}
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def judge(self, guards: Sequence[str]) -> tuple[int, str]:
        """Run tests, and give pytest's status with what it said."""
        done = self.run("-m", "pytest", *QUICKLY, *guards)
        return done.returncode, done.stdout + done.stderr

    def write(self, file: str, text: str) -> None:
        """Write a source so that no compiled form of another text is taken for it."""
        path = self.folder / file
        path.write_text(text, encoding="utf-8", newline="")
        self._stamp += 10
        os.utime(path, (self._stamp, self._stamp))

    def is_used(self) -> bool:
        """Tell whether the library, and each vendor's package, is that of this copy."""
        packages = "sharebind, sharebind_quectel, sharebind_tencent, sharebind_gizwits"
        code = f"import {packages}; print(*(each.__file__ for each in ({packages})), sep='\\n')"
        lines = self.run("-c", code).stdout.split("\n")[:4]
        return all(Path(line).is_relative_to(self.folder) for line in lines) and all(lines)


def break_one(copy: Copy, rule: Rule) -> str:
    """Break a rule in a copy, and say what is wrong with its guards; nothing if each is red."""
    whole = (copy.folder / rule.file).read_text(encoding="utf-8")
    if whole.count(rule.old) != 1:
        return f"the patch no longer applies: its text stands {whole.count(rule.old)} times in {rule.file}"
    copy.write(rule.file, whole.replace(rule.old, rule.new))
    try:
        status, said = copy.judge(rule.guards)
    except subprocess.TimeoutExpired:
        return f"its guards ran for more than {PATIENCE} s"
    finally:
        copy.write(rule.file, whole)
    if status not in (0, TESTS_FAILED) or "\nERROR " in said:
        return f"pytest ended with {status}, and not by a test that failed:\n{said[-1500:]}"
    red = [line.removeprefix("FAILED ") for line in said.splitlines() if line.startswith("FAILED ")]
    green = [guard for guard in rule.guards if not any(line.startswith(guard) for line in red)]
    return f"stays green: {', '.join(green)}" if green else ""


def check(rules: Sequence[Rule], folder: Path) -> list[Verdict]:
    """Break all rules, several copies at a time."""
    waiting: queue.SimpleQueue[Rule] = queue.SimpleQueue()
    for rule in rules:
        waiting.put(rule)
    verdicts: list[Verdict] = []

    def work(copy: Copy) -> None:
        while True:
            try:
                rule = waiting.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            verdicts.append(Verdict(rule, break_one(copy, rule), time.monotonic() - began))

    copies = [Copy(folder / str(number)) for number in range(min(WORKERS, len(rules)))]
    for copy in copies:
        if not copy.is_used():
            raise SystemExit("the library is not imported from the copy, so nothing would be judged")
    green = sorted({guard for rule in rules for guard in rule.guards})
    status, said = copies[0].judge(green)
    if status != 0:
        raise SystemExit(f"the guards are not green as the tree is:\n{said[-3000:]}")
    threads = [threading.Thread(target=work, args=(copy,)) for copy in copies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(verdicts)


def main(arguments: Sequence[str]) -> int:
    """Check all rules, or those named, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", help="the rules to break; all of them by default")
    names = parser.parse_args(arguments).names
    known = read_rules()
    missing = without_patch(known)
    rules = [rule for rule in known if not names or rule.name in names]
    if set(names) - {rule.name for rule in rules}:
        parser.error(f"no such rule; there are {', '.join(rule.name for rule in known)}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        verdicts = check(rules, Path(folder))
    width = max(len(rule.name) for rule in rules)
    for verdict in verdicts:
        rule = verdict.rule
        result = "red" if not verdict.problem else "NOT GUARDED"
        guards = ", ".join(guard.partition("::")[2] for guard in rule.guards)
        print(f"{rule.name:<{width}}  {result:<11}  {verdict.seconds:4.1f} s  {rule.says}  [{rule.file}; {guards}]")
        if verdict.problem:
            print(f"{'':<{width}}  {verdict.problem}")
    bad = [verdict for verdict in verdicts if verdict.problem]
    for line in missing:
        print(line)
    print(f"{len(verdicts) - len(bad)} of {len(verdicts)} rules are guarded, in {time.monotonic() - began:.0f} s")
    return 1 if bad or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
