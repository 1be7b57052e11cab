"""Reading a document that may say anything: what is changed is named, and nothing in it does harm."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from support.exports import checked, findings, parsed, replace, write_tree

from archive.verify import Verdict
from projections.export.xml import parsing
from projections.export.xml.schema import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.archives import Busy

N = f"{{{NAMESPACE}}}"
HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"


def path_of(element: etree._Element) -> str:
    """Give the names from the root down to an element."""
    names = [parsing.local(each) for each in element.iterancestors()]
    return "/".join((*reversed(names), parsing.local(element)))


def another(text: str) -> str:
    """Give a text of the same shape with one character changed."""
    at = max((n for n, c in enumerate(text) if c.isalnum()), default=None)
    assert at is not None
    c = text[at]
    new = (
        ("1" if c == "0" else "0")
        if c.isdigit()
        else ("b" if c == "a" else "a")
        if c.islower()
        else "B"
        if c == "A"
        else "A"
    )
    return f"{text[:at]}{new}{text[at + 1 :]}"


def changes(tree: etree._ElementTree) -> list[tuple[str, etree._Element, str | None]]:
    """Give one element of each class that has a text, and one of each class of attribute."""
    found: dict[str, tuple[str, etree._Element, str | None]] = {}
    for element in tree.getroot().iter(f"{N}*"):
        where = path_of(element)
        if not len(element) and element.text and any(c.isalnum() for c in element.text):
            found.setdefault(where, (where, element, None))
        for name in element.attrib:
            found.setdefault(f"{where}/@{name}", (f"{where}/@{name}", element, str(name)))
    return list(found.values())


def change(element: etree._Element, attribute: str | None) -> Callable[[], None]:
    """Change a text or an attribute; gives what puts it back."""
    if attribute is None:
        before = element.text
        element.text = another(str(before))
        return lambda: setattr(element, "text", before)
    value = str(element.get(attribute))
    element.set(attribute, another(value))
    return lambda: element.set(attribute, value)


@pytest.mark.parametrize("which", ["whole", "one"])
def test_a_change_in_any_class_of_element_and_attribute_is_a_deviation(
    which: str, sealed: Busy, whole_xml: Path, one_xml: Path, tmp_path: Path
) -> None:
    tree = parsed(whole_xml if which == "whole" else one_xml)
    every = [each for each in changes(tree) if which == "whole" or "/inhalt/" not in each[0]]
    assert len(every) > (100 if which == "whole" else 40)
    path = tmp_path / "changed.xml"
    passed = []
    for where, element, attribute in every:
        back = change(element, attribute)
        write_tree(tree, path)
        report = checked(path, sealed.anchor)
        if report.verdict is not Verdict.FAILED:
            passed.append((where, report.verdict, findings(report)))
        back()
    assert passed == []
    write_tree(tree, path)
    assert checked(path, sealed.anchor).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("nachweis/eintrag/wert", (2, "TOKEN_SIGNATURE_INVALID")),
        ("nachweis/eintrag/position", (4, "INCLUSION_INVALID")),
        ("nachweis/eintrag/strom", (3, "ROW_DIFFERS")),
        ("nachweis/eintrag/folgenummer", (3, "ROW_DIFFERS")),
        ("nachweis/eintrag/typ", (3, "ROW_DIFFERS")),
        ("nachweis/eintrag/offenlegung", (6, "DISCLOSURE_FOREIGN")),
        ("nachweis/eintrag/einschlussnachweis/pfadHashwert", (4, "INCLUSION_INVALID")),
        ("nachweis/pruefpunkt/wortlaut", (4, "CHECKPOINT_INVALID")),
        ("nachweis/pruefpunkt/groesse", (4, "CHECKPOINT_ROW_DIFFERS")),
        ("nachweis/strom/letzteFolgenummer", (3, "STREAM_END_DIFFERS")),
        ("nachweis/schluessel/oeffentlicherSchluessel", (9, "EVIDENCE_PART_DIFFERS")),
        ("nachweis/schluessel/gueltigAb", (9, "EVIDENCE_PART_DIFFERS")),
        ("nachweis/dokument/hashwert", (7, "DOCUMENT_LIST_DIFFERS")),
        ("nachweis/dokument/groesseBytes", (7, "DOCUMENT_LIST_DIFFERS")),
        ("nachweis/dokument/medientyp", (7, "DOCUMENT_LIST_DIFFERS")),
        ("nachrichtenkopf/identifikation.nachricht/nachrichtenUUID", (9, "READABLE_PART_DIFFERS")),
        ("nachrichtenkopf/autor/name", (9, "READABLE_PART_DIFFERS")),
        ("nachrichtenkopf/hinweis", (9, "READABLE_PART_DIFFERS")),
        ("auszug/stichtag", (9, "READABLE_PART_DIFFERS")),
    ],
)
def test_a_change_is_named_by_the_step_that_must_see_it(
    where: str, expected: tuple[int, str], sealed: Busy, xml: Path
) -> None:
    tree = parsed(xml)
    # The last of its kind: an event that nothing else rests on.
    element = [e for e in tree.getroot().iter(f"{N}*") if path_of(e).endswith(where)][-1]
    text = "".join(str(element.text).split())
    match where.rpartition("/")[2]:
        case "wert":
            token = base64.b64decode(text).decode()
            element.text = base64.b64encode((token[:-20] + another(token[-20:-10]) + token[-10:]).encode()).decode()
        case "offenlegung" | "wortlaut":
            element.text = text[:40] + another(text[40:44]) + text[44:]
        case "pfadHashwert" | "oeffentlicherSchluessel":
            element.text = another(text[:8]) + text[8:]
        case "typ":
            element.text = "proposal-revised/1"
        case "strom":
            element.text = f"meeting:{text.partition(':')[2]}"
        case "position" | "folgenummer" | "letzteFolgenummer" | "groesse" | "groesseBytes" | "gueltigAb":
            element.text = str(int(text) + 1)
        case "stichtag":
            element.text = "2026-11-20"
        case _:
            element.text = another(str(element.text))
    write_tree(tree, xml)
    assert expected in findings(checked(xml, sealed.anchor))


# -- what is left out, put in, or put elsewhere ---------------------------------------------------


def entries(tree: etree._ElementTree) -> list[etree._Element]:
    return list(tree.getroot().findall(f"{N}nachweis/{N}eintrag"))


def of_proposal(tree: etree._ElementTree) -> list[etree._Element]:
    return [e for e in entries(tree) if str(e.findtext(f"{N}strom")).startswith("proposal:")]


def drop_middle(tree: etree._ElementTree) -> None:
    element = of_proposal(tree)[1]
    element.getparent().remove(element)


def drop_last(tree: etree._ElementTree) -> None:
    element = of_proposal(tree)[-1]
    element.getparent().remove(element)


def drop_disclosure(tree: etree._ElementTree) -> None:
    element = next(e for e in entries(tree) if e.find(f"{N}offenlegung") is not None)
    element.remove(element.find(f"{N}offenlegung"))


def drop_proof(tree: etree._ElementTree) -> None:
    element = of_proposal(tree)[0]
    element.remove(element.find(f"{N}einschlussnachweis"))


def swap_proofs(tree: etree._ElementTree) -> None:
    one, other = of_proposal(tree)[:2]
    a, b = one.find(f"{N}einschlussnachweis"), other.find(f"{N}einschlussnachweis")
    one.append(b)
    other.append(a)


def entry_for_token(tree: etree._ElementTree) -> None:
    element = of_proposal(tree)[-1]
    value = element.find(f"{N}wert")
    assert value is not None
    entry = hashlib.sha512(base64.b64decode("".join(str(value.text).split()))).digest()
    value.tag, value.text = f"{N}protokolleintrag", base64.b64encode(entry).decode()
    for name in ("typ", "offenlegung"):
        for each in element.findall(f"{N}{name}"):
            element.remove(each)
    for each in element.findall(f"{N}vorenthalten"):
        element.remove(each)


def entry_said_to_be_erased(tree: etree._ElementTree) -> None:
    entry_for_token(tree)
    of_proposal(tree)[-1].find(f"{N}protokolleintrag").set("grund", "geloescht")


def register_event_withheld(tree: etree._ElementTree) -> None:
    element = entries(tree)[1]
    value = element.find(f"{N}wert")
    assert value is not None
    entry = hashlib.sha512(base64.b64decode("".join(str(value.text).split()))).digest()
    value.tag, value.text = f"{N}protokolleintrag", base64.b64encode(entry).decode()
    value.set("grund", "gesperrt")
    for name in ("typ", "offenlegung"):
        for each in element.findall(f"{N}{name}"):
            element.remove(each)


def withhold_for_an_archive(tree: etree._ElementTree) -> None:
    element = next(e for e in of_proposal(tree) if e.find(f"{N}offenlegung") is not None)
    given = element.find(f"{N}offenlegung")
    assert given is not None
    text = base64.b64decode("".join(str(given.text).split()))
    digest = base64.urlsafe_b64encode(hashlib.sha256(text).digest()).decode().rstrip("=")
    given.tag, given.text = f"{N}vorenthalten", None
    etree.SubElement(given, f"{N}hashwert").text = digest
    etree.SubElement(given, f"{N}grund").text = "personenbezogen"
    element.insert(len(element) - 1, given)


def list_what_the_token_has_not(tree: etree._ElementTree) -> None:
    element = of_proposal(tree)[0]
    made = etree.Element(f"{N}vorenthalten")
    etree.SubElement(made, f"{N}hashwert").text = "A" * 43
    etree.SubElement(made, f"{N}grund").text = "personenbezogen"
    element.insert(len(element) - 1, made)


def say_it_is_whole(tree: etree._ElementTree) -> None:
    terms = tree.getroot().find(f"{N}auszug")
    assert terms is not None
    terms.find(f"{N}ganzesRegister").text = "true"
    terms.remove(terms.find(f"{N}gegenstand"))


def other_subject(tree: etree._ElementTree) -> None:
    terms = tree.getroot().find(f"{N}auszug")
    assert terms is not None
    terms.find(f"{N}gegenstand").text = "proposal:00000000-0000-7000-8000-000000000000"


def example_in_the_root(tree: etree._ElementTree) -> None:
    tree.getroot().set("test", "true")


def text_between(tree: etree._ElementTree) -> None:
    entries(tree)[0].tail = "\n  Der Beschluss wurde aufgehoben.\n"


def text_at_the_end(tree: etree._ElementTree) -> None:
    tree.getroot().find(f"{N}inhalt")[-1].tail = "Der Beschluss wurde aufgehoben."


def text_before(tree: etree._ElementTree) -> None:
    tree.getroot().find(f"{N}inhalt").text = "Der Beschluss wurde aufgehoben."


def comment_between(tree: etree._ElementTree) -> None:
    entries(tree)[0].addnext(etree.Comment("Der Beschluss wurde aufgehoben."))


def comment_inside(tree: etree._ElementTree) -> None:
    tree.getroot().find(f"{N}inhalt")[-1].append(etree.Comment("aufgehoben"))


def style_sheet(tree: etree._ElementTree) -> None:
    tree.getroot().addprevious(etree.ProcessingInstruction("xml-stylesheet", 'type="text/xsl" href="x.xsl"'))


def attribute_of_the_evidence(tree: etree._ElementTree) -> None:
    tree.getroot().find(f"{N}nachweis").set("geprueft", "ja")


def twice(tree: etree._ElementTree) -> None:
    element = entries(tree)[-1]
    element.addnext(copy.deepcopy(element))


def register_twice(tree: etree._ElementTree) -> None:
    element = tree.getroot().find(f"{N}nachweis/{N}ratsbuch")
    assert element is not None
    element.addnext(copy.deepcopy(element))


def no_checkpoint(tree: etree._ElementTree) -> None:
    for element in tree.getroot().findall(f"{N}nachweis/{N}pruefpunkt"):
        element.getparent().remove(element)


def no_entry(tree: etree._ElementTree) -> None:
    for element in entries(tree):
        element.getparent().remove(element)


def far_out(tree: etree._ElementTree) -> None:
    entries(tree)[-1].find(f"{N}position").text = "2000000000"


def document_said_to_be_lost(tree: etree._ElementTree) -> None:
    for element in tree.getroot().findall(f"{N}nachweis/{N}dokument"):
        element.find(f"{N}grund").text = "liegtNichtVor"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (drop_middle, (3, "SEQ_GAP")),
        (drop_last, (3, "STREAM_END_DIFFERS")),
        (drop_disclosure, (6, "DISCLOSURE_MISSING")),
        (drop_proof, (4, "INCLUSION_INVALID")),
        (swap_proofs, (4, "INCLUSION_INVALID")),
        (entry_for_token, (2, "TOKEN_MISSING")),
        (entry_said_to_be_erased, (2, "TOKEN_MISSING")),
        (register_event_withheld, (2, "TOKEN_MISSING")),
        (withhold_for_an_archive, (0, "OMISSION_NOT_IN_TERMS")),
        (list_what_the_token_has_not, (6, "OMISSION_DIFFERS")),
        (say_it_is_whole, (0, "NOT_WHOLE")),
        (other_subject, (0, "SUBJECT_MISSING")),
        (example_in_the_root, (9, "READABLE_PART_DIFFERS")),
        (text_between, (0, "XML_INVALID")),
        (text_at_the_end, (0, "XML_INVALID")),
        (text_before, (0, "XML_INVALID")),
        (comment_between, (9, "EVIDENCE_PART_DIFFERS")),
        (comment_inside, (9, "READABLE_PART_DIFFERS")),
        (style_sheet, (9, "READABLE_PART_DIFFERS")),
        (attribute_of_the_evidence, (0, "XML_INVALID")),
        (twice, (0, "XML_INVALID")),
        (register_twice, (0, "XML_INVALID")),
        (no_checkpoint, (0, "XML_INVALID")),
        (no_entry, (0, "XML_INVALID")),
        (far_out, (4, "INCLUSION_INVALID")),
    ],
)
def test_what_is_left_out_put_in_or_moved_is_named(
    tamper: Callable[[etree._ElementTree], None], expected: tuple[int, str], sealed: Busy, xml: Path
) -> None:
    tree = parsed(xml)
    tamper(tree)
    write_tree(tree, xml)
    report = checked(xml, sealed.anchor)
    assert expected in findings(report)
    assert report.verdict is Verdict.FAILED


def test_a_document_that_its_maker_had_lost_is_not_proved(sealed: Busy, xml: Path) -> None:
    tree = parsed(xml)
    document_said_to_be_lost(tree)
    write_tree(tree, xml)
    report = checked(xml, sealed.anchor)
    assert (7, "DOCUMENT_NOT_GIVEN") in findings(report)
    assert report.verdict is Verdict.INDETERMINATE


# -- another tool wrote it again ------------------------------------------------------------------


def test_written_again_by_other_tools_it_still_verifies(sealed: Busy, one_xml: Path, tmp_path: Path) -> None:
    tree = parsed(one_xml)
    etree.indent(tree, space="\t")
    write_tree(tree, tmp_path / "indented.xml")
    plain = etree.parse(str(one_xml), etree.XMLParser(remove_blank_text=True))
    plain.write(str(tmp_path / "plain.xml"), encoding="utf-16", xml_declaration=True, pretty_print=True)
    formatted = subprocess.run(["xmllint", "--format", one_xml], capture_output=True, check=True).stdout
    (tmp_path / "formatted.xml").write_bytes(formatted)
    for name in ("indented.xml", "plain.xml", "formatted.xml"):
        assert (tmp_path / name).read_bytes() != one_xml.read_bytes()
        assert findings(checked(tmp_path / name, sealed.anchor)) == set()


# -- what is no such document ---------------------------------------------------------------------


def document_with(xml: Path, before_root: str) -> None:
    text = xml.read_text()
    xml.write_text(HEAD + before_root + text.partition("?>\n")[2])


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
DOCTYPES = [
    "<!DOCTYPE x>\n",
    '<!DOCTYPE x [<!ENTITY a "b">]>\n',
    '<!DOCTYPE x SYSTEM "file:///etc/passwd">\n',
    '<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>\n',
    f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>\n',
]


@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_document_type_is_refused_before_anything_is_read(doctype: str, sealed: Busy, xml: Path) -> None:
    document_with(xml, doctype)
    assert findings(checked(xml, sealed.anchor)) <= {(0, "XML_FORBIDDEN"), (0, "XML_NOT_WELL_FORMED")}
    assert checked(xml, sealed.anchor).verdict is Verdict.FAILED


@pytest.mark.parametrize("name", ["a", "l9"])
def test_an_entity_in_a_value_is_never_put_in(name: str, sealed: Busy, xml: Path) -> None:
    text = xml.read_text().replace("<xrb:name>Musterkreis<", f"<xrb:name>&{name};<", 1)
    assert f"&{name};" in text
    xml.write_text(text)
    document_with(xml, DOCTYPES[1] if name == "a" else DOCTYPES[4])
    assert findings(checked(xml, sealed.anchor)) <= {(0, "XML_FORBIDDEN"), (0, "XML_NOT_WELL_FORMED")}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<a/>", "XML_INVALID"),
        ("<", "XML_NOT_WELL_FORMED"),
        ("<xrb:archivierung.RatsbuchAuszug.0101/>", "XML_INVALID"),
        ('<x:archivierung.RatsbuchAuszug.0101 xmlns:x="urn:xoev-de:ratsbuch"/>', "XML_INVALID"),
        (f'<archivierung.RatsbuchAuszug.0101 xmlns="{NAMESPACE}"/>', "XML_INVALID"),
        (
            f'<archivierung.RatsbuchAuszug.0101 xmlns="{NAMESPACE}"><inhalt/></archivierung.RatsbuchAuszug.0101>',
            "XML_INVALID",
        ),
    ],
)
def test_what_is_no_such_document_is_named(text: str, code: str, sealed: Busy, tmp_path: Path) -> None:
    path = tmp_path / "other.xml"
    path.write_text(text)
    assert findings(checked(path, sealed.anchor)) == {(0, code)}


@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.99])
def test_a_truncated_document_is_named(share: float, sealed: Busy, xml: Path) -> None:
    data = xml.read_bytes()
    xml.write_bytes(data[: int(len(data) * share)])
    report = checked(xml, sealed.anchor)
    assert report.verdict is Verdict.FAILED
    assert (0, "XML_NOT_WELL_FORMED") in findings(report)


def test_a_foreign_element_is_no_part_of_it(sealed: Busy, xml: Path) -> None:
    replace(xml, "</xrb:eintrag>", '</xrb:eintrag><x:eintrag xmlns:x="urn:x"/>')
    assert findings(checked(xml, sealed.anchor)) == {(0, "XML_INVALID")}


def test_depth_and_size_of_a_piece_are_bounded(sealed: Busy, xml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = xml.read_text()
    xml.write_text(re.sub("<xrb:hinweis>.*?<", f"<xrb:hinweis>{'<x>' * 1000}{'</x>' * 1000}<", text, count=1))
    assert findings(checked(xml, sealed.anchor)) == {(0, "XML_NOT_WELL_FORMED")}
    xml.write_text(text.replace("</xrb:eintrag>", f"{'<x/>' * 500}</xrb:eintrag>", 1))
    monkeypatch.setattr(parsing, "PIECE_ELEMENTS_MAX", 400)
    assert findings(checked(xml, sealed.anchor)) == {(0, "XML_TOO_LARGE")}
    monkeypatch.undo()
    xml.write_text(text.replace("</xrb:eintrag>", f"</xrb:eintrag>{'<!-- -->' * 20_000}", 1))
    monkeypatch.setattr(parsing, "PIECE_BYTES_MAX", 100_000)
    assert findings(checked(xml, sealed.anchor)) == {(0, "XML_TOO_LARGE")}
