"""Laws of the token: what is read is what was sealed, and nothing else can be read."""

from __future__ import annotations

import contextlib
import json
import random

import msgspec
import rfc8785
from hypothesis import assume, given
from hypothesis import strategies as st
from support.examples import CLERK
from support.signers import OPENED_AT, REGISTER, fixed_signer, name_uuid
from support.strategies import statements, texts, uuids

from archive.disclosure import DisclosureError, base64url_decode, base64url_encode, canonical, join, make, read, split
from archive.errors import InputError
from archive.token import Entry, Sealed, TokenError, check_signature, match, open_event, parse, seal
from archive.trust import TRUST_TYPES
from domain.events import CATALOGUE, BallotHeld
from domain.stream import Statement
from domain.values import WITHHELD, BallotTarget, Recorder, When, stated
from domain.vocabulary import BallotMethod, Certainty, Role, Visibility

CLERK_SIGNER = fixed_signer(CLERK)
ROW_NAMES = ("authority", "known", "occurred", "sources")
_WHEN = When(certainty=Certainty.UNKNOWN)
_RESERVED = (b'"_sd"', b'"_sd_alg"', b'"..."')


def sealed(what: Statement, *, seq: int = 1, prev: Entry | None = None, iat: int = OPENED_AT) -> Sealed:
    # The rules of the format: keys are public, and names that SD-JWT keeps for itself are no names of a value.
    assume(what.visibility is Visibility.PUBLIC or what.event.TYPE not in TRUST_TYPES)
    assume(not any(name in msgspec.json.encode(what.event) for name in _RESERVED))
    return seal(
        what,
        register=REGISTER,
        txn=name_uuid("txn"),
        seq=seq,
        prev=prev,
        by=Recorder(person=CLERK_SIGNER.person, role=Role.CLERK),
        header=CLERK_SIGNER.signer.header(iat),
        sign=CLERK_SIGNER.sign,
        random=random.Random(0).randbytes,
    )


@given(
    what=statements(),
    place=st.tuples(st.just(1), st.none()) | st.tuples(st.integers(2, 2**31), st.binary(min_size=64, max_size=64)),
    iat=st.integers(0, 2**40),
)
def test_opening_inverts_sealing(what: Statement, place: tuple[int, bytes | None], iat: int) -> None:
    seq, prev = place

    token = sealed(what, seq=seq, prev=None if prev is None else Entry(prev), iat=iat)

    parsed = parse(token.token)
    check_signature(parsed, CLERK_SIGNER.algorithm, CLERK_SIGNER.public_key)
    row = join(token.disclosures)
    record = open_event(parsed, [read(text) for text in split(row)], position=3)
    assert record.event == what.event
    for name in (*ROW_NAMES, "stream", "visibility"):
        assert getattr(record, name) == getattr(what, name)
    assert (record.seq, record.position, record.recorded_at, record.txn) == (seq, 3, iat, name_uuid("txn"))
    assert record.by == Recorder(person=CLERK_SIGNER.person, role=Role.CLERK)
    assert stated(parsed.payload.prev) == (None if prev is None else base64url_encode(prev).decode())


@given(what=statements(), chance=st.randoms(use_true_random=False))
def test_left_out_disclosures_give_withheld_and_change_nothing_else(what: Statement, chance: random.Random) -> None:
    token = sealed(what)
    parsed = parse(token.token)
    held = [disclosure for disclosure in token.disclosures if chance.random() < 0.5]
    given_paths = match(parsed, held).keys()

    record = open_event(parsed, held, position=1)

    hidden = set(stated(parsed.payload.hides) or ())
    paths = {f"data.{name}": name for name in what.event.__struct_fields__} | {name: name for name in ROW_NAMES}
    for path, name in paths.items():
        found = getattr(record.event if path.startswith("data.") else record, name)
        recorded = getattr(what.event if path.startswith("data.") else what, name)
        assert found == (WITHHELD if path in hidden and path not in given_paths else recorded)


@given(what=statements())
def test_clear_is_what_the_catalogue_calls_plain_and_only_in_public(what: Statement) -> None:
    payload = json.loads(base64url_decode(sealed(what).token.split(b".")[1], what="payload"))

    clear = payload["data"].keys() - {"_sd"}
    plain = {name for name, kind in CATALOGUE[what.event.TYPE].fields.items() if kind == "plain"}
    mentioned = {name for name in plain if getattr(what.event, name) is not msgspec.UNSET}
    public = what.visibility is Visibility.PUBLIC
    assert clear == (mentioned if public else set())
    assert payload.keys() & {*ROW_NAMES} <= ({"authority", "known", "occurred"} if public else set())


@given(what=statements())
def test_everything_signed_is_in_the_form_of_rfc_8785(what: Statement) -> None:
    token = sealed(what)

    header, payload, _ = token.token.split(b".")
    disclosed = [base64url_decode(disclosure.encoded, what="disclosure") for disclosure in token.disclosures]
    for raw in (base64url_decode(header, what="header"), base64url_decode(payload, what="payload"), *disclosed):
        assert rfc8785.dumps(json.loads(raw)) == raw


_NAMES = st.text(st.characters(max_codepoint=127), max_size=6)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(value=_VALUES)
def test_canonical_form_is_that_of_another_implementation(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # JSON


@given(text=texts(max_size=200), visibility=st.sampled_from(Visibility), ballot=uuids())
def test_any_text_survives_byte_for_byte(text: str, visibility: Visibility, ballot: str) -> None:
    event = BallotHeld(
        ballot=ballot, method=BallotMethod.NOT_STATED, tally_literal=text, target=BallotTarget(point=text)
    )
    token = sealed(Statement(stream=f"meeting:{ballot}", event=event, occurred=_WHEN, visibility=visibility))

    found = open_event(parse(token.token), token.disclosures, position=1).event

    assert isinstance(found, BallotHeld)
    assert isinstance(found.tally_literal, str)
    assert found.tally_literal.encode() == text.encode()
    assert found.target == BallotTarget(point=text)


@given(what=statements(), data=st.data())
def test_no_byte_can_be_changed_unseen(what: Statement, data: st.DataObject) -> None:
    raw = sealed(what).token
    index = data.draw(st.integers(0, len(raw) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != raw[index]))
    changed = raw[:index] + bytes([byte]) + raw[index + 1 :]

    refused = False
    try:
        check_signature(parse(changed), CLERK_SIGNER.algorithm, CLERK_SIGNER.public_key)
    except TokenError:
        refused = True
    assert refused


@given(raw=st.binary(max_size=80) | st.text("eyJ0.-_~A=", max_size=80).map(str.encode))
def test_anything_at_all_is_read_or_refused_with_a_rule(raw: bytes) -> None:
    with contextlib.suppress(TokenError):
        parse(raw)
    with contextlib.suppress(DisclosureError):
        split(raw)
    with contextlib.suppress(DisclosureError):
        assert read(raw).encoded == raw


@given(body=st.binary(max_size=60) | _VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_payload_is_refused_with_a_rule_and_any_array_is_read_as_it_is_spelled(body: bytes) -> None:
    head = CLERK_SIGNER.signer.header(OPENED_AT)
    text = head + b"." + (base64url_encode(body) or b"AA")
    refused = False
    try:
        parse(text + b"." + base64url_encode(CLERK_SIGNER.sign(text)))
    except TokenError:
        refused = True
    assert refused
    with contextlib.suppress(DisclosureError):
        disclosure = read(base64url_encode(body))
        salt = base64url_decode(json.loads(body)[0].encode(), what="salt")
        assert make(disclosure.name, disclosure.value, salt=salt) == disclosure


@given(data=st.binary(max_size=64), text=st.text("ABab01-_+/= ", max_size=12).map(str.encode))
def test_base64url_has_one_spelling(data: bytes, text: bytes) -> None:
    assert base64url_decode(base64url_encode(data), what="x") == data
    with contextlib.suppress(InputError):
        assert base64url_encode(base64url_decode(text, what="x")) == text
