"""Is the record what was recorded? The numbered procedure, over an archive or anything else that holds one.

Promises: nothing that is stored and can be derived is trusted; a bad archive gives a report, not an exception;
missing evidence is indeterminate, never passed; lost and altered are different findings. What may not come in:
writing of any kind, and what the facts mean to a reader (step 9 is the projections').
"""

from archive.verify.evidence import Evidence, cosigned, line_evidence, read_evidence
from archive.verify.procedure import verify
from archive.verify.report import Finding, Report, RestsOn, Step, Verdict
from archive.verify.source import ArchiveSource, Source

__all__ = [
    "ArchiveSource",
    "Evidence",
    "Finding",
    "Report",
    "RestsOn",
    "Source",
    "Step",
    "Verdict",
    "cosigned",
    "line_evidence",
    "read_evidence",
    "verify",
]
