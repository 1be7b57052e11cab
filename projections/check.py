"""Step 9 of verification: the views, rebuilt from the events and compared with those that readers are shown.

Views are disposable, so a difference says nothing about the record. It says that what was read on the screen may not
be what is recorded, which a reader has to know all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from archive.archive import VIEWS
from archive.errors import IntegrityError, StorageError
from archive.verify.report import Ledger, Verdict
from projections.projector import Views

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from archive.archive import Archive
    from archive.verify.report import Report

STEP: Final = 9
# Rebuilding takes longer than verifying again what only grew; above this it is done where everything is (`--full`).
EVENTS_MAX: Final = 20_000


def with_views(report: Report, folder: Path, open_archive: Callable[[], Archive], *, full: bool) -> Report:
    """Give a report with step 9 added; the same report where the archive keeps no views.

    Args:
        report: Steps 1 to 8.
        folder: The archive's folder.
        open_archive: Opens the archive that was verified.
        full: Compare however large the register is.
    """
    if not (folder / VIEWS).exists():
        return report
    ledger = Ledger(STEP)
    try:
        with open_archive() as archive:
            if archive.size > EVENTS_MAX and not full:
                ledger.add(
                    "VIEWS_NOT_COMPARED",
                    Verdict.PASSED,
                    place=VIEWS,
                    found=f"views over {archive.size} events",
                    expected="`verify --full` compares them; `rebuild` makes them anew",
                )
            else:
                with Views(archive) as views:
                    ledger.checked = views.rows()
                    for difference in views.differences():
                        ledger.failed(
                            "VIEWS_DIFFER",
                            place=VIEWS,
                            found=difference,
                            expected="what the events give; `ratsbuch rebuild` makes it so",
                        )
    except (IntegrityError, StorageError) as error:
        ledger.add(
            "VIEWS_NOT_COMPARABLE",
            Verdict.INDETERMINATE,
            place=VIEWS,
            found=error.message,
            expected="a record that can be read",
        )
    step = ledger.result()
    return structs.replace(report, verdict=Verdict.worst((report.verdict, step.verdict)), steps=(*report.steps, step))
