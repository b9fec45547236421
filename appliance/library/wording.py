"""Words as names are looked through for: folded as the database folds them, and taken apart."""

import re
import unicodedata
from collections.abc import Iterable

from appliance.records.assets import Asset
from appliance.records.search import Term, TextTerm
from appliance.records.words import Phrase

#: Words that are in every description and in few names.
_COMMON = frozenset({
    "a", "am", "an", "and", "at", "auf", "aus", "bei", "by", "das", "dem", "den", "der", "des", "die", "ein", "eine",
    "einem", "einen", "einer", "for", "from", "im", "in", "is", "ist", "it", "mit", "of", "oder", "on", "or", "the",
    "to", "und", "vom", "von", "with", "zu", "zum", "zur",
})  # fmt: skip
#: What parts words; letters of other writings are never among it.
_APART = re.compile(r"[\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f\s]+")
#: More words than these no name has.
_MOST_WORDS = 12
#: Longer than any name.
_MOST_LETTERS = 300


def fold(text: str) -> str:
    """The text without accents and in small letters, as PostgreSQL's ``folded`` gives it."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f").lower()


def phrases_of(terms: Iterable[Term]) -> tuple[Phrase, ...]:
    """What names are looked through for: a phrase for each text that is wanted, as far as it has words."""
    found = (_phrase(term) for term in terms if isinstance(term, TextTerm) and term.weight > 0)
    return tuple(phrase for phrase in dict.fromkeys(found) if phrase is not None)


def _phrase(term: TextTerm) -> Phrase | None:
    text = " ".join(fold(term.text).split())
    words = tuple(dict.fromkeys(word for word in _APART.split(text) if word))
    if len(words) > _MOST_WORDS or len(text) > _MOST_LETTERS:
        return None
    telling = words if term.quoted else tuple(word for word in words if word not in _COMMON) or words
    return Phrase(text=text, words=telling, quoted=term.quoted) if telling else None


def met_in(asset: Asset, phrases: Iterable[Phrase]) -> frozenset[str]:
    """Where it is called by one of the words: ``name``, ``folder``, ``tag``, ``description``, ``camera``."""
    places = {
        "name": asset.filename,
        "folder": asset.folder or "",
        "tag": " ".join(asset.tags),
        "description": asset.description,
        "camera": f"{asset.facts.camera or ''} {asset.facts.lens or ''}",
    }
    words = {word for phrase in phrases for word in phrase.words}
    return frozenset(place for place, text in places.items() if _has_any(text, words))


def _has_any(text: str, words: Iterable[str]) -> bool:
    whole = fold(text)
    parts = _APART.split(whole)
    return any(
        part.startswith(word) or (any(sign.isdigit() for sign in word) and word in whole)
        for word in words
        for part in parts
    )
