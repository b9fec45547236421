"""File names that people and machines invent."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.media.names import MAX_NAME_BYTES, safe_filename


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("IMG_0001.JPG", "IMG_0001.JPG"),
        ("Oma im Schnee äöü.jpeg", "Oma im Schnee äöü.jpeg"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\windows\\system32\\a.png", "a.png"),
        ("/etc/shadow", "shadow"),
        ("a\0b.jpg", "ab.jpg"),
        ("line\nbreak\r\n.jpg", "line break.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("CON", "_CON"),
        ("con.jpg", "_con.jpg"),
        ("Lpt1.tar.gz", "_Lpt1.tar.gz"),
        ("....", "unnamed"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (" . ", "unnamed"),
        ("///", "unnamed"),
        (".htaccess", "htaccess"),
        ("-rf.jpg", "rf.jpg"),
        ("trailing. . ", "trailing"),
        ('a<b>:"|?*.png', "a_b______.png"),
        ("👨‍👩‍👧 Strand 🏖.heic", "👨‍👩‍👧 Strand 🏖.heic"),
        ("cafe\u0301.jpg", "caf\u00e9.jpg"),
        ("\udcff\udcfe.jpg", "jpg"),
    ],
)
def test_a_name_is_made_safe_and_stays_readable(given_name: str, kept: str) -> None:
    assert safe_filename(given_name) == kept


def test_a_long_name_is_cut_and_keeps_its_suffix() -> None:
    long = safe_filename("ü" * 300 + ".jpeg")
    assert len(long.encode()) <= MAX_NAME_BYTES
    assert long.startswith("üüü")
    assert long.endswith(".jpeg")


def test_a_suffix_of_any_length_is_not_kept_at_all_costs() -> None:
    assert len(safe_filename("a." + "b" * 300).encode()) <= MAX_NAME_BYTES


@given(st.text(max_size=400))
def test_whatever_the_name_the_result_is_one_plain_component(name: str) -> None:
    safe = safe_filename(name)
    assert 1 <= len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\\0<>:"|?*\n\r\t')
    assert safe not in {".", ".."}
    assert not safe.startswith((".", "-", " "))
    assert not safe.endswith((".", " "))
    assert unicodedata.is_normalized("NFC", safe)
    assert os.fsencode(safe)
    assert safe_filename(safe) == safe
