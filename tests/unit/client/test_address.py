"""What a user writes for a server, and where its token is looked for."""

from __future__ import annotations

import sys
import types

import pytest

from optwidgets.client.address import TOKEN_VARIABLE, Address, find_token, parse_address
from optwidgets.journal.protocol import JournalError


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://lab:8000", Address("http://lab:8000")),
        (" HTTP://Lab:8000/ ", Address("http://lab:8000")),
        ("https://lab/optw", Address("https://lab/optw")),
        ("http://lab:8000/s/4f-1_c", Address("http://lab:8000", "4f-1_c")),
        ("https://lab/optw/s/a/", Address("https://lab/optw", "a")),
        ("http://lab:8000/api/v1/sessions/a", Address("http://lab:8000", "a")),
        ("http://s%3Acret@lab:8000/s/a", Address("http://lab:8000", "a", "s:cret")),
        ("http://[::1]:8000", Address("http://[::1]:8000")),
    ],
)
def test_addresses_are_read(url, expected):
    assert parse_address(url) == expected


@pytest.mark.parametrize(
    "url", ["", "lab:8000", "reactor.db", "ftp://lab", "http://", "http://lab:99999", None, 3]
)
def test_what_is_no_address_is_said(url):
    with pytest.raises(JournalError, match="no address of a server"):
        parse_address(url)


def test_the_token_of_the_call_goes_before_the_address_the_environment_and_the_keyring(monkeypatch):
    asked = []
    keyring = types.SimpleNamespace(
        get_password=lambda service, base: asked.append((service, base)) or "of the keyring"
    )
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    with_token = Address("http://lab", token="of the address")
    assert find_token(Address("http://lab")) == "of the keyring"
    assert asked == [("optwidgets", "http://lab")]
    monkeypatch.setenv(TOKEN_VARIABLE, "of the environment")
    assert find_token(Address("http://lab")) == "of the environment"
    assert find_token(with_token) == "of the address"
    assert find_token(with_token, "given") == "given"


def test_a_keyring_that_fails_is_no_keyring(monkeypatch):
    def fail(*_):
        raise RuntimeError("locked")

    monkeypatch.setitem(sys.modules, "keyring", types.SimpleNamespace(get_password=fail))
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    assert find_token(Address("http://lab")) is None
