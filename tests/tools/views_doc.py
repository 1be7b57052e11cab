"""Writes the tables of `docs/views.md` from their declarations, so that the document cannot say anything else.

python tests/tools/views_doc.py          writes docs/views.md anew between its two marks
python tests/tools/views_doc.py --check  fails where that would change it
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from projections.projector import tables_of  # noqa: E402  # the project itself, wherever it is called from
from projections.views import VIEWS  # noqa: E402
from projections.views.computed import COMPUTED  # noqa: E402
from projections.views.table import EVENT, FROM, STREAM, UNSTATED, UNTIL  # noqa: E402

DOCUMENT: Final = ROOT / "docs" / "views.md"
BEGIN: Final = "<!-- tables: begin -->"
END: Final = "<!-- tables: end -->"
_PRESENT: Final = (
    "The views that follow hold the present only: their tables have no `from_position` and no `until_position`."
)


def tables() -> str:
    """Give the part of the document that is made."""
    lines = ["Every table has these columns besides its own:", "", "| column | what stands in it |", "|---|---|"]
    lines += [f"| `{one.name}` | {one.says} |" for one in (STREAM, FROM, UNTIL, EVENT, UNSTATED)]
    for view in (*VIEWS, *COMPUTED):
        if view is COMPUTED[0]:
            lines += ["", _PRESENT]
        kinds = ", ".join(view.kinds)
        lines += ["", f"### View `{view.name}` (version {view.version}; streams: {kinds})"]
        for table in tables_of(view):
            lines += ["", f"**`{table.name}`**: {table.says}", "", "| column | what stands in it |", "|---|---|"]
            lines += [f"| `{one.name}` | {one.says} |" for one in table.columns]
    return "\n".join(lines)


def document(text: str) -> str:
    """Give the document with that part made anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{tables()}\n{END}{after}"


def main() -> int:
    """Write, or check."""
    text = DOCUMENT.read_text()
    made = document(text)
    if "--check" in sys.argv[1:]:
        if made != text:
            print(f"{DOCUMENT}: not as the tables are declared; run {Path(__file__).name}", file=sys.stderr)
            return 1
        return 0
    DOCUMENT.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
