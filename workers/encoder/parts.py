"""What the handlers share."""

from dataclasses import dataclass

from appliance.media.decoder import Decoder
from appliance.settings import Settings
from workers.encoder.limits import Gate, Room
from workers.encoder.metrics import Metrics
from workers.encoder.models import Models


@dataclass(frozen=True, slots=True)
class Parts:
    """The open parts of an encoder server."""

    settings: Settings
    models: Models
    decoder: Decoder
    texts: Gate
    pictures: Gate
    #: For forms, of which only the inside tells whether it is a text or a picture.
    forms: Gate
    room: Room
    metrics: Metrics
