from __future__ import annotations

import base64
import hashlib
import json
import re
import typing

import msgspec
import pytest
from msgspec import UNSET, Raw, UnsetType
from support.examples import CLERK, TEXTS, example_statement, role_of, stream_of, visibilities
from support.signers import OPENED_AT, REGISTER, FixedSigner, fixed_signer, name_uuid
from support.vectors import SIGNERS, check, good

from archive.disclosure import (
    ROW_SIZE_MAX,
    DisclosureError,
    base64url_decode,
    base64url_encode,
    canonical,
    join,
    make,
    read,
    split,
)
from archive.errors import InputError
from archive.token import (
    TOKEN_SIZE_MAX,
    Entry,
    Sealed,
    TokenError,
    check_signature,
    entry_of,
    match,
    open_event,
    parse,
    require_key,
    seal,
    sign_bytes,
)
from domain import events as e
from domain.events import CATALOGUE
from domain.stream import Sources, Statement
from domain.values import WITHHELD, BallotTarget, Recorder, Tally, When, Withheld
from domain.vocabulary import BallotMethod, Certainty, CorrectionKind, Part, SignatureAlgorithm, Visibility

ES256 = SIGNERS["es256"]
MEETING = stream_of("meeting")
WHEN = When(at="2021-12-08", certainty=Certainty.STATED)
BALLOT = e.BallotHeld(
    ballot=name_uuid("ballot"),
    method=BallotMethod.SHOW_OF_HANDS,
    tally=Tally(yes=23, no=None),
    tally_literal="23 Ja",
)


def statement(
    event: e.Event = BALLOT, *, occurred: When | Withheld = WHEN, sources: Sources | UnsetType = UNSET
) -> Statement:
    return Statement(stream=MEETING, event=event, visibility=Visibility.PUBLIC, occurred=occurred, sources=sources)


def sealed(what: Statement, *, seq: int = 1, prev: Entry | None = None, signer: FixedSigner = ES256) -> Sealed:
    return seal(
        what,
        register=REGISTER,
        txn=name_uuid("txn"),
        seq=seq,
        prev=prev,
        by=Recorder(person=signer.person, role=role_of(what.event.TYPE)),
        header=signer.signer.header(OPENED_AT),
        sign=signer.sign,
        random=hashlib.shake_128(b"salts").digest,
    )


def signed(payload: bytes, header: dict[str, object] | None = None) -> bytes:
    members = {"alg": "ES256", "cty": "vnd.ratsbuch.event.v1+json", "iat": OPENED_AT}
    head = canonical({**members, "x5t#S256": ES256.certificate_digest} if header is None else header)
    text = base64url_encode(head) + b"." + base64url_encode(payload)
    return text + b"." + base64url_encode(ES256.sign(text))


# -- what a token says ----------------------------------------------------------------------------


def test_public_event_shows_plain_fields_and_hides_text_persons_and_sources() -> None:
    payload = json.loads(base64url_decode(good("example")[0].split(b".")[1], what="payload"))

    assert payload["data"].keys() == {"_sd", "ballot", "declared", "item", "method", "tally"}
    assert payload["hides"] == ["data.tally_literal", "data.votes", "sources"]
    assert payload["occurred"] == {"at": "2021-12-08T17:05:00+01:00", "certainty": "stated"}
    assert (len(payload["data"]["_sd"]), len(payload["_sd"]), payload["_sd_alg"]) == (2, 1, "sha-256")


@pytest.mark.parametrize("visibility", [Visibility.NON_PUBLIC, Visibility.BLOCKED])
def test_event_that_is_not_public_shows_nothing_of_its_content(visibility: Visibility) -> None:
    always = {"_sd", "_sd_alg", "by", "data", "hides", "iss", "prev", "seq", "sub", "txn", "type", "visibility"}
    for type_name in CATALOGUE:
        if visibility in visibilities(type_name):
            token = sealed(example_statement(type_name, visibility), seq=2, prev=entry_of(b"x")).token
            payload = json.loads(base64url_decode(token.split(b".")[1], what="payload"))
            assert payload.keys() == always
            assert payload["data"].keys() == {"_sd"}


def test_text_and_persons_are_never_in_the_clear() -> None:
    for type_name, row in CATALOGUE.items():
        token = parse(sealed(example_statement(type_name)).token)
        clear = {name for name in row.fields if hasattr(token.payload.data, name)}
        assert {row.fields[name] for name in clear} <= {"plain"}, type_name


def test_members_that_have_nothing_to_say_are_absent() -> None:
    closed = e.MeetingClosed(part=Part.WHOLE)

    token = sealed(statement(closed))

    payload = json.loads(base64url_decode(token.token.split(b".")[1], what="payload"))
    assert payload.keys() == {"by", "data", "iss", "occurred", "seq", "sub", "txn", "type", "visibility"}
    assert payload["data"] == {"part": "whole"}
    assert join(token.disclosures) == b"~"


def test_not_mentioned_blank_and_stated_stay_apart() -> None:
    tally = Tally(yes=0, no=None)

    token = sealed(statement(msgspec.structs.replace(BALLOT, tally=tally, tally_literal=UNSET)))

    assert b'"tally":{"no":null,"yes":0}' in base64url_decode(token.token.split(b".")[1], what="payload")
    event = open_event(parse(token.token), (), position=1).event
    assert isinstance(event, e.BallotHeld)
    assert isinstance(event.tally, Tally)
    assert (event.tally.yes, event.tally.no, event.tally.abstain) == (0, None, UNSET)
    assert event.tally_literal is UNSET


def test_first_token_has_no_prev_and_later_ones_name_the_entry_before() -> None:
    first = sealed(statement())
    second = sealed(statement(), seq=2, prev=first.entry)

    assert parse(first.token).payload.prev is UNSET
    assert parse(second.token).payload.prev == base64url_encode(hashlib.sha512(first.token).digest()).decode()


def test_salts_are_asked_for_once_and_each_is_used_once() -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return bytes(range(count))

    token = seal(
        statement(sources=()),
        register=REGISTER,
        txn=name_uuid("txn"),
        seq=1,
        prev=None,
        by=Recorder(person=ES256.person, role=role_of(BALLOT.TYPE)),
        header=ES256.signer.header(OPENED_AT),
        sign=ES256.sign,
        random=random,
    )

    salts = [json.loads(base64url_decode(d.encoded, what="disclosure"))[0] for d in token.disclosures]
    assert asked == [32]
    assert salts == [base64url_encode(bytes(range(16))).decode(), base64url_encode(bytes(range(16, 32))).decode()]


def test_hidden_field_without_its_disclosure_is_withheld_and_no_default() -> None:
    raw, row = good("example")
    full = check(raw, row, ES256)

    record = open_event(parse(raw), (), position=7)

    assert isinstance(record.event, e.BallotHeld)
    assert record.event.votes is WITHHELD
    assert record.event.tally_literal is WITHHELD
    assert record.sources is WITHHELD
    assert record.event.question is UNSET
    assert isinstance(full.event, e.BallotHeld)
    assert record.event.tally == full.event.tally
    assert (record.position, record.seq, record.recorded_at, record.by) == (7, 2, OPENED_AT, full.by)


def test_each_disclosure_alone_gives_its_field_and_leaves_the_others_withheld() -> None:
    for type_name in CATALOGUE:
        for visibility in visibilities(type_name):
            what = example_statement(type_name, visibility)
            token = sealed(what)
            parsed = parse(token.token)
            for path, disclosure in match(parsed, token.disclosures).items():
                record = open_event(parsed, (disclosure,), position=1)
                hidden = set(typing.cast("tuple[str, ...]", parsed.payload.hides))
                for name in hidden:
                    inner = name.startswith("data.")
                    found = getattr(record.event if inner else record, name.removeprefix("data."))
                    wanted = getattr(what.event if inner else what, name.removeprefix("data."))
                    assert found == (wanted if name == path else WITHHELD)


def test_any_text_that_is_accepted_survives_byte_for_byte() -> None:
    for text in TEXTS:
        token = sealed(statement(msgspec.structs.replace(BALLOT, tally_literal=text, target=BallotTarget(point=text))))
        event = check(token.token, join(token.disclosures), ES256).event
        assert isinstance(event, e.BallotHeld)
        assert (event.tally_literal, event.target) == (text, BallotTarget(point=text))


def test_nested_records_declare_their_fields_in_canonical_order() -> None:
    for type_name in CATALOGUE:
        for visibility in visibilities(type_name):
            token = sealed(example_statement(type_name, visibility))
            body = base64url_decode(token.token.split(b".")[1], what="payload")
            assert body == canonical(json.loads(body))
            for disclosure in token.disclosures:
                assert disclosure.value == canonical(json.loads(disclosure.value))


def test_every_integer_of_the_catalogue_is_one_that_a_double_holds() -> None:
    def integers(kind: msgspec.inspect.Type) -> typing.Iterator[msgspec.inspect.IntType]:
        if isinstance(kind, msgspec.inspect.IntType):
            yield kind
        for name in ("type", "item_type", "types", "fields"):
            inner = getattr(kind, name, ())
            for part in inner if isinstance(inner, tuple) else (inner,):
                yield from integers(part)

    for row in CATALOGUE.values():
        hints = typing.get_type_hints(row.cls, include_extras=True)
        for name in row.fields:
            for kind in integers(msgspec.inspect.type_info(hints[name])):
                assert kind.ge is not None, f"{row.name}.{name}"
                assert kind.le is not None, f"{row.name}.{name}"
                assert -(2**53) < kind.ge <= kind.le < 2**53


# -- what is not sealed ---------------------------------------------------------------------------


def test_withheld_field_is_not_sealed() -> None:
    message = "ballot-held/1: data.tally_literal is withheld here, so it cannot be recorded"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        sealed(statement(msgspec.structs.replace(BALLOT, tally_literal=WITHHELD)))
    message = "ballot-held/1: occurred is withheld here, so it cannot be recorded"
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        sealed(statement(occurred=WITHHELD))


@pytest.mark.parametrize("visibility", [Visibility.NON_PUBLIC, Visibility.BLOCKED])
def test_event_of_the_root_key_is_not_sealed_unless_it_is_public(visibility: Visibility) -> None:
    roots = [name for name in CATALOGUE if visibilities(name) == (Visibility.PUBLIC,)]

    assert len(roots) == 6
    for type_name in roots:
        message = f"TOKEN_MEMBERS: {type_name}: found visibility {visibility}, expected public"
        with pytest.raises(TokenError, match=f"^{re.escape(message)}$"):
            sealed(example_statement(type_name, visibility), signer=SIGNERS["root"])


def test_token_over_one_mebibyte_is_not_sealed() -> None:
    event = msgspec.structs.replace(BALLOT, target=BallotTarget(point="x" * TOKEN_SIZE_MAX))

    with pytest.raises(
        TokenError, match=r"^TOKEN_SIZE: ballot-held/1 in meeting:[0-9a-f-]{36}: 139\d{4} bytes, at most"
    ):
        sealed(statement(event))


def test_row_of_disclosures_that_could_not_be_read_again_is_not_sealed() -> None:
    event = msgspec.structs.replace(BALLOT, tally_literal="x" * ROW_SIZE_MAX)

    with pytest.raises(
        DisclosureError, match=r"^DISCLOSURE_ROW: ballot-held/1 in meeting:[0-9a-f-]{36}: 5592\d{3} bytes"
    ):
        sealed(statement(event))


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (b'{"b":1,"a":2}', "not in canonical form (RFC 8785)"),
        (b"1.5", "a number with a fraction or exponent; decimals are text"),
        (b"9007199254740992", "the integer 9007199254740992 is outside -(2^53-1) to 2^53-1"),
        (b'{"_sd":[]}', "the name '_sd' is reserved (RFC 9901)"),
        (b'"\\u0001"', "a character that no export could carry at byte 2"),
        (b"[" * 32 + b"]" * 32, "nested deeper than 32 levels"),
    ],
)
def test_old_or_new_that_could_not_be_read_again_is_not_sealed(value: bytes, fault: str) -> None:
    correction = e.RecordCorrected(target=1, path="/data/lot", new=Raw(value), kind=CorrectionKind.CLERICAL, reason="-")

    with pytest.raises(InputError, match=f"^{re.escape(f'old or new value of a correction: {fault}')}$"):
        sealed(statement(correction))


def test_old_and_new_are_kept_as_they_are_spelled_down_to_the_depth_that_is_read_again() -> None:
    value = Raw(b"[" * 31 + b"]" * 31)
    correction = e.RecordCorrected(target=1, path="/data/lot", old=value, kind=CorrectionKind.CLERICAL, reason="-")

    token = sealed(statement(correction))

    event = check(token.token, join(token.disclosures), ES256).event
    assert isinstance(event, e.RecordCorrected)
    assert isinstance(event.old, Raw)
    assert bytes(event.old) == bytes(value)
    assert event.new is UNSET


# -- what is not read -----------------------------------------------------------------------------


def test_no_byte_of_a_token_can_be_changed_unseen() -> None:
    raw = good("example")[0]
    refused: set[str] = set()
    for index in range(len(raw)):
        for bit in (1, 2, 32):
            changed = raw[:index] + bytes([raw[index] ^ bit]) + raw[index + 1 :]
            assert entry_of(changed) != entry_of(raw)
            with pytest.raises(TokenError) as caught:
                check_signature(parse(changed), ES256.algorithm, ES256.public_key)
            refused.add(caught.value.rule)
    # Of all rules these are the ones that a changed byte runs into, and the signature is the last of them.
    assert {"TOKEN_BASE64URL", "TOKEN_HEADER", "TOKEN_PAYLOAD", "TOKEN_PARTS", "TOKEN_SIGNATURE_INVALID"} <= refused


def test_no_byte_of_a_row_of_disclosures_can_be_changed_unseen() -> None:
    raw, row = good("example")
    for index in range(len(row)):
        changed = row[:index] + bytes([row[index] ^ 1]) + row[index + 1 :]
        with pytest.raises(DisclosureError):
            check(raw, changed, ES256)


def test_token_that_was_cut_anywhere_is_refused() -> None:
    raw = good("example")[0]
    for size in range(len(raw)):
        with pytest.raises(TokenError):
            check_signature(parse(raw[:size]), ES256.algorithm, ES256.public_key)


def test_largest_token_is_read_and_one_byte_more_is_not() -> None:
    def of(size: int) -> bytes:
        return sealed(statement(msgspec.structs.replace(BALLOT, target=BallotTarget(point="x" * size)))).token

    size = 3 * (TOKEN_SIZE_MAX - len(of(3000))) // 4 + 3000 - 4
    raw = of(size)
    assert 0 <= TOKEN_SIZE_MAX - len(raw) < 8
    check_signature(parse(raw), ES256.algorithm, ES256.public_key)

    message = f"TOKEN_SIZE: {TOKEN_SIZE_MAX + 1} bytes, at most {TOKEN_SIZE_MAX} are allowed"
    with pytest.raises(TokenError, match=f"^{re.escape(message)}$"):
        parse(raw + b"A" * (TOKEN_SIZE_MAX + 1 - len(raw)))


def test_reader_who_knows_the_type_refuses_another_one() -> None:
    raw = good("example")[0]

    assert parse(raw, type_name="ballot-held/1").payload.type == "ballot-held/1"
    with pytest.raises(TokenError, match=r"^TOKEN_PAYLOAD: meeting-closed/1: "):
        parse(raw, type_name="meeting-closed/1")
    with pytest.raises(TokenError, match=r"^TOKEN_TYPE_UNKNOWN: type 'ballot-held/9' is not in the catalogue$"):
        parse(raw, type_name="ballot-held/9")


def test_disclosure_of_another_event_is_refused() -> None:
    raw, _ = good("example")
    other = make("votes", b"[]", salt=bytes(16))

    message = (
        f"DISCLOSURE_FOREIGN: {MEETING}#2: disclosure of 'votes': its digest {other.digest} does not stand in the token"
    )
    with pytest.raises(DisclosureError, match=f"^{re.escape(message)}$"):
        open_event(parse(raw), (other,), position=1)


def test_order_of_disclosures_says_nothing() -> None:
    raw, row = good("example")
    disclosures = [read(text) for text in split(row)]

    assert open_event(parse(raw), disclosures, position=1) == open_event(parse(raw), disclosures[::-1], position=1)


# -- JAdES B-B ------------------------------------------------------------------------------------

X5T = ES256.certificate_digest
CTY = "vnd.ratsbuch.event.v1+json"
DER = base64.b64encode(ES256.signer.certificate).decode()


@pytest.mark.parametrize(
    ("clause", "header", "accepted"),
    [
        ("ours", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "x5t#S256": X5T}, True),
        ("alg is mandatory", {"cty": CTY, "iat": OPENED_AT, "x5t#S256": X5T}, False),
        ("iat is mandatory since 2025-07-15", {"alg": "ES256", "cty": CTY, "x5t#S256": X5T}, False),
        (
            "sigT must not be used any more",
            {"alg": "ES256", "cty": CTY, "sigT": "2026-11-23T00:00:00Z", "x5t#S256": X5T},
            False,
        ),
        (
            "never iat and sigT",
            {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "sigT": "2026-11-23T00:00:00Z", "x5t#S256": X5T},
            False,
        ),
        ("a digest of the certificate is mandatory", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT}, False),
        ("x5c is no substitute for it", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "x5c": [DER]}, False),
        ("SHA-1 is forbidden", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "x5t": "A" * 27}, False),
        (
            "one digest, not two",
            {
                "alg": "ES256",
                "cty": CTY,
                "iat": OPENED_AT,
                "x5t#S256": X5T,
                "x5t#o": {"digAlg": "S512", "digVal": "A" * 86},
            },
            False,
        ),
        # Allowed by JAdES, and refused here because one spelling is enough.
        ("cty is recommended", {"alg": "ES256", "iat": OPENED_AT, "x5t#S256": X5T}, False),
        ("kid is optional", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "kid": "1", "x5t#S256": X5T}, False),
        ("typ is optional", {"alg": "ES256", "cty": CTY, "iat": OPENED_AT, "typ": "JOSE", "x5t#S256": X5T}, False),
        (
            "crit is needed for sigD and b64 only",
            {"alg": "ES256", "crit": ["b64"], "cty": CTY, "iat": OPENED_AT, "x5t#S256": X5T},
            False,
        ),
    ],
)
def test_header_follows_the_rules_of_jades_b_b(clause: str, header: dict[str, object], accepted: bool) -> None:  # noqa: FBT001  # a column of the table
    raw = signed(base64url_decode(good("example")[0].split(b".")[1], what="payload"), header)

    if accepted:
        assert raw == good("example")[0]
        parse(raw)
        return
    with pytest.raises(TokenError) as caught:
        parse(raw)
    assert caught.value.rule == "TOKEN_HEADER", clause


# -- signatures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["es256", "es384", "ps256"])
def test_signatures_of_the_product_verify_and_have_the_smaller_s(name: str) -> None:
    signer = SIGNERS[name]
    text = good(f"alg_{name}")[0].rpartition(b".")[0]
    for _ in range(4):
        raw = sign_bytes(signer.algorithm, signer.signer.key, text)
        check_signature(parse(text + b"." + base64url_encode(raw)), signer.algorithm, signer.public_key)
        assert len(raw) == {"es256": 64, "es384": 96, "ps256": 384}[name]
        if name != "ps256":
            half = len(raw) // 2
            assert raw[half:] <= b"\x7f" + b"\xff" * (half - 1)


def test_signing_is_randomised_so_a_signature_is_no_identity() -> None:
    key = ES256.signer.key

    assert sign_bytes(SignatureAlgorithm.ES256, key, b"x") != sign_bytes(SignatureAlgorithm.ES256, key, b"x")


@pytest.mark.parametrize("algorithm", SignatureAlgorithm)
@pytest.mark.parametrize("name", ["es256", "es384", "ps256"])
def test_key_of_another_kind_is_refused(name: str, algorithm: SignatureAlgorithm) -> None:
    signer = SIGNERS[name]
    if signer.algorithm is algorithm:
        assert require_key(algorithm, signer.public_key) is signer.public_key
        return
    with pytest.raises(InputError, match=f"^{algorithm}: the public key is not one for this algorithm$"):
        require_key(algorithm, signer.public_key)


def test_signature_by_another_person_of_the_register_is_refused() -> None:
    with pytest.raises(
        TokenError, match=r"^TOKEN_SIGNATURE_INVALID: the signature does not verify over the stored bytes$"
    ):
        check_signature(parse(good("example")[0]), ES256.algorithm, fixed_signer("other").public_key)


def test_clerk_of_the_examples_is_the_signer_of_the_vectors() -> None:
    assert fixed_signer(CLERK).certificate_digest == parse(good("example")[0]).header.certificate_digest
