"""What an answer to words has that is worth an answer: for whoever counts it instead of showing it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from appliance.clip.encoder import Encoder
from appliance.db.engine import Database
from appliance.db.search import Nearest, find_nearest
from appliance.db.words import Called, find_called
from appliance.library.aim import aim_at
from appliance.library.appliance import Appliance
from appliance.library.background import Backgrounds
from appliance.library.fusion import MOST_CALLED
from appliance.library.searcher import Searcher
from appliance.library.wording import phrases_of
from appliance.records.accounts import Viewer
from appliance.records.models import Model
from appliance.records.search import AssetTerm, Cut, Filter, Strength, Term


@dataclass(frozen=True, slots=True, eq=False)
class Above:
    """What is above the cut: whatever comes as near as its threshold says, and what is called by the words."""

    nearest: Nearest
    cut: Cut
    #: Never cut off, wherever it stands.
    called: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Cutter:
    """What it takes to say where an answer ends."""

    db: Database
    encoder: Encoder
    model: Model
    backgrounds: Backgrounds

    async def above(
        self, viewer: Viewer, terms: Sequence[Term], where: Filter, strength: Strength = Strength.BALANCED
    ) -> Above | None:
        """Where the viewer's answer to these terms ends; None where it has no end, or nothing is known of chance.

        Raises:
            NotFound: a term is an asset that the viewer doesn't see.
            Conflict: a term is an asset without a vector yet.
            UsageError: the terms cancel each other out.
            ModelUnavailable: a term could not be encoded.
        """
        searcher = Searcher(viewer, self.db, self.encoder, self.model, self.backgrounds)
        aim = await aim_at(searcher, terms)
        scale = aim.scale
        if scale is None:
            return None
        nearest = Nearest(
            viewer=viewer,
            vector=aim.vector,
            model_id=self.model.id,
            where=where,
            besides=tuple(term.asset_id for term in terms if isinstance(term, AssetTerm)),
            limit=1,
            after=None,
        )
        called = await self._called(nearest, terms)
        best = await find_nearest(self.db, nearest)
        top = best.hits[0].score if best.hits else None
        if top is None:
            return Above(nearest, Cut(strength, 1.0, nothing=True), called)
        cut = scale.cut(strength, top, among=None if best.matched_at_least else best.matched)
        return None if cut is None else Above(nearest, cut, called)

    async def _called(self, nearest: Nearest, terms: Sequence[Term]) -> tuple[UUID, ...]:
        wanted = Called(
            viewer=nearest.viewer,
            where=nearest.where,
            phrases=phrases_of(terms),
            limit=MOST_CALLED,
            vector=nearest.vector,
            model_id=nearest.model_id,
        )
        found = await find_called(self.db, wanted)
        return tuple(each.id for each in found if each.id not in nearest.besides)


def cutter_of(appliance: Appliance) -> Cutter | None:
    """What the open library cuts answers with; None while no model answers."""
    loaded = appliance.models.answering
    if loaded is None:
        return None
    return Cutter(appliance.db, loaded.encoder, loaded.model, appliance.backgrounds)
