"""An archive may be anybody's: what is no plain file below one folder is refused before anything is written."""

import gzip
import io
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest

from appliance.errors import DamagedFile, DiskFull, UnsupportedFile
from appliance.library.shelf import archives
from appliance.library.shelf.places import Room
from tests.support.shelf import taped, zipped

FILES = {"model/config.json": b"{}", "model/visual/model.onnx": b"weights" * 100}


def unpack(tmp_path: Path, content: bytes, *, floor: int = 0, free: int = 1 << 20) -> Path:
    path, folder = tmp_path / "archive", tmp_path / "out"
    path.write_bytes(content)
    folder.mkdir()
    return archives.unpack(path, folder, room=Room(tmp_path, floor), free_bytes=free)


def written(tmp_path: Path) -> list[str]:
    return [str(path) for path in (tmp_path / "out").rglob("*")]


@pytest.mark.parametrize(
    "content",
    [zipped(FILES), taped(FILES), taped(FILES, mode="gz"), taped(FILES, mode="xz"), taped(FILES, mode="bz2")],
    ids=["zip", "tar", "tar.gz", "tar.xz", "tar.bz2"],
)
def test_the_kind_is_seen_by_the_content_and_the_one_folder_inside_is_the_model(
    tmp_path: Path, content: bytes
) -> None:
    root = unpack(tmp_path, content)
    assert root == tmp_path / "out/model"
    assert (root / "visual/model.onnx").read_bytes() == FILES["model/visual/model.onnx"]


def test_files_without_a_folder_around_them_are_the_model_too(tmp_path: Path) -> None:
    files = {name.removeprefix("model/"): content for name, content in FILES.items()}
    assert unpack(tmp_path, zipped({**files, "__MACOSX/._config.json": b"x"})) == tmp_path / "out"
    assert not (tmp_path / "out/__MACOSX").exists()


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../outside", "model/../../outside", "C:/windows", "model\\..\\x", "a" * 300, ".."],
)
def test_a_path_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    for content in (zipped({**FILES, name: b"x"}), taped({**FILES, name: b"x"})):
        with pytest.raises(UnsupportedFile, match="is not unpacked"):
            unpack(tmp_path, content)
        assert written(tmp_path) == []
        (tmp_path / "out").rmdir()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE]
)
def test_links_devices_and_pipes_are_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("model/odd")
    info.type = kind
    info.linkname = "/etc/passwd"
    with pytest.raises(UnsupportedFile, match="a link or a device"):
        unpack(tmp_path, taped(FILES, odd=[info]))
    assert written(tmp_path) == []


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO(zipped(FILES))
    info = zipfile.ZipInfo("model/link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(buffer, "a") as packed:
        packed.writestr(info, "/etc/passwd")
    with pytest.raises(UnsupportedFile, match="a link or a device"):
        unpack(tmp_path, buffer.getvalue())
    assert written(tmp_path) == []


def test_a_bomb_is_refused_by_what_it_says_of_itself(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="unpack to more than"):
        unpack(tmp_path, zipped({**FILES, "model/zeros": bytes(8 << 20)}))
    assert written(tmp_path) == []


def test_more_files_than_a_model_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_MEMBERS", 10)
    with pytest.raises(UnsupportedFile, match="more than 10 files"):
        unpack(tmp_path, zipped({f"model/{number}": b"x" for number in range(11)}))
    assert written(tmp_path) == []


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    twice = tarfile.TarInfo("model/config.json")
    with pytest.raises(UnsupportedFile, match="twice"):
        unpack(tmp_path, taped(FILES, odd=[twice]))


@pytest.mark.parametrize("mode", ["zip", "", "gz", "xz"])
def test_an_archive_that_is_cut_short_or_damaged_is_said_to_be(tmp_path: Path, mode: str) -> None:
    whole = zipped(FILES) if mode == "zip" else taped(FILES, mode=mode)
    cut = 1700 if mode == "" else len(whole) // 2
    damaged = whole[:200] + bytes(20) + whole[220:] if mode == "zip" else whole[:cut]
    with pytest.raises((DamagedFile, UnsupportedFile)):
        unpack(tmp_path, damaged)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="no archive"):
        unpack(tmp_path, b"GIF89a")


def test_an_archive_that_does_not_fit_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="may be taken"):
        unpack(tmp_path, zipped(FILES), floor=1 << 60)
    assert written(tmp_path) == []


@pytest.mark.parametrize("at", ["content", "checksum"])
def test_one_wrong_bit_in_a_packed_tar_is_seen_before_anything_is_written(tmp_path: Path, at: str) -> None:
    packed = bytearray(gzip.compress(taped(FILES), compresslevel=0))
    packed[packed.index(b"weightsweights") if at == "content" else -6] ^= 1
    with pytest.raises(DamagedFile, match="damaged"):
        unpack(tmp_path, bytes(packed))
    assert written(tmp_path) == []


def header(kind: bytes, size: int) -> bytes:
    info = tarfile.TarInfo("model/odd")
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize(
    "kind",
    [tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.XHDTYPE, tarfile.XGLTYPE],
)
def test_a_header_that_is_too_long_is_refused_before_it_is_read(tmp_path: Path, kind: bytes) -> None:
    with pytest.raises(UnsupportedFile, match="a header in it takes"):
        unpack(tmp_path, gzip.compress(header(kind, 3 << 30)))
    assert written(tmp_path) == []


def test_a_file_with_holes_or_with_less_than_no_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="holes"):
        unpack(tmp_path, header(tarfile.GNUTYPE_SPARSE, 0))
    (tmp_path / "out").rmdir()
    with pytest.raises(DamagedFile, match="shorter than nothing"):
        unpack(tmp_path, header(tarfile.REGTYPE, -256))
    assert written(tmp_path) == []


def test_a_tar_that_goes_on_after_its_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFile, match="after its end"):
        unpack(tmp_path, gzip.compress(taped(FILES) + bytes(17 << 20)))
    assert written(tmp_path) == []
