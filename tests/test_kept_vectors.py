"""Kept vectors: each text is encoded once, and a file that is broken or cannot be written costs only time."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.library.kept_vectors import kept, solved
from assistant.library.ridge import Solution


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


# --- solutions --------------------------------------------------------------------------------------------


class Solving:
    """Solves once each time it is asked, and counts."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Solution:
        self.times += 1
        return Solution(np.full((2, 1), self.times), np.zeros((3, 1)), np.zeros(1), np.zeros((2, 1)))


def test_what_was_solved_once_is_not_solved_again(tmp_path):
    solve = Solving()
    parts = ["one", np.eye(2)]
    first = solved(tmp_path / "made" / "s.npz", parts, solve)
    again = solved(tmp_path / "made" / "s.npz", parts, solve)
    assert solve.times == 1
    assert again.dual.tolist() == first.dual.tolist()


def test_whatever_it_is_made_from_changes_it(tmp_path):
    solve, code = Solving(), tmp_path / "code.py"
    code.write_text("a = 1")
    file = tmp_path / "s.npz"
    for parts in (["ab", "c"], ["a", "bc"], ["a", np.eye(2)], [code]):
        solved(file, parts, solve)
    code.write_text("a = 2")
    solved(file, [code], solve)
    assert solve.times == 5


@pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\x03\x04 cut short"])
def test_a_solution_that_cannot_be_read_is_made_anew(tmp_path, content):
    file, solve = tmp_path / "s.npz", Solving()
    file.write_bytes(content)
    solved(file, ["one"], solve)
    solved(file, ["one"], solve)
    assert solve.times == 1


def test_a_solution_with_something_that_is_no_number_is_not_believed(tmp_path):
    file, solve = tmp_path / "s.npz", Solving()
    solved(file, ["one"], solve)
    with np.load(file) as held:
        np.savez(file, **{**held, "dual": np.full((2, 1), np.nan)})
    assert np.isfinite(solved(file, ["one"], solve).dual).all()
