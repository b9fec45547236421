import pytest

from appliance.errors import UsageError
from appliance.library.naming import folder_path, tag_names


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", "a"),
        ("/a/b/", "a/b"),
        (" a / b ", "a/b"),
        ("Reisen/Öland 2024", "Reisen/Öland 2024"),
        ("Reisen/O\u0308land", "Reisen/Öland"),
        ("a/.hidden", "a/.hidden"),
        ("a\\b", "a\\b"),
        ("/".join("a" * 20), "/".join("a" * 20)),
        ("ä" * 200, "ä" * 200),
        ("", None),
        ("/", None),
        ("  ", None),
    ],
)
def test_a_folder_has_one_clean_path(text: str, path: str | None) -> None:
    assert folder_path(text) == path


@pytest.mark.parametrize(
    "text",
    ["a//b", "a/./b", "../a", "a/..", "a/ /b", "/".join("a" * 21), "ä" * 201, "a\0b", "a\nb", "a\u2028b"],
)
def test_what_no_folder_can_be_called_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        folder_path(text)


def test_tags_are_split_trimmed_and_kept_once() -> None:
    assert tag_names(["red, Green", "RED", " a  b ", "", ",,"]) == ("red", "Green", "a b")


@pytest.mark.parametrize("texts", [["x" * 201], ["a\x07"], [str(n) for n in range(101)]])
def test_what_is_no_tag_is_refused(texts: list[str]) -> None:
    with pytest.raises(UsageError):
        tag_names(texts)
