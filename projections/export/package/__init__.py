"""A package that proves itself: a BagIt 1.0 bag with the evidence, what it says in words, and the recipe to check it.

Promises: everything in it but the documents follows from its evidence and its terms, so that verification makes it
again and compares; every file is named in a manifest, the manifests in the tag manifest, whose digest is what a handing
over records; the same state on the same terms gives the same bytes.

May not come in: anything that only Ratsbuch could read. Whoever has openssl, sha512sum and xmllint can follow the
recipe.

Source: RFC 8493.
"""
