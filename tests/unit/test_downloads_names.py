"""How the header that names a download is written, whatever the file is called."""

import pytest

from web.downloads import content_disposition


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("a.jpg", "a.jpg", None),
        ('a"; filename="b.exe', "a_; filename=_b.exe", "a%22%3B%20filename%3D%22b.exe"),
        ("a\\b.jpg", "a_b.jpg", "a%5Cb.jpg"),
        ("100%41.jpg", "100_41.jpg", "100%2541.jpg"),
        ("a\r\nSet-Cookie: x.jpg", "a__Set-Cookie: x.jpg", "a%0D%0ASet-Cookie%3A%20x.jpg"),
    ],
)
def test_no_name_of_a_file_says_more_than_its_name(name: str, plain: str, full: str | None) -> None:
    header = content_disposition(name, download=True)
    rest = "" if full is None else f"; filename*=UTF-8''{full}"
    assert header == f'attachment; filename="{plain}"{rest}'
