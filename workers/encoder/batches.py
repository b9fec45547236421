"""Our own addresses: whole batches of decoded pixels, for vectors equal to those made in process."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from appliance.clip.encoder import Vectors
from appliance.clip.local import LocalEncoder
from appliance.clip.remote.wire import (
    BYTES_TYPE,
    IDENTITY_HEADER,
    IMAGES_PATH,
    MODEL_PATH,
    TEXTS_PATH,
    Described,
    description_to_json,
    pictures_from_bytes,
    vectors_to_bytes,
)
from workers.encoder.faults import Handler, Malformed, OtherModel
from workers.encoder.limits import (
    ALL_CHARACTERS,
    CHARACTERS,
    JSON_BYTES,
    PICTURES,
    TEXTS,
    read_body,
    while_wanted,
)
from workers.encoder.parts import Parts


def describe(parts: Parts) -> Handler:
    """``GET /v1/model?name=NAME``."""

    async def handle(request: Request) -> Response:
        async with parts.models.using(request.query_params.get("name")) as encoder:
            described = Described(
                protocol="scene-sense-1",
                name=encoder.name,
                identity=encoder.identity,
                dimension=encoder.dimension,
                pixels=encoder.pixels,
                card=encoder.card,
                providers=tuple(sorted(encoder.providers)),
                pictures=PICTURES,
            )
        body = description_to_json(described)
        return Response(body, media_type="application/json", headers={IDENTITY_HEADER: described.identity})

    return handle


def images(parts: Parts) -> Handler:
    """``POST /v1/images?model=NAME``."""

    async def handle(request: Request) -> Response:
        async with parts.pictures.turn(), parts.models.using(request.query_params.get("model")) as encoder:
            _require_model(request, encoder)
            spec = encoder.pixels
            body = await read_body(request, most=PICTURES * spec.height * spec.width * 3)
            try:
                pictures = pictures_from_bytes(body, spec)
            except ValueError as error:
                raise Malformed(f"The body does not fit: {error}.") from error
            vectors = await while_wanted(request, encoder.encode_images(pictures))
            parts.metrics.encoded("picture", len(pictures))
            return _answer(encoder, vectors)

    return handle


def texts(parts: Parts) -> Handler:
    """``POST /v1/texts?model=NAME``."""

    async def handle(request: Request) -> Response:
        # Before the turn: whoever sends slowly is not to keep others from theirs.
        with parts.room.lent() as count:
            asked = _texts_of(await read_body(request, most=JSON_BYTES, count=count))
            async with parts.texts.turn(), parts.models.using(request.query_params.get("model")) as encoder:
                _require_model(request, encoder)
                vectors = await while_wanted(request, _encode(encoder, asked))
        parts.metrics.encoded("text", len(asked))
        return _answer(encoder, vectors)

    return handle


async def _encode(encoder: LocalEncoder, asked: Sequence[str]) -> list[Vectors]:
    return [await encoder.encode_text(text) for text in asked]


def routes(parts: Parts) -> list[tuple[str, str, Handler]]:
    """Method, path and handler of each."""
    made: list[tuple[str, str, Callable[[Parts], Handler]]] = [
        ("GET", MODEL_PATH, describe),
        ("POST", IMAGES_PATH, images),
        ("POST", TEXTS_PATH, texts),
    ]
    return [(method, path, make(parts)) for method, path, make in made]


def require_text(text: Any) -> str:
    """The text, if it is one that is taken.

    Raises:
        Malformed: it is not.
    """
    if not isinstance(text, str) or len(text) > CHARACTERS:
        raise Malformed(f"A text has at most {CHARACTERS} characters.")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Malformed("The text holds half of a character (a surrogate without its other half).")
    return text


def _texts_of(body: bytes) -> list[str]:
    try:
        asked = json.loads(body)["texts"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Malformed('The body must be {"texts": ["…"]}.') from error
    if not isinstance(asked, list) or not 1 <= len(asked) <= TEXTS:
        raise Malformed(f"A request has 1 to {TEXTS} texts.")
    found = [require_text(text) for text in asked]
    if sum(map(len, found)) > ALL_CHARACTERS:
        raise Malformed(f"The texts of a request have at most {ALL_CHARACTERS} characters together.")
    return found


def _require_model(request: Request, encoder: LocalEncoder) -> None:
    expected = request.headers.get(IDENTITY_HEADER)
    if expected is not None and expected != encoder.identity:
        raise OtherModel(
            f"{encoder.name} has other files here ({encoder.identity[:12]}) than are expected ({expected[:12]});"
            " copy the same model folder to all machines."
        )


def _answer(encoder: LocalEncoder, vectors: Sequence[Vectors] | Vectors) -> Response:
    body = vectors_to_bytes(np.asarray(vectors, np.float32))
    return Response(body, media_type=BYTES_TYPE, headers={IDENTITY_HEADER: encoder.identity})
