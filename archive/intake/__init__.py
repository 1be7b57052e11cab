"""What comes in, and how does it become statements?

Each module reads one kind of input (command files, documents, council information systems) and gives a
`archive.batch.Batch`. Promises: input is read strictly and within limits; a fault is named with its place, what
was found and what is allowed; all or nothing; a name found in data never becomes a path, an import or a query.

What may not come in: writing to the archive, keys, a clock or a source of ids of its own. Whether a statement
may be recorded is decided by `domain`, when it is recorded.
"""
