"""The README and the docs are programs: every code block of every page runs, and prints what the page says."""

from __future__ import annotations

import ast
import asyncio
import gc
import inspect
import json
import re
import shlex
import socket
import subprocess
import sys
import tomllib
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from pathlib import Path
from types import CodeType
from typing import Any, Final, NamedTuple, TypeVar

import pytest
from aiohttp import ClientSession
from yarl import URL

from sharebind import Sharebind
from sharebind.cli import main as command

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LANGUAGES: Final = {"python", "toml", "json", "console", "text", ""}
"""``text`` is what the Python block before it prints; a block without a language is a drawing."""
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
FILE: Final = re.compile(r"# ([\w./-]+\.(?:py|toml))\b")
INI: Final = """\
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
pythonpath = src
"""
INSTALLING: Final = ["pip", "install", "-e", "."]
"""What a page says where the reader installs the distribution that the page has made."""


class Block(NamedTuple):
    """One fenced block, and the line where its text begins."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    language, begun, lines = "", 0, list[str]()
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            assert line.startswith("```"), f"{page}:{number}: a fence begins at the margin"
            if begun:
                yield Block(language, "\n".join(lines) + "\n", begun)
                begun = 0
            else:
                language, begun, lines = line.strip("`"), number + 1, []
                assert language in LANGUAGES, f"{page}:{number}: a block is one of {', '.join(sorted(LANGUAGES))}"
        elif begun:
            lines.append(line)


def says(page: str, real: str) -> bool:
    """Tell whether a page quotes an output truly: ``…`` stands for anything, dates move on."""
    pattern = ""
    for line in page.splitlines():
        words = map(re.escape, DATE.sub("DATE", line.rstrip()).split("…"))
        pattern += "(?:.*\n)*?" if line.strip() == "…" else ".*".join(words) + "\n"
    lines = (line.rstrip() for line in DATE.sub("DATE", real).splitlines())
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def apart(job: Callable[[], T]) -> T:
    """Run what brings an event loop of its own in a thread of its own: the main thread's loop is pytest's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(job).result()


class Reader:
    """Somebody who reads a page from top to bottom and does what it says, in an empty folder."""

    def __init__(self, page: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.page = page
        self.folder = folder
        self.capsys = capsys
        self.names: dict[str, Any] = {"__name__": "a_page"}
        self.tests: list[Path] = []

    def read(self, monkeypatch: pytest.MonkeyPatch) -> int:
        """Do everything, and give the number of blocks."""
        return apart(lambda: self._read(monkeypatch))

    def _read(self, monkeypatch: pytest.MonkeyPatch) -> int:
        found = list(blocks(self.page))
        with asyncio.Runner() as runner, self._tidied(runner), self._forgotten():
            printed = ""
            for block in found:
                if block.language == "python":
                    printed = self._python(block, runner)
                elif block.language == "text":
                    self._expect(block, block.text, printed)
                elif block.language == "toml":
                    self._toml(block, monkeypatch)
                elif block.language == "json":
                    json.loads(block.text)
                elif block.language == "console":
                    self._console(block, monkeypatch)
        if self.tests:
            self._pytest()
        return len(found)

    @contextmanager
    def _tidied(self, runner: asyncio.Runner) -> Iterator[None]:
        """Close what a page that fails in the middle leaves open; else its sockets would fail some later test."""
        try:
            yield
        except BaseException:
            for value in reversed(self.names.values()):
                if isinstance(value, Sharebind | AsyncExitStack):
                    runner.run(value.aclose())
                elif isinstance(value, ClientSession):
                    runner.run(value.close())
                elif isinstance(value, AbstractAsyncContextManager):
                    runner.run(value.__aexit__(None, None, None))
            raise

    @contextmanager
    def _forgotten(self) -> Iterator[None]:
        """Forget the modules that a page made: the next page may make others of that name."""
        try:
            yield
        finally:
            for name, module in tuple(sys.modules.items()):
                if str(getattr(module, "__file__", None)).startswith(str(self.folder)):
                    del sys.modules[name]

    def place(self, line: int) -> str:
        """Name a line as an editor finds it."""
        return f"{self.page.relative_to(ROOT)}:{line}"

    def _python(self, block: Block, runner: asyncio.Runner) -> str:
        named = FILE.match(block.text)
        if named is not None and named[1].startswith("tests/"):
            self._keep(named[1], block.text)
            self.tests.append(self.folder / named[1])
            return ""
        if named is not None and named[1].startswith("src/"):
            self._keep(named[1], block.text)
            return ""
        try:
            # Empty lines above, so that a traceback names the page's own lines.
            source = "\n" * (block.line - 1) + block.text
            code: CodeType = compile(source, str(self.page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            if "asyncio.run(" in block.text:
                exec(code, self.names)  # noqa: S102 - running the page is the point
            else:
                runner.run(self._type(code))
        except Exception as error:
            frames = [
                each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == str(self.page)
            ]
            line = error.lineno if isinstance(error, SyntaxError) else frames[-1] if frames else block.line
            raise AssertionError(f"{self.place(line or block.line)}: {type(error).__name__}: {error}") from error
        return self.capsys.readouterr().out

    async def _type(self, code: CodeType) -> None:
        """Run code as ``python -m asyncio`` does."""
        result = eval(code, self.names)  # noqa: S307 - running the page is the point
        if inspect.iscoroutine(result):
            await result

    def _expect(self, block: Block, said: str, printed: str) -> None:
        assert says(said, printed), f"{self.place(block.line)}: the page says\n{said}\nand it prints\n{printed}"

    def _toml(self, block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
        named = FILE.match(block.text)
        try:
            tables = tomllib.loads(block.text)
        except tomllib.TOMLDecodeError as error:
            raise AssertionError(f"{self.place(block.line)}: {error}") from error
        if named is not None:
            self._keep(named[1], block.text)
        if "accounts" not in tables:
            return
        for name in re.findall(r'env = "(\w+)"', block.text):
            monkeypatch.setenv(name, "a secret")
        for name in re.findall(r'file = "([\w./-]+)"', block.text):
            self._keep(name, "a secret\n")
        try:
            sharebind = Sharebind.from_mapping(tables)
            assert {*sharebind.accounts} == {*tables["accounts"]}
            for name in sharebind.accounts:
                sharebind.account(name).close()
        except Exception as error:
            raise AssertionError(f"{self.place(block.line)}: {error}") from error

    def _console(self, block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
        """Run each command that starts with ``$ sharebind`` and ends, and compare what it prints with what follows."""
        said: dict[str, list[str]] = {}
        line = ""
        for each in block.text.splitlines():
            if each.startswith("$ "):
                line = each.removeprefix("$ ")
                said[line] = []
            else:
                said[line].append(each)
        for line, output in said.items():
            words = shlex.split(line, comments=True)
            if words[:2] == ["./dev", "demo"]:
                words = ["sharebind", "demo"]
            if words == INSTALLING:
                self._install(monkeypatch)
            if words[0] != "sharebind" or words[1] == "emulate":
                assert not output, f"{self.place(block.line)}: nobody checks what {line!r} prints"
                continue
            status = command(words[1:])
            printed = self.capsys.readouterr()
            assert status == 0, f"{self.place(block.line)}: {line!r} ended with {status}: {printed.err}"
            if output:
                self._expect(block, "\n".join(output), printed.out)

    def _install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Do what an editable install leaves behind: the folder on the path, and what it says of itself."""
        project = tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        name, version = project["name"], project["version"]
        about = f"src/{name.replace('-', '_')}-{version}.dist-info"
        self._keep(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        groups = (
            f"[{group}]\n" + "".join(f"{each} = {where}\n" for each, where in entries.items())
            for group, entries in project["entry-points"].items()
        )
        self._keep(f"{about}/entry_points.txt", "".join(groups))
        monkeypatch.syspath_prepend(self.folder / "src")

    def _keep(self, name: str, text: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def _pytest(self) -> None:
        """Run the tests that the page made, as its reader would."""
        (self.folder / "pytest.ini").write_text(INI, encoding="utf-8")
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(self.folder / "tests")]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{self.page.relative_to(ROOT)}: its tests fail:\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_does_what_its_page_says(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python runs, settings structure, commands work, and each quoted output is the real one."""
    monkeypatch.chdir(tmp_path)
    count = Reader(page, tmp_path, capsys).read(monkeypatch)
    print(f"{count} blocks")  # noqa: T201 - the count is the point


@pytest.mark.parametrize(
    ("page", "real", "true"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("…\nc\n", "a\nb\nc  \n", True),
        ("until 2026-01-01\n", "until 2031-12-31\n", True),
        ("sb1. …\n", "sb1. 0a1b\n", True),
        ("sb1. …\n", "sb1. 0a1b\nmore\n", False),
    ],
)
def test_a_quotation_is_compared_strictly(page: str, real: str, true: bool) -> None:
    """Only what ``…`` stands for, and dates, may differ."""
    assert says(page, real) is true


def test_a_page_that_fails_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its servers and connections are closed at once, and do not fail whatever test runs when they are collected."""
    page = ROOT / "docs" / "tutorial" / "first-share.md"
    broken = tmp_path / "docs" / "broken.md"
    broken.parent.mkdir()
    text = page.read_text(encoding="utf-8")
    broken.write_text(text.replace("print(offer.state, offer.code)\n", "1 / 0\n"), encoding="utf-8")
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    reader = Reader(broken, tmp_path, capsys)
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        reader.read(monkeypatch)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", URL(reader.names["quectel"].base_url).port or 0), timeout=5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        reader.names.clear()
        gc.collect()


def test_a_failure_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever breaks a page is told the file and the line."""
    page = ROOT / "docs" / "not-there.md"
    reader = Reader(page, tmp_path, capsys)

    def run() -> None:
        with asyncio.Runner() as runner:
            reader._python(Block("python", "1\n2\n1 / 0\n", 10), runner)

    with pytest.raises(AssertionError, match=r"docs/not-there\.md:12: ZeroDivisionError"):
        apart(run)
