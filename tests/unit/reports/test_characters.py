from __future__ import annotations

import pytest
from sample_runs import HOSTILE

from lamina.reports.characters import encodable, shortened, uncoloured, visible


def test_lone_surrogates_become_escapes() -> None:
    assert encodable("caf\udce9.py") == "caf\\udce9.py"
    assert encodable("naïve 🐍") == "naïve 🐍"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[38;5;12mblue\x1b[m", "blue"),
        ("\x1b[2J\x1b[Hcleared", "cleared"),
        ("\x1b]0;a title\x07after", "after"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bMup", "up"),
        ("no escapes", "no escapes"),
    ],
)
def test_what_only_terminals_understand_goes(text: str, plain: str) -> None:
    assert uncoloured(text) == plain


def test_control_characters_are_seen() -> None:
    assert visible("a\x00b\x07\x1b\r\n\tc\x7f\x85") == "a␀b␇␛␍␊␉c␡\ufffd"
    assert visible("one\r\n\ttwo\rthree\x00", block=True) == "one\n\ttwo␍three␀"
    assert visible("a\u202eb\u2066c\ufffe") == "a\ufffdb\ufffdc\ufffd"


def test_ordinary_text_stays() -> None:
    text = "naïve 🐍👩‍👩‍👧‍👦 日本語 <b>"
    assert visible(text) == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_any_text_becomes_one_line_of_printable_characters(text: str) -> None:
    shown = visible(text)
    assert len(shown.splitlines()) == 1
    assert "\x1b" not in shown
    shown.encode()


def test_long_text_keeps_both_ends() -> None:
    text = "a" * 60 + "b" * 60
    short = shortened(text, 20)
    assert short.startswith("a" * 10 + "\n… 100 characters left out")
    assert short.endswith("b" * 10)
    assert shortened(text, 120) == text
