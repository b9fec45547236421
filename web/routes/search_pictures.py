"""Pictures to search with that are not in the library: looked at, and not kept."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from appliance.errors import (
    Busy,
    DecoderUnavailable,
    EmptyFile,
    FileTooLarge,
    ModelUnavailable,
    RejectedFile,
    UnsupportedFile,
)
from appliance.library.picture_queries import write_picture
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.multipart import MAX_OVERHEAD_BYTES, Form, file_chunks
from web.operation import Call, Operation
from web.schemas.search_pictures import HandedIn, PictureForm

#: A picture to search with is held in memory meanwhile.
MAX_BYTES = 100 * 1024 * 1024


async def hand_in(call: Call[None, None]) -> HandedIn:
    """Look at a picture, and give what stands for it."""
    appliance = call.appliance
    model = appliance.model
    if model is None:
        raise ModelUnavailable
    max_bytes = min(MAX_BYTES, appliance.settings.max_upload_bytes)
    if int(call.request.headers.get("content-length") or 0) - MAX_OVERHEAD_BYTES > max_bytes:
        raise FileTooLarge
    with appliance.eyes.entered(), _memory() as fd:
        chunks = file_chunks(call.request, Form(), known=frozenset(), max_bytes=max_bytes)
        async with aclosing(chunks):
            async for chunk in chunks:
                os.write(fd, chunk)
        if not os.fstat(fd).st_size:
            raise EmptyFile
        try:
            vector = await appliance.eyes.look(fd, appliance.decoder, model)
        except UnsupportedFile as error:
            # It would be 415, but that is about a whole request.
            raise RejectedFile(error.message) from error
    return HandedIn(picture=write_picture(vector, model, call.context.jwt_secret))


@contextmanager
def _memory() -> Iterator[int]:
    """A file without a name, in memory where the system has such."""
    if hasattr(os, "memfd_create"):
        fd = os.memfd_create("picture query", os.MFD_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)
    else:
        with tempfile.TemporaryFile() as file:
            yield file.fileno()


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/search/pictures",
        handler=hand_in,
        summary="Hand in a picture to search with",
        tag="search",
        description="The picture is looked at and not kept. The first one may take some seconds: a model is loaded.",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        reads_only=True,
        form=PictureForm,
        responses={200: HandedIn},
        errors=(Busy, RejectedFile, FileTooLarge, ModelUnavailable, DecoderUnavailable),
    ),
)
