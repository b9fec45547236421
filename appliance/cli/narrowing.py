"""What a search is narrowed to, or an album's rule says, as options of the command line and what they mean."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import typer

from appliance.errors import UsageError
from appliance.library.naming import folder_path, tag_names
from appliance.library.wishes import read_filter
from appliance.records.search import Filter

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


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the pictures have in common. Folder and tags are in their clean form."""

    folder: str | None
    tags: tuple[str, ...]
    first: date | None
    last: date | None
    #: ``image``, ``video`` or a MIME type.
    type: str | None
    album: UUID | None
    favourite: bool
    rating: int | None
    #: The empty one stands for pictures that don't say.
    camera: str | None
    undated: bool

    @property
    def filter(self) -> Filter:
        """What a library of this machine is asked with."""
        return read_filter(
            folder=self.folder,
            tags=self.tags,
            first=self.first,
            last=self.last,
            kind=self.type,
            album=self.album,
            favourite=self.favourite,
            rating=self.rating,
            camera=self.camera,
            undated=self.undated,
        )

    @property
    def said(self) -> dict[str, object]:
        """What a server is asked with: only what narrows, nothing at all where nothing does."""
        fields: dict[str, object] = {
            "folder": self.folder,
            "tag": ",".join(self.tags) or None,
            "from": self.first.isoformat() if self.first else None,
            "to": self.last.isoformat() if self.last else None,
            "type": self.type,
            "album": str(self.album) if self.album else None,
            "favourite": self.favourite or None,
            "rating": self.rating,
            "camera": self.camera,
            "undated": self.undated or None,
        }
        return {name: value for name, value in fields.items() if value is not None}


def narrowed(
    *,
    folder: str,
    tag: list[str] | None,
    first: datetime | None,
    last: datetime | None,
    kind: str | None,
    favourite: bool,
    rating: int | None,
    camera: str | None,
    undated: bool,
    album: UUID | None = None,
) -> Narrowed:
    """What these options say.

    Raises:
        UsageError: no folder, tag or type can be called so.
    """
    return Narrowed(
        folder=folder_path(folder),
        tags=tag_names(tag or []),
        first=first.date() if first else None,
        last=last.date() if last else None,
        type=_checked_type(kind),
        album=album,
        favourite=favourite,
        rating=rating,
        camera=camera,
        undated=undated,
    )


def _checked_type(kind: str | None) -> str | None:
    if kind is None or kind in {"image", "video"} or kind.partition("/")[2]:
        return kind
    raise UsageError(f"--type is `image`, `video` or a type like image/heic, not {kind!r}.")
