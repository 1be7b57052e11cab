"""What a verification found: findings, steps, and what the whole rests on."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from msgspec import Struct, structs

if TYPE_CHECKING:
    from collections.abc import Iterable

FINDINGS_A_STEP_MAX: Final = 1000


class Verdict(StrEnum):
    """Unverändert nachgewiesen, nicht nachweisbar, Abweichung festgestellt."""

    PASSED = "passed"
    INDETERMINATE = "indeterminate"
    FAILED = "failed"

    @staticmethod
    def worst(verdicts: Iterable[Verdict]) -> Verdict:
        """Give the worst of several; passed for none."""
        order = (Verdict.PASSED, Verdict.INDETERMINATE, Verdict.FAILED)
        return max(verdicts, key=order.index, default=Verdict.PASSED)


STEPS: Final = {
    0: "structure",
    1: "register",
    2: "tokens",
    3: "streams",
    4: "log",
    5: "memory",
    6: "disclosures",
    7: "documents",
    8: "meaning",
    9: "views",
}


# What readers are shown is made from the record, and says nothing about it.
VIEWS: Final = 9


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was found.

    Attributes:
        code: Stable; `docs/format.md` lists all.
        verdict: What it means; `passed` for what only ought to be known.
        place: Where, such as `position 4711`.
        found: What is there.
        expected: What should be.
    """

    code: str
    verdict: Verdict
    place: str
    found: str
    expected: str


class Step(Struct, frozen=True, kw_only=True):
    """One step of the procedure.

    Attributes:
        step: Its number.
        name: Its name.
        verdict: The worst of its findings.
        checked: How many things were looked at.
        findings: At most 1,000 of them.
        more: How many findings were left out of the list; they count in the verdict.
    """

    step: int
    name: str
    verdict: Verdict
    checked: int
    findings: tuple[Finding, ...]
    more: int = 0


class RestsOn(Struct, frozen=True, kw_only=True):
    """What the verdict rests on besides the bytes.

    Attributes:
        memory: What was kept outside and held: none, own, a line, a checkpoint, a receipt, witnesses.
        time: Whose clock.
        reach: Up to which position memory vouches that is out of the reach of whoever keeps the archive; 0 for none.
    """

    memory: str
    time: str
    reach: int = 0

    @property
    def outside(self) -> bool:
        """Whether any memory is out of the reach of whoever keeps the archive."""
        return self.reach > 0


class Report(Struct, frozen=True, kw_only=True):
    """The result of a verification."""

    verdict: Verdict
    target: str
    register: str | None
    example: bool
    rests_on: RestsOn
    events: int
    size: int
    root: bytes | None
    anchor: str | None
    steps: tuple[Step, ...]

    def headline(self) -> str:
        """Say in one sentence what was shown, and what was not."""
        if self.verdict is Verdict.FAILED:
            failed = {step.step for step in self.steps if step.verdict is Verdict.FAILED}
            if failed == {VIEWS}:
                return "the views show something else than the record; what was recorded was not found altered"
            return "deviation found: the record is not what was recorded"
        if self.verdict is Verdict.INDETERMINATE:
            return "not proved: nothing was found altered, but evidence is missing"
        if not self.rests_on.outside:
            return "consistent in itself, not secured against replacement"
        if self.rests_on.reach < self.size:
            return f"shown to be unaltered up to position {self.rests_on.reach}, consistent in itself after that"
        return "shown to be unaltered"


class Ledger:
    """Collects the findings of one step."""

    def __init__(self, step: int) -> None:
        self.step = step
        self.checked = 0
        self.findings: list[Finding] = []
        self.more = 0
        self._verdict = Verdict.PASSED

    def add(self, code: str, verdict: Verdict, *, place: str, found: str, expected: str) -> None:
        """Note a finding."""
        self.take(Finding(code=code, verdict=verdict, place=place, found=found, expected=expected))

    def take(self, finding: Finding) -> None:
        """Note a finding that was made elsewhere."""
        self._verdict = Verdict.worst((self._verdict, finding.verdict))
        if len(self.findings) < FINDINGS_A_STEP_MAX:
            self.findings.append(finding)
        else:
            self.more += 1

    def failed(self, code: str, *, place: str, found: str, expected: str) -> None:
        """Note a deviation."""
        self.add(code, Verdict.FAILED, place=place, found=found, expected=expected)

    def merge(self, other: Step) -> None:
        """Take over what a worker found in its part of the same step."""
        self.checked += other.checked
        for finding in other.findings:
            self.take(finding)
        self.more += other.more
        self._verdict = Verdict.worst((self._verdict, other.verdict))

    def result(self) -> Step:
        """Give the step as it stands."""
        return Step(
            step=self.step,
            name=STEPS[self.step],
            verdict=self._verdict,
            checked=self.checked,
            findings=tuple(self.findings),
            more=self.more,
        )


def with_steps(report: Report, steps: Iterable[Step]) -> Report:
    """Give the report with further steps added, and the verdict over all."""
    every = (*report.steps, *steps)
    return structs.replace(report, steps=every, verdict=Verdict.worst(s.verdict for s in every))
