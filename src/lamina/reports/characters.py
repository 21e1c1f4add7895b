"""Makes texts of tests fit to be shown: their names and output may hold any character, terminal commands included."""

from __future__ import annotations

import re

__all__ = ["encodable", "shortened", "uncoloured", "visible"]

# What a terminal would obey: control sequences (colours among them), operating system commands, other escapes.
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
# Control characters are shown by their pictures, those without one as U+FFFD; so are marks that turn the direction of writing
# around, since they make a line read otherwise than it is.
_PICTURES = {
    **{code: 0x2400 + code for code in range(0x20)},
    0x7F: 0x2421,
    **dict.fromkeys(
        [*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF], 0xFFFD
    ),
}
_BLOCK = {code: picture for code, picture in _PICTURES.items() if code not in (0x09, 0x0A)}


def encodable(text: str) -> str:
    """`text` with lone surrogates, which stand for bytes of file names that are not UTF-8, as escapes ("caf\\udce9.py")."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def uncoloured(text: str) -> str:
    """`text` without what only a terminal understands."""
    return _TERMINAL.sub("", text) if "\x1b" in text else text


def visible(text: str, block: bool = False) -> str:
    """`text` with a picture for each control character, on one line; as a `block`, lines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    text = encodable(uncoloured(text))
    if block:
        text = text.replace("\r\n", "\n")
    return text.translate(_BLOCK if block else _PICTURES)


def shortened(text: str, most: int) -> str:
    """`text`, or its beginning and end when it has more than `most` characters."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n… {len(text) - 2 * half:,} characters left out; results.json has them …\n{text[-half:]}"
