"""What is being written at the cursor of the search box: a value of a clause, a word, or nothing yet.

It reads as ``query_syntax`` does, and keeps where everything stands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from appliance.library.query_syntax import FIELDS

_QUOTES = '"“”„‟«»'
_MINUS = "-−–"
_BLANKS = re.compile(r"\s*")
_FACTOR = re.compile(r"\d{1,6}(?:[.,]\d{1,6})?\s*\*\s*(?=\S)")
_FIELD = re.compile(r"([A-Za-z]{1,30}):")
_WORD = re.compile(rf"[^\s{_QUOTES}]+")
_BARE = re.compile(rf"[^\s,{_QUOTES}]+")
_QUOTED = re.compile(rf"[{_QUOTES}](?:\\.|[^\\{_QUOTES}])*\\?[{_QUOTES}]?", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

#: Words before the cursor that may belong to one name with it.
_MOST_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Place:
    """What a suggestion takes the place of: the characters from ``start`` to ``end``, ``typed`` before the cursor."""

    start: int
    end: int
    typed: str
    #: The clause whose value it is; None: a word.
    name: str | None = None
    #: The same with one, two and more words before it, as one name: where they start, and what they say.
    longer: tuple[tuple[int, str], ...] = ()


def place_at(text: str, at: int) -> Place:
    """What is being written at this position, 0 to the length of the text; never fails."""
    text = _CONTROL.sub(" ", text)
    at = max(0, min(at, len(text)))
    # A word takes its end: "se|" is being written, and what begins there is not.
    return next((place for place in _places(text, at) if place.start <= at <= place.end), Place(at, at, ""))


def _places(text: str, at: int) -> Iterator[Place]:
    place = 0
    before: list[int] = []
    while True:
        place = _skip(_BLANKS, text, place)
        if place > at or place == len(text):
            if before and at == place == len(text):
                yield Place(at, at, "", longer=_longer(text, before, at))
            return
        start = place
        place = _skip_signs(text, place)
        signed = place > start
        field = _FIELD.match(text, place)
        if field and field.group(1).lower() in FIELDS:
            name, place = field.group(1).lower(), field.end()
            before = []
            for value in _values(text, place, at, name):
                yield value
                place = max(place, value.end)
            place = _after_comma(text, place)
        elif place < len(text) and text[place] in _QUOTES:
            end = _skip(_QUOTED, text, place)
            yield Place(place, end, _said(text[place : min(at, end)]))
            place, before = end, []
        elif place < len(text):
            end = _skip(_WORD, text, place)
            before = [] if signed else before
            yield Place(place, end, text[place:at], longer=_longer(text, before, at))
            before = [] if signed and text[start] in _MINUS else [*before, place]
            place = end


def _values(text: str, place: int, at: int, name: str) -> Iterator[Place]:
    """The values of a clause; where the cursor is at none of them, an empty one there."""
    while True:
        start = _skip(_BLANKS, text, place)
        if place <= at < start or (at == start == len(text)):
            yield Place(at, at, "", name)
            return
        pattern = _QUOTED if start < len(text) and text[start] in _QUOTES else _BARE
        end = _skip(pattern, text, start)
        if start == end:
            yield Place(start, start, "", name)
        else:
            yield Place(start, end, _said(text[start : min(at, end)]), name)
        if end == len(text) or text[end] != ",":
            return
        place = end + 1


def _after_comma(text: str, place: int) -> int:
    """Past a comma that nothing follows, so that reading goes on."""
    return place + 1 if place < len(text) and text[place] == "," else place


def _skip_signs(text: str, place: int) -> int:
    """Past what gives a word its weight: ``+``, ``-``, ``2*``."""
    for signs in ("+", _MINUS):
        if place < len(text) and text[place] in signs:
            place += 1
    return _skip(_FACTOR, text, place)


def _longer(text: str, before: list[int], at: int) -> tuple[tuple[int, str], ...]:
    return tuple((start, text[start:at]) for start in reversed(before[-_MOST_BEFORE:]))


def _said(written: str) -> str:
    if written[:1] not in _QUOTES or not written:
        return written
    inner = written[1:-1] if len(written) > 1 and written[-1] in _QUOTES else written[1:]
    return _ESCAPE.sub(r"\1", inner)


def _skip(pattern: re.Pattern[str], text: str, place: int) -> int:
    found = pattern.match(text, place)
    return found.end() if found else place
