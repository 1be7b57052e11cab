"""`ratsbuch provenance`: who changed the Beschlussvorschlag between committee and plenary, when, on whose motion."""

from __future__ import annotations

from typing import Any

import pytest
from support.demo import demo_archive
from support.terminal import Terminal, complaints

from projections.compare.shapes import PROVENANCE_FORMAT
from projections.text import display_width


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """Somebody with the demo register."""
    folder = tmp_path_factory.mktemp("demo")
    return Terminal(demo_archive(folder).folder, folder)


def test_page_answers_who_changed_the_text_when_and_on_whose_motion(demo: Terminal) -> None:
    printed = demo.ok("provenance", "12/2023")
    words = " ".join(printed.split())
    assert "(1) 1. Der Kreistag beschließt das Radverkehrskonzept (Anlage 1). brought by version 1" in words
    assert (
        "(2) 2. Die Verwaltung setzt es bis zum [-31.12.2028-]{+31.12.2026+} um. "
        "changed by version 2 of 10.03.2023, on the motion of Fraktion B; Emma Farn" in words
    )
    assert "(3) Sie berichtet dem Kreistag jährlich. brought by version 2 of 10.03.2023, on the motion" in words
    assert "Sitzung 2/2023 of 06.03.2023, Ausschuss für Bau und Umwelt" in words
    assert "motion (Änderungsantrag) of Fraktion B; Emma Farn: In Nummer 2 wird 31.12.2028" in words
    assert "ballot of 06.03.2023:" in words
    assert "4 yes, 2 no, 1 abstain; declared passed" in words
    assert "stated by executive" in words
    assert max(map(display_width, printed.splitlines())) <= 80


def test_json_names_version_event_person_and_motion_of_each_sentence(demo: Terminal) -> None:
    document = demo.json("provenance", "12/2023")
    assert document["format"] == PROVENANCE_FORMAT
    origins: dict[str, dict[str, Any]] = {origin["event"]: origin for origin in document["origins"]}
    told = [
        (line["text"].split()[0], [(step["kind"], origins[step["event"]]["number"]["value"]) for step in line["steps"]])
        for line in document["sentences"]
    ]
    assert told == [
        ("1.", [("brought", 1)]),
        ("2.", [("brought", 1), ("changed", 2)]),
        ("Sie", [("brought", 2)]),
        ("3.", [("brought", 1)]),
    ]
    (second,) = (origin for origin in origins.values() if origin["number"]["value"] == 2)
    event = next(one for one in document["events"] if one["event"] == second["event"])
    assert (event["type"], event["position"]) == ("proposal-revised/1", second["position"])
    assert len(second["person"]) == len("00000000-0000-4000-8000-000000000001")
    because = second["because"]
    assert because["motion"]["moved_by"]["shown"] == "Fraktion B; Emma Farn"
    assert because["met_on"] == "2023-03-06T17:00:00+01:00"
    assert because["ballot"]["declared"]["value"] == "passed"
    assert document["removed"] == []


def test_version_before_that_of_0640_is_not_held_and_may_have_brought_the_sentence(demo: Terminal) -> None:
    words = " ".join(demo.ok("provenance", "0640").split())
    assert "brought by version 2 of 23.11.2021, or by version 1 (not held)" in words
    assert "version 1: Beschlussvorschlag not held" in words


def test_as_of_a_day_before_the_motion_all_is_as_it_was_brought_in(demo: Terminal) -> None:
    document = demo.json("provenance", "12/2023", "--as-of", "2023-03-01")
    assert (document["version"]["value"], len(document["sentences"]), document["later"] > 0) == (1, 3, True)


def test_paper_that_is_not_public_says_so(demo: Terminal) -> None:
    assert "(nichtöffentlich)" in demo.ok("provenance", "14/2023")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("99/2023",), "which is no Vorlagen-Nr."),
        (("5/2023",), "which is Beschluss 5/2023"),
        (("meeting:{number=1/2023}",), "expected a proposal: nothing else has versions"),
        (("12/2023", "--as-of", "2020-01-01"), "by the end of 01.01.2020"),
        (("12/2023", "--as-of", "gestern"), "as-of"),
        (("12/2023", "--as-recorded", "1999-01-01T00:00:00Z"), "nothing was recorded by then"),
    ],
)
def test_what_is_not_there_is_refused_with_6(demo: Terminal, arguments: tuple[str, ...], says: str) -> None:
    result = demo.run("provenance", *arguments)
    assert (result.exit_code, result.stdout) == (6, ""), result.output
    assert says in complaints(result)[0]


@pytest.mark.parametrize("arguments", [(), ("12/2023", "1")])
def test_wrong_usage_exits_with_2(demo: Terminal, arguments: tuple[str, ...]) -> None:
    assert demo.run("provenance", *arguments).exit_code == 2
