"""Pictures in a terminal: by its own protocol where it has one, else in coloured half-blocks.

Which terminal it is, its environment says: kitty's protocol is spoken by kitty, Ghostty, WezTerm and Konsole, and
iTerm2's by iTerm2, mintty and the terminals of VS Code and Warp. A multiplexer passes neither on.

https://sw.kovidgoyal.net/kitty/graphics-protocol/, https://iterm2.com/documentation-images.html
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

#: What a picture takes at most, in rows and columns of the terminal; a character is about twice as high as wide.
ROWS, COLUMNS = 10, 40

_KITTY_PIECE = 4096
_KITTY_TERMS = frozenset({"xterm-kitty", "xterm-ghostty", "wezterm"})
_KITTY_PROGRAMS = frozenset({"ghostty", "WezTerm", "kitty"})
_ITERM_PROGRAMS = frozenset({"iTerm.app", "mintty", "vscode", "WarpTerminal"})

#: Nothing larger is decoded here: a rendition has at most 1440 pixels to a side.
_MOST_PIXELS = 1440 * 1440 * 2


_Pixel = NDArray[np.int64]


class Protocol(StrEnum):
    """How a terminal shows pictures."""

    KITTY = "kitty"
    ITERM = "iterm"
    #: Half-blocks in 24-bit colour, and in the 256 colours of older terminals.
    TRUE_COLOUR = "true colour"
    COLOURS = "256 colours"

    @property
    def is_graphics(self) -> bool:
        """Whether it shows real pixels."""
        return self in {Protocol.KITTY, Protocol.ITERM}


def protocol_of(environment: Mapping[str, str]) -> Protocol | None:
    """What a terminal with this environment can do; None: not even colours."""
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    multiplexed = bool(
        environment.get("TMUX") or environment.get("STY") or term.startswith(("screen", "tmux"))
    )
    if not multiplexed:
        konsole = environment.get("KONSOLE_VERSION", "")
        if (
            term in _KITTY_TERMS
            or program in _KITTY_PROGRAMS
            or environment.get("KITTY_WINDOW_ID")
            or (konsole.isdigit() and int(konsole) >= 220400)
        ):
            return Protocol.KITTY
        if program in _ITERM_PROGRAMS or environment.get("LC_TERMINAL") == "iTerm2":
            return Protocol.ITERM
    if term in {"", "dumb"}:
        return None
    if environment.get("COLORTERM") in {"truecolor", "24bit"}:
        return Protocol.TRUE_COLOUR
    return Protocol.COLOURS


@dataclass(frozen=True, slots=True)
class _Fit:
    """The size of a picture on the terminal, characters."""

    rows: int
    columns: int


def draw(data: bytes, protocol: Protocol, *, columns: int = COLUMNS) -> str:
    """What shows this JPEG or WebP on the terminal, with the end of its last line.

    Raises:
        OSError: it can't be read, or is larger than a rendition is.
    """
    with Image.open(io.BytesIO(data), formats=("JPEG", "WEBP", "PNG")) as opened:
        if opened.width * opened.height > _MOST_PIXELS:
            raise OSError("the picture is too large")
        picture = opened.convert("RGB")
    fit = _fitted(picture.width, picture.height, columns=max(1, min(columns, COLUMNS)))
    match protocol:
        case Protocol.KITTY:
            return _kitty(picture, fit)
        case Protocol.ITERM:
            return _iterm(picture, fit)
        case _:
            return _half_blocks(picture, fit, true_colour=protocol is Protocol.TRUE_COLOUR)


def _fitted(width: int, height: int, *, columns: int) -> _Fit:
    scale = min(columns / width, 2 * ROWS / height)
    return _Fit(rows=max(1, round(height * scale / 2)), columns=max(1, round(width * scale)))


def _png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return base64.b64encode(out.getvalue())


def _kitty(picture: Image.Image, fit: _Fit) -> str:
    data = _png(picture).decode()
    pieces = [data[start : start + _KITTY_PIECE] for start in range(0, len(data), _KITTY_PIECE)]
    said = []
    for number, piece in enumerate(pieces):
        # q=2: the terminal answers nothing, so that nothing is typed into the shell.
        head = f"a=T,f=100,q=2,c={fit.columns},r={fit.rows}," if number == 0 else ""
        said.append(f"\x1b_G{head}m={int(number + 1 < len(pieces))};{piece}\x1b\\")
    return "".join(said) + "\n"


def _iterm(picture: Image.Image, fit: _Fit) -> str:
    data = _png(picture).decode()
    return f"\x1b]1337;File=inline=1;width={fit.columns};height={fit.rows}:{data}\x07\n"


def _half_blocks(picture: Image.Image, fit: _Fit, *, true_colour: bool) -> str:
    """Two pixels to a character: the upper one in the colour of the sign, the lower one in that behind it."""
    small = picture.resize((fit.columns, 2 * fit.rows), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int64)
    colour = _true if true_colour else _of_256
    lines = []
    for upper, lower in zip(pixels[::2], pixels[1::2], strict=True):
        cells = [
            f"\x1b[38;{colour(top)};48;{colour(bottom)}m▀" for top, bottom in zip(upper, lower, strict=True)
        ]
        lines.append("".join(cells) + "\x1b[0m\n")
    return "".join(lines)


def _true(pixel: _Pixel) -> str:
    return f"2;{pixel[0]};{pixel[1]};{pixel[2]}"


def _of_256(pixel: _Pixel) -> str:
    """The nearest of the cube of 6 x 6 x 6 colours."""
    red, green, blue = ((int(value) * 5 + 127) // 255 for value in pixel)
    return f"5;{16 + 36 * red + 6 * green + blue}"
