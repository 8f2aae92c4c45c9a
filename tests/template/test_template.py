"""What the template makes: the guide's provider, under any sane name, and nothing under an insane one."""

from __future__ import annotations

import ast
import keyword
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from tests.template.generating import ROOT, TEMPLATE, generate, guides_files

MOST_LINES: Final = 250
"""Lines of code that take a reader to a working provider, with its emulator, its rig and its tests."""

ODD: Final = (
    {"provider": "my-cloud-2", "title": "炉边云", "author": "O'Neil & 王小明"},
    {"provider": "class", "package": "acme_iot_hub", "distribution": "acme-iot", "license": "MIT"},
    {"provider": "a1", "license": "none", "title": "Größter Vendor (EU), Inc."},
    {"provider": "a-name-of-twenty-four-ch", "title": "T" * 40, "author": "A" * 80},
)


def test_the_guide_makes_what_the_template_makes(tmp_path: Path) -> None:
    """Page and template cannot drift apart: with the default answers every file is the same."""
    made = generate(tmp_path / "made")
    files = {str(each.relative_to(made)): each.read_text(encoding="utf-8") for each in made.rglob("*.py")}
    guide = guides_files()
    assert len(guide) >= 8
    for name, text in guide.items():
        assert files.pop(name) == text, f"{name} of the guide is not the template's"
    # What the guide leaves out: an empty module, and tests beside the kit's.
    assert set(files) == {"src/sharebind_hearth/__init__.py", "tests/test_wire.py"}
    assert files["src/sharebind_hearth/__init__.py"] == ""


def test_the_guide_is_no_longer_than_it_says() -> None:
    """A working provider takes no more code than this, emulator, rig and tests among it."""
    lines = sum(1 for text in guides_files().values() for line in text.splitlines() if line.strip())
    print(f"{lines} lines of code in the guide")  # noqa: T201 - the count is the point
    assert lines <= MOST_LINES


@pytest.mark.parametrize("answers", ODD, ids=lambda answers: answers["provider"])
def test_odd_names_make_sound_code(answers: dict[str, Any], tmp_path: Path) -> None:
    """Whatever the validators let through gives files that parse, are formatted, and name what was asked for."""
    pytest.importorskip("ruff", reason="ruff is not installed: pip install --group dev")
    made = generate(tmp_path / "made", **answers)
    for file in made.rglob("*.py"):
        ast.parse(file.read_text(encoding="utf-8"))
    project = tomllib.loads((made / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (provider, plugin), *more = project["entry-points"]["sharebind"].items()
    assert (provider, more) == (answers["provider"], [])
    assert (made / "src" / Path(*plugin.split("."))).with_suffix(".py").is_file()
    assert project.get("license") == {"MIT": "MIT", "none": None}.get(answers.get("license", ""), "Apache-2.0")
    assert (made / "LICENSE").is_file() is ("license" in project)
    assert "{{" not in "".join(file.read_text(encoding="utf-8") for file in made.rglob("*") if file.is_file())
    for words in (["check"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
        done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_typed(tmp_path: Path) -> None:
    """By its own settings, which are strict, the types are right."""
    pytest.importorskip("mypy", reason="mypy is not installed: pip install --group dev")
    made = generate(tmp_path / "made")
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(command, cwd=made, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        *(("provider", name) for name in ("", "Hearth", "my cloud", "my_cloud", "-a", "a--b", "2a", "炉边", "a" * 25)),
        *(("provider", name) for name in ("quectel", "tencent", "gizwits", "ewelink", "reference", "limits")),
        *(("title", title) for title in ("", " ", 'a "b"', "a\\b", "a\nb", "{a}", "T" * 41)),
        *(("distribution", name) for name in ("", "Sharebind-a", "sharebind_a", "-a", "a b")),
        *(("package", name) for name in ("", "json", "class", "Sharebind_a", "sharebind-a", "sharebind", "py_compile")),
        *(("package", name) for name in ("sharebind_quectel", "sharebind_limits", "_a", "a__b", "2_a")),
        *(("author", name) for name in ("", 'a "b"', "a\nb")),
    ],
)
def test_a_name_that_would_break_something_is_refused(question: str, answer: str, tmp_path: Path) -> None:
    """It is refused as it is given, and nothing is written."""
    with pytest.raises(ValueError, match=f"Validation error for question '{question}'"):
        generate(tmp_path / "made", **{question: answer})
    assert not (tmp_path / "made").exists()


def test_no_package_shadows_a_module_of_python(tmp_path: Path) -> None:
    """Of all names that Python has itself, not one is let through as a package."""
    names = {*sys.stdlib_module_names, *keyword.kwlist, *keyword.softkwlist}
    two_words = sorted(name for name in names if "_" in name.strip("_"))
    assert "py_compile" in two_words
    for name in two_words:
        with pytest.raises(ValueError, match="package"):
            generate(tmp_path / "made", package=name)
    print(f"{len(two_words)} names of two words refused")  # noqa: T201 - the count is the point


def test_no_name_of_ours_is_given_again() -> None:
    """Every provider and every package of this tree stands among those that the template refuses."""
    said = (TEMPLATE / "copier.yml").read_text(encoding="utf-8")
    packages = [
        each.parent.name for each in (*ROOT.glob("providers/*/plugin.py"), *ROOT.glob("plugins/*/src/*/plugin.py"))
    ]
    assert len(packages) >= 4
    for package in packages:
        assert f"'{package}'" in said, f"the template would let a stranger's package be called {package}"
        assert f"'{package.removeprefix('sharebind_')}'" in said
