"""Kept vectors: each text is encoded once, and a file that is broken or cannot be written costs only time."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.library.kept_vectors import kept


class Counting:
    """Encodes a text as its length and counts how many texts it was asked for."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, texts):
        self.asked += len(texts)
        return np.array([[len(text), 1.0] for text in texts], np.float32)


def test_what_was_encoded_once_is_not_encoded_again(tmp_path):
    file, encode = tmp_path / "made" / "clauses.npz", Counting()
    first = kept(file, encode, "a model")(["one", "three"])
    again = kept(file, encode, "a model")(["three", "one"])
    assert encode.asked == 2
    assert again.tolist() == first[::-1].tolist() == [[5, 1], [3, 1]]


def test_only_what_is_new_is_encoded(tmp_path):
    encode = Counting()
    kept(tmp_path / "v.npz", encode, "a model")(["one", "two"])
    kept(tmp_path / "v.npz", encode, "a model")(["two", "four"])
    assert encode.asked == 3


def test_another_model_shares_nothing(tmp_path):
    encode = Counting()
    kept(tmp_path / "v.npz", encode, "a model")(["one"])
    kept(tmp_path / "v.npz", encode, "another")(["one"])
    assert encode.asked == 2


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut short", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_computed_anew_and_mended(tmp_path, content):
    file, encode = tmp_path / "v.npz", Counting()
    file.write_bytes(content)
    assert kept(file, encode, "a model")(["one"]).tolist() == [[3, 1]]
    assert kept(file, encode, "a model")(["one"]).tolist() == [[3, 1]]
    assert encode.asked == 1


def test_a_file_with_vectors_that_are_no_numbers_is_not_believed(tmp_path):
    file, encode = tmp_path / "v.npz", Counting()
    kept(file, encode, "a model")(["one"])
    with np.load(file) as held:
        np.savez(file, keys=held["keys"], vectors=np.full_like(held["vectors"], np.nan))
    assert kept(file, encode, "a model")(["one"]).tolist() == [[3, 1]]


def test_a_place_that_cannot_be_written_costs_only_time(tmp_path):
    encode = Counting()
    (tmp_path / "file").write_text("in the way")
    assert kept(tmp_path / "file" / "v.npz", encode, "a model")(["one"]).tolist() == [[3, 1]]


def test_nothing_temporary_is_left_behind(tmp_path):
    kept(tmp_path / "v.npz", Counting(), "a model")(["one"])
    assert [path.name for path in tmp_path.iterdir()] == ["v.npz"]
