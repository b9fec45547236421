"""Uploads in pieces, as tus 1.0.0 has them: each answer that a client may rely on, and each that it must not get."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx

from appliance.media.store import WRITE_BYTES
from tests.support.home import picture
from tests.support.rows import count
from tests.support.tus import (
    PIECE,
    VERSION,
    Slow,
    append,
    begin,
    begun,
    look,
    metadata,
    offset,
    sent,
)
from tests.support.uploads import Remains, remains, stored
from tests.support.web import Web

DATA = picture(1, width=320, height=240)
SHA256 = hashlib.sha256(DATA).hexdigest()


def sum_of(data: bytes, algorithm: str = "sha256") -> dict[str, str]:
    digest = hashlib.new(algorithm, data).digest()
    return {"Upload-Checksum": f"{algorithm} {b64encode(digest).decode()}"}


async def test_anybody_may_ask_what_the_server_can_do(web: Web) -> None:
    async with web.client(origin=None) as stranger:
        answer = await stranger.options("/api/uploads")
    assert answer.status_code == 204
    told = {name: answer.headers[name] for name in answer.headers if name.startswith("tus-")}
    assert told == {
        "tus-resumable": "1.0.0",
        "tus-version": "1.0.0",
        "tus-extension": "creation,creation-with-upload,termination,checksum,expiration",
        "tus-max-size": str(web.settings.max_upload_bytes),
        "tus-checksum-algorithm": "sha256,sha1",
    }


async def test_a_file_in_pieces_becomes_one_asset_with_its_bytes_and_what_was_asked(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(
        anna,
        len(DATA),
        filename="Grüße.jpg",
        filetype="image/jpeg",
        folder="a/b",
        tags="x, y",
        ttl="7d",
        sha256=SHA256,
    )
    first = await append(anna, url, 0, DATA[:1000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "1000")
    assert "upload-asset" not in first.headers
    middle = await look(anna, url)
    assert middle.headers["upload-length"] == str(len(DATA))
    assert (middle.headers["upload-offset"], middle.headers["cache-control"]) == ("1000", "no-store")
    assert middle.headers["upload-metadata"].startswith("filename R3LDvMOfZS5qcGc=,filetype ")
    assert (await anna.get(url)).json()["status"] == "receiving"
    last = await append(anna, url, 1000, DATA[1000:])
    assert (last.status_code, last.headers["upload-result"]) == (204, "stored")
    asset = (await anna.get(f"/api/assets/{last.headers['upload-asset']}")).json()
    assert (asset["filename"], asset["sha256"], asset["folder"], asset["tags"]) == (
        "Grüße.jpg",
        SHA256,
        "a/b",
        ["x", "y"],
    )
    assert datetime.fromisoformat(asset["expires_at"]) > datetime.now(UTC)
    told = (await anna.get(url)).json()
    assert (told["status"], told["asset"], told["error"]) == ("stored", asset["id"], None)
    assert await remains(web) == Remains(frozenset({f"{asset['id']}/Grüße.jpg"}), 1, 0, 1)
    audit = await web.db.fetch("SELECT object, outcome FROM audit WHERE action = 'asset.upload'")
    assert audit == [{"object": asset["id"], "outcome": "ok"}]


async def test_a_finished_upload_tells_the_same_again_and_takes_nothing_more(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(anna, len(DATA), name="a.jpg")
    done = await append(anna, url, 0, DATA)
    again = await append(anna, url, len(DATA), b"")
    assert (again.status_code, again.headers["upload-asset"]) == (204, done.headers["upload-asset"])
    looked = await look(anna, url)
    assert looked.headers["upload-offset"] == str(len(DATA))
    assert looked.headers["upload-result"] == "stored"
    for at, more in ((0, DATA), (len(DATA), b"x"), (5, b"")):
        assert (await append(anna, url, at, more)).status_code == 409
    assert await count(web.db, "asset") == 1


async def test_bytes_may_come_with_the_first_request(web: Web, anna: httpx.AsyncClient) -> None:
    part = await begin(anna, len(DATA), content=DATA[:500])
    assert (part.status_code, part.headers["upload-offset"]) == (201, "500")
    rest = await append(anna, part.headers["location"], 500, DATA[500:])
    assert rest.headers["upload-result"] == "stored"
    whole = await begin(anna, len(DATA), content=DATA)
    assert (whole.status_code, whole.headers["upload-result"]) == (201, "duplicate")
    assert whole.headers["upload-asset"] == rest.headers["upload-asset"]
    before = await count(web.db, "transfer")
    assert (await begin(anna, 5, content=b"123456")).status_code == 413
    assert (await begin(anna, 5, content=b"12345", headers=sum_of(b"other"))).status_code == 460
    # Nobody was told where these are, so they are gone.
    assert await count(web.db, "transfer") == before


async def test_the_same_bytes_are_a_duplicate_and_those_of_the_trash_come_back(
    anna: httpx.AsyncClient,
) -> None:
    asset = await stored(anna, DATA)
    again = await sent(anna, DATA, filename="b.jpg")
    assert (again.headers["upload-result"], again.headers["upload-asset"]) == ("duplicate", asset["id"])
    await anna.delete(f"/api/assets/{asset['id']}")
    back = await sent(anna, DATA, filename="b.jpg")
    assert (back.headers["upload-result"], back.headers["upload-asset"]) == ("restored", asset["id"])


async def test_other_versions_are_refused_before_anything_is_done(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    for version in ({}, {"Tus-Resumable": "0.2.2"}, {"Tus-Resumable": "1.0.0, 1.0.0"}):
        headers = {**version, "Content-Type": PIECE, "Upload-Offset": "0", "Upload-Length": "5"}
        for answer in (
            await anna.patch(url, content=DATA, headers=headers),
            await anna.head(url, headers=version),
            await anna.delete(url, headers=version),
            await anna.post("/api/uploads", headers=headers, content=b"12345"),
        ):
            assert answer.status_code == 412
            assert (answer.headers["tus-version"], answer.headers["tus-resumable"]) == ("1.0.0", "1.0.0")
    assert await offset(anna, url) == 0
    assert await count(web.db, "transfer") == 1


async def test_forged_numbers_are_refused_and_nothing_is_begun_or_written(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(anna, len(DATA))
    for number in ("", "-1", "+5", "5.0", "0x10", "1e3", "٥", "9" * 19, "5, 5", "five"):
        length = [(b"Upload-Length", number.encode()), (b"Tus-Resumable", b"1.0.0")]
        place = [
            (b"Upload-Offset", number.encode()),
            (b"Tus-Resumable", b"1.0.0"),
            (b"Content-Type", PIECE.encode()),
        ]
        begins = await anna.post("/api/uploads", headers=length)
        appends = await anna.patch(url, content=DATA, headers=place)
        assert [begins.status_code, appends.status_code] == [400, 400], number
        assert "Upload-Length" in begins.text
        assert "Upload-Offset" in appends.text
    assert await offset(anna, url) == 0
    assert await count(web.db, "transfer") == 1


async def test_a_length_has_to_be_said_and_be_one_that_is_taken(web: Web, anna: httpx.AsyncClient) -> None:
    assert (await anna.post("/api/uploads", headers=VERSION)).status_code == 400
    for extra in ({"Upload-Defer-Length": "1"}, {"Upload-Concat": "partial"}):
        assert (await begin(anna, 5, headers=extra)).status_code == 400
    most = web.settings.max_upload_bytes
    for size in (most + 1, 10**18 - 1):
        assert (await begin(anna, size)).status_code == 413
    empty = await begin(anna, 0, filename="nothing.jpg")
    assert (empty.status_code, empty.json()["code"]) == (422, "file_empty")
    assert await count(web.db, "transfer") == 0
    assert (await begin(anna, most)).status_code == 201


async def test_offsets_that_are_not_where_it_goes_on_are_told(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    await append(anna, url, 0, DATA[:100])
    for at in (0, 99, 101, len(DATA)):
        answer = await append(anna, url, at, b"")
        assert (answer.status_code, answer.json()["code"]) == (409, "offset_mismatch")
    assert await offset(anna, url) == 100


async def test_more_bytes_than_were_announced_are_not_kept(web: Web, anna: httpx.AsyncClient) -> None:
    url = await begun(anna, 10)
    assert (await append(anna, url, 0, b"1234")).status_code == 204

    async def unannounced() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"567"

    assert (await append(anna, url, 4, b"5678901")).status_code == 413
    assert (await append(anna, url, 4, unannounced())).status_code == 413
    assert await offset(anna, url) == 4


async def test_a_piece_of_another_content_type_is_refused(anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    for kind in ("application/octet-stream", "", f"{PIECE}x"):
        answer = await append(anna, url, 0, DATA, {"Content-Type": kind})
        assert answer.status_code == 415
    posted = await anna.post("/api/uploads", content=DATA, headers={**VERSION, "Upload-Length": "5"})
    assert posted.status_code == 415
    assert await offset(anna, url) == 0


async def test_a_piece_that_arrives_damaged_is_taken_back(anna: httpx.AsyncClient) -> None:
    for algorithm, result in (("sha1", "stored"), ("sha256", "duplicate")):
        await _send_damaged(anna, algorithm, result)


async def _send_damaged(anna: httpx.AsyncClient, algorithm: str, result: str) -> None:
    url = await begun(anna, len(DATA), sha256=SHA256)
    assert (await append(anna, url, 0, DATA[:10], sum_of(DATA[:10], algorithm))).status_code == 204
    wrong = await append(anna, url, 10, DATA[10:], sum_of(DATA[10:-1], algorithm))
    assert (wrong.status_code, wrong.json()["code"]) == (460, "checksum_mismatch")
    assert await offset(anna, url) == 10
    right = await append(anna, url, 10, DATA[10:], sum_of(DATA[10:], algorithm))
    assert right.headers["upload-result"] == result


async def test_checksums_that_are_none_are_refused(anna: httpx.AsyncClient) -> None:
    url = await begun(anna, len(DATA))
    for given in ("md5 AAAA", "sha1", "sha1 ====", "sha1 AAAA", "sha256", "", "SHA1 " + "A" * 28):
        assert (await append(anna, url, 0, DATA, {"Upload-Checksum": given})).status_code == 400
    assert await offset(anna, url) == 0


async def test_of_a_piece_with_a_checksum_nothing_counts_before_it_was_compared(
    web: Web, anna: httpx.AsyncClient
) -> None:
    data = picture(1) + bytes(2 * WRITE_BYTES)
    url = await begun(anna, len(data))
    await append(anna, url, 0, data[:10])
    part = web.settings.storage_path / ".incoming" / f"{url.rpartition('/')[2]}.part"
    # What a process leaves that died under such a piece.
    part.write_bytes(data[:5000])
    await web.db.fetch("UPDATE transfer SET unverified_from = 10")
    assert await offset(anna, url) == 10
    assert (await append(anna, url, 5000, data[5000:])).status_code == 409
    assert (await append(anna, url, 10, data[10:])).headers["upload-result"] == "stored"
    # And the same while it is under way.
    url = await begun(anna, len(data))
    slow = Slow(data[: WRITE_BYTES + 5])
    sending = asyncio.create_task(append(anna, url, 0, slow, sum_of(data)))
    await slow.taken()
    assert part.with_name(f"{url.rpartition('/')[2]}.part").stat().st_size > 0
    assert await offset(anna, url) == 0
    slow.give(data[WRITE_BYTES + 5 :], None)
    assert (await sending).headers["upload-result"] == "duplicate"


async def test_a_file_that_is_not_the_announced_one_is_refused_and_gone(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(anna, len(DATA), filename="a.jpg", sha256="ab" * 32)
    answer = await append(anna, url, 0, DATA)
    assert (answer.status_code, answer.json()["code"]) == (460, "hash_mismatch")
    assert (await look(anna, url)).status_code == 410
    told = (await anna.get(url)).json()
    assert (told["status"], told["error"]["code"], told["asset"]) == ("rejected", "hash_mismatch", None)
    assert await remains(web) == Remains(frozenset(), 0, 0, 0)


async def test_a_file_that_is_no_picture_is_refused_with_its_reason_and_written_down_at_both_doors(
    web: Web, anna: httpx.AsyncClient
) -> None:
    url = await begun(anna, 5, filename="../note.txt")
    answer = await append(anna, url, 0, b"hello")
    assert (answer.status_code, answer.json()["code"]) == (415, "file_unsupported")
    assert answer.headers["tus-resumable"] == "1.0.0"
    gone = await append(anna, url, 5, b"")
    assert (gone.status_code, gone.json()["code"]) == (410, "upload_gone")
    await anna.post("/api/assets", files={"file": ("again.txt", b"hello")})
    rows = await web.db.fetch("SELECT filename, bytes, error_code FROM rejected ORDER BY rejected_at")
    assert [tuple(row.values()) for row in rows] == [
        ("note.txt", 5, "file_unsupported"),
        ("again.txt", 5, "file_unsupported"),
    ]
    audit = await web.db.fetch("SELECT outcome, reason FROM audit WHERE action = 'asset.upload'")
    assert audit == [{"outcome": "refused", "reason": "file_unsupported"}] * 2
    assert await remains(web) == Remains(frozenset(), 0, 0, 0)


NAMES = {
    b"../../x.jpg": "x.jpg",
    b"/etc/passwd": "passwd",
    b"a\0b.jpg": "ab.jpg",
    b"..\\..\\x.jpg": "x.jpg",
    b".": "unnamed",
    b"": "unnamed",
    "ä".encode() * 300 + b".jpeg": "ä" * 97 + ".jpeg",
}


async def test_names_lead_nowhere(web: Web, anna: httpx.AsyncClient) -> None:
    wanted = set()
    for number, (given, name) in enumerate(NAMES.items()):
        answer = await sent(anna, picture(number), filename=given)
        assert answer.status_code == 204, answer.text
        wanted.add(f"{answer.headers['upload-asset']}/{name}")
    assert (await remains(web)).files == wanted


UNDERSTOOD = (
    "filename",  # a key alone has an empty value, which is no error
    metadata(filename="a.jpg", relativePath="null", type="image/jpeg", filetype="image/jpeg", name="a.jpg"),
    "filename YQ==, name YQ==",
)

REFUSED = (
    metadata(owner="bob"),
    metadata(filename="a") + "," + metadata(filename="b"),
    "filename !!!!",
    "filename YQ",
    "filename YQ== YQ==",
    metadata(filename=b"\xff\xfe"),
    metadata(folder="a\0b"),
    metadata(ttl="never ever"),
    metadata(folder="a", folder_id="00000000-0000-4000-8000-000000000000"),
    metadata(folder_id="x"),
    metadata(sha256="12"),
    metadata(tags="x" * 5000),
    ",",
    metadata(filename="x" * 7000),
)


async def test_what_is_said_of_a_file_is_understood_or_refused_at_the_beginning(
    web: Web, anna: httpx.AsyncClient
) -> None:
    for given in REFUSED:
        answer = await begin(anna, 5, headers={"Upload-Metadata": given})
        assert answer.status_code == 400, given
    assert await count(web.db, "transfer") == 0
    for given in UNDERSTOOD:
        assert (await begin(anna, 5, headers={"Upload-Metadata": given})).status_code == 201, given
