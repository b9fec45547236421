"""Tags and albums of the library behind a server's address."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from appliance.cli.narrowing import Narrowed
from appliance.cli.remote import Remote
from appliance.cli.shelves import AlbumView, ContentsView, ShareView, TagView
from appliance.cli.views import PersonView
from appliance.records.sharing import SharedMay


class RemoteShelves:
    """See :class:`appliance.cli.shelves.Shelves`.

    What would do something else when it is asked for twice is asked for once, however the answer is lost.
    """

    def __init__(self, remote: Remote) -> None:
        self._remote = remote

    async def tags(self) -> list[TagView]:
        """See the protocol."""
        return self._remote.understand(list[TagView], await self._remote.ask("GET", "/api/tags"))

    async def rename_tag(self, tag_id: UUID, name: str) -> TagView:
        """See the protocol."""
        return self._remote.understand(
            TagView, await self._remote.ask("PATCH", f"/api/tags/{tag_id}", json={"name": name})
        )

    async def merge_tag(self, tag_id: UUID, into: UUID) -> TagView:
        """See the protocol."""
        return self._remote.understand(
            TagView, await self._once(f"/api/tags/{tag_id}/merge", json={"into": str(into)})
        )

    async def colour_tag(self, tag_id: UUID, color: int | None) -> TagView:
        """See the protocol."""
        said = {"color": None if color is None else f"#{color:06x}"}
        return self._remote.understand(
            TagView, await self._remote.ask("PATCH", f"/api/tags/{tag_id}", json=said)
        )

    async def remove_tag(self, tag_id: UUID) -> None:
        """See the protocol."""
        await self._remote.send("DELETE", f"/api/tags/{tag_id}")

    async def albums(self) -> list[AlbumView]:
        """See the protocol."""
        return self._remote.understand(list[AlbumView], await self._remote.ask("GET", "/api/albums"))

    async def contents(self, album_id: UUID, limit: int) -> ContentsView:
        """See the protocol."""
        page = await self._remote.ask("GET", f"/api/albums/{album_id}/assets", query={"limit": limit})
        said = self._remote.understand(dict[str, Any], page)
        return self._remote.understand(
            ContentsView, {"items": said.get("items"), "more": said.get("next") is not None}
        )

    async def create_album(self, name: str, description: str, rule: Narrowed | None) -> AlbumView:
        """See the protocol."""
        body = {"name": name, "description": description, "rule": None if rule is None else rule.said}
        return self._remote.understand(AlbumView, await self._once("/api/albums", json=body))

    async def add_to_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """See the protocol."""
        return await self._change(f"/api/albums/{album_id}/assets", asset_ids)

    async def remove_from_album(self, album_id: UUID, asset_ids: Sequence[UUID]) -> int:
        """See the protocol."""
        return await self._change(f"/api/albums/{album_id}/assets/remove", asset_ids)

    async def shares(self, album_id: UUID) -> list[ShareView]:
        """See the protocol."""
        return self._remote.understand(
            list[ShareView], await self._remote.ask("GET", f"/api/albums/{album_id}/shares")
        )

    async def people(self) -> list[PersonView]:
        """See the protocol."""
        return self._remote.understand(list[PersonView], await self._remote.ask("GET", "/api/people"))

    async def share_album(self, album_id: UUID, subject: UUID | None, may: SharedMay) -> ShareView:
        """See the protocol."""
        said = {"subject": None if subject is None else str(subject), "may": may.value}
        answer = await self._remote.ask("POST", f"/api/albums/{album_id}/shares", json=said)
        return self._remote.understand(ShareView, answer)

    async def end_share(self, album_id: UUID, share_id: UUID) -> None:
        """See the protocol."""
        await self._remote.send("DELETE", f"/api/albums/{album_id}/shares/{share_id}")

    async def delete_album(self, album_id: UUID) -> None:
        """See the protocol."""
        await self._remote.send("DELETE", f"/api/albums/{album_id}")

    async def _change(self, path: str, asset_ids: Sequence[UUID]) -> int:
        answer = await self._once(path, json={"ids": [str(each) for each in asset_ids]})
        return self._remote.understand(int, self._remote.understand(dict[str, Any], answer).get("changed"))

    async def _once(self, path: str, *, json: object) -> object:
        return self._remote.content(await self._remote.send("POST", path, json=json))
