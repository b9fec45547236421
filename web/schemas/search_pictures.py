"""The form and the answer of a picture to search with."""

from pydantic import Field

from web.schemas.base import Schema


class PictureForm(Schema):
    """A picture to search with."""

    file: str = Field(
        json_schema_extra={"format": "binary"}, description="The picture; it is looked at and not kept."
    )


class HandedIn(Schema):
    """What stands for a picture."""

    picture: str = Field(
        description="What to give as `picture` of a term of `POST /api/search`. It holds what the model made of the"
        " picture, not the picture, and is of no use once another model answers."
    )
