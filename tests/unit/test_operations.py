"""Every operation is declared whole, and the documents that come from the declarations are up to date."""

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from uuid import uuid4

import pytest

from appliance import errors
from appliance.library.accounts import viewer_of
from appliance.records.accounts import Role, Scope, User
from web import docs_page, problems
from web.auth.policy import ROLES, Permission
from web.openapi import PATH, as_text, document, problem_classes
from web.operation import LOOKS, Operation
from web.problems import STATUSES, status_of
from web.routes import OPERATIONS

DOCUMENT = document(OPERATIONS)

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")


def all_errors(
    root: type[errors.SceneSenseError] = errors.SceneSenseError,
) -> set[type[errors.SceneSenseError]]:
    """Those of the library and of this surface; other surfaces have some of their own."""
    mine, theirs = ("appliance.", "web."), "appliance.cli."
    children = [
        child
        for child in root.__subclasses__()
        if child.__module__.startswith(mine) and not child.__module__.startswith(theirs)
    ]
    return {root}.union(*(all_errors(child) for child in children))


@each_operation
def test_an_operation_says_who_may_what_it_answers_and_what_can_go_wrong(operation: Operation) -> None:
    assert isinstance(operation.permission, Permission)
    assert operation.summary and not operation.summary.endswith(".")
    assert operation.path.startswith(("/api/", "/media/"))
    assert operation.responses and 200 <= operation.usual_status < 400
    assert operation.handler.__doc__
    entry = DOCUMENT["paths"][re.sub(r":\w+}", "}", operation.path)][operation.method.lower()]
    for error in problem_classes(operation):
        response = entry["responses"][str(status_of(error))]
        assert status_of(error) in operation.responses or f"`{error.code}`" in response["description"]


@each_operation
def test_an_operation_that_changes_something_leaves_an_audit_row(operation: Operation) -> None:
    changes = operation.method not in LOOKS and not operation.reads_only
    assert (operation.audit is not None) == changes


@each_operation
def test_a_scope_is_one_that_some_role_with_the_permission_has(operation: Operation) -> None:
    if operation.scope is None:
        return
    assert operation.permission in ROLES
    if operation.scope is Scope.ASSET_WRITE:
        assert Role.VIEWER not in ROLES[operation.permission]
    if operation.scope is Scope.ADMIN:
        assert ROLES[operation.permission] == {Role.ADMIN}


def test_names_and_addresses_are_unique() -> None:
    names = [operation.name for operation in OPERATIONS]
    places = [(operation.method, operation.path) for operation in OPERATIONS]
    assert len(set(names)) == len(names)
    assert len(set(places)) == len(places)


def test_only_these_are_open_to_everybody() -> None:
    is_open = {
        f"{operation.method} {operation.path}"
        for operation in OPERATIONS
        if operation.permission not in ROLES
    }
    assert is_open == {
        "GET /api/auth/state",
        "POST /api/auth/setup",
        "POST /api/auth/login",
        "POST /api/auth/logout",
        "POST /api/auth/token",
        "POST /api/auth/signup",
        "POST /api/auth/invite",
        "GET /api/auth/oidc/start",
        "GET /api/auth/oidc/callback",
        "POST /api/auth/oidc/backchannel-logout",
        "GET /api/health/live",
        "GET /api/health/ready",
        "GET /api/openapi.json",
        "GET /api/docs",
        "GET /api/docs.css",
        "OPTIONS /api/uploads",
    }


def test_every_error_has_a_code_of_its_own_and_a_status() -> None:
    found = all_errors()
    assert problems.Malformed in found
    codes = [error.code for error in found if error is not problems.Malformed]
    assert len(set(codes)) == len(codes)
    assert all(status_of(error) >= 400 for error in found)
    assert set(STATUSES) <= found


def test_the_committed_document_is_what_the_operations_say() -> None:
    assert PATH.read_text(encoding="utf-8") == as_text(DOCUMENT), "run `python -m web.openapi --write`"


def test_the_document_is_the_same_each_time_and_every_reference_leads_somewhere() -> None:
    text = as_text(document(OPERATIONS))
    assert text == as_text(DOCUMENT)
    for name in re.findall(r'"#/components/schemas/([^"]+)"', text):
        assert name in DOCUMENT["components"]["schemas"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name in {"href", "src"}:
                self.links.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.handlers.append(name)


def test_the_docs_page_tells_of_every_operation_without_script_or_outside_asset() -> None:
    text = docs_page.render(DOCUMENT)
    page = _Page()
    page.feed(text)
    assert not {"script", "style", "img", "iframe"} & page.tags
    assert not page.handlers
    assert not [link for link in page.links if "//" in link]
    assert len(set(page.ids)) == len(page.ids)
    assert {link.partition("#")[2] for link in page.links if "#" in link} <= set(page.ids)
    for operation in OPERATIONS:
        assert operation.name in page.ids
        assert html.escape(operation.summary) in text
        assert re.sub(r":\w+}", "}", operation.path) in text


def test_viewers_do_not_contribute_and_members_do_not_administer() -> None:
    assert ROLES[Permission.CONTRIBUTE] == {Role.ADMIN, Role.MEMBER}
    assert ROLES[Permission.ADMINISTER] == {Role.ADMIN}


def test_the_role_bounds_what_a_key_may_do() -> None:
    user = User(uuid4(), "v", Role.VIEWER, datetime(2026, 1, 1, tzinfo=UTC), None)
    assert viewer_of(user, frozenset(Scope)).scopes == {Scope.SEARCH_READ, Scope.ASSET_READ}
    assert viewer_of(user, frozenset({Scope.ASSET_WRITE})).scopes == set()


def test_the_one_time_without_a_zone_is_not_called_a_moment() -> None:
    # RFC 3339's date-time has a zone, and clients made from the document refuse one without
    taken = DOCUMENT["components"]["schemas"]["Taken"]["properties"]["local"]
    assert taken["format"] == "date-time-local"
