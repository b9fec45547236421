"""The library of this machine, used without the web server, in the name of one account."""

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from appliance.cli.files import PIECE_BYTES, pieces
from appliance.cli.key import account_of
from appliance.cli.library import File, Question, Wish
from appliance.cli.views import (
    AddedView,
    AnswerView,
    AssetView,
    CutView,
    FlawView,
    GroupView,
    HitView,
    JobView,
    KnownView,
)
from appliance.clip.encoder import TowerName
from appliance.clock import now
from appliance.db import audit, jobs
from appliance.db.assets import get_asset
from appliance.errors import (
    Forbidden,
    ModelUnavailable,
    OriginalUnreadable,
    SettingsError,
)
from appliance.jobs import Actor
from appliance.library import organise
from appliance.library.accounts import check_may_write, viewer_of
from appliance.library.appliance import Appliance, open_appliance
from appliance.library.browse import Renditions, open_original
from appliance.library.ingest import IngestStatus, check_known, ingest
from appliance.library.query_meaning import read_meaning
from appliance.library.room import Room
from appliance.library.search import search
from appliance.library.ttl import expiry_after, parse_ttl
from appliance.library.wishes import read_upload
from appliance.records.accounts import Viewer
from appliance.records.assets import Asset
from appliance.records.organise import Changes
from appliance.records.query import Flaw
from appliance.records.search import And, AssetTerm, PictureTerm, SearchAnswer, SearchHit, SearchRequest, Term
from appliance.settings import Settings


@asynccontextmanager
async def open_here(
    settings: Settings,
    *,
    user: str | None,
    towers: frozenset[TowerName] = frozenset(),
    jobs: int = 0,
    decode: bool = False,
) -> AsyncIterator[tuple[Appliance, Viewer]]:
    """The appliance of these settings and its account; ``jobs`` is how many files can be taken in at a time.

    With ``decode`` pictures can be decoded although none is taken in.

    Raises:
        NotFound: there is no such account, or none at all.
        Unavailable: a part of the appliance is not running.
        SettingsError: this user of the machine can't work on the library's files.
    """
    if jobs:
        _check_owner(settings)
    async with open_appliance(
        settings, towers=towers, decoder_processes=jobs or int(decode), pool_size=max(2, jobs + 1)
    ) as appliance:
        account = await account_of(appliance.db, user)
        if account.disabled_at is not None:
            raise Forbidden(f"The account {account.name} is disabled.")
        yield appliance, viewer_of(account, admin_sees_all=settings.admin_sees_all)


class LocalLibrary:
    """See :class:`appliance.cli.library.Library`."""

    def __init__(self, appliance: Appliance, viewer: Viewer) -> None:
        self._appliance = appliance
        self._db = appliance.db
        self._viewer = viewer
        self._renditions = Renditions()

    async def check(self, files: Sequence[File]) -> list[KnownView]:
        """See the protocol."""
        asked = [(file.sha256, file.bytes) for file in files]
        known = await check_known(self._db, self._viewer, asked, store=self._appliance.store)
        return [KnownView(sha256=each.sha256.hex(), state=each.state, id=each.id) for each in known]

    async def add(self, file: File, wish: Wish) -> AddedView:
        """See the protocol."""
        check_may_write(self._viewer)
        appliance = self._appliance
        async with aclosing(pieces(file.path)) as chunks:
            staged = await appliance.store.stage(Room(appliance).filled(chunks))
        request = read_upload(
            self._viewer.user_id, file.name, folder=wish.folder, tags=wish.tags, ttl=wish.ttl
        )
        result = await ingest(
            staged,
            request,
            db=self._db,
            store=appliance.store,
            decoder=appliance.decoder,
            queue=appliance.queue,
        )
        if result.status is not IngestStatus.DUPLICATE:
            await self._note("asset.upload", result.asset.id)
        return AddedView(status=result.status, asset=self._view(result.asset))

    async def search(self, question: Question) -> AnswerView:
        """See the protocol."""
        read = read_meaning(question.text, today=now().date())
        terms: list[Term] = [*read.terms, *(AssetTerm(*each) for each in question.like)]
        if question.picture is not None:
            terms.append(await self._picture(question.picture))
        request = SearchRequest(
            terms=tuple(terms),
            where=And((question.where.filter, *read.where.of)),
            limit=question.limit,
            strength=question.strength,
            right=question.right,
            wrong=question.wrong,
            collapse=question.collapse,
        )
        answer = await self._ask(request)
        view = self._answer_view(answer, read.flaws)
        left = question.limit - len(answer.hits)
        if question.beyond and answer.beyond is not None and left > 0:
            rest = await self._ask(replace(request, after=answer.beyond, limit=left))
            more = self._answer_view(rest, ())
            view = view.model_copy(
                update={"items": [*view.items, *more.items], "more": more.more, "more_below": False}
            )
        return view

    async def _ask(self, request: SearchRequest) -> SearchAnswer:
        return await search(
            request,
            viewer=self._viewer,
            db=self._db,
            encoder=self._appliance.encoder,
            model=self._appliance.model,
            backgrounds=self._appliance.backgrounds,
            absence=self._appliance.models.absence,
        )

    async def _picture(self, path: Path) -> PictureTerm:
        """What a picture that is not in the library looks like to the model."""
        appliance = self._appliance
        if appliance.model is None:
            raise ModelUnavailable
        fd = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            vector = await appliance.eyes.look(fd, appliance.decoder, appliance.model)
        finally:
            os.close(fd)
        return PictureTerm(vector, appliance.model.id)

    def _answer_view(self, answer: SearchAnswer, flaws: Sequence[Flaw]) -> AnswerView:
        cut = answer.cut
        return AnswerView(
            items=[self._hit_view(hit) for hit in answer.hits],
            exact=answer.exact,
            model=answer.model,
            took_ms=round(answer.took_ms, 3),
            nearest=[self._hit_view(hit) for hit in answer.nearest],
            more=answer.next is not None,
            more_below=answer.beyond is not None,
            matched=answer.matched,
            matched_at_least=answer.matched_at_least,
            cut=CutView(strength=cut.strength, threshold=cut.threshold, nothing=cut.nothing) if cut else None,
            degraded=answer.degraded,
            flaws=[
                FlawView(start=each.start, end=each.end, code=each.code, meant=each.meant) for each in flaws
            ],
            notes=list(answer.notes),
        )

    def _hit_view(self, hit: SearchHit) -> HitView:
        return HitView(
            id=hit.asset.id,
            score=hit.score,
            distance=hit.distance,
            above_chance=hit.above_chance,
            matched=sorted(hit.matched),
            group=GroupView(id=hit.group.id, size=hit.group.size) if hit.group else None,
            asset=self._view(hit.asset),
        )

    async def original(self, asset_id: UUID) -> AsyncGenerator[bytes, None]:
        """See the protocol."""
        _, fd = await open_original(self._db, self._viewer, asset_id, store=self._appliance.store)
        try:
            while piece := await asyncio.to_thread(os.read, fd, PIECE_BYTES):
                yield piece
        except OSError as error:
            raise OriginalUnreadable from error
        finally:
            os.close(fd)

    async def rendition(self, asset: AssetView, size: int) -> bytes:
        """See the protocol."""
        appliance = self._appliance
        data, _ = await self._renditions.get(
            self._viewer,
            asset.id,
            version=asset.media_version,
            size=size,
            db=self._db,
            store=appliance.store,
            cache=appliance.cache,
            decoder=appliance.decoder,
        )
        return data

    async def show(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        return self._view(await get_asset(self._db, self._viewer, asset_id))

    async def edit(self, asset_id: UUID, changes: Changes, *, ttl: str | None) -> AssetView:
        """See the protocol."""
        check_may_write(self._viewer)
        if ttl is not None:
            changes = replace(changes, expires_at=expiry_after(parse_ttl(ttl)))
        edited = await organise.edit_asset(self._db, self._viewer, asset_id, changes)
        await self._note("asset.edit", asset_id)
        return self._view(edited)

    async def trash(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        check_may_write(self._viewer)
        days = self._appliance.settings.trash_days
        trashed = await organise.trash(self._db, self._viewer, asset_id, trash_days=days)
        await self._note("asset.trash", asset_id)
        return self._view(trashed)

    async def restore(self, asset_id: UUID) -> AssetView:
        """See the protocol."""
        check_may_write(self._viewer)
        restored = await organise.restore(self._db, self._viewer, asset_id)
        await self._note("asset.restore", asset_id)
        return self._view(restored)

    async def failed(self, limit: int) -> list[JobView]:
        """See the protocol."""
        found = await jobs.list_jobs(self._db, self._viewer, state="failed", limit=limit)
        return [
            JobView.model_validate({name: getattr(job, name) for name in JobView.model_fields})
            for job in found
        ]

    async def retry(self, asset_ids: Sequence[UUID] | None) -> int:
        """See the protocol."""
        check_may_write(self._viewer)
        retried = await jobs.retry(self._db, self._viewer, asset_ids=asset_ids)
        if retried:
            await self._appliance.queue.try_wake(Actor.EMBED)
        return retried

    def _view(self, asset: Asset) -> AssetView:
        return AssetView.of(asset, storage_path=self._appliance.settings.storage_path)

    async def _note(self, action: str, asset_id: UUID) -> None:
        await audit.record(
            self._db, action=action, actor=self._viewer.user_id, object=str(asset_id), reason="command line"
        )


def _check_owner(settings: Settings) -> None:
    """Root can write everywhere, but what it wrote the appliance's own user could not read."""
    try:
        owner = settings.storage_path.stat().st_uid
    except OSError:
        # The volume is away, which is said where it is opened.
        return
    if os.geteuid() == 0 and owner != 0:
        raise SettingsError(
            f"The library's files belong to user {owner}; import as that user (sudo -u '#{owner}' …), "
            "or with --server and --key."
        )
