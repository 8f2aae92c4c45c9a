"""Logging: silent by default, the host's own way where it has one, and never a key that is not on the list."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

import sharebind
from sharebind import Registry, Sharebind, UnknownProviderError, logs

SPEAKING = """
import sharebind
from sharebind import logs, Registry
{setup}
logs.warn("provider.not_loaded", provider="acme", cause="hunter2")
logs.debug("operation.read_failed", provider="acme")
try:
    Registry().spec("nobody")
except sharebind.UnknownProviderError:
    pass
print("end")
"""


def run(setup: str) -> tuple[str, str]:
    """Run a host that sets logging up like this, and give its stdout and stderr."""
    done = subprocess.run(
        [sys.executable, "-c", SPEAKING.format(setup=setup)], capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.replace("\r\n", "\n"), done.stderr


@pytest.fixture
def fresh() -> Iterator[None]:
    """Give structlog as it is before anybody has configured it, and leave it so."""
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_silent_by_default() -> None:
    """A host that has set up nothing sees nothing, on stdout or stderr."""
    assert run("") == ("end\n", "")


def test_silent_where_structlog_is_only_imported() -> None:
    """Having structlog installed, or imported, is no wish to see our lines on stdout."""
    assert run("import structlog") == ("end\n", "")


def test_the_hosts_logging_gets_the_lines() -> None:
    """A host with standard logging gets our lines at its level, on its own stream."""
    stdout, stderr = run("import logging; logging.basicConfig(format='%(levelname)s %(name)s %(message)s')")
    assert (stdout, stderr) == ("end\n", "WARNING sharebind provider.not_loaded\n")


def test_the_hosts_structlog_gets_the_lines() -> None:
    """A host that has configured structlog gets our lines its way, with their keys."""
    setup = (
        "import structlog, logging; structlog.configure(processors=[structlog.processors.JSONRenderer(sort_keys=True)],"
        " wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))"
    )
    stdout, stderr = run(setup)
    assert stdout == '{"cause": "hunter2", "event": "provider.not_loaded", "provider": "acme"}\nend\n'
    assert stderr == ""


def test_nothing_is_printed_in_this_process(fresh: None, capfd: pytest.CaptureFixture[str]) -> None:
    """Failing providers, accounts and lists write no line where nobody asked for lines."""
    del fresh
    with pytest.raises(UnknownProviderError):
        Registry().spec("nobody")
    Sharebind.from_mapping({"accounts": {}})
    logs.debug("operation.read_failed", operation="end", provider="toy", error="KeyError")
    assert capfd.readouterr() == ("", "")


def test_standard_lines_carry_their_keys(fresh: None, caplog: pytest.LogCaptureFixture) -> None:
    """Without structlog's configuration the keys are attributes of the standard record."""
    del fresh
    with caplog.at_level(logging.DEBUG, logger="sharebind"):
        logs.warn("share.refused", provider="toy", vendor_code="5137", account="desk")
        logs.debug("operation.read_failed", seconds=1.5)
    told = [(record.name, record.levelname, record.getMessage()) for record in caplog.records]
    assert told == [("sharebind", "WARNING", "share.refused"), ("sharebind", "DEBUG", "operation.read_failed")]
    facts = vars(caplog.records[0])
    assert (facts["provider"], facts["vendor_code"], facts["account"]) == ("toy", "5137", "desk")
    assert vars(caplog.records[1])["seconds"] == 1.5


def test_levels_are_the_hosts(fresh: None, caplog: pytest.LogCaptureFixture) -> None:
    """A line below the logger's level is not written."""
    del fresh
    with caplog.at_level(logging.ERROR, logger="sharebind"):
        logs.warn("share.refused")
    assert caplog.records == []


def test_both_are_looked_up_when_a_line_is_written(fresh: None, caplog: pytest.LogCaptureFixture) -> None:
    """A host may configure structlog after importing us, and change its mind."""
    del fresh
    entries: list[Any] = []

    def keep(_logger: object, method: str, event: Any) -> Any:
        entries.append((method, dict(event)))
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    logs.warn("share.refused", provider="toy")
    structlog.reset_defaults()
    with caplog.at_level(logging.WARNING, logger="sharebind"):
        logs.warn("share.ended", provider="toy")
    assert entries == [("warning", {"event": "share.refused", "provider": "toy"})]
    assert [record.getMessage() for record in caplog.records] == ["share.ended"]


@pytest.mark.parametrize("key", ["token", "code", "device", "recipient", "url", "raw", "body", "message", "Provider"])
def test_other_keys_are_refused(key: str) -> None:
    """A key that is not on the list is a mistake, found whether or not somebody listens; its value is not shown."""
    with pytest.raises(KeyError, match=f"these keys may not be logged: {key}") as error:
        logs.say(logging.DEBUG, "share.refused", **{key: "hunter2"})
    assert "hunter2" not in str(error.value)


def test_every_line_of_the_library_uses_known_keys() -> None:
    """No call in the sources names a key that is not on the list, so none fails when it is first reached."""
    unknown: list[str] = []
    seen = 0
    for path in Path(str(sharebind.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "logs":
                seen += 1
                unknown += [f"{path.name}: {word.arg}" for word in node.keywords if word.arg not in logs.KEYS]
    assert unknown == []
    assert seen >= 4


def test_the_library_configures_nobodys_logging() -> None:
    """No source calls ``structlog.configure`` or ``logging.basicConfig``, or sets a level."""
    words = ("structlog.configure", "basicConfig", "setLevel", "reset_defaults", "logging.config")
    guilty = [
        f"{path}: {word}"
        for path in Path(str(sharebind.__file__)).parent.rglob("*.py")
        if not {"cli", "testing"} & set(path.parts)  # the kit listens to what an adapter logs while a check runs
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for word in words
        if word in ast.unparse(node.func)
    ]
    assert guilty == []
    assert [type(handler) for handler in logging.getLogger("sharebind").handlers[:1]] == [logging.NullHandler]
    assert (logging.getLogger("sharebind").level, logging.getLogger("sharebind").propagate) == (logging.NOTSET, True)
