"""Which names this server answers to, and what an origin is."""

import pytest

from tests.conftest import MakeSettings
from web.auth.hosts import KnownHosts, origin_of, split_host


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("anything.localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.7.7", True),
        ("fe80::1%eth0", True),
        ("nas", True),
        ("nas.local", True),
        ("nas.lan", True),
        ("nas.home.arpa", True),
        ("nas.fritz.example", True),
        ("photos.example.org", True),
        ("album.example.org", True),
        ("nas.example.org", False),
        ("other.local", False),
        ("notlocalhost", False),
        ("127.0.0.1.example", False),
        ("0x7f.1", False),
        ("2130706433", False),
        (None, False),
    ],
)
def test_only_names_that_nobody_else_can_point_here(
    make_settings: MakeSettings, host: str | None, known: bool
) -> None:
    settings = make_settings(public_url="https://photos.example.org/x", trusted_hosts="Album.example.org.")
    assert KnownHosts(settings, machine="nas.fritz.example").knows(host) is known


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("Localhost:8020", "localhost"),
        ("[::1]:8020", "::1"),
        ("nas.local.", "nas.local"),
        ("a:b", None),
        ("a:99999", None),
        ("user@localhost", None),
        ("localhost/evil", None),
        ("localhost?x", None),
        (" localhost", None),
        ("[::1", None),
        ("", None),
    ],
)
def test_a_host_header_is_taken_apart_strictly(header: str, host: str | None) -> None:
    assert split_host(header) == host


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://localhost", ("http", "localhost", 80)),
        ("https://Photos.Example.org", ("https", "photos.example.org", 443)),
        ("http://[::1]:8020", ("http", "::1", 8020)),
        ("null", None),
        ("", None),
        ("ftp://localhost", None),
        ("http://localhost:x", None),
        ("//localhost", None),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, origin: tuple[str, str, int] | None) -> None:
    assert origin_of(text) == origin
