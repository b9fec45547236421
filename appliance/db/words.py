"""What is called by somebody's words: by names of files, folders and tags, by descriptions, cameras and lenses.

Each word of a phrase has to be met somewhere, at the beginning of a word. Which tags and folders are meant is asked
first, as they are few; then the assets are found by index, from the word on that the fewest are filed under. Where
nothing is found, letters within the names of files are looked for, as names like ``IMG20200501`` are not written
apart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from pgvector import HalfVector
from piccolo.querystring import QueryString

from appliance.db.assets import ASSET_TABLES, asset_columns, asset_from_row
from appliance.db.engine import Database
from appliance.db.filters import to_sql
from appliance.db.opened import covers, shows_others
from appliance.db.visibility import others_words, own_words, searchable, visible_to
from appliance.records.accounts import Sight, Viewer
from appliance.records.organise import ListKey
from appliance.records.search import Filter
from appliance.records.words import Named, Phrase, Shown

#: As many are compared, of more that are called so some.
MOST_CANDIDATES = 1000
#: Without distances there is nothing to compare, so that more may be put in order.
_MOST_IN_ORDER = 20_000
#: As many words are looked for each for itself.
_MOST_IN_PART = 12
#: Names that a word may mean.
_MOST_NAMES = 500
#: As many assets are taken to be in a folder.
_IN_A_FOLDER = 50
#: Fewer letters are within too many names.
_LEAST_LETTERS = 4

_WORDS = "words_of(a.filename, a.description, a.camera, a.lens) @@ to_tsquery('simple', {})"


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

    @property
    def most(self) -> int:
        """How many are compared."""
        return _MOST_IN_ORDER if self.vector is None else MOST_CANDIDATES


@dataclass(slots=True)
class _Word:
    """A word, or a quoted phrase, and the names that it may mean."""

    query: str
    letters: str
    tags: list[UUID] = field(default_factory=list)
    folders: list[UUID] = field(default_factory=list)
    #: About how many are filed under these.
    filed: int = 0


async def find_called(db: Database, wanted: Called) -> tuple[Named, ...]:
    """The visible assets that are called by any of the phrases, the best called first."""
    if not wanted.phrases:
        return ()
    words = [_words(phrase) for phrase in wanted.phrases]
    await _find_names(db, wanted.viewer, [word for each in words for word in each])
    ways = [
        way for phrase, each in zip(wanted.phrases, words, strict=True) for way in _ways(wanted, phrase, each)
    ]
    found = await _read(db, wanted, ways)
    within = [
        _within(wanted, each[0].letters) for each in words if len(each) == 1 and _is_name(each[0].letters)
    ]
    if found or not within:
        return found
    if wanted.after is not None and await _read(db, replace(wanted, after=None, limit=1), ways):
        return ()  # The pages before were of words, and that was the last one.
    return await _read(db, wanted, within)


async def find_partly_called(db: Database, wanted: Called) -> tuple[UUID, ...]:
    """The visible assets that are called by some of several words, those called by the rarest first."""
    words = [word for phrase in wanted.phrases for word in _words(phrase)][:_MOST_IN_PART]
    if len(words) < 2:
        return ()
    await _find_names(db, wanted.viewer, words)
    met = [QueryString(
        "SELECT w.id, 1.0 / count(*) OVER () AS rarity FROM ({}) AS w",
        QueryString(" UNION ".join("{}" for _ in ways), *ways),
    ) for ways in (_word_ways(wanted, word) for word in words)]  # fmt: skip
    rows = await db.fetch(
        """
        SELECT * FROM (
            SELECT a.id, a.uploaded_at, w.rarity, {} AS distance
            FROM (SELECT id, sum(rarity) AS rarity FROM ({}) AS met GROUP BY id) AS w JOIN asset a ON a.id = w.id
            WHERE {} AND {}
        ) AS c
        ORDER BY c.rarity DESC, c.distance NULLS LAST, c.uploaded_at DESC, c.id DESC LIMIT {}
        """,
        _distance(wanted), QueryString(" UNION ALL ".join("{}" for _ in met), *met),
        visible_to(wanted.viewer, by_id=True), searchable(), wanted.limit,
    )  # fmt: skip
    return tuple(row["id"] for row in rows)


async def find_shown(db: Database, wanted: Called, ids: Sequence[UUID]) -> tuple[Shown, ...]:
    """Those of these assets that are to be seen and that the filter leaves, in no order."""
    if not ids:
        return ()
    rows = await db.fetch(
        "SELECT {}, {} AS distance FROM {} WHERE a.id = ANY({}::uuid[]) AND {} AND {} AND {}",
        asset_columns(wanted.viewer.user_id, wanted.viewer.sight), _distance(wanted), ASSET_TABLES, list(ids),
        visible_to(wanted.viewer, by_id=True), searchable(), to_sql(wanted.where, wanted.viewer),
    )  # fmt: skip
    return tuple(Shown(asset_from_row(row), row["distance"]) for row in rows)


def _distance(wanted: Called) -> QueryString:
    if wanted.vector is None:
        return QueryString("NULL::float8")
    return QueryString(
        "(SELECT e.vector <=> {}::halfvec FROM embedding e"
        " WHERE e.asset = a.id AND e.model = {} AND e.moment_ms = 0)",
        HalfVector(wanted.vector), wanted.model_id,
    )  # fmt: skip


def _words(phrase: Phrase) -> list[_Word]:
    if phrase.quoted:
        return [_Word(" <-> ".join(_lexeme(word) for word in phrase.words), phrase.text)]
    return [_Word(_lexeme(word), word) for word in phrase.words]


async def _find_names(db: Database, viewer: Viewer, words: Sequence[_Word]) -> None:
    """Note which tags and folders each word may mean, and how many assets are filed under them, about."""
    parts = [
        part
        for number, word in enumerate(words)
        for part in (_tags(number, word.letters, viewer), _folders(number, word.letters, viewer))
    ]
    for row in await db.fetch(QueryString(" UNION ALL ".join("{}" for _ in parts), *parts)):
        word = words[row["word"]]
        (word.tags if row["is_tag"] else word.folders).append(row["id"])
        word.filed += row["filed"]


def _tags(number: int, letters: str, viewer: Viewer) -> QueryString:
    """One's own, and those of others beside them: however many these are, none of one's own is left out."""
    return QueryString(
        "SELECT {}::int AS word, TRUE AS is_tag, n.id, (SELECT count(*) FROM"
        " (SELECT FROM asset_tag x WHERE x.tag = n.id LIMIT {}) AS c) AS filed FROM ({}) AS n",
        number, MOST_CANDIDATES,
        _own_and_others(*(
            QueryString("SELECT t.id FROM tag t WHERE {} AND {}", whose, _begins("t", letters))
            for whose in (own_words(viewer), others_words(viewer))
        )),
    )  # fmt: skip


def _folders(number: int, letters: str, viewer: Viewer) -> QueryString:
    return QueryString(
        "SELECT {}::int, FALSE, n.id, {}::bigint FROM ({}) AS n",
        number, _IN_A_FOLDER, _own_and_others(*_folders_called(letters, viewer)),
    )  # fmt: skip


def _own_and_others(*selected: QueryString) -> QueryString:
    """So many of each of these, as those of others must not take the place of one's own."""
    limited = [QueryString("({} LIMIT {})", each, _MOST_NAMES) for each in selected]
    return QueryString(" UNION ".join("{}" for _ in limited), *limited)


def _ways(wanted: Called, phrase: Phrase, words: Sequence[_Word]) -> Iterator[QueryString]:
    """Each way in which an asset may be called by the phrase has an index of its own."""
    yield _way(wanted, _exactly(phrase), rank=3)
    yield _way(wanted, _written(words))
    filed = sorted((word for word in words if word.filed), key=lambda word: word.filed)
    if not filed:
        return
    first, others = filed[0], [_met(word) for word in filed[1:]]
    rest = QueryString(" AND ".join(["TRUE", *("{}" for _ in others)]), *others)
    written = [word for word in words if not word.filed]
    besides = _written(written) if written else QueryString("TRUE")
    if first.tags:
        tagged = QueryString(
            "a.id IN (SELECT x.asset FROM asset_tag x WHERE x.tag = ANY({}::uuid[]))", first.tags
        )
        yield _way(wanted, QueryString("{} AND {}", tagged, besides), rest)
    if first.folders:
        within = QueryString("a.folder = ANY({}::uuid[])", first.folders)
        yield _way(wanted, QueryString("{} AND {}", within, besides), rest)
    if others:
        yield _way(wanted, _written([first, *written]), rest)


def _word_ways(wanted: Called, word: _Word) -> list[QueryString]:
    """The ways in which an asset may be called by one word."""
    ways = [_way(wanted, _written([word]))]
    if word.tags:
        tagged = "a.id IN (SELECT x.asset FROM asset_tag x WHERE x.tag = ANY({}::uuid[]))"
        ways.append(_way(wanted, QueryString(tagged, word.tags)))
    if word.folders:
        ways.append(_way(wanted, QueryString("a.folder = ANY({}::uuid[])", word.folders)))
    return ways


def _written(words: Sequence[_Word]) -> QueryString:
    """That all of these are met in what is written of an asset itself."""
    return QueryString(_WORDS, " & ".join(f"({word.query})" for word in words))


def _way(
    wanted: Called, first: QueryString, rest: QueryString | None = None, *, rank: int = 1
) -> QueryString:
    """A SELECT of visible assets that meet a condition which an index finds, and another one."""
    return QueryString(
        "(SELECT a.id, {}::int AS rank FROM asset a WHERE a.id IN"
        " (SELECT a.id FROM asset a WHERE {} AND {} AND {} AND {} LIMIT {}) AND {})",
        rank, first, visible_to(wanted.viewer, by_id=True), searchable(), to_sql(wanted.where, wanted.viewer),
        wanted.most, rest or QueryString("TRUE"),
    )  # fmt: skip


def _within(wanted: Called, letters: str) -> QueryString:
    return _way(wanted, QueryString("folded(a.filename) LIKE {}", f"%{_plain(letters)}%"))


def _is_name(letters: str) -> bool:
    return len(letters) >= _LEAST_LETTERS and any(sign.isdigit() for sign in letters)


def _met(word: _Word) -> QueryString:
    """That a word is met, what is soon known first."""
    parts = []
    if word.folders:
        parts.append(QueryString("a.folder = ANY({}::uuid[])", word.folders))
    if word.tags:
        parts.append(
            QueryString(
                "EXISTS (SELECT FROM asset_tag x WHERE x.asset = a.id AND x.tag = ANY({}::uuid[]))", word.tags
            )
        )
    parts.append(_written([word]))
    return QueryString("(" + " OR ".join("{}" for _ in parts) + ")", *parts)


async def _read(db: Database, wanted: Called, ways: Sequence[QueryString]) -> tuple[Named, ...]:
    order = QueryString("c.uploaded_at DESC" if wanted.vector is None else "c.distance NULLS LAST")
    rows = await db.fetch(
        """
        SELECT * FROM (
            SELECT a.id, a.uploaded_at, {} AS rank, {} AS distance
            FROM (SELECT id, max(rank) AS rank FROM ({}) AS ways GROUP BY id) AS w JOIN asset a ON a.id = w.id
            WHERE {} AND {}
        ) AS c
        WHERE {}
        ORDER BY c.rank DESC, {}, c.id DESC LIMIT {}
        """,
        _rank(wanted.phrases), _distance(wanted), QueryString(" UNION ALL ".join("{}" for _ in ways), *ways),
        visible_to(wanted.viewer, by_id=True), searchable(), _after(wanted.after), order, wanted.limit,
    )  # fmt: skip
    return tuple(Named(row["id"], row["rank"], row["distance"], row["uploaded_at"]) for row in rows)


def _after(after: tuple[int, ListKey] | None) -> QueryString:
    if after is None:
        return QueryString("TRUE")
    rank, key = after
    return QueryString("(c.rank, c.uploaded_at, c.id) < ({}, {}, {})", rank, key.at, key.id)


def _exactly(phrase: Phrase) -> QueryString:
    """That the file is called so, with its ending or without."""
    return QueryString(
        "(left(folded(a.filename), 200) = {} OR (left(folded(a.filename), 200) LIKE {}"
        " AND regexp_replace(folded(a.filename), '\\.[^.]*$', '') = {}))",
        phrase.text[:200], f"{_plain(phrase.text[:190])}.%", phrase.text,
    )  # fmt: skip


def _rank(phrases: Sequence[Phrase]) -> QueryString:
    several = [f"%{_plain(phrase.text)}%" for phrase in phrases if len(phrase.words) > 1]
    if not several:
        return QueryString("w.rank")
    return QueryString(
        "greatest(w.rank, CASE WHEN folded(a.filename) LIKE ANY({}::text[])"
        " OR (a.description <> '' AND folded(a.description) LIKE ANY({}::text[])) THEN 2 ELSE 1 END)",
        several, several,
    )  # fmt: skip


def _folders_called(letters: str, viewer: Viewer) -> tuple[QueryString, ...]:
    """SELECTs of ids, one's own and others', of folders with a name of which a word begins so and of all below them.

    Of folders of others only those count that are shared, or below one that is: what is above is their owner's.
    """
    called = _begins("top", letters)
    whose = (
        QueryString("TRUE") if viewer.sight is Sight.ALL else QueryString("top.owner = {}", viewer.user_id)
    )
    own = QueryString(
        "SELECT DISTINCT below.id FROM folder top JOIN folder below ON {} WHERE {} AND {}",
        covers("top", "below"), whose, called,
    )  # fmt: skip
    if viewer.sight is not Sight.SHARED:
        return (own,)
    others = QueryString(
        "SELECT DISTINCT below.id FROM share s JOIN folder root ON root.id = s.folder JOIN folder top ON {}"
        " JOIN folder below ON {} WHERE {} AND {}",
        covers("root", "top"), covers("top", "below"), shows_others(viewer.user_id), called,
    )  # fmt: skip
    return own, others


def _begins(alias: str, letters: str) -> QueryString:
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
