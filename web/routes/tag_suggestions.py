"""Tags that pictures may want; a person says yes or no."""

from collections.abc import Sequence
from uuid import UUID

from appliance.errors import ClockDoubtful, Forbidden, ModelUnavailable, NotFound, TooManyEdits, UsageError
from appliance.library.shown import pack_shown
from appliance.library.tag_suggestions import TagMemory, TagParts, suggest_assets, suggest_tags
from appliance.library.tag_verdicts import judge
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Answer, Call, Operation
from web.schemas.assets import Asset
from web.schemas.edits import Edit
from web.schemas.tag_suggestions import (
    Candidate,
    CandidateQuery,
    Candidates,
    Judged,
    TagSuggestionBody,
    TagSuggestionQuery,
    TagSuggestions,
    Verdicts,
)


async def list_tag_suggestions(call: Call[TagSuggestionQuery, None]) -> TagSuggestions:
    """Tags that one picture may want."""
    return await _suggest(call, [call.query.asset], call.query.limit)


async def suggest_for_selection(call: Call[None, TagSuggestionBody]) -> TagSuggestions:
    """Tags that some pictures may want."""
    return await _suggest(call, call.body.ids, call.body.limit)


async def _suggest(
    call: Call[TagSuggestionQuery, None] | Call[None, TagSuggestionBody], ids: Sequence[UUID], limit: int
) -> TagSuggestions:
    parts = await _parts(call)
    return TagSuggestions.of(await suggest_tags(parts, call.viewer, ids, limit=limit))


async def list_tag_candidates(call: Call[CandidateQuery, None]) -> Candidates:
    """Pictures that may want a tag."""
    ticket = call.context.access.ticket()
    parts = await _parts(call)
    found = await suggest_assets(parts, call.viewer, call.uuid(), limit=call.query.limit)
    assets = [each.asset for each in found]
    call.context.renditions.show(ticket, call.viewer, pack_shown(call.viewer, assets))
    return Candidates(
        items=[
            Candidate(id=each.asset.id, asset=Asset.of(each.asset), above_chance=round(each.above_chance, 3))
            for each in found
        ]
    )


async def judge_tag_suggestions(call: Call[None, Verdicts]) -> Answer:
    """Say yes or no to pictures for a tag."""
    body = call.body
    if not body.accept and not body.reject:
        raise UsageError("Say which pictures the tag is for, or not for.")
    edit, rejected = await judge(
        call.appliance.db,
        call.appliance.queue,
        call.viewer,
        call.uuid(),
        accepted=body.accept,
        refused=body.reject,
        trash_days=call.context.settings.trash_days,
    )
    judged = Judged(edit=Edit.of(edit) if edit else None, rejected=rejected)
    return Answer(judged, 202 if edit is not None and edit.is_open else 200)


async def _parts(
    call: Call[TagSuggestionQuery, None] | Call[None, TagSuggestionBody] | Call[CandidateQuery, None],
) -> TagParts:
    loaded = call.appliance.models.answering
    if loaded is None:
        raise ModelUnavailable
    return TagParts(
        db=call.appliance.db,
        encoder=loaded.encoder,
        model=loaded.model,
        memory=call.context.part(TagMemory, TagMemory),
        background=await call.appliance.backgrounds.of(call.viewer, loaded.model, loaded.encoder),
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/tag-suggestions",
        handler=list_tag_suggestions,
        summary="Tags of yours that a picture may want",
        tag="tags",
        description=(
            "By the tags' words, by what carries them already, and by what was refused. Only what is far enough"
            " above chance; nothing is tagged by it. Say yes or no at `/api/tags/{id}/verdicts`."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        query=TagSuggestionQuery,
        responses={200: TagSuggestions},
        errors=(NotFound, ModelUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/tag-suggestions",
        handler=suggest_for_selection,
        summary="Tags of yours that some pictures may want",
        tag="tags",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        reads_only=True,
        body=TagSuggestionBody,
        responses={200: TagSuggestions},
        errors=(NotFound, ModelUnavailable),
    ),
    Operation(
        method="GET",
        path="/api/tags/{id:uuid}/suggestions",
        handler=list_tag_candidates,
        summary="Pictures of yours that may want a tag",
        tag="tags",
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        query=CandidateQuery,
        responses={200: Candidates},
        errors=(NotFound, ModelUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/tags/{id:uuid}/verdicts",
        handler=judge_tag_suggestions,
        summary="Say for which pictures a tag is, and for which not",
        tag="tags",
        description=(
            "What is accepted gets the tag by an edit, which can be undone like any; with more than 500 it goes on"
            " in the background, and the answer is 202. What is rejected is not suggested for this tag again."
        ),
        permission=Permission.CONTRIBUTE,
        scope=Scope.ASSET_WRITE,
        audit="asset.tag.judge",
        body=Verdicts,
        responses={200: Judged, 202: Judged},
        errors=(NotFound, Forbidden, ClockDoubtful, TooManyEdits),
    ),
)
