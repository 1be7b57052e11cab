"""What differs between two versions of a proposal, and where does each sentence of it come from?

Holds: the comparison of texts by paragraph and word (`words`, `align`, `texts`), sentences (`sentences`), the
difference of two versions (`versions`), the provenance of the Beschlussvorschlag (`origins`), what both give
(`shapes`) and how it is printed (`printing`).

Promises: the pieces of a comparison give both texts again, byte for byte. What is not held, withheld, erased or not
mentioned is said to be so and never compared as if it were empty. The work is bounded, whatever the texts are.

May not come in: a judgement on who was right, a repaired text, colours that do not come from the caller.
"""
