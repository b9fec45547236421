"""What is called by somebody's words: by names of files, folders and tags, by descriptions, cameras and lenses.

Each word of a phrase has to be met somewhere, at the beginning of a word; letters within the name of a file are
looked for where the word has a digit, as names like ``IMG20200501`` are not written apart. All of it is found by
index.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from piccolo.querystring import QueryString

from appliance.db.assets import ASSET_TABLES, asset_columns, asset_from_row
from appliance.db.engine import Database
from appliance.db.filters import to_sql
from appliance.db.opened import covers, shows_others
from appliance.db.visibility import searchable, visible_to
from appliance.records.accounts import Sight, Viewer
from appliance.records.organise import ListKey
from appliance.records.search import Filter
from appliance.records.words import Named, Phrase

#: Words that so many pictures are called by tell little: of these only those count whose file is called exactly so.
MOST_CANDIDATES = 4000


@dataclass(frozen=True, slots=True)
class Called:
    """What to look for, by whom, and how far."""

    viewer: Viewer
    where: Filter
    phrases: tuple[Phrase, ...]
    limit: int
    #: Whose nearest come first among those that are called alike, shape (dimension,); None: the latest uploads.
    vector: NDArray[np.float32] | None = None
    model_id: int = 0
    #: The rank, and the place by time, of the last one seen; for answers without a vector.
    after: tuple[int, ListKey] | None = None


async def find_called(db: Database, wanted: Called) -> tuple[Named, ...]:
    """The visible assets that are called by any of the phrases, the best called first."""
    if not wanted.phrases:
        return ()
    many = await db.fetch_one(
        "SELECT count(*) AS n FROM ({} LIMIT {}) AS c",
        _candidates(wanted, [_called(phrase, wanted.viewer) for phrase in wanted.phrases]), MOST_CANDIDATES + 1,
    )  # fmt: skip
    too_many = wanted.vector is not None and many is not None and many["n"] > MOST_CANDIDATES
    conditions = [
        _exactly(phrase) if too_many else _called(phrase, wanted.viewer) for phrase in wanted.phrases
    ]
    return await _read(db, wanted, _candidates(wanted, conditions))


async def find_shown(db: Database, wanted: Called, ids: Sequence[object]) -> tuple[Named, ...]:
    """Those of these assets that are still to be seen, as :func:`find_called` gives them, in no order."""
    if not ids:
        return ()
    return await _read(db, wanted, _candidates(wanted, [QueryString("a.id = ANY({}::uuid[])", list(ids))]))


async def _read(db: Database, wanted: Called, candidates: QueryString) -> tuple[Named, ...]:
    rank = _rank(wanted.phrases)
    distance = QueryString("NULL::float8")
    order = QueryString("c.uploaded_at DESC")
    if wanted.vector is not None:
        distance = QueryString(
            "(SELECT e.vector <=> {}::halfvec FROM embedding e"
            " WHERE e.asset = a.id AND e.model = {} AND e.moment_ms = 0)",
            HalfVector(wanted.vector), wanted.model_id,
        )  # fmt: skip
        order = QueryString("c.distance NULLS LAST")
    rows = await db.fetch(
        """
        WITH c AS MATERIALIZED (
            SELECT * FROM (
                SELECT a.id, a.uploaded_at, {} AS rank, {} AS distance FROM asset a WHERE a.id IN ({})
            ) AS c
            WHERE {}
            ORDER BY c.rank DESC, {}, c.id DESC LIMIT {}
        )
        SELECT {}, c.rank, c.distance FROM {} JOIN c ON c.id = a.id
        ORDER BY c.rank DESC, {}, c.id DESC
        """,
        rank, distance, candidates, _after(wanted.after), order, wanted.limit,
        asset_columns(wanted.viewer.user_id, wanted.viewer.sight), ASSET_TABLES, order,
    )  # fmt: skip
    return tuple(Named(asset_from_row(row), rank=row["rank"], distance=row["distance"]) for row in rows)


def _candidates(wanted: Called, conditions: Sequence[QueryString]) -> QueryString:
    either = QueryString(" OR ".join("({})" for _ in conditions), *conditions)
    return QueryString(
        "SELECT a.id FROM asset a WHERE ({}) AND {} AND {} AND {}",
        either, visible_to(wanted.viewer, by_id=True), searchable(), to_sql(wanted.where, wanted.viewer),
    )  # fmt: skip


def _after(after: tuple[int, ListKey] | None) -> QueryString:
    if after is None:
        return QueryString("TRUE")
    rank, key = after
    return QueryString("(c.rank, c.uploaded_at, c.id) < ({}, {}, {})", rank, key.at, key.id)


def _called(phrase: Phrase, viewer: Viewer) -> QueryString:
    """That an asset is called by all words of a phrase, or by the phrase as it stands."""
    if phrase.quoted:
        return _meets(" <-> ".join(_lexeme(word) for word in phrase.words), phrase.text, viewer)
    parts = [_meets(_lexeme(word), word, viewer) for word in phrase.words]
    return QueryString(" AND ".join("{}" for _ in parts), *parts)


def _meets(words: str, letters: str, viewer: Viewer) -> QueryString:
    """That the words are met in what is written of an asset, or the letters begin a word of a tag's or folder's."""
    parts = [
        QueryString(
            "words_of(a.filename, a.description, a.camera, a.lens) @@ to_tsquery('simple', {})", words
        ),
        QueryString(
            "a.id = ANY(ARRAY(SELECT x.asset FROM asset_tag x JOIN tag t ON t.id = x.tag WHERE {} LIMIT {}))",
            _begins_a_word("t", letters), MOST_CANDIDATES + 1,
        ),
        QueryString("a.folder = ANY(ARRAY({}))", _folders(letters, viewer)),
    ]  # fmt: skip
    if any(sign.isdigit() for sign in letters) and len(letters) > 2:
        parts.append(QueryString("folded(a.filename) LIKE {}", f"%{_plain(letters)}%"))
    return QueryString("(" + " OR ".join("{}" for _ in parts) + ")", *parts)


def _exactly(phrase: Phrase) -> QueryString:
    """That the file is called so, with its ending or without."""
    return QueryString(
        "folded(a.filename) LIKE {} AND {} IN (folded(a.filename), {})",
        f"{_plain(phrase.text)}%", phrase.text, _WITHOUT_ENDING,
    )  # fmt: skip


_WITHOUT_ENDING = QueryString(r"regexp_replace(folded(a.filename), '\.[^.]*$', '')")


def _rank(phrases: Sequence[Phrase]) -> QueryString:
    exact = QueryString(
        "folded(a.filename) = ANY({}::text[]) OR {} = ANY({}::text[])",
        [phrase.text for phrase in phrases], _WITHOUT_ENDING, [phrase.text for phrase in phrases],
    )  # fmt: skip
    several = [f"%{_plain(phrase.text)}%" for phrase in phrases if len(phrase.words) > 1]
    whole = QueryString(
        "folded(a.filename) LIKE ANY({}::text[]) OR folded(a.description) LIKE ANY({}::text[])",
        several, several,
    )  # fmt: skip
    return QueryString("CASE WHEN {} THEN 3 WHEN {} THEN 2 ELSE 1 END", exact, whole)


def _folders(letters: str, viewer: Viewer) -> QueryString:
    """A SELECT of the ids of folders with a name of which a word begins so, and of all below them.

    Of folders of others only those count that are shared, or below one that is: what is above is their owner's.
    """
    called = _begins_a_word("top", letters)
    whose = (
        QueryString("TRUE") if viewer.sight is Sight.ALL else QueryString("top.owner = {}", viewer.user_id)
    )
    own = QueryString(
        "SELECT below.id FROM folder top JOIN folder below ON {} WHERE {} AND {}",
        covers("top", "below"), whose, called,
    )  # fmt: skip
    if viewer.sight is not Sight.SHARED:
        return own
    return QueryString(
        "{} UNION ALL SELECT below.id FROM share s JOIN folder root ON root.id = s.folder JOIN folder top ON {}"
        " JOIN folder below ON {} WHERE {} AND {}",
        own, covers("root", "top"), covers("top", "below"), shows_others(viewer.user_id), called,
    )  # fmt: skip


def _begins_a_word(alias: str, letters: str) -> QueryString:
    return QueryString(
        f"folded({alias}.name) LIKE {{}} AND folded({alias}.name) ~ {{}}",
        f"%{_plain(letters)}%", f"(^|[^[:alnum:]]){_literal(letters)}",
    )  # fmt: skip


def _lexeme(word: str) -> str:
    quoted = word.replace("'", "''").replace("\\", "\\\\")
    return f"'{quoted}':*"


def _plain(text: str) -> str:
    """The text as a pattern of LIKE that means just this."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _literal(text: str) -> str:
    """The text as a pattern of PostgreSQL's regular expressions that means just this."""
    return "".join(
        sign if sign.isalnum() or sign.isspace() or ord(sign) > 127 else f"\\{sign}" for sign in text
    )
