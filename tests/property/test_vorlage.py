"""Whatever a paper says: reading it ends, quotes are literal, and the commands are a valid file."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import papers
from support.directory import counter, opened

from archive.intake.extract import extract
from archive.intake.vorlage import read_vorlage
from archive.intake.vorlage.notation import Entry, Written, written
from archive.intake.vorlage.paper import read_paper

if TYPE_CHECKING:
    from pathlib import Path

# Lines as papers have them, and lines that nobody would write.
LINES: Final = st.one_of(
    st.sampled_from([line for text in papers.FIELDS.values() for line in text.split("\n")]),
    st.sampled_from(
        ["", "Beschlussvorlage", "Seite 1", "\tx\t", "Anlagen:", "Anlage 1: Plan", "A | B | C", "\f", "Az.:"]
    ),
    st.text(max_size=60),
)


@given(st.lists(LINES, max_size=40))
def test_any_text_is_read_and_quotes_stand_at_their_place(lines: list[str]) -> None:
    text = "\n".join(("Vorlagen-Nr.: 1", *lines)).encode("utf-8", "replace").decode()
    if "\0" in text:
        return
    paper = read_paper(extract(text.encode(), "t"))
    forbidden = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
    for field in paper.fields:
        place = re.search(r"Zeichen (\d+)–(\d+)\Z", field.place)
        if place is not None and "–" not in field.place.partition(",")[0]:
            found = text[int(place[1]) - 1 : int(place[2])]
            assert forbidden.sub("\ufffd", found).strip().startswith(field.quote.split("\n")[0].strip())


@given(st.lists(LINES, max_size=30))
def test_any_draft_is_recorded(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    text = "\n".join(("Vorlagen-Nr.: 1", "", *lines)).encode("utf-8", "replace")
    if b"\0" in text:
        return
    path: Path = tmp_path_factory.mktemp("paper") / "vorlage.txt"
    path.write_bytes(text)
    directory = opened()
    draft = read_vorlage(path, directory=directory)
    assert directory.record(draft.batch(directory=directory, new_id=counter()))


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(), max_size=4), st.text())
def test_what_is_written_as_toml_is_read_back(data: dict[str, str], comment: str) -> None:
    def plain(text: str) -> str:
        return re.sub("[\ud800-\udfff]", "", text)

    data = {key: plain(value) for key, value in data.items()}
    command = Written(
        comments=(plain(comment),),
        head={"type": "x/1"},
        sources=({"quote": next(iter(data.values()), "")},),
        data={key: Entry(value, plain(comment)) for key, value in data.items()},
    )
    tree = tomllib.loads(written((plain(comment),), {"id": plain(comment)}, (command,)))
    assert tree["id"] == plain(comment)
    (read,) = tree["commands"]
    assert read["data"] == data


WORDS: Final = (
    *("Überprüfung ", "Anlage 1, ", "zum 01.01.2022 ", "Beschluss des Kreistages am 7. Juni 2017 ", "5 Jahre zu "),
    *("gilt bis ", "Laufzeit von ", "F. ", "Dr. ", "  ", "| ", "-", "7. ", "\u00ad"),
)


@pytest.mark.parametrize("word", WORDS)
def test_long_texts_of_one_word_are_read_in_bounded_steps(word: str) -> None:
    text = papers.paper(reasons="Begründung:\n" + word * (60_000 // len(word)), submitter="Einreicher: " + word * 2_000)
    assert read_paper(extract(text.encode(), "t")).reference == "0042"
