"""Who searches, and what there is to answer with."""

from dataclasses import dataclass

from appliance.clip.encoder import Encoder
from appliance.db.engine import Database
from appliance.library.background import Backgrounds
from appliance.records.accounts import Viewer
from appliance.records.models import Model


@dataclass(frozen=True, slots=True)
class Searcher:
    """What it takes to answer one person's search."""

    viewer: Viewer
    db: Database
    encoder: Encoder | None
    model: Model | None
    #: What chance gives; without it no answer is cut.
    backgrounds: Backgrounds | None = None
    #: Whether names are looked through for the words.
    names: bool = True
    #: Why no model answers, where none does: ``loading``, ``encoder_down`` or ``no_model``.
    absence: str = "no_model"
