"""The one law of a witness: whatever it is asked, it never cosigns two checkpoints that do not belong together."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final

from hypothesis import event, given
from hypothesis import strategies as st
from support.logs import ORIGIN
from support.witnesses import GrowingLog, Operated

from archive.log.head import TreeHead
from archive.log.note import parse_signatures
from archive.log.witness import encode_submission

SIZE: Final = 12
TRUNK: Final = GrowingLog(SIZE)
# Signed by the same log: the worst that its operator can do.
BRANCHES: Final = (TRUNK, TRUNK.forked(3, b"a"), TRUNK.forked(3, b"b"), TRUNK.forked(8, b"c"), TRUNK.forked(0, b"d"))

sizes = st.integers(0, SIZE)
branches = st.sampled_from(BRANCHES)
wrongs = st.sampled_from(["", "", "", "", "numbers", "short", "long"])


@st.composite
def requests(draw: st.DrawFn, known: int) -> tuple[bytes, TreeHead]:
    """Give a request, honest or not, to a witness that knows this size, and what it asks to cosign."""
    branch = draw(branches)
    size = draw(st.one_of(st.integers(known, SIZE), sizes))
    old = draw(st.one_of(st.just(known), st.just(known), sizes))
    # The proof is of the log, of another branch, for other numbers, cut or too long.
    prover = draw(st.one_of(st.just(branch), branches))
    wrong = draw(wrongs)
    start, end = sorted((draw(sizes), draw(sizes))) if wrong == "numbers" else (old, size)
    proof = prover.prove(start, end) if 0 < start <= end else ()
    proof = {"short": proof[:-1], "long": (*proof, bytes(32))}.get(wrong, proof)
    head = head_of(branch, size)
    return encode_submission(old, proof, CHECKPOINTS[head]), head


# Signing is most of the work; there are few checkpoints.
CHECKPOINTS: Final = {
    TreeHead(origin=ORIGIN, size=size, root=branch.root(size)): branch.checkpoint(size)
    for branch in BRANCHES
    for size in range(SIZE + 1)
}


def consistent(one: TreeHead, other: TreeHead) -> bool:
    """Tell from the entries themselves whether two heads are of one growing log."""
    return any(head_of(branch, one.size) == one and head_of(branch, other.size) == other for branch in BRANCHES)


def head_of(branch: GrowingLog, size: int) -> TreeHead:
    return TreeHead(origin=ORIGIN, size=size, root=branch.root(size))


@given(st.data(), st.lists(st.sampled_from(["ask", "ask", "ask", "again", "restart"]), min_size=6, max_size=16))
def test_no_sequence_of_requests_makes_a_witness_cosign_a_fork(data: st.DataObject, steps: list[str]) -> None:
    cosigned: list[TreeHead] = []
    last: tuple[bytes, TreeHead] | None = None
    with tempfile.TemporaryDirectory() as folder:
        witness = Operated(Path(folder))
        try:
            for step in steps:
                if step == "restart":
                    witness.store.close()
                    witness = Operated(Path(folder))
                    continue
                if step == "ask" or last is None:
                    last = data.draw(requests(cosigned[-1].size if cosigned else 0))
                called = witness.post(last[0])
                if called.status == 200:
                    assert len(parse_signatures(called.body)) == 2
                    cosigned.append(last[1])
                else:
                    assert called.status in {400, 409, 422}
        finally:
            witness.store.close()
    assert [head.size for head in cosigned] == sorted(head.size for head in cosigned)
    for number, head in enumerate(cosigned):
        assert all(consistent(earlier, head) for earlier in cosigned[:number])
    event(f"cosigned: {len(cosigned)}")
