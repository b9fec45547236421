"""From query parameters to a filter, the same for lists and for searches."""

from appliance.library.naming import folder_path, tag_names
from appliance.records.search import And, Filter, HasTag, InFolder, IsKind, TakenBetween
from web.schemas.assets import FilterQuery
from web.schemas.search import SearchBody


def filter_of(asked: FilterQuery | SearchBody) -> Filter:
    """The filter that these parameters are.

    Raises:
        UsageError: no folder or tag can be called so.
    """
    parts: list[Filter] = []
    path = folder_path(asked.folder) if asked.folder else None
    if path:
        parts.append(InFolder(path))
    if asked.tag:
        parts += [HasTag(name) for name in tag_names([asked.tag])]
    if asked.from_ or asked.to:
        parts.append(TakenBetween(asked.from_, asked.to))
    if asked.type:
        parts.append(IsKind(asked.type))
    return And(tuple(parts))
