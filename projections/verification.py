"""A verification report for its reader: in words on a terminal, and as the document of `verify --json`.

What the verdict rests on comes first, because without memory from outside the archive even a flawless report says
only that the record agrees with itself.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

from archive.intake.references import shown
from archive.verify.report import STEPS, VIEWS, Finding, Report, Step, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMAT: Final = "ratsbuch-verify/1"
# A terminal is no place for thousands of lines; `--json` has as many as the report keeps.
FINDINGS_SHOWN: Final = 20
GERMAN: Final = {
    Verdict.PASSED: "unverändert nachgewiesen",
    Verdict.INDETERMINATE: "nicht nachweisbar",
    Verdict.FAILED: "Abweichung festgestellt",
}
STEPS_GERMAN: Final = {
    0: "Aufbau",
    1: "Register",
    2: "Einträge",
    3: "Ströme",
    4: "Protokoll",
    5: "Erinnerung",
    6: "Offenlegungen",
    7: "Dokumente",
    8: "Bedeutung",
    9: "Sichten",
}
_MEMORY: Final = 5
# What `RestsOn.memory` is made of.
_WORDS: Final = {
    "none": "keine",
    "own": "eigene",
    "line of": "Zeile vom",
    "checkpoint": "Prüfpunkt",
    "receipt": "Eintragungsnachweis",
    "witnesses": "Gegenprüfstellen",
    "witness": "Gegenprüfstelle",
    "size": "Stand",
}


class StepDocument(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step as it stands in JSON; `more` is there only where findings were left out of the list."""

    step: int
    name: str
    verdict: Verdict
    checked: int
    findings: tuple[Finding, ...]
    more: int = 0


class RestsOnDocument(Struct, frozen=True, kw_only=True):
    """What the verdict rests on, as it stands in JSON."""

    memory: str
    time: str


class VerifyDocument(Struct, frozen=True, kw_only=True):
    """The document of `verify --json`; `root` is null where the events leave no root to be computed."""

    format: str
    verdict: Verdict
    target: str
    rests_on: RestsOnDocument
    events: int
    size: int
    root: str | None
    steps: tuple[StepDocument, ...]


def verify_document(report: Report) -> VerifyDocument:
    """Give the report as it stands in JSON."""
    return VerifyDocument(
        format=FORMAT,
        verdict=report.verdict,
        target=report.target,
        rests_on=RestsOnDocument(memory=report.rests_on.memory, time=report.rests_on.time),
        events=report.events,
        size=report.size,
        root=None if report.root is None else base64.b64encode(report.root).decode(),
        steps=tuple(
            StepDocument(
                step=step.step,
                name=step.name,
                verdict=step.verdict,
                checked=step.checked,
                findings=step.findings,
                more=step.more,
            )
            for step in report.steps
        ),
    )


def require_memory(report: Report) -> Report:
    """Give the report with step 5 not proved, where nothing remembers that the archive's own user cannot rewrite."""
    if report.rests_on.outside:
        return report
    finding = Finding(
        code="MEMORY_MISSING",
        verdict=Verdict.INDETERMINATE,
        place=report.target,
        found=f"memory: {report.rests_on.memory}",
        expected="a checkpoint, a receipt or a line that was kept elsewhere, or cosignatures of a quorum of witnesses",
    )
    steps = tuple(
        structs.replace(
            step, verdict=Verdict.worst((step.verdict, finding.verdict)), findings=(*step.findings, finding)
        )
        if step.step == _MEMORY
        else step
        for step in report.steps
    )
    return structs.replace(report, steps=steps, verdict=Verdict.worst(each.verdict for each in steps))


# -- words ----------------------------------------------------------------------------------------


def verify_text(report: Report) -> str:
    """Give the report in words."""
    return "\n".join((*_head(report), "", *_table(report.steps), *_findings(report.steps)))


def _head(report: Report) -> Iterator[str]:
    memory = report.rests_on.memory
    german = re.sub("|".join(_WORDS), lambda word: _WORDS[word[0]], memory)
    yield f"rests on   memory: {memory}; time: {report.rests_on.time}"
    yield f"           (Erinnerung: {german}; Zeit: eigene Uhr)"
    yield f"verdict    {report.verdict}: {report.headline()}"
    yield f"           ({_headline_german(report)})"
    example = " (example, no official record)" if report.example else ""
    yield f"target     {_plain(report.target)}"
    yield f"register   {report.register or 'unknown'}{example}"
    yield f"anchor     {report.anchor or 'none'}"
    if report.events == report.size:
        yield f"events     {report.events}, positions 1 to {report.size}" if report.size else "events     none"
    else:
        # An extract gives some of them, and a checkpoint over all.
        yield f"events     {report.events} of {report.size}"
    yield f"root       {'none' if report.root is None else base64.b64encode(report.root).decode()}"


def _headline_german(report: Report) -> str:
    if report.verdict is Verdict.FAILED:
        only_views = all(step.verdict is not Verdict.FAILED or step.step == VIEWS for step in report.steps)
        return f"{GERMAN[Verdict.FAILED]}{' an den Sichten, nicht am Aufgezeichneten' if only_views else ''}"
    if report.verdict is Verdict.INDETERMINATE:
        missing = sorted({f.code for s in report.steps for f in s.findings if f.verdict is Verdict.INDETERMINATE})
        return f"{GERMAN[Verdict.INDETERMINATE]} (es fehlt der Nachweis: {', '.join(missing)})"
    if not report.rests_on.outside:
        return f"{GERMAN[Verdict.PASSED]}: in sich stimmig, nicht gegen Austausch gesichert"
    if report.rests_on.reach < report.size:
        return f"{GERMAN[Verdict.PASSED]} bis Position {report.rests_on.reach}, danach in sich stimmig"
    return GERMAN[Verdict.PASSED]


def _table(steps: Sequence[Step]) -> Iterator[str]:
    done = {step.step: step for step in steps}
    for number, name in STEPS.items():
        step = done.get(number)
        if step is None and number == 0:
            continue  # only an export has a structure of its own
        head = f"step {number}  {f'{name} ({STEPS_GERMAN[number]})':<28}"
        if step is None:
            yield f"{head}  not looked at"
        else:
            yield f"{head}  {step.verdict:<13}  {step.checked:>7} checked  {GERMAN[step.verdict]}"


def _findings(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        for finding in step.findings[:FINDINGS_SHOWN]:
            yield ""
            yield f"step {step.step}  {finding.code}  {_plain(finding.place)}  {finding.verdict}"
            yield f"        found     {_plain(finding.found)}"
            yield f"        expected  {_plain(finding.expected)}"
        left = len(step.findings) - FINDINGS_SHOWN + step.more
        if left > 0:
            yield ""
            kept = len(step.findings)
            yield f"step {step.step}  and {left} more; --json has {kept} of {kept + step.more}"


def _plain(text: str) -> str:
    """Give a text that may come out of a forged archive so that a terminal obeys nothing in it."""
    return text if text.isprintable() else shown(text)[1:-1]
