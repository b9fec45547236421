"""The encoder servers: each answers, for the right model, and how soon."""

import time

from appliance.clip.encoder import TowerName
from appliance.clip.remote.encoder import RemoteEncoder, open_remote
from appliance.clip.remote.faults import RequestRefused, ServerBusy, ServerFault
from appliance.clip.remote.own import OwnProtocol
from appliance.clip.remote.server import Server
from appliance.errors import SceneSenseError
from appliance.library.checks.common import failure, ok, refused, warning
from appliance.records.doctor import Finding
from appliance.records.models import Model
from appliance.settings import Settings

_BOTH: frozenset[TowerName] = frozenset({"image", "text"})

_REMEDY = (
    "Start the encoder servers, or correct CLIP_SERVER_URL; `docs/encoder-servers.md` says what each wants."
)


async def look(settings: Settings, active: Model | None) -> tuple[Finding, ...]:
    """One finding for each server of CLIP_SERVER_URL, and one on whose vectors they give."""
    name = active.name if active else settings.clip_model
    try:
        encoder = await open_remote(settings, towers=_BOTH, name=name)
    except SceneSenseError as error:
        return (refused("model.runs", error, _REMEDY),)
    try:
        found = [await _server(encoder, server) for server in encoder.servers]
    finally:
        await encoder.close()
    return (_model(settings, encoder, active), *found)


def _model(settings: Settings, encoder: RemoteEncoder, active: Model | None) -> Finding:
    if active is not None and active.identity.partition("+")[0] != encoder.identity:
        text = f"The servers' {encoder.name} is not the model that the library's vectors were made with."
        return failure("model", text, "Give them the former model's folder.")
    if settings.clip_embed_dim not in {None, encoder.dimension} and encoder.name == settings.clip_model:
        text = (
            f"CLIP_EMBED_DIM is {settings.clip_embed_dim}, but the vectors of {encoder.name} have"
            f" {encoder.dimension} numbers."
        )
        return failure("model", text, "Correct it, or leave it out.")
    return ok("model", f"Encoder servers run {encoder.name}, whose vectors have {encoder.dimension} numbers.")


async def _server(encoder: RemoteEncoder, server: Server) -> Finding:
    if not server.trusted:
        return warning("model.server", f"{server.url} is not used: {server.trouble}.", _REMEDY)
    begun = time.monotonic()
    try:
        await server.text("a photo", encoder.standard, seconds=10)
    except (ServerFault, ServerBusy, RequestRefused) as error:
        return warning("model.server", f"{server.url} encodes no text: {error}.", _REMEDY)
    took = time.monotonic() - begun
    protocol = server.protocol
    by = (
        f"is a Scene-Sense encoder that runs by {', '.join(protocol.described.providers)}"
        if isinstance(protocol, OwnProtocol)
        else "speaks only /predict, so that nobody knows what it runs by"
    )
    return ok("model.server", f"{server.url} {by}; it encodes a text in {took:.3f} seconds.")
