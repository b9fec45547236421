"""Puts models, decoder, limits and addresses together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from appliance.cores import cores
from appliance.media.decoder import Decoder
from appliance.records.media import DecodeLimits
from appliance.settings import Settings
from workers.encoder import batches
from workers.encoder.doors import Doors
from workers.encoder.faults import Handler, told
from workers.encoder.limits import (
    FORMS_AT_ONCE,
    FORMS_WAITING,
    LARGEST_FILES,
    OVERHEAD_BYTES,
    PICTURES_AT_ONCE,
    PICTURES_WAITING,
    TEXTS_AT_ONCE,
    TEXTS_WAITING,
    Gate,
    Room,
)
from workers.encoder.metrics import Metrics
from workers.encoder.models import Models
from workers.encoder.parts import Parts
from workers.encoder.predict import predict

#: What Prometheus reads.
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@asynccontextmanager
async def open_app(settings: Settings) -> AsyncIterator[ASGIApp]:
    """The application, with the model of the settings loaded; closed at the end.

    Raises:
        ModelUnavailable: that model can't be loaded.
        SettingsError: there can be no such model.
    """
    limits = DecodeLimits(
        max_pixels=settings.max_pixels,
        timeout_seconds=settings.decode_timeout_seconds,
        memory_bytes=settings.decode_memory_bytes,
    )
    async with Decoder(limits, settings.decode_processes or cores()) as decoder:
        models = Models(settings)
        try:
            async with models.using(None):
                pass
            parts = Parts(
                settings=settings,
                models=models,
                decoder=decoder,
                texts=Gate(TEXTS_AT_ONCE, TEXTS_WAITING),
                pictures=Gate(PICTURES_AT_ONCE, PICTURES_WAITING),
                forms=Gate(FORMS_AT_ONCE, FORMS_WAITING),
                room=Room(LARGEST_FILES * (settings.max_upload_bytes + OVERHEAD_BYTES)),
                metrics=Metrics(),
            )
            key = settings.encoder_key.get_secret_value() if settings.encoder_key else None
            yield Doors(Starlette(routes=_routes(parts)), key=key)
        finally:
            await models.close()


def _routes(parts: Parts) -> list[Route]:
    async def ping(_request: Request) -> Response:
        return PlainTextResponse("pong")

    async def root(_request: Request) -> Response:
        return JSONResponse({"message": "Scene-Sense encoder"})

    async def metrics(_request: Request) -> Response:
        text = parts.metrics.text(
            texts_inside=parts.texts.inside,
            pictures_inside=parts.pictures.inside,
            encoders=parts.models.encoders(),
        )
        return Response(text, headers={"Content-Type": _METRICS_TYPE})

    counted = [("POST", "/predict", predict(parts)), *batches.routes(parts)]
    return [
        Route("/", root),
        Route("/ping", ping),
        Route("/metrics", metrics),
        *(Route(path, _counted(parts, path, told(handler)), methods=[how]) for how, path, handler in counted),
    ]


def _counted(parts: Parts, path: str, handler: Handler) -> Handler:
    async def handle(request: Request) -> Response:
        with parts.metrics.timed(path) as status:
            answer = await handler(request)
            status.append(answer.status_code)
            return answer

    return handle
