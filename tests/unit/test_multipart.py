import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.downloads import content_disposition
from web.multipart import parse_header


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('form-data; name="a"; filename="b c.jpg"', {"name": "a", "filename": "b c.jpg"}),
        ('form-data;name=a;filename="q\\"uote;semi.jpg"', {"name": "a", "filename": 'q"uote;semi.jpg'}),
        ("form-data; name=a; NAME=b", {"name": "a"}),
        ("form-data; filename*=utf-8'en'%e2%82%ac; filename=x", {"filename": "€"}),
        ("form-data; filename*=ISO-8859-1''x%e9; filename*=; filename=y", {"filename": "xé"}),
        ("form-data; filename*=utf-7''x; filename=y", {"filename": "y"}),
        ("form-data; filename*=nonsense; filename=y", {"filename": "y"}),
        ("form-data; filename*=no-such-charset''x; filename=y", {"filename": "y"}),
        ("form-data", {}),
    ],
)
def test_a_header_has_parameters(header: str, expected: dict[str, str]) -> None:
    assert parse_header(header) == ("form-data", expected)


@given(st.text())
def test_any_header_can_be_read(header: str) -> None:
    parse_header(header)


@given(st.text(min_size=1).filter(lambda name: name.isprintable()))
def test_a_name_in_an_answer_can_be_read_back(name: str) -> None:
    header = content_disposition(name, download=True)
    assert header.isascii()
    assert header.isprintable()
    kind, parameters = parse_header(header)
    assert kind == "attachment"
    assert parameters["filename"] == name
