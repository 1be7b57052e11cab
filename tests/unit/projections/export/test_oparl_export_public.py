"""What the OParl folder may hold: what everybody may see, nobody without an office, nothing that a server would run."""

from __future__ import annotations

import json
import re
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Raw
from support.council import key, on, statement, stream
from support.oparl_export import BASE, Council, Exported, edition, faults

from archive.errors import InputError
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import canonical
from domain.values import WITHHELD
from projections.export.oparl import files
from projections.export.oparl.folder import PAGE

if TYPE_CHECKING:
    from domain.stream import Statement

B, COUNCIL, P, M, N = (stream(k) for k in ("body", "organ", "proposal", "meeting", "person"))
REGISTER = f"register:{key(9_999)}"
PUBLIC, NON_PUBLIC, BLOCKED = v.Visibility.PUBLIC, v.Visibility.NON_PUBLIC, v.Visibility.BLOCKED
SECRET = "Grundstück am Bahnhof"
ITEM, PLAN, BALLOT = key(81), key(82), key(83)


def council(*statements: Statement) -> Council:
    made = Council()
    opened = (
        statement(B, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS)),
        statement(COUNCIL, e.OrganRegistered(body=B, name="Kreistag", kind=v.OrganKind.COUNCIL)),
    )
    for one in (*opened, *statements):
        made.add(one)
    return made


def proposal(
    subject: str = "Radwege", *, target: str = P, visibility: v.Visibility = PUBLIC, **more: object
) -> Statement:
    fields = {"body": B, "kind": v.ProposalKind.OTHER, "version": 1, "reference": "7", "subject": subject, **more}
    return statement(target, e.ProposalRegistered(**fields), occurred=on("2021-11-23"), visibility=visibility)  # type: ignore[arg-type]  # what a test gives


def meeting(*, visibility: v.Visibility = PUBLIC, **more: object) -> Statement:
    fields = {"body": B, "organs": (COUNCIL,), "starts_at": "2021-12-08T17:00:00+01:00", **more}
    return statement(M, e.MeetingConvened(**fields), visibility=visibility)  # type: ignore[arg-type]  # what a test gives


def agenda(*, visibility: v.Visibility = PUBLIC, title: str = "Radwege") -> Statement:
    item = x.AgendaItem(item=ITEM, order=3, number="1", publicity=v.Publicity.PUBLIC, proposal=P, consultation=PLAN)
    titles = (x.ItemTitle(item=ITEM, title=title),)
    event = e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=(item,), titles=titles)
    return statement(M, event, visibility=visibility)


def planned(**more: object) -> Statement:
    fields = {
        "consultation": PLAN,
        "organ": COUNCIL,
        "role": v.ConsultationRole.DECISION,
        "publicity": v.Publicity.PUBLIC,
    }
    return statement(P, e.ConsultationPlanned(**{**fields, **more}))  # type: ignore[arg-type]  # what a test gives


def changed(target: str, was: v.Visibility, becomes: v.Visibility, until: str | None = None) -> Statement:
    more = {} if until is None else {"until": until}
    event = e.VisibilityChanged(target=target, was=was, becomes=becomes, legal_basis="§ 9 Hauptsatzung", **more)
    return statement(REGISTER, event)


def known(*, visibility: v.Visibility = PUBLIC, **fields: object) -> Statement:
    shown = {"name": "Lena Linde", "office": "Landrätin", "office_holder": True, "born": "1970-01-01", **fields}
    return statement(N, e.PersonKnown(**shown), visibility=visibility)  # type: ignore[arg-type]  # what a test gives


def member(function: v.MembershipFunction = v.MembershipFunction.CHAIR, **more: object) -> Statement:
    event = e.MembershipChanged(person=N.partition(":")[2], function=function, voting=True, **more)  # type: ignore[arg-type]  # what a test gives
    return statement(COUNCIL, event, occurred=on("2019-06-15"))


# -- who may see it -------------------------------------------------------------------------------


@pytest.mark.parametrize("visibility", [NON_PUBLIC, BLOCKED])
def test_what_is_not_public_leaves_no_trace(visibility: v.Visibility) -> None:
    """The edition holds everything here, as one for an archive does; the export asks again."""
    made = council(
        proposal(SECRET, visibility=visibility),
        meeting(place="Kulturhaus"),
        agenda(visibility=visibility, title=SECRET),
        statement(
            M, e.OutcomeDeclared(item=ITEM, outcome=v.Outcome.ADOPTED, outcome_literal=SECRET), visibility=visibility
        ),
    )
    out = Exported(edition(made))
    assert SECRET not in out.text()
    assert key(1) not in json.dumps(out.objects("Paper"))
    assert out.objects("Paper") == []
    assert "agendaItem" not in out.one("Meeting")
    assert "ratsbuch:drucksache" not in out.text()


def test_released_event_is_shown_from_its_day_and_counts_as_a_change() -> None:
    made = council(proposal(visibility=NON_PUBLIC), changed(P, NON_PUBLIC, PUBLIC))
    paper = Exported(edition(made)).one("Paper")
    assert (paper["name"], paper["modified"] > paper["created"]) == ("Radwege", True)


def test_release_with_an_end_holds_up_to_that_day_of_the_terms() -> None:
    made = council(proposal(visibility=NON_PUBLIC), changed(P, NON_PUBLIC, PUBLIC, until="2026-12-31"))
    assert len(Exported(edition(made, day="2026-12-31")).objects("Paper")) == 1
    assert Exported(edition(made, day="2027-01-01")).objects("Paper") == []


def test_correction_of_what_is_not_public_is_left_out_with_it() -> None:
    fixed = e.RecordCorrected(
        target=2,
        path="/data/reason",
        old=Raw(canonical(SECRET)),
        new=Raw(canonical(f"{SECRET} 2")),
        kind=v.CorrectionKind.CLERICAL,
        reason=SECRET,
    )
    made = council(
        proposal(), statement(P, e.ProposalWithdrawn(reason=SECRET), visibility=NON_PUBLIC), statement(P, fixed)
    )
    out = Exported(edition(made))
    assert SECRET not in out.text()
    assert "ratsbuch:zurueckgezogen" not in out.one("Paper")
    assert out.one("Paper")["ratsbuch:ereignisse"] == [3]


def test_withheld_field_is_absent_and_named() -> None:
    paper = Exported(edition(council(proposal(WITHHELD, reference=None)))).one("Paper")  # type: ignore[arg-type]  # as a reader has it
    assert "name" not in paper
    assert "reference" not in paper
    assert paper["ratsbuch:vorenthalten"] == ["name"]


# -- persons --------------------------------------------------------------------------------------


def test_holder_of_an_office_is_shown_with_name_office_and_memberships_alone() -> None:
    out = Exported(edition(council(known(), member(function_literal="Vorsitzende", begins="2019-06-15"))))
    person = out.one("Person")
    assert (person["name"], person["status"]) == ("Lena Linde", ["Landrätin"])
    (membership,) = person["membership"]
    assert (membership["role"], membership["startDate"], membership["votingRight"]) == (
        "Vorsitzende",
        "2019-06-15",
        True,
    )
    assert out.one("Organization")["membership"] == [membership["id"]]
    assert "1970" not in out.text()


@pytest.mark.parametrize(
    "statements",
    [
        (known(office_holder=False),),
        (known(office_holder=UNSET),),
        (known(visibility=NON_PUBLIC),),
        (known(visibility=BLOCKED),),
        (known(name=WITHHELD),),
        # What was said later and is not for everybody may be that the office is over, or the name another one.
        (known(), known(office_holder=False, visibility=NON_PUBLIC)),
        (known(), known(office_holder=False)),
    ],
)
def test_nobody_else_is_shown_nor_named_as_a_member_or_submitter(statements: tuple[Statement, ...]) -> None:
    party = x.Party(person=N.partition(":")[2], literal="Lena Linde", office="Landrätin")
    out = Exported(edition(council(*statements, member(), proposal(submitters=(party, x.Party(literal="Max Muster"))))))
    assert out.objects("Person") == out.objects("Membership") == []
    for trace in ("Linde", "Muster,", "Max", "Landrätin", f"person:{key(1)}", f"person/{key(1)}"):
        assert trace not in out.text()


def test_votes_candidates_and_presence_never_go_out() -> None:
    who = N.partition(":")[2]
    held = e.BallotHeld(
        ballot=BALLOT,
        item=ITEM,
        method=v.BallotMethod.ROLL_CALL,
        tally=x.Tally(yes=1, no=0),
        votes=(x.Vote(person=who, choice=v.Choice.YES),),
        options=(x.Option(key="A", label="Max Muster"),),
    )
    there = e.MeetingOpened(part=v.Part.WHOLE, presiding=who, present=(who,))
    out = Exported(edition(council(known(), meeting(), agenda(), statement(M, there), statement(M, held))))
    item = out.one("AgendaItem")
    assert [(one["ja"], one["nein"]) for one in item["ratsbuch:abstimmung"]] == [(1, 0)]
    assert "Max Muster" not in out.text()
    assert who not in json.dumps([item, out.one("Meeting")]).replace(M.partition(":")[2], "")


# -- what is gone ---------------------------------------------------------------------------------


def erased(*targets: x.ErasureTarget, visibility: v.Visibility = PUBLIC) -> Statement:
    return statement(REGISTER, e.ContentErased(targets=targets, legal_ground="Art. 17 DSGVO"), visibility=visibility)


def whole_erasure(visibility: v.Visibility, *changes: Statement, told: v.Visibility = PUBLIC) -> Exported:
    """Export a register in which the only token of a proposal was erased, after changes of its visibility."""
    made = council()
    gone = made.add(proposal(SECRET, visibility=visibility))
    for one in changes:
        made.add(one)
    made.add(erased(x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=gone.id), visibility=told))
    made.records.remove(gone)
    return Exported(edition(made))


@pytest.mark.parametrize("visibility", [PUBLIC, NON_PUBLIC, BLOCKED])
def test_erased_proposal_of_which_nothing_says_that_it_was_public_leaves_no_tombstone(
    visibility: v.Visibility,
) -> None:
    """The token had who may see it; a tombstone would tell everybody of what may never have been public."""
    out = whole_erasure(visibility)
    assert out.objects("Paper") == []
    assert f"paper/{key(1)}" not in out.text()


@pytest.mark.parametrize(
    "change",
    [
        changed(P, NON_PUBLIC, BLOCKED),
        statement(
            REGISTER,
            e.VisibilityChanged(target=P, was=NON_PUBLIC, becomes=PUBLIC, legal_basis="§ 9"),
            visibility=NON_PUBLIC,
        ),
    ],
    ids=["never public", "not said in public"],
)
def test_change_that_does_not_say_in_public_that_it_was_public_leaves_no_tombstone(change: Statement) -> None:
    assert whole_erasure(NON_PUBLIC, change).objects("Paper") == []


def test_note_that_was_public_makes_no_tombstone_of_what_was_not() -> None:
    noted = e.DiscrepancyNoted(code="SEAL_MISSING", status=v.DiscrepancyStatus.OPEN)
    made = council(proposal(SECRET, visibility=NON_PUBLIC), statement(P, noted), changed(f"{P}#2", PUBLIC, BLOCKED))
    assert Exported(edition(made)).objects("Paper") == []


def test_rest_of_an_erased_proposal_that_was_public_until_its_release_ended_leaves_a_tombstone() -> None:
    made = council(proposal(SECRET, visibility=NON_PUBLIC), changed(P, NON_PUBLIC, PUBLIC, until="2020-12-31"))
    gone = made.add(statement(P, e.ProposalWithdrawn(), visibility=NON_PUBLIC))
    made.add(erased(x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=gone.id)))
    made.records.remove(gone)
    assert Exported(edition(made)).one("Paper")["deleted"] is True


def test_erased_proposal_that_had_been_released_leaves_a_tombstone_in_the_list() -> None:
    made = council()
    gone = made.add(proposal(SECRET, visibility=NON_PUBLIC))
    made.add(changed(P, NON_PUBLIC, PUBLIC))
    made.add(erased(x.ErasureTarget(kind=v.ErasureKind.TOKEN, event=gone.id)))
    made.records.remove(gone)
    out = Exported(edition(made))
    tree = out.one("Paper")
    assert tree == {
        "id": f"{BASE}/paper/{key(1)}.json",
        "type": "https://schema.oparl.org/1.1/Paper",
        "deleted": True,
        "modified": "2026-11-23T10:38:20Z",
    }
    assert out.trees[f"body/{key(1)}/paper.json"]["data"] == [tree]
    assert faults(tree) == []


def test_erasure_that_is_not_public_tells_nothing() -> None:
    assert whole_erasure(NON_PUBLIC, changed(P, NON_PUBLIC, PUBLIC), told=NON_PUBLIC).objects("Paper") == []


def test_what_was_public_and_is_no_longer_leaves_a_tombstone() -> None:
    out = Exported(edition(council(proposal(SECRET), changed(P, PUBLIC, BLOCKED))))
    assert (out.one("Paper")["deleted"], SECRET in out.text()) == (True, False)


def test_erased_name_of_a_person_leaves_a_tombstone() -> None:
    target = x.ErasureTarget(kind=v.ErasureKind.DISCLOSURE, event=f"{N}#1", digest="A" * 43, path="data.name")
    out = Exported(edition(council(known(name=WITHHELD), member(), erased(target))))
    person = out.one("Person")
    assert (person["deleted"], sorted(person)) == (True, ["deleted", "id", "modified", "type"])


@pytest.mark.parametrize("holds", [False, UNSET])
def test_erased_name_of_somebody_without_an_office_leaves_no_tombstone(holds: object) -> None:
    target = x.ErasureTarget(kind=v.ErasureKind.DISCLOSURE, event=f"{N}#1", digest="A" * 43, path="data.name")
    out = Exported(edition(council(known(name=WITHHELD, office_holder=holds), erased(target))))
    assert out.objects("Person") == []
    hidden = council(known(office_holder=holds), changed(N, PUBLIC, BLOCKED))
    assert Exported(edition(hidden)).objects("Person") == []


# -- documents ------------------------------------------------------------------------------------


def attached(document: x.Document, label: str = "Anlage 1", *, held: bool = True, **more: object) -> Statement:
    return statement(P, e.DocumentAttached(label=label, held=held, document=document, **more))  # type: ignore[arg-type]  # what a test gives


def test_document_of_an_event_that_is_not_public_is_not_given() -> None:
    made = council(proposal())
    document = made.hold(SECRET.encode())
    made.add(statement(P, e.DocumentAttached(label=SECRET, held=True, document=document), visibility=NON_PUBLIC))
    out = Exported(edition(made))
    assert SECRET not in out.text()
    assert out.objects("File") == []


def test_document_that_is_not_held_is_named_and_is_no_file() -> None:
    made = council(proposal(), attached(x.Document(held=False, title="Plan"), "Anlage 1", held=False))
    out = Exported(edition(made))
    assert out.objects("File") == []
    assert out.one("Paper")["ratsbuch:nichtVorliegend"] == ["Anlage 1"]


def test_withdrawn_and_erased_documents_leave_tombstones_and_no_bytes() -> None:
    made = council(proposal())
    first, second = made.hold(b"erste"), made.hold(b"zweite")
    made.add(attached(first, "Anlage 1"))
    made.add(attached(second, "Anlage 2"))
    made.add(statement(P, e.DocumentWithdrawn(label="Anlage 1")))
    made.add(erased(x.ErasureTarget(kind=v.ErasureKind.DOCUMENT, event=f"{P}#3", path="data.document")))
    out = Exported(edition(made))
    assert [file["deleted"] for file in out.objects("File")] == [True, True]
    assert "auxiliaryFile" not in out.one("Paper")
    assert [name for name in out.files if name.startswith("file/") and not name.endswith(".json")] == []


@pytest.mark.parametrize(
    ("media_type", "title", "ending"),
    [
        ("application/pdf", "Vorlage.exe", "pdf"),
        ("text/html", "seite.html", "bin"),
        ("application/json", "objekt.json", "bin"),
        ("application/xml", "daten.xml", "bin"),
        ("", "index.php", "bin"),
        ("image/svg+xml", "bild.svg", "bin"),
        ("", "../../.htaccess", "bin"),
        ("", "Plan.docx", "docx"),
    ],
)
def test_document_that_a_server_or_browser_might_run_is_given_as_plain_bytes(
    media_type: str, title: str, ending: str
) -> None:
    made = council(proposal())
    made.add(attached(made.hold(b'{"id": "x"}', media_type=media_type, title=title)))
    file = Exported(edition(made)).one("File")
    assert re.fullmatch(rf"{BASE}/file/[0-9a-f-]{{36}}\.{ending}", file["accessUrl"])


def test_same_document_under_two_names_is_one_file() -> None:
    made = council(proposal())
    made.add(attached(made.hold(b"dieselbe", title="a.pdf", media_type="application/pdf"), "Anlage 1"))
    made.add(attached(made.hold(b"dieselbe", title="b", media_type="text/plain"), "Anlage 2"))
    one, two = Exported(edition(made)).objects("File")
    assert one["accessUrl"] == two["accessUrl"]
    assert one["id"] != two["id"]


# -- what leads where -----------------------------------------------------------------------------


def test_consultation_and_item_name_each_other_where_only_the_agenda_does() -> None:
    out = Exported(edition(council(proposal(), planned(), meeting(), agenda())))
    consultation, item = out.one("Consultation"), out.one("AgendaItem")
    assert item["consultation"] == consultation["id"]
    assert (consultation["agendaItem"], consultation["meeting"]) == (item["id"], out.one("Meeting")["id"])


def test_word_for_a_code_is_said_to_be_one() -> None:
    out = Exported(edition(council(proposal(), planned())))
    consultation = out.one("Consultation")
    assert (consultation["role"], consultation["ratsbuch:ausCode"]) == ("beschließend", ["role"])
    out = Exported(edition(council(proposal(), planned(status_literal="zur Beratung"))))
    assert out.one("Consultation")["role"] == "zur Beratung"
    assert "ratsbuch:ausCode" not in out.one("Consultation")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"document_date": "2021-11"}, {"ratsbuch:datum": "2021-11"}),
        ({"document_date": "2021-11-23"}, {"date": "2021-11-23"}),
        ({"document_date": None}, {}),
        ({}, {}),
    ],
)
def test_date_that_is_no_day_is_not_made_one(fields: dict[str, object], said: dict[str, str]) -> None:
    paper = Exported(edition(council(proposal(**fields)))).one("Paper")  # type: ignore[arg-type]  # what a test gives
    assert {name: paper[name] for name in ("date", "ratsbuch:datum") if name in paper} == said


def test_edition_of_one_proposal_leads_nowhere_else() -> None:
    other = stream("proposal", 2)
    made = council(proposal(), proposal("Schulen", target=other), planned(), meeting(), agenda())
    made.add(statement(P, e.ProposalsLinked(other=other, relation=v.Relation.AMENDS, basis=v.Basis.STATED)))
    out = Exported(edition(made, subjects=(P,)))
    assert [paper["name"] for paper in out.objects("Paper")] == ["Radwege"]
    assert out.objects("Meeting") == []
    for address in re.findall(rf'"{BASE}/([^"]+)"', out.text()):
        assert address in out.files


# -- hostile input, large registers ---------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "</script>&lt;", '"}]', "\u2028", "ä\U0001f600", "a/../b"]
)
def test_text_stays_text(text: str) -> None:
    out = Exported(edition(council(proposal(text, reference=text), meeting(name=text, place=text), agenda(title=text))))
    paper, item, place = out.one("Paper"), out.one("AgendaItem"), out.one("Location")
    assert (paper["name"], paper["reference"], item["name"], place["description"]) == (text,) * 4
    assert all(re.fullmatch(r"[A-Za-z0-9./-]+", name) for name in out.files)


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40))
@settings(max_examples=30)
def test_any_text_comes_back_and_no_address_is_made_of_it(text: str) -> None:
    out = Exported(edition(council(proposal(text, reference=text))))
    paper = out.one("Paper")
    assert (paper["name"], paper["reference"]) == (text, text)
    assert set(out.files) == set(Exported(edition(council(proposal()))).files)


@pytest.mark.parametrize(
    "address",
    [
        *("ris.example.org", "file:///etc", "https://u:p@ris.example.org", "https://ris.example.org/?a=1"),
        *("https://a/#b", "https://ris.example.org/ä", "https://ris.example.org/a b"),
        *('https://ris.example.org/"', "https://a/<b>", ""),
    ],
)
def test_address_that_is_none_is_refused_before_anything_is_given(address: str) -> None:
    with pytest.raises(InputError):
        files(edition(council()), address)


def test_slash_at_the_end_of_the_address_makes_no_difference() -> None:
    assert Exported(edition(council()), f"{BASE}/").files == Exported(edition(council())).files


def test_lists_come_in_pages_that_lead_on_and_say_how_many_there_are() -> None:
    made = council(*(proposal(f"Vorlage {n}", target=stream("proposal", n)) for n in range(1, 2 * PAGE + 6)))
    out = Exported(edition(made))
    address, seen, numbers = f"{BASE}/body/{key(1)}/paper.json", [], []
    links: dict[str, str] = {}
    while address:
        page = out.trees[address.removeprefix(f"{BASE}/")]
        seen += [paper["name"] for paper in page["data"]]
        numbers.append(page["pagination"])
        links = page["links"]
        assert links["self"] == address
        address = links.get("next", "")
    assert seen == [f"Vorlage {n}" for n in range(1, 2 * PAGE + 6)]
    assert [one["currentPage"] for one in numbers] == [1, 2, 3]
    assert {(n["totalElements"], n["totalPages"], n["elementsPerPage"]) for n in numbers} == {(2 * PAGE + 5, 3, PAGE)}
    assert links["first"].endswith("/paper.json")
    assert links["last"].endswith("/paper-3.json")
    assert out.trees[f"body/{key(1)}/person.json"]["data"] == []


def test_full_page_at_the_end_leads_nowhere() -> None:
    made = council(*(proposal(target=stream("proposal", n)) for n in range(1, PAGE + 1)))
    page = Exported(edition(made)).trees[f"body/{key(1)}/paper.json"]
    assert ("next" in page["links"], len(page["data"])) == (False, PAGE)


def test_memory_does_not_grow_with_the_register() -> None:
    """Held are a page a list and a few streams; the register in memory itself was there before."""
    peaks = []
    for count in (400, 1_200):
        made = council(*(proposal("x" * 2_000, target=stream("proposal", n)) for n in range(1, count + 1)))
        made.by_stream()
        tracemalloc.start()
        try:
            for _ in files(edition(made), BASE):
                pass
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]
