"""Reads query parameters and JSON bodies into models, and refuses everything that they do not know."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json
from starlette.requests import Request

from web.problems import BodyTooLarge, Malformed, TooSlow, WrongContentType
from web.schemas.problems import ProblemPart

#: Largest JSON body, bytes.
MAX_JSON_BYTES = 1024 * 1024

#: A body whose next piece does not come within this time is given up, seconds.
BODY_PIECE_SECONDS = 30.0


def read_query(request: Request, model: type[BaseModel] | None) -> Any:
    """The validated query, or None where the operation has none.

    A model that ignores what it does not know (``extra="ignore"``) is for what somebody else's server writes,
    of which nothing is stored.

    Raises:
        Malformed: unknown, repeated or out of bounds, each with its name.
    """
    given = request.query_params
    fields = {} if model is None else {info.alias or name: info for name, info in model.model_fields.items()}
    lenient = model is not None and model.model_config.get("extra") == "ignore"
    unknown = [
        ProblemPart(where=name, message="There is no such parameter.")
        for name in given
        if name not in fields and not lenient
    ]
    values: dict[str, Any] = {}
    for name, info in fields.items():
        pieces = given.getlist(name)
        if not pieces:
            continue
        if _takes_many(info.annotation):
            values[name] = pieces
        elif len(pieces) == 1:
            values[name] = pieces[0]
        else:
            unknown.append(ProblemPart(where=name, message="May be given once."))
    if not lenient:
        unknown += _with_nul(values)
    if unknown:
        raise Malformed(unknown)
    if model is None:
        return None
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise Malformed(_parts(error.errors(include_url=False))) from error


async def read_body(request: Request, shape: Any) -> Any:
    """The validated JSON body.

    Raises:
        WrongContentType: it does not say that it is JSON.
        BodyTooLarge: more than :data:`MAX_JSON_BYTES`.
        Malformed: not JSON, or not of this shape.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise WrongContentType("The body must be JSON, with Content-Type: application/json.")
    raw = bytearray()
    async for piece in body_stream(request, limit=MAX_JSON_BYTES):
        raw += piece
    try:
        value = from_json(bytes(raw), allow_inf_nan=False)
    except ValueError as error:
        raise Malformed([ProblemPart(where="body", message=f"This is not JSON: {error}")]) from error
    refused = _with_nul({"body": value})
    if refused:
        raise Malformed(refused)
    try:
        # As JSON, not as Python: there a date is a string and a list can be a tuple. Strictly, as the document says
        # it: "yes" is no boolean, and a number is neither a text nor a moment.
        return TypeAdapter(shape).validate_json(bytes(raw), strict=True)
    except ValidationError as error:
        raise Malformed(_parts(error.errors(include_url=False))) from error


async def body_stream(request: Request, *, limit: int) -> AsyncGenerator[bytes, None]:
    """The body in pieces as they arrive, counted: what Content-Length says is no proof.

    Raises:
        BodyTooLarge: more than ``limit`` bytes.
        TooSlow: nothing came for :data:`BODY_PIECE_SECONDS`.
    """
    total = 0
    stream = request.stream()
    while True:
        try:
            # Not wait_for, which in Python 3.11 loses a cancellation that comes together with a piece, and makes a
            # task for each.
            async with asyncio.timeout(BODY_PIECE_SECONDS):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise TooSlow from error
        if piece is None:
            return
        total += len(piece)
        if total > limit:
            raise BodyTooLarge(f"The body is larger than {limit} bytes.")
        if piece:
            yield piece


def _takes_many(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(_takes_many(option) for option in get_args(annotation))
    return origin in {list, tuple, set, frozenset}


def _parts(errors: Iterable[ErrorDetails]) -> list[ProblemPart]:
    return [
        ProblemPart(
            where=".".join(str(step) for step in error["loc"]) or "body",
            message=error["msg"].removeprefix("Value error, "),
        )
        for error in list(errors)[:20]
    ]


def _with_nul(value: Any, where: str = "") -> list[ProblemPart]:
    """Strings that hold a NUL or half a surrogate pair, which PostgreSQL can't store and nobody means."""
    if isinstance(value, str):
        sound = "\x00" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
        return (
            []
            if sound
            else [ProblemPart(where=where, message="This text has a character that can't be stored.")]
        )
    if isinstance(value, dict):
        items: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return []
    return [part for key, item in items for part in _with_nul(item, f"{where}.{key}".lstrip("."))]
