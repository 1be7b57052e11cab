from __future__ import annotations

from support.logs import ED25519, TIME, WITNESS, WITNESS_MLDSA44, checkpoint, signing_key

from archive.log.cosignature import cosign
from archive.log.cosigned import newest_of, stated_time, with_cosignatures
from archive.log.head import TreeHead, parse_head
from archive.log.merkle import RootHash
from archive.log.note import SIGNATURES_MAX, SignatureType, parse_note

NOTE = checkpoint(70, RootHash(bytes(32)))


def head() -> TreeHead:
    return parse_head(parse_note(NOTE).text)


def line(key: object = WITNESS, *, timestamp: int = TIME) -> bytes:
    return cosign(head(), key, timestamp=timestamp).line.encode()  # type: ignore[arg-type]  # keys of tests


def test_lines_of_witnesses_come_below_those_of_the_log() -> None:
    both = (line(WITNESS), line(WITNESS_MLDSA44))
    assert with_cosignatures(NOTE, both) == NOTE + both[0] + both[1]
    assert with_cosignatures(NOTE, ()) == NOTE


def test_of_each_key_the_newest_line_counts() -> None:
    old, new = line(timestamp=TIME), line(timestamp=TIME + 300)
    for rows in ((old, new), (new, old)):
        assert with_cosignatures(NOTE, rows) == NOTE + new
        found = newest_of(WITNESS.verifier, [(70, row) for row in rows])
        assert found is not None
        assert (found[0], stated_time(found[1])) == (70, TIME + 300)


def test_lines_that_cannot_be_read_or_are_of_others_are_passed_over() -> None:
    good = line()
    assert with_cosignatures(NOTE, (b"", b"\xff\n", b"no line\n", good, good[:-1])) == NOTE + good
    assert newest_of(WITNESS_MLDSA44.verifier, [(70, b"no line\n"), (70, good)]) is None


def test_line_of_the_logs_own_key_never_takes_the_place_of_its_signature() -> None:
    forged = parse_note(NOTE).signatures[0].line.replace("A", "B").encode()
    assert forged != parse_note(NOTE).signatures[0].line.encode()
    assert with_cosignatures(NOTE, (forged,)).startswith(NOTE)
    own = ED25519.sign(b"something else").line.encode()
    assert with_cosignatures(NOTE, (own,)) == NOTE


def test_more_lines_than_a_note_takes_are_cut_off() -> None:
    keys = [signing_key(f"w{number}.example", SignatureType.COSIGNATURE_ED25519) for number in range(SIGNATURES_MAX)]
    whole = parse_note(with_cosignatures(NOTE, [line(key) for key in keys]))
    assert len(whole.signatures) == SIGNATURES_MAX
