"""A register with a hostile text wherever a text may stand: markup, its endings, characters that are obeyed."""

from __future__ import annotations

from typing import Final

from domain import events as e
from domain import values as x
from domain import vocabulary as v
from support.council import on, statement, stream
from support.view import PagesArchive

P, B, ORGAN = stream("proposal"), stream("body"), stream("organ")
M, R = stream("meeting"), stream("resolution")
HOSTILE: Final = "<script>alert(1)</script> ]]> </style> \" ' & \u202eegnureseB\u202c \x1b[31m \ue000 javascript:x"
DAY: Final = "2023-03-29"


def registered(**fields: object) -> e.ProposalRegistered:
    given = {"body": B, "kind": v.ProposalKind.RESOLUTION_PROPOSAL, "reference": "1", "version": 1, **fields}
    return e.ProposalRegistered(**given)  # type: ignore[arg-type]  # what a test gives


def hostile() -> PagesArchive:
    """Give a register that has the hostile text wherever a text may stand."""
    archive = PagesArchive()
    source = x.Source(grade=v.Grade.COPY, citation=HOSTILE, locator=HOSTILE, quote=HOSTILE, whereabouts=HOSTILE)
    document = x.Document(held=False, title=HOSTILE, media_type=HOSTILE)
    ballot = "00000000-0000-4000-8000-0000000000b1"
    events: list[tuple[str, e.Event]] = [
        (B, e.BodyRegistered(name=HOSTILE, kind=v.BodyKind.LANDKREIS)),
        (ORGAN, e.OrganRegistered(body=B, name=HOSTILE, kind=v.OrganKind.COUNCIL)),
        (
            P,
            registered(
                reference=HOSTILE,
                subject=HOSTILE,
                operative_text=HOSTILE,
                reasons=HOSTILE,
                kind_literal=HOSTILE,
                submitters=(x.Party(literal=HOSTILE),),
                legal_basis=(x.LegalBasis(kind=v.LegalBasisKind.OTHER, literal=HOSTILE),),
                product_account=HOSTILE,
                vote_form=x.VoteForm(yes=None),
                vote_form_literal=HOSTILE,
                document=document,
            ),
        ),
        (P, e.ProposalRevised(version=2, mode=v.RevisionMode.PAGES, subject=f"{HOSTILE}.", operative_text="neu")),
        (P, e.DocumentAttached(label=HOSTILE, held=False, document=document)),
        (M, e.MeetingConvened(body=B, organs=(ORGAN,), number=HOSTILE, starts_at=DAY, place=HOSTILE)),
        (
            M,
            e.BallotHeld(
                ballot=ballot,
                method=v.BallotMethod.SHOW_OF_HANDS,
                method_literal=HOSTILE,
                question=HOSTILE,
                target=x.BallotTarget(proposal=P),
                tally=x.Tally(yes=1, no=2),
                tally_literal=HOSTILE,
                options=(x.Option(key="A", label=HOSTILE),),
                option_counts=(x.OptionCount(key="A", votes=3),),
                declared=v.Declared.FAILED,
                declared_literal=HOSTILE,
            ),
        ),
        (M, e.OutcomeDeclared(proposal=P, outcome=v.Outcome.REJECTED, outcome_literal=HOSTILE)),
        (
            R,
            e.ResolutionMade(
                sense=v.ResolutionSense.REJECTING,
                made_by=x.MadeBy(kind=v.DecisionPath.ORGAN, meeting=M, organ=ORGAN),
                proposal=P,
                number=HOSTILE,
                text=HOSTILE,
            ),
        ),
        (P, e.DiscrepancyNoted(code="EIGENER_CODE", status=v.DiscrepancyStatus.OPEN, assessment=HOSTILE)),
    ]
    for target, event in events:
        archive.add(statement(target, event, occurred=on(DAY), sources=(source,)))
    return archive
