"""``scene-sense search``: the whole query, and what is done with what was found, on the server and over HTTP."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from appliance.db import accounts
from appliance.library.embed import claim, embed
from appliance.library.keys import create_key
from appliance.records.accounts import Scope
from tests.conftest import MakeSettings
from tests.support.cli import Desk, Said, elsewhere, listening, on_the_server
from tests.support.home import open_home, parts_of
from tests.support.web import open_web

PHOTOS = sorted((Path(__file__).parents[1] / "data" / "photos" / "images").glob("*.jpg"))[:10]

CALL = "a plate of food"


@dataclass(frozen=True, slots=True)
class Desks:
    """Somebody on the server itself, and the same person elsewhere with a key."""

    here: Desk
    elsewhere: Desk

    async def both(self, *arguments: str) -> tuple[Said, Said]:
        """What both are told."""
        return await self.here.type(*arguments), await self.elsewhere.type(*arguments)


@pytest.fixture
async def desks(make_settings: MakeSettings, database_url: str) -> AsyncIterator[Desks]:
    settings = make_settings(
        database_url=database_url, redis_url="redis://127.0.0.1:1", free_space_floor_bytes=0
    )
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(open_web(settings))
        async with web.client() as browser:
            await web.set_up(browser)
        anna = await accounts.find_first_admin(web.db)
        assert anna is not None
        scopes = frozenset({Scope.SEARCH_READ, Scope.ASSET_READ})
        _, key = await create_key(
            web.db, user_id=anna.id, role=anna.role, name="test", scopes=scopes, expires_days=1
        )
        here = on_the_server(web)
        await here.import_json(*map(str, PHOTOS), "--folder", "Photos", "--tag", "real")
        async with open_home(settings) as home:
            parts = parts_of(home)
            while claims := await claim(parts, limit=64):
                await embed(parts, claims)
        url = await stack.enter_async_context(listening(web))
        yield Desks(here, elsewhere(web, url, key))


def ids(said: Said) -> list[str]:
    return [hit["id"] for hit in said.json["items"]]


async def test_the_query_is_read_as_in_the_box_and_both_ways_give_the_same(desks: Desks) -> None:
    name = PHOTOS[3].name
    for query in (
        CALL,
        f"{CALL} -snow",
        f"2*food + street tag:REAL folder:Photos name:{PHOTOS[3].stem}",
        f"name:{name},{PHOTOS[4].name}",
        "-tag:real",
        f"{CALL} before:1990",
    ):
        here, there = await desks.both("search", "--strength", "all", "--json", "--", query)
        assert (here.code, there.code) == (0, 0), (here, there)
        assert ids(here) == ids(there), query
        assert (here.json["flaws"], here.json["matched"]) == (there.json["flaws"], there.json["matched"])
    only = await desks.here.type("search", f"food name:{name}", "--strength", "all")
    assert [line.split()[2] for line in only.out.splitlines()] == [name]


async def test_what_cannot_be_understood_is_said_on_stderr_and_the_rest_is_searched(desks: Desks) -> None:
    for said in await desks.both("search", f"{CALL} before:yesterdy", "--strength", "all"):
        assert said.code == 0
        assert len(said.out.splitlines()) == len(PHOTOS)
        assert "`before:yesterdy`: This is no date." in said.err
        assert "Did you mean `before:yesterday`?" in said.err
    for said in await desks.both("search", f"{CALL} before:yesterdy", "--strength", "all", "--json"):
        assert [flaw["code"] for flaw in said.json["flaws"]] == ["value.date"]


async def test_pictures_of_the_library_and_others_are_queries_too(desks: Desks) -> None:
    first = ids(await desks.here.type("search", CALL, "--strength", "all", "--json"))[0]
    answers = {}
    for name, query in {
        "like": ["--like", first],
        "half": [CALL, "--like", f"0.5*{first}"],
        "unlike": [CALL, "--like", f"-1*{first}"],
        "picture": ["--picture", str(PHOTOS[5])],
        "both": ["snow", "--picture", str(PHOTOS[5])],
    }.items():
        here, there = await desks.both("search", *query, "--strength", "all", "--json")
        assert (here.code, there.code) == (0, 0), (here, there)
        assert ids(here) == ids(there), name
        answers[name] = here.json["items"]
    assert first not in {hit["id"] for name in ("like", "half", "unlike") for hit in answers[name]}
    assert answers["picture"][0]["asset"]["filename"] == PHOTOS[5].name
    assert [hit["id"] for hit in answers["picture"]] != [hit["id"] for hit in answers["both"]]
    for said in await desks.both("search", "--picture", str(PHOTOS[5]), "--json"):
        assert ids(said)[0] == answers["picture"][0]["id"]
    row = await desks.here.web.db.fetch("SELECT count(*) AS n FROM asset")
    assert row[0]["n"] == len(PHOTOS)


async def test_an_answer_ends_where_chance_begins_and_more_goes_on(desks: Desks) -> None:
    for desk in (desks.here, desks.elsewhere):
        cut = (await desk.type("search", CALL, "--json")).json
        everything = (await desk.type("search", CALL, "--strength", "all", "--json")).json
        more = await desk.type("search", CALL, "--more", "--json")
        assert cut["cut"]["strength"] == "balanced"
        assert 0 < len(cut["items"]) < len(PHOTOS)
        assert cut["more_below"]
        assert [hit["id"] for hit in cut["items"]] == ids(more)[: len(cut["items"])]
        assert ids(more) == [hit["id"] for hit in everything["items"]]
        plain = await desk.type("search", CALL)
        assert plain.err == "less likely ones are left out; --more shows them\n"
        assert re.match(r"\+\d+\.\d ", plain.out)
        nothing = await desk.type("search", "a volcanic eruption with lava", "--strength", "strict")
        assert (nothing.code, nothing.out) == (0, "")
        assert nothing.err.startswith("nothing found; the nearest:\n  ")


async def test_feedback_moves_the_answer(desks: Desks) -> None:
    plain = ids(await desks.here.type("search", CALL, "--strength", "all", "--json"))
    told = ("search", CALL, "--strength", "all", "--right", plain[5], "--wrong", plain[0], "--json")
    here, there = await desks.both(*told)
    assert ids(here) == ids(there)
    assert ids(here).index(plain[5]) < 5


async def test_originals_are_copied_and_a_second_time_none(desks: Desks, tmp_path: Path) -> None:
    for number, desk in enumerate((desks.here, desks.elsewhere)):
        folder = tmp_path / str(number)
        wanted = ("search", f"name:{PHOTOS[0].name},{PHOTOS[1].name}", "--copy-to", str(folder))
        said = await desk.type(*wanted)
        assert said.code == 0, said
        assert said.err.splitlines()[-1] == f"2 copied to {folder}"
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
            path.name: path.read_bytes() for path in PHOTOS[:2]
        }
        again = await desk.type(*wanted, "--json")
        assert again.err.splitlines()[-1] == f"0 copied to {folder}, 2 there already"
        assert {copy["status"] for copy in again.json["copies"]} == {"there"}
        wrong = await desk.type(*wanted[:3], str(folder / PHOTOS[0].name))
        assert (wrong.code, wrong.err.count("\n")) == (2, 1)


async def test_an_original_that_is_gone_is_told_and_the_rest_is_copied(desks: Desks, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    row = await desks.here.web.db.fetch("SELECT id FROM asset WHERE filename = {}", PHOTOS[0].name)
    lost: UUID = row[0]["id"]
    (desks.here.web.settings.storage_path / str(lost) / PHOTOS[0].name).unlink()
    for number, said in enumerate(
        await desks.both("search", f"name:{PHOTOS[0].name},{PHOTOS[1].name}", "--copy-to", str(folder))
    ):
        assert said.code == 1
        assert f"scene-sense: {lost}: " in said.err
        assert said.err.splitlines()[-1] == (
            f"1 copied to {folder}, 1 failed"
            if number == 0
            else f"0 copied to {folder}, 1 there already, 1 failed"
        )
    assert [path.name for path in folder.iterdir()] == [PHOTOS[1].name]


async def test_found_pictures_are_opened_with_the_desktops_program(
    desks: Desks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = tmp_path / "opened"
    (tmp_path / "bin").mkdir()
    opener = tmp_path / "bin" / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {opened}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", f"{opener.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DISPLAY", ":99")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    for desk in (desks.here, desks.elsewhere):
        assert (await desk.type("search", f"name:{PHOTOS[0].name}", "--open")).code == 0
    here, there = map(Path, opened.read_text().splitlines())
    assert here.read_bytes() == PHOTOS[0].read_bytes()
    assert there.read_bytes()[:3] == b"\xff\xd8\xff"
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    for said in await desks.both("search", CALL, "--open"):
        assert (said.code, said.out, said.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--like", "tree"], "UUID"),
        (["--like", "0*12345678-1234-1234-1234-123456789abc"], "not 0"),
        (["--like", "11*12345678-1234-1234-1234-123456789abc"], "between -10 and 10"),
        (["--picture", "/not/there.jpg"], "/not/there.jpg"),
        (["x" * 10_001], "10,000"),
        (["x", "--strength", "enormous"], "strength"),
        (["  "], "Say what to look for"),
    ],
)
async def test_a_wrong_question_is_one_line(
    make_settings: MakeSettings, arguments: list[str], says: str
) -> None:
    settings = make_settings()
    said = await Desk(None, {"DATA_PATH": str(settings.data_path)}).type("search", *arguments)  # type: ignore[arg-type]
    assert said.code == 2
    assert says in said.err


async def test_a_file_that_is_no_picture_is_refused(desks: Desks, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    for said in await desks.both("search", "--picture", str(tmp_path / "a.jpg")):
        assert (said.code, said.out, said.err.count("\n")) == (1, "", 1), said


async def test_a_terminal_shows_pictures_as_it_can(desks: Desks) -> None:
    name = PHOTOS[0].name
    kitty = {"TERM": "xterm-kitty"}
    for environment, options, shows in (
        (kitty, [], b"\x1b_Ga=T,f=100,q=2,"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, [], b"\x1b]1337;File=inline=1;"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, ["--pictures"], "▀".encode()),
        ({"TERM": "xterm-256color"}, [], None),
        (kitty, ["--no-pictures"], None),
    ):
        desk = desks.elsewhere if shows is None else desks.here
        query = ["search", f"name:{name}", *options]
        said = await asyncio.to_thread(on_a_terminal, query, {**desk.environment, **environment})
        assert name.encode() in said
        assert (b"\x1b" in said) == (shows is not None), environment
        if shows is not None:
            assert said.index(shows) < said.index(name.encode())
    said = await asyncio.to_thread(on_a_terminal, query[:2], {**desks.elsewhere.environment, **kitty})
    assert b"\x1b_Ga=T" in said


async def test_what_is_no_terminal_gets_no_pictures(desks: Desks) -> None:
    said = await desks.here.type("search", f"name:{PHOTOS[0].name}", "--pictures")
    assert said.code == 0
    assert "\x1b" not in said.out
    assert said.err == "pictures are shown in a terminal only\n"


def on_a_terminal(arguments: list[str], environment: Mapping[str, str]) -> bytes:
    """What the program writes to a terminal of 80 columns."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    plain = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    program = Path(sys.executable).parent / "scene-sense"
    process: subprocess.Popen[Any] = subprocess.Popen(
        [program, *arguments], stdin=inner, stdout=inner, stderr=inner, env={**plain, **environment}
    )
    os.close(inner)
    said = b""
    try:
        while True:
            piece = os.read(outer, 65536)
            if not piece:
                break
            said += piece
    except OSError:
        # So Linux says that nobody writes to a terminal any more.
        pass
    finally:
        os.close(outer)
    assert process.wait(30) == 0, said
    return said
