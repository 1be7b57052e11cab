"""How is a fact kept so that it can be proved?

Holds: event tokens and their disclosures, keys and certificates, the append-only store, documents by digest,
verification, and the reading of command files. `token`, `disclosure` and `keys` work without the event store, so that
a single token can be checked far away from any archive.

Promises: what was signed is stored byte for byte and never re-encoded, repaired or normalised. Every acknowledged
event is on disk. A command file is recorded as a whole or not at all. Verification trusts nothing that is stored and
can be derived, and reports instead of raising.

May not come in: what a fact means (that is the domain's), how it is shown (that is the projections'), a clock, a
random source or an environment of its own (they are parameters; only `cli` makes the real ones), and any name read
from data that becomes an import, a path or SQL. The event store's library stays inside `archive` and `store`.
"""
