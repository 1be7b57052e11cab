"""The transparency log: what was recorded stays recorded, in this order, and anyone can check it.

What it answers: is this event in the record, is the record of today an extension of the one I saw, and who else saw
it. Promise: bytes in, bytes out; the formats are public standards (RFC 9162, C2SP) and are read strictly. What may
not come in: the event store, files, network, clock and random source; they are the callers' business, so that every
proof here can be checked again with nothing but the bytes.

| module | holds |
|---|---|
| `merkle` | leaf, node and root hashes, the frontier, inclusion and consistency proofs |
| `tiles` | C2SP tlog-tiles: paths, building tiles and entry bundles, proofs from tiles |
| `note` | C2SP signed-note: the envelope, verifier keys, Ed25519 signatures |
| `head` | C2SP tlog-checkpoint: what a checkpoint states (origin, size, root) |
| `cosignature` | C2SP tlog-cosignature: Ed25519 (0x04) and ML-DSA-44 (0x06), with time |
| `checkpoint` | the log's own checkpoint: signing with both keys, opening |
| `proof` | C2SP tlog-proof: the receipt (de: Eintragungsnachweis) |
| `policy` | C2SP tlog-policy: whom a verifier believes, and the quorum of witnesses |
| `line` | the line under the minutes: a checkpoint that fits on paper and can be typed in |
| `witness` | C2SP tlog-witness, the asking side: what is sent, and what an answer is worth |
| `witness_store` | what a witness of ours remembers |
| `witness_server` | a witness of ours (de: Gegenprüfstelle): deciding, the WSGI application, listening |

The two rows that begin with `witness_` are a service beside the log; it keeps a file and a socket of its own.
"""
