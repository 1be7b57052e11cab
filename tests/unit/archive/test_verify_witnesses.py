"""How many witnesses vouch, and for which size: who cosigned a larger size has seen every smaller one."""

from __future__ import annotations

import pytest
from support.logs import WITNESS, WITNESS_MLDSA44, signing_key

from archive.log.note import SignatureType
from archive.log.policy import parse_policy
from archive.verify.evidence import Evidence, Kind, Weighed
from archive.verify.logs import memory_of

OTHER = signing_key("kreis.example/w1", SignatureType.COSIGNATURE_MLDSA44)
POLICY = f"""witness a {WITNESS.verifier.vkey}
witness b {OTHER.verifier.vkey}
group {{0}} {{1}} a b
quorum {{0}}
"""


def cosigned(size: int, *witnesses: str) -> Weighed:
    evidence = Evidence(kind=Kind.COSIGNED, name=f"checkpoint {size}", size=size, root=bytes(32), note=b"")
    return Weighed(evidence=evidence, checkpoint=None, witnesses=witnesses)


@pytest.mark.parametrize(
    ("kind", "weighed", "words", "reach"),
    [
        ("all", (cosigned(5, "a"), cosigned(9, "b")), "2 witnesses (size 5)", 5),
        ("all", (cosigned(5, "a", "b"), cosigned(9, "b")), "2 witnesses (size 5)", 5),
        ("all", (cosigned(9, "a", "b"),), "2 witnesses (size 9)", 9),
        ("all", (cosigned(9, "b"),), "none", 0),
        ("any", (cosigned(5, "a"), cosigned(9, "b")), "1 witness (size 9)", 9),
        ("any", (), "none", 0),
    ],
)
def test_quorum_holds_for_the_largest_size_that_enough_of_them_have_seen(
    kind: str, weighed: tuple[Weighed, ...], words: str, reach: int
) -> None:
    assert memory_of(weighed, parse_policy(POLICY.format("quorate", kind).encode())) == (words, reach)


def test_cosigned_checkpoint_of_the_archive_is_no_memory_without_a_policy() -> None:
    assert memory_of((cosigned(9, "a"),), None) == ("none", 0)


def test_one_witness_may_be_the_quorum_or_none() -> None:
    weighed = (cosigned(5, "a"), cosigned(9, "b"))
    text = POLICY.format("both", "all")
    assert memory_of(weighed, parse_policy(text.replace("quorum both", "quorum a").encode())) == (
        "2 witnesses (size 5)",
        5,
    )
    assert memory_of(weighed, parse_policy(text.replace("quorum both", "quorum none").encode())) == ("none", 0)


def test_cosigned_checkpoint_short_of_the_quorum_makes_nothing_reach_further() -> None:
    receipt = Evidence(kind=Kind.RECEIPT, name="receipt", size=3, root=bytes(32), note=b"")
    weighed = (Weighed(evidence=receipt, checkpoint=None, witnesses=()), cosigned(9, "a"))
    assert memory_of(weighed, parse_policy(POLICY.format("both", "all").encode())) == ("receipt (size 3)", 3)


def test_two_keys_of_one_witness_are_one_party() -> None:
    text = POLICY.format("both", "all").replace(OTHER.verifier.vkey, WITNESS_MLDSA44.verifier.vkey)
    assert memory_of((cosigned(9, "a", "b"),), parse_policy(text.encode())) == ("1 witness (size 9)", 9)
