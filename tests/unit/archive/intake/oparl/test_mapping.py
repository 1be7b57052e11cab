from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from support.shared import shared_data

from archive.errors import InputError
from archive.intake.oparl.mapping import OrganizationKind, vocabulary
from domain import vocabulary as v

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'format = "ratsbuch-oparl-map/1"\n'
# What the counted vocabulary calls otherwise than the outcome list.
RENAMED = {
    "PRECONSULTED": "recommended",
    "PRECONSULTED_AMENDED": "recommended_amended",
    "SUPERSEDED_BY_PROPOSAL": "superseded",
    "RESIDUE": "other",
    "NOTED_AND_ADOPTED": "adopted",
}


def test_the_results_of_a_real_city_mean_what_was_counted() -> None:
    counted = json.loads(shared_data("karlsruhe", "result-vocabulary.json").read_text(encoding="utf-8"))
    assert len(counted) == 71
    words = vocabulary()
    found = {literal: words.find("outcome", v.Outcome, literal) or v.Outcome.OTHER for literal in counted}
    assert found == {literal: RENAMED.get(code, code.lower()) for literal, code in counted.items()}
    residue = {literal for literal, code in counted.items() if code == "RESIDUE"}
    assert {literal for _, literal in words.unmapped} == residue


def test_the_words_of_a_second_city_are_known_but_for_one() -> None:
    words = vocabulary()
    with gzip.open(shared_data("magdeburg", "papers.jsonl.gz"), "rt", encoding="utf-8") as lines:
        consultations = [c for line in lines for c in json.loads(line)["consultations"]]
    results = Counter(c["result"] for c in consultations if c["result"])
    codes = {literal: words.find("outcome", v.Outcome, literal) for literal in results}
    assert {literal for literal, code in codes.items() if code is None} == {"Vorbehaltsbeschluss"}
    assert codes["geändert beschlossen"] is v.Outcome.ADOPTED_AMENDED
    assert codes["ungeändert beschlossen"] is v.Outcome.ADOPTED
    assert codes["nicht empfohlen"] is v.Outcome.NOT_RECOMMENDED
    assert codes["mit Beschlussfassung zum Änderungsantrag erledigt"] is v.Outcome.SETTLED
    roles = {c["role"]: words.find("role", v.ConsultationRole, c["role"]) for c in consultations}
    assert roles == {
        "Beschlussfassung": "decision",
        "Kenntnisnahme": "information",
        "Beratung": "deliberation",
        "Stellungnahme": "statement",
        "Genehmigung OB": "executive_approval",
        "Vorbehaltsbeschluss": "reserved_decision",
    }


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("Gemeinderat (öffentlich/nicht öffentlich)", v.Publicity.MIXED),
        ("Hauptausschuss (nichtöffentlich)", v.Publicity.NON_PUBLIC),
        ("öffentliche Sitzung", v.Publicity.PUBLIC),
        ("Gemeinderat", None),
    ],
)
def test_publicity_is_read_from_a_meetings_name(literal: str, code: v.Publicity | None) -> None:
    words = vocabulary()
    assert words.find("meeting_publicity", v.Publicity, literal, count=False) is code
    assert not words.unmapped


def test_a_sources_own_file_goes_before_the_one_for_everybody(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        HEAD
        + 'body = "https://ris.example.org/oparl/body/1"\nsuperordinated_is_inverted = true\n'
        + '[outcome]\npatterns = [["^angehalten$", "deferred"]]\n'
        + '[outcome.literals]\n"Kenntnisnahme" = "noted_agreed"\n',
        encoding="utf-8",
    )
    words = vocabulary(own)
    assert words.find("outcome", v.Outcome, "kenntnisnahme ") is v.Outcome.NOTED_AGREED
    assert words.find("outcome", v.Outcome, "Angehalten") is v.Outcome.DEFERRED
    assert words.find("outcome", v.Outcome, "vertagt") is v.Outcome.POSTPONED
    assert words.find("organization", OrganizationKind, "Fraktion") is OrganizationKind.GROUP
    assert (words.is_inverted, words.body) == (True, "https://ris.example.org/oparl/body/1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("format = 1", "own.toml: is no mapping file: Expected `str`, got `int` - at `$.format`"),
        ('format = "x"', "own.toml: found format 'x', expected ratsbuch-oparl-map/1"),
        (HEAD + "[outcomes]", "own.toml: is no mapping file: Object contains unknown field `outcomes`"),
        (
            HEAD + '[majority.literals]\n"alle" = "all"',
            "own.toml: majority: 'alle': found code 'all', expected one of unanimous, majority, not_stated",
        ),
        (
            HEAD + '[majority]\npatterns = [["(", "majority"]]',
            "own.toml: majority: pattern '(': missing ), unterminated subpattern at position 0",
        ),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=rf"\A{re.escape(message)}\Z"):
        vocabulary(own)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"own\.toml: cannot be read: No such file or directory\Z"):
        vocabulary(tmp_path / "own.toml")
