"""Messages of others are read: the official examples, and nothing that is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import xdomea as s

from archive.errors import InputError
from projections.export.xdomea import read_message
from projections.export.xdomea.parsing import DtdError

if TYPE_CHECKING:
    from projections.export.xdomea import ReadMessage

X_MAN = "9a75050f-323a-4e84-94c9-a889aa2b4fe8"


def read(*parts: str) -> ReadMessage:
    return read_message(s.example(*parts).read_bytes(), name=parts[-1])


@pytest.mark.parametrize(
    ("parts", "version", "number", "process", "kinds", "files"),
    [
        (
            ("lavnrw", "v4.0.0", "518c7c31-d1a0-11ef-accb-005056871b7c_0503_1.xml"),
            "4.0.0",
            "0503",
            "518c7c31-d1a0-11ef-accb-005056871b7c",
            ["Akte", "Vorgang", "Dokument"],
            ["8bcadd35-d27b-11ef-ab6c-005056871b7c.txt"],
        ),
        (
            ("lavnrw", "v3.0.0", "9fde4e7a-b41b-11ec-9225-005056871b7c_Aussonderung.Aussonderung.0503.xml"),
            "3.0.0",
            "0503",
            "9fde4e7a-b41b-11ec-9225-005056871b7c",
            ["Vorgang", "Dokument"],
            ["f4bcaaf7-d7cb-11ef-a278-005056871b7c.txt"],
        ),
        (
            ("x-man", "unz", f"{X_MAN}_Aussonderung.BewertungEmpfangBestaetigen.0505.xml"),
            "3.0.0",
            "0505",
            X_MAN,
            [],
            [],
        ),
    ],
)
def test_official_examples_are_read(  # a row of the table
    parts: tuple[str, ...], version: str, number: str, process: str, kinds: list[str], files: list[str]
) -> None:
    message = read(*parts)
    assert (message.version, message.number, message.process) == (version, number, process)
    assert [one.kind for one in message.objects] == kinds
    assert [one.depth for one in message.objects] == list(range(1, len(kinds) + 1))
    assert [one.name for one in message.files] == files


def test_what_4_0_says_of_context_and_hash_values_is_read() -> None:
    message = read("lavnrw", "v4.0.0", "518c7c31-d1a0-11ef-accb-005056871b7c_0503_1.xml")
    assert [one.is_context for one in message.objects] == [True, False, False]
    assert message.files[0].algorithm == "SHA-256"
    assert (message.files[0].hash or "").startswith("ebd6798571b4476e")
    assert message.files[0].document == "a42460ea-d1a5-11ef-b6fa-005056871b7c"


def test_offer_and_handover_of_one_process_name_the_same_records() -> None:
    offer = read("x-man", "unz", f"{X_MAN}_Aussonderung.Anbieteverzeichnis.0501.xml")
    handover = read("x-man", "unz", f"{X_MAN}_Aussonderung.Aussonderung.0503.xml")
    assert offer.process == handover.process
    assert len(handover.files) == 3
    assert {one.uuid for one in handover.objects} & {one.uuid for one in offer.objects}


@pytest.mark.parametrize(
    "number",
    ["Anbieteverzeichnis.0501", "Bewertungsverzeichnis.0502", "Aussonderung.0503", "AnbietungEmpfangBestaetigen.0504"],
)
def test_the_patterns_of_3_0_are_read_and_older_versions_are_refused(number: str) -> None:
    message = read("xdomea_toolkit", "xdomea_3.0.0", f"xx_Aussonderung.{number}.xml")
    assert message.number == number[-4:]
    for old in ("2.3.0", "2.4.0"):
        with pytest.raises(InputError, match=r"expected a message of xdomea 3\.0\.0, 3\.1\.0, 4\.0\.0"):
            read("xdomea_toolkit", f"xdomea_{old}", f"xx_Aussonderung.{number}.xml")


HEAD = b'<x:Aussonderung.Aussonderung.0503 xmlns:x="urn:xoev-de:xdomea:schema:3.0.0">'
TAIL = b"</x:Aussonderung.Aussonderung.0503>"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "expected XML"),
        (b"\xff\xfe<\x00a\x00/\x00>\x00", "expected XML in UTF-8"),
        (b"<a>", "no well-formed XML"),
        (b"<a/>", "expected a message of xdomea"),
        (HEAD + TAIL, "found no ProzessID"),
        (b'<x:Aussonderung.Aussonderung.0501 xmlns:x="urn:xoev-de:xdomea:schema:3.0.0"/>', "expected one of"),
        (b'<x:Aussonderung.Aussonderung.0503 xmlns:x="urn:xoev-de:xdomea:schema:9.9.9"/>', "expected a message of"),
        (b"<a>" * 300 + b"</a>" * 300, "no well-formed XML"),
        (HEAD + b"<a>&b;</a>" + TAIL, "no well-formed XML"),
    ],
)
def test_what_is_no_message_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_message(data)


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"<?xml version='1.0'?>\n<!-- x --><?y z?>\n"])
def test_a_document_type_is_refused_before_it_is_read(before: bytes) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;">]>'
    with pytest.raises(DtdError, match="document type"):
        read_message(before + bomb + HEAD + b"&c;" + TAIL)
