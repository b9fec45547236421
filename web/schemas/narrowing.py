"""What lists, searches, the timeline, counts and edits of many are narrowed to, said in one way."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from appliance import clock
from appliance.errors import UsageError
from appliance.library.filter_parameters import as_parameters, further_filters
from appliance.library.query_meaning import query_of, read_meaning
from appliance.library.query_syntax import write_query
from appliance.library.wishes import read_filter
from appliance.records.filter_json import MAX_COUNT, MAX_DAYS
from appliance.records.leaves import Orientation
from appliance.records.search import And, Filter
from web.schemas.base import Day, Schema

#: Characters of a query in an address, where each can take twelve bytes; a body has more room.
MAX_QUERY = 1000

Letters = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]


class Narrowing(Schema):
    """What is narrowed to; all that is given must hold."""

    folder: str | None = Field(None, max_length=5000, description="In this folder of yours or below it.")
    folder_id: UUID | None = Field(None, description="In this folder or below it, also a shared one.")
    album: UUID | None = Field(None, description="In this album.")
    tag: str | None = Field(None, max_length=2000, description="Carries this tag; several, comma separated.")
    from_: Day | None = Field(None, alias="from", description="Taken on this day or later.")
    to: Day | None = Field(None, description="Taken on this day or earlier.")
    undated: bool = Field(False, description="Only what has no date at which it was taken.")
    type: str | None = Field(
        None, max_length=100, pattern=r"^(image|video|[a-z]+/[a-z0-9.+-]+)$", description="Kind or MIME type."
    )
    camera: str | None = Field(
        None,
        max_length=300,
        pattern=r"^[^\x00-\x1f]*$",
        description="Taken with this camera; empty: with one that does not say.",
    )
    favourite: bool = Field(False, description="Only your favourites.")
    rating: int | None = Field(
        None, ge=1, le=5, description="Only your own with this rating or a better one."
    )
    q: str | None = Field(
        None,
        max_length=MAX_QUERY,
        description="Filters as in the search box, `tag:a,b -is:favourite year:2020..2022`.",
    )
    folder_called: Letters | None = Field(
        None, description="In a folder of this name, shared or yours, or below."
    )
    album_called: Letters | None = Field(None, description="In an album of this name.")
    any_tag: str | None = Field(
        None, max_length=500, description="Carries at least one of these tags, comma separated."
    )
    no_tag: str | None = Field(
        None, max_length=500, description="Carries none of these tags, comma separated."
    )
    untagged: bool = Field(False, description="Only what carries no tag.")
    camera_like: Letters | None = Field(None, description="The camera's name has these letters in it.")
    lens_like: Letters | None = Field(None, description="The lens's name has these letters in it.")
    name_like: Letters | None = Field(None, description="The file's name has these letters in it.")
    owner: Letters | None = Field(None, description="Of the person of this name; `me`: yours.")
    uploaded_from: Day | None = Field(None, description="Uploaded on this day or later, UTC.")
    uploaded_to: Day | None = Field(None, description="Uploaded on this day or earlier, UTC.")
    orientation: Orientation | None = None
    min_bytes: Count | None = Field(None, description="Files of so many bytes or more.")
    max_bytes: Count | None = Field(None, description="Files of so many bytes or fewer.")
    min_pixels: Count | None = Field(
        None, description="Pictures of so many pixels, width times height, or more."
    )
    max_pixels: Count | None = Field(None, description="Pictures of so many pixels or fewer.")
    expiring: bool = Field(False, description="Only what leaves by itself at some time.")
    expires_before: Day | None = Field(None, description="Leaves by itself before this day, UTC.")
    expires_within: int | None = Field(
        None, ge=1, le=MAX_DAYS, description="Leaves by itself within so many days."
    )

    @classmethod
    def of(cls, where: Filter) -> "Narrowing":
        """What says this filter: one that :meth:`wanted` gave, or a rule.

        What no parameter says, or one says already, is in ``q``.
        """
        given: dict[str, Any] = {}
        rest: list[Filter] = []
        for part in where.of if isinstance(where, And) else (where,):
            said = as_parameters(part)
            if "tag" in said and "tag" in given:
                given["tag"] = f"{given['tag']},{said['tag']}"
            elif said and not said.keys() & given.keys():
                given |= said
            else:
                rest.append(part)
        if rest:
            given["q"] = write_query(query_of((), And(tuple(rest))))
        # Not measured again: tags that were renamed since may be longer together than what can be asked for.
        return cls.model_construct(**given)

    def parameters(self) -> And:
        """The filter that lets through what all of these say but ``q``.

        Raises:
            UsageError: no folder or tag can be called so.
        """
        plain = read_filter(
            folder=self.folder,
            folder_id=self.folder_id,
            album=self.album,
            tags=[self.tag or ""],
            first=self.from_,
            last=self.to,
            undated=self.undated,
            kind=self.type,
            camera=self.camera,
            favourite=self.favourite,
            rating=self.rating,
        )
        further = further_filters({name: getattr(self, name) for name in self.model_fields_set})
        return And((*plain.of, *further))

    def wanted(self) -> And:
        """The filter that lets through what all of these say.

        Raises:
            UsageError: no folder or tag can be called so, or ``q`` has words or what can't be understood.
        """
        if not self.q:
            return self.parameters()
        read = read_meaning(self.q, today=clock.now().date())
        for flaw in read.flaws:
            meant = f"; write `{flaw.meant}`, for example" if flaw.meant else ""
            raise UsageError(
                f"`q` has what can't be understood at characters {flaw.start} to {flaw.end}{meant}."
            )
        if read.terms:
            raise UsageError("Here `q` has filters alone; words are for `/api/search`.")
        return And(tuple(part for each in (self.parameters(), read.where) for part in each.of))
