"""Suggestions while somebody writes a search."""

from appliance.library.recent_searches import list_recent
from appliance.library.saved_searches import list_saved
from appliance.library.suggestions import Before, suggest
from appliance.library.vocabulary import Vocabularies
from appliance.records.accounts import Scope
from web.auth.policy import Permission
from web.operation import Call, Operation
from web.schemas.suggestions import Suggestion, SuggestionQuery, Suggestions


async def list_suggestions(call: Call[SuggestionQuery, None]) -> Suggestions:
    """How a search may go on."""
    text = call.query.q
    at = len(text) if call.query.at is None else min(call.query.at, len(text))
    vocabularies = call.context.part(Vocabularies, lambda: Vocabularies(call.context.access))
    vocabulary = await vocabularies.of(call.appliance.db, call.viewer)
    found = suggest(text, at, vocabulary, await _before(call), limit=call.query.limit)
    return Suggestions(items=[Suggestion.of(each) for each in found], complete=vocabulary.complete)


async def _before(call: Call[SuggestionQuery, None]) -> Before:
    """What the person searched before; a key is told nothing of what its person looked for."""
    saved = await list_saved(call.appliance.db, call.viewer)
    if call.caller is None or call.caller.via == "key":
        return Before(saved)
    return Before(saved, (await list_recent(call.appliance.db, call.viewer))[1])


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/suggestions",
        handler=list_suggestions,
        summary="How a search that is being written may go on",
        tag="search",
        description=(
            "At a value of a filter (`tag:se`) its names are suggested; at a word tags, albums, folders, people and"
            " cameras of that name, what you keep and, but with a key, what you looked for lately. Of what you see"
            " only. Capitals and accents don't matter; what begins so comes first. Counts may be a minute old."
        ),
        permission=Permission.SIGNED_IN,
        scope=Scope.SEARCH_READ,
        query=SuggestionQuery,
        responses={200: Suggestions},
    ),
)
