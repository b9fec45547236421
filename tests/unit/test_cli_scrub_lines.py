"""What the command line writes about originals that were read again."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from appliance.cli.scrub import lines
from appliance.records.scrub import Ended, Finding, Outcome, ScrubReport

DAY = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)

REPORT = ScrubReport(
    ended=Ended.DONE, checked=3, bytes=1234, seconds=2.4, assets=3, unchecked=0, oldest_check=DAY,
    whole_since=DAY, bad=0, findings=(),
)  # fmt: skip

FINDING = Finding(
    id=UUID(int=1), owner="anna", filename="a.jpg", outcome=Outcome.MISSING, expected_bytes=1234,
    expected_sha256="aa", found_bytes=None, found_sha256=None, checked_at=DAY, good_at=DAY,
)  # fmt: skip


def said(report: ScrubReport) -> list[str]:
    return lines(report, Path("/disk"))


def test_a_library_that_is_well_takes_three_lines() -> None:
    assert said(REPORT) == [
        "3 originals checked, 1.2 kB in 2 s",
        "0 of 3 originals are known to be bad",
        "every original was checked since 2026-05-01 10:00 UTC",
    ]


def test_what_was_not_come_to_is_said() -> None:
    stopped = replace(REPORT, ended=Ended.STOPPED, unchecked=2, whole_since=None)
    assert said(stopped)[0].endswith(" in 2 s until it was stopped")
    assert said(stopped)[2] == "2 were never checked so far; a run goes on where the last one stopped"


def test_a_report_without_a_run_and_without_a_check_says_only_what_is_known() -> None:
    assert said(replace(REPORT, ended=None, assets=0, oldest_check=None, whole_since=None)) == [
        "0 of 0 originals are known to be bad"
    ]


def test_each_finding_says_what_was_found_when_it_was_good_and_what_to_do() -> None:
    findings = (
        FINDING,
        replace(FINDING, outcome=Outcome.DAMAGED, found_bytes=5),
        replace(FINDING, outcome=Outcome.DAMAGED, found_bytes=1234, found_sha256="bb"),
    )
    text = said(replace(REPORT, bad=5, findings=findings))
    assert text[:9] == [
        f"missing    {UUID(int=1)} a.jpg (of anna)",
        "           was good on 2026-05-01 10:00 UTC",
        f"damaged    {UUID(int=1)} a.jpg (of anna)",
        "           5 bytes, not 1234",
        "           was good on 2026-05-01 10:00 UTC",
        f"damaged    {UUID(int=1)} a.jpg (of anna)",
        "           sha256 bb, not aa",
        "           was good on 2026-05-01 10:00 UTC",
        "and 2 more",
    ]
    assert [line.split(":")[0] for line in text[9:11]] == ["missing", "damaged"]
    assert "/disk/<id>/<name>" in text[9]
    assert "--again" in text[11]


def test_only_the_remedies_that_are_needed_are_told() -> None:
    text = said(replace(REPORT, bad=1, findings=(replace(FINDING, outcome=Outcome.UNREADABLE),)))
    assert [line for line in text if line.startswith(("missing:", "damaged:"))] == []
    assert any(line.startswith("unreadable: ") for line in text)
