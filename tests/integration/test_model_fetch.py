"""``model add`` over the network: what was fetched is the right thing, whatever servers and connections do."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from appliance.clip.identity import identity
from appliance.clip.layouts import read_folder
from appliance.errors import (
    DamagedFile,
    ModelUnavailable,
    NotFound,
    SceneSenseError,
    Unavailable,
    UnsupportedFile,
    UsageError,
)
from appliance.library.shelf.provenance import read_provenance
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.files_over_http import FileServer, serving
from tests.support.shelf import Watched, left, model_files, put, taped, zipped
from tests.support.tiny_models import Tiny

#: A preset whose graphs have no published hash, so that a tiny model can stand in for it.
PRESET = "ViT-B-32__openai"
MIB = 1 << 20


@pytest.fixture
def settings(make_settings: MakeSettings) -> Settings:
    return make_settings(free_space_floor_bytes=0, encode_threads=1)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with serving() as running:
        yield running


def test_a_preset_is_fetched_file_by_file_from_where_the_owner_says(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    base = server.put("mirror", model_files(tmp_path / "made"))
    watcher = Watched()
    added = put(settings, PRESET, base=base, watcher=watcher)
    assert (added.name, added.licence, added.languages) == (PRESET, "MIT", ("en",))
    assert added.identity == identity(tmp_path / "made")
    (delivery,) = watcher.deliveries
    assert delivery.total_bytes == watcher.steps[0][1] == watcher.bytes
    assert next(address for address, _ in delivery.files) == f"{base}/config.json"
    assert left(settings) == [PRESET]
    note = read_provenance(settings.models_path / PRESET)
    assert note is not None
    assert note.source == base
    folder = read_folder(settings.models_path / PRESET)
    assert (folder.licence, folder.languages) == ("MIT", ("en",))

    asked = len(server.asked)
    assert put(settings, PRESET, base=base).already_there
    assert len(server.asked) == asked


def test_an_address_of_a_presets_repository_is_understood(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    base = server.put(f"immich-app/{PRESET}/resolve/main", model_files(tmp_path / "made"))
    address = base.replace("/resolve/main", "")
    assert put(settings, address).name == PRESET
    assert put(settings, address + "/tree/main").already_there


def test_nothing_is_fetched_when_the_owner_does_not_agree(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    base = server.put("mirror", model_files(tmp_path / "made"))
    with pytest.raises(UsageError, match="Nothing was fetched"):
        put(settings, PRESET, base=base, watcher=Watched(agree=False))
    assert {asked.method for asked in server.asked} == {"HEAD"}
    assert left(settings) == []


def archive_of(tmp_path: Path, name: str = "made") -> bytes:
    return taped(model_files(tmp_path / name, padding=MIB))


def test_a_connection_that_breaks_goes_on_where_it_broke(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    content = archive_of(tmp_path)
    address = server.put("get", {"mine.tar": content}) + "/mine.tar"
    server.cuts = [300_000, 200_000, 100_000]
    watcher = Watched()
    added = put(settings, address, watcher=watcher)
    assert added.name == "mine"
    assert [asked.range for asked in server.gets("/get/mine.tar")] == [
        None, "bytes=300000-", "bytes=500000-", "bytes=600000-",
    ]  # fmt: skip
    assert all(asked.if_range == '"first"' for asked in server.gets("/get/mine.tar")[1:])
    assert left(settings) == ["mine"]


def test_what_a_call_has_brought_is_there_for_the_next_one(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    content = archive_of(tmp_path)
    address = server.put("get", {"mine.tar": content}) + "/mine.tar"
    server.cuts = [400_000] + [0] * 20
    with pytest.raises(Unavailable, match="goes on from there"):
        put(settings, address)
    assert left(settings) == [".part-mine"]
    server.cuts.clear()
    server.asked.clear()
    watcher = Watched()
    put(settings, address, watcher=watcher)
    assert watcher.deliveries[0].here_bytes == 400_000
    assert watcher.bytes == len(content)
    assert [asked.range for asked in server.gets("/get/mine.tar")] == ["bytes=400000-"]
    assert left(settings) == ["mine"]


def test_whole_files_of_a_preset_are_not_fetched_twice(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    files = model_files(tmp_path / "made")
    base = server.put("mirror", files)
    big = len(files["textual/model.onnx"]) // 2
    server.cuts = [10**9, 10**9, 10**9, big] + [0] * 20
    with pytest.raises(Unavailable):
        put(settings, PRESET, base=base)
    server.cuts.clear()
    server.asked.clear()
    put(settings, PRESET, base=base)
    got = [asked.path.removeprefix("/mirror/") for asked in server.asked if asked.method == "GET"]
    assert got == ["textual/model.onnx", "textual/tokenizer.json", "textual/tokenizer_config.json"]


def test_a_file_that_changed_meanwhile_is_begun_anew_and_never_mixed(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.cuts = [400_000] + [0] * 20
    with pytest.raises(Unavailable):
        put(settings, address)
    server.cuts.clear()
    other = taped(model_files(tmp_path / "other", Tiny(side=32), padding=MIB))
    server.files["/get/mine.tar"], server.tags["/get/mine.tar"] = other, "second"
    assert put(settings, address).identity == identity(tmp_path / "other")


def test_a_file_that_changes_between_two_pieces_is_begun_anew(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.cuts = [400_000]
    other = taped(model_files(tmp_path / "other", Tiny(side=32), padding=MIB))

    class Changing(Watched):
        def advance(self, count: int) -> None:
            super().advance(count)
            server.files["/get/mine.tar"], server.tags["/get/mine.tar"] = other, "second"

    watcher = Changing()
    assert put(settings, address, watcher=watcher).identity == identity(tmp_path / "other")
    assert watcher.bytes == len(other)


def test_a_server_that_changes_its_mind_all_the_time_is_given_up(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.cuts = [*range(400_000, 450_000, 1000)]

    class Flapping(Watched):
        def advance(self, count: int) -> None:
            super().advance(count)
            server.tags["/get/mine.tar"] = f"other {self.bytes} {len(server.asked)}"

    with pytest.raises(Unavailable, match="can't be fetched"):
        put(settings, address, watcher=Flapping())
    assert len(server.gets("/get/mine.tar")) == 7


def test_a_size_of_thousands_of_digits_is_no_size(settings: Settings, server: FileServer) -> None:
    class Lying(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_error(405)

        def do_GET(self) -> None:
            asked = "Range" in self.headers
            self.send_response(206 if asked else 200)
            self.send_header("ETag", '"first"')
            self.send_header("Content-Length", "10" if asked else "1000")
            self.send_header("Content-Range", "bytes 100-109/" + "9" * 5000)
            self.end_headers()
            self.wfile.write(bytes(10 if asked else 100))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Lying) as lying:
        thread = threading.Thread(target=lying.serve_forever)
        thread.start()
        try:
            with pytest.raises(Unavailable, match="can't be fetched"):
                put(settings, f"http://127.0.0.1:{lying.server_address[1]}/mine.tar")
        finally:
            lying.shutdown()
            thread.join()


@pytest.mark.parametrize("lacks", ["ranges", "heads", "tagged"])
def test_a_server_that_can_do_less_gives_the_same_model(
    settings: Settings, server: FileServer, tmp_path: Path, lacks: str
) -> None:
    setattr(server, lacks, False)
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.cuts = [400_000]
    watcher = Watched()
    assert put(settings, address, watcher=watcher).identity == identity(tmp_path / "made")
    assert watcher.bytes == len(server.files["/get/mine.tar"])
    assert left(settings) == ["mine"]


def test_a_server_without_head_is_asked_for_the_rest_all_the_same(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    server.heads = False
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.cuts = [400_000] + [0] * 20
    with pytest.raises(Unavailable):
        put(settings, address)
    server.cuts.clear()
    server.asked.clear()
    put(settings, address)
    assert [asked.range for asked in server.gets("/get/mine.tar")] == ["bytes=400000-"]


def test_wrong_bytes_are_refused_and_nothing_of_them_is_kept(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    with pytest.raises(DamagedFile, match="not the file that was published"):
        put(settings, address, sha256="ab" * 32)
    assert left(settings) == []


def test_a_preset_with_a_published_sha256_takes_no_other_weights(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    files = dict.fromkeys(("config.json", "preprocessor_config.json", "tokenizer.json"), b"{}")
    files |= {
        "tokenizer_config.json": b"{}",
        "onnx/vision_model.onnx": b"x" * 999,
        "onnx/text_model.onnx": b"y",
    }
    with pytest.raises(DamagedFile, match="sha256"):
        put(settings, "clip-vit-base-patch16", base=server.put("mirror", files))
    assert left(settings) == []


def test_redirects_are_followed_but_not_in_circles(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    server.put("store", {"abc": archive_of(tmp_path)})
    server.moved = {"/get/mine.tar": "/store/abc", "/one": "/two", "/two": "/one"}
    added = put(settings, f"{server.url}/get/mine.tar?token=secret", name="mine")
    assert added.name == "mine"
    note = read_provenance(settings.models_path / "mine")
    assert note is not None
    assert note.source == f"{server.url}/get/mine.tar"
    with pytest.raises(UsageError, match="without end"):
        put(settings, f"{server.url}/one")


@pytest.mark.parametrize(("status", "kind"), [(404, NotFound), (401, NotFound), (503, Unavailable)])
def test_a_server_that_refuses_is_said_to(
    settings: Settings, server: FileServer, status: int, kind: type[SceneSenseError]
) -> None:
    server.failures = [status] * 20
    with pytest.raises(kind, match=f"{server.url}/x.zip can't be fetched"):
        put(settings, f"{server.url}/x.zip")
    assert left(settings) == []


def test_a_server_that_is_busy_for_a_moment_is_asked_again(
    settings: Settings, server: FileServer, tmp_path: Path
) -> None:
    address = server.put("get", {"mine.tar": archive_of(tmp_path)}) + "/mine.tar"
    server.failures = [503, 429]
    assert put(settings, address).name == "mine"


def test_nobody_there_is_said_in_a_line(settings: Settings, server: FileServer) -> None:
    with pytest.raises(Unavailable, match="can't be fetched"):
        put(settings, "http://127.0.0.1:9/x.zip")
    assert left(settings) == []


def test_what_is_fetched_and_is_no_model_is_not_kept(settings: Settings, server: FileServer) -> None:
    address = server.put("get", {"page.zip": b"<html>sign in</html>"})
    with pytest.raises(UnsupportedFile, match="no archive"):
        put(settings, f"{address}/page.zip")
    address = server.put("get", {"other.zip": zipped({"readme.txt": b"hello"})})
    with pytest.raises(ModelUnavailable):
        put(settings, f"{address}/other.zip")
    assert left(settings) == []
