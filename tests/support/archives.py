"""Archives for tests: a small register with a bit of everything, made once and copied."""

from __future__ import annotations

import hashlib
import random
import shutil
from pathlib import Path
from typing import Final

from msgspec import UNSET, Raw, Struct

from archive.archive import Archive, Means
from archive.batch import Batch, Command, NewDocument
from archive.genesis import Opening, create, enrolment_of, new_signer, stated_now
from archive.keys import ROOT, KeyFolder, Signer
from archive.log.policy import Policy, parse_policy
from domain import events as e
from domain import values as x
from domain import vocabulary as v
from domain.stream import Statement

OPENED_AT: Final = 1_795_430_000


class Clock:
    """A clock that stands still until it is set or moved."""

    def __init__(self, now: float = OPENED_AT) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float = 1) -> None:
        """Move on."""
        self.now += seconds


class Made(Struct, frozen=True):
    """An archive folder with its keys.

    Attributes:
        folder: The archive.
        keys: The key folder.
        means: Its clock and random source.
        person: The first signer's person key.
    """

    folder: Path
    keys: Path
    means: Means
    person: str

    def open(self) -> Archive:
        """Open the archive."""
        return Archive.open(self.folder, means=self.means)

    def key_folder(self) -> KeyFolder:
        """Give the key folder."""
        return KeyFolder(self.keys, passphrase=None, random=self.means.random)

    def signer(self, person: str | None = None) -> Signer:
        """Give a person's signer; the first one's where none is named."""
        name = person or self.person
        return self.key_folder().read_signer(name, person=name, algorithm=v.SignatureAlgorithm.ES256)

    def root(self, register: str) -> Signer:
        """Give the root signer."""
        return self.key_folder().read_signer(ROOT, person=register, algorithm=v.SignatureAlgorithm.ES256)

    def copy(self, to: Path) -> Made:
        """Copy archive and keys into a folder."""
        shutil.copytree(self.folder, to / "archive")
        shutil.copytree(self.keys, to / "keys")
        return Made(to / "archive", to / "keys", self.means, self.person)


def pin_of(anchor_hex: str) -> Policy:
    """Give a pin with an anchor and nothing else."""
    return parse_policy(f"# anchor {anchor_hex}\nquorum none\n".encode())


def new_archive(
    folder: Path, *, clock: Clock | None = None, seed: int = 1, example: bool = False, passphrase: bytes | None = None
) -> Made:
    """Open a register with nothing but its four first events."""
    means = Means(clock=clock or Clock(), random=random.Random(seed).randbytes)
    keys = KeyFolder(folder / "keys", passphrase=passphrase, random=means.random)
    opening = Opening(
        name="Musterkreis",
        kind=v.BodyKind.LANDKREIS,
        rule_set=e.RuleSetAdopted(name="Regelwerk des Musterkreises", rules=()),
        archive_of_record="Kreisarchiv",
        example=example,
    )
    with create(folder / "archive", opening, means=means, keys=lambda _: keys) as archive:
        person = next(s.person for s in archive.trust.signers())
    return Made(folder / "archive", folder / "keys", means, person)


def statement(
    stream: str,
    event: e.Event,
    *,
    at: str = "2021-12-08",
    visibility: v.Visibility = v.Visibility.PUBLIC,
    sources: tuple[x.Source, ...] | None = None,
) -> Statement:
    """Give a statement with a stated day."""
    return Statement(
        stream=stream,
        event=event,
        occurred=x.When(at=at, certainty=v.Certainty.STATED),
        visibility=visibility,
        sources=UNSET if sources is None else sources,
    )


def batch(*statements: Statement, name: str | None = None, role: v.Role = v.Role.CLERK, **more: object) -> Batch:
    """Give a batch of statements; its name is its id."""
    documents = more.get("documents", ())
    commands = tuple(Command(statement=s, role=role, place=f"command {n}") for n, s in enumerate(statements, start=1))
    return Batch(
        id=name,
        digest=hashlib.sha256(repr(statements).encode()).digest(),
        commands=commands,
        name=name or "batch",
        documents=documents if isinstance(documents, tuple) else (),
    )


def document(path: Path, content: bytes) -> NewDocument:
    """Write a document, to be recorded."""
    path.write_bytes(content)
    return NewDocument(
        digest_hex=hashlib.sha512(content).hexdigest(), size=len(content), media_type="text/plain", path=path
    )


def held(new: NewDocument) -> x.Document:
    """Give the value by which an event names a document that is held."""
    return x.Document(digest=new.digest_hex, held=True, media_type=new.media_type, size=new.size)


class Busy(Struct, frozen=True):
    """A register with a bit of everything, and where things are in it."""

    made: Made
    anchor: str
    register: str
    body: str
    proposal: str
    meeting: str
    clerk: str
    revoked: str
    small: str
    large: str


def busy_archive(folder: Path) -> Busy:
    """Make a register with two more signers (one revoked), versions, a ballot, a correction, documents, an erasure."""
    from archive.erasure import erase, parse_target  # noqa: PLC0415  # only here

    clock = Clock()
    made = new_archive(folder, clock=clock)
    first = made.signer()
    with made.open() as archive:
        register, anchor = archive.register.id, archive.register.anchor_hex
        stream = f"register:{register}"
        root, body = made.root(register), archive.streams("body")[0]
        persons = []
        for roles in ((v.Role.CLERK,), (v.Role.CLERK, v.Role.ARCHIVIST)):
            signer = new_signer(
                person=made.means.uuid4(), algorithm=v.SignatureAlgorithm.ES256, means=made.means, issuer=root
            )
            made.key_folder().write_signer(signer)
            persons.append(signer.person)
            enrolled = stated_now(stream, enrolment_of(signer, roles=roles), seconds=clock())
            archive.append([(enrolled, v.Role.ROOT, root)])
        clerk, revoked = persons
        clock.tick(60)
        proposal, meeting = f"proposal:{made.means.uuid7()}", f"meeting:{made.means.uuid7()}"
        organ = f"organ:{made.means.uuid7()}"
        small = document(folder / "small.txt", "Vorlage – Fassung 1\n".encode())
        large = document(folder / "large.txt", b"Anlage\n" * 20_000)
        archive.record(
            batch(
                statement(organ, e.OrganRegistered(body=body, name="Kreistag", kind=v.OrganKind.COUNCIL)),
                statement(
                    proposal,
                    e.ProposalRegistered(
                        body=body,
                        kind=v.ProposalKind.RESOLUTION_PROPOSAL,
                        reference="0012",
                        version=1,
                        subject="Nahverkehrsplan – „Takt 2030“",
                        operative_text="Der Kreistag beschließt den Nahverkehrsplan.",
                        reasons="Die Begründung nennt Frau Beispiel.",
                        document=held(small),
                    ),
                    sources=(x.Source(grade=v.Grade.COPY, quote="Nahverkehrsplan"),),
                ),
                statement(
                    proposal,
                    e.DocumentAttached(label="Anlage 1", held=True, document=held(large), part_of_decision=True),
                ),
                name="vorlage",
                documents=(small, large),
            ),
            signer=made.signer(clerk),
        )
        clock.tick(60)
        archive.record(
            batch(
                statement(
                    proposal,
                    e.ProposalRevised(version=2, mode=v.RevisionMode.FULL, operative_text="Der Kreistag beschließt."),
                ),
                statement(
                    meeting,
                    e.MeetingConvened(body=body, organs=(organ,), number="9", starts_at="2021-12-08T16:00:00+01:00"),
                ),
                statement(
                    meeting,
                    e.BallotHeld(
                        ballot=made.means.uuid7(),
                        method=v.BallotMethod.SHOW_OF_HANDS,
                        tally=x.Tally(yes=24, no=23),
                        declared=v.Declared.FAILED,
                    ),
                ),
                statement(
                    meeting,
                    e.MinutesFiled(
                        version=1,
                        kind=v.MinutesKind.RESULTS,
                        part=v.Part.NON_PUBLIC,
                        held=False,
                        document=x.Document(held=False, title="Niederschrift"),
                    ),
                    visibility=v.Visibility.NON_PUBLIC,
                ),
                name="sitzung",
            ),
            signer=made.signer(revoked),
        )
        clock.tick(60)
        key = next(s for s in archive.trust.signers() if s.person == revoked)
        gone = e.SignerRevoked(
            person=revoked, certificate_digest=key.certificate_digest, reason=v.RevocationReason.LEFT
        )
        archive.append([(stated_now(stream, gone, seconds=clock()), v.Role.ROOT, root)])
        archive.record(
            batch(
                statement(
                    proposal,
                    e.RecordCorrected(
                        target=1,
                        path="/data/reference",
                        old=_raw('"0012"'),
                        new=_raw('"0012a"'),
                        kind=v.CorrectionKind.CLERICAL,
                        reason="Schreibfehler",
                    ),
                ),
                name="berichtigung",
            ),
            signer=first,
        )
        clock.tick(60)
        erase(
            archive,
            parse_target(f"{proposal}#1/data.reasons", archive),
            ground="Art. 17 DSGVO",
            signer=first,
        )
    return Busy(made, anchor, register, body, proposal, meeting, clerk, revoked, small.digest_hex, large.digest_hex)


def _raw(text: str) -> Raw:
    return Raw(text.encode())
