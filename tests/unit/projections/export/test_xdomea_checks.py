"""One bad container for every rule: each is caught by the rule's own code, and nothing else hides it."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from support import xdomea as s

from archive.errors import InputError
from domain import vocabulary as v
from projections.export.xdomea import Order, check_container, read_message
from projections.export.xdomea import checks_archive as bounds
from projections.export.xdomea.problems import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

    from projections.export.files import ExportFile

X_MAN = "9a75050f-323a-4e84-94c9-a889aa2b4fe8"
# What the archive's own tool lets pass; a container of ours has none of it.
TOLERATED = {
    "NAME_NOT_EXACT",
    "FILE_UNNAMED",
    "TIME_WITHOUT_ZONE",
    "FILE_NAME_WRONG",
    "METADATA_MISSING",
    "AUTHORITY_MISSING",
    "CODE_UNKNOWN",
}
OTHER = "11111111-2222-4333-8444-555555555555"


class Good(NamedTuple):
    """Containers that are right."""

    handover: ExportFile
    handover_3: ExportFile
    offer: ExportFile


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    made = s.complete(tmp_path_factory.mktemp("xdomea"))
    with made.open() as archive:
        of = s.edition(archive, s.vorlage(archive))
        found = [
            s.made_containers(of, order)[0]
            for order in (
                Order(),
                Order(version="3.0.0"),
                Order(message="0501", proposed=v.AppraisalDecision.ARCHIVE),
            )
        ]
    return Good(*found)


Bad = tuple[str, bytes]
Case = tuple[str, "Callable[[Good], Bad]"]


def message_of(file: ExportFile) -> str:
    return f"{file.name.removesuffix('.zip')}.xml"


def changed(old: str, new: str, *, three: bool = False) -> Callable[[Good], Bad]:
    def make(good: Good) -> Bad:
        file = good.handover_3 if three else good.handover
        return file.name, s.rewritten(file, s.replaced(old, new))

    return make


def renamed(change: Callable[[str], str]) -> Callable[[Good], Bad]:
    return lambda good: (change(good.handover.name), good.handover.data)


def renamed_both(change: Callable[[str], str]) -> Callable[[Good], Bad]:
    """Rename the container, and the message in it likewise."""

    def make(good: Good) -> Bad:
        name, files = change(good.handover.name), s.entries(good.handover.data)
        files[f"{name.removesuffix('.zip')}.xml"] = files.pop(message_of(good.handover))
        return name, s.packed(files)

    return make


def with_files(change: Callable[[dict[str, bytes], str], None]) -> Callable[[Good], Bad]:
    """Change the entries; the first primary document is named to the change."""

    def make(good: Good) -> Bad:
        files = s.entries(good.handover.data)
        change(files, next(s.primary_names(good.handover)))
        return good.handover.name, s.packed(files)

    return make


def _flagged(good: Good) -> Bad:
    data = s.packed({**s.entries(good.handover.data), "a.txt": b"x"})
    # A letter beyond ASCII in the name, with no word of its encoding.
    return good.handover.name, data.replace(b"a.txt", b"\x84.txt")


def _encrypted(good: Good) -> Bad:
    data = bytearray(good.handover.data)
    place = data.rfind(b"PK\x01\x02")
    data[place + 8] |= 1
    return good.handover.name, bytes(data)


def _twice(good: Good) -> Bad:
    pairs = [*s.entries(good.handover.data).items(), ("A.txt", b"1"), ("a.TXT", b"2")]
    return good.handover.name, s.packed(pairs)


def _bomb(good: Good) -> Bad:
    files = {**s.entries(good.handover.data), f"{OTHER}.txt": b"0" * (8 * 2**20)}
    return good.handover.name, s.packed(files, method=zipfile.ZIP_DEFLATED)


def _claimed(size: int, *, every: bool = False) -> Callable[[Good], Bad]:
    """Let entries claim to be larger than they are."""

    def make(good: Good) -> Bad:
        data, place = bytearray(good.handover.data), -1
        while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
            data[place + 20 : place + 28] = size.to_bytes(4, "little") * 2
            if not every:
                break
        return good.handover.name, bytes(data)

    return make


def _counted(good: Good) -> Bad:
    data = bytearray(good.handover.data)
    data[-12:-10] = (65_500).to_bytes(2, "little")
    return good.handover.name, bytes(data)


def _damaged(good: Good) -> Bad:
    name = next(s.primary_names(good.handover))
    content = s.entries(good.handover.data)[name]
    return good.handover.name, good.handover.data.replace(content, b"X" + content[1:])


def _deep(good: Good) -> Bad:
    inner, tail = "", ""
    for number in range(4):
        inner += (
            f"<xdomea:Teilvorgang><xdomea:Identifikation><xdomea:xdomeaUUID>{number}1111111-2222-4333-8444-555555555555"
            "</xdomea:xdomeaUUID></xdomea:Identifikation><xdomea:Kontextobjekt>0</xdomea:Kontextobjekt>"
        )
        tail += "</xdomea:Teilvorgang>"
    return good.handover.name, s.rewritten(
        good.handover, s.replaced("</xdomea:Vorgang>", f"{inner}{tail}</xdomea:Vorgang>")
    )


def _at_root(good: Good) -> Bad:
    paper = (
        "<xdomea:Schriftgutobjekt><xdomea:Dokument><xdomea:Identifikation>"
        f"<xdomea:ID>{OTHER}</xdomea:ID></xdomea:Identifikation></xdomea:Dokument></xdomea:Schriftgutobjekt>"
    )
    file = good.handover_3
    return file.name, s.rewritten(
        file, s.replaced("</xdomea:Aussonderung.Aussonderung", f"{paper}</xdomea:Aussonderung.Aussonderung")
    )


def _offer_with_files(good: Good) -> Bad:
    name = next(s.primary_names(good.handover))
    version = (
        "<xdomea:Version><xdomea:Nummer>1</xdomea:Nummer><xdomea:Format><xdomea:Name listVersionID='2.0'><code>045"
        f"</code></xdomea:Name><xdomea:Version/><xdomea:Primaerdokument><xdomea:Dateiname>{name}</xdomea:Dateiname>"
        "</xdomea:Primaerdokument></xdomea:Format></xdomea:Version>"
    )
    files = s.entries(good.offer.data)
    own = message_of(good.offer)
    files[own] = s.replaced("</xdomea:Dokument>", f"{version}</xdomea:Dokument>")(files[own])
    files[name] = s.entries(good.handover.data)[name]
    return good.offer.name, s.packed(files)


def _drop(files: dict[str, bytes], name: str) -> None:
    del files[name]


def _surplus(files: dict[str, bytes], _: str) -> None:
    files[f"{OTHER}.p7s"] = b"x"


def _folder(files: dict[str, bytes], name: str) -> None:
    files[f"dokumente/{name}"] = files.pop(name)


def _outside(files: dict[str, bytes], name: str) -> None:
    files[f"../{name}"] = files.pop(name)


def _other_content(files: dict[str, bytes], name: str) -> None:
    files[name] += b"x"


def _no_text(files: dict[str, bytes], name: str) -> None:
    files[name] = b"\x00\x01" + files[name]


def _no_message(files: dict[str, bytes], _: str) -> None:
    own = next(name for name in files if "_0503_1.xml" in name)
    files[own.replace("_0503_1", "_0503")] = files.pop(own)


def _named_twice(good: Good) -> Bad:
    names = list(s.primary_names(good.handover))
    return good.handover.name, s.rewritten(good.handover, s.replaced(f">{names[1]}<", f">{names[0]}<"))


def _reprefixed(good: Good) -> Bad:
    return good.handover.name, s.rewritten(
        good.handover,
        lambda data: (
            data.replace(b"xdomea:", b"x:")
            .replace(b"urn:xoev-de:x:", b"urn:xoev-de:xdomea:")
            .replace(b"xmlns:xdomea=", b"xmlns:x=")
        ),
    )


def _blank_in_name(good: Good) -> Bad:
    name = next(s.primary_names(good.handover))
    spaced = f"{name[:36]} Vorlage.txt"
    files = s.entries(good.handover.data)
    files[spaced] = files.pop(name)
    own = message_of(good.handover)
    files[own] = files[own].replace(name.encode(), spaced.encode())
    return good.handover.name, s.packed(files)


CASES: tuple[Case, ...] = (
    ("NAME_UNKNOWN", renamed(lambda _: "abgabe.zip")),
    ("NAME_OF_OTHER_VERSION", renamed_both(lambda name: name.replace("_0503_1", "_Aussonderung.Aussonderung.0503"))),
    ("NAME_NOT_EXACT", renamed(lambda name: f"neu_{name}")),
    ("CONTAINER_EMPTY", lambda good: (good.handover.name, b"")),
    ("ZIP_UNREADABLE", lambda good: (good.handover.name, good.handover.data[:-30])),
    ("ENTRY_IN_FOLDER", with_files(_folder)),
    ("ENTRY_NAME_ENCODING", _flagged),
    ("MESSAGE_MISSING", with_files(_no_message)),
    ("MESSAGE_UNREADABLE", changed("</xdomea:Aussonderung.Aussonderung.0503>", "")),
    ("MESSAGE_UNREADABLE", changed("schema:4.0.0", "schema:2.4.0")),
    ("XSD_INVALID", changed("<xdomea:ZdA>1<", "<xdomea:ZdA>vielleicht<")),
    ("PROCESS_DIFFERS", renamed_both(lambda name: OTHER + name[36:])),
    ("PROCESS_DIFFERS", renamed_both(lambda name: name[:36].upper() + name[36:])),
    ("MESSAGE_DIFFERS", renamed_both(lambda name: name.replace("_0503_", "_0501_"))),
    ("AUTHORITY_MISSING", changed("<xdomea:Behoerdenkennung>.*?</xdomea:Behoerdenkennung>", "")),
    ("AUTHORITY_DIFFERS", changed("ags:14521000", "ags:14522000")),
    ("NESTING_TOO_DEEP", _deep),
    ("DOCUMENT_AT_ROOT", _at_root),
    ("FILE_MISSING", with_files(_drop)),
    ("FILE_NAMED_TWICE", _named_twice),
    (
        "RECORD_MISSING",
        changed("<xdomea:Vorgang>(.*?)<xdomea:xdomeaUUID>[^<]*<", rf"<xdomea:Vorgang>\1<xdomea:xdomeaUUID>{OTHER}<"),
    ),
    (
        "RECORD_SURPLUS",
        changed("<xdomea:Vorgang>(.*?)<xdomea:xdomeaUUID>[^<]*<", rf"<xdomea:Vorgang>\1<xdomea:xdomeaUUID>{OTHER}<"),
    ),
    ("FORMAT_DIFFERS", with_files(_no_text)),
    ("FILE_UNNAMED", with_files(_surplus)),
    ("CONTAINER_TOO_LARGE", _claimed(2**32 - 2, every=True)),
    ("ENTRIES_TOO_MANY", _counted),
    ("ENTRY_TOO_LARGE", _claimed(2**30 + 1)),
    ("ENTRY_PACKED_TOO_TIGHT", _bomb),
    ("ENTRY_NAME_UNSAFE", with_files(_outside)),
    ("ENTRY_NAMED_TWICE", _twice),
    ("ENTRY_NOT_PLAIN", _encrypted),
    ("ENTRY_DAMAGED", _damaged),
    ("DTD_FOUND", changed("<xdomea:Aussonderung", '<!DOCTYPE a [<!ENTITY b "c">]><xdomea:Aussonderung')),
    ("CODE_UNKNOWN", changed("<code>045</code>", "<code>999</code>")),
    ("HASH_DIFFERS", with_files(_other_content)),
    ("TIME_WITHOUT_ZONE", changed("(<erstellungszeitpunkt>[^<Z]*)Z", r"\1")),
    ("PREFIX_WRONG", _reprefixed),
    ("VERSION_WITHOUT_ONE_FILE", changed("(<xdomea:Format>.*?</xdomea:Format>)", r"\1\1")),
    ("FILE_NAME_WRONG", _blank_in_name),
    ("METADATA_MISSING", changed("<xdomea:Aussonderungsmetadaten>.*?</xdomea:Aussonderungsmetadaten>", "")),
    ("OFFER_WITH_FILES", _offer_with_files),
)

# What one change cannot help breaking beside its own rule.
ALSO: dict[str, set[str]] = {
    "NESTING_TOO_DEEP": {"RECORD_SURPLUS"},
    "FILE_NAMED_TWICE": {"FILE_UNNAMED", "HASH_DIFFERS"},
    "RECORD_MISSING": {"RECORD_SURPLUS"},
    "RECORD_SURPLUS": {"RECORD_MISSING"},
    "FORMAT_DIFFERS": {"HASH_DIFFERS"},
    "VERSION_WITHOUT_ONE_FILE": {"FILE_NAMED_TWICE"},
    "CONTAINER_TOO_LARGE": {"ENTRY_TOO_LARGE"},
}


@pytest.mark.parametrize(("code", "make"), CASES, ids=[code for code, _ in CASES])
def test_a_container_that_breaks_a_rule_is_caught_by_its_own_code(
    good: Good, code: str, make: Callable[[Good], Bad]
) -> None:
    name, data = make(good)
    offered = read_message(s.entries(good.offer.data)[message_of(good.offer)])
    found = check_container(name, data, schemas=s.schemas(), authority="ags:14521000", offered=offered)
    codes = {one.code for one in found}
    assert codes == {code} | ALSO.get(code, set())
    assert all(one.rule == RULES[one.code] for one in found)


def test_every_rule_has_a_bad_container() -> None:
    assert {code for code, _ in CASES} == set(RULES)


def test_good_containers_pass_with_everything_to_compare_with(good: Good, tmp_path: Path) -> None:
    offered = read_message(s.entries(good.offer.data)[message_of(good.offer)])
    for file in good:
        path = tmp_path / file.name
        path.write_bytes(file.data)
        assert check_container(file.name, path, schemas=s.schemas(), authority="ags:14521000", offered=offered) == ()


@pytest.mark.parametrize(
    "message", ["Anbieteverzeichnis.0501", "Aussonderung.0503", "BewertungEmpfangBestaetigen.0505"]
)
def test_a_container_of_the_archives_own_tool_breaks_only_what_that_tool_tolerates(message: str) -> None:
    name = f"{X_MAN}_Aussonderung.{message}.zip"
    found = check_container(name, s.example("x-man", name), schemas=s.schemas())
    assert {one.code for one in found} <= TOLERATED


def test_the_size_is_looked_at_before_anything_is_read(good: Good, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CONTAINER_SIZE_MAX", 10)
    found = check_container(good.handover.name, good.handover.data)
    assert [one.code for one in found] == ["CONTAINER_TOO_LARGE"]


@pytest.mark.parametrize("name", ["/a.txt", "a\\b.txt", "C:a.txt", " a.txt", "a\x01.txt", "a" * 201])
def test_names_that_lead_elsewhere_are_unsafe(good: Good, name: str) -> None:
    data = s.packed({**s.entries(good.handover.data), name: b"x"})
    assert "ENTRY_NAME_UNSAFE" in {one.code for one in check_container(good.handover.name, data)}


def test_a_schema_that_is_not_there_is_an_error_and_no_pass(good: Good, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the official schema"):
        check_container(good.handover.name, good.handover.data, schemas=tmp_path)


def test_a_list_of_entries_that_fills_the_memory_is_not_read(good: Good) -> None:
    data = bytearray(good.handover.data)
    data[-10:-6] = (2**31).to_bytes(4, "little")
    assert [one.code for one in check_container(good.handover.name, bytes(data))] == ["ENTRIES_TOO_MANY"]


def test_a_schema_whose_imports_are_not_there_is_an_error_and_nothing_is_fetched(good: Good, tmp_path: Path) -> None:
    shutil.copytree(s.schemas() / "4.0.0", tmp_path / "4.0.0")
    (tmp_path / "4.0.0" / "xoev-code.xsd").unlink()
    with pytest.raises(InputError, match=r"xoev-code\.xsd"):
        check_container(good.handover.name, good.handover.data, schemas=tmp_path)


@pytest.mark.checkout
def test_the_table_of_the_document_names_every_rule_with_its_number() -> None:
    rows = (Path(__file__).parents[4] / "docs" / "xdomea.md").read_text(encoding="utf-8").splitlines()
    told = {
        code: int(row.split("|")[1])
        for row in rows
        if row.startswith("| ")
        for code in re.findall(r"`([A-Z_]{6,})`", row)
    }
    assert told == dict(RULES)
