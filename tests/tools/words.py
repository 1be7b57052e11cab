"""Find what must not be in the repository: paths of somebody's machine, and addresses where packages come from.

The pins hold hashes and no address, so that they work with any mirror; a path of one machine works on no other.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from repository import ROOT, files

if TYPE_CHECKING:
    from collections.abc import Iterator

MACHINE_PATH = re.compile(r"(?<![\w.*:])/(?:tmp|work|root|home)/[A-Za-z0-9_.-]+")
ADDRESS = re.compile(r"\w+://|--(?:extra-)?index-url|--find-links|--trusted-host")
# Here any address would be one of packages.
PACKAGING = re.compile(r"requirements/.*\.txt|pyproject\.toml|Makefile|\.ci/.*")


def found() -> Iterator[str]:
    """Give one line for each place: file, line, what stands there."""
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # bytes of a document, not words of ours
        for number, line in enumerate(text.splitlines(), start=1):
            for hit in MACHINE_PATH.finditer(line):
                yield f"{name}:{number}: path of a machine: {hit.group()}"
            if PACKAGING.fullmatch(name) and (address := ADDRESS.search(line)):
                yield f"{name}:{number}: address in a packaging file: {address.group()}"


if __name__ == "__main__":
    hits = list(found())
    print("\n".join(hits) if hits else "words: no machine paths, no package addresses")
    sys.exit(bool(hits))
