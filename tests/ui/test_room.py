"""Room in the page: what there is none for is said before a byte of it moves."""

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser import PHONE
from tests.ui.house import FIRST, SECOND, House

pytestmark = pytest.mark.browser


def sent(requests: list[str]) -> list[str]:
    return [line for line in requests if line.startswith("POST ") and line.endswith("/api/assets")]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        pytest.param("rosa", {}, id="desktop"),
        pytest.param("rudi", {"viewport": PHONE, "has_touch": True, "is_mobile": True}, id="phone"),
    ],
)
def test_a_picture_beyond_the_quota_is_told_of_before_it_is_sent(
    house: House, name: str, options: dict[str, Any]
) -> None:
    person = house.person(name)
    quota = {"quota_bytes": FIRST.stat().st_size + 10}
    assert house.admin.patch(f"/api/admin/users/{person}", json=quota).is_success
    with house.visitor(name, **options) as visitor:
        page = visitor.page
        visitor.pick([FIRST, SECOND])
        tray = page.get_by_role("region", name="Pictures being added")
        row = tray.get_by_role("listitem").filter(has_text=SECOND.name)
        expect(row.get_by_text("There is no room left for you here")).to_be_visible()
        expect(row).to_be_in_viewport()
        expect(tray.get_by_role("status")).to_contain_text("Ask whoever looks after this server for more")
        expect(tray.get_by_role("heading", name="1 picture added")).to_be_visible()
        assert len(sent(visitor.requests)) == 1
        visitor.shot(f"no-room-{name}")
        assert visitor.axe() == []
        assert house.admin.patch(f"/api/admin/users/{person}", json={"quota_bytes": None}).is_success
        tray.get_by_role("button", name="Try again", exact=True).click()
        expect(tray.get_by_role("status")).to_be_empty()
        expect(row.get_by_role("button", name="Open")).to_be_visible()
        assert len(sent(visitor.requests)) == 2
