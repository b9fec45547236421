"""How a model is presented to people: honestly, in a sentence."""

from appliance.clip.folder import ModelFolder
from appliance.records.models import Card

STARTER = "starter"

_TITLES = {STARTER: "Starter model"}
_DESCRIPTIONS = {STARTER: "English; good at things and places, weak at colours and people."}


def card(name: str, folder: ModelFolder, dimension: int) -> Card:
    """What is known of the model that was loaded from ``folder`` under ``name``."""
    return Card(
        name=name,
        title=folder.title or _TITLES.get(name, name),
        description=folder.description or _DESCRIPTIONS.get(name, ""),
        languages=folder.languages,
        licence=folder.licence,
        dimension=dimension,
    )
