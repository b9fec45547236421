"""What reading originals again finds, and that it never harms one: on a real database and a real folder."""

import hashlib
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from appliance import clock
from appliance.db.engine import Database
from appliance.library.appliance import Appliance
from appliance.library.ingest import check_known
from appliance.library.scrub import read_report, scrub
from appliance.media.store import Store
from appliance.records.scrub import Ended, Outcome
from appliance.records.uploads import KnownState
from appliance.settings import Settings
from tests.conftest import MakeSettings
from tests.support.home import add_picture, open_home, picture
from tests.support.originals import Originals
from tests.support.rows import add_person, count


@pytest.fixture
def library(database: Database, tmp_path: Path) -> Originals:
    return Originals.on(database, tmp_path / "storage")


def tree(root: Path) -> dict[str, tuple[int, int, int, bytes | None]]:
    """All that is below a folder: kind and rights, inode, time of the last change, and bytes."""
    return {
        str(path.relative_to(root)): (
            path.lstat().st_mode,
            path.lstat().st_ino,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in root.rglob("*")
    }


async def test_originals_that_are_as_they_should_be_are_no_findings(library: Originals) -> None:
    assets = {await library.add(os.urandom(9)), await library.add(state="trashed")}
    before = clock.now()
    report = await library.scrub()
    assert (report.ended, report.checked, report.bytes, report.bad) == (Ended.DONE, 2, 12, 0)
    assert (report.assets, report.unchecked, report.findings) == (2, 0, ())
    assert report.whole_since is not None
    assert report.whole_since >= before
    assert await library.outcomes() == dict.fromkeys(assets, "ok")


async def test_an_empty_library_is_checked_at_once(library: Originals) -> None:
    report = await library.scrub()
    assert (report.ended, report.checked, report.assets, report.whole_since) == (Ended.DONE, 0, 0, None)


async def test_a_flipped_bit_is_found(library: Originals) -> None:
    data = random.Random(1).randbytes(9_000_001)  # noqa: S311 - not a secret
    asset = await library.add(data)
    spoilt = bytearray(data)
    spoilt[5_000_000] ^= 1
    library.path(asset).write_bytes(spoilt)
    (finding,) = (await library.scrub()).findings
    assert (finding.id, finding.filename, finding.outcome) == (asset, "a.jpg", Outcome.DAMAGED)
    assert (finding.expected_bytes, finding.found_bytes) == (len(data), len(data))
    assert finding.expected_sha256 == hashlib.sha256(data).hexdigest()
    assert finding.found_sha256 == hashlib.sha256(spoilt).hexdigest()
    assert finding.owner.startswith("owner ")


@pytest.mark.parametrize("there", [b"", b"ab", b"abcd"])
async def test_a_file_of_another_length_is_damaged(library: Originals, there: bytes) -> None:
    asset = await library.add(b"abc")
    library.path(asset).write_bytes(there)
    (finding,) = (await library.scrub()).findings
    assert finding.outcome is Outcome.DAMAGED
    assert (finding.expected_bytes, finding.found_bytes, finding.found_sha256) == (3, len(there), None)


async def test_a_file_that_is_gone_is_missing_and_so_is_one_with_a_link_in_its_place(
    library: Originals,
) -> None:
    file, folder, link = [await library.add() for _ in range(3)]
    library.path(file).unlink()
    library.lose(folder)
    library.path(link).rename(library.store.volume.root / "elsewhere")
    library.path(link).symlink_to(library.store.volume.root / "elsewhere")
    report = await library.scrub()
    assert {finding.id: finding.outcome for finding in report.findings} == dict.fromkeys(
        (file, folder, link), Outcome.MISSING
    )
    assert (report.checked, report.bytes) == (3, 0)


async def test_a_file_that_the_disk_does_not_give_is_unreadable(library: Originals) -> None:
    asset, other = await library.add(), await library.add()

    class FailingDisk(Store):
        """Gives a descriptor on which every read fails."""

        def open_fd(self, asset_id: UUID, filename: str) -> int:
            fd = super().open_fd(asset_id, filename)
            if asset_id != asset:
                return fd
            os.close(fd)
            return os.open(library.path(asset), os.O_WRONLY)

    (finding,) = (await library.scrub(store=library.like(FailingDisk))).findings
    assert (finding.id, finding.outcome, finding.found_sha256) == (asset, Outcome.UNREADABLE, None)
    assert (await library.outcomes())[other] == "ok"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
async def test_a_file_that_may_not_be_opened_is_unreadable(library: Originals) -> None:
    library.path(await library.add()).chmod(0)
    assert [finding.outcome for finding in (await library.scrub()).findings] == [Outcome.UNREADABLE]


async def test_nothing_on_the_volume_is_ever_changed(library: Originals) -> None:
    chance = random.Random(2)  # noqa: S311 - not a secret
    for number in range(40):
        data = chance.randbytes(chance.randrange(1, 9000))
        asset = await library.add(data, state=chance.choice(["active", "trashed", "purging"]))
        path = library.path(asset)
        match number % 5:
            case 0:
                path.unlink()
            case 1:
                path.write_bytes(bytes([data[0] ^ 255]) + data[1:])
            case 2:
                path.write_bytes(data[:-1])
    stranger = library.store.volume.root / "stranger"
    stranger.write_bytes(b"mine")
    before = tree(library.store.volume.root)
    rows = await library.db.fetch("SELECT * FROM asset ORDER BY id")
    await library.scrub()
    report = await library.scrub(again=True)
    assert {finding.outcome for finding in report.findings} == {Outcome.MISSING, Outcome.DAMAGED}
    assert tree(library.store.volume.root) == before
    assert await library.db.fetch("SELECT * FROM asset ORDER BY id") == rows


async def test_what_is_being_purged_is_not_looked_at(library: Originals) -> None:
    asset = await library.add(state="purging")
    library.lose(asset)
    report = await library.scrub()
    assert (report.checked, report.assets, report.bad) == (0, 0, 0)


async def test_a_later_good_result_clears_a_bad_one_and_a_bad_one_is_known_until_then(
    library: Originals,
) -> None:
    good, bad = await library.add(), await library.add()
    await library.scrub()
    path = library.path(bad)
    path.rename(path.with_name("backup"))
    before = clock.now()
    (finding,) = (await library.scrub()).findings
    assert finding.good_at < before < finding.checked_at
    assert (await read_report(library.db)).findings == (finding,)
    assert (await read_report(library.db)).ended is None

    path.with_name("backup").rename(path)
    report = await library.scrub(again=True)
    assert library.read == [bad]
    assert (report.ended, report.checked, report.bad) == (Ended.DONE, 1, 0)
    assert await library.outcomes() == {good: "ok", bad: "ok"}


async def test_what_was_never_checked_was_good_when_it_was_taken_in(library: Originals) -> None:
    asset = await library.add()
    library.path(asset).unlink()
    (finding,) = (await library.scrub()).findings
    (row,) = await library.db.fetch("SELECT uploaded_at FROM asset")
    assert finding.good_at == row["uploaded_at"]


async def test_what_is_known_of_an_asset_goes_with_it(library: Originals) -> None:
    await library.add()
    await library.scrub()
    await library.db.fetch("DELETE FROM asset")
    assert await count(library.db, "scrub") == 0


@pytest.fixture
async def home(make_settings: MakeSettings, database_url: str, redis_url: str) -> AsyncIterator[Appliance]:
    settings: Settings = make_settings(
        database_url=database_url, redis_url=redis_url, free_space_floor_bytes=0
    )
    async with open_home(settings) as appliance:
        yield appliance


async def found(home: Appliance, *, again: bool = False) -> list[Outcome]:
    report = await scrub(db=home.db, store=home.store, minutes=None, again=again)
    return [finding.outcome for finding in report.findings]


async def test_the_remedies_that_are_told_work(home: Appliance) -> None:
    viewer = await add_person(home.db)
    assets = [(await add_picture(home, viewer, picture(n))).asset for n in range(3)]
    gone, short, spoilt = [home.settings.storage_path / str(each.id) / each.filename for each in assets]
    gone.unlink()
    short.write_bytes(picture(1)[:99])
    spoilt.write_bytes(bytes(len(picture(2))))
    assert sorted(await found(home)) == [Outcome.DAMAGED, Outcome.DAMAGED, Outcome.MISSING]

    # The same files again: that mends what is gone or has another length
    for number in range(3):
        await add_picture(home, viewer, picture(number))
    assert await found(home, again=True) == [Outcome.DAMAGED]
    assert not any(spoilt.read_bytes())

    # One that only has other bytes is asked for again when it is out of the way
    spoilt.rename(spoilt.with_name("aside"))
    (known,) = await check_known(home.db, viewer, [(assets[2].sha256, assets[2].bytes)], store=home.store)
    assert known.state is KnownState.NEW
    await add_picture(home, viewer, picture(2))
    assert await found(home, again=True) == []
    assert [path.read_bytes() for path in (gone, short, spoilt)] == [picture(n) for n in range(3)]
