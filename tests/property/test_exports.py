"""Laws of exports: whatever was recorded can be given to anybody, verifies, and holds nothing that he may not have.

Every text of a statement is one of its own, so that it can be looked for in every byte that goes out.
"""

from __future__ import annotations

import base64
import contextlib
import re
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.excerpts import Register, terms
from support.exports import checked, excerpt_of, exported, findings

from archive.disclosure import read, split
from archive.excerpt import Audience
from archive.verify import ArchiveSource, Verdict
from domain import values as x
from domain.vocabulary import SignatureForm, Visibility
from projections.export import pdf
from projections.export.package.contents import OPTIONAL, Contents

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMS: list[dict[str, Any]] = [
    {"audience": Audience.PUBLIC},
    {"audience": Audience.PARTICIPANT, "ground": "§ 29 VwVfG"},
    {"audience": Audience.ARCHIVE},
    {"audience": Audience.ARCHIVE, "with_blocked": True},
]
VISIBILITIES = st.sampled_from(list(Visibility))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("revised"), VISIBILITIES),
        st.tuples(st.just("corrected"), VISIBILITIES),
        st.tuples(st.just("moved"), VISIBILITIES),
        st.tuples(st.just("sealed"), VISIBILITIES),
        st.tuples(st.just("other"), VISIBILITIES),
    ),
    max_size=5,
)


class Told:
    """A register in which no text stands twice."""

    def __init__(self, folder: Path) -> None:
        self.register = Register(folder / "register")
        self.number = 0
        self.versions: list[tuple[int, Visibility, str]] = []
        self.seq = 0

    def word(self, what: str) -> str:
        self.number += 1
        return f"{what}{self.number:04d}wort"

    def begin(self, visibility: Visibility) -> None:
        word = self.word("Betreff")
        self.seq = 1
        self.versions.append((1, visibility, word))
        signatories = (x.Signatory(form=SignatureForm.INK, literal=self.word("Person")),)
        self.register.registered(
            visibility=visibility, subject=word, operative_text=self.word("Text"), signatories=signatories
        )

    def step(self, what: str, visibility: Visibility) -> None:
        register, proposal = self.register, self.register.proposal
        match what:
            case "revised":
                self.seq += 1
                version = sum(1 for seq, _, word in self.versions) + 1
                word = self.word("Text")
                self.versions.append((self.seq, visibility, ""))
                signatories = (x.Signatory(form=SignatureForm.INK, literal=self.word("Person")),)
                register.revised(version=version, visibility=visibility, operative_text=word, signatories=signatories)
            case "corrected":
                self.seq += 1
                old, new = self.versions[0][2], self.word("Betreff")
                self.versions[0] = (1, self.versions[0][1], new)
                register.corrected(1, "/data/subject", f'"{old}"', f'"{new}"')
            case "moved":
                seq, was, word = self.versions[-1]
                if was is not visibility:
                    register.moved(f"{proposal}#{seq}", was, visibility)
                    self.versions[-1] = (seq, visibility, word)
            case "sealed":
                register.sealed()
            case _:
                register.registered(
                    register.new("proposal"), reference=f"1{self.number:03d}", subject=self.word("Anderes")
                )


def disclosed(folder: Path) -> dict[int, set[str]]:
    """Give the words in the disclosures of each event."""
    source = ArchiveSource(folder)
    found: dict[int, set[str]] = {}
    for row in source.rows(after=0, until=2**40):
        texts = "".join(str(read(text).value) for text in split(row.disclosed))
        found[row.position] = set(re.findall(r"[A-Z][a-z]+[0-9]{4}wort", texts))
    source.close()
    return found


def said(path: Path) -> Iterator[bytes]:
    """Give everything that a file says: its bytes, what is packed in a PDF, and what base64 in it stands for."""
    data = path.read_bytes()
    yield data
    if data.startswith(b"%PDF"):
        for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
            try:
                yield zlib.decompress(stream[1])
            except zlib.error:
                yield stream[1]
    for text in re.findall(rb">([A-Za-z0-9+/=\s]{40,})<", data):
        packed = b"".join(text.split())
        if len(packed) % 4 == 0:
            unpacked = base64.b64decode(packed)
            yield unpacked
            # A token or a disclosure, which is base64url again.
            for part in re.split(rb"[.~]", unpacked):
                if re.fullmatch(rb"[A-Za-z0-9_-]{20,}", part) and len(part) % 4 != 1:
                    yield base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))


def words_of(path: Path) -> set[str]:
    """Give the words that can be read anywhere in an export; of PDF the text, too."""
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    found: set[str] = set()
    for file in files:
        for data in said(file):
            found |= set(re.findall(r"[A-Z][a-z]+[0-9]{4}wort", data.decode("utf-8", "replace")))
        if file.suffix == ".pdf":
            found |= set(re.findall(r"[A-Z][a-z]+[0-9]{4}wort", _pdf_text(file)))
    return found


def _pdf_text(path: Path) -> str:
    with contextlib.closing(pdfium.PdfDocument(path.read_bytes())) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


def withheld(told: Told, folder: Path, more: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Give the words that the recipient may not have, and those that he gets."""
    register = told.register
    excerpt = excerpt_of(register.made, folder, terms(register.proposal, **more), (register.proposal,))
    given_ = set().union(*disclosed(folder).values())
    every = set().union(*disclosed(register.made.folder).values())
    excerpt.close()
    return every - given_, given_


@settings(max_examples=12)
@given(VISIBILITIES, STEPS, st.sampled_from(TERMS))
def test_whatever_was_recorded_verifies_and_what_is_withheld_is_nowhere(
    first: Visibility, steps: list[tuple[str, Visibility]], more: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        told = Told(folder)
        told.begin(first)
        for what, visibility in steps:
            told.step(what, visibility)
        told.register.sealed()
        hidden, shown = withheld(told, folder / "excerpt", more)
        for form in ("xml", "package"):
            parts = Contents(parts=("ansicht", "xdomea"))
            path = exported(
                told.register.made, folder / form, told.register.proposal, form=form, contents=parts, **more
            ).path
            report = checked(path, told.register.anchor)
            assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
            found = words_of(path)
            assert found & hidden == set()
            assert shown <= found


@pytest.mark.skipif(not pdf.available(), reason="no program that makes PDFs")
@pytest.mark.parametrize("more", TERMS)
def test_nor_does_a_pdf_say_what_is_withheld(more: dict[str, Any], tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.begin(Visibility.PUBLIC)
    for visibility in Visibility:
        told.step("revised", visibility)
    told.step("corrected", Visibility.PUBLIC)
    told.register.sealed()
    hidden, shown = withheld(told, tmp_path / "excerpt", more)
    parts = Contents(parts=OPTIONAL)
    path = exported(
        told.register.made, tmp_path / "package", told.register.proposal, form="package", contents=parts, **more
    ).path
    found = words_of(path)
    assert found & hidden == set()
    assert shown <= found
    assert list(path.glob("data/pdf/*.pdf"))
    report = checked(path, told.register.anchor)
    assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
