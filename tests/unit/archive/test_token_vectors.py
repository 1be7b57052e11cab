"""Every vector in `tests/vectors/token`: the good ones are read as what they were made from, the bad ones refused."""

from __future__ import annotations

import base64
import hashlib
import inspect
import re
from typing import TYPE_CHECKING

import pytest
from msgspec import UNSET
from support.examples import example_statement, opener_of, role_of, visibilities
from support.signers import OPENED_AT, REGISTER, FixedSigner, name_uuid
from support.vectors import BAD, FOLDER, GOOD, SIGNERS, bad, check, good, signer_of
from vectors.make_token_vectors import event_name, event_signer, make

from archive import disclosure, token
from archive.disclosure import EMPTY_ROW, DisclosureError, join
from archive.token import Entry, TokenError, check_signature, entry_of, parse, seal
from domain.events import CATALOGUE
from domain.values import WITHHELD, Recorder
from domain.vocabulary import SignatureAlgorithm, Visibility

if TYPE_CHECKING:
    from pathlib import Path

_CODE = inspect.getsource(token) + inspect.getsource(disclosure)
RULES = set(re.findall(r'"((?:TOKEN|DISCLOSURE)_[A-Z0-9_]+)"', _CODE))
# Rules about how a token is written and signed; under all others the signature of a bad vector is right, so that
# it is the rule alone that refuses it.
UNSIGNED = {"TOKEN_SIZE", "TOKEN_PARTS", "TOKEN_ALGORITHM", "TOKEN_SIGNATURE_INVALID"}


@pytest.mark.parametrize("name", GOOD)
def test_good_vector_is_accepted(name: str) -> None:
    raw, row = good(name)

    record = check(raw, row, signer_of(raw))

    assert parse(raw).payload.type == record.event.TYPE


EVENTS = [
    (type_name, visibility)
    for type_name in CATALOGUE
    for visibility in visibilities(type_name)
    if visibility is not Visibility.BLOCKED
]


@pytest.mark.parametrize(("type_name", "visibility"), EVENTS)
def test_sealing_gives_the_bytes_that_the_generator_put_together_by_itself(
    type_name: str, visibility: Visibility
) -> None:
    blank = visibility is Visibility.NON_PUBLIC
    statement = example_statement(type_name, visibility, blank=blank)
    name, signer, opener = event_name(type_name, visibility), event_signer(type_name), opener_of(type_name)

    sealed = seal(
        statement,
        register=REGISTER,
        txn=name_uuid("txn"),
        seq=1 if opener is None else 2,
        prev=None if opener is None else entry_of(good(event_name(opener, Visibility.PUBLIC))[0]),
        by=Recorder(person=signer.person, role=role_of(type_name)),
        header=signer.signer.header(OPENED_AT),
        sign=signer.sign,
        random=hashlib.shake_128(name.encode()).digest,
    )

    assert (sealed.token, join(sealed.disclosures)) == good(name)
    record = check(sealed.token, join(sealed.disclosures), signer)
    assert record.event == statement.event
    assert (record.occurred, record.known) == (statement.occurred, statement.known)
    assert (record.authority, record.sources) == (statement.authority, statement.sources)


def test_every_field_is_stated_in_the_public_vector_of_its_type() -> None:
    for type_name, row in CATALOGUE.items():
        raw, disclosures = good(event_name(type_name, Visibility.PUBLIC))
        event = check(raw, disclosures, signer_of(raw)).event
        nothing = [name for name in row.fields if any(getattr(event, name) is no for no in (None, UNSET, WITHHELD))]
        assert nothing == [], type_name


def test_vectors_of_one_stream_are_chained_by_log_entries() -> None:
    opened, second = good("event_meeting_convened_1")[0], good("event_ballot_held_1")[0]

    assert parse(second).payload.prev == base64.urlsafe_b64encode(hashlib.sha512(opened).digest()).rstrip(b"=").decode()
    assert parse(second).payload.sub == parse(opened).payload.sub


@pytest.mark.parametrize(
    ("name", "algorithm", "size"),
    [
        ("alg_es256", SignatureAlgorithm.ES256, 64),
        ("alg_es384", SignatureAlgorithm.ES384, 96),
        ("alg_ps256", SignatureAlgorithm.PS256, 384),
    ],
)
def test_each_algorithm_has_a_vector(name: str, algorithm: SignatureAlgorithm, size: int) -> None:
    parsed = parse(good(name)[0])

    assert (parsed.header.alg, len(parsed.signature)) == (algorithm, size)


def test_the_other_s_is_accepted_and_is_another_entry() -> None:
    low, high = parse(good("example")[0]), parse(good("high_s")[0])

    assert low.raw[: low.signed_size] == high.raw[: high.signed_size]
    assert low.signature[:32] == high.signature[:32]
    assert low.entry != high.entry


@pytest.mark.parametrize("name", BAD)
def test_bad_vector_is_refused_by_the_rule_that_it_names(name: str) -> None:
    vector = bad(name)

    with pytest.raises((TokenError, DisclosureError), match=f"^{vector.rule}: ") as caught:
        check(vector.raw, vector.row, SIGNERS[vector.signer])

    assert isinstance(caught.value, TokenError | DisclosureError)
    assert caught.value.rule == vector.rule


@pytest.mark.parametrize("name", [name for name in BAD if bad(name).rule not in UNSIGNED and "_alg_hs256" not in name])
def test_nothing_but_its_rule_is_wrong_with_a_bad_vector(name: str) -> None:
    vector = bad(name)
    head, body, signature = vector.raw.split(b".")[:3]
    if name in {"parts_with_disclosures", "base64url_newline"} or name.endswith("_signature"):
        signature = signature.partition(b"~")[0].rstrip(b"=\n")
        signature = signature[:-1] + max(c for c in (b"A", b"Q", b"g", b"w") if c <= signature[-1:])
    raw = base64.urlsafe_b64decode(signature + b"==")
    signer = SIGNERS[vector.signer]

    check_signature(_unread(head + b"." + body, raw, signer), signer.algorithm, signer.public_key)


def _unread(signed: bytes, signature: bytes, signer: FixedSigner) -> token.Token:
    """Give a token that nobody parsed, so that its signature alone is looked at."""
    header = parse(good(f"alg_{signer.algorithm.lower()}")[0]).header
    payload = parse(good("example")[0]).payload
    raw = signed + b".x"
    return token.Token(raw=raw, header=header, payload=payload, signature=signature, signed_size=len(signed))


def test_every_rule_has_a_bad_vector() -> None:
    assert {bad(name).rule for name in BAD} == RULES


def test_a_disclosure_is_bad_although_the_token_is_good() -> None:
    for name in BAD:
        vector = bad(name)
        if vector.rule.startswith("DISCLOSURE_"):
            check(vector.raw, EMPTY_ROW, SIGNERS[vector.signer])


def test_script_makes_the_vectors_that_are_there(tmp_path: Path) -> None:
    make(tmp_path)

    made = {path.relative_to(tmp_path).as_posix(): path.read_bytes() for path in tmp_path.rglob("*.*")}
    there = {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*.*")}
    del there["README.md"]
    assert made == there


def test_entry_is_the_digest_of_the_exact_bytes() -> None:
    raw = good("example")[0]

    assert entry_of(raw) == Entry(hashlib.sha512(raw).digest())
