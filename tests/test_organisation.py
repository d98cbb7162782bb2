"""Claims about an organisation's own documents: a preview first, whole changes, and a way back."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import papers
import pytest
import yaml

from assistant import shelf
from assistant.errors import InputError
from assistant.library import corpus, own_documents
from assistant.library.knowledge import Library
from assistant.library.organisation import Incoming, OwnKnowledge, Preview, Refused, gather
from assistant.models import weights

HANDBOOK = """# Handbook

## Escalation

Go to the shift lead first, on the same day, and say what you saw before you say what you think of it.

## Breaks

Ten minutes after two hours, and nobody has to ask for them.
"""


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built-in")
    (folder / "frameworks").mkdir(parents=True)
    (folder / "language").symlink_to(shelf.knowledge_folder() / "language")
    source = shelf.knowledge_folder() / "frameworks" / "sbi.md"
    (folder / "frameworks" / "sbi.md").write_text(source.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture
def own(tmp_path: Path, built_in: Path) -> OwnKnowledge:
    return OwnKnowledge(tmp_path / "home", built_in)


def write(folder: Path, name: str, content: str | bytes = HANDBOOK) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def looked_at(own: OwnKnowledge, *paths: Path, by: str = "Dana") -> Preview:
    return own.preview(gather(paths), by)


def added(own: OwnKnowledge, *paths: Path) -> Preview:
    preview = looked_at(own, *paths)
    own.add(preview)
    return preview


def ids(own: OwnKnowledge) -> list[str]:
    return sorted(document.id for document in own.documents())


# Adding


def test_a_preview_changes_nothing(own: OwnKnowledge, tmp_path: Path) -> None:
    preview = looked_at(own, write(tmp_path, "handbook.md"))
    assert [candidate.verdict for candidate in preview.candidates] == ["new"]
    assert own.documents() == ()
    assert not list((tmp_path / "home").rglob("*.md"))


def test_what_is_added_is_what_the_preview_showed(own: OwnKnowledge, tmp_path: Path) -> None:
    pdf = papers.pdf([[("Escalation", 14), ("Go to the shift lead.", 10)], [("Breaks", 14), ("Ten minutes.", 10)]])
    preview = added(own, write(tmp_path, "handbook.md"), write(tmp_path, "scan.pdf", pdf))
    assert list(own.documents()) == [candidate.document for candidate in preview.candidates]
    assert [p.source for p in own.documents()[1].passages][1].startswith("Own document scan.pdf, page 2, added ")


def test_a_document_says_who_added_it_when_and_from_which_bytes(own: OwnKnowledge, tmp_path: Path) -> None:
    path = write(tmp_path, "handbook.md")
    added(own, path)
    (document,) = own.documents()
    assert (document.added_by, document.file) == ("Dana", "handbook.md")
    assert document.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert document.added.endswith("+00:00")


def test_one_bad_document_does_not_stop_the_others(own: OwnKnowledge, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write(folder, "good.md")
    for name, content in {
        "empty.md": "",
        "broken.pdf": b"%PDF-1.4",
        "odd.xyz": "x",
        "locked.docx": b"\xd0\xcf\x11\xe0",
    }.items():
        write(folder, name, content)
    preview = added(own, folder, tmp_path / "missing.md")
    assert ids(own) == ["good"]
    assert {refused.file for refused in preview.refused} == {
        "empty.md",
        "broken.pdf",
        "odd.xyz",
        "locked.docx",
        "missing.md",
    }


def test_the_library_quotes_an_added_document(own: OwnKnowledge, built_in: Path, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    library = corpus.load([built_in, own.folder])
    passage = next(p for p in library.passages if p.id == "handbook#escalation")
    assert passage.text in HANDBOOK
    assert passage.title == "Handbook: Escalation"
    assert library.hash != corpus.load([built_in]).hash


def test_a_newer_version_takes_the_place_of_the_older_and_keeps_its_ids(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    text = HANDBOOK.replace("Ten minutes", "A quarter of an hour")
    newer = looked_at(own, write(tmp_path, "handbook.md", text), by="Eve")
    assert [(c.verdict, c.same_as) for c in newer.candidates] == [("replaces", "handbook")]
    assert newer.candidates[0].twins == ()
    own.add(newer)
    (document,) = own.documents()
    assert document.added_by == "Eve"
    assert [p.id for p in document.passages] == ["handbook#escalation", "handbook#breaks"]


def test_a_document_never_takes_the_name_of_a_framework_or_of_another(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "sbi.md"), write(tmp_path, "night/notes.md", "# Night\n\nCount the keys."))
    added(own, write(tmp_path, "notes.txt", "Bring a torch."))
    assert ids(own) == ["notes", "notes-2", "sbi-2"]


def test_a_question_that_only_an_own_document_answers_counts_as_covered(
    own: OwnKnowledge, built_in: Path, tmp_path: Path
) -> None:
    if weights.ensure_embedder() is None:
        pytest.skip("the embedding model's package is not installed")
    shipped = shutil.copytree(built_in, tmp_path / "shipped", symlinks=True)
    outside = ["How many vacation days do I get?", "What is the capital of France?", "How do I bake bread?"]
    (shipped / "outside.yaml").write_text(yaml.safe_dump(outside), "utf-8")
    asked = "How many days of vacation do I have?"
    with closing(Library.load(tmp_path / "home", built_in=shipped)) as library:
        assert not library.fits(asked)
    added(own, write(tmp_path, "leave.md", "# Leave\n\nEverybody gets 27 vacation days a year. They lapse in March."))
    with closing(Library.load(tmp_path / "home", built_in=shipped)) as library:
        assert library.fits(asked)
        assert library.search(asked, 1)[0].id == "leave#leave"
        assert not library.fits("What is the capital of France?")


# Twins


def test_the_same_bytes_again_are_there_already(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    preview = looked_at(own, write(tmp_path, "copy.md"))
    assert [(c.file, c.verdict, c.same_as) for c in preview.candidates] == [("copy.md", "already there", "handbook")]
    assert own.add(preview) is None


def test_the_same_words_in_another_kind_of_file_and_cut_otherwise_are_told(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    page = "<h1>Handbook</h1>" + "".join(
        f"<p>{line}</p>" for line in HANDBOOK.splitlines() if line and not line.startswith("#")
    )
    preview = looked_at(own, write(tmp_path, "page.html", page.replace("Ten", "TEN")))
    assert {twin.of.partition("#")[0] for c in preview.candidates for twin in c.twins} == {"handbook"}


def test_twins_within_one_go_are_found(own: OwnKnowledge, tmp_path: Path) -> None:
    preview = looked_at(
        own, write(tmp_path, "a.md"), write(tmp_path, "b.md", HANDBOOK + "\n## More\n\nSomething else.")
    )
    assert [c.verdict for c in preview.candidates] == ["new", "new"]
    assert [(t.passage, t.of) for t in preview.candidates[1].twins] == [
        ("b#escalation", "a#escalation"),
        ("b#breaks", "a#breaks"),
    ]


def test_a_passage_like_one_of_the_library_is_told(own: OwnKnowledge, built_in: Path, tmp_path: Path) -> None:
    passage = corpus.load([built_in]).passages[0]
    preview = looked_at(own, write(tmp_path, "ours.md", f"# Ours\n\n{passage.text} And that is that."))
    assert [twin.of for twin in preview.candidates[0].twins] == [passage.id]


# Removing and undoing


def test_each_change_can_be_taken_back_in_turn(own: OwnKnowledge, tmp_path: Path) -> None:
    states = [own.documents()]
    for number in range(3):
        added(own, write(tmp_path, f"doc{number}.md", f"# D{number}\n\nText {number} of the house."))
        states.append(own.documents())
    own.remove(["doc1", "doc2.md"])
    assert ids(own) == ["doc0"]
    for state in reversed(states[1:]):
        own.undo()
        assert own.documents() == state
    own.undo()
    assert own.documents() == ()
    with pytest.raises(InputError, match="nothing to take back"):
        own.undo()


def test_undo_gives_an_older_version_back(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    before = own.documents()
    added(own, write(tmp_path, "handbook.md", HANDBOOK.replace("Ten", "Twenty")))
    own.undo()
    assert own.documents() == before


def test_undo_does_not_lose_what_was_changed_by_hand(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    path = own.folder / "documents" / "handbook.md"
    path.write_text(path.read_text("utf-8").replace("Ten", "Eleven"), "utf-8")
    with pytest.raises(InputError, match="by hand"):
        own.undo()
    assert "Eleven" in own.documents()[0].passages[1].text


def test_removing_for_good_keeps_no_word_anywhere(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    own.remove(["handbook"], for_good=True)
    left = [path for path in own.folder.rglob("*") if path.is_file() and b"shift lead" in path.read_bytes()]
    assert left == []
    with pytest.raises(InputError):
        own.undo()


def test_removing_what_is_not_there_is_an_error_and_removes_nothing(own: OwnKnowledge, tmp_path: Path) -> None:
    added(own, write(tmp_path, "handbook.md"))
    with pytest.raises(InputError, match="nobody"):
        own.remove(["handbook", "nobody"])
    assert ids(own) == ["handbook"]


def test_a_document_added_by_somebody_else_in_the_meantime_is_not_written_over(
    own: OwnKnowledge, built_in: Path, tmp_path: Path
) -> None:
    mine = looked_at(own, write(tmp_path, "a/notes.md", "# A\n\nMine."))
    other = OwnKnowledge(tmp_path / "home", built_in)
    added(other, write(tmp_path, "notes.txt", "Theirs."))
    with pytest.raises(InputError, match="meantime"):
        own.add(mine)
    assert own.documents()[0].passages[0].text == "Theirs."


ADD = """
import sys
from pathlib import Path
from assistant.library.organisation import OwnKnowledge, gather
own = OwnKnowledge(Path(sys.argv[1]), Path(sys.argv[2]))
preview = own.preview(gather([Path(sys.argv[3])]), "Dana")
print("ready", flush=True)
own.add(preview)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals as on Unix")
@pytest.mark.parametrize("seed", range(4))
def test_a_kill_at_any_moment_leaves_all_of_a_change_or_nothing(
    own: OwnKnowledge, built_in: Path, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "in"
    for number in range(12):
        write(folder, f"doc{number}.md", f"# Document {number}\n\nWords of its own: {number * 7919}.")
    command = [sys.executable, "-c", ADD, str(tmp_path / "home"), str(built_in), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
    assert len(own.documents()) in (0, 12)
    assert not list((own.folder / "documents").glob(".*"))
    if own.documents():
        own.undo()
    assert own.documents() == ()
    assert own.add(looked_at(own, folder)) is not None


# Names and links


def test_links_in_a_folder_are_not_followed(own: OwnKnowledge, tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", "# Salaries\n\nNobody may see these.")
    folder = tmp_path / "in"
    write(folder, "good.md")
    (folder / "link.md").symlink_to(secret)
    (folder / "deep").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    write(tmp_path / "elsewhere", "hidden.md", "# Salaries\n\nNobody may see these.")
    preview = added(own, folder)
    assert ids(own) == ["good"]
    assert "link.md" in {refused.file for refused in preview.refused}


def test_a_link_dropped_into_the_folder_does_not_count(own: OwnKnowledge, built_in: Path, tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.md", "# Salaries\n\nNobody may see these.")
    (own.folder / "documents").mkdir(parents=True)
    (own.folder / "documents" / "link.md").symlink_to(secret)
    library = corpus.load([built_in, own.folder])
    assert library.documents == ()
    assert "link" in library.troubles[0].message


@pytest.mark.parametrize(
    "name",
    ["../../escape.md", "..\\..\\escape.md", "/etc/escape.md", "a\x1b[31m.md", "\u202egnp.md", "x" * 400 + ".md"],
)
def test_a_file_s_name_is_only_ever_data(own: OwnKnowledge, tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "real.md")
    preview = own.preview([Incoming(name, path)])
    if preview.refused:  # a name cut short has lost its end
        assert not preview.candidates
        return
    own.add(preview)
    held = [path for path in (tmp_path / "home").rglob("*.md") if ".history" not in path.parts]
    assert [path.parent for path in held] == [own.folder / "documents"]
    assert not any(ord(char) < 32 or char == "\u202e" for char in own.documents()[0].file)


def test_a_folder_s_hidden_files_and_left_overs_of_editors_are_passed_over(tmp_path: Path) -> None:
    for name in (".git/config.md", ".DS_Store", "~$letter.docx", "Thumbs.db", "real.md"):
        write(tmp_path / "in", name)
    assert [file.name for file in gather([tmp_path / "in"]) if not isinstance(file, Refused)] == ["real.md"]


# Dropped files


def test_a_file_dropped_into_the_folder_counts_and_can_be_removed(
    own: OwnKnowledge, built_in: Path, tmp_path: Path
) -> None:
    write(own.folder / "documents", "House Notes.txt", "Lock the cage at ten.")
    assert [p.id for p in corpus.load([built_in, own.folder]).documents[0].passages] == [
        "house-notes#lock-the-cage-at-ten"
    ]
    own.remove(["house-notes"])
    assert own.documents() == ()
    own.undo()
    assert ids(own) == ["house-notes"]


def test_a_dropped_file_that_is_broken_does_not_stop_the_library(own: OwnKnowledge, built_in: Path) -> None:
    write(own.folder / "documents", "good.md")
    write(own.folder / "documents", "bad.md", b"a\x00b")
    write(own.folder / "documents", "scan.pdf", papers.pdf([[("x", 10)]]))
    write(own.folder / "documents", "sbi.md")
    library = corpus.load([built_in, own.folder])
    assert [document.id for document in library.documents] == ["good"]
    assert len(library.troubles) == 3
    assert all(trouble.hint for trouble in library.troubles)


def test_a_kept_document_reads_back_as_it_was_written(own: OwnKnowledge, tmp_path: Path) -> None:
    text = "# T: x\n\n" + "\n\n".join(
        [
            "```\n## no heading {#x}\n```",
            "Use when: never",
            "---",
            " ## odd",
            "{#pin}",
            "a\n## b",
            "key: [1",
            "café “q”",
        ]
    )
    added(own, write(tmp_path, "odd.md", text))
    (document,) = own.documents()
    path = own.folder / "documents" / "odd.md"
    assert own_documents.read(path) == document
    assert own_documents.written(document) == path.read_text("utf-8")
    assert any("## no heading {#x}" in passage.text for passage in document.passages)
