"""The demo: the story of Vorlage 0640, told in scenes over an archive that is made for it.

A scene does something to the stage and gives the lines that tell of it. Each checks what it shows: a demo that says
"verify passes" while it does not would be worse than none.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator  # msgspec reads the annotations when a record class is made
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive import examples
from archive.archive import DATABASE, Archive, Means
from archive.enrolment import choose_signer
from archive.errors import IntegrityError
from archive.genesis import Opening, adopted, create
from archive.intake.commands import read_path
from archive.keys import KeyFolder
from archive.log.line import Line, format_line
from archive.log.memory import Memory
from archive.log.signing import read_log_signer
from archive.pin import pin_path, read_pin, write_pin
from archive.verify import ArchiveSource, Verdict, line_evidence, read_evidence, verify
from domain.rules import PRESETS
from domain.vocabulary import BodyKind
from projections.account import show
from projections.export.exporting import Wanted, export
from projections.export.holding import checkpoint_of, held_against
from projections.export.package.contents import VIEW, Contents
from projections.forgery import rewrite
from projections.projector import Views
from projections.text import account_text
from projections.verification import verify_text

if TYPE_CHECKING:
    from archive.log.checkpoint import Checkpoint
    from archive.verify import Report

REFERENCE: Final = "0640"
WIDTH: Final = 100
# The day on which the concept comes into force, as the Vorlage has it and as somebody would rather have it.
STATED_DAY: Final = b'"effective_from":"2022-01-01"'
FORGED_DAY: Final = b'"effective_from":"2022-02-01"'
# The same as whoever holds all keys would change it, in every form in which it stands anywhere.
FORGED_WORDS: Final = {"2022-01-01": "2022-02-01", "01.01.2022": "01.02.2022"}
REWRITTEN: Final = "rewritten"
REWRITTEN_STATE: Final = "rewritten-state"
PACKAGE: Final = "handed-out"
RECIPE_TOOLS: Final = ("sh", "openssl", "sha512sum", "xmllint", "awk", "od")
RECIPE_SECONDS_MAX: Final = 300
_MEMORY_STEP: Final = 5


class Stage(Struct, frozen=True, kw_only=True):
    """Where the demo plays; nothing of the user's own is read or written.

    Attributes:
        archive: The archive; not there yet, or empty.
        home: Holds what else the demo makes: `data`, `config` and `state` stand for the user's XDG folders.
        program: What to type for `ratsbuch` in the commands that are proposed at the end.
        means: Clock and random source.
        progress: Told how many of how many command files are recorded.
        version: The version of Ratsbuch.
    """

    archive: Path
    home: Path
    program: str
    means: Means
    progress: Callable[[int, int], None]
    version: str

    def pin(self, register: str) -> Path:
        """Give where the pin lies."""
        return pin_path(self.home / "config" / "ratsbuch" / "trust", register)

    def keys(self, register: str) -> KeyFolder:
        """Give the key folder."""
        path = self.home / "data" / "ratsbuch" / "keys" / register
        return KeyFolder(path, passphrase=None, random=self.means.random)

    def memory(self, register: str, *, of: str = "state") -> Memory:
        """Give the memory outside: the user's own, or one that somebody has rewritten."""
        return Memory(self.home / of / "ratsbuch" / register)

    def copy(self, name: str) -> Path:
        """Copy the archive, so that the copy can be tampered with."""
        path = self.home / name
        shutil.copytree(self.archive, path)
        return path


def play(stage: Stage) -> Iterator[str]:
    """Play all scenes and give their lines, each as soon as there is something to tell.

    Raises:
        StorageError: The folder holds something, or the disk does not take it.
        IntegrityError: A scene did not end as it has to.
    """
    for scene in SCENES:
        yield from scene(stage)
        yield ""
    yield from _farewell(stage)


# -- scenes ---------------------------------------------------------------------------------------


def _opening(stage: Stage) -> Iterator[str]:
    """Open the register and record the examples."""
    yield _title("0", "A register is opened, and three stories are recorded in it")
    opening = Opening(
        name=examples.NAME,
        kind=BodyKind(examples.KIND),
        rule_set=adopted(PRESETS[examples.RULES]),
        land=PRESETS[examples.RULES].land,
        example=True,
    )
    started = stage.means.clock()
    with create(stage.archive, opening, means=stage.means, keys=stage.keys) as archive:
        info = archive.register
        keys = archive.trust.log_keys[-1]
        write_pin(
            stage.pin(info.id),
            name=info.name,
            anchor_hex=info.anchor_hex,
            log_keys=(keys.ed25519, keys.mldsa44),
        )
        yield f"register   {info.id}"
        yield f"           {info.name}"
        yield f"anchor     {info.anchor_hex}"
        _checkpoint(stage, archive)
        signer = choose_signer(archive, stage.keys(info.id))
        files, documents = examples.files(), examples.documents()
        for number, path in enumerate(files, start=1):
            batch = read_path(path, directory=archive, new_id=stage.means.new_id, documents=documents)
            archive.record(batch, signer=signer)
            stage.progress(number, len(files))
        checkpoint = _checkpoint(stage, archive)
        seconds = stage.means.clock() - started
        yield f"recorded   {len(files)} command files, {archive.size} signed events, in {seconds:.1f} s"
        yield f"checkpoint {checkpoint.head.size} events, root {base64.b64encode(checkpoint.head.root).decode()}"
        yield ""
        yield "The minutes are printed, with this line under them, and signed by hand:"
        yield "  $ ratsbuch log checkpoint --line"
        yield _line(stage, archive)
        yield ""
        yield "A package about the Vorlage is handed out the same day:"
        yield f"  $ ratsbuch export {REFERENCE} --format package --without pdf --without xdomea -o {PACKAGE}"
        yield f"digest     {_hand_out(stage, archive)}"


def _one_screen(stage: Stage) -> Iterator[str]:
    """Scene 1: the Vorlage on one screen, and the verification."""
    yield _title("1", f"Vorlage {REFERENCE} on one screen: what is proved, what is inferred, what is not held")
    yield f"  $ ratsbuch show {REFERENCE}"
    with Archive.open(stage.archive, means=stage.means) as archive:
        yield account_text(show(archive, REFERENCE))
    yield ""
    yield "  $ ratsbuch verify"
    report = _verify(stage, stage.archive)
    _expect(report, Verdict.PASSED)
    yield verify_text(report)


def _one_byte(stage: Stage) -> Iterator[str]:
    """Scene 1b: one byte of a stored token is changed without a key."""
    yield _title("1b", "Somebody without a key changes one byte of the record")
    copy = stage.copy("one-byte-changed")
    position = _forge(copy)
    yield f"In a copy, one byte of the token at position {position} is changed, in the database, past every trigger:"
    yield f"  {STATED_DAY.decode()}  ->  {FORGED_DAY.decode()}"
    yield "It is still a well-formed event. But nobody without the clerk's key can sign it anew."
    yield ""
    yield "  $ ratsbuch verify one-byte-changed; echo $?"
    report = _verify(stage, copy)
    _expect(report, Verdict.FAILED)
    if not any(step.step == 2 and step.verdict is Verdict.FAILED for step in report.steps):  # noqa: PLR2004
        raise IntegrityError("demo: step 2 passed over a token that was changed")
    yield verify_text(report)
    yield "4"


def _all_keys(stage: Stage) -> Iterator[str]:
    """Scene 2: somebody with every key rewrites the record, the log and the memory file."""
    yield _title("2", "An administrator with all keys changes the day, and signs everything anew")
    copy = stage.copy(REWRITTEN)
    register = _register(stage)
    forged = rewrite(
        copy,
        FORGED_WORDS,
        keys=stage.keys(register),
        memory=stage.memory(register, of=REWRITTEN_STATE),
        means=stage.means,
    )
    yield "In a copy, 01.01.2022 becomes 01.02.2022, in every statement and document that has it."
    yield f"With the clerk's key {forged.signed} tokens are signed anew: {forged.reworded} that say something else now,"
    yield "and each that depends on one of them. With the keys of the log there is a new checkpoint over all"
    yield f"{forged.size} events, and new files of the log; the memory outside is replaced."
    yield "The first event stays, and with it the anchor."
    yield ""
    yield f"  $ XDG_STATE_HOME={REWRITTEN_STATE} ratsbuch verify {REWRITTEN}"
    report = _verify(stage, copy, memory=REWRITTEN_STATE)
    _expect(report, Verdict.PASSED)
    if report.rests_on.outside:
        raise IntegrityError(f"demo: found memory from outside, {report.rests_on.memory}, expected none")
    yield verify_text(report)
    yield ""
    yield "Every signature holds, and all agrees with itself. More cannot be said: nothing from outside remembers."


def _against_the_line(stage: Stage) -> Iterator[str]:
    """Scene 3: the same against the line under the minutes."""
    yield _title("3", "The same against the line under the minutes")
    with Archive.open(stage.archive, means=stage.means) as archive:
        line = _line(stage, archive)
    yield f"  $ XDG_STATE_HOME={REWRITTEN_STATE} ratsbuch verify {REWRITTEN} --against \\"
    yield f'    "{line}"; echo $?'
    report = _verify(stage, stage.home / REWRITTEN, memory=REWRITTEN_STATE, line=line)
    _expect(report, Verdict.FAILED)
    if [step.step for step in report.steps if step.verdict is Verdict.FAILED] != [_MEMORY_STEP]:
        raise IntegrityError("demo: the line did not find what was rewritten, or not the line alone")
    yield verify_text(report)
    yield "4"
    yield ""
    yield "The line proves that what was recorded by then was changed. Where, it does not say, and it claims no more."


def _against_the_package(stage: Stage) -> Iterator[str]:
    """Scene 4: the same against the package that was handed out: the event, the field and the word."""
    yield _title("4", "The same against the package that was handed out")
    yield f"  $ XDG_STATE_HOME={REWRITTEN_STATE} ratsbuch verify {REWRITTEN} --against {PACKAGE}; echo $?"
    package = stage.home / PACKAGE
    report = _verify(stage, stage.home / REWRITTEN, memory=REWRITTEN_STATE, package=package)
    _expect(report, Verdict.FAILED)
    words = [finding for step in report.steps for finding in step.findings if finding.code == "EVENT_DIFFERS"]
    if not any("2022-02-01" in one.found and "2022-01-01" in one.expected for one in words):
        raise IntegrityError("demo: the package did not find the word that was changed")
    yield verify_text(report)
    yield "4"
    yield ""
    yield "The package has the events themselves, under a checkpoint of the same log: it names what was changed."


def _without_us(stage: Stage) -> Iterator[str]:
    """Scene 5: the recipe in the package, with ordinary tools alone."""
    yield _title("5", "The package is checked without Ratsbuch, by the recipe that lies in it")
    missing = [tool for tool in RECIPE_TOOLS if shutil.which(tool) is None]
    if missing:
        yield f"On this machine the recipe cannot run: it needs {', '.join(missing)}. Elsewhere:"
        yield f"  $ cd {PACKAGE} && sh verify.sh"
        return
    yield f"  $ cd {PACKAGE} && sh verify.sh; echo $?"
    done = subprocess.run(  # noqa: S603  # a script of ours, in a folder that was made just now
        [str(shutil.which("sh")), "verify.sh"],
        cwd=stage.home / PACKAGE,
        env={"PATH": os.environ.get("PATH", os.defpath), "ANKER": _anchor(stage)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=RECIPE_SECONDS_MAX,
    )
    if done.returncode != 0:
        raise IntegrityError(f"demo: the recipe gave {done.returncode}: {done.stdout}{done.stderr}")
    yield done.stdout.rstrip("\n")
    yield "0"


SCENES: Final = (
    _opening,
    _one_screen,
    _one_byte,
    _all_keys,
    _against_the_line,
    _against_the_package,
    _without_us,
)


def _farewell(stage: Stage) -> Iterator[str]:
    yield _title("", "The archive is yours to try; its keys and its pin lie beside it")
    yield f"export RATSBUCH_ARCHIVE={quote(str(stage.archive))}"
    # As a shell reads them: the folder may have a space in its name.
    folders = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_STATE_HOME": "state"}
    yield "export " + " ".join(f"{name}={quote(str(stage.home / folder))}" for name, folder in folders.items())
    yield f"{stage.program} list"
    yield f"{stage.program} show {REFERENCE} --as-of 2021-12-01"
    yield f"{stage.program} history {REFERENCE}"
    yield f"{stage.program} list --kind meeting"
    yield f"{stage.program} keys list"
    yield f"{stage.program} receipt {REFERENCE} -o {quote(str(stage.home / 'receipts'))}"
    yield f"{stage.program} verify {quote(str(stage.home / 'one-byte-changed'))}"
    yield f"{stage.program} verify {quote(str(stage.home / REWRITTEN))}   # your own memory file knows better"
    yield f"{stage.program} verify {quote(str(stage.home / PACKAGE))}"
    yield f"{stage.program} verify {quote(str(stage.home / REWRITTEN))} --against {quote(str(stage.home / PACKAGE))}"
    yield f"rm -r {quote(str(stage.home))}   # when you are done"


# -- props ----------------------------------------------------------------------------------------


def _title(number: str, text: str) -> str:
    head = f"-- {f'({number}) ' if number else ''}{text} "
    return head + "-" * max(0, WIDTH - len(head))


def _register(stage: Stage) -> str:
    with Archive.open(stage.archive, means=stage.means) as archive:
        return archive.register.id


def _checkpoint(stage: Stage, archive: Archive) -> Checkpoint:
    """Sign a checkpoint, as every recording command ends with one."""
    register = archive.register.id
    signer = read_log_signer(stage.keys(register), archive.log_keys_at(archive.size))
    return archive.checkpoint(signer, memory=stage.memory(register)).checkpoint


def _line(stage: Stage, archive: Archive) -> str:
    """Give the line for the newest checkpoint."""
    checkpoint = archive.signed()
    if checkpoint is None:
        raise IntegrityError(f"demo: {archive.folder} has no checkpoint")
    head = checkpoint.head
    day = dt.datetime.fromtimestamp(stage.means.clock()).astimezone().date().isoformat()
    return format_line(Line(register=archive.register.id[:8], size=head.size, day=day, root=head.root))


def _anchor(stage: Stage) -> str:
    with Archive.open(stage.archive, means=stage.means) as archive:
        return archive.register.anchor_hex


def _hand_out(stage: Stage, archive: Archive) -> str:
    """Make the package that is handed out, and give its digest."""
    wanted = Wanted(format="package", refs=(REFERENCE,), contents=Contents(parts=(VIEW,)))
    day = dt.datetime.fromtimestamp(stage.means.clock(), tz=dt.UTC).date().isoformat()
    with Views(archive) as views:
        views.update()
        done = export(archive, views, wanted, stage.home / PACKAGE, day=day, version=stage.version)
    return str(done.digest)


def _verify(
    stage: Stage, folder: Path, *, memory: str = "state", line: str | None = None, package: Path | None = None
) -> Report:
    register = _register(stage)
    kept = stage.memory(register, of=memory)
    data = kept.read()
    evidence = [] if data is None else [read_evidence(data, name=str(kept.path), own=True)]
    if line is not None:
        evidence.append(line_evidence(line))
    if package is not None:
        evidence.append(read_evidence(checkpoint_of(package), name=PACKAGE))
    source = ArchiveSource(folder)
    try:
        report = verify(source, pin=read_pin(stage.pin(register)), evidence=evidence)
        return report if package is None else held_against(report, source, (package,))
    finally:
        source.close()


def _expect(report: Report, verdict: Verdict) -> None:
    if report.verdict is not verdict:
        raise IntegrityError(f"demo: verify of {report.target} gave {report.verdict}, expected {verdict}")


def _forge(folder: Path) -> int:
    """Change one byte of a token in a copy, as somebody with access to the database would; give its position."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER stored_events_no_update")
        for position, state in connection.execute("SELECT rowid, state FROM stored_events ORDER BY rowid"):
            forged = _forged(state)
            if forged is not None:
                connection.execute("UPDATE stored_events SET state=? WHERE rowid=?", (forged, position))
                return int(position)
    raise IntegrityError("demo: found no event with the day that is to be forged")


def _forged(state: bytes) -> bytes | None:
    """Give the token with the day forged; None if it does not state that day.

    The two days differ in the last two bits of one character, so one character of the base64 differs.
    """
    header, payload, signature = state.split(b".")
    text = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
    if STATED_DAY not in text:
        return None
    changed = base64.urlsafe_b64encode(text.replace(STATED_DAY, FORGED_DAY)).rstrip(b"=")
    if sum(a != b for a, b in zip(payload, changed, strict=True)) != 1:
        raise IntegrityError("demo: more than one byte would be changed")
    return b".".join((header, changed, signature))
