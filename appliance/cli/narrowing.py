"""What a search is narrowed to, as options of the command line."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer

from appliance.errors import UsageError

_DAY, _A_DAY = "%Y-%m-%d", "YYYY-MM-DD"

FolderOption = Annotated[str, typer.Option(help="Only in this folder and below it.", show_default=False)]
TagOption = Annotated[
    list[str] | None, typer.Option(help="Only with this tag; repeatable.", show_default=False)
]
FirstDayOption = Annotated[
    datetime | None,
    typer.Option("--from", formats=[_DAY], metavar=_A_DAY, help="Taken then or later.", show_default=False),
]
LastDayOption = Annotated[
    datetime | None,
    typer.Option("--to", formats=[_DAY], metavar=_A_DAY, help="Taken then or earlier.", show_default=False),
]
TypeOption = Annotated[
    str | None,
    typer.Option("--type", help="Only `image`, `video`, or a type like image/heic.", show_default=False),
]
AlbumOption = Annotated[
    UUID | None, typer.Option(metavar="ID", help="Only in this album.", show_default=False)
]
FavouriteOption = Annotated[bool, typer.Option("--favourite", help="Only your favourites.")]
RatingOption = Annotated[
    int | None,
    typer.Option(min=1, max=5, help="Only with this rating of yours or a better one.", show_default=False),
]
CameraOption = Annotated[
    str | None,
    typer.Option(help='Only taken with this camera; "" for those that do not say.', show_default=False),
]
UndatedOption = Annotated[bool, typer.Option("--undated", help="Only without a date at which it was taken.")]


def checked_type(kind: str | None) -> str | None:
    """The kind or MIME type as it was given.

    Raises:
        UsageError: it is neither.
    """
    if kind is None or kind in {"image", "video"} or kind.partition("/")[2]:
        return kind
    raise UsageError(f"--type is `image`, `video` or a type like image/heic, not {kind!r}.")
