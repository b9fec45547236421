"""Columns of text for people."""

import unicodedata
from collections.abc import Sequence

#: Longest cell that the others in its column are lined up to, columns of a terminal.
_WIDEST = 40


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows as lines, their cells below each other; columns that are empty everywhere are left out."""
    plain = [[printable(cell) for cell in row] for row in rows]
    columns = [index for index in range(len(plain[0]) if plain else 0) if any(row[index] for row in plain)]
    widths = {index: min(_WIDEST, max(_width(row[index]) for row in plain)) for index in columns}
    return ["  ".join(_padded(row[index], widths[index]) for index in columns).rstrip() for row in plain]


def printable(text: str) -> str:
    """The text on one line and without what a terminal would take for orders."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _width(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
