"""The names that a person may write into a filter: tags, folders, albums, cameras, people, years and kinds.

They come from the counts of all that the person sees, which takes a large library some hundred milliseconds, so they
are kept in memory:

1. For :data:`FRESH_SECONDS` they are given as they are; then they are compared with the revision of the library.
2. Once that is another one they are made anew: meanwhile the former ones answer, unless they are too old.
3. Whenever anybody's rights change, those of people who see other people's pictures are forgotten.
4. Where there are none yet, the person's own names answer after :data:`PATIENCE_SECONDS`, without counts.
"""

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from appliance.db.albums import list_albums
from appliance.db.changes import revision
from appliance.db.engine import Database
from appliance.db.facets import find_facets
from appliance.db.names import OwnNames, own_names
from appliance.library.access import LIFE_SECONDS, Access
from appliance.library.query_values import write_value
from appliance.library.wording import fold
from appliance.records.accounts import Sight, Viewer
from appliance.records.helps import Name, SuggestionKind
from appliance.records.leaves import AlbumCalled, FolderCalled, OwnedBy
from appliance.records.search import And, HasCamera, HasTag, InFolder, IsKind, Leaf
from appliance.records.timeline import Facets

#: How long names are given without a look at the library.
FRESH_SECONDS = LIFE_SECONDS

#: How old names may be that answer while newer ones are made: of others' pictures, and of one's own.
STALE_SECONDS, OWN_STALE_SECONDS = 60.0, 3600.0

#: How long an answer waits for names that are being made.
PATIENCE_SECONDS = 0.005

#: Most names of a kind, and most people whose names are kept: of a large library some 3 MB each.
MOST_NAMES = 20_000
MOST_PEOPLE = 32

_EVERYTHING = And(())


@dataclass(frozen=True, slots=True)
class Word:
    """A name with what it is found by, folded: the whole, and its last part where it is a path."""

    name: Name
    whole: str
    last: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of one person at one revision, those of each kind the most used first."""

    revision: str
    words: dict[SuggestionKind, tuple[Word, ...]]
    #: Whether it is all that they see, with counts; otherwise those come in a moment.
    complete: bool = True


@dataclass(slots=True)
class _Kept:
    vocabulary: Vocabulary
    made_at: float
    looked_at: float


class Vocabularies:
    """What each person may name, one per process."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._kept: OrderedDict[Viewer, _Kept] = OrderedDict()
        self._making: dict[tuple[Viewer, int], asyncio.Task[Vocabulary]] = {}
        access.add(self)

    def clear(self) -> None:
        """Forget whatever may show more than its person may see by now, and compare the rest with the library."""
        for viewer, kept in list(self._kept.items()):
            if viewer.sight is Sight.OWN:
                kept.looked_at = -math.inf
            else:
                del self._kept[viewer]

    async def of(self, db: Database, viewer: Viewer) -> Vocabulary:
        """The names that this person may write, in a moment, however large the library."""
        kept = self._kept.get(viewer)
        if kept is None:
            return await self._first(db, viewer)
        self._kept.move_to_end(viewer)
        now = time.monotonic()
        if now - kept.looked_at < FRESH_SECONDS:
            return kept.vocabulary
        if await revision(db, viewer) == kept.vocabulary.revision:
            kept.looked_at = kept.made_at = now
            return kept.vocabulary
        most = OWN_STALE_SECONDS if viewer.sight is Sight.OWN else STALE_SECONDS
        if now - kept.made_at >= most:
            return await self._first(db, viewer)
        making = self._begin(db, viewer)
        await asyncio.wait({making}, timeout=PATIENCE_SECONDS)
        return making.result() if making.done() else kept.vocabulary

    async def _first(self, db: Database, viewer: Viewer) -> Vocabulary:
        making = self._begin(db, viewer)
        own = await own_names(db, viewer, most=MOST_NAMES)
        await asyncio.wait({making}, timeout=PATIENCE_SECONDS)
        return making.result() if making.done() else _quick(own)

    def _begin(self, db: Database, viewer: Viewer) -> asyncio.Task[Vocabulary]:
        """Make them, once for all who ask meanwhile."""
        key = (viewer, self._access.generation)
        making = self._making.get(key)
        if making is None:
            making = asyncio.create_task(self._make(db, viewer))
            self._making[key] = making
            making.add_done_callback(lambda task: self._ended(key, task))
        return making

    def _ended(self, key: tuple[Viewer, int], task: asyncio.Task[Vocabulary]) -> None:
        del self._making[key]
        if not task.cancelled():
            # Looked at, so that nobody complains of it when all who asked have gone.
            task.exception()

    async def _make(self, db: Database, viewer: Viewer) -> Vocabulary:
        ticket = self._access.ticket()
        facets = await find_facets(db, viewer, _EVERYTHING, most=MOST_NAMES)
        albums = [(album.name, album.count) for album in await list_albums(db, viewer)]
        vocabulary = await asyncio.to_thread(_vocabulary, facets, albums)
        if viewer.sight is Sight.OWN or self._access.is_good(ticket):
            now = time.monotonic()
            self._kept[viewer] = _Kept(vocabulary, now, now)
            self._kept.move_to_end(viewer)
            while len(self._kept) > MOST_PEOPLE:
                self._kept.popitem(last=False)
        return vocabulary


def _vocabulary(facets: Facets, albums: list[tuple[str, int]]) -> Vocabulary:
    return Vocabulary(facets.revision, _sorted(_names(facets, albums)))


def _quick(own: OwnNames) -> Vocabulary:
    return Vocabulary("", _sorted(_own(own)), complete=False)


def _sorted(names: Iterable[Name]) -> dict[SuggestionKind, tuple[Word, ...]]:
    words: dict[SuggestionKind, list[Word]] = {}
    for name in names:
        whole = fold(name.label)
        words.setdefault(name.kind, []).append(Word(name, whole, whole.rsplit("/", 1)[-1]))
    for of_kind in words.values():
        of_kind.sort(key=lambda word: (-(word.name.assets or 0), word.whole, word.name.label))
    return {kind: tuple(found) for kind, found in words.items()}


def _own(own: OwnNames) -> Iterator[Name]:
    for tag in own.tags:
        yield _name(SuggestionKind.TAG, tag, HasTag(tag), None)
    for path in own.folders:
        yield _name(SuggestionKind.FOLDER, path, InFolder(path), None)
    for album in own.albums:
        yield _name(SuggestionKind.ALBUM, album, AlbumCalled(album), None)


def _names(facets: Facets, albums: list[tuple[str, int]]) -> Iterator[Name]:
    for tag in facets.tags:
        yield _name(SuggestionKind.TAG, tag.name, HasTag(tag.name), tag.assets)
    for folder in facets.folders:
        place: Leaf = InFolder(folder.path) if folder.mine else FolderCalled(folder.path)
        yield _name(SuggestionKind.FOLDER, folder.path, place, folder.assets)
    called: dict[str, int] = {}
    for label, assets in albums:
        called[label] = called.get(label, 0) + assets
    for label, assets in called.items():
        yield _name(SuggestionKind.ALBUM, label, AlbumCalled(label), assets)
    for camera in facets.cameras:
        if camera.value:
            yield _name(SuggestionKind.CAMERA, camera.value, HasCamera(camera.value), camera.assets)
    for owner in facets.owners:
        yield _name(SuggestionKind.OWNER, owner.name, OwnedBy(owner.name), owner.assets)
    for year in facets.years:
        yield Name(SuggestionKind.YEAR, year.value, year.value, year.assets)
    for kind in facets.types:
        yield _name(SuggestionKind.TYPE, write_value(IsKind(kind.value))[1], IsKind(kind.value), kind.assets)


def _name(kind: SuggestionKind, label: str, leaf: Leaf, assets: int | None) -> Name:
    return Name(kind, label, write_value(leaf)[1], assets)
