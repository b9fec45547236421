"""What queries and bodies are taken: exactly what the document says."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import Request
from starlette.types import Message

from web.inputs import read_body, read_query
from web.problems import Malformed
from web.schemas.assets import AssetPatch, FilterQuery, UploadCheck
from web.schemas.search import SearchBody


def asked(query: Mapping[str, str] | None = None, body: bytes = b"") -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": urlencode(query or {}).encode(),
        "headers": [(b"content-type", b"application/json")],
    }
    return Request(scope, receive)


@pytest.mark.parametrize(
    ("shape", "body", "where"),
    [
        (AssetPatch, b'{"rating": "3"}', "rating"),
        (AssetPatch, b'{"favourite": "yes"}', "favourite"),
        (AssetPatch, b'{"favourite": 1}', "favourite"),
        (AssetPatch, b'{"expires_at": 1800000000}', "expires_at"),
        (AssetPatch, b'{"ttl": true}', "ttl.str"),
        (AssetPatch, b'{"tags": "one"}', "tags"),
        (list[UploadCheck], b'[{"sha256": "%s", "size": "1"}]' % (b"0" * 64), "0.size"),
        (SearchBody, b'{"terms": [{"text": "dog"}], "from": 0}', "from"),
        (SearchBody, b'{"terms": [{"text": "dog"}], "limit": "5"}', "limit"),
    ],
)
async def test_a_value_of_another_type_is_not_made_to_fit(shape: Any, body: bytes, where: str) -> None:
    with pytest.raises(Malformed) as refused:
        await read_body(asked(body=body), shape)

    assert where in [part.where for part in refused.value.parts]


async def test_values_of_the_right_types_are_taken() -> None:
    body = b'{"ttl": 3600, "favourite": true, "rating": 3, "tags": ["a"], "folder": null}'
    assert (await read_body(asked(body=body), AssetPatch)).ttl == 3600
    moment = await read_body(asked(body=b'{"expires_at": "2027-01-31T12:00:00+01:00"}'), AssetPatch)
    assert moment.expires_at.isoformat() == "2027-01-31T12:00:00+01:00"
    asset = "00000000-0000-4000-8000-000000000000"
    found = await read_body(
        asked(body=b'{"terms": [{"asset": "%s", "weight": 2}], "from": "2026-01-31"}' % asset.encode()),
        SearchBody,
    )
    assert (str(found.terms[0].asset), found.from_) == (asset, date(2026, 1, 31))


@pytest.mark.parametrize(
    "text", ["0", "1700000000", "20260131", "2026-01-31T00:00:00", "2026-02-30", "٢٠٢٦-01-31", ""]
)
def test_a_day_is_written_as_a_day(text: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_query(asked({"from": text}), FilterQuery)

    assert [part.where for part in refused.value.parts] == ["from"]


def test_days_are_read_in_the_calendar() -> None:
    assert read_query(asked({"from": "2024-02-29", "limit": "7"}), FilterQuery).from_ == date(2024, 2, 29)
