from __future__ import annotations

from pathlib import Path

import xxhash

from lamina.sources.hashing import hash_bytes, hash_file, hash_text


def test_is_xxh3_128(tmp_path: Path) -> None:
    for content in [b"", b"abc", b"x" * ((1 << 20) - 1), b"x" * (1 << 20), b"xy" * (1 << 20)]:
        (tmp_path / "file").write_bytes(content)
        assert hash_file(str(tmp_path / "file")) == (xxhash.xxh3_128_hexdigest(content), content[: 1 << 20])
        assert hash_bytes(content) == xxhash.xxh3_128_hexdigest(content)


def test_text_may_hold_names_that_are_not_utf_8() -> None:
    assert hash_text("a\udce9") == hash_bytes(b"a\xe9")


def test_links_are_where_they_lead(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("nowhere")
    (tmp_path / "two").symlink_to("elsewhere")
    (tmp_path / "three").symlink_to("nowhere")
    one, two, three = (hash_file(str(tmp_path / name))[0] for name in ("one", "two", "three"))
    assert one == three != two
