"""Where the bytes are kept: the recorders of the event store, one module a database.

Promises: positions are gapless from 1; what was acknowledged is on disk; rows can be added and not changed.
What may not come in: rules, hashes and signatures (a store keeps bytes and does not judge them), and anything
that one database offers and another cannot.
"""
