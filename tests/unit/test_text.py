"""How messages show a value."""

from __future__ import annotations

import time

import pytest

from pulumi_chime_voice.text import shown as quoted
from pulumi_chime_voice.text import without_password


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://user:S3CRET@emulator:4510/path", "http://emulator:4510/path"),
        (
            'Could not connect to the endpoint URL: "http://user:S3CRET@h/v"',
            'Could not connect to the endpoint URL: "http://h/v"',
        ),
        ("https://user@h", "https://h"),
        ("http://u:S3/CRE@T@h", "http://h"),
        ("Invalid endpoint: user:S3CRET@chime.example", "Invalid endpoint: chime.example"),
        ("http://h:1/a, mail ada@example.net", "http://h:1/a, mail ada@example.net"),
    ],
)
def test_without_password(text: str, shown: str) -> None:
    """The host stays, with what follows it; addresses of people are no URLs."""
    assert without_password(text) == shown


def test_a_long_token_takes_no_time() -> None:
    """A metadata server may answer with any text, which a message quotes: tens of thousands of colons."""
    began = time.process_time()
    token = "a:" * 50_000
    assert without_password(token) == token
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (12345.0, "12345"),
        (0.5, "0.5"),
        (float("inf"), "inf"),
        ("x" * 9, '"xxxxx…"'),
        (list(range(9)), "[0, 1, …"),
    ],
)
def test_a_value_in_a_message(value: object, shown: str) -> None:
    """Numbers as they were written, although Pulumi sends them as floats; a long text keeps both quotes."""
    assert quoted(value, 8 + 2 * isinstance(value, list)) == shown


def test_a_quoted_text_is_printable() -> None:
    """A terminal gets no control characters, and a text is one line."""
    assert quoted("\x1b[31mred\nline") == '"\ufffd[31mred\ufffdline"'
