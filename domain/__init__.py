"""What is a fact of a council, and which facts are allowed?

The folder holds the closed catalogue of events (`events`), the values and code lists that they are made of
(`values`, `vocabulary`, `dates`, `text`), what a stream of them adds up to (`stream` and one module for each
kind of stream, joined in `streams`), the rule sets by which a result is checked (`rules`) and what does not fit
together (`findings`).

It promises that every function is pure: the same events give the same state, the same refusal and the same
findings, today and in thirty years. Few things are refused, and `decide_*` alone refuses; `evolve` applies what
was recorded and judges nothing. What contradicts itself is kept as it was stated, and flagged.

What may not come in: input and output, a clock, chance, a database, cryptography, and any library but msgspec.
"""
