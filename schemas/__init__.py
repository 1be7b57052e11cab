"""What does a valid document look like?

Holds: the schemas and code lists of Ratsbuch's own formats, as data files with their origin, version and SHA-256 in
`README.md`. It is a package only so that the files travel in the wheel and are found by `importlib.resources`.

Promises: a published schema never changes; a new meaning gets a new version beside it.

May not come in: code, and copies of schemas that others publish (tests and checks take a path to those).
"""
