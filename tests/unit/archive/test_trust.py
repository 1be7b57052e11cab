from __future__ import annotations

import base64
import datetime
import hashlib
import re

import msgspec
import pytest
from support.examples import enrolment, example_event, example_statement, role_of, stream_of
from support.signers import OPENED_AT, REGISTER, FixedSigner, fixed_signer, name_uuid

from archive.errors import InputError
from archive.token import Token, parse, seal
from archive.trust import TRUST_TYPES, Doubt, Trust
from domain import events as e
from domain.events import CATALOGUE, Event
from domain.stream import RecordedEvent, Statement
from domain.values import Recorder, When
from domain.vocabulary import Certainty, RevocationReason, Role, SignatureAlgorithm, Visibility

ROOT = fixed_signer("root")
SUCCESSOR = fixed_signer("root-2")
CLERK = fixed_signer("clerk")
WHEN = When(at="2026-11-23", certainty=Certainty.STATED)
FACTS = example_statement("proposal-registered/1")


def record(event: Event, position: int) -> RecordedEvent:
    return RecordedEvent(
        stream=stream_of("register"),
        event=event,
        visibility=Visibility.PUBLIC,
        occurred=WHEN,
        seq=position,
        position=position,
        txn=name_uuid("txn"),
        recorded_at=OPENED_AT + position,
        by=Recorder(person=REGISTER, role=Role.ROOT),
    )


def trust(*events: tuple[int, Event]) -> Trust:
    """Give the trust of a register that was opened at 1 and whose further events stand where they say."""
    built = Trust()
    built.apply(record(example_event("register-opened/1"), 1))
    for position, event in events:
        built.apply(record(event, position))
    return built


def token(
    signer: FixedSigner = CLERK,
    *,
    role: Role = Role.CLERK,
    what: Statement = FACTS,
    person: str | None = None,
    iat: int = OPENED_AT,
) -> Token:
    sealed = seal(
        what,
        register=REGISTER,
        txn=name_uuid("txn"),
        seq=1,
        prev=None,
        by=Recorder(person=person or signer.person, role=role),
        header=signer.signer.header(iat),
        sign=signer.sign,
        random=hashlib.shake_128(b"salts").digest,
    )
    return parse(sealed.token)


def root_token(signer: FixedSigner = ROOT, type_name: str = "signer-enrolled/1", **more: str) -> Token:
    return token(signer, role=Role.ROOT, what=example_statement(type_name), **more)  # type: ignore[arg-type]  # person


def revoked(signer: FixedSigner = CLERK, *, since: str | None = None) -> e.SignerRevoked:
    return e.SignerRevoked(
        person=signer.person,
        certificate_digest=signer.certificate_digest,
        reason=RevocationReason.LEFT if since is None else RevocationReason.KEY_COMPROMISED,
        **({} if since is None else {"compromised_since": since}),
    )


def changed(signer: FixedSigner = SUCCESSOR) -> e.RootChanged:
    return e.RootChanged(
        root_algorithm=signer.algorithm,
        root_certificate=base64.b64encode(signer.signer.certificate).decode(),
        reason=RevocationReason.KEY_REPLACED,
    )


# -- signers --------------------------------------------------------------------------------------


def test_signer_counts_from_the_position_after_the_enrolment() -> None:
    known = trust((5, enrolment(CLERK)))

    assert known.judge(token(), 6) is None
    assert known.judge(token(), 5) == Doubt(
        code="SIGNER_NOT_YET_ENROLLED",
        certain=True,
        found="enrolment at position 5",
        expected="an enrolment below position 5",
    )


def test_signer_whom_nobody_enrolled_does_not_count() -> None:
    stranger = fixed_signer("stranger")

    assert trust((2, enrolment(CLERK))).judge(token(stranger), 3) == Doubt(
        code="SIGNER_UNKNOWN",
        certain=True,
        found=f"certificate {stranger.certificate_digest}",
        expected="a certificate that the register enrolled",
    )


def test_signer_counts_up_to_the_revocation_and_not_above() -> None:
    known = trust((2, enrolment(CLERK)), (7, revoked()))

    assert known.judge(token(), 6) is None
    # The revocation itself stands at 7, so 7 is nobody else's; 8 is the first position that is above it.
    assert known.judge(token(), 8) == Doubt(
        code="SIGNER_REVOKED",
        certain=True,
        found="revocation at position 7",
        expected="no revocation below position 8",
    )


def test_revoked_certificate_never_counts_again_whoever_enrols_it_once_more() -> None:
    known = trust((2, enrolment(CLERK)), (7, revoked()), (9, enrolment(CLERK)))

    assert known.judge(token(), 6) is None
    doubt = known.judge(token(), 10)
    assert doubt is not None
    assert (doubt.code, doubt.found) == ("SIGNER_REVOKED", "revocation at position 7")
    assert known.enrolled(CLERK.certificate_digest) == ()


def test_person_with_a_new_certificate_counts_again() -> None:
    renewed = fixed_signer("clerk-renewed")
    event = msgspec.structs.replace(enrolment(renewed), person=CLERK.person)
    known = trust((2, enrolment(CLERK)), (7, revoked()), (9, event))

    assert known.judge(token(renewed, person=CLERK.person), 10) is None


def test_revoking_one_certificate_leaves_the_others() -> None:
    other = fixed_signer("other")
    known = trust((2, enrolment(CLERK)), (3, enrolment(other)), (4, revoked(other)))

    assert known.judge(token(), 5) is None
    assert known.judge(token(other), 5) is not None


def test_clock_decides_nothing_about_enrolment() -> None:
    known = trust((2, enrolment(CLERK)))

    assert known.judge(token(iat=0), 3) is None
    assert known.judge(token(iat=2**40), 3) is None


def test_person_named_has_to_be_the_holder_of_the_certificate() -> None:
    other = name_uuid("other")

    assert trust((2, enrolment(CLERK))).judge(token(person=other), 3) == Doubt(
        code="SIGNER_NOT_HOLDER",
        certain=True,
        found=f"recorded by {other}",
        expected=f"the holder of the certificate, {CLERK.person}",
    )


def test_role_has_to_be_an_enrolled_one() -> None:
    known = trust((2, enrolment(CLERK, roles=(Role.IMPORTER, Role.ARCHIVIST))))

    assert known.judge(token(role=Role.IMPORTER), 3) is None
    assert known.judge(token(role=Role.CLERK), 3) == Doubt(
        code="SIGNER_WITHOUT_ROLE",
        certain=True,
        found="role clerk",
        expected="one of archivist, importer",
    )


def test_roles_of_several_enrolments_of_one_key_add_up() -> None:
    known = trust((2, enrolment(CLERK, roles=(Role.IMPORTER,))), (5, enrolment(CLERK, roles=(Role.CLERK,))))

    assert known.judge(token(role=Role.CLERK), 5) is not None
    assert known.judge(token(role=Role.CLERK), 6) is None
    assert known.judge(token(role=Role.IMPORTER), 6) is None


@pytest.mark.parametrize("type_name", CATALOGUE)
def test_type_is_recorded_only_in_a_role_that_may(type_name: str) -> None:
    known = trust((2, enrolment(CLERK)))
    row = CATALOGUE[type_name]
    allowed = row.roles[row.streams[0]]
    for role in Role:
        what = example_statement(type_name)
        made = root_token(type_name=type_name) if role is Role.ROOT else token(role=role, what=what)
        doubt = known.judge(made, 3)
        if role in allowed:
            assert doubt is None
        else:
            names = ", ".join(sorted(allowed))
            assert doubt == Doubt(
                code="ROLE_MAY_NOT_RECORD",
                certain=True,
                found=f"{type_name} recorded as {role}",
                expected=f"one of {names}",
            )


def test_role_that_may_record_a_type_depends_on_the_stream() -> None:
    known = trust((2, enrolment(CLERK)))
    correction = example_statement("record-corrected/1")
    for kind, role in (("proposal", Role.CLERK), ("register", Role.REGISTRAR), ("custody", Role.ARCHIVIST)):
        what = msgspec.structs.replace(correction, stream=stream_of(kind))
        assert [r for r in Role if r is not Role.ROOT and known.judge(token(role=r, what=what), 3) is None] == [role]


# -- a key in other hands -------------------------------------------------------------------------


def test_events_after_a_stated_compromise_are_in_doubt_and_earlier_ones_are_not() -> None:
    since = "2026-11-23T13:53:20+01:00"
    known = trust((2, enrolment(CLERK)), (9, revoked(since=since)))
    moment = int(datetime.datetime.fromisoformat(since).timestamp())

    assert known.judge(token(iat=moment - 1), 5) is None
    assert known.judge(token(iat=moment), 5) == Doubt(
        code="SIGNER_LATER_DISTRUSTED",
        certain=False,
        found="recorded after the stated compromise of the key",
        expected="a key that was in no other hands",
    )


def test_compromise_is_no_excuse_for_what_does_not_count_anyway() -> None:
    known = trust((2, enrolment(CLERK, roles=(Role.CLERK,))), (9, revoked(since="2020-01-01T00:00:00Z")))

    assert [d.code for d in (known.judge(token(), 10), known.judge(token(role=Role.LEGAL), 5)) if d] == [
        "SIGNER_REVOKED",
        "SIGNER_WITHOUT_ROLE",
    ]


def test_second_revocation_takes_no_compromise_back() -> None:
    known = trust((2, enrolment(CLERK)), (7, revoked(since="2020-01-01T00:00:00Z")), (8, revoked()))

    doubt = known.judge(token(), 5)

    assert doubt is not None
    assert (doubt.code, doubt.certain) == ("SIGNER_LATER_DISTRUSTED", False)


def test_compromise_learned_of_later_casts_its_doubt_too() -> None:
    known = trust((2, enrolment(CLERK)), (7, revoked()), (8, revoked(since="2020-01-01T00:00:00Z")))

    doubt = known.judge(token(), 5)

    assert doubt is not None
    assert doubt.code == "SIGNER_LATER_DISTRUSTED"
    assert [(s.since, s.until) for s in known.signers()] == [(2, 7)]


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00+14:00", "2020-01-01T00:00:00.123456789Z"])
def test_any_instant_that_the_format_allows_can_be_a_compromise(since: str) -> None:
    known = trust((2, enrolment(CLERK)), (7, revoked(since=since)))

    doubt = known.judge(token(), 5)

    assert doubt is not None
    assert doubt.code == "SIGNER_LATER_DISTRUSTED"


# -- the root key ---------------------------------------------------------------------------------


def test_genesis_is_signed_by_the_root_that_it_names() -> None:
    assert trust().judge(root_token(type_name="register-opened/1"), 1) is None


def test_root_key_counts_up_to_the_change_and_its_successor_above() -> None:
    known = trust((4, changed()))

    assert known.judge(root_token(), 3) is None
    assert known.judge(root_token(type_name="root-changed/1"), 4) is None
    assert known.judge(root_token(SUCCESSOR), 5) is None
    for signer, position in ((ROOT, 5), (SUCCESSOR, 4), (SUCCESSOR, 3)):
        assert known.judge(root_token(signer), position) == Doubt(
            code="SIGNER_NOT_ROOT",
            certain=True,
            found=f"certificate {signer.certificate_digest}",
            expected="the root certificate in force at this position",
        )
    assert known.root.certificate_digest == SUCCESSOR.certificate_digest


def test_enrolled_signer_is_no_root() -> None:
    doubt = trust((2, enrolment(CLERK))).judge(root_token(CLERK, person=REGISTER), 3)

    assert doubt is not None
    assert doubt.code == "SIGNER_NOT_ROOT"


def test_root_key_records_as_the_register_itself() -> None:
    doubt = trust().judge(root_token(person=CLERK.person), 2)

    assert doubt == Doubt(
        code="SIGNER_NOT_HOLDER",
        certain=True,
        found=f"recorded by {CLERK.person}",
        expected=f"the register itself, {REGISTER}",
    )


def test_root_key_records_no_facts() -> None:
    as_root, as_clerk = token(ROOT, role=Role.ROOT), token(ROOT, role=Role.CLERK)

    assert [d.code for d in (trust().judge(as_root, 2), trust().judge(as_clerk, 2)) if d] == [
        "ROLE_MAY_NOT_RECORD",
        "SIGNER_UNKNOWN",
    ]


def test_second_genesis_brings_no_root_along() -> None:
    opened = example_event("register-opened/1")
    assert isinstance(opened, e.RegisterOpened)
    second = msgspec.structs.replace(opened, root_certificate=changed().root_certificate)

    known = trust((2, second))

    assert known.root.certificate_digest == ROOT.certificate_digest
    assert known.judge(root_token(), 3) is None
    doubt = known.judge(root_token(SUCCESSOR), 3)
    assert doubt is not None
    assert doubt.code == "SIGNER_NOT_ROOT"


def test_only_the_root_key_records_what_trust_is_built_from() -> None:
    assert {name for name in CATALOGUE if role_of(name) is Role.ROOT} == TRUST_TYPES


# -- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
def test_algorithm_and_key_are_those_of_the_enrolment(algorithm: SignatureAlgorithm) -> None:
    signer = fixed_signer(f"clerk-{algorithm}", algorithm)

    found = trust((2, enrolment(signer))).key_of(signer.certificate_digest)

    assert found is not None
    assert (found.algorithm, found.key, found.person) == (algorithm, signer.public_key, signer.person)


def test_key_of_a_root_is_found_by_its_certificate() -> None:
    known = trust((4, changed()))

    for signer in (ROOT, SUCCESSOR):
        found = known.key_of(signer.certificate_digest)
        assert found is not None
        assert (found.key, found.person, found.roles) == (signer.public_key, REGISTER, (Role.ROOT,))
    assert known.key_of(CLERK.certificate_digest) is None


def test_enrolment_of_a_key_of_another_kind_is_refused() -> None:
    wrong = enrolment(CLERK)
    assert isinstance(wrong, e.SignerEnrolled)

    message = "ES384: the public key is not one for this algorithm"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        trust((2, msgspec.structs.replace(wrong, algorithm=SignatureAlgorithm.ES384)))


def test_log_keys_are_kept_with_their_positions() -> None:
    first = example_event("register-opened/1")
    assert isinstance(first, e.RegisterOpened)
    second = e.LogKeyChanged(log_ed25519="a", log_mldsa44="b", reason=RevocationReason.KEY_REPLACED)

    known = trust((6, second))

    assert [(keys.ed25519, keys.mldsa44, keys.since) for keys in known.log_keys] == [
        (first.log_ed25519, first.log_mldsa44, 1),
        ("a", "b", 6),
    ]


def test_copy_with_an_event_taken_in_leaves_the_original() -> None:
    known = trust((2, enrolment(CLERK)))

    later = known.after(record(revoked(), 5))
    changed_root = known.after(record(changed(), 5))

    assert known.judge(token(), 6) is None
    assert known.root.certificate_digest == ROOT.certificate_digest
    assert later.judge(token(), 6) is not None
    assert changed_root.root.certificate_digest == SUCCESSOR.certificate_digest


def test_other_events_are_passed_over() -> None:
    known = trust((2, enrolment(CLERK)))

    known.apply(record(FACTS.event, 3))

    assert known.judge(token(), 4) is None
    assert len(known.signers()) == 1
