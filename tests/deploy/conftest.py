"""The machine that these tests are about, and what it said when one of them fails."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support import household
from tests.support.box import Box, missing
from tests.support.services import unavailable

Report = pytest.TestReport


@pytest.fixture(scope="session")
def can_boot() -> None:
    reason = missing()
    if reason:
        unavailable(reason)


@pytest.fixture(scope="module")
def box(request: pytest.FixtureRequest, can_boot: None) -> Iterator[Box]:
    """One machine for the tests of a module, in their order; named after it, so that modules can run side by side."""
    with Box(request.path.stem.removeprefix("test_")[:8]) as booted:
        yield booted


@pytest.fixture(scope="session")
def bundle(can_boot: None) -> Path:
    """What machines are provisioned from, built once for all tests."""
    return household.bundle()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Report, Report]:
    report = yield
    machine = getattr(item, "funcargs", {}).get("box")
    if report.failed and isinstance(machine, Box):
        report.sections.append(("the machine", machine.diagnosis()))
    return report
