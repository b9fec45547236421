"""The command line's frame: exit codes, one line for each failure, progress and JSON."""

import io
import json
import os
import pwd
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from appliance.cli import __main__ as program
from appliance.cli import main as cli
from appliance.cli.context import Progress, bytes_text, print_json
from appliance.errors import NotFound, UsageError


def call(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).parent / "scene-sense"
    return subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, check=False, env=environment or None
    )


@pytest.mark.parametrize("arguments", [["nonsense"], ["--nonsense"], ["db"], ["db", "new"], ["up", "--bind"]])
def test_wrong_usage_is_one_line_and_code_2(arguments: list[str]) -> None:
    done = call(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("scene-sense: ")
    assert done.stderr.count("\n") == 1


def test_settings_that_are_wrong_are_a_line_each_and_code_1(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("BIND=nowhere\nNONSENSE=1\n")
    done = call("--env-file", str(tmp_path / "env"), "db", "check")
    assert done.returncode == 1
    assert [line[:13] for line in done.stderr.splitlines()] == ["scene-sense: "] * 2


def test_every_verb_explains_itself() -> None:
    names = {
        command.name or getattr(command.callback, "__name__", "") for command in cli.app.registered_commands
    }
    for name in names | {group.name for group in cli.app.registered_groups}:
        assert call(str(name), "--help").stdout.startswith(f"Usage: scene-sense {name} ")
    assert call("--version").stdout.startswith("scene-sense ")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (NotFound("It is gone."), 1, "scene-sense: It is gone.\n"),
        (UsageError("Not like that."), 2, "scene-sense: Not like that.\n"),
        (RuntimeError("oh"), 1, "scene-sense: this should not happen: RuntimeError: oh"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_no_error_becomes_a_traceback(
    error: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(*, standalone_mode: bool) -> None:
        raise error

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code
    said = capsys.readouterr().err
    assert said.startswith(line)
    assert "Traceback" not in said


def test_progress_is_plain_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with Progress("Importing", total=3, stream=stream) as progress:
        progress.advance(2)
        progress.note("b.jpg: damaged")
        progress.advance()
    lines = stream.getvalue().splitlines()
    assert lines[0] == "b.jpg: damaged"
    assert lines[-1].startswith("Importing: 3/3 (")
    assert "\x1b" not in stream.getvalue()


def test_quiet_progress_says_nothing() -> None:
    stream = io.StringIO()
    with Progress("Importing", quiet=True, stream=stream) as progress:
        progress.advance()
        progress.note("a.jpg")
    assert stream.getvalue() == ""


def test_json_has_ids_times_and_paths_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"id": UUID(int=1), "at": datetime(2026, 1, 2, tzinfo=UTC), "path": Path("/x")})
    said = json.loads(capsys.readouterr().out)
    assert said == {"id": str(UUID(int=1)), "at": "2026-01-02T00:00:00Z", "path": "/x"}


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (3_200_000, "3.2 MB"), (10**15, "1000.0 TB")],
)
def test_sizes_read_well(count: int, text: str) -> None:
    assert bytes_text(count) == text


def test_a_folder_without_a_name_is_wrong_usage() -> None:
    # What a script says that quotes a variable which is not set.
    for arguments in (["up", "--data", ""], ["--data", "", "db", "check"]):
        done = call(*arguments)
        assert done.returncode == 2
        assert "Invalid value for '--data'" in done.stderr


def test_an_env_file_may_be_given_to_up_as_well(tmp_path: Path) -> None:
    (tmp_path / "env").write_text("BIND=127.0.0.1:70000\n")
    done = call("up", "--env-file", str(tmp_path / "env"))
    assert (done.returncode, done.stderr) == (1, "scene-sense: BIND: must have a port of at most 65535\n")


def test_ctrl_c_while_it_is_still_loading_is_quiet() -> None:
    program = """
import os, signal, sys
class Interrupts:
    def find_spec(self, name, *_):
        if name == "numpy":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupts())
from appliance.cli.__main__ import main
main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_user_without_a_name_gets_a_home_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    # As in a container that was given a number; libraries fail for want of a home while they are loaded.
    def without(user: int) -> object:
        raise KeyError(user)

    monkeypatch.setenv("HOME", "/home/someone")
    program.name_a_home()
    assert os.environ["HOME"] == "/home/someone"
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(pwd, "getpwuid", without)
    program.name_a_home()
    assert os.environ["HOME"] == "/nonexistent"
