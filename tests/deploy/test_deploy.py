import pytest

from scripts.deploy import split_host


def test_a_host_that_stands_first_becomes_an_inventory_of_one() -> None:
    where, further = split_host(["root@nas.local", "-e", "app_port=80", "--check"])
    assert where == ["-i", "nas.local,", "-e", "ansible_user=root"]
    assert further == ["-e", "app_port=80", "--check"]


def test_without_a_user_ssh_decides() -> None:
    assert split_host(["nas.local"]) == (["-i", "nas.local,"], [])


@pytest.mark.parametrize(
    "words", [["-i", "mine"], ["--inventory=mine", "--check"], ["-imine"], ["-e", "a=b", "-i", "x"]]
)
def test_an_inventory_is_handed_on_as_it_is(words: list[str]) -> None:
    assert split_host(words) == ([], words)


@pytest.mark.parametrize("words", [[], ["--check"], ["-e", "app_port=80"]])
def test_neither_host_nor_inventory_is_refused(words: list[str]) -> None:
    with pytest.raises(ValueError, match="name a host first"):
        split_host(words)
