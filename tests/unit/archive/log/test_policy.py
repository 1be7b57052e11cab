from __future__ import annotations

import hashlib

import pytest
from support.logs import (
    ED25519,
    KEYS,
    MLDSA44,
    ORIGIN,
    TIME,
    VECTORS,
    WITNESS,
    checkpoint,
    entries,
    signing_key,
)

from archive.errors import EvidenceError, InputError, IntegrityError
from archive.log import merkle
from archive.log.checkpoint import with_signatures
from archive.log.cosignature import cosign
from archive.log.head import TreeHead
from archive.log.note import SignatureType, encode_note, parse_note
from archive.log.policy import Group, open_trusted, parse_policy, satisfied

ROOT = merkle.root_hash(merkle.leaf_hashes(entries(70)))
HEAD = TreeHead(origin=ORIGIN, size=70, root=ROOT)
DATA = checkpoint(70, ROOT)
WITNESSES = {
    name: signing_key(f"{name}.example", SignatureType.COSIGNATURE_ED25519)
    for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")
}
LOGS = "".join(f"log {key.vkey}\n" for key in KEYS.both)
# The example of the specification, with keys.
EXAMPLE = (
    LOGS
    + "".join(f"witness {name} {key.verifier.vkey}\n" for name, key in WITNESSES.items())
    + "group X-witnesses 2 X1 X2 X3\n"
    "group Y-witnesses any Y1 Y2 Y3\n"
    "group X-and-Y all X-witnesses Y-witnesses\n"
    "quorum X-and-Y\n"
)
W = WITNESS.verifier.vkey
# The log's Ed25519 key under another name.
RENAMED = signing_key("renamed", SignatureType.ED25519, f"{ORIGIN} {SignatureType.ED25519}").verifier


def cosigned(*names: str) -> bytes:
    return with_signatures(DATA, [cosign(HEAD, WITNESSES[name], timestamp=TIME) for name in names])


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        parse_policy(text.encode())
    return caught.value.message


def test_the_known_policy_trusts_the_known_checkpoint() -> None:
    policy = parse_policy((VECTORS / "policy").read_bytes())
    assert policy.anchor_hex == hashlib.sha256(b"token 1").hexdigest()
    assert [log.url for log in policy.logs] == [None, "https://ratsbuch.example/log/"]
    assert policy.groups == (Group(name="nachbarn", threshold=1, members=("nachbar",)),)
    trusted = open_trusted(policy, (VECTORS / "checkpoint_70.txt").read_bytes())
    assert (trusted.checkpoint.head, trusted.witnesses) == (HEAD, (("nachbar", TIME + 1),))


@pytest.mark.parametrize(
    ("names", "reached"),
    [
        (("X1", "X2", "Y1"), True),
        (("X1", "X3", "Y2", "Y3"), True),
        (("X1", "X2", "X3"), False),
        (("X1", "Y1", "Y2", "Y3"), False),
        ((), False),
    ],
)
def test_the_quorum_of_the_specification_s_example(names: tuple[str, ...], reached: bool) -> None:  # noqa: FBT001
    policy = parse_policy(EXAMPLE.encode())
    assert ("X-and-Y" in satisfied(policy, names)) is reached
    if reached:
        assert [name for name, _ in open_trusted(policy, cosigned(*names)).witnesses] == list(names)
    else:
        with pytest.raises(EvidenceError) as caught:
            open_trusted(policy, cosigned(*names))
        found = ", ".join(f"'{name}'" for name in names) or "none"
        assert caught.value.message == f"checkpoint: found cosignatures of {found}, expected the quorum 'X-and-Y'"


def test_a_name_that_is_not_a_witness_satisfies_nothing() -> None:
    assert satisfied(parse_policy(EXAMPLE.encode()), ["stranger", "X-and-Y"]) == {"none"}


def test_a_single_witness_can_be_the_quorum() -> None:
    policy = parse_policy(f"{LOGS}witness w {W}\nquorum w\n".encode())
    data = with_signatures(DATA, [cosign(HEAD, WITNESS, timestamp=TIME)])
    assert open_trusted(policy, data).witnesses == (("w", TIME),)
    with pytest.raises(EvidenceError):
        open_trusted(policy, DATA)


def test_a_bad_cosignature_of_a_listed_witness_is_a_deviation() -> None:
    policy = parse_policy(f"{LOGS}witness w {W}\nquorum none\n".encode())
    other = TreeHead(origin=ORIGIN, size=71, root=ROOT)
    with pytest.raises(IntegrityError):
        open_trusted(policy, with_signatures(DATA, [cosign(other, WITNESS, timestamp=TIME)]))


@pytest.mark.parametrize("missing", [0, 1])
def test_each_listed_type_of_log_key_has_to_have_signed(missing: int) -> None:
    policy = parse_policy(f"{LOGS}quorum none\n".encode())
    note = parse_note(DATA)
    data = encode_note(note.text, [s for at, s in enumerate(note.signatures) if at != missing])
    with pytest.raises(EvidenceError) as caught:
        open_trusted(policy, data)
    assert caught.value.message == f"checkpoint: found no signature of the log by {KEYS.both[missing].label}"
    # A verifier who lists one key only, as other tools do, needs that one.
    one = parse_policy(f"log {KEYS.both[1 - missing].vkey}\nquorum none\n".encode())
    assert open_trusted(one, data).checkpoint.head == HEAD


def test_of_an_old_and_a_new_key_one_is_enough() -> None:
    old = signing_key(ORIGIN, SignatureType.ED25519, "old").verifier.vkey
    assert open_trusted(parse_policy(f"log {old}\n{LOGS}quorum none\n".encode()), DATA).checkpoint.head == HEAD


def test_a_key_vouches_only_for_the_log_it_is_named_after() -> None:
    head = TreeHead(origin="other.example/log", size=70, root=ROOT)
    data = encode_note(head.text, [ED25519.sign(head.text), cosign(head, MLDSA44, timestamp=TIME)])
    with pytest.raises(EvidenceError) as caught:
        open_trusted(parse_policy(f"{LOGS}quorum none\n".encode()), data)
    assert caught.value.message == "checkpoint: found origin 'other.example/log', which the policy does not list"


def test_logs_may_be_known_from_elsewhere() -> None:
    policy = parse_policy(b"quorum none\n")
    with pytest.raises(EvidenceError):
        open_trusted(policy, DATA)
    assert open_trusted(policy, DATA, log_keys=KEYS.both).checkpoint.head == HEAD


def test_spaces_tabs_comments_and_empty_lines_are_allowed() -> None:
    text = f"\n \t\n\t # c\n#\n  log\t{KEYS.ed25519.vkey}  \n witness\tw {W}\thttps://w.example \n\tquorum \t w\t\n"
    policy = parse_policy(text.encode())
    assert (len(policy.logs), policy.witnesses[0].url, policy.quorum) == (1, "https://w.example", "w")


def test_names_are_octets() -> None:
    kelvin, other = "\u212a".encode(), b"\xff\xc2\xa0"
    text = b"witness K %s\nwitness %s %s\nwitness %s %s\ngroup g all K %s %s\nquorum g\n"
    keys = [signing_key(f"n{i}", SignatureType.COSIGNATURE_ED25519).verifier.vkey.encode() for i in range(3)]
    policy = parse_policy(text % (keys[0], kelvin, keys[1], other, keys[2], kelvin, other))
    assert [w.name.encode("utf-8", "surrogateescape") for w in policy.witnesses] == [b"K", kelvin, other]


def test_an_anchor_pins_the_register() -> None:
    anchor = "ab" * 32
    for line in (f"# anchor {anchor}", f"#anchor {anchor}", f"  #\tanchor   {anchor}  "):
        assert parse_policy(f"{line}\nquorum none\n".encode()).anchor_hex == anchor
    assert parse_policy(b"# anchored somewhere\nquorum none\n").anchor_hex is None


def test_32_logs_witnesses_and_groups_are_taken() -> None:
    lines = []
    for i in range(32):
        lines.append(f"log {signing_key(f'log{i}', SignatureType.COSIGNATURE_MLDSA44).verifier.vkey}")
        lines.append(f"witness w{i} {signing_key(f'w{i}', SignatureType.COSIGNATURE_MLDSA44).verifier.vkey}")
        lines.append(f"group g{i} all w{i}" + (f" g{i - 1}" if i else ""))
    policy = parse_policy("\n".join([*lines, "quorum g31", ""]).encode())
    assert satisfied(policy, [f"w{i}" for i in range(32)]) >= {"g31"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "policy: found no quorum line, expected one"),
        ("quorum none", "policy: line 1: found no newline at the end, expected one; the file may be cut off"),
        ("quorum none\nquorum none\n", "policy: line 2: found a second quorum, expected one"),
        ("quorum\n", "policy: line 1: found 0 items, expected quorum <name>"),
        ("quorum a b\n", "policy: line 1: found 2 items, expected quorum <name>"),
        ("quorum a\n", "policy: line 1: found quorum 'a', expected none, or a witness or group of a line above"),
        (
            f"quorum w\nwitness w {W}\n",
            "policy: line 1: found quorum 'w', expected none, or a witness or group of a line above",
        ),
        ("Quorum none\n", "policy: line 1: found 'Quorum', expected log, witness, group, quorum or a comment"),
        ("quorum none\r\n", "policy: line 1: found byte 0x0d, expected no control characters but tab and newline"),
        ("\n\x7f\n", "policy: line 2: found byte 0x7f, expected no control characters but tab and newline"),
        ("log\n", "policy: line 1: found 0 items, expected log <vkey> [<url>]"),
        (f"log {KEYS.ed25519.vkey} a b\n", "policy: line 1: found 3 items, expected log <vkey> [<url>]"),
        ("log x\n", "policy: line 1: verifier key: found 'x', expected <name>+<8 hex digits>+<base64>"),
        (f"log {W}\n", "policy: line 1: found a key of type 0x04, expected 0x01 or 0x06"),
        (
            f"witness w {KEYS.ed25519.vkey}\n",
            "policy: line 1: found a key of type 0x01, expected 0x04 or 0x06",
        ),
        (f"witness {W}\n", "policy: line 1: found 1 items, expected witness <name> <vkey> [<url>]"),
        (f"witness none {W}\n", "policy: line 1: found name 'none' a second time, expected a new one"),
        (
            f"log {KEYS.ed25519.vkey}\nlog {RENAMED.vkey}\n",
            f"policy: line 2: found the public key of {RENAMED.label} a second time, expected each key once",
        ),
        (
            f"witness w {W}\nwitness v {W}\n",
            f"policy: line 2: found the public key of {WITNESS.verifier.label} a second time, expected each key once",
        ),
        ("group\n", "policy: line 1: found 0 items, expected group <name> <all, any or a number> <name>..."),
        (
            f"witness w {W}\ngroup g all\n",
            "policy: line 2: found 2 items, expected group <name> <all, any or a number> <name>...",
        ),
        (
            f"witness w {W}\ngroup g all g\n",
            "policy: line 2: found member 'g', expected a witness or group of a line above",
        ),
        (
            f"witness w {W}\ngroup g all none\n",
            "policy: line 2: found member 'none', expected a witness or group of a line above",
        ),
        (
            f"witness w {W}\ngroup g all w w\n",
            "policy: line 2: found member 'w' a second time, expected each name in one group only",
        ),
        (
            f"witness w {W}\ngroup g all w\ngroup h any w\n",
            "policy: line 3: found member 'w' a second time, expected each name in one group only",
        ),
        (f"witness w {W}\ngroup w all w\n", "policy: line 2: found name 'w' a second time, expected a new one"),
        *(
            (f"witness w {W}\ngroup g {k} w\n", f"policy: line 2: found threshold '{k}', expected all, any or 1 to 1")
            for k in ("0", "2", "01", "+1", "1.0", "ALL")
        ),
        (
            f"# anchor {'AB' * 32}\n",
            "policy: line 1: found an anchor that is none, expected # anchor and 64 hex digits in lower case",
        ),
        (
            "# anchor\n",
            "policy: line 1: found an anchor that is none, expected # anchor and 64 hex digits in lower case",
        ),
        (f"# anchor {'ab' * 32}\n# anchor {'ab' * 32}\n", "policy: line 2: found a second anchor, expected one"),
        ("#" * (2**20 + 1), "policy: found 1048577 bytes, expected at most 1048576"),
    ],
)
def test_what_is_not_a_policy_in_every_line_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message
