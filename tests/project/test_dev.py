"""The script ``dev``: what it reads, when it installs, what it says. Nothing is installed here."""

import importlib.machinery
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

PYPROJECT = """
[build-system]
requires = ["hatchling"]
[project]
name = "sharebind"
[dependency-groups]
test = ["pytest>=8.2", "hypothesis"]
dev = ["ruff", { include-group = "Test" }, "pytest>=8.2"]
[tool.ruff]
line-length = 120
"""


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the script as a module that works in an empty folder and installs nothing."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = importlib.machinery.SourceFileLoader("sharebind_dev", str(ROOT / "dev"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "STAMP", tmp_path / ".venv" / "sharebind-dev.json")
    monkeypatch.setattr(module, "BIN", tmp_path / ".venv" / module.BIN.name)
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    (tmp_path / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    return module


@pytest.fixture
def installs(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Put a .venv on disk where one would be made, and note what would be installed into it."""
    commands: list[list[str]] = []

    def make(_: str) -> None:
        put_venv(dev)

    monkeypatch.setattr(dev, "make_venv", make)
    monkeypatch.setattr(dev, "installer", lambda _: ["install"])
    monkeypatch.setattr(dev, "check_tools", lambda: None)
    monkeypatch.setattr(dev, "run_quietly", commands.append)
    return commands


def put_venv(dev: ModuleType, version: str = "version = {}.{}.1") -> None:
    """Write what is_sound looks at."""
    dev.BIN.mkdir(parents=True, exist_ok=True)
    (dev.BIN / f"python{dev.EXE}").touch()
    (dev.VENV / "pyvenv.cfg").write_text(version.format(*sys.version_info), "utf-8")


def run_dev(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start the script itself."""
    command = [sys.executable, str(ROOT / "dev"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_gives_each_verb_a_line(dev: ModuleType, arguments: tuple[str, ...]) -> None:
    """Without a verb, or asked for help, the script lists every verb on stdout and leaves with 0."""
    done = run_dev(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    listed = [line.split()[0] for line in done.stdout.splitlines()[2:]]
    assert listed == list(dev.VERBS)


def test_an_unknown_verb_names_the_known_ones(dev: ModuleType) -> None:
    """A word that is no verb leaves with 2 and one line that lists the verbs."""
    done = run_dev("tset")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"dev: no verb 'tset'; there are: {', '.join(dev.VERBS)}\n"


def test_an_old_python_can_read_the_script() -> None:
    """The script keeps to the syntax of Python 3.6, so that an old Python gets as far as saying what is wrong."""
    import ast

    ast.parse((ROOT / "dev").read_text("utf-8"), feature_version=(3, 6))


def test_groups_include_groups(dev: ModuleType) -> None:
    """Including a group brings its requirements, whatever the spelling of its name, each once."""
    groups = {"dev-tools": ["ruff", {"include-group": "Test"}, "pytest"], "test": ["pytest", "hypothesis"]}
    assert dev.read_group(groups, "Dev_Tools") == ["ruff", "pytest", "hypothesis"]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"a": [{"include-group": "b"}], "b": [{"include-group": "a"}]}, "include each other: a -> b -> a"),
        ({"a": [{"include-group": "c"}]}, "no dependency group 'c'; there are: a"),
        ({"a": [{"path": "."}]}, "cannot read {'path': '.'}"),
    ],
)
def test_groups_that_make_no_sense_are_refused(dev: ModuleType, groups: dict[str, Any], message: str) -> None:
    """A circle, a missing group and an entry of an unknown kind are each named."""
    with pytest.raises(dev.DevError) as caught:
        dev.read_group(groups, "a")
    assert message in str(caught.value)


def test_the_projects_groups_can_be_read(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every verb's needs exist in this project's pyproject.toml."""
    monkeypatch.setattr(dev, "ROOT", ROOT)
    project = dev.load_project()
    for verb in dev.VERBS.values():
        assert dev.requirements(project, verb.needs)[0] == "-e"
        assert set(verb.needs.extras) <= set(project["project"]["optional-dependencies"])
        assert all((ROOT / "plugins" / plugin / "pyproject.toml").is_file() for plugin in verb.needs.plugins)


def test_needs_become_an_editable_install_and_the_groups(dev: ModuleType) -> None:
    """What is installed is the package and the plugins in place, then each requirement of the groups once."""
    needs = dev.Needs(("cli", "testing"), ("test", "dev"), ("lamp",))
    listed = dev.requirements(dev.load_project(), needs)
    assert listed == ["-e", ".[cli,testing]", "-e", "./plugins/lamp", "pytest>=8.2", "hypothesis", "ruff"]
    assert needs.names == {"cli", "testing", "test", "dev", "plugins/lamp"}


def test_a_second_run_installs_nothing(dev: ModuleType, installs: list[list[str]]) -> None:
    """What was installed once is not installed again, for this verb and for any that needs less."""
    dev.prepare(dev.TESTING)
    dev.prepare(dev.TESTING)
    dev.prepare(dev.TRYING)
    whole = [
        "install",
        "-e",
        ".[cli,opentelemetry,signin,testing]",
        "-e",
        "./plugins/ewelink",
        "pytest>=8.2",
        "hypothesis",
    ]
    assert installs == [whole]


def test_a_verb_that_needs_more_adds_it(dev: ModuleType, installs: list[list[str]]) -> None:
    """A verb with more needs installs them into the same .venv, and the smaller needs stay met."""
    dev.prepare(dev.TRYING)
    (dev.VENV / "mine").touch()
    dev.prepare(dev.WORKING)
    dev.prepare(dev.TRYING)
    assert [command[2] for command in installs] == [".[cli]", ".[cli,opentelemetry,signin,testing]"]
    assert (dev.VENV / "mine").exists()


def edit_tool(dev: ModuleType) -> None:
    """Change a setting that no installation depends on."""
    (dev.ROOT / "pyproject.toml").write_text(PYPROJECT.replace("120", "100"), "utf-8")


def edit_dependencies(dev: ModuleType) -> None:
    """Change what is needed."""
    (dev.ROOT / "pyproject.toml").write_text(PYPROJECT.replace("hypothesis", "hypothesis>=6"), "utf-8")


@pytest.mark.parametrize(("edit", "times"), [(edit_tool, 1), (edit_dependencies, 2)])
def test_only_what_matters_installs_again(
    dev: ModuleType, installs: list[list[str]], edit: Callable[[ModuleType], None], times: int
) -> None:
    """Changing dependencies in pyproject.toml installs again; changing a linter's setting does not."""
    dev.prepare(dev.TESTING)
    edit(dev)
    dev.prepare(dev.TESTING)
    assert len(installs) == times


def test_another_tool_installs_again(
    dev: ModuleType, installs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where uv has come or gone since the last run, the new tool installs."""
    dev.prepare(dev.TRYING)
    monkeypatch.setattr(dev.shutil, "which", lambda _: "/bin/uv")
    dev.prepare(dev.TRYING)
    assert len(installs) == 2


def lose_python(dev: ModuleType) -> None:
    """Remove the Python of .venv, as a clean-up of old versions does."""
    (dev.BIN / f"python{dev.EXE}").unlink()


def lose_config(dev: ModuleType) -> None:
    """Remove the file that makes a folder a virtual environment."""
    (dev.VENV / "pyvenv.cfg").unlink()


def change_python(dev: ModuleType) -> None:
    """Have .venv made by another Python."""
    put_venv(dev, "version_info = 3.1.4")


def cut_short(dev: ModuleType) -> None:
    """Leave .venv as a run does that was killed while installing."""
    dev.write_stamp(busy=True)


def move(dev: ModuleType) -> None:
    """Have .venv copied from another checkout, whose code it would run."""
    dev.write_stamp(**{**dev.read_stamp(), "root": "/elsewhere"})


@pytest.mark.parametrize("damage", [lose_python, lose_config, change_python, cut_short, move])
def test_a_broken_venv_is_made_again(
    dev: ModuleType, installs: list[list[str]], damage: Callable[[ModuleType], None]
) -> None:
    """A .venv that is half-made, lost its Python, or belongs to another Python or folder is replaced."""
    dev.prepare(dev.TRYING)
    (dev.VENV / "old").touch()
    damage(dev)
    dev.prepare(dev.TRYING)
    assert len(installs) == 2
    assert not (dev.VENV / "old").exists()
    assert dev.is_sound()


def test_a_venv_made_by_hand_is_kept(dev: ModuleType, installs: list[list[str]]) -> None:
    """A sound .venv that the script did not make is installed into, not replaced."""
    put_venv(dev)
    (dev.VENV / "mine").touch()
    dev.prepare(dev.TRYING)
    assert len(installs) == 1
    assert (dev.VENV / "mine").exists()


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
@pytest.mark.usefixtures("installs")
def test_an_interrupted_run_leaves_no_venv(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Stopping while .venv is being made leaves nothing behind."""

    def stop(_: list[str]) -> None:
        raise error

    monkeypatch.setattr(dev, "run_quietly", stop)
    with pytest.raises(error):
        dev.prepare(dev.TRYING)
    assert not dev.VENV.exists()


def test_a_failed_addition_leaves_the_venv_usable(
    dev: ModuleType, installs: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """When adding to .venv fails, say without a network, what worked before still works."""

    def fail(_: list[str]) -> None:
        raise dev.DevError("no network")

    dev.prepare(dev.TRYING)
    monkeypatch.setattr(dev, "run_quietly", fail)
    with pytest.raises(dev.DevError):
        dev.prepare(dev.TESTING)
    dev.prepare(dev.TRYING)
    assert len(installs) == 1


def test_an_installers_complaint_is_shown(dev: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """What an installer says is shown when it fails, and only then."""
    dev.run_quietly([sys.executable, "-c", "print('all is well')"])
    with pytest.raises(dev.DevError):
        dev.run_quietly([sys.executable, "-c", "import sys; sys.exit('no such package')"])
    shown = capsys.readouterr()
    assert (shown.out, shown.err.splitlines()) == ("", ["no such package"])


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_says_what_to_install(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], module: str
) -> None:
    """Where Python came without venv or pip, the script leaves with 2, names the package, and makes nothing."""
    find = importlib.util.find_spec
    monkeypatch.setattr(dev.importlib.util, "find_spec", lambda name: None if name == module else find(name))
    monkeypatch.setattr(dev, "lends_pip", lambda _: False)
    assert dev.main(["demo"]) == 2
    assert "apt install python{}.{}-venv".format(*sys.version_info) in capsys.readouterr().err
    assert not dev.VENV.exists()


def test_further_arguments_go_to_the_first_command(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments after the verb reach its first command; the others run all the same, and the first failure counts."""
    seen: list[list[str]] = []

    def run(command: list[str]) -> int:
        seen.append(command[1:])
        return len(seen) - 1

    monkeypatch.setattr(dev, "run", run)
    assert dev.perform(dev.VERBS["lint"], ["--fix"]) == 1
    assert seen == [["-m", "ruff", "check", "--fix"], ["-m", "ruff", "format", "--check"], []]


def test_a_broken_link_fails_the_documentation(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings of zensical end the build, what an earlier one left is not trusted, and further arguments go to it."""
    seen: list[list[str]] = []

    def run(command: list[str]) -> int:
        seen.append(command[1:])
        return 1

    monkeypatch.setattr(dev, "run", run)
    assert dev.perform(dev.VERBS["docs"], ["--help"]) == 1
    assert seen == [["-m", "zensical", "build", "--clean", "--strict", "--help"]]


def test_the_documentation_is_built_by_one_version(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's tool is pinned, and building the site installs no tools but that one."""
    monkeypatch.setattr(dev, "ROOT", ROOT)
    editable, package, *tools = dev.requirements(dev.load_project(), dev.VERBS["docs"].needs)
    assert (editable, package) == ("-e", ".[cli]")
    assert [tool.partition("==")[0] for tool in tools] == ["zensical"]
    assert "==" in tools[0]


def test_the_verbs_code_is_the_scripts(dev: ModuleType) -> None:
    """The script leaves with the code of the command, and with 128 and the signal where one ended it."""
    assert dev.run([sys.executable, "-c", "raise SystemExit(5)"]) == 5
    if sys.platform != "win32":
        assert dev.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 15)"]) == 143


@pytest.mark.usefixtures("installs")
def test_interrupting_leaves_with_130(dev: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no traceback."""

    def interrupt(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(dev.signal, "signal", lambda *_: None)
    monkeypatch.setattr(dev, "perform", interrupt)
    assert dev.main(["demo"]) == 130


def test_a_damaged_stamp_is_no_stamp(dev: ModuleType, installs: list[list[str]]) -> None:
    """A stamp that cannot be read makes the script install again, not fail."""
    dev.prepare(dev.TRYING)
    dev.STAMP.write_text(json.dumps(["what"]), "utf-8")
    dev.prepare(dev.TRYING)
    assert len(installs) == 2
