"""The transparency log: what was recorded stays recorded, in this order, and anyone can check it.

What it answers: is this event in the record, is the record of today an extension of the one I saw, and who else saw
it. Promise: the formats are public standards (RFC 9162, C2SP) and are read strictly; nothing is signed that does not
extend all that was signed before. What may not come in: the event store (`sequencer.Record` says what is wanted of it),
clock and random source.

Bytes in, bytes out, and no files or network, so that every proof can be checked again with nothing but the bytes:

| module | holds |
|---|---|
| `merkle` | leaf, node and root hashes, the frontier, inclusion and consistency proofs |
| `tiles` | C2SP tlog-tiles: paths, building tiles and entry bundles, proofs from tiles |
| `note` | C2SP signed-note: the envelope, verifier keys, Ed25519 signatures |
| `head` | C2SP tlog-checkpoint: what a checkpoint states (origin, size, root) |
| `cosignature` | C2SP tlog-cosignature: Ed25519 (0x04) and ML-DSA-44 (0x06), with time |
| `checkpoint` | the log's own checkpoint: signing with both keys, opening |
| `cosigned` | what witnesses added to a checkpoint, put together with it |
| `proof` | C2SP tlog-proof: the receipt (de: Eintragungsnachweis) |
| `policy` | C2SP tlog-policy: whom a verifier believes, and the quorum of witnesses |
| `line` | the line under the minutes: a checkpoint that fits on paper and can be typed in |
| `sequencer` | from the record's entries to the log: in batches, from anywhere, stopping at a gap; roots in parts |
| `witness` | C2SP tlog-witness, the asking side: what is sent, and what an answer is worth |

With files, which `files` writes:

| module | holds |
|---|---|
| `files` | reading, writing, renaming: a crash leaves the old file or the new one |
| `folder` | the cache `log/`, comparing it, and `publish` |
| `memory` | the newest known checkpoint, outside the archive |
| `opening` | does the record hold all that is known to be vouched for, in O(log n) |
| `signing` | the next checkpoint, and bringing cache and memory up to it |
| `receipts` | giving out receipts, as files |
| `witness_store` | what a witness of ours remembers |
| `witness_server` | a witness of ours (de: Gegenprüfstelle): deciding, the WSGI application, listening |

The two rows that begin with `witness_` are a service beside the log; it keeps a file and a socket of its own.
"""
