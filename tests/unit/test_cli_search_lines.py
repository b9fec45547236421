"""What a search says besides its hits, and pictures in a terminal."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from appliance.cli.opening import find_opener
from appliance.cli.search_lines import FLAWS, remarks
from appliance.cli.terminal_pictures import COLUMNS, ROWS, Protocol, draw, protocol_of
from appliance.cli.views import AnswerView, FlawView
from appliance.errors import UsageError

LOCALE = Path(__file__).parents[2] / "web/ui/src/locales/en.json"


def answer(**changes: object) -> AnswerView:
    return AnswerView.model_validate({"items": [], "exact": True, "model": "m", "took_ms": 1.0, **changes})


def test_flaws_are_said_as_the_page_says_them() -> None:
    said = json.loads(LOCALE.read_text(encoding="utf-8"))
    prefix = "query.flaw."
    assert {key.removeprefix(prefix): said[key] for key in said if key.startswith(prefix)} == FLAWS


def test_a_flaw_names_its_place_and_what_was_meant() -> None:
    flaw = FlawView(start=4, end=20, code="value.date", meant="before:yesterday")
    line, nothing = remarks(answer(flaws=[flaw]), "dog before:yesterdy")
    assert line.startswith("`before:yesterdy`: This is no date.")
    assert line.endswith("Did you mean `before:yesterday`?")
    assert nothing == "nothing found"


def test_an_unknown_code_of_a_newer_server_is_said_as_it_is() -> None:
    flaw = FlawView(start=0, end=1, code="new.\x1bcode")
    assert list(remarks(answer(flaws=[flaw], notes=["other"], degraded="why"), "\x1bx"))[:3] == [
        "` `: new. code",
        "Only names, tags and other texts were searched.",
        "other",
    ]


@pytest.mark.parametrize(
    ("environment", "protocol"),
    [
        ({"TERM": "xterm-kitty"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "230804"}, Protocol.KITTY),
        ({"TERM": "xterm-256color", "KONSOLE_VERSION": "200400"}, Protocol.COLOURS),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, Protocol.ITERM),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, Protocol.ITERM),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/x"}, Protocol.COLOURS),
        ({"TERM": "screen", "TERM_PROGRAM": "iTerm.app", "COLORTERM": "truecolor"}, Protocol.TRUE_COLOUR),
        ({"TERM": "dumb"}, None),
        ({}, None),
    ],
)
def test_what_a_terminal_can_do_is_told_by_its_environment(
    environment: dict[str, str], protocol: Protocol | None
) -> None:
    assert protocol_of(environment) == protocol


def picture(width: int, height: int) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (height, width, 3)).astype(np.uint8)
    noise[: height // 2] = (255, 0, 0)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, "WEBP", lossless=True)
    return out.getvalue()


def test_kitty_gets_the_whole_picture_in_pieces_and_answers_nothing() -> None:
    said = draw(picture(320, 240), Protocol.KITTY)
    pieces = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", said)
    assert len(pieces) > 1
    assert all(len(data) <= 4096 for _, data in pieces)
    assert pieces[0][0] == "a=T,f=100,q=2,c=27,r=10,m=1"
    assert [keys for keys, _ in pieces[1:]] == ["m=1"] * (len(pieces) - 2) + ["m=0"]
    sent = base64.b64decode("".join(data for _, data in pieces))
    assert Image.open(io.BytesIO(sent)).size == (320, 240)


def test_iterm_gets_the_picture_inline() -> None:
    found = re.fullmatch(
        r"\x1b\]1337;File=inline=1;width=40;height=5:(.*)\x07\n", draw(picture(400, 100), Protocol.ITERM)
    )
    assert found is not None
    assert Image.open(io.BytesIO(base64.b64decode(found[1]))).size == (400, 100)


@pytest.mark.parametrize(
    ("protocol", "red"), [(Protocol.TRUE_COLOUR, "38;2;255;0;0"), (Protocol.COLOURS, "38;5;196")]
)
def test_half_blocks_keep_the_shape_and_the_colours(protocol: Protocol, red: str) -> None:
    lines = draw(picture(200, 200), protocol).splitlines()
    assert len(lines) == ROWS
    assert {line.count("▀") for line in lines} == {2 * ROWS}
    assert lines[0].startswith(f"\x1b[{red}")
    assert all(line.endswith("\x1b[0m") for line in lines)


@pytest.mark.parametrize("size", [(1, 1), (2000, 1), (1, 2000)])
def test_odd_shapes_fit_as_well(size: tuple[int, int]) -> None:
    lines = draw(picture(*size), Protocol.TRUE_COLOUR).splitlines()
    assert 1 <= len(lines) <= ROWS
    assert 1 <= lines[0].count("▀") <= COLUMNS


def test_what_is_no_picture_or_too_large_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (4000, 3000)).save(out, "PNG")
    for wrong in (b"", b"GIF89a", out.getvalue()):
        with pytest.raises(OSError):
            draw(wrong, Protocol.KITTY)


def test_without_a_desktop_nothing_is_opened(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(UsageError, match="no desktop here"):
        find_opener()
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="no xdg-open here"):
        find_opener()
