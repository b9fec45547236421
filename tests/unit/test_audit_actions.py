"""The list of actions of the audit log is whole, and the document says it."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from appliance.records.audit import AuditAction
from web.auth.oidc.flow import ACTIONS
from web.openapi import PATH
from web.routes import OPERATIONS

ROOT = Path(__file__).parents[2]
_ACTION = re.compile(r"[a-z]+(\.[a-z_]+)+")
_WRITERS = {"record", "note", "_note"}


def noted(source: str) -> Iterator[str]:
    """The actions that calls in this source put into the log as they stand there."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name not in _WRITERS:
            continue
        for word in call.keywords:
            if word.arg == "action" and isinstance(word.value, ast.Constant):
                yield str(word.value.value)
        for given in call.args:
            if (
                isinstance(given, ast.Constant)
                and isinstance(given.value, str)
                and _ACTION.fullmatch(given.value)
            ):
                yield given.value


def test_every_action_that_is_written_anywhere_is_in_the_list_and_none_besides() -> None:
    written = {operation.audit for operation in OPERATIONS if operation.audit} | set(ACTIONS.values())
    for package in ("appliance", "web", "workers"):
        for path in (ROOT / package).rglob("*.py"):
            written |= set(noted(path.read_text(encoding="utf-8")))
    assert written | {"denied"} == set(AuditAction)


def test_what_calls_write_is_seen() -> None:
    source = 'audit.record(db, action="csrf")\nawait note(db, "login.open", "hours=1")\nother("not.this")'
    assert list(noted(source)) == ["csrf", "login.open"]


def test_the_document_lists_the_actions() -> None:
    schemas = json.loads(PATH.read_text(encoding="utf-8"))["components"]["schemas"]
    assert schemas["AuditAction"]["enum"] == [str(action) for action in AuditAction]
