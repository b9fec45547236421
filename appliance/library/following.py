"""Lets what people keep follow what it names: a tag that is renamed or merged, a folder that becomes part of another.

Rules of albums and saved searches are changed in the transaction of what they follow, so that at no moment an album
with a rule is empty because a word is called otherwise. What is deleted nothing follows. A rule that follows into
what was something else before may show more than its album was shared for: its shares end, as a merged folder's do.
"""

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from appliance.db import tags
from appliance.db.engine import Database
from appliance.db.kept_filters import KeptFilters, end_shares, list_kept, put_kept, who_names
from appliance.errors import UsageError
from appliance.library.naming import tag_name
from appliance.records.search import Filter, HasTag, InFolderId, Leaf, leaves_of, with_leaves


async def follow_tag(db: Database, owner: UUID, name: str, new: str, *, joined: Collection[str]) -> None:
    """Let a person's own filters say the new name of their tag, and of those below it.

    ``joined`` are the names that other tags have already, at the new name and below it.
    """
    kept = await list_kept(db, owner)
    said = {
        leaf.name
        for _, where in (*kept.rules, *kept.searches)
        for leaf in leaves_of(where)
        if isinstance(leaf, HasTag)
    }
    renamed = {
        before: after
        for before, after in (await tags.renamed_words(db, tuple(said), name, new)).items()
        if _can_be(after)
    }

    def follow(leaf: Leaf) -> Leaf:
        return HasTag(renamed.get(leaf.name, leaf.name)) if isinstance(leaf, HasTag) else leaf

    into = {each.lower() for each in joined}

    def widens(where: Filter) -> bool:
        return any(
            isinstance(leaf, HasTag) and leaf.name in renamed and _reaches(renamed[leaf.name].lower(), into)
            for leaf in leaves_of(where)
        )

    await _put(db, kept, follow, widens)


def _reaches(name: str, into: Collection[str]) -> bool:
    """Whether what carries one of these, or a word below one, is among what carries the name or a word below it."""
    return any(each == name or each.startswith(f"{name}/") for each in into)


async def follow_folders(db: Database, owner: UUID, into: Mapping[UUID, UUID]) -> None:
    """Let all filters that name one of these folders by its id, guests' as well, name what it is part of now."""

    def follow(leaf: Leaf) -> Leaf:
        return InFolderId(into.get(leaf.id, leaf.id)) if isinstance(leaf, InFolderId) else leaf

    for person in sorted({owner, *await who_names(db, into)}):
        await _put(db, await list_kept(db, person), follow, lambda _: True)


async def _put(
    db: Database, kept: KeptFilters, follow: Callable[[Leaf], Leaf], widens: Callable[[Filter], bool]
) -> None:
    rules, searches = (
        tuple((each, after) for each, before in of if (after := with_leaves(before, follow)) != before)
        for of in (kept.rules, kept.searches)
    )
    if rules or searches:
        await put_kept(db, KeptFilters(rules, searches))
        changed = {each for each, _ in rules}
        await end_shares(db, [each for each, before in kept.rules if each in changed and widens(before)])


def _can_be(name: str) -> bool:
    try:
        return tag_name(name) == name
    except UsageError:
        return False
