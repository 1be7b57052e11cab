"""Fill the tamper matrix of `docs/threat-model.md` from `support/matrix.py`.

It stands between `<!-- begin matrix -->` and `<!-- end matrix -->`. Running it again changes nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).resolve().parents[1]
if str(TESTS) not in sys.path:  # run as a script
    sys.path.insert(0, str(TESTS))

from support.matrix import COLUMNS, ROWS, Outside, Row  # noqa: E402

DOCUMENT: Final = TESTS.parent / "docs" / "threat-model.md"
BEGIN: Final = "<!-- begin matrix -->"
END: Final = "<!-- end matrix -->"


def shown(finding: str) -> str:
    """Give step and code as the table has them."""
    step, code = finding.split(" ")
    return f"{step} `{code}`"


def cell(row: Row, outside: Outside) -> str:
    """Give one cell: what is found, or honestly that nothing is."""
    verdict = row.verdict(outside)
    if verdict == "passed":
        return "passed" if row.harmless else "**not detectable**"
    words = "" if verdict == "failed" else f"{verdict}: "
    if outside is Outside.NONE or not row.found:
        return words + ", ".join(map(shown, sorted(row.expected(outside))))
    added = row.addition(outside)
    return f"{words}+ {shown(added)}" if added else f"{words}same"


def table() -> str:
    """Give the table."""
    lines = [f"| what is done | keys | {' | '.join(COLUMNS)} |", "|---" * (len(COLUMNS) + 2) + "|"]
    lines += [f"| {row.what} | {row.keys} | {' | '.join(cell(row, each) for each in COLUMNS)} |" for row in ROWS]
    return "\n".join(lines)


def fill(text: str) -> str:
    """Give the document with the table made anew."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{DOCUMENT.name}: expected one part matrix")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    DOCUMENT.write_text(fill(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
