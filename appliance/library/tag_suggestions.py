"""Which of a person's tags their pictures may want, and which pictures a tag; nothing is tagged without a person.

1. All of the person's tags are compared with the pictures by their words alone, whose vectors are kept in memory.
2. The best of these, and what the nearest neighbours of the pictures carry, are looked at closely: with all that was
   said yes and no to (``tag_learning``).
3. What is far enough above chance is suggested; what a picture carries already, what lies above that, and what was
   refused for it never is.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from appliance.clip.encoder import Encoder
from appliance.db.engine import Database
from appliance.db.search import Nearest, find_nearest
from appliance.db.tag_examples import (
    NO_EXAMPLES,
    OwnTag,
    Pictured,
    find_examples,
    find_pictured,
    list_own_tags,
    list_refused,
    sample_own,
)
from appliance.db.tags import find_word
from appliance.errors import ModelUnavailable, NotFound
from appliance.library.background import Background
from appliance.library.relevance import scale_of
from appliance.library.tag_learning import MOST_PICTURES, Learnt, Usual, learn, usual_of
from appliance.records.accounts import Viewer
from appliance.records.helps import Candidate, TagSuggestion, TagSuggestions
from appliance.records.leaves import ME, OwnedBy
from appliance.records.models import Model
from appliance.records.search import And, HasTag, Not

#: How far above chance a suggestion is, standard deviations: by the word alone, and with pictures that carry the tag.
#: On 400 captioned photos some 70 of 100 are right with either, and with examples many more are found.
LEAST_BY_WORD, LEAST_BY_EXAMPLES = 4.0, 5.0

#: Most pictures that are asked about at once, and most tags that are compared with them.
MOST_ASSETS = 500
MOST_TAGS = 5000

#: Tags that are looked at closely: the best by their words, and those of neighbours.
_CLOSELY = 24
_NEIGHBOURS = 40
#: Pictures of a selection whose neighbours are looked up.
_ASKED_NEIGHBOURS = 4

#: Words are encoded for so long in one answer; the others wait for the next one.
_ENCODE_SECONDS = 0.5
_MOST_WORDS = 20_000

#: How long it is taken for true how somebody's pictures differ, and of how many people it is kept, some 5 MB each.
_USUAL_SECONDS = 600.0
_MOST_USUAL = 8


class TagMemory:
    """What a process keeps between answers: vectors of words, and how each person's own pictures differ."""

    def __init__(self) -> None:
        self._words: OrderedDict[tuple[int, str], NDArray[np.float32]] = OrderedDict()
        self._usual: OrderedDict[tuple[int, UUID], tuple[float, Usual | None]] = OrderedDict()

    def find(self, model: Model, word: str) -> NDArray[np.float32] | None:
        """The vector of a word, if it is kept."""
        return self._words.get((model.id, word))

    async def words(self, words: Sequence[str], *, encoder: Encoder, model: Model) -> None:
        """Encode those of these words that are missing, the first ones first, for about :data:`_ENCODE_SECONDS`."""
        until = time.monotonic() + _ENCODE_SECONDS
        for word in words:
            if (model.id, word) in self._words:
                continue
            if time.monotonic() > until:
                return
            self._words[model.id, word] = await encoder.encode_text(spoken(word))
            while len(self._words) > _MOST_WORDS:
                self._words.popitem(last=False)

    async def usual(self, db: Database, viewer: Viewer, model: Model) -> Usual | None:
        """How the viewer's own pictures differ, as of the last minutes; None while there are too few."""
        key, now = (model.id, viewer.user_id), time.monotonic()
        made_at, usual = self._usual.get(key, (0.0, None))
        if usual is None or now - made_at > _USUAL_SECONDS:
            pictures = await sample_own(db, viewer, model_id=model.id, most=MOST_PICTURES)
            usual = await asyncio.to_thread(usual_of, pictures)
            self._usual[key] = (now, usual)
            self._usual.move_to_end(key)
            while len(self._usual) > _MOST_USUAL:
                self._usual.popitem(last=False)
        return usual


def spoken(tag: str) -> str:
    """A tag as a description: ``animal/big_dog`` is a photo of a big dog."""
    last = tag.rsplit("/", 1)[-1]
    words = " ".join(last.replace("_", " ").replace("-", " ").split())
    return f"a photo of {words or last}"


@dataclass(frozen=True, slots=True)
class TagParts:
    """What suggestions are made with; ``background`` is what is known of chance for the viewer."""

    db: Database
    encoder: Encoder
    model: Model
    memory: TagMemory
    background: Background | None


async def suggest_tags(
    parts: TagParts, viewer: Viewer, asset_ids: Sequence[UUID], *, limit: int
) -> TagSuggestions:
    """Tags of the viewer's that these pictures of theirs may want, those with most above chance first.

    Pictures without a vector yet want nothing.

    Raises:
        NotFound: one of them is not the viewer's, or in the trash.
        ModelUnavailable: a word could not be encoded.
    """
    asset_ids = tuple(dict.fromkeys(asset_ids))
    found = await find_pictured(parts.db, viewer, asset_ids, model_id=parts.model.id)
    if len(found) < len(asset_ids):
        raise NotFound("One of these pictures is not yours, or not there.")
    pictured = [each for each in found if each.vector is not None]
    usual = await parts.memory.usual(parts.db, viewer, parts.model)
    if not pictured or usual is None:
        return TagSuggestions((), 0)
    tags = await list_own_tags(parts.db, viewer, most=MOST_TAGS)
    await parts.memory.words([tag.name for tag in tags], encoder=parts.encoder, model=parts.model)
    known = [tag for tag in tags if parts.memory.find(parts.model, tag.name) is not None]
    closely = await _worth_a_look(parts, viewer, pictured, known, usual)
    learnt = await _learn_all(parts, viewer, closely, usual)
    items = await asyncio.to_thread(_suggested, pictured, learnt)
    return TagSuggestions(tuple(items[:limit]), len(tags) - len(known))


async def suggest_assets(
    parts: TagParts, viewer: Viewer, tag_id: UUID, *, limit: int
) -> tuple[Candidate, ...]:
    """Pictures of the viewer's own that may want this tag of theirs, those with most above chance first.

    Raises:
        NotFound: the viewer has no such tag.
        ModelUnavailable: its word could not be encoded.
    """
    word = await find_word(parts.db, viewer, tag_id)
    if word is None:
        raise NotFound("You have no such tag.")
    usual = await parts.memory.usual(parts.db, viewer, parts.model)
    if usual is None:
        return ()
    await parts.memory.words([word.name], encoder=parts.encoder, model=parts.model)
    learnt = await _learn_all(parts, viewer, [OwnTag(word.id, word.name)], usual)
    if not learnt:
        return ()
    found = await find_nearest(
        parts.db,
        Nearest(
            viewer=viewer,
            vector=learnt[0][1].vector,
            model_id=parts.model.id,
            where=And((OwnedBy(ME), Not(HasTag(word.name)))),
            besides=await list_refused(parts.db, viewer, tag_id),
            limit=limit,
            after=None,
        ),
    )
    direction = learnt[0][1]
    candidates = [Candidate(hit.asset, direction.above_chance(hit.score)) for hit in found.hits]
    return tuple(each for each in candidates if each.above_chance >= least_above(direction))


def least_above(learnt: Learnt) -> float:
    """How far above chance what may want this tag has to be, standard deviations."""
    return LEAST_BY_EXAMPLES if learnt.examples else LEAST_BY_WORD


async def _worth_a_look(
    parts: TagParts, viewer: Viewer, pictured: Sequence[Pictured], tags: Sequence[OwnTag], usual: Usual
) -> list[OwnTag]:
    if not tags:
        return []
    texts = np.stack([_known(parts, tag) for tag in tags])
    vectors = np.stack([each.vector for each in pictured if each.vector is not None])
    best = await asyncio.to_thread(_best_by_words, texts, vectors, usual)
    chosen = {tags[number].id: tags[number] for number in best}
    nearby = await _carried_nearby(parts, viewer, pictured)
    return [*chosen.values(), *(tag for tag in tags if tag.name.lower() in nearby and tag.id not in chosen)]


def _best_by_words(
    texts: NDArray[np.float32], vectors: NDArray[np.float32], usual: Usual
) -> NDArray[np.int64]:
    among = usual.pictures @ texts.T
    above = (vectors @ texts.T - among.mean(axis=0)) / np.maximum(among.std(axis=0), 1e-6)
    return np.argsort(-above.max(axis=0))[:_CLOSELY]


async def _carried_nearby(parts: TagParts, viewer: Viewer, pictured: Sequence[Pictured]) -> frozenset[str]:
    """The most frequent tags of the nearest of the viewer's own pictures, in small letters."""
    counts: dict[str, int] = {}
    for each in pictured[:: max(1, len(pictured) // _ASKED_NEIGHBOURS)][:_ASKED_NEIGHBOURS]:
        if each.vector is None:
            continue
        near = await find_nearest(
            parts.db,
            Nearest(
                viewer=viewer,
                vector=each.vector,
                model_id=parts.model.id,
                where=OwnedBy(ME),
                besides=(each.id,),
                limit=_NEIGHBOURS,
                after=None,
            ),
        )
        for name in (name.lower() for hit in near.hits for name in hit.asset.tags):
            counts[name] = counts.get(name, 0) + 1
    return frozenset(sorted(counts, key=lambda name: (-counts[name], name))[:_CLOSELY])


async def _learn_all(
    parts: TagParts, viewer: Viewer, tags: Sequence[OwnTag], usual: Usual
) -> list[tuple[OwnTag, Learnt]]:
    carried, refused = await find_examples(
        parts.db, viewer, [tag.id for tag in tags], model_id=parts.model.id
    )

    def all_of_them() -> list[tuple[OwnTag, Learnt]]:
        learnt = []
        for tag in tags:
            text = _known(parts, tag)
            found = learn(
                text,
                scale_of(text, parts.background),
                carried.get(tag.id, NO_EXAMPLES),
                refused.get(tag.id, NO_EXAMPLES),
                usual,
            )
            if found is not None:
                learnt.append((tag, found))
        return learnt

    return await asyncio.to_thread(all_of_them)


def _suggested(pictured: Sequence[Pictured], learnt: Sequence[tuple[OwnTag, Learnt]]) -> list[TagSuggestion]:
    items = []
    for tag, direction in learnt:
        wanting = sorted(
            (
                (-above, each.id)
                for each in pictured
                if each.vector is not None and not _settled(each, tag)
                if (above := direction.above_chance(float(each.vector @ direction.vector)))
                >= least_above(direction)
            ),
        )
        if wanting:
            items.append(
                TagSuggestion(tag.id, tag.name, -wanting[0][0], tuple(asset for _, asset in wanting))
            )
    return sorted(items, key=lambda item: (-item.above_chance, item.name))


def _settled(picture: Pictured, tag: OwnTag) -> bool:
    """Whether the picture carries the tag or one below it, or it was refused."""
    name = tag.name.lower()
    return tag.id in picture.refused or any(
        each == name or each.startswith(f"{name}/") for each in picture.carried
    )


def _known(parts: TagParts, tag: OwnTag) -> NDArray[np.float32]:
    vector = parts.memory.find(parts.model, tag.name)
    if vector is None:
        raise ModelUnavailable
    return vector
