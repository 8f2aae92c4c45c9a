"""One search for every secret of a whole run, in everything that somebody could read."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from sharebind.registry import Registry

from .days import DAYS
from .looking import Search, every_secret
from .staging import RAW, Day, Files

PROVIDERS = [row.name for row in Registry().report() if row.status == "loaded"]


@pytest.mark.parametrize("provider", PROVIDERS)
async def test_no_secret_is_shown_anywhere(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """On good and bad days, no log, error, value, event, pickle, output or file shows a secret of anybody's."""
    host, cwd, temp = (tmp_path / name for name in ("host", "cwd", "temp"))
    for folder in (host, cwd, temp):
        folder.mkdir()
    monkeypatch.chdir(cwd)
    monkeypatch.setattr(tempfile, "tempdir", str(temp))
    search = Search()
    search.keep(RAW, "a field of an answer")
    with every_secret(search), search.logging():
        for happens in DAYS:
            await happens(Day(provider, search, Files(host, monkeypatch.setenv)))
    out, err = capfd.readouterr()
    search.saw("output", out, "stdout")
    search.saw("output", err, "stderr")
    search.folder(cwd)
    search.folder(temp)
    with capfd.disabled():
        print(f"\n{provider}: {search.summary()}")  # noqa: T201 - how much was searched is the point
    assert "\n".join(search.hits()) == ""
    least = {"log": 100, "event": 500, "value": 1000, "error text": 500, "pickle of an error": 500}
    assert {kind: number for kind, number in least.items() if search.count[kind] < number} == {}
    assert len(search.secrets) > 50
