from __future__ import annotations

import contextlib
import hashlib
import http.client
import math
import os
import re
import socket
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from support.logs import ED25519, KEYS, MLDSA44, ORIGIN, TIME, WITNESS, signing_key
from support.witness_process import DIED
from support.witnesses import (
    PATIENCE_SECONDS,
    WITNESS_KEYS,
    WITNESS_VERIFIERS,
    Called,
    GrowingLog,
    call,
    listening,
    operated,
)

from archive.errors import InputError, StorageError
from archive.log.checkpoint import open_own, with_signatures
from archive.log.cosignature import cosign, verify_cosignature
from archive.log.head import TreeHead, parse_head
from archive.log.merkle import EMPTY_ROOT, RootHash
from archive.log.note import SignatureType, encode_note, parse_note, parse_signatures, sign_note
from archive.log.witness import REQUEST_BYTES_MAX, encode_submission, origin_digest
from archive.log.witness_server import (
    CONNECTION_SECONDS_MAX,
    HEADER_BYTES_MAX,
    Witness,
    WitnessConfig,
    WitnessServer,
    serve,
)
from archive.log.witness_store import WitnessStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from support.witnesses import Operated

    from archive.log.note import SigningKey, VerifierKey

LOG = GrowingLog(700)
FORK = GrowingLog(700, fork_at=200)
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
LATEST = f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Operated]:
    with operated(tmp_path) as operating:
        yield operating


@pytest.fixture
def grown(witness: Operated) -> Operated:
    """A witness that has seen 300 and 700 entries."""
    assert witness.post(LOG.submission(0, 300)).status == 200
    assert witness.post(LOG.submission(300, 700)).status == 200
    witness.reports.clear()
    return witness


def size_held(witness: Operated) -> int | None:
    held = witness.store.latest(ORIGIN)
    return None if held is None else held.head.size


def text(called: Called) -> str:
    assert called.headers["Content-Type"] == TEXT_TYPE
    assert called.headers["Content-Length"] == str(len(called.body))
    return called.body.decode()


# -- the sequence that every witness has to pass --------------------------------------------------


def test_growth_is_cosigned_by_every_key(witness: Operated) -> None:
    for old, size in ((0, 300), (300, 700), (700, 700)):
        witness.now += 10
        called = witness.post(LOG.submission(old, size))
        assert called.status == 200
        head = TreeHead(origin=ORIGIN, size=size, root=LOG.root(size))
        lines = parse_signatures(called.body)
        assert [verify_cosignature(line, key, head) for line, key in zip(lines, WITNESS_VERIFIERS, strict=True)] == [
            witness.now,
            witness.now,
        ]
        assert size_held(witness) == size
    assert witness.reports == [f"cosigned '{ORIGIN}' at size {size}" for size in (300, 700, 700)]


def test_another_root_of_the_size_that_is_known_is_a_conflict_without_size(grown: Operated) -> None:
    called = grown.post(encode_submission(700, (), FORK.checkpoint(700)))
    assert called.status == 409
    assert text(called) == "another root of size 700 was cosigned here; a log that signs two has forked\n"
    assert grown.reports == [f"FORK: log '{ORIGIN}' signed two roots for size 700; both are kept"]


def test_an_old_size_above_the_new_one_is_malformed(grown: Operated) -> None:
    called = grown.post(encode_submission(700, (), LOG.checkpoint(200)))
    assert called.status == 400
    assert text(called) == "request: found old size 700, expected at most the checkpoint's 200\n"
    assert grown.reports == ["refused with 400: request: found old size 700, expected at most the checkpoint's 200"]


@pytest.mark.parametrize(("old", "size"), [(300, 700), (0, 700), (0, 300), (300, 300), (200, 300), (699, 700)])
def test_another_old_size_than_the_known_one_is_told_the_known_one(grown: Operated, old: int, size: int) -> None:
    called = grown.post(LOG.submission(old, size))
    assert (called.status, called.body) == (409, b"700\n")
    assert called.headers["Content-Type"] == SIZE_TYPE
    assert size_held(grown) == 700


def test_a_log_that_was_never_seen_has_size_zero(witness: Operated) -> None:
    called = witness.post(LOG.submission(300, 700))
    assert (called.status, called.body, called.headers["Content-Type"]) == (409, b"0\n", SIZE_TYPE)


def test_a_proof_that_does_not_lead_there_is_unprocessable(witness: Operated) -> None:
    witness.post(LOG.submission(0, 300))
    for body in (
        FORK.submission(300, 700),
        encode_submission(300, LOG.prove(300, 700)[:-1], LOG.checkpoint(700)),
        encode_submission(300, (), LOG.checkpoint(700)),
        encode_submission(300, LOG.prove(300, 700), FORK.checkpoint(700)),
        encode_submission(300, [bytes(32)], LOG.checkpoint(300)),
    ):
        called = witness.post(body)
        assert called.status == 422
        assert "proof: " in text(called)
    assert size_held(witness) == 300


def test_from_nothing_nothing_is_proved(witness: Operated) -> None:
    called = witness.post(encode_submission(0, [bytes(32)], LOG.checkpoint(300)))
    assert called.status == 422
    assert text(called) == "consistency proof: found 1 hashes, expected none from size 0\n"
    assert size_held(witness) is None


def test_an_empty_log_has_the_empty_root(witness: Operated) -> None:
    head = TreeHead(origin=ORIGIN, size=0, root=RootHash(bytes(32)))
    wrong = encode_note(head.text, (ED25519.sign(head.text), cosign(head, MLDSA44, timestamp=TIME)))
    called = witness.post(encode_submission(0, (), wrong))
    assert called.status == 422
    assert text(called).startswith("consistency proof: root of size 0 differs: ")
    assert LOG.root(0) == EMPTY_ROOT
    assert witness.post(LOG.submission(0, 0)).status == 200
    assert witness.post(LOG.submission(0, 300)).status == 200


# -- whose checkpoints ----------------------------------------------------------------------------


def signed(size: int, *keys: SigningKey, origin: str = ORIGIN) -> bytes:
    head = TreeHead(origin=origin, size=size, root=LOG.root(size))
    lines = [
        sign_note(head.text, key) if key.type is SignatureType.ED25519 else cosign(head, key, timestamp=TIME)
        for key in keys
    ]
    return encode_note(head.text, lines)


def test_an_unknown_log_is_not_found(witness: Operated) -> None:
    other = signing_key("other.example/log", SignatureType.ED25519)
    called = witness.post(encode_submission(0, (), signed(300, other, origin=other.name)))
    assert called.status == 404
    assert text(called) == "origin 'other.example/log' is not known here\n"


def test_a_known_key_does_not_vouch_for_an_unknown_log(witness: Operated) -> None:
    called = witness.post(encode_submission(0, (), signed(300, ED25519, MLDSA44, origin="other.example/log")))
    assert called.status == 404


@pytest.mark.parametrize(
    "keys",
    [
        [signing_key(ORIGIN, SignatureType.ED25519, "wrong")],
        [signing_key("other.example/log", SignatureType.ED25519), WITNESS],
        # As everywhere in Ratsbuch: where keys of both kinds are known, both have to have signed.
        [ED25519],
        [MLDSA44],
    ],
)
def test_a_checkpoint_without_the_signatures_of_its_log_is_forbidden(
    witness: Operated, keys: Sequence[SigningKey]
) -> None:
    called = witness.post(encode_submission(0, (), signed(300, *keys)))
    assert called.status == 403
    assert text(called).startswith("request: checkpoint: found ")
    assert size_held(witness) is None


def test_what_a_stranger_wrote_is_reported_escaped_and_short(witness: Operated) -> None:
    names = ["\x9b31m\u202e", *(f"{'n' * 200}{number}" for number in range(9))]
    head = TreeHead(origin=ORIGIN, size=300, root=LOG.root(300))
    lines = [sign_note(head.text, signing_key(name, SignatureType.ED25519)) for name in names]
    assert witness.post(encode_submission(0, (), encode_note(head.text, lines))).status == 403
    (report,) = witness.reports
    assert report.startswith("refused with 403: request: checkpoint: found signatures of \\x9b31m\\u202e+")
    assert len(report) < 550


def test_a_false_signature_of_a_known_key_is_forbidden(witness: Operated) -> None:
    lines = parse_note(LOG.checkpoint(300)).signatures
    mixed = encode_note(parse_note(LOG.checkpoint(700)).text, lines)
    called = witness.post(encode_submission(0, (), mixed))
    assert called.status == 403
    assert text(called) == f"request: checkpoint: the signature of {ED25519.verifier.label} does not verify\n"


def test_a_log_whose_one_key_is_known_needs_that_signature_alone(tmp_path: Path) -> None:
    with operated(tmp_path, logs=[ED25519.verifier]) as witness:
        assert witness.post(encode_submission(0, (), signed(300, ED25519))).status == 200
        assert witness.post(encode_submission(300, (), signed(300, MLDSA44))).status == 403


def test_logs_do_not_mix(tmp_path: Path) -> None:
    other = signing_key("other.example/log", SignatureType.ED25519)
    with operated(tmp_path, logs=[*KEYS.both, other.verifier]) as witness:
        assert witness.post(LOG.submission(0, 700)).status == 200
        assert witness.post(encode_submission(0, (), signed(300, other, origin=other.name))).status == 200
        assert call(witness.app, "GET", LATEST).body.splitlines()[1] == b"700"
        path = f"/{origin_digest(other.name)}/checkpoint"
        assert call(witness.app, "GET", path).body.splitlines()[1] == b"300"


def test_two_lines_of_one_key_are_malformed(witness: Operated) -> None:
    head = TreeHead(origin=ORIGIN, size=300, root=LOG.root(300))
    lines = [ED25519.sign(head.text)] * 2 + [cosign(head, MLDSA44, timestamp=TIME)]
    called = witness.post(encode_submission(0, (), encode_note(head.text, lines)))
    assert called.status == 400
    assert text(called) == f"request: checkpoint: found 2 signature lines of {ED25519.verifier.label}, expected one\n"


@pytest.mark.parametrize(
    "body", [b"", b"old 0\n\n", b"\xff\xfe", b"old 0\n\na\n1\nb\n\n", b"old x\n\n" + LOG.checkpoint(1)]
)
def test_a_malformed_request_is_a_bad_request(witness: Operated, body: bytes) -> None:
    called = witness.post(body)
    assert called.status == 400
    assert text(called).startswith("request: ")


# -- what is shown --------------------------------------------------------------------------------


def test_the_newest_cosigned_checkpoint_is_shown(grown: Operated) -> None:
    called = call(grown.app, "GET", LATEST)
    assert called.status == 200
    shown = open_own(text(called).encode(), KEYS, witnesses=WITNESS_VERIFIERS)
    assert (shown.head.size, shown.head.root) == (700, LOG.root(700))
    assert [entry.key for entry in shown.verified] == [*KEYS.both, *WITNESS_VERIFIERS]
    assert call(grown.app, "HEAD", LATEST) == Called(200, called.headers, b"")


def test_lines_of_unknown_keys_are_neither_kept_nor_shown(witness: Operated) -> None:
    head = parse_head(parse_note(LOG.checkpoint(300)).text)
    foreign = cosign(head, signing_key("foreign.example", SignatureType.COSIGNATURE_ED25519), timestamp=TIME)
    body = encode_submission(0, (), with_signatures(LOG.checkpoint(300), [foreign]))
    assert witness.post(body).status == 200
    names = [line.name for line in parse_note(call(witness.app, "GET", LATEST).body).signatures]
    assert names == [ORIGIN, ORIGIN, WITNESS.name, WITNESS.name]


@pytest.mark.parametrize("path", [LATEST, f"/{'0' * 64}/checkpoint"])
def test_before_anything_was_cosigned_nothing_is_shown(witness: Operated, path: str) -> None:
    called = call(witness.app, "GET", path)
    assert (called.status, text(called)) == (404, "no checkpoint of such a log was cosigned here\n")


@pytest.mark.parametrize("path", ["", "/", "/checkpoint", LATEST.upper(), LATEST + "/", "/x" + LATEST, LATEST + "\n"])
def test_other_paths_are_not_found(grown: Operated, path: str) -> None:
    called = call(grown.app, "GET", path)
    assert (called.status, text(called)) == (404, "nothing is here\n")


@pytest.mark.parametrize(
    ("method", "path", "allow"), [("GET", "/add-checkpoint", "POST"), ("POST", LATEST, "GET, HEAD")]
)
def test_another_method_is_told_the_right_one(grown: Operated, method: str, path: str, allow: str) -> None:
    called = call(grown.app, method, path)
    assert (called.status, called.headers["Allow"]) == (405, allow)


def test_a_body_that_is_too_large_is_refused_before_it_is_looked_at(witness: Operated) -> None:
    called = witness.post(b"x" * (REQUEST_BYTES_MAX + 1))
    assert (called.status, text(called)) == (413, f"found more than {REQUEST_BYTES_MAX} bytes\n")


# -- time -----------------------------------------------------------------------------------------


def cosigned_at(called: Called) -> int:
    head = TreeHead(origin=ORIGIN, size=700, root=LOG.root(700))
    return verify_cosignature(parse_signatures(called.body)[0], WITNESS.verifier, head)


def test_the_stated_time_never_falls(grown: Operated) -> None:
    grown.now -= 300
    assert cosigned_at(grown.post(LOG.submission(700, 700))) == TIME


def test_a_clock_that_fell_far_behind_is_not_believed(grown: Operated) -> None:
    grown.now -= 301
    assert grown.post(LOG.submission(700, 700)).status == 503
    assert grown.reports == [f"failed: clock of the witness: found {TIME - 301}, expected {TIME - 300} or later"]


# -- evidence of a fork ---------------------------------------------------------------------------


def test_the_first_proof_that_a_log_forked_is_kept(grown: Operated) -> None:
    assert grown.store.fork(ORIGIN) is None
    grown.now += 5
    grown.post(encode_submission(700, (), FORK.checkpoint(700)))
    grown.now += 5
    grown.post(encode_submission(700, (), GrowingLog(700, fork_at=1).checkpoint(700)))
    fork = grown.store.fork(ORIGIN)
    assert fork is not None
    held, found = (open_own(data, KEYS) for data in (fork.held, fork.found))
    assert (held.head.size, held.head.root, found.head.size, found.head.root) == (
        700,
        LOG.root(700),
        700,
        FORK.root(700),
    )
    assert fork.seen_at == TIME + 5
    assert size_held(grown) == 700


def test_a_fork_that_cannot_be_kept_is_not_answered_as_if_it_were(grown: Operated) -> None:
    with locked(grown.path):
        assert grown.post(encode_submission(700, (), FORK.checkpoint(700))).status == 503


# -- memory ---------------------------------------------------------------------------------------


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


def test_memory_outlives_the_process(grown: Operated, tmp_path: Path) -> None:
    grown.store.close()
    with operated(tmp_path) as again:
        assert again.post(LOG.submission(0, 300)).body == b"700\n"
        assert again.post(encode_submission(700, (), FORK.checkpoint(700))).status == 409
        assert again.post(LOG.submission(700, 700)).status == 200


def test_what_commits_is_on_disk_and_in_one_file(grown: Operated, tmp_path: Path) -> None:
    assert grown.store._connection.execute("PRAGMA synchronous").fetchone() == (3,)
    assert grown.store._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [path.name for path in tmp_path.iterdir()] == ["witness.db"]


@pytest.mark.fault
def test_while_the_memory_is_locked_nothing_is_cosigned(grown: Operated) -> None:
    with locked(grown.path):
        called = grown.post(LOG.submission(700, 700))
        assert (called.status, text(called)) == (503, "the witness cannot answer now\n")
        assert call(grown.app, "GET", LATEST).status == 503
    assert grown.reports == [f"failed: memory of the witness {grown.path}: database is locked"] * 2
    assert grown.post(LOG.submission(700, 700)).status == 200


@pytest.mark.fault
@pytest.mark.parametrize("statement", ["BEGIN IMMEDIATE", "INSERT INTO latest", "COMMIT", "SELECT"])
def test_no_cosignature_leaves_when_a_step_of_storing_fails(
    witness: Operated, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    witness.post(LOG.submission(0, 300))
    real = witness.store._connection

    class Failing:
        in_transaction = property(lambda _: real.in_transaction)

        def execute(self, sql: str, parameters: tuple[str | int | bytes, ...] = ()) -> sqlite3.Cursor:
            if sql.strip().startswith(statement):
                raise sqlite3.OperationalError("disk I/O error")
            return real.execute(sql, parameters)

    with monkeypatch.context() as patch:
        patch.setattr(witness.store, "_connection", Failing())
        called = witness.post(LOG.submission(300, 700))
    assert (called.status, called.body) == (503, b"the witness cannot answer now\n")
    assert size_held(witness) == 300
    assert witness.post(LOG.submission(300, 700)).status == 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("UPDATE latest SET size = 300", "a witness does not go back"),
        ("UPDATE latest SET root = zeroblob(32)", "a witness does not go back"),
        ("UPDATE latest SET origin = 'x'", "a witness does not go back"),
        ("DELETE FROM latest", "a witness does not forget"),
    ],
)
def test_the_memory_refuses_to_go_back(grown: Operated, change: str, message: str) -> None:
    connection = sqlite3.connect(grown.path, isolation_level=None)
    with contextlib.closing(connection), pytest.raises(sqlite3.IntegrityError) as caught:
        connection.execute(change)
    assert str(caught.value) == message


@pytest.mark.parametrize("change", ["size = 701", "checkpoint = x'00'", "size = 800, root = zeroblob(32)"])
def test_a_damaged_row_is_not_built_upon(grown: Operated, change: str) -> None:
    with contextlib.closing(sqlite3.connect(grown.path, isolation_level=None)) as connection:
        connection.execute(f"UPDATE latest SET {change}")  # noqa: S608  # the changes above
    assert grown.post(LOG.submission(700, 700)).status == 503
    assert call(grown.app, "GET", LATEST).status == 503
    message = (
        f"failed: memory of the witness {grown.path}: log '{ORIGIN}': the row is damaged:"
        " its checkpoint does not say what its columns say"
    )
    assert grown.reports == [message] * 2


def test_a_missing_memory_is_no_new_beginning(tmp_path: Path) -> None:
    path = tmp_path / "missing.db"
    with pytest.raises(StorageError) as caught:
        WitnessStore(path)
    assert caught.value.message == f"memory of the witness {path}: unable to open database file"
    assert not path.exists()


def test_another_file_is_not_taken_for_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE latest (a)")
    with pytest.raises(StorageError) as caught:
        WitnessStore(path)
    assert caught.value.message == f"memory of the witness {path}: found application_id 0, expected 1380079465"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match="file is not a database"):
        WitnessStore(path)


def test_a_memory_is_made_once(grown: Operated) -> None:
    with pytest.raises(StorageError) as caught:
        WitnessStore.create(grown.path)
    assert caught.value.message == f"memory of the witness {grown.path}: is there already"
    assert size_held(grown) == 700


def test_a_memory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot be made: .*No such file or directory"):
        WitnessStore.create(tmp_path / "missing" / "witness.db")


# -- several processes ----------------------------------------------------------------------------


@contextlib.contextmanager
def process(path: Path, *flags: str) -> Iterator[subprocess.Popen[str]]:
    """Run a witness in a process of its own, on the same memory."""
    command = [sys.executable, "-m", "support.witness_process", str(path), *flags]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        yield child


def ask(child: subprocess.Popen[str], body: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(f"{body.hex()}\n")
    child.stdin.flush()


def told(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline()


@pytest.mark.fault
def test_what_was_stored_counts_even_if_the_answer_never_left(witness: Operated) -> None:
    witness.post(LOG.submission(0, 300))
    with process(witness.path, "die") as child:
        ask(child, LOG.submission(300, 700))
        assert told(child) == ""
        assert child.wait(PATIENCE_SECONDS) == DIED
    # The log asks again from where it was, learns the size, and gets its cosignature.
    assert witness.post(LOG.submission(300, 700)).body == b"700\n"
    assert witness.post(FORK.submission(300, 700)).body == b"700\n"
    assert witness.post(LOG.submission(700, 700)).status == 200


def test_of_forks_that_race_through_several_processes_one_is_cosigned(witness: Operated) -> None:
    log = LOG
    assert witness.post(log.submission(0, 50)).status == 200
    with process(witness.path) as first, process(witness.path) as second:
        for size in range(50, 62):
            rival = log.forked(size, b"rival")
            ask(first, log.submission(size, size + 1))
            ask(second, rival.submission(size, size + 1))
            answers = told(first), told(second)
            assert sorted(answers) == ["200\n", "409\n"]
            log = log if answers[0] == "200\n" else rival
            held = witness.store.latest(ORIGIN)
            assert held is not None
            assert (held.head.size, held.head.root) == (size + 1, log.root(size + 1))


# -- over sockets ---------------------------------------------------------------------------------


def post(url: str, body: bytes) -> int:
    host = url.removeprefix("http://")
    with contextlib.closing(http.client.HTTPConnection(host, timeout=PATIENCE_SECONDS)) as connection:
        connection.request("POST", "/add-checkpoint", body=body)
        with connection.getresponse() as response:
            response.read()
            return response.status


def raw(server: WitnessServer, data: bytes) -> bytes:
    """Send bytes and give all that comes back."""
    with socket.create_connection(server.addresses[0], timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def status(answer: bytes) -> bytes:
    return answer.split(b"\r\n", 1)[0]


HEAD = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"


def test_of_forks_that_arrive_at_once_one_is_cosigned(witness: Operated) -> None:
    bodies = [LOG.forked(100, b"%d" % number).submission(0, 300) for number in range(8)]
    with listening(witness.app) as (url, _), ThreadPoolExecutor(len(bodies)) as pool:
        found = list(pool.map(lambda body: post(url, body), bodies))
    assert sorted(found) == [200, *[409] * 7]


def test_a_connection_serves_several_requests(witness: Operated) -> None:
    with listening(witness.app) as (url, _):
        host = url.removeprefix("http://")
        with contextlib.closing(http.client.HTTPConnection(host, timeout=PATIENCE_SECONDS)) as connection:
            sockets = set()
            for old, size in ((0, 300), (300, 700)):
                connection.request("POST", "/add-checkpoint", body=LOG.submission(old, size))
                with connection.getresponse() as response:
                    assert response.status == 200
                    assert len(parse_signatures(response.read())) == 2
                sockets.add(connection.sock)
            assert len(sockets) == 1


def test_a_request_in_chunks_is_read(witness: Operated) -> None:
    body = LOG.submission(0, 300)
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:1000], body[1000:]))
    with listening(witness.app) as (_, server):
        answer = raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")
    assert status(answer) == b"HTTP/1.1 200 OK"
    assert size_held(witness) == 300


def test_the_largest_body_passes_and_a_larger_one_is_not_even_waited_for(witness: Operated) -> None:
    with listening(witness.app) as (url, server):
        assert post(url, b"x" * REQUEST_BYTES_MAX) == 400
        assert len(witness.reports) == 1
        answer = raw(server, HEAD + b"Content-Length: %d\r\n\r\n" % (REQUEST_BYTES_MAX + 1))
    assert status(answer) == b"HTTP/1.1 413 Request Entity Too Large"
    assert len(witness.reports) == 1


def test_chunks_that_are_too_large_together_are_refused(witness: Operated) -> None:
    # Sent up to the byte that is too much: closing on unread bytes would cost the client the answer.
    chunks = (b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n") * 3
    with listening(witness.app) as (_, server):
        answer = raw(server, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks[: REQUEST_BYTES_MAX + 1])
    assert status(answer) == b"HTTP/1.1 413 Request Entity Too Large"
    assert witness.reports == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00\xff\r\n\r\n", b"400 Bad Request"),
        (HEAD + b"Content-Length: -1\r\n\r\n", b"400 Bad Request"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", b"400 Bad Request"),
        (HEAD + b"Transfer-Encoding: gzip\r\n\r\n", b"501 Not Implemented"),
        ((HEAD + b"X: " + b"x" * HEADER_BYTES_MAX)[:HEADER_BYTES_MAX], b"431 Request Header Fields Too Large"),
        (HEAD + b"\r\n", b"400 Bad Request"),
    ],
)
def test_what_is_no_request_is_refused(witness: Operated, data: bytes, expected: bytes) -> None:
    with listening(witness.app) as (_, server):
        answer = raw(server, data)
    assert status(answer).split(b" ", 1)[1] == expected
    assert size_held(witness) is None


def test_half_a_request_is_none(witness: Operated) -> None:
    body = LOG.submission(0, 300)
    with listening(witness.app) as (_, server):
        assert raw(server, HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:-1]) == b""
    assert size_held(witness) is None


def test_a_connection_ends_however_busy_it_looks(witness: Operated) -> None:
    with contextlib.ExitStack() as stack:
        url, server = stack.enter_context(listening(witness.app))
        slow = stack.enter_context(socket.create_connection(server.addresses[0], timeout=PATIENCE_SECONDS))
        slow.sendall(HEAD + b"Content-Le")
        # Connections are taken in their order, so once this one is answered the slow one has been taken too.
        assert post(url, LOG.submission(0, 300)) == 200
        (listener,) = server._listeners
        (channel,) = [c for c in listener.active_channels.values() if c.addr[1] == slow.getsockname()[1]]
        channel.last_activity = math.inf
        listener.maintenance(channel.creation_time + CONNECTION_SECONDS_MAX - 1)
        assert not channel.will_close
        listener.maintenance(channel.creation_time + CONNECTION_SECONDS_MAX + 1)
        listener.pull_trigger()
        assert slow.recv(1) == b""


def test_a_request_under_way_is_finished_when_the_server_stops(tmp_path: Path) -> None:
    deciding, going_on = threading.Event(), threading.Event()

    def report(_: str) -> None:
        deciding.set()
        assert going_on.wait(PATIENCE_SECONDS)

    path = tmp_path / "witness.db"
    WitnessStore.create(path)
    config = WitnessConfig(store=path, keys=WITNESS_KEYS, logs=KEYS.both)
    servers: list[WitnessServer] = []
    started = threading.Event()

    def run() -> None:
        serve(config, host="127.0.0.1", port=0, clock=lambda: TIME, report=report, started=on_start)

    def on_start(server: WitnessServer) -> None:
        servers.append(server)
        started.set()

    with ThreadPoolExecutor(2) as pool:
        serving = pool.submit(run)
        assert started.wait(PATIENCE_SECONDS)
        (server,) = servers
        host, port = server.addresses[0]
        asking = pool.submit(post, f"http://{host}:{port}", LOG.submission(0, 300))
        assert deciding.wait(PATIENCE_SECONDS)
        server.stop()
        server.stop()
        going_on.set()
        assert asking.result(PATIENCE_SECONDS) == 200
        serving.result(PATIENCE_SECONDS)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((host, port), timeout=PATIENCE_SECONDS)
    # Nothing holds the memory any more.
    with operated(tmp_path) as again:
        assert size_held(again) == 300


def test_a_server_that_never_ran_lets_its_port_go(witness: Operated) -> None:
    server = WitnessServer(witness.app, host="127.0.0.1", port=0)
    ((host, port),) = server.addresses
    with pytest.raises(InputError) as caught:
        WitnessServer(witness.app, host=host, port=port)
    assert caught.value.message.startswith(f"witness: cannot listen on '{host}' port {port}: ")
    server.close()
    server.close()
    again = WitnessServer(witness.app, host=host, port=port)
    assert again.addresses == ((host, port),)
    again.close()


def test_a_host_that_is_none_is_told(witness: Operated) -> None:
    with pytest.raises(InputError, match=re.escape("witness: cannot listen on '256.0.0.1' port 1: Invalid host/port")):
        WitnessServer(witness.app, host="256.0.0.1", port=1)


# -- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "logs", "message"),
    [
        ([], KEYS.both, "witness key: found none, expected at least one"),
        (WITNESS_KEYS, [], "log key: found none, expected at least one"),
        (
            [ED25519],
            KEYS.both,
            f"witness key {ED25519.verifier.label}: found signature type 0x01, expected 0x04 or 0x06",
        ),
        (
            WITNESS_KEYS,
            [WITNESS.verifier],
            f"log key {WITNESS.verifier.label}: found signature type 0x04, expected 0x01 or 0x06",
        ),
        (
            [WITNESS, WITNESS],
            KEYS.both,
            f"witness key {WITNESS.verifier.label}: found its public key a second time, expected each key once",
        ),
    ],
)
def test_keys_of_other_kinds_are_refused(
    witness: Operated, keys: Sequence[SigningKey], logs: Sequence[VerifierKey], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        Witness(witness.store, keys=keys, logs=logs, clock=lambda: TIME, report=witness.reports.append)
    assert caught.value.message == message
