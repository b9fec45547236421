"""``POST /predict``: the protocol that servers and apps for photos at home speak already.

A form of parts: ``entries``, ``{"clip": {"visual": {"modelName": NAME}}}`` with a file ``image``, or ``"textual"``
with a field ``text``, whose language may be said in ``"options": {"language": "de"}`` after the name. The answer is
``{"clip": "[0.1, …]"}``, the vector as JSON inside a string, and for a picture ``imageHeight`` and ``imageWidth``.
"""

import json
import os
from typing import Any, Literal

from python_multipart.exceptions import FormParserError
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from workers.encoder.batches import require_text
from workers.encoder.faults import ClientGone, Handler, Malformed
from workers.encoder.limits import FIELD_BYTES, OVERHEAD_BYTES, bounded, while_wanted
from workers.encoder.parts import Parts

TowerKey = Literal["visual", "textual"]


def predict(parts: Parts) -> Handler:
    """The handler."""

    async def handle(request: Request) -> Response:
        # What it is asked for stands inside the body, and a text must not wait behind pictures: so both are read
        # first, a picture into a file.
        most = parts.settings.max_upload_bytes + OVERHEAD_BYTES
        try:
            with parts.room.lent() as count:
                limited = Request(request.scope, bounded(request.receive, most=most, count=count))
                async with parts.forms.turn():
                    form = await limited.form(max_files=1, max_fields=8, max_part_size=FIELD_BYTES)
                return await _answer(parts, request, form)
        except ClientDisconnect as error:
            raise ClientGone from error
        except (HTTPException, MultiPartException, FormParserError) as error:
            raise Malformed(f"This is not a well-formed form: {getattr(error, 'detail', error)}") from error

    return handle


async def _answer(parts: Parts, request: Request, form: FormData) -> Response:
    try:
        tower, name, language = entries_of(form.get("entries"))
        if tower == "textual":
            return await _text(parts, request, name, form.get("text"), language)
        return await _picture(parts, request, name, form.get("image"))
    finally:
        await form.close()


def entries_of(entries: Any) -> tuple[TowerKey, str, str | None]:
    """Which tower is asked for, of which model, and the language of the text in BCP 47 where that is said.

    Raises:
        Malformed: something else is asked for, or more than one thing.
    """
    try:
        tasks = json.loads(entries)
        ((task, kinds),) = tasks.items()
        ((kind, entry),) = kinds.items()
        name, options = entry["modelName"], entry.get("options")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Malformed(
            'The field `entries` must be {"clip": {"visual" or "textual": {"modelName": "…"}}}, one at a time.'
        ) from error
    if task != "clip" or kind not in {"visual", "textual"} or not isinstance(name, str):
        raise Malformed("This server encodes pictures and texts (`clip`), and nothing else.")
    language = options.get("language") if isinstance(options, dict) else None
    tower: TowerKey = "visual" if kind == "visual" else "textual"
    return tower, name, language if isinstance(language, str) else None


async def _text(parts: Parts, request: Request, name: str, text: Any, language: str | None) -> Response:
    if text is None:
        raise Malformed("The form needs a field `text`.")
    words = require_text(text)
    async with parts.texts.turn(), parts.models.using(name) as encoder:
        vector = await while_wanted(request, encoder.encode_text(words, language=language))
    parts.metrics.encoded("text", 1)
    return JSONResponse({"clip": json.dumps(vector.tolist())})


async def _picture(parts: Parts, request: Request, name: str, image: Any) -> Response:
    if not isinstance(image, UploadFile):
        raise Malformed("The form needs a file `image`.")
    image.file.flush()
    fd = image.file.fileno()  # a small one is moved from memory into a file by this
    if not os.fstat(fd).st_size:
        raise Malformed("The file `image` is empty.")
    async with parts.pictures.turn(), parts.models.using(name) as encoder:
        rendered = await parts.decoder.render(fd, sizes=(), pixels=encoder.pixels)
        if rendered.pixels is None:
            raise Malformed("The picture has no pixels.")
        vectors = await while_wanted(request, encoder.encode_images([rendered.pixels]))
    parts.metrics.encoded("picture", 1)
    return JSONResponse(
        {
            "clip": json.dumps(vectors[0].tolist()),
            "imageHeight": rendered.facts.height,
            "imageWidth": rendered.facts.width,
        }
    )
