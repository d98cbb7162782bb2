"""Search finds, citations are verbatim, and the index survives whatever happens to it."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import coaching
import pytest
import yaml
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from assistant.domain import PatternName
from assistant.errors import LibraryError
from assistant.library import corpus
from assistant.library.knowledge import Library, sentences
from assistant.models import weights
from assistant.shelf import knowledge_folder

QUESTIONS = yaml.safe_load((Path(__file__).parent / "retrieval_questions.yaml").read_text("utf-8"))
HIT_AT_3_FLOOR = 23 / 30
"""Measured 25 of 30; two may be lost to a change of wording before it is a regression."""

SMALL = ("sbi", "ladder")
ASKED = "I have told them twice and it keeps happening"

FRAMEWORK = """---
title: Traffic lights
source: A made-up source
year: "2001"
evidence: weak
limits: Made up for a test.
elements:
  - {id: stop, asks: What to stop., test: Is it named?, part: behavior}
---

## Red means stop {#red}

Stop the machine before you reach into it. Wait until the drum stands still.

Use when: I want people to stop.

## Green

Go on with what works and say so on the same day.

Use when: I want people to go on.
"""


@pytest.fixture(scope="module")
def library():
    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    return coaching.library()


@pytest.fixture
def small(tmp_path):
    """A built-in library of two frameworks, quick to build."""
    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    folder = tmp_path / "built-in"
    (folder / "frameworks").mkdir(parents=True)
    for name in SMALL:
        text = (knowledge_folder() / "frameworks" / f"{name}.md").read_text("utf-8")
        text = re.sub(r"^disagrees_with: .*\n", "", text, flags=re.MULTILINE)
        (folder / "frameworks" / f"{name}.md").write_text(text, "utf-8")
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    (folder / "frameworks").mkdir(parents=True, exist_ok=True)
    path = folder / "frameworks" / name
    path.write_text(text, "utf-8")
    return path


def found(home: Path, built_in: Path) -> list[str]:
    library = Library.load(home, built_in=built_in)
    try:
        assert library.note == ""
        return [passage.id for passage in library.search(ASKED, 5)]
    finally:
        library.close()


def index_folders(home: Path) -> list[Path]:
    return [path for path in (home / "index").iterdir() if path.name[0] != "."]


# Search


def test_a_manager_s_own_words_find_the_passage(library):
    hits = dict.fromkeys((1, 3, 5), 0)
    for question in QUESTIONS:
        ids = [passage.id for passage in library.search(question["ask"], 5)]
        for k in hits:
            hits[k] += any(id_ in question["answered_by"] for id_ in ids[:k])
    print("of", len(QUESTIONS), "questions, found among the first k:", hits)
    assert hits[3] / len(QUESTIONS) >= HIT_AT_3_FLOOR


def test_the_questions_name_passages_that_exist(library):
    assert len(QUESTIONS) >= 30
    for question in QUESTIONS:
        assert all(library.passage(id_) for id_ in question["answered_by"])


@pytest.mark.parametrize(("asked", "framework"), [("DESC", "desc"), ("COIN", "coin"), ("GROW model", "grow")])
def test_the_name_of_a_framework_finds_it(library, asked, framework):
    assert framework in {passage.framework for passage in library.search(asked, 3)}


def test_search_returns_no_passage_twice_and_no_more_than_asked(library):
    for k in (1, 3, 10, 500):
        ids = [passage.id for passage in library.search(ASKED, k)]
        assert len(ids) == len(set(ids)) <= k
    assert library.search("  ", 5) == []
    assert library.search(ASKED, 0) == []


@pytest.mark.parametrize("asked", ["🙂", "<script>", "'; drop table", "a" * 20_000, "\x00", "the of and"])
def test_odd_questions_are_only_text(library, asked):
    assert len(library.search(asked, 3)) <= 3


def test_the_same_clause_finds_its_own_example_first(library):
    for example in library.all_examples[::40]:
        assert library.examples(example.clause, 1)[0].clause == example.clause


def test_many_clauses_at_once_find_what_each_finds_alone(library):
    asked = ["You were late on Tuesday", "", "She is so lazy", "You were late on Tuesday"]
    together = library.examples_for(asked, 3)
    assert together == [library.examples(query, 3) for query in asked]
    assert [len(row) for row in together] == [3, 0, 3, 3]


def test_a_worked_draft_finds_itself_and_a_like_one_is_found_by_its_story(library):
    for worked in library.all_worked[::30]:
        assert library.worked(worked.draft, 1) == [worked]
    near = library.worked("HE LEFT CHEMICALS MIXED IN ONE CONTAINER AND A CLEANER HAD TO BREATHE IT", 3)
    assert "cleaning" in {worked.job for worked in near}
    assert library.worked("  ", 3) == library.worked("late", 0) == []


def test_without_embedding_weights_worked_drafts_are_found_by_their_words():
    words = Library(corpus.load([knowledge_folder()]), None, None, "Search works on words only.")
    worked = words.all_worked[0]
    assert words.worked(worked.draft, 1) == [worked]
    assert words.worked("zzz", 3) == []


def test_a_worked_rewrite_holds_its_ledger_its_pattern_and_its_route(library):
    routed = [worked for worked in library.all_worked if worked.route]
    assert all(worked.route.reasons[0].text in " ".join(worked.draft.split()) for worked in routed)
    assert {worked.pattern.name for worked in library.all_worked} == set(PatternName)
    for worked in library.all_worked:
        assert " ".join(clause.clause for clause in worked.ledger).split() == worked.draft.split()
        assert [library.passage(id_).id for id_ in worked.cite] == list(worked.cite)


def test_a_retriever_gives_documents_that_lead_back_to_the_passage(library):
    retriever = library.retriever(2)
    assert isinstance(retriever, BaseRetriever)
    documents = retriever.invoke(ASKED)
    assert [d.metadata["id"] for d in documents] == [p.id for p in library.search(ASKED, 2)]
    for document in documents:
        passage = library.passage(document.metadata["id"])
        assert document.page_content == passage.text
        assert document.metadata["title"] == passage.title
        assert document.metadata["source"] == passage.source


def test_any_retriever_takes_the_place_of_the_librarys_own_search(library):
    class Fixed(BaseRetriever):
        ids: list[str]

        def _get_relevant_documents(self, query, *, run_manager):
            return [Document(page_content="", metadata={"id": id_}) for id_ in self.ids]

    searched = library.searched_by(Fixed(ids=["grow#goal", "nowhere#at-all", "sbi#behaviour", "grow#goal"]))
    assert [passage.id for passage in searched.search(ASKED, 5)] == ["grow#goal", "sbi#behaviour"]
    assert [passage.id for passage in searched.search(ASKED, 1)] == ["grow#goal"]
    assert searched.fits(ASKED)
    assert not library.searched_by(Fixed(ids=["nowhere#at-all"])).fits(ASKED)
    assert not searched.fits("  ")
    assert searched.cite("sbi#behaviour", ASKED).quote in library.passage("sbi#behaviour").text
    assert library.search(ASKED, 1) != searched.search(ASKED, 1), "the library itself searches as before"


# Citations


def test_every_sentence_of_every_passage_can_be_quoted_verbatim(library):
    for framework in library.frameworks:
        for passage in framework.passages:
            parts = sentences(passage.text)
            assert all(part in passage.text for part in parts)
            assert "".join("".join(parts).split()) == "".join(passage.text.split())


def test_a_citation_quotes_the_sentence_that_comes_closest(library):
    citation = library.cite("sbi#behaviour", "you are careless")
    assert "You were careless" in citation.quote
    assert citation.quote in library.passage("sbi#behaviour").text
    assert library.cite("sbi#behaviour", "").quote in library.passage("sbi#behaviour").text


def test_asking_for_what_is_not_there_says_what_is(library):
    with pytest.raises(LibraryError, match="sbi"):
        library.framework("xyz")
    with pytest.raises(LibraryError, match="sbi#nothing"):
        library.passage("sbi#nothing")


# Files


def test_ids_survive_a_change_of_order(tmp_path):
    head, red, green = re.split(r"(?=^## )", FRAMEWORK, flags=re.MULTILINE)
    first = corpus.read_framework(write(tmp_path / "a", "lights.md", FRAMEWORK))
    second = corpus.read_framework(write(tmp_path / "b", "lights.md", head + green + "\n" + red))
    assert [p.id for p in first.passages] == ["lights#red", "lights#green"]
    assert set(first.passages) == set(second.passages)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("---\ntitle", "title", "front matter"),
        ('year: "2001"\n', "", "year"),
        ("evidence: weak", "evidence: great", "evidence"),
        ("part: behavior", "part: mood", "part"),
        (", part: behavior}", "}", "element 1"),
        ("title: Traffic lights", "title: [", "YAML"),
        ("limits:", "colour: red\nlimits:", "colour"),
        ("limits:", "disagrees_with: nobody\nlimits:", "disagrees_with"),
        ("## Green", "## Green {#red}", "red"),
        ("## Green", "## ???", "id"),
        ("Use when: I want people to go on.", "", "Use when"),
        ("## Red", "Stray words.\n\n## Red", "heading"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, old, new, says):
    assert FRAMEWORK.count(old) == 1
    write(tmp_path / "knowledge", "lights.md", FRAMEWORK.replace(old, new))
    with pytest.raises(LibraryError, match=re.escape("lights.md")) as caught:
        corpus.load([tmp_path / "knowledge"])
    assert says in caught.value.message


def test_a_file_that_is_not_text_is_named(tmp_path):
    path = write(tmp_path, "lights.md", "")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LibraryError, match=re.escape("lights.md")):
        corpus.load([tmp_path])


def test_only_training_examples_are_ever_read(tmp_path):
    row = {"job": "x", "clause": "late", "kind": "observation", "fate": "kept", "becomes": "late"}
    rows = [row | {"id": split, "split": split} for split in ("train", "dev", "test")]
    path = tmp_path / "clauses.yaml"
    path.write_text(yaml.safe_dump(rows), "utf-8")
    assert [example.id for example in corpus.read_examples(path)] == ["train"]
    path.write_text(yaml.safe_dump([{**row, "id": "a"}]), "utf-8")
    with pytest.raises(LibraryError, match="split"):
        corpus.read_examples(path)


def test_only_training_drafts_are_ever_read_and_a_broken_one_is_named(tmp_path):
    row = {"job": "x", "draft": "Late again.", "message": "You were late.", "say": "", "after_they_answer": ""}
    row |= {"ledger": [{"clause": "Late again.", "kind": "observation", "fate": "kept", "becomes": "You were late."}]}
    path = tmp_path / "rewrites.yaml"
    rows = [row | {"id": split, "split": split} for split in ("train", "dev", "test")]
    path.write_text(yaml.safe_dump(rows), "utf-8")
    assert [worked.id for worked in corpus.read_worked(path)] == ["train"]
    for wrong in ({"pattern": {"name": "hovering", "evidence": [], "instead": ""}}, {"ledger": ["Late again."]}):
        path.write_text(yaml.safe_dump([row | {"id": "a", "split": "train"} | wrong]), "utf-8")
        with pytest.raises(LibraryError, match="example 1"):
            corpus.read_worked(path)


def test_an_organisation_s_framework_adds_to_the_library_and_replaces_by_file_name(tmp_path, small):
    home = tmp_path / "home"
    write(home / "knowledge", "lights.md", FRAMEWORK)
    write(home / "knowledge", "ladder.md", FRAMEWORK.replace("Traffic lights", "Our own ladder"))
    library = Library.load(home, built_in=small)
    try:
        assert {f.id: f.title for f in library.frameworks} == {
            "sbi": "Situation, Behaviour, Impact",
            "lights": "Traffic lights",
            "ladder": "Our own ladder",
        }
        assert library.search("reach into the machine", 1)[0].id in {"lights#red", "ladder#red"}
    finally:
        library.close()


# The index


def test_an_index_is_built_once_and_never_changed(tmp_path, small):
    first = found(tmp_path, small)
    before = snapshot(tmp_path)
    assert found(tmp_path, small) == first
    assert snapshot(tmp_path) == before


def snapshot(home: Path) -> dict[str, tuple[int, bytes]]:
    (folder,) = index_folders(home)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_only_the_owner_may_look_into_the_index(tmp_path, small):
    found(tmp_path, small)
    for folder in [tmp_path / "index", *index_folders(tmp_path)]:
        assert folder.stat().st_mode & 0o777 == 0o700


def test_nothing_is_left_behind_when_a_library_is_closed(tmp_path, small):
    found(tmp_path, small)
    assert {path.name for path in (tmp_path / "index").iterdir()} - {".lock"} == {index_folders(tmp_path)[0].name}


def garble(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "manifest.json":
            path.write_bytes(os.urandom(path.stat().st_size + 100))


def forge_count(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text("utf-8")) | {"corpus": "0"}), "utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        garble,
        forge_count,
        shutil.rmtree,
        lambda folder: (folder / "manifest.json").unlink(),
        lambda folder: (folder / "manifest.json").write_bytes(b"\xff not json"),
        lambda folder: (folder / "manifest.json").write_text("[]", "utf-8"),
        lambda folder: (folder / "chroma" / "chroma.sqlite3").unlink(),
        lambda folder: shutil.rmtree(folder / "chroma"),
    ],
    ids=["garbage", "forged", "gone", "no manifest", "unreadable", "not an object", "no database", "no data"],
)
def test_a_damaged_index_is_built_again(tmp_path, small, damage):
    clean = found(tmp_path, small)
    damage(index_folders(tmp_path)[0])
    assert found(tmp_path, small) == clean
    assert len(index_folders(tmp_path)) == 1


def test_a_changed_document_gets_an_index_of_its_own_and_the_last_two_are_kept(tmp_path, small):
    home = tmp_path / "home"
    for number in range(4):
        write(home / "knowledge", "lights.md", FRAMEWORK.replace("drum", f"drum {number}"))
        found(home, small)
    assert len(index_folders(home)) == 2


SEARCH = """
import sys
from pathlib import Path
from assistant.library.knowledge import Library
library = Library.load(Path(sys.argv[1]), built_in=Path(sys.argv[2]))
print([p.id for p in library.search(sys.argv[3], 5)], library.note)
"""


def start(home: Path, built_in: Path, before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", before + SEARCH, str(home), str(built_in), ASKED]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_kill_during_the_build_leaves_no_half_index(tmp_path, small):
    clean = found(tmp_path / "clean", small)
    chance = random.Random(7)
    for attempt in range(4):
        home = tmp_path / f"killed-{attempt}"
        process = start(home, small)
        wait_until(lambda home=home: any((home / "index").glob(".building-*")), process)
        time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert found(home, small) == clean
        assert not list((home / "index").glob(".building-*"))


def wait_until(happened, process, seconds=60):
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end
        time.sleep(0.005)


def test_processes_that_start_together_build_one_index_and_agree(tmp_path, small):
    processes = [start(tmp_path, small) for _ in range(3)]
    answers = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert answers == {str(found(tmp_path, small))}
    assert len(index_folders(tmp_path)) == 1


def test_copies_of_programs_that_are_gone_are_swept_and_a_living_one_is_left(tmp_path, small):
    living = Library.load(tmp_path, built_in=small)
    dead = tmp_path / "index" / ".open-dead"
    (dead / "chroma").mkdir(parents=True)
    long_ago = time.time() - 3600
    for copy in (tmp_path / "index").glob(".open-*"):
        os.utime(copy, (long_ago, long_ago))
    found(tmp_path, small)
    assert not dead.exists()
    assert len(list((tmp_path / "index").glob(".open-*"))) == 1
    assert living.search(ASKED, 1)
    living.close()


def test_many_threads_may_search_one_library(library):
    alone = [library.search(question["ask"], 5) for question in QUESTIONS]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: library.search(question["ask"], 5), QUESTIONS)) == alone


def test_a_program_that_ends_takes_its_copy_with_it(tmp_path, small):
    start(tmp_path, small).communicate(timeout=120)
    assert not list((tmp_path / "index").glob(".open-*"))


SMALL_FILES = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_disk_that_fills_up_during_the_build_leaves_search_on_words(tmp_path, small):
    process = start(tmp_path, small, before=SMALL_FILES)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "words only" in out
    assert index_folders(tmp_path) == []
    assert found(tmp_path, small)


def test_where_the_disk_takes_no_index_search_works_on_words_and_says_so(tmp_path, small):
    (tmp_path / "index").write_text("a file where the folder should be", "utf-8")
    library = Library.load(tmp_path, built_in=small)
    assert "words only" in library.note
    assert library.search("the same talk every quarter", 1)[0].id == "ladder#same-talk"
    assert library.cite("ladder#notice", "two minutes").quote in library.passage("ladder#notice").text


def test_without_embedding_weights_search_works_on_words_and_says_so(tmp_path, small):
    words = Library(corpus.load([small]), None, None, "Search works on words only.")
    assert words.search("the same talk every quarter", 1)[0].id == "ladder#same-talk"
    assert words.search("zzz", 3) == []
    assert "minutes" in words.cite("ladder#notice", "it costs two minutes").quote
