"""The library behind a server's address."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import fields
from pathlib import Path
from uuid import UUID, uuid4

from appliance.cli.files import exactly
from appliance.cli.library import File, Question, Wish
from appliance.cli.remote import Remote
from appliance.cli.resuming import PIECE_BYTES, send_in_pieces
from appliance.cli.views import AddedView, AnswerView, AssetView, JobView, KnownView, View
from appliance.errors import Unavailable
from appliance.records.organise import UNSET, Changes, Corrected


class RemoteLibrary:
    """See :class:`appliance.cli.library.Library`."""

    def __init__(self, remote: Remote) -> None:
        self._remote = remote
        #: Uploads in pieces that an earlier run had begun, by the sum of their file.
        self._begun: dict[bytes, UUID] = {}

    async def check(self, files: Sequence[File]) -> list[KnownView]:
        """See the protocol."""
        asked = [{"sha256": file.sha256.hex(), "size": file.bytes} for file in files]
        known = self._remote.understand(
            list[KnownView], await self._remote.ask("POST", "/api/uploads/check", json=asked)
        )
        if [each.sha256 for each in known] != [each["sha256"] for each in asked]:
            raise self._remote.not_understood()
        self._begun |= {bytes.fromhex(each.sha256): each.uploading.id for each in known if each.uploading}
        return known

    async def add(self, file: File, wish: Wish) -> AddedView:
        """See the protocol."""
        if file.bytes >= PIECE_BYTES:
            begun = self._begun.pop(file.sha256, None)
            status, asset_id = await send_in_pieces(self._remote, file, wish, begun=begun)
            return AddedView(status=status, asset=await self.show(asset_id))
        given = [("folder", wish.folder), ("ttl", wish.ttl), *(("tags", tag) for tag in wish.tags)]
        form = _Form(file.path, file.name, file.bytes, given)
        return self._remote.understand(
            AddedView,
            await self._remote.ask("POST", "/api/assets", body=form.body, headers=form.headers),
        )

    async def search(self, question: Question) -> AnswerView:
        """See the protocol."""
        terms: list[dict[str, object]] = [
            {"asset": str(asset_id), "weight": weight} for asset_id, weight in question.like
        ]
        if question.picture is not None:
            terms.append({"picture": await self._hand_in(question.picture)})
        asked = {
            name: value
            for name, value in {
                "q": question.text,
                "terms": terms,
                "right": [str(each) for each in question.right],
                "wrong": [str(each) for each in question.wrong],
                "collapse": question.collapse,
            }.items()
            if value
        } | {"strength": question.strength, **question.where.said, "limit": question.limit}
        answer = await self._search(asked)
        left = question.limit - len(answer.items)
        if question.beyond and answer.beyond is not None and left > 0:
            rest = await self._search({**asked, "after": answer.beyond, "limit": left})
            answer = answer.model_copy(
                update={"items": [*answer.items, *rest.items], "beyond": None, "next": rest.next}
            )
        return answer.as_shown

    async def _search(self, asked: Mapping[str, object]) -> "_Page":
        # Not by GET: there the words would stand in the logs of whatever lies between.
        return self._remote.understand(_Page, await self._remote.ask("POST", "/api/search", json=asked))

    async def _hand_in(self, picture: Path) -> str:
        """What stands for a picture that is not in the library."""
        size = await asyncio.to_thread(lambda: picture.stat().st_size)
        form = _Form(picture, picture.name, size, [])
        handed = self._remote.understand(
            _Handed,
            await self._remote.ask("POST", "/api/search/pictures", body=form.body, headers=form.headers),
        )
        return handed.picture

    async def original(self, asset_id: UUID) -> AsyncGenerator[bytes, None]:
        """See the protocol. Goes on where it was when the connection is lost, and fails when nothing more comes."""
        come, before = 0, -1
        while True:
            try:
                async with self._remote.reading(f"/api/assets/{asset_id}/original", start=come) as pieces:
                    async for piece in pieces:
                        come += len(piece)
                        yield piece
            except Unavailable:
                if come == before:
                    raise
                before = come
                # A server that restarts is waited for.
                await self.show(asset_id)
            else:
                return

    async def rendition(self, asset: AssetView, size: int) -> bytes:
        """See the protocol."""
        path = f"/media/{asset.id}/{asset.media_version}/{size}"
        return (await self._remote.patiently(lambda: self._remote.send("GET", path))).content

    async def show(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        return self._remote.understand(AssetView, await self._remote.ask("GET", f"/api/assets/{asset_id}"))

    async def edit(self, asset_id: UUID, changes: Changes, *, ttl: str | None) -> AssetView:
        """See the protocol."""
        given = {field.name: getattr(changes, field.name) for field in fields(changes)}
        patch: dict[str, object] = {name: value for name, value in given.items() if value is not UNSET}
        if isinstance(changes.taken, Corrected):
            taken = changes.taken
            patch["taken"] = {"local": taken.local.isoformat(), "offset_minutes": taken.offset_minutes}
        if ttl is not None:
            patch["ttl"] = ttl
        return self._remote.understand(
            AssetView, await self._remote.ask("PATCH", f"/api/assets/{asset_id}", json=patch)
        )

    async def trash(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        return self._remote.understand(AssetView, await self._remote.ask("DELETE", f"/api/assets/{asset_id}"))

    async def restore(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        return self._remote.understand(
            AssetView, await self._remote.ask("POST", f"/api/assets/{asset_id}/restore")
        )

    async def failed(self, limit: int) -> list[JobView]:
        """See the protocol."""
        query: dict[str, str | int] = {"state": "failed", "limit": limit}
        return self._remote.understand(list[JobView], await self._remote.ask("GET", "/api/jobs", query=query))

    async def retry(self, asset_ids: Sequence[UUID] | None) -> int:
        """See the protocol."""
        chosen = {} if asset_ids is None else {"asset_ids": [str(each) for each in asset_ids]}
        return int(
            self._remote.understand(
                dict[str, int], await self._remote.ask("POST", "/api/jobs/retry", json=chosen)
            )["retried"]
        )


class _Page(AnswerView):
    """An answer as it comes, with its ways to go on."""

    next: str | None = None
    beyond: str | None = None

    @property
    def as_shown(self) -> AnswerView:
        """What is shown of it."""
        return AnswerView.model_validate(
            {name: getattr(self, name) for name in AnswerView.model_fields}
            | {"more": self.next is not None, "more_below": self.beyond is not None}
        )


class _Handed(View):
    """A picture that was handed in to search with."""

    picture: str


class _Form:
    """A multipart upload that is read from the disk while it is sent, the file last."""

    def __init__(self, path: Path, name: str, size: int, given: Sequence[tuple[str, str | None]]) -> None:
        self._path, self._size = path, size
        boundary = uuid4().hex
        fields = "".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in given
            if value is not None
        )
        head = (
            f'{fields}--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{_quoted(name)}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        self._head, self._tail = head.encode(), f"\r\n--{boundary}--\r\n".encode()
        self.headers = {
            "Content-Type": f"multipart/form-data; boundary={boundary}",
            "Content-Length": str(len(self._head) + size + len(self._tail)),
        }

    async def body(self) -> AsyncIterator[bytes]:
        """The bytes of the form."""
        yield self._head
        async with aclosing(exactly(self._path, self._size)) as pieces:
            async for piece in pieces:
                yield piece
        yield self._tail


def _quoted(name: str) -> str:
    """A file name as a quoted string; a line's end in a name would end the header."""
    plain = "".join(sign if sign.isprintable() else " " for sign in name)
    return plain.replace("\\", "\\\\").replace('"', '\\"')
