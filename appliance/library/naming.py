"""What folders and tags may be called, and the one form in which each name is kept."""

import unicodedata
from collections.abc import Sequence

from appliance.errors import UsageError
from appliance.records.sharing import MAX_LEVELS, MAX_NAME_CHARACTERS

MAX_TAGS = 100

#: How deep ``animal/dog/poodle`` may go; that one has 3 levels.
MAX_TAG_LEVELS = 10


def folder_path(text: str) -> str | None:
    """The clean path of a folder, parts joined by ``/``; None for the top, which is in no folder.

    A slash at either end is overlooked.

    Raises:
        UsageError: an empty part, ``.`` or ``..``, a control character, too long or too deep.
    """
    trimmed = unicodedata.normalize("NFC", text).strip().strip("/")
    if not trimmed:
        return None
    parts = [part.strip() for part in trimmed.split("/")]
    if len(parts) > MAX_LEVELS:
        raise UsageError(f"A folder is at most {MAX_LEVELS} levels deep.")
    for part in parts:
        if part in {"", ".", ".."}:
            raise UsageError("The names in a folder's path can't be empty, `.` or `..`.")
        _check(part, "A folder's name")
    return "/".join(parts)


def folder_name(text: str) -> str:
    """The clean name of one folder.

    Raises:
        UsageError: it is empty, a path, ``.`` or ``..``, has a control character or is too long.
    """
    name = None if "/" in text else folder_path(text)
    if name is None:
        raise UsageError("A folder has a name, without `/`.")
    return name


def tag_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Clean tags, each once whatever its case, in the order given; a comma separates tags in one text.

    A ``/`` in a tag leads from a word to a narrower one; empty words are overlooked.

    Raises:
        UsageError: a control character, too long, too deep or too many.
    """
    tags: dict[str, str] = {}
    for text in texts:
        for piece in unicodedata.normalize("NFC", text).split(","):
            words = [" ".join(word.split()) for word in piece.split("/")]
            name = "/".join(word for word in words if word)
            if name:
                _check(name, "A tag")
                if name.count("/") >= MAX_TAG_LEVELS:
                    raise UsageError(f"A tag is at most {MAX_TAG_LEVELS} levels deep.")
                tags.setdefault(name.casefold(), name)
    if len(tags) > MAX_TAGS:
        raise UsageError(f"An asset has at most {MAX_TAGS} tags.")
    return tuple(tags.values())


def tag_name(text: str) -> str:
    """The clean name of one tag.

    Raises:
        UsageError: it is empty, has a comma or a control character, or is too long or too deep.
    """
    names = () if "," in text else tag_names([text])
    if not names:
        raise UsageError("A tag has a name, without commas.")
    return names[0]


def title(text: str, what: str) -> str:
    """The clean name of something that is no part of a path; ``what`` begins a sentence about it.

    Raises:
        UsageError: it is empty, has a control character or is too long.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise UsageError(f"{what} can't be empty.")
    _check(name, what)
    return name


def _check(name: str, what: str) -> None:
    if len(name) > MAX_NAME_CHARACTERS:
        raise UsageError(f"{what} has at most {MAX_NAME_CHARACTERS} characters.")
    if any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in name):
        raise UsageError(f"{what} can't have control characters in it.")
