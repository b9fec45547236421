"""A long import over HTTP, with a server that dies and a person who stops it."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.settings import CLIENT_KEY, CLIENT_SERVER
from tests.support.home import picture
from tests.support.remote import Script, make_key
from tests.support.up import Up
from tests.support.waiting import eventually

pytestmark = pytest.mark.acceptance

PICTURES = 200


@pytest.fixture
def album(tmp_path: Path) -> Path:
    for number in range(PICTURES):
        (tmp_path / f"{number:03}.jpg").write_bytes(picture(number, width=320, height=240))
    return tmp_path


@pytest.fixture
def up(reachable_path: Path) -> Iterator[Up]:
    with Up(reachable_path / "data", FREE_SPACE_FLOOR_BYTES="0") as running:
        yield running


class Import:
    """``scene-sense import FOLDER --json`` in a process of its own."""

    def __init__(self, folder: Path, server: str, key: str) -> None:
        program = Path(sys.executable).parent / "scene-sense"
        self._process = subprocess.Popen(
            [str(program), "import", str(folder), "--json", "--jobs", "2"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {CLIENT_SERVER: server, CLIENT_KEY: key},
        )

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, list[dict[str, Any]], str]:
        """Its exit code, a line for each file and the summary, and what it said besides."""
        out, err = self._process.communicate(timeout=300)
        return self._process.returncode, [json.loads(line) for line in out.splitlines()], err


def hashes(script: Script) -> set[str]:
    found = [asset["sha256"] for asset in script.assets()]
    assert len(found) == len(set(found))
    return set(found)


def test_an_import_outlives_a_server_that_dies_under_it(up: Up, album: Path) -> None:
    key = make_key(up.url, up.setup_token())
    with Script(up.url, key) as script:
        running = Import(album, up.url, key)
        eventually(lambda: script.get_json("/api/status")["assets"] > 20, 60)
        os.kill(up.child("web.serve"), signal.SIGKILL)
        code, lines, said = running.end()
        assert code == 0, said
        assert said.count("trying again") == 1
        assert len(lines) == PICTURES + 1
        summary = lines[-1]["summary"]
        assert summary["stored"] + summary["duplicate"] == PICTURES
        assert hashes(script) == {hashlib.sha256(path.read_bytes()).hexdigest() for path in album.iterdir()}


def test_an_import_that_was_stopped_goes_on_where_it_was(up: Up, album: Path) -> None:
    key = make_key(up.url, up.setup_token())
    with Script(up.url, key) as script:
        running = Import(album, up.url, key)
        eventually(lambda: script.get_json("/api/status")["assets"] > 20, 60)
        running.interrupt()
        code, lines, said = running.end()
        assert (code, said) == (130, "")
        first = lines[-1]["summary"]
        assert first["stored"] > 0
        assert first["left"] == PICTURES - first["stored"]

        code, lines, _ = Import(album, up.url, key).end()
        assert code == 0
        second = lines[-1]["summary"]
        # What was on its way when it was stopped may have arrived.
        assert first["stored"] <= second["duplicate"] <= first["stored"] + 2
        assert second["stored"] + second["duplicate"] == PICTURES
        assert len(hashes(script)) == PICTURES
