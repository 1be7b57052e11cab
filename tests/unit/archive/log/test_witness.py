from __future__ import annotations

import base64
import re
from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.logs import ED25519, KEYS, MLDSA44, ORIGIN, TIME, WITNESS, WITNESS_MLDSA44, signing_key
from support.witnesses import (
    PATIENCE_SECONDS,
    WITNESS_KEYS,
    WITNESS_VERIFIERS,
    GrowingLog,
    InMemory,
    Scripted,
    answer,
    drip,
    listening,
    misbehaving,
    operated,
    pour,
    read_request,
)

from archive.client import Answer, HttpTransport
from archive.errors import EvidenceError, InputError, IntegrityError, ServiceError
from archive.log.checkpoint import log_keys, open_own, with_signatures
from archive.log.cosignature import cosign
from archive.log.head import parse_head
from archive.log.note import SignatureType, parse_note
from archive.log.witness import (
    ANSWER_BYTES_MAX,
    REQUEST_BYTES_MAX,
    Pushed,
    WitnessContradictionError,
    WitnessState,
    encode_submission,
    origin_digest,
    parse_submission,
    push,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from archive.client import Transport
    from archive.log.note import SigningKey, VerifierKey
    from archive.log.witness import Submission

URL = "http://witness.example/w"
WHAT = f"witness {URL}"
LOG = GrowingLog(700)
FORK = GrowingLog(700, fork_at=500)
SIZE_TYPE = "text/x.tlog.size"
NOTHING_CHANGED = "tell its operator; nothing was changed here"


def pushing(
    transport: Transport,
    size: int = 700,
    *,
    log: GrowingLog = LOG,
    last_size: int = 0,
    url: str = URL,
    witness: Sequence[VerifierKey] = WITNESS_VERIFIERS,
) -> Pushed:
    return push(
        url,
        log.checkpoint(size),
        log=KEYS,
        witness=witness,
        last_size=last_size,
        prove=log.prove,
        transport=transport,
    )


def cosigned(submission: Submission, *, keys: Sequence[SigningKey] = WITNESS_KEYS, timestamp: int = TIME) -> Answer:
    """Answer as a witness that believes everything."""
    head = parse_head(submission.note.text)
    return answer(200, "".join(cosign(head, key, timestamp=timestamp).line for key in keys).encode())


def failing(
    transport: Transport, size: int = 700, *, last_size: int = 0, witness: Sequence[VerifierKey] = WITNESS_VERIFIERS
) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        pushing(transport, size, last_size=last_size, witness=witness)
    return caught.value


# -- the wire form --------------------------------------------------------------------------------


def test_a_request_is_the_old_size_the_proof_an_empty_line_and_the_checkpoint() -> None:
    proof = LOG.prove(300, 700)
    data = encode_submission(300, proof, LOG.checkpoint(700))
    above, checkpoint = data.split(b"\n\n", 1)
    assert above.split(b"\n") == [b"old 300", *map(base64.b64encode, proof)]
    assert parse_note(checkpoint).text == parse_note(LOG.checkpoint(700)).text


def test_the_example_of_the_specification_is_read_and_written() -> None:
    data = (
        "old 20852014\n"
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
        "\n"
        "example.com/behind-the-sofa\n"
        "20852163\n"
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
        "\n"
        "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
        "Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
        "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/"
        "V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
    ).encode()
    found = parse_submission(data)
    assert (found.old, len(found.proof), parse_head(found.note.text).size) == (20_852_014, 4, 20_852_163)
    assert encode_submission(found.old, found.proof, found.checkpoint) == data


def test_a_request_without_proof_is_read() -> None:
    checkpoint = LOG.checkpoint(300)
    found = parse_submission(encode_submission(0, (), checkpoint))
    assert (found.old, found.proof, found.checkpoint) == (0, (), checkpoint)


CHECKPOINT = LOG.checkpoint(300)
HASH = base64.b64encode(bytes(32))
A_DECIMAL = "expected a decimal number below 2^63 without leading zeros"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "request: found no empty line between proof and checkpoint"),
        (b"old 0\n", "request: found no empty line between proof and checkpoint"),
        (b"new 0\n\n" + CHECKPOINT, "request: line 1: found 'new 0', expected old and a size"),
        (
            b"old 01\n\n" + CHECKPOINT,
            f"request: line 1: old: found '01', {A_DECIMAL}",
        ),
        (
            b"old -1\n\n" + CHECKPOINT,
            f"request: line 1: old: found '-1', {A_DECIMAL}",
        ),
        (
            b"old 9223372036854775808\n\n" + CHECKPOINT,
            f"request: line 1: old: found '9223372036854775808', {A_DECIMAL}",
        ),
        (b"old 1\r\n\n" + CHECKPOINT, "request: found control character U+000D at character 5, expected only newlines"),
        (b"old 1\n" + HASH[:-4] + b"\n\n" + CHECKPOINT, "request: line 2: hash: found 30 bytes, expected 32"),
        (b"old 1\n" + b"\n".join([HASH] * 64) + b"\n\n" + CHECKPOINT, "request: found 64 hashes, expected at most 63"),
        (b"old 1\n\n", "request: checkpoint: found no empty line between text and signatures"),
        (b"x" * (REQUEST_BYTES_MAX + 1), f"request: found more than {REQUEST_BYTES_MAX} bytes"),
    ],
)
def test_a_malformed_request_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_submission(data)
    assert caught.value.message == message


def test_more_proof_than_a_witness_takes_is_not_sent() -> None:
    with pytest.raises(InputError, match=re.escape("consistency proof: found 64 hashes, expected at most 63")):
        encode_submission(1, [bytes(32)] * 64, CHECKPOINT)


# -- growing --------------------------------------------------------------------------------------


def test_a_log_grows_under_a_witness(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        transport = InMemory(witness.app)
        size = 0
        for grown in (300, 700):
            pushed = pushing(transport, grown, last_size=size)
            assert pushed.state == WitnessState(url=URL, size=grown, cosigned_at=TIME)
            assert not pushed.forgot
            opened = open_own(
                with_signatures(LOG.checkpoint(grown), pushed.signatures), KEYS, witnesses=WITNESS_VERIFIERS
            )
            assert [(entry.key, entry.timestamp) for entry in opened.verified[2:]] == [
                (key, TIME) for key in WITNESS_VERIFIERS
            ]
            size = pushed.size
    assert [request.url for request in transport.requests] == [f"{URL}/add-checkpoint"] * 2


def test_only_the_lines_of_the_log_are_sent(tmp_path: Path) -> None:
    head = parse_head(parse_note(LOG.checkpoint(300)).text)
    foreign = signing_key("other.example", SignatureType.COSIGNATURE_ED25519)
    checkpoint = with_signatures(LOG.checkpoint(300), [cosign(head, foreign, timestamp=TIME)])
    transport = Scripted(cosigned)
    push(URL, checkpoint, log=KEYS, witness=WITNESS_VERIFIERS, last_size=0, prove=LOG.prove, transport=transport)
    (sent,) = transport.asked
    assert [signature.name for signature in sent.note.signatures] == [ORIGIN, ORIGIN]
    assert len(parse_note(checkpoint).signatures) == 3


def test_a_forgotten_size_is_learned_from_the_witness(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        transport = InMemory(witness.app)
        pushing(transport, 300)
        pushed = pushing(transport, 700, last_size=0)
    assert [parse_submission(request.body or b"").old for request in transport.requests] == [0, 0, 300]
    assert (pushed.size, pushed.forgot) == (700, False)


def test_a_cosignature_that_got_lost_is_asked_for_again(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        transport = InMemory(witness.app)
        pushing(transport, 700)
        witness.now += 60
        assert pushing(transport, 700, last_size=0).state.cosigned_at == TIME + 60
    assert [parse_submission(request.body or b"").old for request in transport.requests] == [0, 0, 700]
    assert parse_submission(transport.requests[-1].body or b"").proof == ()


def test_an_empty_log_is_cosigned(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        assert pushing(InMemory(witness.app), 0).size == 0
        assert pushing(InMemory(witness.app), 300).size == 300


def test_a_witness_that_lost_its_memory_is_told_apart(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        pushed = pushing(InMemory(witness.app), 700, last_size=300)
    assert (pushed.size, pushed.forgot) == (700, True)


def test_the_address_may_end_in_a_slash() -> None:
    assert pushing(Scripted(cosigned), url=f"{URL}/").url == URL


# -- what is known already before anything is sent ------------------------------------------------


def test_a_checkpoint_of_another_log_is_not_sent() -> None:
    other = signing_key(ORIGIN, SignatureType.ED25519, "other")
    keys = log_keys(other.verifier, MLDSA44.verifier)
    with pytest.raises(EvidenceError, match="checkpoint: found signatures of"):
        push(URL, CHECKPOINT, log=keys, witness=[], last_size=0, prove=LOG.prove, transport=Scripted())


def test_a_checkpoint_that_was_altered_is_not_sent() -> None:
    broken = CHECKPOINT.replace(b"\n300\n", b"\n301\n")
    message = re.escape(f"checkpoint: the signature of {ED25519.verifier.label} does not verify")
    with pytest.raises(IntegrityError, match=message):
        push(URL, broken, log=KEYS, witness=[], last_size=0, prove=LOG.prove, transport=Scripted())


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(InputError, match=re.escape("address 'ftp://w.example': found no host behind")):
        pushing(Scripted(), url="ftp://w.example")


# -- a witness that contradicts -------------------------------------------------------------------


def contradiction(found: str) -> str:
    return f"{WHAT}: found {found}, expected that it takes our checkpoint of size 700"


HELD = (
    f"fetch what it holds, usually at {URL}/{origin_digest(ORIGIN)}/checkpoint, and check it:"
    " `ratsbuch verify --against FILE`; if it bears the log's signatures, the log was rolled back or forked"
)


@pytest.mark.parametrize(
    ("last_size", "answered", "found"),
    [
        (
            300,
            answer(422, b"no\n"),
            "status 422 ('no'), which says that our log does not extend its own",
        ),
        (
            700,
            answer(409, b"root differs\n"),
            "status 409 ('root differs'), which says that our root is not the one it knows",
        ),
        (700, answer(409), "status 409 (''), which says that our root is not the one it knows"),
        (
            700,
            answer(409, b"700\n", SIZE_TYPE),
            "that it refuses although it knows the size 700 that our proof starts from",
        ),
        (
            300,
            answer(409, b"300\n", SIZE_TYPE),
            "that it refuses although it knows the size 300 that our proof starts from",
        ),
        (300, answer(409, b"701\n", SIZE_TYPE), "that it has seen a later checkpoint, of size 701"),
        (300, answer(409, b"701\n"), "that it has seen a later checkpoint, of size 701"),
    ],
)
def test_a_witness_that_knows_another_log_is_a_finding(last_size: int, answered: Answer, found: str) -> None:
    error = failing(Scripted(answered), last_size=last_size)
    assert isinstance(error, WitnessContradictionError)
    assert error.message == contradiction(found)
    assert error.hint == HELD


def test_a_rolled_back_log_finds_out(tmp_path: Path) -> None:
    with operated(tmp_path) as witness:
        pushing(InMemory(witness.app), 700)
        for last_size in (0, 200, 700):
            with pytest.raises(WitnessContradictionError, match="that it has seen a later checkpoint, of size 700"):
                pushing(InMemory(witness.app), 200, last_size=last_size)


@pytest.mark.parametrize("last_size", [0, 300, 600, 700])
def test_a_forked_log_finds_out(tmp_path: Path, last_size: int) -> None:
    with operated(tmp_path) as witness:
        pushing(InMemory(witness.app), 600)
        with pytest.raises(WitnessContradictionError, match=r"status 422 .* our log does not extend its own"):
            pushing(InMemory(witness.app), 700, log=FORK, last_size=last_size)
        with pytest.raises(WitnessContradictionError, match=r"status 409 .* our root is not the one it knows"):
            pushing(InMemory(witness.app), 600, log=FORK, last_size=last_size)


# -- a witness that refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answered", "message", "hint"),
    [
        (
            answer(400, b"old?\n"),
            "found status 400 ('old?'), expected 200: it takes the request for malformed",
            "its software may be older or newer",
        ),
        (
            answer(403, b""),
            f"found status 403 (''), expected 200: it knows '{ORIGIN}', but not our key",
            "give its operator the log's keys: log.vkey and log-mldsa44.vkey of `ratsbuch log publish`",
        ),
        (
            answer(404, b"\x1b[31m<html>" + b"x" * 200),
            f"found status 404 ('\\x1b[31m<html>{'x' * 69}'), expected 200: it does not know the log '{ORIGIN}'",
            "check the address; if it is right, ask its operator to take in the log's keys",
        ),
        (
            answer(307, b"", location="http://elsewhere.example/"),
            "found status 307 (''), expected 200: it points to 'http://elsewhere.example/', which is not followed",
            "if the witness has moved, its operator tells the new address",
        ),
        (
            answer(429, b"slowly"),
            "found status 429 ('slowly'), expected 200",
            "try again later; nothing was changed here",
        ),
        (
            answer(500, b"\xff\xfe"),
            "found status 500 ('\\ufffd\\ufffd'), expected 200",
            "try again later; nothing was changed here",
        ),
        (answer(204, b""), "found status 204 (''), expected 200", "try again later; nothing was changed here"),
    ],
)
def test_a_refusal_is_told_with_its_way_out(answered: Answer, message: str, hint: str) -> None:
    error = failing(Scripted(answered))
    assert not isinstance(error, WitnessContradictionError)
    assert error.message == f"{WHAT}: {message}"
    assert error.hint == hint


@pytest.mark.parametrize("body", [b"", b"0700\n", b"-1\n", b"700\n\n", b"a\n", b"9" * 40 + b"\n", b"\xff"])
def test_a_conflict_that_names_no_size_is_garbage(body: bytes) -> None:
    error = failing(Scripted(answer(409, body, f"{SIZE_TYPE}; charset=utf-8")))
    assert not isinstance(error, WitnessContradictionError)
    shown = ascii(body.decode("utf-8", "replace").strip())
    assert error.message == f"{WHAT}: found status 409 with {shown}, expected a size"


def test_a_witness_that_names_ever_other_sizes_is_left_after_three_requests() -> None:
    transport = Scripted(*(answer(409, b"%d\n" % size, SIZE_TYPE) for size in (300, 200, 100, 50)))
    error = failing(transport)
    message = f"{WHAT}: found another size in each of 3 answers, the last 100, expected the one it knows"
    assert error.message == message
    assert [submission.old for submission in transport.asked] == [0, 300, 200]


# -- a witness that lies --------------------------------------------------------------------------

OTHER = signing_key("nachbar.example/w2", SignatureType.COSIGNATURE_ED25519)


def lying(
    change: Callable[[Submission], Answer], *, witness: Sequence[VerifierKey] = WITNESS_VERIFIERS
) -> ServiceError:
    return failing(Scripted(change), witness=witness)


def about(data: bytes) -> Callable[[Submission], Answer]:
    """Cosign another checkpoint than the one that was sent."""
    return lambda _: cosigned(parse_submission(encode_submission(0, (), data)))


@pytest.mark.parametrize("data", [LOG.checkpoint(300), FORK.checkpoint(700), LOG.checkpoint(699)])
def test_a_cosignature_over_another_checkpoint_is_refused(data: bytes) -> None:
    error = lying(about(data))
    assert error.message == f"{WHAT}: answer: the signature of {WITNESS.verifier.label} does not verify"
    assert error.hint == NOTHING_CHANGED


def test_a_cosignature_with_another_time_is_refused() -> None:
    def change(submission: Submission) -> Answer:
        line = cosign(parse_head(submission.note.text), WITNESS, timestamp=TIME)
        later = (TIME + 1).to_bytes(8) + line.blob[8:]
        return answer(200, type(line)(name=line.name, id=line.id, blob=later).line.encode())

    assert lying(change).message == f"{WHAT}: answer: the signature of {WITNESS.verifier.label} does not verify"


def test_one_false_cosignature_beside_a_good_one_refuses_both() -> None:
    def change(submission: Submission) -> Answer:
        good = cosign(parse_head(submission.note.text), WITNESS, timestamp=TIME).line
        bad = cosign(parse_head(parse_note(LOG.checkpoint(300)).text), WITNESS_MLDSA44, timestamp=TIME).line
        return answer(200, (good + bad).encode())

    message = f"{WHAT}: answer: the signature of {WITNESS_MLDSA44.verifier.label} does not verify"
    assert lying(change).message == message


def test_an_answer_of_unknown_keys_alone_is_refused() -> None:
    error = lying(partial(cosigned, keys=[OTHER]))
    labels = f"{WITNESS.verifier.label}, {WITNESS_MLDSA44.verifier.label}"
    found = f"'{OTHER.name}'+{OTHER.verifier.id.hex()}"
    assert error.message == f"{WHAT}: answer: found signatures of {found}, expected one of {labels}"
    assert error.hint == "compare the witness's key in the policy with the one it publishes"


def test_lines_of_unknown_keys_are_passed_over() -> None:
    pushed = pushing(Scripted(partial(cosigned, keys=[OTHER, WITNESS])))
    assert [entry.key for entry in pushed.verified] == [WITNESS.verifier]
    assert [line.name for line in pushed.signatures] == [WITNESS.name]


def test_a_second_line_of_one_key_is_refused() -> None:
    error = lying(partial(cosigned, keys=[WITNESS, WITNESS]))
    assert error.message == f"{WHAT}: answer: found several signature lines of one key, expected one"


@pytest.mark.parametrize("key", WITNESS_KEYS)
def test_a_cosignature_without_time_is_refused(key: SigningKey) -> None:
    error = lying(partial(cosigned, keys=[key], timestamp=0))
    assert error.message == f"{WHAT}: answer: cosignature of {key.verifier.label}: found no time, expected one"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "found nothing, expected signature lines that end in newline"),
        (b"ok", "found 'ok' at the end, expected signature lines that end in newline"),
        (b"\xff\n", "found byte 0xff at offset 0, expected UTF-8"),
        (
            b"ok\n",
            "signature line 1: found 'ok', expected an em dash, a space, a key name, a space and base64",
        ),
        (
            CHECKPOINT,
            f"signature line 1: found '{ORIGIN}', expected an em dash, a space, a key name, a space and base64",
        ),
        ("— w x\n".encode() * 65, "found 65 signature lines, expected at most 64"),
    ],
)
def test_an_answer_that_is_no_signature_lines_is_refused(body: bytes, message: str) -> None:
    assert failing(Scripted(answer(200, body))).message == f"{WHAT}: answer: {message}"


def test_a_cosignature_that_is_cut_off_is_refused() -> None:
    def change(submission: Submission) -> Answer:
        line = cosign(parse_head(submission.note.text), WITNESS, timestamp=TIME)
        return answer(200, type(line)(name=line.name, id=line.id, blob=line.blob[:-1]).line.encode())

    message = f"{WHAT}: answer: cosignature of {WITNESS.verifier.label}: found 71 bytes, expected 72"
    assert lying(change).message == message


def test_an_answer_that_is_too_long_is_refused_even_where_its_beginning_is_good() -> None:
    def change(submission: Submission) -> Answer:
        good = cosigned(submission)
        return Answer(status=200, content_type="", location="", body=good.body, complete=False)

    message = f"{WHAT}: found more than {ANSWER_BYTES_MAX} bytes, expected a few signature lines"
    assert lying(change).message == message


# -- over sockets ---------------------------------------------------------------------------------


def test_a_log_grows_over_a_socket(tmp_path: Path) -> None:
    with operated(tmp_path) as witness, listening(witness.app) as (url, _):
        transport = HttpTransport(timeout_seconds=PATIENCE_SECONDS)
        for grown in (300, 700, 700):
            assert pushing(transport, grown, url=url).size == grown
        with pytest.raises(WitnessContradictionError, match="our root is not the one it knows"):
            pushing(transport, 700, url=url, log=FORK)
        with pytest.raises(WitnessContradictionError, match="that it has seen a later checkpoint, of size 700"):
            pushing(transport, 200, url=url)


MISBEHAVIOUR = {
    "drips": (partial(drip, data=b"HTTP/1.1 200 OK\r\n"), "found no whole answer after 0.2 seconds"),
    "pours": (
        partial(pour, data=b"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n" + b"x" * 65536),
        f"found more than {ANSWER_BYTES_MAX} bytes, expected a few signature lines",
    ),
    "babbles": (lambda connection: connection.sendall(b"\x00" * 100), "expected an HTTP answer"),
}


@pytest.mark.parametrize(("script", "message"), MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_a_witness_that_misbehaves_on_the_wire_costs_a_bounded_time(
    script: Callable[[socket.socket], None], message: str
) -> None:
    def serve(connection: socket.socket) -> None:
        read_request(connection)
        script(connection)

    # What has to run out is the time of one case only; the others end by themselves.
    seconds = 0.2 if "0.2" in message else PATIENCE_SECONDS
    with misbehaving(serve) as port, pytest.raises(ServiceError, match=re.escape(message)):
        pushing(HttpTransport(timeout_seconds=seconds), url=f"http://127.0.0.1:{port}")
