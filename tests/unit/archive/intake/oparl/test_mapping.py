from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from support.shared import shared_data

from archive.errors import InputError
from archive.intake.oparl.mapping import OrganizationKind, vocabulary
from domain import vocabulary as v

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


NEGATED = """nicht zugestimmt|nicht angenommen|nicht genehmigt|mehrheitlich nicht zugestimmt|keine Zustimmung
Zustimmung verweigert|nicht gewählt|nicht vertagt|nicht verwiesen|nicht erledigt|nicht einstimmig beschlossen
keine Kenntnisnahme|nicht zur Kenntnis genommen|nicht vorberaten|nicht zurückgezogen|nicht abgesetzt|nicht abgelehnt
nicht ungeändert beschlossen|nicht mehrheitlich empfohlen|ohne Zustimmung|Zustimmung versagt|Mehrheit verfehlt
Zustimmung gegen die Verwaltung|Nichtannahme|beschlossen, nicht aber Ziffer 3|weder beschlossen noch abgelehnt
zugestimmt hat niemand|kein Beschluss|statt beschlossen vertagt|Niemals\u00a0\u00a0angenommen"""
OTHERWISE = """unbeschlossen|abgewählt|unerledigt|Vertagung beschlossen|Vertagung abgelehnt|Beschluss aufgehoben
Absetzung zugestimmt|Zustimmung zurückgezogen|Vertagung empfohlen|unter Vorbehalt zugestimmt
Zustimmung zur Ablehnung|teilweise erledigt"""
SEVERAL = """verwiesen und abgelehnt|beschlossen/abgelehnt|zur Kenntnis genommen, abgelehnt|abgesetzt und vertagt
einstimmig beschlossen und an den Finanzausschuss verwiesen|vertagt (abgelehnt)|erledigt - abgelehnt"""


def listed(text: str) -> list[str]:
    return re.split("[|\n]", text)


@pytest.mark.parametrize("literal", listed(NEGATED))
def test_a_result_that_is_negated_has_no_code(literal: str) -> None:
    words = vocabulary()
    assert words.find("outcome", v.Outcome, literal) is None
    assert words.unmapped == {("outcome", literal): 1}


@pytest.mark.parametrize("literal", listed(OTHERWISE))
def test_a_word_that_stands_in_another_one_or_in_another_sentence_is_no_result(literal: str) -> None:
    assert vocabulary().find("outcome", v.Outcome, literal) is None


@pytest.mark.parametrize("literal", listed(SEVERAL))
def test_a_text_that_says_two_results_has_neither(literal: str) -> None:
    assert vocabulary().find("outcome", v.Outcome, literal) is None


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("einstimmig angenommen", v.Outcome.ADOPTED),
        ("Der Vorlage wird mehrheitlich zugestimmt.", v.Outcome.ADOPTED),
        ("beschlossen ohne Gegenstimmen bei 2 Enthaltungen", v.Outcome.ADOPTED),
        ("in nichtöffentlicher Sitzung beschlossen", v.Outcome.ADOPTED),
        ("mit Änderungen beschlossen", v.Outcome.ADOPTED_AMENDED),
        ("gea\u0308ndert beschlossen", v.Outcome.ADOPTED_AMENDED),
        ("einstimmig nicht empfohlen", v.Outcome.NOT_RECOMMENDED),
        ("Ablehnung empfohlen", v.Outcome.NOT_RECOMMENDED),
        ("Der Antrag wurde abgelehnt", v.Outcome.REJECTED),
        ("Die Vorlage lag nicht vor", v.Outcome.NOT_BEFORE_THE_BODY),
        ("verwiesen in den nicht öffentlichen Teil", v.Outcome.REFERRED),
        ("verwiesen an Schulbeirat und Hauptausschuss", v.Outcome.REFERRED),
    ],
)
def test_what_says_nothing_about_the_result_is_passed_over(literal: str, code: v.Outcome) -> None:
    assert vocabulary().find("outcome", v.Outcome, literal) is code


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("nicht einstimmig beschlossen", None),
        ("ohne Mehrheit", None),
        ("Mehrheit verfehlt", None),
        ("einstimmig ohne Enthaltungen beschlossen", v.Majority.UNANIMOUS),
        ("mit Stimmenmehrheit beschlossen", v.Majority.MAJORITY),
    ],
)
def test_how_a_result_was_called_is_not_read_from_a_negation(literal: str, code: v.Majority | None) -> None:
    assert vocabulary().find("majority", v.Majority, literal, count=False) is code


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("nicht beschließend", None),
        ("keine Entscheidung", None),
        ("zur Vorbereitung der Entscheidung", None),
        ("Vorberatung und Entscheidung", None),
        ("nichtöffentlich, beschließend", v.ConsultationRole.DECISION),
        ("Beschluss", v.ConsultationRole.DECISION),
        ("Beschlussempfehlung", v.ConsultationRole.PRELIMINARY),
    ],
)
def test_a_role_that_is_negated_has_no_code(literal: str, code: v.ConsultationRole | None) -> None:
    assert vocabulary().find("role", v.ConsultationRole, literal) is code


@pytest.mark.parametrize(
    ("literal", "code"),
    [
        ("stellvertretendes Mitglied", v.MembershipFunction.SUBSTITUTE),
        ("stellv. Mitglied", v.MembershipFunction.SUBSTITUTE),
        ("Stellvertreter", v.MembershipFunction.SUBSTITUTE),
        ("stellvertretende Vorsitzende", v.MembershipFunction.DEPUTY_CHAIR),
        ("1. stv. Ausschussvorsitzender", v.MembershipFunction.DEPUTY_CHAIR),
        ("Stellvertreter des Vorsitzenden", v.MembershipFunction.DEPUTY_CHAIR),
        ("Vorsitzende", v.MembershipFunction.CHAIR),
        ("Mitglied ohne Stimmrecht", v.MembershipFunction.MEMBER),
        ("kein Mitglied", None),
        ("Nichtmitglied", None),
    ],
)
def test_a_deputy_is_told_from_a_substitute(literal: str, code: v.MembershipFunction | None) -> None:
    assert vocabulary().find("membership_function", v.MembershipFunction, literal) is code


@pytest.mark.parametrize(
    ("name", "literal", "code"),
    [
        ("organization", "fraktionslos", None),
        ("organization", "nichtbeschließender Ausschuss", None),
        ("organization", "SPD-Fraktion", OrganizationKind.GROUP),
        ("meeting_publicity", "Sitzung ohne Öffentlichkeit", None),
        ("paper_kind", "Änderungssatzung", v.ProposalKind.RESOLUTION_PROPOSAL),
        ("paper_kind", "Änderungs-/Ergänzungsantrag", v.ProposalKind.AMENDMENT),
    ],
)
def test_other_lists_are_no_more_credulous(name: str, literal: str, code: object) -> None:
    codes = {"organization": OrganizationKind, "meeting_publicity": v.Publicity, "paper_kind": v.ProposalKind}
    assert vocabulary().find(name, codes[name], literal) is code


def test_a_sources_own_patterns_are_held_to_the_negations_and_its_literals_are_not(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        HEAD
        + "negations = ['\\bschein\\w*']\n"
        + '[outcome]\npassed_over = ["laut protokoll"]\n'
        + 'patterns = [["nicht befasst", "no_vote"], ["befasst", "noted"]]\n'
        + '[outcome.literals]\n"nicht zugestimmt" = "rejected"\n',
        encoding="utf-8",
    )
    words = vocabulary(own)
    found = {
        literal: words.find("outcome", v.Outcome, literal)
        for literal in listed("nicht  Zugestimmt|nicht befasst|befasst|keineswegs befasst|scheinbar befasst")
    }
    assert list(found.values()) == [v.Outcome.REJECTED, v.Outcome.NO_VOTE, v.Outcome.NOTED, None, None]
    assert words.find("outcome", v.Outcome, "laut Protokoll beschlossen") is v.Outcome.ADOPTED


@pytest.mark.checkout
def test_the_mapping_of_the_document_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[5] / "docs" / "intake.md").read_text(encoding="utf-8")
    found = re.search(r"```toml\n(format = \"ratsbuch-oparl-map/1\".*?)```", text, re.DOTALL)
    assert found is not None
    own = tmp_path / "own.toml"
    own.write_text(found[1], encoding="utf-8")
    words = vocabulary(own)
    told = ("angehalten", "laut Protokoll zugestimmt", "verwiesen an den Rat", "scheinbar verwiesen")
    codes = [words.find("outcome", v.Outcome, literal) for literal in told]
    assert codes == [v.Outcome.DEFERRED, v.Outcome.ADOPTED, v.Outcome.REFERRED, None]


def test_a_pattern_that_fits_everything_ends(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(HEAD + '[outcome]\npatterns = [["", "noted"]]\n', encoding="utf-8")
    words = vocabulary(own)
    assert words.find("outcome", v.Outcome, "beraten und beraten") is v.Outcome.NOTED
    assert words.find("outcome", v.Outcome, "a" * 501) is None


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
        (
            HEAD + '[majority]\npassed_over = ["("]',
            "own.toml: majority: pattern '(': missing ), unterminated subpattern at position 0",
        ),
        (
            HEAD + 'negations = ["("]',
            "own.toml: negations: pattern '(': missing ), unterminated subpattern at position 0",
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
