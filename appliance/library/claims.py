"""Reads what identity providers say of a person, each in its own way.

A claim is found by its exact name first, since names with dots and colons are usual, and then as a path with dots.
Groups may be a list, one string, words with commas or blanks, or the keys of an object (Zitadel's roles).
Userinfo wins over the ID token in what describes the person.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from appliance.errors import UsageError
from appliance.library.quantities import read_bytes
from appliance.records.sign_in import Profile
from appliance.settings import Settings

log = logging.getLogger(__name__)

Claims: TypeAlias = Mapping[str, object]

#: Most groups that are read, and the longest name of one.
_MOST_GROUPS = 2000
_LONGEST = 500


def find_claim(document: Claims, name: str) -> object | None:
    """The value of this name or, where there is none, at this path; None as well when it is null."""
    if name in document:
        return document[name]
    found: object = document
    for step in name.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def words(value: object) -> frozenset[str] | None:
    """The names in a claim of groups or roles; None when it is nothing that could hold names."""
    if isinstance(value, str):
        separated = value.split(",") if "," in value else value.split()
        return frozenset(_tidy(separated))
    if isinstance(value, Mapping):
        return frozenset(_tidy(list(value)))
    if isinstance(value, list):
        return frozenset(_tidy(value))
    return None


def _tidy(values: list[object] | list[str]) -> Iterator[str]:
    for value in values[:_MOST_GROUPS]:
        if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST:
            yield value.strip()
        elif isinstance(value, Mapping) and isinstance(value.get("name"), str):
            # A list of objects, each with its name.
            yield value["name"]


def groups_of(settings: Settings, *documents: Claims) -> frozenset[str] | None:
    """The person's groups by the first document that says something of them; None when none does."""
    for document in documents:
        found = words(find_claim(document, settings.oidc_groups_claim))
        if found is not None:
            if settings.oidc_strip_leading_slash:
                return frozenset(name.removeprefix("/") for name in found)
            return found
    return None


def quota_of(settings: Settings, *documents: Claims) -> int | None:
    """The person's quota in bytes; None when no document has one.

    Raises:
        UsageError: there is one that can't be read.
    """
    if settings.oidc_quota_claim is None:
        return None
    for document in documents:
        value = find_claim(document, settings.oidc_quota_claim)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise UsageError(f"The claim {settings.oidc_quota_claim} is no quantity of bytes.")
        return read_bytes(value) if isinstance(value, str) else read_bytes(str(value))
    return None


def profile_of(settings: Settings, *, id_token: Claims, userinfo: Claims) -> Profile:
    """The person of a checked ID token and of userinfo, which is empty where there is none.

    A quota that can't be read is left out, and said in the log; see :func:`quota_of`.
    """
    documents = (userinfo, id_token)
    # The address and whether it is verified are read from one document: one may know of another address.
    source = next((one for one in documents if isinstance(one.get("email"), str)), {})
    email = _text(source, "email", longest=320)
    try:
        quota = quota_of(settings, *documents)
    except UsageError as error:
        log.warning("a quota of the identity provider's is left out: %s", error.message)
        quota = None
    return Profile(
        issuer=str(id_token["iss"]),
        sub=str(id_token["sub"]),
        name=_name(documents),
        email=email if email and "@" in email else None,
        # The boolean and nothing else: "false" is a text that is true.
        email_verified=source.get("email_verified") is True,
        groups=groups_of(settings, *documents),
        quota_bytes=quota,
    )


def _name(documents: tuple[Claims, ...]) -> str | None:
    for claim in ("preferred_username", "nickname", "name", "email"):
        for document in documents:
            text = _text(document, claim, longest=200)
            if text:
                return text.partition("@")[0] if claim == "email" else text
    return None


def _text(document: Claims, name: str, *, longest: int) -> str | None:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not value.strip().isprintable():
        return None
    return value.strip()
