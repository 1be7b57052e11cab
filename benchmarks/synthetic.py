"""Registers that look like real ones, in any size, the same for the same seed.

Streams are as long as in a real council information system (6 events in the median, now and then a meeting with a
long agenda). One event in ten carries a disclosure, which is what the performance targets were set with; with
`disclosed=1.0` every event names its source, as an intake records it.
"""

from __future__ import annotations

import hashlib
import random
import time
import uuid
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from archive.archive import Archive, Means
from archive.batch import Batch, Command
from archive.genesis import Opening, create
from archive.keys import KeyFolder, Signer
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED: Final = 640
_WORDS: Final = (
    "Fortschreibung",
    "Haushalt",
    "Satzung",
    "Bebauungsplan",
    "Kreisstraße",
    "Schulentwicklung",
    "Jugendhilfe",
    "Vergabe",
    "Gebühren",
    "Rettungsdienst",
    "Abfallwirtschaft",
    "Nahverkehr",
    "Feuerwehr",
    "Grundstück",
    "Förderung",
)
FREQUENT_WORD: Final = _WORDS[1]
# What one organ gives in twenty years.
_EVENTS_AN_ORGAN: Final = 5_600


def means(seed: int = SEED) -> Means:
    """Give the real clock and a repeatable source of bytes: a benchmark protects nothing."""
    source = random.Random(seed)  # repeatable on purpose
    return Means(clock=time.time, random=source.randbytes)


def new_archive(folder: Path) -> tuple[Archive, Signer]:
    """Open an empty register in a folder, and give its first signer."""
    here = means()
    rules = e.RuleSetAdopted(name="Regelwerk", rules=())
    opening = Opening(name="Beispielkreis", kind=v.BodyKind.LANDKREIS, rule_set=rules, example=True)
    keys = KeyFolder(folder / "keys", passphrase=None, random=here.random)
    archive = create(folder / "archive", opening, means=here, keys=lambda _: keys)
    person = keys.persons()[0]
    return archive, keys.read_signer(person, person=person, algorithm=v.SignatureAlgorithm.ES256)


def statements(count: int, *, seed: int = SEED, disclosed: float = 0.1, subjects: bool = False) -> Iterator[Statement]:
    """Give that many statements: proposals with their documents and consultations, meetings with ballots.

    Args:
        count: How many.
        seed: Another one gives another register.
        disclosed: The share of the events that carry a disclosure.
        subjects: Whether proposals have a subject, to be searched: four words that a quarter of them have
            (`FREQUENT_WORD` is one of those), and one that few have (`rare_word`).
    """
    rng = random.Random(seed)  # repeatable on purpose

    def new(kind: str = "") -> str:
        text = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        return f"{kind}:{text}" if kind else text

    body, organ = new("body"), ""
    given = next_organ = 0

    def state(stream: str, event: e.Event) -> Statement:
        sources: tuple[x.Source, ...] | object = UNSET
        if rng.random() < disclosed:
            sources = (
                x.Source(grade=v.Grade.SYSTEM_OF_RECORD, locator=f"Seite {rng.randint(1, 40)}", quote=_text(rng, 12)),
            )
        return Statement(
            stream=stream,
            event=event,
            occurred=x.When(
                at=f"20{rng.randint(10, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
                certainty=v.Certainty.STATED,
            ),
            authority=x.Authority(function=v.Function.OFFICE, organ=organ),
            visibility=v.Visibility.PUBLIC,
            sources=sources,  # type: ignore[arg-type]  # tuple or UNSET
        )

    while given < count:
        if given >= next_organ:
            # A larger register is one of more organs, and not of more meetings of one organ on a day.
            organ = new("organ")
            name = f"Ausschuss {given // _EVENTS_AN_ORGAN}" if given else "Kreistag"
            yield state(
                organ, e.OrganRegistered(body=body, name=name, kind=v.OrganKind.COUNCIL, decides=True, seats=60)
            )
            given += 1
            next_organ += _EVENTS_AN_ORGAN
            continue
        proposal, meeting = new("proposal"), new("meeting")
        # Meetings are spread over the years as those of a council are; many on one day would be found together.
        day = f"{2005 + given // 280 % 20}-{1 + given // 23 % 12:02}-{1 + given % 28:02}"
        part: list[tuple[str, e.Event]] = [
            (
                proposal,
                e.ProposalRegistered(
                    body=body,
                    kind=v.ProposalKind.RESOLUTION_PROPOSAL,
                    reference=f"{rng.randint(2010, 2025)}/{given:04}",
                    version=1,
                    document_date="2021-11-23",
                    subject=f"{_text(rng, 4)} {rare_word(given)}" if subjects else UNSET,
                ),
            )
        ]
        item, ballot = new(), new()
        part += [
            (
                proposal,
                e.ConsultationPlanned(
                    consultation=new(),
                    organ=organ,
                    role=v.ConsultationRole.DECISION,
                    publicity=v.Publicity.PUBLIC,
                    planned_on=day,
                    order=order,
                ),
            )
            for order in range(rng.choice((2, 3, 4, 5, 5, 6, 8)))
        ]
        if rng.random() < 0.3:  # a meeting takes up several proposals
            items = tuple(
                x.AgendaItem(item=new(), number=str(n + 1), order=n, publicity=v.Publicity.PUBLIC)
                for n in range(rng.randint(3, 14))
            )
            part += [
                (
                    meeting,
                    e.MeetingConvened(body=body, organs=(organ,), number="9", starts_at=f"{day}T16:00:00+01:00"),
                ),
                (meeting, e.AgendaSet(version=1, stage=v.AgendaStage.INVITATION, part=v.Part.PUBLIC, items=items)),
                (
                    meeting,
                    e.BallotHeld(
                        ballot=ballot,
                        item=item,
                        method=v.BallotMethod.SHOW_OF_HANDS,
                        target=x.BallotTarget(proposal=proposal, version=1),
                        tally=x.Tally(yes=rng.randint(20, 60), no=rng.randint(0, 20), abstain=rng.randint(0, 5)),
                        declared=v.Declared.PASSED,
                    ),
                ),
                (
                    meeting,
                    e.OutcomeDeclared(item=item, proposal=proposal, outcome=v.Outcome.ADOPTED, ballots=(ballot,)),
                ),
            ]
        for stream, event in part:
            if given == count:
                return
            yield state(stream, event)
            given += 1


def rare_word(number: int) -> str:
    """Give the word in the subject of the proposals that are opened with some fifty events around that one."""
    return f"Ortslage{number // 50:07}"


def _text(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words))


def batch(some: list[Statement], *, name: str) -> Batch:
    """Give a batch of statements, recorded by a clerk."""
    commands = tuple(Command(statement=s, role=v.Role.CLERK, place=name) for s in some)
    return Batch(id=name, digest=hashlib.sha256(name.encode()).digest(), commands=commands, name=name)


def alone(statement: Statement) -> Batch:
    """Give a batch of one statement that comes from no file."""
    return Batch(
        id=None, digest=None, commands=(Command(statement=statement, role=v.Role.CLERK, place="one"),), name="one"
    )
