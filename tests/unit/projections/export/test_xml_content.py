"""The readable part of the own XML: complete, valid, and with the four kinds of nothing told apart."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw, Struct
from msgspec.structs import replace
from support.council import key, on, statement, stream
from support.demo import demo_archive
from support.memory import MemoryArchive
from support.own_xml import NIL, child, edition_of, fact_of, read, valid, written
from support.strategies import histories, withheld

from archive.archive import Archive
from archive.excerpt import Terms
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import RecordedEvent, effective
from domain.values import STREAM_KINDS, WITHHELD
from projections.export.edition import Edition
from projections.export.xml import content, kinds, names
from projections.export.xml.schema import NAMESPACE, references

if TYPE_CHECKING:
    from lxml import etree

P, M = stream("proposal"), stream("meeting")


def register_of(*events: e.Event, target: str = P) -> MemoryArchive:
    archive = MemoryArchive()
    for event in events:
        archive.add(statement(target, event, occurred=on("2021-11-23")))
    return archive


def registered(**fields: object) -> e.ProposalRegistered:
    given_ = {"body": stream("body"), "kind": v.ProposalKind.MOTION, "version": 1, **fields}
    return e.ProposalRegistered(**given_)  # type: ignore[arg-type]  # what a test gives


def elements_of(archive: MemoryArchive) -> list[etree._Element]:
    found = [read(data) for data in written(edition_of(archive))]
    for element in found:
        assert valid(element) is None
    return found


def named(element: etree._Element, name: str) -> list[etree._Element]:
    return list(element.iterchildren(f"{{{NAMESPACE}}}{name}"))


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> tuple[RecordedEvent, ...]:
    with demo_archive(tmp_path_factory.mktemp("demo")).open() as archive:
        return tuple(archive.events_between())


# -- the demo register ----------------------------------------------------------------------------


def test_the_demo_register_is_valid_and_every_entry_and_reference_is_there(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = demo_archive(tmp_path_factory.mktemp("demo"))
    with Archive.open(made.folder, means=made.means) as archive:
        edition = Edition(archive, Terms(day="2026-11-24", version="0.1.0", whole=True))
        told: list[int] = []
        for element in content.elements(edition):
            assert valid(element) is None
            assert all(1 <= position <= archive.size for position in references(element))
            told += [int(str(fact.get("beruhtAuf"))) for fact in element if fact.get("typ") is not None]
        assert sorted(told) == list(range(1, archive.size + 1))


def test_the_same_twice_gives_the_same_bytes(records: tuple[RecordedEvent, ...]) -> None:
    assert written(edition_of(MemoryArchive(records))) == written(edition_of(MemoryArchive(records)))


def test_dashes_quotes_and_umlauts_of_the_seed_stand_there_as_they_are(records: tuple[RecordedEvent, ...]) -> None:
    found = [read(data) for data in written(edition_of(MemoryArchive(records)))]
    proposal = next(one for one in found if "0640" in str(one.get("bezeichnung")))
    text = "".join(proposal.itertext())
    assert "Fortschreibung des Integrationskonzeptes für den Erzgebirgskreis" in text
    assert "In der Mitte stehen künftig Bedarf, Ziel und Maßnahme" in text


@pytest.mark.parametrize("seed", range(6))
def test_with_whatever_is_withheld_or_missing_it_is_valid_and_no_nothing_is_without_its_entry(
    records: tuple[RecordedEvent, ...], seed: int
) -> None:
    chance = random.Random(seed)
    kept = []
    for record in records:
        event = record.event
        if not record.stream.startswith("register:"):
            if chance.random() < 1 / 30:
                continue
            stated = [name for name in event.__struct_fields__ if getattr(event, name) is not UNSET]
            event = replace(event, **{name: WITHHELD for name in stated if chance.random() < 1 / 7})
        kept.append(replace(record, event=event, occurred=WITHHELD if chance.random() < 1 / 20 else record.occurred))
    for data in written(edition_of(MemoryArchive(kept), whole=False)):
        element = read(data)
        assert valid(element) is None
        for nothing in element.iter(f"{{{NAMESPACE}}}*"):
            assert (nothing.get(NIL) is None) == (nothing.get("zustand") is None or nothing.get("typ") is not None)
            assert nothing.get(NIL) is None or nothing.get("beruhtAuf") is not None


# -- the kinds of nothing -------------------------------------------------------------------------


def test_not_mentioned_blank_withheld_and_stated_are_told_apart() -> None:
    archive = register_of(registered(subject="Radweg", reasons=None, operative_text=WITHHELD))
    fact = fact_of(elements_of(archive), archive.records[0])
    subject, reasons, operative = (child(fact, name) for name in ("gegenstand", "begruendung", "beschlussvorschlag"))
    assert subject is not None
    assert subject.text == "Radweg"
    assert reasons is not None
    assert (reasons.get(NIL), reasons.get("zustand"), reasons.text) == ("true", "leer", None)
    assert operative is not None
    assert (operative.get(NIL), operative.get("zustand")) == ("true", "vorenthalten")
    assert child(fact, "produktsachkonto") is None


def test_what_was_erased_is_not_called_withheld_and_names_the_entry_that_erased_it() -> None:
    archive = register_of(registered(subject=WITHHELD))
    target = x.ErasureTarget(event=f"{P}#1", kind=v.ErasureKind.DISCLOSURE, path="data.subject")
    register = f"register:{archive.register.id}"
    archive.add(statement(register, e.ContentErased(targets=(target,), legal_ground="Art. 17 DSGVO")))
    fact = fact_of(elements_of(archive), archive.records[0])
    subject = child(fact, "gegenstand")
    assert subject is not None
    assert subject.get("zustand") == "geloescht"
    assert [one.text for one in named(fact, "beruhtAuf")] == ["2"]


def test_an_empty_list_is_stated_and_not_the_same_as_none() -> None:
    archive = register_of(registered(submitters=(), consulted=None))
    fact = fact_of(elements_of(archive), archive.records[0])
    stated, blank = child(fact, "einreicher"), child(fact, "angehoert")
    assert stated is not None
    assert (stated.get(NIL), len(stated)) == (None, 0)
    assert blank is not None
    assert blank.get("zustand") == "leer"


def test_a_correction_shows_in_what_it_corrected_and_stands_there_itself() -> None:
    correction = e.RecordCorrected(
        target=1,
        path="/data/subject",
        old=Raw(b'"Radwge"'),
        new=Raw(b'"Radweg"'),
        kind=v.CorrectionKind.CLERICAL,
        reason="verschrieben",
    )
    archive = register_of(registered(subject="Radwge"), correction)
    elements = elements_of(archive)
    fact = fact_of(elements, archive.records[0])
    subject = child(fact, "gegenstand")
    assert subject is not None
    assert subject.text == "Radweg"
    assert [one.text for one in named(fact, "beruhtAuf")] == ["2"]
    assert child(fact_of(elements, archive.records[1]), "alterWert").text == '"Radwge"'  # type: ignore[union-attr]  # it is there


# -- what is derived ------------------------------------------------------------------------------


def test_a_version_names_the_version_that_a_part_is_from() -> None:
    revised = e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, base_version=1, subject="Radweg Süd")
    archive = register_of(registered(subject="Radweg", reasons="Weil er fehlt."), revised)
    second = named(elements_of(archive)[-1], "vorlagenfassung")[1]
    reasons, subject = child(second, "begruendung"), child(second, "gegenstand")
    assert reasons is not None
    assert (reasons.text, reasons.get("ausFassung"), reasons.get("beruhtAuf")) == ("Weil er fehlt.", "1", "1")
    assert subject is not None
    assert (subject.text, subject.get("ausFassung"), subject.get("beruhtAuf")) == ("Radweg Süd", None, "2")


def test_a_version_that_only_its_number_tells_of_is_named_as_missing() -> None:
    gap = named(elements_of(register_of(registered(version=3)))[-1], "fehlendeFassung")[0]
    assert [gap.findtext(f"{{{NAMESPACE}}}{name}") for name in ("von", "bis")] == ["1", "2"]


def test_a_ballot_has_its_check_beside_what_was_declared() -> None:
    archive = register_of(
        e.MeetingConvened(body=stream("body"), organs=(stream("organ"),)),
        e.BallotHeld(
            ballot=key(7), method=v.BallotMethod.SHOW_OF_HANDS, tally=x.Tally(yes=1, no=5), declared=v.Declared.PASSED
        ),
        target=M,
    )
    ballot = named(elements_of(archive)[-1], "abstimmung")[0]
    check = named(ballot, "rechenprobe")[0]
    assert check.findtext(f"{{{NAMESPACE}}}pruefergebnis/{{{NAMESPACE}}}name") == "nicht entscheidbar"
    assert check.findtext(f"{{{NAMESPACE}}}pruefgrund/{{{NAMESPACE}}}code") == "no_rule_set"
    assert "2" in [one.text for one in named(check, "beruhtAuf")]


def test_a_reference_says_whether_the_export_holds_what_it_names() -> None:
    archive = register_of(registered())
    body = child(fact_of(elements_of(archive), archive.records[0]), "koerperschaft")
    assert body is not None
    assert body.get("imAuszug") == "false"


def test_a_finding_is_computed_with_its_values_and_not_where_entries_are_hidden() -> None:
    blank = registered(vote_form=x.VoteForm(yes=None, no=None), version=1)
    archive = register_of(blank, e.ConsultationDropped(consultation=key(5)))
    codes = [
        one.findtext(f"{{{NAMESPACE}}}befundcode/{{{NAMESPACE}}}code")
        for one in named(elements_of(archive)[-1], "befund")
    ]
    assert "BLANK_FORM" in codes

    element = read(written(edition_of(archive, hidden=frozenset({2})))[-1])
    assert valid(element) is None
    assert [one.get("zustand") for one in named(element, "nichtGegebenerEintrag")] == ["vorenthalten"]
    assert named(element, "befund") == []
    assert [one.text for one in named(named(element, "befundeNichtErmittelt")[0], "beruhtAuf")] == ["2"]


# -- whatever may be recorded ---------------------------------------------------------------------


@st.composite
def registers(draw: st.DrawFn) -> MemoryArchive:
    """Give a register of a few streams that name each other, of which this reader may lack disclosures."""
    found: list[RecordedEvent] = []
    for kind in draw(st.lists(st.sampled_from(STREAM_KINDS), min_size=1, max_size=3)):
        stream_ = draw(histories(kind, max_size=4))
        if stream_[0].stream not in {record.stream for record in found}:
            found += stream_
    placed = [replace(record, recorded_at=1_795_430_000 + n) for n, record in enumerate(found)]
    return MemoryArchive([draw(withheld(record)) for record in placed] if draw(st.booleans()) else placed)


@given(registers())
def test_everything_accepted_is_valid_and_reads_as_it_was_recorded(archive: MemoryArchive) -> None:
    elements = elements_of(archive)
    for stream_ in dict.fromkeys(record.stream for record in archive.records):
        for record in effective(archive.history(stream_)):
            _same(fact_of(elements, record), record.event)


def _same(element: etree._Element, value: Struct) -> None:
    """Hold every value of a record against what stands in its element."""
    for field in kinds.fields(type(value)):
        recorded, found = getattr(value, field.name), child(element, names.field(field.name).element)
        if recorded is UNSET:
            assert found is None
        else:
            assert found is not None
            _holds(found, recorded, field.kind)


def _holds(found: etree._Element, recorded: object, kind: kinds.Kind) -> None:
    if recorded is None or recorded is WITHHELD:
        assert found.get(NIL) == "true"
        assert found.get("zustand") == ("leer" if recorded is None else "vorenthalten")
    elif isinstance(recorded, Struct):
        _same(found, recorded)
    elif isinstance(recorded, tuple):
        assert kind.inner is not None
        assert len(found) == len(recorded)
        for one, entry in zip(recorded, found, strict=True):
            _holds(entry, one, kind.inner)
    elif kind.form == "code":
        assert found.findtext(f"{{{NAMESPACE}}}code") == str(recorded)
    elif isinstance(recorded, bool):
        assert found.text == ("true" if recorded else "false")
    elif isinstance(recorded, Raw):
        assert msgspec.json.decode((found.text or "").encode()) == msgspec.json.decode(recorded)
    else:
        prefix = "person:" if kind.form == "person" else ""
        assert (found.text or "") == f"{prefix}{recorded}"


@pytest.mark.parametrize("text", ["a\r\nb", "\ta", "a\rb", "a\n", "„Rat“ – „ja“", "]]>", "<&>\"'", "x\u0085y\u2028z"])
def test_line_ends_tabs_and_marks_come_through(text: str) -> None:
    archive = register_of(registered(reasons=text, subject=text))
    fact = fact_of(elements_of(archive), archive.records[0])
    reasons = child(fact, "begruendung")
    assert reasons is not None
    assert reasons.text == text
