"""Bodies of where an asset is to be found besides in the library."""

from uuid import UUID

from pydantic import Field

from appliance.records import whereabouts as records
from web.schemas.base import Schema
from web.schemas.folders import Person
from web.schemas.search import Group


class AlbumOfAsset(Schema):
    """An album that an asset is in."""

    id: UUID
    name: str
    owner: Person
    mine: bool
    by_rule: bool = Field(description="Whether a rule says what is in it.")
    removable: bool = Field(description="Whether you may take the asset out of it.")


class SeenBy(Schema):
    """Somebody who sees an asset."""

    person: Person | None = Field(description="Null: everybody here.")
    way: records.Way = Field(description="By what they see it.")
    name: str = Field(description="The name of that folder or album.")


class Whereabouts(Schema):
    """Where an asset is, as the one who asks sees it."""

    albums: list[AlbumOfAsset] = Field(description="Those that you may look into, yours first, by name.")
    seen_by: list[SeenBy] | None = Field(
        description="Who sees it besides you, not counting administrators who see all; null where it is not yours."
    )
    group: Group | None = Field(
        description="The pictures that are nearly the same; null where there are none."
    )

    @classmethod
    def of(cls, found: records.Whereabouts) -> "Whereabouts":
        """The body for this."""
        return cls(
            albums=[
                AlbumOfAsset(
                    id=album.id,
                    name=album.name,
                    owner=Person.of(album.owner),
                    mine=album.mine,
                    by_rule=album.by_rule,
                    removable=album.removable,
                )
                for album in found.albums
            ],
            seen_by=None
            if found.seen_by is None
            else [
                SeenBy(
                    person=None if one.person is None else Person.of(one.person), way=one.way, name=one.name
                )
                for one in found.seen_by
            ],
            group=None if found.group is None else Group(id=found.group.id, size=found.group.size),
        )
