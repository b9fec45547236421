"""How what is being written in the search box may go on.

At a value of a clause its names are suggested; at a word whatever has that name, and searches of before. What begins
so comes before what has it within, and of these what finds more comes first; capitals and accents don't matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from appliance.library.query_meaning import query_of
from appliance.library.query_places import Place, place_at
from appliance.library.query_syntax import FIELDS, write_query
from appliance.library.vocabulary import Vocabulary, Word
from appliance.library.wording import fold
from appliance.records.albums import SavedSearch
from appliance.records.helps import Name, RecentSearch, Suggestion, SuggestionKind
from appliance.records.leaves import Orientation
from appliance.records.query import Clause, Query

#: Most suggestions of one kind where several kinds are suggested.
MOST_OF_KIND = 5

#: Signs behind which a word of a name begins.
_SEPARATORS = frozenset(" /-_.,:;()[]+&")

_KIND_OF: Mapping[str, SuggestionKind] = {
    "tag": SuggestionKind.TAG,
    "folder": SuggestionKind.FOLDER,
    "album": SuggestionKind.ALBUM,
    "camera": SuggestionKind.CAMERA,
    "owner": SuggestionKind.OWNER,
    "year": SuggestionKind.YEAR,
    "before": SuggestionKind.YEAR,
    "after": SuggestionKind.YEAR,
    "type": SuggestionKind.TYPE,
}

#: By which clause a name of a kind is said where a word stands, in the order in which kinds are suggested.
_CLAUSE_OF: Mapping[SuggestionKind, str] = {
    SuggestionKind.TAG: "tag",
    SuggestionKind.ALBUM: "album",
    SuggestionKind.FOLDER: "folder",
    SuggestionKind.OWNER: "owner",
    SuggestionKind.CAMERA: "camera",
}

#: Values that are the same for everybody.
_FIXED: Mapping[str, tuple[str, ...]] = {
    "is": ("favourite", "expiring", "untagged", "undated"),
    "orientation": tuple(Orientation),
    "rating": ("5", "4", "3", "2", "1"),
    "owner": ("me",),
    "before": ("today", "yesterday"),
    "after": ("today", "yesterday"),
    "uploaded": ("today", "yesterday"),
    "expires": ("7d", "30d"),
    "larger": ("1MB", "10MB", "12MP"),
    "smaller": ("1MB", "10MB", "12MP"),
}


@dataclass(frozen=True, slots=True)
class Before:
    """What a person searched before: what they keep, and what they looked for lately, the latest first."""

    saved: tuple[SavedSearch, ...] = ()
    recent: tuple[RecentSearch, ...] = ()


class _Ranked(NamedTuple):
    rank: int
    group: int
    place: int
    suggestion: Suggestion


def suggest(text: str, at: int, vocabulary: Vocabulary, before: Before, *, limit: int) -> list[Suggestion]:
    """Suggestions for the cursor at this position of a text, best first; never fails."""
    place = place_at(text, at)
    if place.name is not None:
        return _best(_values(place, place.name, vocabulary), limit, most=limit)
    return _best(_words(text, at, place, vocabulary, before), limit, most=MOST_OF_KIND)


def _best(ranked: Iterable[_Ranked], limit: int, *, most: int) -> list[Suggestion]:
    taken: dict[SuggestionKind, int] = {}
    texts: set[str] = set()
    best = []
    for each in sorted(ranked, key=lambda one: one[:3]):
        suggestion = each.suggestion
        if suggestion.text in texts or taken.get(suggestion.kind, 0) >= most:
            continue
        taken[suggestion.kind] = taken.get(suggestion.kind, 0) + 1
        texts.add(suggestion.text)
        best.append(suggestion)
        if len(best) == limit:
            break
    return best


def _values(place: Place, name: str, vocabulary: Vocabulary) -> Iterator[_Ranked]:
    typed = fold(place.typed).lstrip("/=")
    kind = _KIND_OF.get(name)
    if kind is not None:
        for number, word in enumerate(vocabulary.words.get(kind, ())):
            rank = _rank(word, typed)
            if rank is not None:
                yield _Ranked(
                    rank, 0, number, _put(word.name, place.start, place.end, _value(name, word.name))
                )
    for number, value in enumerate(_FIXED.get(name, ())):
        if value.startswith(typed):
            fixed = Name(SuggestionKind.FILTER, value, value)
            yield _Ranked(0, 1, number, _put(fixed, place.start, place.end, value))


def _words(text: str, at: int, place: Place, vocabulary: Vocabulary, before: Before) -> Iterator[_Ranked]:
    typed = fold(place.typed)
    if typed:
        for group, (kind, clause) in enumerate(_CLAUSE_OF.items()):
            for number, word in enumerate(vocabulary.words.get(kind, ())):
                rank = _rank(word, typed)
                if rank is not None:
                    said = _clause(clause, word.name)
                    yield _Ranked(rank, group, number, _put(word.name, place.start, place.end, said))
        yield from _filters(place, typed)
    for start, said in place.longer:
        yield from _longer_names(start, place.end, fold(said), vocabulary)
    if not text[at:].strip():
        yield from _searches(text, fold(" ".join(text.split())), before)


def _longer_names(start: int, end: int, typed: str, vocabulary: Vocabulary) -> Iterator[_Ranked]:
    """Names of several words, of which the last one is being written: they have to begin so."""
    for group, (kind, clause) in enumerate(_CLAUSE_OF.items()):
        for number, word in enumerate(vocabulary.words.get(kind, ())):
            if word.last.startswith(typed) or word.whole.startswith(typed):
                yield _Ranked(0, group, number, _put(word.name, start, end, _clause(clause, word.name)))


def _filters(place: Place, typed: str) -> Iterator[_Ranked]:
    group = len(_CLAUSE_OF)
    for number, name in enumerate(FIELDS):
        if name.startswith(typed):
            said = Name(SuggestionKind.FILTER, f"{name}:", f"{name}:")
            yield _Ranked(0, group + 4, number, _put(said, place.start, place.end, f"{name}:"))
    for name in ("is", "orientation"):
        for number, value in enumerate(_FIXED[name]):
            if value.startswith(typed):
                said = Name(SuggestionKind.FILTER, value, value)
                yield _Ranked(0, group, number, _put(said, place.start, place.end, f"{name}:{value}"))


def _searches(text: str, typed: str, before: Before) -> Iterator[_Ranked]:
    group = len(_CLAUSE_OF) + 2
    for number, recent in enumerate(before.recent):
        rank = _rank_of(fold(recent.text), typed)
        if rank is not None and fold(recent.text) != typed:
            name = Name(SuggestionKind.RECENT, recent.text, recent.text)
            yield _Ranked(rank, group, number, _put(name, 0, len(text), recent.text))
    for number, saved in enumerate(before.saved):
        rank = _rank_of(fold(saved.name), typed)
        written = _written(saved) if rank is not None else None
        if rank is not None and written is not None:
            name = Name(SuggestionKind.SAVED, saved.name, written)
            yield _Ranked(rank, group + 1, number, _put(name, 0, len(text), written))


def _written(saved: SavedSearch) -> str | None:
    """A kept search as it would be written, or None where no query says it."""
    try:
        narrowed = write_query(query_of((), saved.where))
    except ValueError:
        return None
    return " ".join(part for part in (saved.text, narrowed) if part)


def _rank(word: Word, typed: str) -> int | None:
    """0: begins so, or its last part does; 1: a word of it begins so; 2: has it within; None: has it not."""
    if word.last.startswith(typed) or word.whole.startswith(typed):
        return 0
    return _rank_of(word.whole, typed)


def _rank_of(whole: str, typed: str) -> int | None:
    found = whole.find(typed)
    if found <= 0:
        return 0 if found == 0 else None
    while found > 0:
        if whole[found - 1] in _SEPARATORS:
            return 1
        found = whole.find(typed, found + 1)
    return 2


def _put(name: Name, start: int, end: int, text: str) -> Suggestion:
    return Suggestion(name.kind, start, end, text, name.label, name.assets)


def _clause(clause: str, name: Name) -> str:
    return write_query(Query((Clause(clause, (name.value,)),)))


def _value(clause: str, name: Name) -> str:
    return _clause(clause, name).removeprefix(f"{clause}:")
