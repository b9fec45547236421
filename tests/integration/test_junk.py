"""Junk in every place of every operation: a problem document each time, and never an error of ours."""

import json
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.conftest import MakeSettings
from tests.support.web import Web, open_web
from web.openapi import document
from web.operation import Operation
from web.routes import OPERATIONS

_ID = "00000000-0000-4000-8000-000000000000"

VALUES = (
    "", "x", "-1", "0", "1e400", "99999999999999999999", "NaN", "\x00", "\u202e\U0001f600", "%", "{}", "';--",
    "a" * 5000, "2026-02-30", "0001-01-01", "9999-12-31", "../..", _ID,
)  # fmt: skip

BODIES = (
    b"", b"{", b"null", b"[]", b"[[]]", b"[null]", b"[{}]", b"{}", b"7", b'"x"', b"\xff\xfe", b"[" * 50_000,
    b'{"a":' * 5_000, b'{"terms": [{}]}', b'{"terms": [{"text": "x", "weight": 1e308}], "limit": 0}',
    json.dumps([{"sha256": "x" * 64, "size": -1}]).encode(),
    json.dumps([{"sha256": "0" * 64, "size": 2**70}]).encode(),
    json.dumps({"ttl": "x", "folder": "../..", "tags": ["\x00"], "rating": 99, "expires_at": "yesterday"}).encode(),
    json.dumps({"asset_ids": [_ID] * 3, "name": "\u202e", "scopes": ["admin"], "expires_days": 1e300}).encode(),
)  # fmt: skip

FORMS = (
    b"", b"--x", b"--x--", b"--x\r\n\r\n\r\n--x--", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno filename\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="../../a\x00.jpg"\r\n\r\ntext\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="ttl"\r\n\r\n' + b"9" * 100_000 + b"\r\n--x--\r\n",
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\ncut off',
    b'--x\r\n' + b"A: b\r\n" * 5_000 + b"\r\n\r\n--x--\r\n",
)  # fmt: skip

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")


@pytest.fixture
async def web(
    request: pytest.FixtureRequest, make_settings: MakeSettings, database_url: str
) -> AsyncIterator[Web]:
    """With the model where the operation asks it, so that its junk gets that far."""
    operation: Operation = request.node.callspec.params["operation"]
    model = "starter" if "search" in operation.path else "not-there"
    settings = make_settings(database_url=database_url, redis_url="redis://127.0.0.1:1", clip_model=model)
    async with open_web(settings) as opened:
        yield opened


def address(operation: Operation) -> str:
    return re.sub(
        r"\{\w+:?(\w*)\}",
        lambda found: {"uuid": _ID, "int": "99999999999999999999999", "": "sample"}[found.group(1)],
        operation.path,
    )


def brief(operation: Operation) -> dict[str, str]:
    """What makes a stream end at once, which goes on for ever otherwise."""
    return {"seconds": "0"} if operation.path == "/api/events" else {}


def assert_answered(answer: httpx.Response, said: object) -> None:
    # 503: the model and the queue are away in these tests.
    assert answer.status_code < 500 or answer.status_code == 503, f"{said!r}: {answer.text}"
    if answer.status_code >= 400:
        kind = answer.headers["content-type"]
        assert kind == "application/problem+json" or answer.request.url.path == "/api/health/ready"


@each_operation
async def test_junk_in_the_query(web: Web, operation: Operation) -> None:
    path = re.sub(r":\w+}", "}", operation.path)
    declared = document([operation])["paths"][path][operation.method.lower()].get("parameters", [])
    names = [parameter["name"] for parameter in declared if parameter["in"] == "query"]
    async with web.signed_in() as browser:
        for name in [*names, "no_such_parameter"]:
            for value in VALUES:
                query = brief(operation) | {name: value}
                answer = await browser.request(operation.method, address(operation), params=query)
                assert_answered(answer, (name, value))
            pairs = brief(operation) | {name: ["1", "2"]}
            twice = await browser.request(operation.method, address(operation), params=pairs)
            assert_answered(twice, (name, "twice"))


@each_operation
async def test_junk_in_the_body(web: Web, operation: Operation) -> None:
    kinds = {
        "application/json": BODIES,
        "multipart/form-data; boundary=x": FORMS,
        "multipart/form-data": FORMS[:2],
    }
    async with web.signed_in() as browser:
        for content_type, bodies in kinds.items():
            for body in bodies:
                answer = await browser.request(
                    operation.method,
                    address(operation),
                    params=brief(operation),
                    content=body,
                    headers={"Content-Type": content_type},
                )
                assert_answered(answer, (content_type, body[:80]))
                if answer.headers.get("set-cookie"):
                    return
    incoming = web.settings.storage_path / ".incoming"
    assert not incoming.exists() or not list(incoming.iterdir())
