"""The three worked examples can be recorded whole, and give the findings that the design names."""

from __future__ import annotations

from msgspec import UNSET
from support.council import Book, key, on, stream
from support.shared import shared_data

from domain import events as e
from domain import vocabulary as v
from domain.meeting import Meeting, items, minutes
from domain.proposal import Proposal
from domain.register import Register, visibility_index, visibility_of
from domain.resolution import Resolution, timeline
from domain.review import Review
from domain.values import (
    AgendaItem,
    BallotTarget,
    Because,
    Condition,
    Document,
    FactReference,
    Identifier,
    ItemTitle,
    LegalBasis,
    MadeBy,
    Option,
    OptionCount,
    PaperHandedOut,
    Party,
    RequiredMajority,
    Rule,
    Signatory,
    Source,
    Tally,
    Validity,
    Vote,
    VoteForm,
    When,
)

BODY, COUNCIL, COMMITTEE, REGISTER = stream("body"), stream("organ", 1), stream("organ", 2), stream("register")
PUBLIC, NON_PUBLIC = v.Publicity.PUBLIC, v.Publicity.NON_PUBLIC

# -- 1. Vorlage 0640 ------------------------------------------------------------------------------

PROPOSAL, COMMITTEE_MEETING, COUNCIL_MEETING = stream("proposal"), stream("meeting", 1), stream("meeting", 2)
PREDECESSOR, RESOLUTION = stream("resolution", 2017), stream("resolution", 2021)
PAPER = Document(digest="06" * 64, held=True, media_type="text/plain", size=3304)
FROM_PAPER = (Source(grade=v.Grade.COPY, document=PAPER),)
OPERATIVE = (
    "Der Kreistag des Erzgebirgskreises beschließt das als Anlage 1 der Beschlussvorlage beigefügte "
    "Integrationskonzept und setzt dieses zum 01.01.2022 in Kraft."
)
ORGAN = "Ausschuss für Familie, Bildung, Gesundheit und Soziales"


def seed(reasons: str = "Mit Beschlussfassung des Kreistages am 7. Juni 2017 ...") -> Book:
    """Record the paper as printed, every row of its field table, and what is known besides."""
    book = Book()
    book.add(
        BODY,
        e.BodyRegistered(
            name="Erzgebirgskreis",
            kind=v.BodyKind.LANDKREIS,
            land="Sachsen",
            ids=(Identifier(scheme=v.IdentifierScheme.KREISSCHLUESSEL, value="14521"),),
            archive_of_record="Kreisarchiv",
        ),
    )
    book.add(COUNCIL, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL, decides=True))
    book.add(
        COMMITTEE,
        e.OrganRegistered(body=BODY, name=ORGAN, kind=v.OrganKind.ADVISORY_COMMITTEE, decides=False),
    )
    secondary = (Source(grade=v.Grade.SECONDARY, document=PAPER, quote="am 7. Juni 2017 ... zum 1. Juli 2017"),)
    book.add(
        PREDECESSOR,
        e.ResolutionMade(
            sense=v.ResolutionSense.APPROVING,
            made_by=MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL),
            effective_from=on("2017-07-01"),
            conditions=(Condition(kind=v.ConditionKind.TRIAL, duration="P2Y"),),
            conditions_literal="dessen Umsetzbarkeit innerhalb der nächsten 2 Jahre zu erproben",
        ),
        occurred="2017-06-07",
        sources=secondary,
    )
    book.add(
        PROPOSAL,
        e.ProposalRegistered(
            body=BODY,
            body_basis=v.Basis.INFERRED,
            kind=v.ProposalKind.RESOLUTION_PROPOSAL,
            kind_literal="Beschlussvorlage",
            reference="0640",
            version=2,
            document_date="2021-11-23",
            document_date_literal="23.11.2021",
            subject="Fortschreibung des Integrationskonzeptes Erzgebirgskreis",
            submitters=(Party(literal="Abteilung 2"),),
            operative_text=OPERATIVE,
            reasons=reasons,
            financial_impact=v.FinancialImpact.NONE,
            financial_impact_literal="keine",
            product_account=None,
            legal_basis=(
                LegalBasis(
                    as_of="2021-11-23",
                    kind=v.LegalBasisKind.PROGRAMME,
                    literal="Zuwanderungs- und Integrationskonzept II des Freistaates Sachsen (ZIK II)",
                ),
            ),
            consulted=(
                Party(
                    literal="Akteuren der Sozialen Betreuung, Vertretern von Kommunen, Einrichtungen und Institutionen"
                ),
                Party(literal=f"{ORGAN}, bei einer Enthaltung einstimmig angenommen", organ=COMMITTEE),
            ),
            signatories=(Signatory(form=v.SignatureForm.PRINTED_NAME, literal="(ein Name)"),),
            effective_from="2022-01-01",
            effective_from_literal="zum 01.01.2022",
            validity=Validity(begins="2022-01-01", duration="P5Y", stated_in=v.TextPart.REASONS),
            validity_literal="Gültigkeitsdauer von 5 Jahren",
            review_clause="bei Erfordernis und Bedarf eine Evaluierung auch während der Gültigkeitsdauer möglich",
            vote_form=VoteForm(abstain=None, entitled=None, no=None, yes=None),
            vote_form_literal="Stimmberechtigte, dafür, dagegen, Enthaltungen",
            document=PAPER,
        ),
        occurred="2021-11-23",
        sources=FROM_PAPER,
    )
    book.add(
        PROPOSAL,
        e.DocumentAttached(
            label="Anlage 1",
            held=False,
            document=Document(held=False, title="Integrationskonzept"),
            part_of_decision=True,
            version=2,
        ),
        sources=FROM_PAPER,
    )
    for number, organ, literal, day, status, publicity, role, order in (
        (1, COMMITTEE, ORGAN, "2021-11-22", "nichtöffentlich, vorberatend", NON_PUBLIC, "preliminary", 0),
        (2, COUNCIL, "Kreistag", "2021-12-08", "öffentlich, beschließend", PUBLIC, "decision", 1),
    ):
        book.add(
            PROPOSAL,
            e.ConsultationPlanned(
                consultation=key(number),
                organ=organ,
                organ_literal=literal,
                planned_on=day,
                planned_on_literal=f"{day[8:]}.{day[5:7]}.{day[:4]}",
                role=v.ConsultationRole(role),
                publicity=publicity,
                status_literal=status,
                order=order,
            ),
            sources=FROM_PAPER,
        )
    book.add(
        PROPOSAL,
        e.ProposalsLinked(other=PREDECESSOR, relation=v.Relation.CONTINUES, basis=v.Basis.STATED),
        sources=secondary,
    )
    book.add(
        COMMITTEE_MEETING,
        e.MeetingConvened(body=BODY, organs=(COMMITTEE,), starts_at="2021-11-22", publicity=NON_PUBLIC),
        sources=secondary,
    )
    book.add(
        COMMITTEE_MEETING,
        e.OutcomeDeclared(
            proposal=PROPOSAL,
            consultation=key(1),
            outcome=v.Outcome.RECOMMENDED,
            outcome_literal="bei einer Enthaltung einstimmig angenommen",
            majority=v.Majority.UNANIMOUS,
            tally=Tally(abstain=1),
        ),
        occurred="2021-11-22",
        sources=secondary,
        visibility=v.Visibility.NON_PUBLIC,
    )
    return book


SEED_CODES = {
    "DATE_AFTER_CONSULTATION",
    "VERSION_NOT_HELD",
    "ANNEX_NOT_HELD",
    "BLANK_FORM",
    "VALIDITY_ONLY_IN_REASONS",
    "PREDECESSOR_END_NOT_STATED",
    "NON_PUBLIC_RESULT_IN_PUBLIC_PAPER",
    "ADVISORY_BODY_SAID_ADOPTED",
    "SIGNATORY_WITHOUT_OFFICE",
    "LEGAL_BASIS_IS_NO_NORM",
}


def test_the_seed_gives_exactly_the_findings_that_the_design_names() -> None:
    assert seed().codes(PROPOSAL, COMMITTEE_MEETING) == SEED_CODES


def test_the_text_of_the_seed_itself_shows_nothing_odd() -> None:
    text = shared_data("seed", "vorlage-0640.txt").read_text("utf-8")
    assert " ".join(OPERATIVE.split()) in " ".join(text.split())
    assert seed(reasons=text).codes(PROPOSAL, COMMITTEE_MEETING) == SEED_CODES


def test_the_number_of_the_seed_is_text_and_its_blank_fields_are_not_zeros() -> None:
    proposal = seed().state(PROPOSAL)
    assert isinstance(proposal, Proposal)
    version = proposal.version(2)
    assert version is not None
    assert proposal.reference == "0640"
    assert version.vote_form == VoteForm(abstain=None, entitled=None, no=None, yes=None)
    assert (version.product_account, version.financial_impact) == (None, v.FinancialImpact.NONE)
    meeting = seed().state(COMMITTEE_MEETING)
    assert isinstance(meeting, Meeting)
    assert meeting.outcomes[0].event.tally == Tally(abstain=1)


def test_with_what_is_known_besides_the_first_example_gives_two_more() -> None:
    book = seed()
    press = (Source(grade=v.Grade.SECONDARY, citation="Pressemitteilung des Landratsamtes vom 09.12.2021"),)
    book.add(
        COUNCIL_MEETING,
        e.MeetingConvened(
            body=BODY, organs=(COUNCIL,), number="9", starts_at="2021-12-08", place="Burkhardtsdorf", publicity=PUBLIC
        ),
        sources=press,
    )
    book.add(
        COUNCIL_MEETING,
        e.OutcomeDeclared(
            proposal=PROPOSAL, consultation=key(2), outcome=v.Outcome.ADOPTED, outcome_literal="beschlossen"
        ),
        occurred="2021-12-08",
        sources=press,
    )
    book.add(
        RESOLUTION,
        e.ResolutionMade(
            sense=v.ResolutionSense.APPROVING,
            made_by=MadeBy(kind=v.DecisionPath.ORGAN, meeting=COUNCIL_MEETING, organ=COUNCIL),
            proposal=PROPOSAL,
            version=2,
            presumed_as=2,
            effective_from=on("2022-01-01", certainty=v.Certainty.INFERRED),
            validity=Validity(begins="2022-01-01", duration="P5Y", stated_in=v.TextPart.REASONS),
        ),
        occurred="2021-12-08",
        sources=press,
    )
    assert book.codes() == SEED_CODES | {"TRIAL_ENDED_WITHOUT_DECISION", "ADOPTED_TEXT_NOT_HELD"}
    (trial,) = [x for x in book.findings(PREDECESSOR) if x.code == "TRIAL_ENDED_WITHOUT_DECISION"]
    assert [detail.value for detail in trial.details] == ["2019-06-30"]
    resolution = book.state(RESOLUTION)
    assert isinstance(resolution, Resolution)
    assert [(step.kind, step.when.at, step.basis) for step in timeline(resolution)] == [
        ("made", "2021-12-08", "stated"),
        ("begins", "2022-01-01", "inferred"),
        ("ends", "2026-12-31", "inferred"),
    ]


# -- 2. the objection cycle of 2024 ---------------------------------------------------------------


def test_the_objection_cycle_is_nine_resolutions_two_objections_and_one_order() -> None:
    book = Book()
    book.add(BODY, e.BodyRegistered(name="Erzgebirgskreis", kind=v.BodyKind.LANDKREIS))
    book.add(COUNCIL, e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL))
    days = ("2024-10-23", "2024-11-13", "2024-12-10")
    books = ("SGB II", "SGB VIII", "SGB XII")
    for number, subject in enumerate(books):
        book.add(
            stream("proposal", number),
            e.ProposalRegistered(
                body=BODY, kind=v.ProposalKind.RESOLUTION_PROPOSAL, version=1, subject=f"Mehrausgaben {subject}"
            ),
        )
    for day_index, day in enumerate(days):
        meeting = stream("meeting", day_index)
        book.add(meeting, e.MeetingConvened(body=BODY, organs=(COUNCIL,), starts_at=day))
        for number in range(3):
            resolution, item, ballot = (day_index * 3 + number for _ in range(3))
            book.add(
                meeting,
                e.BallotHeld(
                    ballot=key(100 + ballot),
                    item=key(200 + item),
                    method=v.BallotMethod.NOT_STATED,
                    target=BallotTarget(proposal=stream("proposal", number), version=1),
                    declared=v.Declared.FAILED,
                    repeats=key(100 + ballot - 3) if day_index else UNSET,
                ),
                occurred=day,
            )
            book.add(
                meeting,
                e.OutcomeDeclared(
                    item=key(200 + item),
                    proposal=stream("proposal", number),
                    outcome=v.Outcome.REJECTED,
                    ballots=(key(100 + ballot),),
                ),
                occurred=day,
            )
            book.add(
                stream("resolution", resolution),
                e.ResolutionMade(
                    sense=v.ResolutionSense.REJECTING,
                    made_by=MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL, meeting=meeting, ballot=key(100 + ballot)),
                    proposal=stream("proposal", number),
                    version=1,
                    re_decides=(stream("resolution", resolution - 3),) if day_index else UNSET,
                ),
                occurred=day,
            )
    review = stream("review")

    def of_day(index: int) -> tuple[str, ...]:
        return tuple(stream("resolution", index * 3 + number) for number in range(3))

    for round_, day in ((1, "2024-10"), (2, "2024-11")):
        book.add(
            review,
            e.ObjectionRaised(
                resolutions=of_day(round_ - 1),
                kind=v.ObjectionKind.MUST,
                legal_basis="§ 48(2) SächsLKrO",
                suspensive=True,
                new_meeting_by=days[round_],
                round=round_,
            ),
            occurred=When(at=day, certainty=v.Certainty.STATED),
            role=v.Role.LEGAL,
        )
    book.add(review, e.ReviewSubmitted(resolutions=of_day(1), authority_name="Landesdirektion Sachsen"))
    book.add(
        review,
        e.ExternalActRecorded(
            resolutions=of_day(1),
            authority_name="Landesdirektion Sachsen",
            act=v.ExternalAct.ORDER,
            deadline="2024-12-10",
            immediately_enforceable=True,
            effect="die Ablehnung sei rechtswidrig",
        ),
    )
    found = book.state(review)
    assert isinstance(found, Review)
    assert found.resolutions == (*of_day(0), *of_day(1))
    assert [fact.event.round for fact in found.objections] == [1, 2]
    resolutions = [book.state(stream("resolution", number)) for number in range(9)]
    assert [r.made.event.sense for r in resolutions if isinstance(r, Resolution) and r.made] == ["rejecting"] * 9
    assert book.codes() == set()


# -- 3. Musterkreis -------------------------------------------------------------------------------


def test_the_invented_example_can_be_recorded_from_motion_to_destruction() -> None:  # noqa: PLR0915  # one story
    book = Book()
    book.add(
        REGISTER,
        e.RegisterOpened(
            register=REGISTER,
            name="BEISPIEL (kein amtlicher Bestand)",
            kind=v.BodyKind.LANDKREIS,
            example=True,
            format_version=1,
            origin="example.invalid",
            root_algorithm=v.SignatureAlgorithm.ES256,
            root_certificate="MIIB",
            log_ed25519="a",
            log_mldsa44="b",
        ),
    )
    book.add(BODY, e.BodyRegistered(name="Musterkreis", kind=v.BodyKind.LANDKREIS))
    book.add(
        BODY,
        e.RuleSetAdopted(
            name="Geschäftsordnung Musterkreis",
            valid_from="2024-01-01",
            rules=(
                Rule(citation="§ 12 GO", topic=v.RuleTopic.MAJORITY, read=True, value=v.RuleValue.MORE_YES_THAN_NO),
                Rule(citation="§ 14 GO", topic=v.RuleTopic.ELECTION_TIE, read=True, value=v.RuleValue.LOT),
            ),
        ),
        role=v.Role.LEGAL,
    )
    book.add(BODY, e.TermOpened(term=key(9), number=3, begins="2024-08-01", ends="2029-07-31"))
    book.add(
        COUNCIL,
        e.OrganRegistered(body=BODY, name="Kreistag", kind=v.OrganKind.COUNCIL, decides=True, seats=48, term=key(9)),
    )
    book.add(COMMITTEE, e.OrganRegistered(body=BODY, name="Bauausschuss", kind=v.OrganKind.ADVISORY_COMMITTEE))
    groups = [stream("group", number) for number in (1, 2)]
    for number, group in enumerate(groups):
        book.add(group, e.GroupRegistered(body=BODY, name=f"Fraktion {number}", kind=v.GroupKind.PARLIAMENTARY_GROUP))
    people = [key(20 + number) for number in range(5)]
    for number, person in enumerate(people):
        book.add(f"person:{person}", e.PersonKnown(name=f"Mitglied {number}"))
        event = e.MembershipChanged(
            person=person, function=v.MembershipFunction.MEMBER, begins="2024-08-01", group=groups[number % 2]
        )
        book.add(COUNCIL, event)
        book.add(groups[number % 2], event)

    # An amendment between committee and plenary, on a motion moved in the committee.
    book.add(
        PROPOSAL,
        e.ProposalRegistered(
            body=BODY,
            kind=v.ProposalKind.RESOLUTION_PROPOSAL,
            reference="2026/017",
            version=1,
            document_date="2026-01-12",
            subject="Neubau der Kreisstraße",
            operative_text="Der Kreistag beschließt den Bau der Variante A.",
            submitters=(Party(office="Tiefbauamt"),),
        ),
        occurred="2026-01-12",
    )
    book.add(
        PROPOSAL,
        e.ProposalEndorsed(version=1, office="Kämmerei", sense=v.EndorsementSense.RESERVATION, text="Deckung offen"),
    )
    for number, meeting, day, role in (
        (1, COMMITTEE_MEETING, "2026-02-03", v.ConsultationRole.PRELIMINARY),
        (2, COUNCIL_MEETING, "2026-03-04", v.ConsultationRole.DECISION),
    ):
        organ = COMMITTEE if number == 1 else COUNCIL
        book.add(
            meeting,
            e.MeetingConvened(
                body=BODY,
                organs=(organ,),
                starts_at=f"{day}T17:00:00+01:00",
                invited_on="2026-01-20",
                papers_sent_at="2026-01-20",
                receipt="Empfangsbestätigung aller Mitglieder",
                notice_rule="§ 3 GO, zehn Tage",
                publicity=v.Publicity.MIXED,
            ),
            occurred="2026-01-20",
        )
        book.add(
            PROPOSAL,
            e.ConsultationPlanned(
                consultation=key(number),
                organ=organ,
                planned_on=day,
                role=role,
                publicity=PUBLIC,
                meeting=meeting,
                item=key(30 + number),
            ),
        )
    book.add(
        COMMITTEE_MEETING,
        e.AgendaSet(
            version=1,
            stage=v.AgendaStage.INVITATION,
            part=v.Part.PUBLIC,
            items=(
                AgendaItem(
                    item=key(31),
                    number="1",
                    order=0,
                    publicity=PUBLIC,
                    proposal=PROPOSAL,
                    version=1,
                    consultation=key(1),
                ),
            ),
        ),
    )
    motion = e.MotionMoved(
        motion=key(41),
        kind=v.MotionKind.AMENDMENT,
        item=key(31),
        moved_by=(Party(group=groups[0]),),
        target=BallotTarget(proposal=PROPOSAL, version=1, point="1"),
        text="Ersetze „Variante A“ durch „Variante B“.",
        adopted_by_administration=True,
    )
    book.add(COMMITTEE_MEETING, motion, occurred="2026-02-03")
    book.add(
        COMMITTEE_MEETING,
        e.OutcomeDeclared(item=key(31), proposal=PROPOSAL, consultation=key(1), outcome=v.Outcome.RECOMMENDED_AMENDED),
        occurred="2026-02-03",
    )
    revised = book.add(
        PROPOSAL,
        e.ProposalRevised(
            version=2,
            mode=v.RevisionMode.PAGES,
            base_version=1,
            because_of=Because(cause=v.RevisionCause.MOTION, meeting=COMMITTEE_MEETING, motion=key(41)),
            operative_text="Der Kreistag beschließt den Bau der Variante B.",
        ),
        occurred="2026-02-10",
    )

    # The plenary: agenda by part, papers by when they were handed out, quorum, late arrival, bias.
    book.add(
        COUNCIL_MEETING,
        e.AgendaSet(
            version=1,
            stage=v.AgendaStage.INVITATION,
            part=v.Part.PUBLIC,
            items=tuple(
                AgendaItem(item=key(item), number=str(order + 1), order=order, publicity=PUBLIC, **named)  # type: ignore[arg-type]
                for order, (item, named) in enumerate(
                    [(32, {"proposal": PROPOSAL, "version": 2, "consultation": key(2)}), (33, {}), (34, {})]
                )
            ),
            titles=(ItemTitle(item=key(32), title="Neubau der Kreisstraße"), ItemTitle(item=key(34), title="Wahl")),
            papers=(
                PaperHandedOut(handed_out=v.HandedOut.WITH_INVITATION, item=key(32), label="Vorlage"),
                PaperHandedOut(
                    at="2026-03-04T17:00:00+01:00",
                    handed_out=v.HandedOut.AT_TABLE,
                    item=key(32),
                    label="Austauschseite",
                    proposal=PROPOSAL,
                    version=2,
                ),
            ),
        ),
    )
    book.add(
        COUNCIL_MEETING,
        e.AgendaSet(
            version=1,
            stage=v.AgendaStage.INVITATION,
            part=v.Part.NON_PUBLIC,
            items=(AgendaItem(item=key(35), number="1", order=0, publicity=NON_PUBLIC),),
        ),
        visibility=v.Visibility.NON_PUBLIC,
    )
    book.add(
        COUNCIL_MEETING,
        e.MeetingOpened(
            part=v.Part.PUBLIC,
            presiding=people[0],
            secretary=people[4],
            present=tuple(people[:3]),
            members_by_law=49,
            members_in_office=48,
            present_count=47,
            entitled_count=47,
            quorum=v.QuorumState.ESTABLISHED,
            quorum_basis=v.QuorumBasis.HALF,
            duly_convened=True,
        ),
        occurred="2026-03-04T17:00:00+01:00",
    )
    book.add(COUNCIL_MEETING, e.ItemCalled(item=key(32), publicity=PUBLIC, presiding=people[0]))
    book.add(
        COUNCIL_MEETING,
        e.AttendanceChanged(person=people[3], change=v.AttendanceChange.JOINS, item=key(32), present_count=48),
        occurred="2026-03-04T17:20:00+01:00",
    )
    book.add(
        COUNCIL_MEETING,
        e.MemberExcluded(person=people[2], item=key(32), legal_basis="§ 9 GO", left_room=True, disputed=False),
    )

    # Roll-call by person and by group, 24 against 23, declared rejected.
    simple = RequiredMajority(kind=v.MajorityRule.SIMPLE)
    book.add(
        COUNCIL_MEETING,
        e.BallotHeld(
            ballot=key(51),
            item=key(32),
            target=BallotTarget(proposal=PROPOSAL, version=2),
            method=v.BallotMethod.ROLL_CALL,
            required=simple,
            tally=Tally(entitled=47, present=47, yes=24, no=23, abstain=0, excluded=1),
            votes=(
                Vote(choice=v.Choice.YES, group=groups[0], count=24),
                Vote(choice=v.Choice.NO, group=groups[1], count=23),
            ),
            declared=v.Declared.FAILED,
        ),
        occurred="2026-03-04T18:00:00+01:00",
    )
    book.add(
        COUNCIL_MEETING,
        e.OutcomeDeclared(
            item=key(32),
            proposal=PROPOSAL,
            consultation=key(2),
            outcome=v.Outcome.REJECTED,
            outcome_literal="abgelehnt",
            ballots=(key(51),),
        ),
        occurred="2026-03-04",
    )
    book.add(
        stream("resolution", 1),
        e.ResolutionMade(
            number="2026/3/1",
            sense=v.ResolutionSense.REJECTING,
            legal_form=v.LegalForm.PLAIN,
            made_by=MadeBy(
                kind=v.DecisionPath.ORGAN, organ=COUNCIL, meeting=COUNCIL_MEETING, item=key(32), ballot=key(51)
            ),
            proposal=PROPOSAL,
            version=2,
        ),
        occurred="2026-03-04",
    )
    book.add(
        COUNCIL_MEETING,
        e.BallotHeld(
            ballot=key(52),
            item=key(33),
            method=v.BallotMethod.ROLL_CALL,
            tally=Tally(yes=2, no=1, abstain=0),
            votes=tuple(
                Vote(choice=choice, person=person, group=groups[0])
                for choice, person in zip((v.Choice.YES, v.Choice.YES, v.Choice.NO), people, strict=False)
            ),
            declared=v.Declared.PASSED,
        ),
    )

    # An election: a tie in the second round, and the lot.
    candidates = (Option(key="a", person=people[1]), Option(key="b", person=people[2]))
    book.add(
        COUNCIL_MEETING,
        e.BallotHeld(
            ballot=key(53),
            item=key(34),
            method=v.BallotMethod.ELECTION_BY_BALLOT_PAPER,
            options=candidates,
            option_counts=(OptionCount(key="a", votes=24), OptionCount(key="b", votes=24)),
            round=2,
            declared=v.Declared.TIE,
        ),
    )
    book.add(
        COUNCIL_MEETING,
        e.BallotHeld(
            ballot=key(54),
            item=key(34),
            method=v.BallotMethod.LOT,
            options=candidates,
            lot="b",
            chosen=("b",),
            declared=v.Declared.ELECTED,
        ),
    )
    book.add(
        stream("resolution", 2),
        e.ResolutionMade(
            sense=v.ResolutionSense.ELECTED,
            legal_form=v.LegalForm.ELECTION,
            made_by=MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL, meeting=COUNCIL_MEETING, ballot=key(54)),
        ),
    )
    book.add(
        COMMITTEE,
        e.MembershipChanged(
            person=people[2],
            function=v.MembershipFunction.CHAIR,
            begins="2026-03-05",
            meeting=COUNCIL_MEETING,
            ballot=key(54),
        ),
    )

    # A non-public item, announced later.
    book.add(
        COUNCIL_MEETING,
        e.PublicityDecided(item=key(35), change=v.PublicityChange.EXCLUDED, ground="Vertragsverhandlung"),
    )
    hidden = book.add(
        COUNCIL_MEETING,
        e.OutcomeDeclared(item=key(35), outcome=v.Outcome.ADOPTED),
        visibility=v.Visibility.NON_PUBLIC,
        occurred="2026-03-04",
    )
    contract = stream("resolution", 3)
    book.add(
        contract,
        e.ResolutionMade(
            sense=v.ResolutionSense.APPROVING,
            made_by=MadeBy(kind=v.DecisionPath.ORGAN, organ=COUNCIL, meeting=COUNCIL_MEETING, item=key(35)),
            text="Dem Vertrag wird zugestimmt.",
        ),
        visibility=v.Visibility.NON_PUBLIC,
        occurred="2026-03-04",
    )
    book.add(COUNCIL_MEETING, e.MeetingClosed(part=v.Part.WHOLE), occurred="2026-03-04T20:15:00+01:00")
    next_meeting = stream("meeting", 3)
    book.add(next_meeting, e.MeetingConvened(body=BODY, organs=(COUNCIL,), starts_at="2026-04-15"))
    book.add(
        contract,
        e.ResolutionPublished(medium="Bekanntgabe in öffentlicher Sitzung", meeting=next_meeting),
        occurred="2026-04-15",
    )
    book.add(
        REGISTER,
        e.VisibilityChanged(
            target=hidden, was=v.Visibility.NON_PUBLIC, becomes=v.Visibility.PUBLIC, legal_basis="§ 7 GO, Bekanntgabe"
        ),
    )
    register = book.state(REGISTER)
    assert isinstance(register, Register)
    record = book.history(COUNCIL_MEETING)[int(hidden.rpartition("#")[2]) - 1]
    assert visibility_of(record, visibility_index(register), on="2026-05-01") is v.Visibility.PUBLIC

    # Minutes presented, objected to, corrected, approved, signed.
    named = {"kind": v.MinutesKind.RESULTS, "part": v.Part.PUBLIC}
    document = Document(digest="aa" * 64, held=True, title="Niederschrift")
    book.add(COUNCIL_MEETING, e.MinutesFiled(version=1, held=True, document=document, **named))  # type: ignore[arg-type]
    book.add(
        COUNCIL_MEETING,
        e.MinutesPresented(
            version=1,
            way=v.MinutesPresentation.APPROVAL,
            at_meeting=next_meeting,
            objections_until="2026-04-15",
            **named,  # type: ignore[arg-type]
        ),
    )
    book.add(
        next_meeting,
        e.BallotHeld(
            ballot=key(61), method=v.BallotMethod.SHOW_OF_HANDS, question="Einwendung", declared=v.Declared.PASSED
        ),
    )
    book.add(
        COUNCIL_MEETING,
        e.MinutesObjectionHandled(
            version=1,
            raised_by=(Party(person=people[3]),),
            text="kam um 17:20 Uhr, nicht um 17:40 Uhr",
            decision=v.ObjectionDecision.ACCEPTED,
            at_meeting=next_meeting,
            ballot=key(61),
            attached=True,
            **named,  # type: ignore[arg-type]
        ),
    )
    book.add(COUNCIL_MEETING, e.MinutesFiled(version=2, held=True, document=document, replaces=1, **named))  # type: ignore[arg-type]
    book.add(
        COUNCIL_MEETING,
        e.MinutesPresented(
            version=2,
            way=v.MinutesPresentation.APPROVAL,
            at_meeting=next_meeting,
            ballot=key(61),
            **named,  # type: ignore[arg-type]
        ),
    )
    book.add(
        COUNCIL_MEETING,
        e.MinutesSigned(
            version=2,
            document=document,
            signatories=tuple(
                Signatory(form=v.SignatureForm.INK, function=function, person=person, signed_on="2026-04-15")
                for function, person in zip(
                    (v.Function.CHAIR, v.Function.MEMBER, v.Function.MEMBER, v.Function.SECRETARY), people, strict=False
                )
            ),
            **named,  # type: ignore[arg-type]
        ),
    )

    # Filing, offer, appraisal, transfer, destruction with proof.
    custody, archive = stream("custody"), "Kreisarchiv Musterkreis"
    book.add(
        custody,
        e.Filed(
            objects=(PROPOSAL, COUNCIL_MEETING),
            file_reference="656.1/2026",
            plan_unit="656.1",
            responsible="Tiefbauamt",
            opened_on="2026-01-12",
            closed_on="2026-05-01",
            retention_starts_on="2027-01-01",
        ),
    )
    book.add(custody, e.RetentionSet(years=10, starts_on="2027-01-01", ends_on="2036-12-31", schedule="Aktenplan"))
    book.add(
        custody, e.Offered(archive=archive, message_id="m-1", decision_due_on="2037-06-30", package_digest="bb" * 64)
    )
    book.add(custody, e.Appraised(archive=archive, decision=v.AppraisalDecision.ARCHIVE, message_id="m-2"))
    book.add(custody, e.Transferred(archive=archive, message_id="m-3", package_digest="cc" * 64))
    book.add(
        custody,
        e.Received(
            archive=archive, message_id="m-4", archive_ids=("E 2037/4",), complete=True, package_digest="cc" * 64
        ),
    )
    book.add(
        custody,
        e.Destroyed(
            basis=v.DestructionBasis.RECEIVED,
            archive=archive,
            message_id="m-4",
            what="Inhalte; Einträge und Protokoll bleiben",
            protocol=Document(digest="dd" * 64, held=True),
        ),
        occurred="2037-08-01",
    )
    book.add(
        COUNCIL_MEETING,
        e.DiscrepancyNoted(
            code="OUTCOME_CONTRADICTS_TALLY",
            status=v.DiscrepancyStatus.OPEN,
            facts=(FactReference(event=f"{COUNCIL_MEETING}#8", path="/data/declared"),),
        ),
    )

    meeting_state = book.state(COUNCIL_MEETING)
    assert isinstance(meeting_state, Meeting)
    assert [item.entry.number if item.entry else None for item in items(meeting_state)] == ["1", "1", "2", "3"]
    assert [len(version.signed) for version in minutes(meeting_state)] == [0, 1]
    proposal = book.state(PROPOSAL)
    assert isinstance(proposal, Proposal)
    assert proposal.current is not None
    assert proposal.current.origins["operative_text"] == revised
    # The chair's word against the count is all that does not fit: one contradiction, on the outcome and its ballot.
    assert book.codes() == {"OUTCOME_CONTRADICTS_TALLY"}
    (contradiction,) = (x for x in book.findings(COUNCIL_MEETING) if x.code == "OUTCOME_CONTRADICTS_TALLY")
    assert len(contradiction.places) == 2
