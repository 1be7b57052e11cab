"""The command line: parse, call one function, print.

No rule, SQL or hash is computed here. Clock, random source, environment and terminal are read here and nowhere
else. What is heavy is imported inside the command that needs it, so that a command starts as fast as it can.
`docs/cli.md` is the contract for names, exit codes and JSON fields.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from archive.errors import EvidenceError, InputError, IntegrityError, ServiceError, StorageError
from domain.errors import RatsbuchError, RuleError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from archive.archive import Archive, Means, Recorded
    from archive.batch import Batch
    from archive.doctor import Check
    from archive.following import FilesFrom
    from archive.intake.oparl.endpoint import Endpoint
    from archive.intake.oparl.peers import Peers
    from archive.intake.vorlage import Draft
    from archive.keys import KeyFolder
    from archive.log.checkpoint import Checkpoint
    from archive.log.memory import Memory
    from archive.log.witness_server import WitnessServer
    from archive.taking import Progress as TakingProgress
    from archive.taking import Taking
    from archive.verify import Evidence, Report, Source
    from archive.witnessing import Asked
    from projections.projector import Views

VERSION: Final = "0.1.0"
# The first class that fits decides.
EXIT_CODES: Final[tuple[tuple[type[RatsbuchError], int], ...]] = (
    (EvidenceError, 3),
    (IntegrityError, 4),
    (RuleError, 5),
    (InputError, 6),
    (StorageError, 7),
    (ServiceError, 8),
)
EXIT_FAILURE: Final = 1
EXIT_ALTERED: Final = 4
EXIT_OUT_OF_REACH: Final = 7
# A smaller register is read whole in less time than it takes to make its views.
VIEWS_FROM_EVENTS: Final = 2_000
VERDICT_EXIT_CODES: Final = {"passed": 0, "indeterminate": 3, "failed": 4}
# Written out, because the packages that define them are heavy; `tests/cli` holds them against those.
PRESETS: Final = ("sn-landkreis", "sn-gemeinde", "bw-gemeinde")
ROLES: Final = ("registrar", "clerk", "archivist", "importer", "legal")
VISIBILITIES: Final = ("public", "non_public", "blocked")
APPRAISALS: Final = ("archive", "sample", "dispose")
DESTRUCTIONS: Final = ("appraised", "decision_period_elapsed", "received")
ALGORITHMS: Final = ("ES256", "ES384", "PS256")
REASONS: Final = ("left", "key_replaced", "key_lost", "key_compromised")
PASSPHRASE_BYTES_MAX: Final = 4096
# Below this many events one process is done before others have started.
EVENTS_A_PROCESS_MIN: Final = 16384
# How long a recording waits for all witnesses together.
WITNESS_SECONDS_MAX: Final = 3.0
# How long one page, and one file, of a council information system may take.
PAGE_SECONDS_MAX: Final = 120.0
FILE_SECONDS_MAX: Final = 1800.0
# How many damaged files are named one by one; JSON names all.
DAMAGED_SHOWN_MAX: Final = 20
_UNITS: Final = ((86_400, "days"), (3_600, "hours"), (60, "minutes"))

T = TypeVar("T")
F = TypeVar("F", bound="Callable[..., Any]")


class Run:
    """What holds for one run of a command, from the options that every command has."""

    def __init__(self) -> None:
        self.archive: str | None = None
        self.keys: str | None = None
        self.json = False
        self.debug = False

    @property
    def folder(self) -> Path:
        """The archive's folder."""
        from pathlib import Path

        return Path(self.archive or ".")


class _Program(click.Group):
    """The one place where errors become exit codes."""

    def invoke(self, ctx: click.Context) -> object:
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a terminal that lacks a character shows its number
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            code = _reported(error)
            if isinstance(ctx.obj, Run) and ctx.obj.debug:
                import traceback

                click.echo(traceback.format_exc(), err=True)
            raise click.exceptions.Exit(code) from error


def _reported(error: BaseException) -> int:
    """Say what went wrong and how to go on; give the exit code."""
    match error:
        case RatsbuchError():
            _complain("error", error.message)
            _complain("hint", error.hint)
            return next((code for cls, code in EXIT_CODES if isinstance(error, cls)), EXIT_FAILURE)
        case KeyboardInterrupt():
            _complain(
                "error", "interrupted: what is printed above is done; the file after it is recorded in whole or not"
            )
            _complain("hint", "give the same command again; no file is recorded twice")
        case OSError():  # files and databases have errors of their own by now: this is the output, or the terminal
            _complain("error", f"output cannot be written: {error.strerror}; what was recorded before stays recorded")
            _complain("hint", "make room for the output and give the command again; no file is recorded twice")
        case _:  # whatever was not foreseen is a bug, and is called one
            _complain("error", f"unexpected failure: {type(error).__name__}: {error} (a bug)")
            _complain("hint", "give the command again with --debug, and report what it prints")
    return EXIT_FAILURE


def _complain(kind: str, text: str | None) -> None:
    for line in text.splitlines() if text else ():
        click.echo(f"ratsbuch: {kind}: {_safe(line)}", err=True)


def _safe(text: str) -> str:
    """Give a text with what a terminal would obey, or show in another order, written as its number."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _print_json(document: object) -> None:
    """Print one document as UTF-8, with what would turn the direction of text escaped."""
    import re

    import msgspec

    try:
        data = msgspec.json.encode(document)
    except UnicodeEncodeError:  # a path whose bytes are no UTF-8
        data = msgspec.json.encode(_encodable(msgspec.to_builtins(document)))
    text = msgspec.json.format(data, indent=2).decode()
    steering = "[\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
    click.echo(re.sub(steering, lambda c: f"\\u{ord(c[0]):04x}", text).encode())


def _encodable(value: object) -> object:
    """Give a document with the bytes of paths that are no UTF-8 written as their numbers."""
    match value:
        case str():
            return os.fsencode(value).decode(errors="backslashreplace")
        case dict():
            return {name: _encodable(item) for name, item in value.items()}
        case list() | tuple():
            return [_encodable(item) for item in value]
    return value


def _width() -> int:
    """Give how many columns a text may have: those of the terminal, and 80 where the output goes elsewhere."""
    import shutil

    if not sys.stdout.isatty():
        return WIDTH_DEFAULT
    return min(shutil.get_terminal_size((WIDTH_DEFAULT, 24)).columns, WIDTH_MAX)


def _print(run: Run, document: T, text: Callable[[T], str]) -> None:
    if run.json:
        _print_json(document)
    else:
        click.echo(text(document))


# -- options --------------------------------------------------------------------------------------


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def note(ctx: click.Context, _: click.Parameter, value: Any) -> None:  # noqa: ANN401  # whatever the option takes
        if value:
            setattr(ctx.ensure_object(Run), name, value)

    return note


def _shared(name: str, *flags: str, **settings: Any) -> Callable[[F], F]:  # noqa: ANN401  # click's settings
    return click.option(*flags, expose_value=False, callback=_set(name), **settings)


_ARCHIVE = _shared("archive", "-C", "archive", metavar="DIR", help="The archive (default: the current folder).")
_KEYS = _shared(
    "keys", "--keys", metavar="DIR", help="The key folder (default: the register's, in the XDG data folder)."
)
_JSON = _shared("json", "--json", is_flag=True, help="Print one JSON document.")
_DEBUG = _shared("debug", "--debug", is_flag=True, help="Show where in the program an error arose.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Do everything but keep it.")
_SIGNER = click.option(
    "--signer", metavar="KEY", help="Whose key signs: a person key, or how a certificate's digest begins."
)
_ROLE = click.option("--role", type=click.Choice(ROLES), help="The role to record in, where several fit.")
_AS_OF = click.option("--as-of", metavar="DATE", help="Only what had happened by the end of this day.")
_AS_RECORDED = click.option("--as-recorded", metavar="INSTANT", help="Only what had been recorded by this moment.")
_WITH_BLOCKED = click.option("--with-blocked", is_flag=True, help="Also what is blocked (gesperrt); for archives only.")
WIDTH_DEFAULT: Final = 80
WIDTH_MAX: Final = 120


def _options(*options: Callable[[F], F]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_READS = _options(_ARCHIVE, _JSON, _DEBUG)
_RECORDS = _options(_SIGNER, _DRY_RUN, _ARCHIVE, _KEYS, _JSON, _DEBUG)
_run = click.make_pass_decorator(Run, ensure=True)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(VERSION, prog_name="ratsbuch", message="%(prog)s %(version)s")
@click.option("-C", "archive", metavar="DIR", envvar="RATSBUCH_ARCHIVE", help="The archive, also RATSBUCH_ARCHIVE.")
@_KEYS
@_JSON
@_DEBUG
@click.pass_context
def main(ctx: click.Context, archive: str | None) -> None:
    """Keep the record book of a council: every fact a signed event that anyone can check."""
    ctx.ensure_object(Run).archive = archive


# -- what comes from outside ------------------------------------------------------------------------


def _means() -> Means:
    import time

    from archive.archive import Means

    return Means(clock=time.time, random=os.urandom)


def _xdg(variable: str, default: str) -> Path:
    """Give the user's folder for something; a relative one is to be ignored (XDG Base Directory Specification)."""
    from pathlib import Path

    stated = os.environ.get(variable, "")
    return (Path(stated) if os.path.isabs(stated) else Path.home() / default) / "ratsbuch"  # noqa: PTH117


def _trust_folder() -> Path:
    return _xdg("XDG_CONFIG_HOME", ".config") / "trust"


def _pin(register: str) -> Path:
    from archive.pin import pin_path

    return pin_path(_trust_folder(), register)


def _memory(register: str) -> Memory:
    from archive.log.memory import Memory

    return Memory(_xdg("XDG_STATE_HOME", ".local/state") / register)


def _key_folder(run: Run, register: str, *, passphrase: bytes | None = None) -> KeyFolder:
    from pathlib import Path

    from archive.keys import KeyFolder

    path = Path(run.keys) if run.keys else _xdg("XDG_DATA_HOME", ".local/share") / "keys" / register
    return KeyFolder(path, passphrase=passphrase, random=os.urandom)


def _open_key_folder(run: Run, register: str) -> KeyFolder:
    return _with_passphrase(lambda passphrase: _key_folder(run, register, passphrase=passphrase))


def _with_passphrase(made: Callable[[bytes | None], KeyFolder]) -> KeyFolder:
    """Give a key folder with the passphrase that its keys want."""
    passphrase = _stated_passphrase()
    folder = made(passphrase)
    if passphrase is None and folder.encrypted and _at_terminal():
        folder = made(click.prompt("Passphrase", hide_input=True, err=True).encode())
    return folder


def _stated_passphrase() -> bytes | None:
    """Give the first line of the file that RATSBUCH_PASSPHRASE_FILE names."""
    name = os.environ.get("RATSBUCH_PASSPHRASE_FILE")
    if not name:
        return None
    try:
        with open(name, "rb") as file:  # noqa: PTH123  # a path is not needed for anything else
            line = file.readline(PASSPHRASE_BYTES_MAX).rstrip(b"\r\n")
    except OSError as error:
        raise StorageError(f"passphrase file {name}: cannot be read: {error.strerror}") from error
    if not line:
        raise StorageError(f"passphrase file {name}: found an empty first line, expected the passphrase")
    return line


def _new_passphrase() -> bytes | None:
    stated = _stated_passphrase()
    if stated is None and _at_terminal():
        question = "Passphrase for the new keys (empty for none)"
        asked = click.prompt(
            question, default="", show_default=False, hide_input=True, confirmation_prompt=True, err=True
        )
        stated = asked.encode() or None
    if stated is None:
        _complain("warning", "the keys are not encrypted: whoever can read the files can sign")
    return stated


def _at_terminal() -> bool:
    return sys.stdin.isatty() or sys.stderr.isatty()


@contextlib.contextmanager
def _opened(run: Run) -> Iterator[Archive]:
    from archive.archive import Archive

    with Archive.open(run.folder, means=_means()) as archive:
        yield archive


@contextlib.contextmanager
def _reading(run: Run) -> Iterator[Archive]:
    """Open the archive to read it; what its log says against it is a warning."""
    with _opened(run) as archive:
        _look_at_log(archive)
        yield archive


def _look_at_log(archive: Archive) -> None:
    from archive.log.opening import State, open_log

    try:
        opened = open_log(archive, archive.log_folder, _memory(archive.register.id))
    except RatsbuchError as error:
        _complain("warning", error.message)
        return
    try:
        opened.require_recordable()
    except StorageError as error:
        _complain("warning", f"{error.message}; `ratsbuch verify` proves it")
        return
    if opened.state is State.UNCHECKED:
        where = "; ".join(f"{d.where}: found {d.found}, expected {d.expected}" for d in opened.details[:1])
        _complain("warning", f"the log was not compared: {where}; `ratsbuch log rebuild` makes its files anew")
    for detail in opened.details:
        if detail.code == "MEMORY_NOT_WRITTEN":
            _complain("warning", f"the newest checkpoint is not remembered: {detail.found}")


@contextlib.contextmanager
def _recording(run: Run, *, dry_run: bool) -> Iterator[tuple[Archive, KeyFolder]]:
    """Open the archive and its keys, after the archive was held against its pin and against its log."""
    from archive.pin import require_pin

    with _opened(run) as archive:
        register = archive.register
        require_pin(_pin(register.id), anchor_hex=register.anchor_hex)
        _require_recordable(archive, writes=not dry_run)
        yield archive, _open_key_folder(run, register.id)


@contextlib.contextmanager
def _handing_out(run: Run) -> Iterator[Archive]:
    """Open the archive to hand out what its log vouches for, which a record that was rolled back must not do."""
    with _opened(run) as archive:
        _require_recordable(archive, writes=True)
        yield archive


def _require_recordable(archive: Archive, *, writes: bool) -> None:
    from archive.log.opening import check_opening
    from archive.log.signing import ready_to_record

    memory = _memory(archive.register.id)
    if writes:
        ready_to_record(archive, archive.log_folder, memory)
    else:
        check_opening(archive, archive.log_folder, memory).require_recordable()


# -- how a recording command ends -------------------------------------------------------------------


class _End:
    """The checkpoint that a recording command ends with, and what came of asking the witnesses for theirs."""

    def __init__(self) -> None:
        self.checkpoint: Checkpoint | None = None
        self.asked: tuple[Asked, ...] = ()
        self.problem: RatsbuchError | None = None

    @property
    def fields(self) -> dict[str, object]:
        """Give what it adds to a JSON document."""
        witnesses = [
            {
                "url": asked.url,
                "size": asked.cosigned and asked.cosigned.size,
                "cosigned_at": asked.cosigned and asked.cosigned.at,
                "problem": asked.problem and asked.problem.message,
            }
            for asked in self.asked
        ]
        return {**_root_fields(self.checkpoint), "witnesses": witnesses}

    def show(self) -> None:
        """Print what it adds to a text."""
        if self.checkpoint is not None:
            click.echo(f"checkpoint {_root_text(self.checkpoint)}")
        for asked in self.asked:
            if asked.problem is None and asked.cosigned is not None:
                click.echo(f"witness    {asked.url}: cosigned {_events(asked.cosigned.size)}")

    def settle(self) -> None:
        """Raise what kept the checkpoint from being made."""
        if self.problem is not None:
            raise self.problem


def _root_fields(checkpoint: Checkpoint | None) -> dict[str, object]:
    import base64

    if checkpoint is None:
        return {"size": None, "root": None}
    return {"size": checkpoint.head.size, "root": base64.b64encode(checkpoint.head.root).decode()}


def _root_text(checkpoint: Checkpoint) -> str:
    return f"{_events(checkpoint.head.size)}, root {_root_fields(checkpoint)['root']}"


def _events(count: int) -> str:
    return f"{count} event{'' if count == 1 else 's'}"


def _end(archive: Archive, keys: KeyFolder) -> _End:
    """Sign the checkpoint over what is recorded now, and ask the archive's witnesses; whatever fails is told."""
    from archive.log.signing import read_log_signer

    end = _End()
    hint = "when that is settled, the next recording command signs it; the same file again is one, and records nothing"
    try:
        signer = read_log_signer(keys, archive.log_keys_at(archive.size))
        done = archive.checkpoint(signer, memory=_memory(archive.register.id))
    except StorageError as error:
        end.problem = StorageError(f"the events are recorded, their checkpoint is missing: {error.message}", hint=hint)
        return end
    except IntegrityError as error:
        end.problem = error
        return end
    end.checkpoint = done.checkpoint
    for problem in done.problems:
        _complain("warning", problem)
    try:
        end.asked = _ask_witnesses(archive)
    except RatsbuchError as error:
        _complain("warning", f"no witness was asked: {error.message}")
        _complain("hint", error.hint)
    return end


def _ask_witnesses(archive: Archive) -> tuple[Asked, ...]:
    if archive.settings.policy is None:  # the usual case, which need not wait for imports
        return ()
    from archive import witnessing
    from archive.client import HttpTransport

    policy = witnessing.own_policy(archive)
    witnesses = {} if policy is None else witnessing.witnesses_of(policy)
    if not witnesses:
        return ()
    transport = HttpTransport(timeout_seconds=WITNESS_SECONDS_MAX)
    every = witnessing.ask_all(archive, witnesses, transport=transport, seconds=WITNESS_SECONDS_MAX)
    for asked in every:
        _complain_of_witness(archive, asked)
    return every


def _complain_of_witness(archive: Archive, asked: Asked) -> None:
    if asked.forgot:
        _complain("warning", f"witness {asked.url}: lost its memory: it named a smaller size than it had cosigned")
    if asked.problem is None:
        return
    last = "it has cosigned nothing yet"
    if asked.cosigned is not None:
        age = _age(archive.means.clock() - asked.cosigned.at)
        last = f"its last cosignature is over {_events(asked.cosigned.size)} and {age} old"
    _complain("warning", f"{asked.problem.message}; {last}")
    _complain("hint", asked.problem.hint)


def _age(seconds: float) -> str:
    length, unit = next((u for u in _UNITS if seconds >= 2 * u[0]), (1, "s"))
    return f"{max(0, int(seconds)) // length} {unit}"


# -- opening ----------------------------------------------------------------------------------------


@main.command()
@click.argument("directory", metavar="DIR")
@click.option("--name", required=True, metavar="TEXT", help="Name of the body and its register.")
@click.option("--kind", required=True, type=click.Choice(("landkreis", "gemeinde")), help="Kind of the body.")
@click.option("--rules", required=True, type=click.Choice(PRESETS), help="The rules that hold from the start.")
@click.option("--archive-of-record", metavar="TEXT", help="The archive that will take the records over.")
@click.option("--origin", metavar="TEXT", help="Origin of the log (default: made from the register's id).")
@click.option("--example", is_flag=True, help="The register holds examples only; this cannot be changed later.")
@click.option("--successor-of", metavar="ARCHIVE", help="The archive that it continues, whose log has ended.")
@_options(_KEYS, _JSON, _DEBUG)
@_run
def init(
    run: Run,
    directory: str,
    name: str,
    kind: str,
    rules: str,
    archive_of_record: str | None,
    origin: str | None,
    successor_of: str | None,
    *,
    example: bool,
) -> None:
    """Open a register in a new folder: keys, first events, pin, first checkpoint."""
    from pathlib import Path

    from archive import genesis, pin, succession
    from domain import rules as presets
    from domain.vocabulary import BodyKind

    predecessor = None
    if successor_of is not None:
        predecessor = succession.predecessor_of(Path(successor_of), means=_means(), memory=_memory)
    passphrase = _new_passphrase()
    opening = genesis.Opening(
        name=name,
        kind=BodyKind(kind),
        rule_set=genesis.adopted(presets.PRESETS[rules]),
        land=presets.PRESETS[rules].land,
        archive_of_record=archive_of_record,
        origin=origin,
        example=example,
        predecessor=predecessor,
    )
    with genesis.create(
        Path(directory), opening, means=_means(), keys=lambda id_: _key_folder(run, id_, passphrase=passphrase)
    ) as archive:
        register, log = archive.register, archive.trust.log_keys[-1]
        pinned = _pin(register.id)
        pin.write_pin(pinned, name=register.name, anchor_hex=register.anchor_hex, log_keys=(log.ed25519, log.mldsa44))
        keys = _key_folder(run, register.id, passphrase=passphrase)
        end = _end(archive, keys)
        _print_opened(run, archive, directory, keys=keys.path, pinned=pinned, end=end)
        end.settle()


def _print_opened(run: Run, archive: Archive, directory: str, *, keys: Path, pinned: Path, end: _End) -> None:
    register, signer = archive.register, archive.trust.signers()[0]
    if run.json:
        _print_json(
            {
                "format": "ratsbuch-init/1",
                "register": register.id,
                "name": register.name,
                "example": register.example,
                "anchor": register.anchor_hex,
                "archive": directory,
                "keys": str(keys),
                "pin": str(pinned),
                "person": signer.person,
                "roles": signer.roles,
                "events": archive.size,
                **end.fields,
            }
        )
        return
    click.echo(f"register   {register.id}")
    click.echo(f"anchor     {register.anchor_hex}")
    click.echo(f"archive    {directory}, {archive.size} events")
    end.show()
    click.echo(f"keys       {keys}")
    click.echo(f"           person {signer.person} may record as {', '.join(signer.roles)}")
    click.echo(f"pin        {pinned}")
    click.echo("")
    click.echo("Write the anchor down on paper: by it everybody can tell this register from another one.")
    click.echo(
        "Take root.key.pem and root.cert.pem offline: copy them to two media and delete them from the key folder."
    )
    click.echo("They are needed only to enrol and revoke keys.")


# -- recording --------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--document", "documents", multiple=True, metavar="FILE", help="A document that the files name; repeatable."
)
@_ROLE
@_RECORDS
@_run
def record(
    run: Run,
    files: tuple[str, ...],
    documents: tuple[str, ...],
    role: str | None,
    signer: str | None,
    *,
    dry_run: bool,
) -> None:
    """Record command files (TOML, JSON, JSON lines; - for standard input), each in whole or not at all."""
    from archive.enrolment import choose_signer
    from domain.vocabulary import Role

    results: list[dict[str, object]] = []
    end = _End()
    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen = choose_signer(archive, keys, signer)
        try:
            for file in files:
                batch = _read_batch(archive, file, documents)
                wanted = None if role is None else Role(role)
                recorded = archive.record(batch, signer=chosen, role=wanted, dry_run=dry_run)
                results.append(_recorded(batch.name, recorded))
                if not run.json:
                    _print_recorded(batch.name, recorded, dry_run=dry_run)
        except RatsbuchError:  # what was recorded before gets its checkpoint
            if results and not dry_run:
                end = _end(archive, keys)
                _complain("warning", end.problem.message if end.problem else None)
            raise
        else:
            if not dry_run:
                end = _end(archive, keys)
        finally:  # what was recorded is told even if the next file is not valid
            if run.json:
                _print_json({"format": "ratsbuch-record/1", "dry_run": dry_run, "files": results, **end.fields})
            else:
                end.show()
        end.settle()


def _read_batch(archive: Archive, file: str, documents: tuple[str, ...]) -> Batch:
    from pathlib import Path

    from archive.intake import commands

    handed_in: dict[str, Path] = {}
    for path in map(Path, documents):
        if path.name in handed_in:
            raise InputError(f"--document {path}: found a second document of the name {path.name}, expected one")
        handed_in[path.name] = path
    new_id = archive.means.new_id
    if file != "-":
        return commands.read_path(Path(file), directory=archive, new_id=new_id, documents=handed_in)
    source = sys.stdin.buffer.read(commands.FILE_BYTES_MAX + 1)
    return commands.read(source, "standard input", directory=archive, new_id=new_id, documents=handed_in, suffix="")


def _recorded(name: str, recorded: Recorded) -> dict[str, object]:
    return {
        "name": name,
        "txn": recorded.txn,
        "already": recorded.already,
        "events": [{"id": e.id, "position": e.position, "type": e.type} for e in recorded.events],
        "size": recorded.size,
    }


def _print_recorded(name: str, recorded: Recorded, *, dry_run: bool) -> None:
    count = _events(len(recorded.events))
    if recorded.already:
        click.echo(f"{_safe(name)}: recorded before: {count}; nothing was recorded now")
    elif dry_run:
        click.echo(f"{_safe(name)}: {count} would be recorded; nothing was")
    else:
        click.echo(f"{_safe(name)}: {count} recorded")
    for event in recorded.events:
        click.echo(f"{event.position:>7}  {event.id}  {event.type}")


@main.group()
def intake() -> None:
    """Take in what others hold: papers, roll-calls, lists."""


@intake.command("vorlage")
@click.argument("file", metavar="FILE")
@click.option("--apply", is_flag=True, help="Record what was read, with the document itself.")
@click.option("--body", metavar="REF", help="The body, where the register has several.")
@_ROLE
@_RECORDS
@_run
def intake_vorlage(
    run: Run, file: str, body: str | None, role: str | None, signer: str | None, *, apply: bool, dry_run: bool
) -> None:
    """Read a Beschlussvorlage (text, PDF, DOCX) and print the commands that record it, to be reviewed."""
    from pathlib import Path

    from archive.enrolment import choose_signer
    from archive.intake.vorlage import read_vorlage, role_for
    from domain.vocabulary import Role

    wanted = None if role is None else Role(role)
    if not apply:
        with _reading(run) as archive:
            _print_draft(run, read_vorlage(Path(file), directory=archive, role=role_for(wanted), body=body))
        return
    end = _End()
    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen = choose_signer(archive, keys, signer)
        enrolments = archive.trust.enrolled(chosen.certificate_digest)
        wanted = role_for(wanted, enrolled={one for e in enrolments for one in e.roles})
        draft = read_vorlage(Path(file), directory=archive, role=wanted, body=body)
        batch = draft.batch(directory=archive, new_id=archive.means.new_id)
        recorded = archive.record(batch, signer=chosen, role=wanted, dry_run=dry_run)
        if not dry_run:
            end = _end(archive, keys)
        if run.json:
            _print_draft(run, draft, recorded={**_recorded(batch.name, recorded), **end.fields}, dry_run=dry_run)
        else:
            _note_unread(draft)
            _print_recorded(batch.name, recorded, dry_run=dry_run)
            end.show()
        end.settle()


def _print_draft(run: Run, draft: Draft, *, recorded: dict[str, object] | None = None, dry_run: bool = False) -> None:
    if not run.json:
        click.echo(draft.toml, nl=False)
        _note_unread(draft)
        return
    _print_json(
        {
            "format": "ratsbuch-intake-vorlage/1",
            "dry_run": dry_run,
            "document": {"name": draft.name, "media_type": draft.media_type, "digest": draft.digest_hex},
            "fields": draft.fields,
            "unread": draft.unread,
            "commands": draft.toml,
            "recorded": recorded,
        }
    )


def _note_unread(draft: Draft) -> None:
    for remark in draft.unread:
        where = f" ({remark.place})" if remark.place else ""
        _complain("note", f"{remark.field}{where}: {remark.text}")


@intake.command("ballots")
@click.argument("file", metavar="FILE")
@_RECORDS
@_run
def intake_ballots(run: Run, file: str, signer: str | None, *, dry_run: bool) -> None:
    """Record roll-calls from the neutral format (JSON lines); each line once."""
    from pathlib import Path

    from archive.intake.ballots import read_ballots

    def batches(archive: Archive) -> Iterator[Batch]:
        return read_ballots(Path(file), directory=archive, new_id=archive.means.new_id)

    _take(run, "ratsbuch-intake-ballots/1", "ballots", batches, signer=signer, dry_run=dry_run)


@intake.command("table")
@click.argument("file", metavar="FILE")
@click.option("--map", "map_file", required=True, metavar="MAP", help="What the columns mean (TOML).")
@_RECORDS
@_run
def intake_table(run: Run, file: str, map_file: str, signer: str | None, *, dry_run: bool) -> None:
    """Record a retrospective list of resolutions (CSV); each row once."""
    from pathlib import Path

    from archive.intake.table import read_table

    def batches(archive: Archive) -> Iterator[Batch]:
        return read_table(Path(file), Path(map_file), directory=archive)

    _take(run, "ratsbuch-intake-table/1", "rows", batches, signer=signer, dry_run=dry_run)


@intake.command("oparl")
@click.argument("source", metavar="SOURCE")
@click.option("--system", metavar="URL", help="The system that a dump is from; of a live source, what it calls itself.")
@click.option("--map", "map_file", metavar="FILE", help="What the source's own words mean (TOML).")
@click.option("--files", "with_files", is_flag=True, help="Fetch the files that objects refer to, and keep them.")
@click.option("--rate", type=float, default=5.0, show_default=True, metavar="N", help="Requests a second, at most.")
@click.option("--complete", is_flag=True, help="SOURCE shows everything: what is missing is gone.")
@click.option("--retrieved-at", metavar="INSTANT", help="When a dump was made; else only that it was by now is known.")
@_RECORDS
@_run
def intake_oparl(
    run: Run,
    source: str,
    system: str | None,
    map_file: str | None,
    retrieved_at: str | None,
    signer: str | None,
    *,
    with_files: bool,
    rate: float,
    complete: bool,
    dry_run: bool,
) -> None:
    """Follow a council information system (OParl): a folder, a tar, JSON lines, or the address of a System or Body."""
    from pathlib import Path

    from archive import following
    from archive.enrolment import choose_signer
    from archive.intake.oparl.mapping import vocabulary
    from archive.intake.oparl.peers import Peers
    from archive.taking import Progress
    from archive.unfinished import Unfinished
    from projections.source_findings import count_findings

    is_live = source.startswith(("http://", "https://"))
    if not is_live and system is None:
        raise click.UsageError("a dump does not say where it is from: give --system URL")
    if is_live and retrieved_at is not None:
        raise click.UsageError("a live source is looked at now: --retrieved-at is for dumps")
    words = vocabulary(Path(map_file) if map_file else None)
    end = _End()
    with _terminable(), _recording(run, dry_run=dry_run) as (archive, keys), _objects_progress(run) as tell:
        chosen, state = choose_signer(archive, keys, signer), _xdg("XDG_STATE_HOME", ".local/state")
        if retrieved_at is not None:
            retrieved_at = following.instant_of(retrieved_at, clock=archive.means.clock())
        unfinished = Unfinished(state, archive.register.id)
        peers = Peers()  # one for both: that files lie where the source does is held against its first connection
        files = _files_from(archive, system or source, rate, peers=peers) if with_files else None
        how = following.Run(
            words=words,
            signer=chosen,
            files=files,
            dry_run=dry_run,
            retrieved_at=retrieved_at,
            unfinished=unfinished,
            tell=tell,
        )
        try:
            if is_live:
                note = state / f"{archive.register.id}.oparl"
                since = None if complete else following.since_of(note, source)
                summary = following.follow_endpoint(
                    archive,
                    _endpoint(source, rate, seconds=PAGE_SECONDS_MAX, peers=peers),
                    how,
                    system=system,
                    since=since,
                )
                if not dry_run:
                    following.note_run(note, source, summary.retrieved_at)
                following.note_losses(note.with_suffix(".complete"), source, summary, dry_run=dry_run)
            else:
                named = following.system_of(system or "")
                summary = following.follow_dump(archive, Path(source), how, system=named, is_complete=complete)
        finally:  # what was recorded before it broke off gets its checkpoint
            if not dry_run:
                end = _end(archive, keys)
        if not dry_run:
            tell(Progress("looking for findings", 0, 0))
            summary.findings = count_findings(
                archive,
                after=unfinished.after,
                tell=lambda done, total: tell(Progress("looking for findings", done, total)),
            )
    _print_followed(run, summary, end, is_live=is_live, dry_run=dry_run)
    if not dry_run:
        unfinished.done()
    end.settle()


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let a termination end a command as Ctrl-C does, so that it tidies up; one that is ignored stays so."""
    import signal
    import threading

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with contextlib.ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGHUP):
                if signal.getsignal(number) is signal.SIG_DFL:
                    stack.callback(signal.signal, number, signal.signal(number, interrupt))
        yield


def _endpoint(url: str, rate: float, *, seconds: float, peers: Peers) -> Endpoint:
    import time

    from archive.intake.oparl.endpoint import Endpoint, Pace
    from archive.intake.oparl.peers import PeerTransport

    pace = Pace(rate, clock=time.monotonic, sleep=time.sleep)
    return Endpoint(url, transport=PeerTransport(timeout_seconds=seconds, peers=peers), pace=pace)


def _files_from(archive: Archive, url: str, rate: float, *, peers: Peers) -> FilesFrom:
    from archive.following import FilesFrom

    folder = _xdg("XDG_CACHE_HOME", ".cache") / archive.register.id
    return FilesFrom(_endpoint(url, rate, seconds=FILE_SECONDS_MAX, peers=peers), folder)


def _print_followed(
    run: Run,
    summary: Any,  # noqa: ANN401  # its type is too heavy to import
    end: _End,
    *,
    is_live: bool,
    dry_run: bool,
) -> None:
    import msgspec

    if run.json:
        told = msgspec.to_builtins(summary)
        _print_json({"format": "ratsbuch-intake-oparl/1", "dry_run": dry_run, **told, **end.fields})
        return
    click.echo(f"system     {_safe(summary.system)}")
    if not summary.is_dated:
        click.echo(f"made       by {summary.retrieved_at} at the latest; --retrieved-at says when")
    if summary.unfinished_since is not None:
        click.echo(f"unfinished a run that began at {summary.unfinished_since}; findings and words since then")
    for name, counts in (("objects", summary.shown), ("changes", summary.changes)):
        shown = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count) or "none"
        click.echo(f"{name:<10} {shown}")
    done = "would be recorded; nothing was" if dry_run else "recorded"
    click.echo(f"events     {_events(summary.recorded)} {done}" if summary.recorded else "events     nothing to record")
    for name, count in sorted(summary.events.items()):
        click.echo(f"{count:>7}  {name}")
    if not summary.is_complete and is_live:
        when = f"last {_safe(summary.losses_looked_for_at)}" if summary.losses_looked_for_at else "nobody noted when"
        click.echo(f"losses     not looked for ({when}); --complete looks for what is gone")
    for code, count in (summary.findings or {}).items():
        click.echo(f"{count:>7}  finding {code}")
    for table, literals in summary.unmapped.items():
        for literal, count in literals.items():
            click.echo(f"{count:>7}  {table} without a code: {_safe(literal)}")
    for what, count in summary.left_out.items():
        click.echo(f"{count:>7}  {what}")
    if summary.repeated:
        click.echo(f"{summary.repeated:>7}  objects shown twice, in two forms")
    for found in summary.unreadable:
        _complain("warning", found.reason)
    if summary.unreadable_count > len(summary.unreadable):
        _complain("warning", f"{summary.unreadable_count} in all could not be read")
    end.show()


def _take(
    run: Run,
    json_format: str,
    what: str,
    batches: Callable[[Archive], Iterator[Batch]],
    *,
    signer: str | None,
    dry_run: bool,
) -> None:
    """Record what a file gives, and tell what came of it, even where it broke off."""
    from archive.enrolment import choose_signer
    from archive.taking import Taking
    from projections.source_findings import count_findings

    end, taking, found = _End(), Taking(), dict[str, int]()
    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen, before = choose_signer(archive, keys, signer), archive.size
        given = batches(archive)
        try:
            with _objects_progress(run) as tell:
                taking.record(archive, given, signer=chosen, dry_run=dry_run, tell=tell)
        finally:  # what was recorded before gets its checkpoint
            if not dry_run:
                end = _end(archive, keys)
                found = count_findings(archive, after=before)
            summary = {
                "dry_run": dry_run,
                what: taking.count,
                "already": taking.already,
                "events": dict(sorted(taking.events.items())),
                "findings": found,
            }
            if run.json:
                _print_json({"format": json_format, **summary, **end.fields})
            else:
                _print_taken(what, taking, found, dry_run=dry_run)
                end.show()
        end.settle()


def _print_taken(what: str, taking: Taking, found: dict[str, int], *, dry_run: bool) -> None:
    done = "would be recorded; nothing was" if dry_run else "recorded"
    click.echo(f"{taking.count} {what}, {taking.already} recorded before: {_events(taking.events.total())} {done}")
    for name, count in sorted(taking.events.items()):
        click.echo(f"{count:>7}  {name}")
    for code, count in found.items():
        click.echo(f"{count:>7}  finding {code}")


@intake.command("xdomea")
@click.argument("file", metavar="FILE")
@click.option("--visibility", type=click.Choice(VISIBILITIES), help="Who may see it (default: as what it answers).")
@_ROLE
@_RECORDS
@_run
def intake_xdomea(
    run: Run, file: str, visibility: str | None, role: str | None, signer: str | None, *, dry_run: bool
) -> None:
    """Record an answer of an archive (xdomea 0502, 0504, 0505, 0506, 0507; XML or its container), once."""
    from pathlib import Path

    from archive.enrolment import choose_signer
    from archive.intake.xdomea import read_answer
    from domain.vocabulary import Role, Visibility

    end = _End()
    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen = choose_signer(archive, keys, signer)
        seen_by = None if visibility is None else Visibility(visibility)
        answer = read_answer(Path(file), archive=archive, visibility=seen_by)
        wanted = None if role is None else Role(role)
        recorded = archive.record(answer.batch, signer=chosen, role=wanted, dry_run=dry_run)
        if not dry_run:
            end = _end(archive, keys)
        _print_answer(run, answer, recorded, end, dry_run=dry_run)
        end.settle()


def _print_answer(
    run: Run,
    answer: Any,  # noqa: ANN401  # its type is too heavy to import
    recorded: Recorded,
    end: _End,
    *,
    dry_run: bool,
) -> None:
    message = answer.message
    if run.json:
        fields = ("version", "number", "process", "id", "origin", "created", "sender", "part", "parts")
        _print_json(
            {
                "format": "ratsbuch-intake-xdomea/1",
                "dry_run": dry_run,
                "message": {**{name: getattr(message, name) for name in fields}, "test": message.is_test},
                "document": {"name": answer.name, "digest": answer.digest_hex},
                "files": answer.files,
                "left_open": answer.left_open,
                "remarks": answer.remarks,
                "recorded": _recorded(answer.batch.name, recorded),
                **end.fields,
            }
        )
        return
    click.echo(f"message    {message.number} of {message.created}, xdomea {message.version}, process {message.process}")
    for stream in answer.files:
        click.echo(f"file       {stream}")
    for stream in answer.left_open:
        click.echo(f"left open  {stream}")
    _print_recorded(answer.batch.name, recorded, dry_run=dry_run)
    for remark in answer.remarks:
        _complain("note", remark)
    end.show()


@main.command()
@click.argument("type_name", metavar="[TYPE]", required=False)
@click.option("--list", "listed", is_flag=True, help="List the types.")
@_options(_JSON, _DEBUG)
@_run
def template(run: Run, type_name: str | None, *, listed: bool) -> None:
    """Print a commented TOML command of a type, to be filled in."""
    from archive.intake import template as templates
    from domain.events import CATALOGUE

    if (type_name is None) != listed:
        raise click.UsageError("give a TYPE, or --list")
    if type_name is not None:
        text = templates.template(type_name)
        _print(run, {"format": "ratsbuch-template/1", "type": type_name, "template": text}, lambda _: text.rstrip())
        return
    rows = [(name, (CATALOGUE[name].cls.__doc__ or "").partition("\n")[0]) for name in templates.OFFERED]
    types = [{"type": name, "means": means} for name, means in rows]
    lines = "\n".join(f"{name:<32}  {means}" for name, means in rows)
    _print(run, {"format": "ratsbuch-template/1", "types": types}, lambda _: lines)


# -- reading ----------------------------------------------------------------------------------------


@main.command()
@click.argument("ref", metavar="REF")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def show(run: Run, ref: str, as_of: str | None, as_recorded: str | None, *, with_blocked: bool) -> None:
    """Show a proposal, meeting, resolution or anything else as it stands, or stood."""
    from projections import account
    from projections.text import account_text

    with _reading(run) as archive, _views_if_useful(archive) as views:
        found = _telling(
            views,
            lambda views: account.show(
                archive, ref, as_of=as_of, as_recorded=as_recorded, with_blocked=with_blocked, views=views
            ),
        )
        _print(run, found, lambda document: account_text(document, width=_width()))


@main.command()
@click.argument("ref", metavar="REF")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def history(run: Run, ref: str, as_of: str | None, as_recorded: str | None, *, with_blocked: bool) -> None:
    """Show every event of a thing: when, by whom, from what source."""
    from projections import account
    from projections.text import history_text

    with _reading(run) as archive, _views_if_useful(archive) as views:
        found = _telling(
            views,
            lambda views: account.history(
                archive, ref, as_of=as_of, as_recorded=as_recorded, with_blocked=with_blocked, views=views
            ),
        )
        _print(run, found, lambda document: history_text(document, width=_width()))


@main.command()
@click.argument("ref", metavar="REF")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def release(run: Run, ref: str, as_of: str | None, as_recorded: str | None, *, with_blocked: bool) -> None:
    """Say what is marked public and why, when closure ends, and when it must be offered; it decides nothing."""
    from projections import release as releasing
    from projections.release_text import release_text

    with _reading(run) as archive, _views_if_useful(archive) as views:
        found = _telling(
            views,
            lambda views: releasing.release(
                archive, ref, as_of=as_of, as_recorded=as_recorded, with_blocked=with_blocked, views=views
            ),
        )
        _print(run, found, lambda document: release_text(document, width=_width()))


@main.command()
@click.argument("ref", metavar="REF")
@click.argument("old", metavar="[A]", required=False)
@click.argument("new", metavar="[B]", required=False)
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def diff(
    run: Run,
    ref: str,
    old: str | None,
    new: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """Show word by word how versions A and B of a proposal differ: numbers, or days; else the last two."""
    from projections.compare import printing, versions

    with _reading(run) as archive:
        found = versions.diff(archive, ref, old, new, as_of=as_of, as_recorded=as_recorded, with_blocked=with_blocked)
        _print(run, found, lambda it: printing.comparison_text(it, width=_width(), colour=_has_colours()))


@main.command()
@click.argument("ref", metavar="REF")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def provenance(run: Run, ref: str, as_of: str | None, as_recorded: str | None, *, with_blocked: bool) -> None:
    """Show for each sentence of the Beschlussvorschlag which version brought it, by whom and on what motion."""
    from projections.compare import origins, printing

    with _reading(run) as archive:
        found = origins.provenance(archive, ref, as_of=as_of, as_recorded=as_recorded, with_blocked=with_blocked)
        _print(run, found, lambda it: printing.provenance_text(it, width=_width(), colour=_has_colours()))


def _has_colours() -> bool:
    """Say whether colours may be printed: on a terminal, unless the user wants none (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@main.command("list")
@click.option("--kind", metavar="KIND", help="What to list (default: proposal): meeting, resolution, organ ...")
@click.option("--organ", metavar="ORGAN", help="Only what an organ has to do with: its name, id or a look-up.")
@click.option("--state", metavar="STATE", help="Only what stands there: a state, a status or an outcome.")
@click.option("--from", "date_from", metavar="DATE", help="Only what is dated this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only what is dated this day or earlier.")
@click.option("--search", metavar="TEXT", help="Only what has words that begin so in subject, texts or names.")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def list_(
    run: Run,
    *,
    kind: str | None,
    organ: str | None,
    state: str | None,
    date_from: str | None,
    date_to: str | None,
    search: str | None,
    as_of: str | None,
    as_recorded: str | None,
    with_blocked: bool,
) -> None:
    """List proposals, or another kind of thing, and where each stands."""
    from projections import account
    from projections.listing_text import listing_text

    with (
        _reading(run) as archive,
        _views(archive) if search is not None else _views_if_useful(archive) as views,
    ):
        listing = _telling(
            views,
            lambda views: account.listing(
                archive,
                kind=kind,
                organ=organ,
                state=state,
                date_from=date_from,
                date_to=date_to,
                as_of=as_of,
                as_recorded=as_recorded,
                with_blocked=with_blocked,
                search=search,
                views=views,
            ),
        )
        _print(run, listing, lambda document: listing_text(document, width=_width()))


@contextlib.contextmanager
def _views(archive: Archive) -> Iterator[Views]:
    """Open the views, brought up to date."""
    from projections.projector import Views

    with Views(archive) as views:
        with _progress("views") as progress:
            updated = views.update(progress=progress)
        for failure in updated.failures:
            _complain(
                "warning", f"view {failure.view}: {failure.stream}: {failure.why}; the other views are up to date"
            )
        yield views


def _telling(views: Views | None, tell: Callable[[Views | None], T]) -> T:
    """Tell something with the views; where they turn out to be damaged they are made anew, and it is told again."""
    import sqlite3

    try:
        return tell(views)
    except sqlite3.DatabaseError as error:
        # The record's own errors have other names, so this one is of the views.
        if views is None:
            raise
        _complain("warning", f"{views.path}: {error}; the views are made anew")
        views.rebuild(why="it was damaged")
        return tell(views)


@contextlib.contextmanager
def _views_if_useful(archive: Archive) -> Iterator[Views | None]:
    """Open the views where reading everything takes longer than keeping them; None where they cannot be kept."""
    with contextlib.ExitStack() as stack:
        views: Views | None = None
        if archive.size > VIEWS_FROM_EVENTS:
            try:
                views = stack.enter_context(_views(archive))
            except StorageError as error:
                _complain("warning", f"{error.message}; everything is read instead, which takes longer")
        yield views


@main.command()
@_options(_ARCHIVE, _JSON, _DEBUG)
@_run
def rebuild(run: Run) -> None:
    """Make the views anew from the events: what `list --search` reads, and any SQLite tool can."""
    from projections.projector import Views

    with _reading(run) as archive, Views(archive) as views:
        with _progress("views") as progress, _workers(archive.size) as executor:
            updated = views.rebuild(progress=progress, executor=executor)
        rows = views.rows()
        path = views.path
    if run.json:
        failures = [{"view": one.view, "stream": one.stream, "why": one.why} for one in updated.failures]
        _print_json(
            {
                "format": "ratsbuch-rebuild/1",
                "file": str(path),
                "position": updated.position,
                "streams": updated.streams,
                "rows": rows,
                "failures": failures,
            }
        )
    else:
        click.echo(f"{path}: {rows} rows of {updated.streams} streams, up to position {updated.position}")
    for failure in updated.failures:
        _complain("warning", f"view {failure.view}: {failure.stream}: {failure.why}; the other views are up to date")


@main.command()
@click.option("--organ", metavar="ORGAN", help="Only those of an organ: its name, id or a look-up.")
@click.option("--from", "date_from", metavar="DATE", help="Only those on this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only those on this day or earlier.")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def meetings(
    run: Run,
    organ: str | None,
    date_from: str | None,
    date_to: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """List meetings with their items, outcomes, presence and minutes."""
    from projections.gatherings import meetings_of
    from projections.gatherings_text import meetings_text

    with _reading(run) as archive, _views_if_useful(archive) as views:
        found = _telling(
            views,
            lambda views: meetings_of(
                archive,
                organ=organ,
                date_from=date_from,
                date_to=date_to,
                as_of=as_of,
                as_recorded=as_recorded,
                with_blocked=with_blocked,
                views=views,
            ),
        )
        _print(run, found, lambda document: meetings_text(document, width=_width()))


@main.command()
@click.argument("ref", metavar="[REF]", required=False)
@click.option("--organ", metavar="ORGAN", help="Only those of an organ: its name, id or a look-up.")
@click.option("--from", "date_from", metavar="DATE", help="Only those of meetings on this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only those of meetings on this day or earlier.")
@click.option("--check", metavar="VERDICT", help="Only those whose check is: agrees, contradicts or not_decidable.")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def ballots(
    run: Run,
    ref: str | None,
    organ: str | None,
    date_from: str | None,
    date_to: str | None,
    check: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """List ballots, and whether each declared result follows from the count."""
    from projections.ballots import ballots_of
    from projections.ballots_text import ballots_text

    with _reading(run) as archive, _views_if_useful(archive) as views:
        found = _telling(
            views,
            lambda views: ballots_of(
                archive,
                ref,
                organ=organ,
                date_from=date_from,
                date_to=date_to,
                check=check,
                as_of=as_of,
                as_recorded=as_recorded,
                with_blocked=with_blocked,
                views=views,
            ),
        )
        _print(run, found, lambda document: ballots_text(document, width=_width()))


@main.command()
@click.option("--organ", metavar="ORGAN", help="Only those of an organ: its name, id or a look-up.")
@click.option("--from", "date_from", metavar="DATE", help="Only those made this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only those made this day or earlier.")
@click.option("--in-force-on", metavar="DATE", help="Only those that may have been in force on this day.")
@click.option(
    "--due-within", metavar="PERIOD", help="Only what falls due in 90d, 12w, 3m or 1y from today or --as-of on."
)
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def resolutions(
    run: Run,
    organ: str | None,
    date_from: str | None,
    date_to: str | None,
    in_force_on: str | None,
    due_within: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """List resolutions: where each stands, what was in force on a day, what falls due."""
    from projections.resolutions_listing import resolutions_of
    from projections.resolutions_text import resolutions_text

    with _reading(run) as archive:
        found = resolutions_of(
            archive,
            organ=organ,
            date_from=date_from,
            date_to=date_to,
            in_force_on=in_force_on,
            due_within=due_within,
            as_of=as_of,
            as_recorded=as_recorded,
            with_blocked=with_blocked,
        )
        _print(run, found, lambda document: resolutions_text(document, width=_width()))


@main.command()
@click.option(
    "--changed-after-decision", is_flag=True, help="Only what a source changed or dropped after the decision."
)
@_READS
@_run
def sources(run: Run, *, changed_after_decision: bool) -> None:
    """List what each source showed and when, or what it changed or dropped after the decision."""
    from projections import sources as view

    with _reading(run) as archive:
        if changed_after_decision:
            _print(run, view.changed_after_decision(archive), lambda answer: _safe_lines(view.changes_text(answer)))
        else:
            _print(run, view.sources(archive), lambda answer: _safe_lines(view.sources_text(answer)))


def _safe_lines(text: str) -> str:
    return "\n".join(map(_safe, text.splitlines()))


@main.command()
@click.option("--code", metavar="CODE", help="Only findings of this code, such as ANNEX_NOT_HELD.")
@click.option("--state", metavar="STATE", help="Only those that are open, explained or resolved.")
@click.option("--organ", metavar="ORGAN", help="Only what an organ has to do with: its name, id or a look-up.")
@click.option("--from", "date_from", metavar="DATE", help="Only what is about this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only what is about this day or earlier.")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def findings(
    run: Run,
    code: str | None,
    state: str | None,
    organ: str | None,
    date_from: str | None,
    date_to: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """List what does not fit together or is not there, and how each of it stands."""
    from projections.findings import findings as found
    from projections.findings_text import findings_text

    with _reading(run) as archive:
        answer = found(
            archive,
            code=code,
            state=state,
            organ=organ,
            date_from=date_from,
            date_to=date_to,
            as_of=as_of,
            as_recorded=as_recorded,
            with_blocked=with_blocked,
        )
        _print(run, answer, lambda document: findings_text(document, width=_width()))


@main.command()
@click.option("--organ", metavar="ORGAN", help="Only what an organ has to do with: its name, id or a look-up.")
@click.option("--from", "date_from", metavar="DATE", help="Only what is dated this day or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only what is dated this day or earlier.")
@_options(_AS_OF, _AS_RECORDED, _WITH_BLOCKED, _READS)
@_run
def coverage(
    run: Run,
    organ: str | None,
    date_from: str | None,
    date_to: str | None,
    as_of: str | None,
    as_recorded: str | None,
    *,
    with_blocked: bool,
) -> None:
    """Count what is not there by organ and year: agendas, outcomes, minutes, numbers, annexes, versions."""
    from projections.coverage import coverage as covered
    from projections.coverage_text import coverage_text

    with _reading(run) as archive:
        answer = covered(
            archive,
            organ=organ,
            date_from=date_from,
            date_to=date_to,
            as_of=as_of,
            as_recorded=as_recorded,
            with_blocked=with_blocked,
        )
        _print(run, answer, lambda document: coverage_text(document, width=_width()))


@main.command()
@click.option("--by", metavar="PERSON", help="Only what this person recorded: a person key, a name or a look-up.")
@click.option("--about", metavar="PERSON", help="Only what is recorded about this person (Art. 15 DSGVO).")
@click.option("--from", "date_from", metavar="DATE", help="Only what was recorded on this day (UTC) or later.")
@click.option("--to", "date_to", metavar="DATE", help="Only what was recorded on this day (UTC) or earlier.")
@click.option("--type", "type_name", metavar="TYPE", help="Only events of this type, such as ballot-held.")
@_options(_WITH_BLOCKED, _READS)
@_run
def audit(
    run: Run,
    by: str | None,
    about: str | None,
    date_from: str | None,
    date_to: str | None,
    type_name: str | None,
    *,
    with_blocked: bool,
) -> None:
    """List who recorded what, when, from which source, in which role and by which key."""
    from projections.audit import audit as audited
    from projections.audit_text import audit_text

    with _reading(run) as archive:
        answer = audited(
            archive,
            by=by,
            about=about,
            date_from=date_from,
            date_to=date_to,
            type_name=type_name,
            with_blocked=with_blocked,
        )
        _print(run, answer, lambda document: audit_text(document, width=_width()))


# -- verifying --------------------------------------------------------------------------------------


@main.command()
@click.argument("target", required=False)
@click.option(
    "--full", is_flag=True, help="Verify every signature again, also where it passed before and no byte changed."
)
@click.option(
    "--against",
    multiple=True,
    metavar="FILE|LINE",
    help="What was kept: a checkpoint, a receipt, an export, or the line under the minutes, typed in; repeatable.",
)
@click.option("--trust", metavar="FILE", help="A pin from elsewhere, instead of the one in the configuration.")
@click.option("--require-memory", is_flag=True, help="Without memory from outside the archive: not proved (exit 3).")
@click.option("--schemas", metavar="DIR", help="The official schemas of xdomea, to hold a container against them.")
@_READS
@click.pass_context
def verify(
    ctx: click.Context,
    target: str | None,
    against: tuple[str, ...],
    trust: str | None,
    schemas: str | None,
    *,
    full: bool,
    require_memory: bool,
) -> None:
    """Verify that an archive or an export is what was recorded, step by step, and say what that rests on."""
    from pathlib import Path

    from archive.archive import Archive
    from projections import check, verification
    from projections.export import checking

    run = ctx.ensure_object(Run)
    folder = Path(target) if target else run.folder
    if checking.form_of(folder) is not None:
        report = _verify_export(folder, trust, against, schemas=schemas)
    else:
        report = _verify(folder, trust, against, full=full)
        report = check.with_views(report, folder, lambda: Archive.open(folder, means=_means()), full=full)
        report = _held_against_exports(report, folder, against)
    if require_memory:
        report = verification.require_memory(report)
    if run.json:
        _print_json(verification.verify_document(report))
    else:
        click.echo(verification.verify_text(report))
    ctx.exit(VERDICT_EXIT_CODES[report.verdict])


def _verify_export(target: Path, trust: str | None, against: tuple[str, ...], *, schemas: str | None) -> Report:
    """Verify an export with what is kept on this machine and what was named."""
    from pathlib import Path

    from archive import pin as pins
    from projections.export import checking

    kept = tuple(map(_kept_evidence, against))
    elsewhere = None if trust is None else pins.read_pin(Path(trust))
    if trust is not None and elsewhere is None:
        raise StorageError(f"trust file {trust}: not found")
    verifier = checking.Verifier(
        version=VERSION,
        find_pin=lambda source: elsewhere if trust is not None else pins.find_pin(_trust_folder(), source),
        evidence=lambda source, _: (*_own_evidence(source)[0], *kept),
        unreadable=lambda source: _own_evidence(source)[1],
        schemas=None if schemas is None else Path(schemas),
    )
    with _terminable():
        return verifier.verify(target)


def _held_against_exports(report: Report, folder: Path, against: tuple[str, ...]) -> Report:
    """Hold an archive against the exports among what was kept: these tell where something was changed."""
    from pathlib import Path

    from archive.verify import ArchiveSource
    from projections.export import checking, holding

    exports = [Path(text) for text in against if _is_path(text) and checking.form_of(Path(text)) is not None]
    if not exports:
        return report
    source = ArchiveSource(folder)
    try:
        return holding.held_against(report, source, exports)
    finally:
        source.close()


def _is_path(text: str) -> bool:
    from pathlib import Path

    try:
        return Path(text).exists()
    except (OSError, ValueError):  # a line may hold what no path does, or be too long for one
        return False


def _verify(folder: Path, trust: str | None, against: tuple[str, ...], *, full: bool) -> Report:
    from pathlib import Path

    from archive import pin as pins
    from archive import verify as procedure
    from archive.verify import verified

    kept = tuple(map(_kept_evidence, against))
    source = procedure.ArchiveSource(folder)
    try:
        size = source.size()
        pin = pins.find_pin(_trust_folder(), source) if trust is None else pins.read_pin(Path(trust))
        if trust is not None and pin is None:
            raise StorageError(f"trust file {trust}: not found")
        own, unreadable = _own_evidence(source)
        evidence = (*own, *kept, *procedure.cosigned(source, pin))
        register = next(iter(pins.registers_of(source)), None)
        path = None if register is None else _xdg("XDG_STATE_HOME", ".local/state") / (register + verified.SUFFIX)
        before = None if full or path is None else verified.read_verified(path, anchor=source.anchor())
        passed: list[verified.Verified] = []
        with _workers(size) as executor:
            report = procedure.verify(
                source,
                pin=pin,
                evidence=evidence,
                unreadable=unreadable,
                executor=executor,
                before=before,
                keep=passed.append,
                now=int(_means().clock()),
            )
    finally:
        source.close()
    if path is not None and passed:
        try:
            verified.write_verified(path, passed[0])
        except StorageError as error:
            _complain("warning", f"what passed could not be kept for the next time: {error.message}")
    return report


def _kept_evidence(text: str) -> Evidence:
    """Read what `--against` names: a line, or a file; of an export its newest checkpoint."""
    from pathlib import Path

    from archive.log import files
    from archive.verify import line_evidence, read_evidence
    from archive.verify.evidence import EVIDENCE_BYTES_MAX
    from projections.export import checking, holding

    if _is_path(text) and checking.form_of(Path(text)) is not None:
        return read_evidence(holding.checkpoint_of(Path(text)), name=text)

    if text.lstrip()[:8].upper() == "RATSBUCH":
        return line_evidence(text)
    try:
        data = files.read(Path(text), bytes_max=EVIDENCE_BYTES_MAX, what=f"--against {text}")
    except ValueError:  # a line may hold what no path does
        data = None
    except StorageError as error:
        # ... or be too long for one.
        if not isinstance(error.__cause__, OSError) or error.__cause__.errno != errno.ENAMETOOLONG:
            raise
        data = None
    if data is not None:
        return read_evidence(data, name=text)
    try:
        return line_evidence(text)
    except InputError as error:
        raise InputError(
            f"--against {text[:200]}: no such file, and no line: {error.message}", hint=error.hint
        ) from error


def _own_evidence(source: Source) -> tuple[list[Evidence], list[tuple[str, str]]]:
    """Read the memory files of the registers that a source says it is; give those that cannot be read apart."""
    from archive.pin import registers_of
    from archive.verify import read_evidence
    from archive.verify.evidence import Kind

    good: list[Evidence] = []
    unreadable: list[tuple[str, str]] = []
    for register in registers_of(source):
        memory = _memory(register)
        try:
            data = memory.read()
            if data is None:
                continue
            evidence = read_evidence(data, name=str(memory.path), own=True)
            if evidence.kind is not Kind.OWN:
                raise InputError(f"found a {evidence.kind}, expected a checkpoint")
        except (InputError, StorageError) as error:
            unreadable.append((str(memory.path), error.message))
        else:
            good.append(evidence)
    return good, unreadable


@contextlib.contextmanager
def _workers(size: int) -> Iterator[Any]:
    """Give an executor over all cores, where there is enough to do."""
    if size < 2 * EVENTS_A_PROCESS_MIN or (os.cpu_count() or 1) < 2:  # noqa: PLR2004  # one has nobody to share with
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Not forked: a child must not inherit this process's connections to the database.
    with ProcessPoolExecutor(min(os.cpu_count() or 1, size // EVENTS_A_PROCESS_MIN), get_context("spawn")) as executor:
        yield executor


# -- the log ----------------------------------------------------------------------------------------


@main.command()
@click.argument("event", metavar="EVENT|REF")
@click.option("-o", "directory", metavar="DIR", default=".", help="Where the files go (default: the current folder).")
@_READS
@_run
def receipt(run: Run, event: str, directory: str) -> None:
    """Give receipts: files that prove that an event, or each event of a thing, stands in the log."""
    from pathlib import Path

    from archive.log.receipts import write_receipts
    from archive.witnessing import require_checkpoint
    from projections.positions import positions

    folder = Path(directory)
    with _handing_out(run) as archive:
        places = positions(archive, event)
        checkpoint = require_checkpoint(archive)
        receipts = [archive.receipt(position) for position in places]
        new = write_receipts(folder, receipts)
    rows = [
        {"position": position, "file": str(folder / one.name), "new": is_new}
        for position, one, is_new in zip(places, receipts, new, strict=True)
    ]
    if run.json:
        _print_json({"format": "ratsbuch-receipt/1", **_root_fields(checkpoint), "receipts": rows})
        return
    for row in rows:
        click.echo(f"{row['position']:>7}  {row['file']}{'' if row['new'] else '  (was there)'}")


@main.group()
def log() -> None:
    """See to the log: checkpoint, line under the minutes, publishing, witnesses."""


@log.command("checkpoint")
@click.option("--line", is_flag=True, help="Print the line to stand under the minutes.")
@_READS
@_run
def log_checkpoint(run: Run, *, line: bool) -> None:
    """Print the newest checkpoint, or the line that stands for it on paper."""
    from archive.witnessing import require_checkpoint

    with _handing_out(run) as archive:
        checkpoint = require_checkpoint(archive)
        on_paper = _line(archive, checkpoint)
        later = archive.size - checkpoint.head.size
    if later:
        _complain("warning", f"{_events(later)} recorded since; the next recording command signs a checkpoint over all")
    if run.json:
        note = {**_root_fields(checkpoint), "note": checkpoint.data.decode(), "line": on_paper}
        _print_json({"format": "ratsbuch-log-checkpoint/1", **note})
    else:
        click.echo(on_paper if line else checkpoint.data.decode(), nl=line)


def _line(archive: Archive, checkpoint: Checkpoint) -> str:
    import datetime as dt

    from archive.log.line import Line, format_line

    head = checkpoint.head
    # The day by the clock on the wall: the line stands beside other dates of the same desk.
    day = dt.datetime.fromtimestamp(archive.means.clock()).astimezone().date().isoformat()
    return format_line(Line(register=archive.register.id[:8], size=head.size, day=day, root=head.root))


@log.command("publish")
@click.argument("directory", metavar="DIR")
@_READS
@_run
def log_publish(run: Run, directory: str) -> None:
    """Write the log for others, as static files: tiles, checkpoint and the keys that check it."""
    from pathlib import Path

    from archive.log.folder import publish
    from archive.witnessing import require_checkpoint

    with _handing_out(run) as archive:
        checkpoint = require_checkpoint(archive)
        keys = archive.log_keys_at(checkpoint.head.size)
        done = publish(archive, archive.log_folder, Path(directory), checkpoint, keys)
    if run.json:
        fields = {"directory": directory, "before": done.before, "damaged": done.damaged, **_root_fields(checkpoint)}
        _print_json({"format": "ratsbuch-log-publish/1", **fields})
        return
    click.echo(f"published  {directory}, {_root_text(checkpoint)}")
    click.echo(f"before     {_events(done.before) if done.before else 'nothing'}")
    for each in done.damaged[:DAMAGED_SHOWN_MAX]:
        click.echo(f"damaged    {each.path}: found {each.found}, expected {each.expected}; written anew")
    if len(done.damaged) > DAMAGED_SHOWN_MAX:
        click.echo(f"           and {len(done.damaged) - DAMAGED_SHOWN_MAX} more files, written anew")
    if done.damaged:
        _complain("warning", f"{directory}: what was published had been damaged; find out how")


@log.command("rebuild")
@_READS
@_run
def log_rebuild(run: Run) -> None:
    """Make the archive's own files of the log anew from the events."""
    from archive.log.signing import rebuild

    with _opened(run) as archive:
        checkpoint = rebuild(archive, archive.log_folder, _memory(archive.register.id))
        folder = archive.log_folder.path
    if run.json:
        _print_json({"format": "ratsbuch-log-rebuild/1", "directory": str(folder), **_root_fields(checkpoint)})
    else:
        click.echo(f"rebuilt    {folder}, {_root_text(checkpoint)}")


@log.command("witness")
@click.argument("url", metavar="URL")
@click.option("--policy", metavar="FILE", help="The policy with the witness's keys (default: that of ratsbuch.toml).")
@_READS
@_run
def log_witness(run: Run, url: str, policy: str | None) -> None:
    """Ask a witness to cosign the newest checkpoint, and keep what it adds."""
    from pathlib import Path

    from archive import witnessing
    from archive.client import HttpTransport

    with _handing_out(run) as archive:
        believed = witnessing.read_policy(Path(policy)) if policy else witnessing.own_policy(archive)
        if believed is None:
            raise InputError(
                f"{archive.folder}: ratsbuch.toml names no policy, so the witness's keys are not known",
                hint='write the witness into a policy file and name it: policy = "FILE", or --policy FILE',
            )
        keys = witnessing.keys_of(believed, url)
        asked = witnessing.ask(archive, url, keys, transport=HttpTransport())
        _complain_of_witness(archive, asked)
        checkpoint = witnessing.require_checkpoint(archive)
    if run.json:
        cosigned_at = asked.cosigned and asked.cosigned.at
        fields = {"url": asked.url, "cosigned_at": cosigned_at, "forgot": asked.forgot, **_root_fields(checkpoint)}
        _print_json({"format": "ratsbuch-log-witness/1", **fields})
    else:
        click.echo(f"witness    {asked.url}: cosigned {_root_text(checkpoint)}")


@log.command("serve-witness")
@click.option("--state", required=True, metavar="FILE", help="The witness's memory.")
@click.option("--policy", metavar="FILE", help="The logs that it witnesses: a policy file with their keys.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one.")
@click.option("--init", "is_new", is_flag=True, help="Make keys and memory of a new witness, print its keys, and end.")
@click.option("--name", metavar="TEXT", help="With --init: the name that it cosigns under.")
@_options(_KEYS, _JSON, _DEBUG)
@_run
def log_serve_witness(
    run: Run, state: str, policy: str | None, host: str, port: int, name: str | None, *, is_new: bool
) -> None:
    """Be a witness for the logs of others, until it is stopped (Ctrl-C)."""
    if is_new:
        if name is None:
            raise click.UsageError("--init wants a --name, such as landkreis.example/gegenpruefung")
        _new_witness(run, name, state)
        return
    if policy is None:
        raise click.UsageError("name the logs with --policy FILE, or make a new witness with --init")
    import time
    from pathlib import Path

    from archive.log.witness_server import WitnessConfig, serve
    from archive.witness_keys import read_witness_keys
    from archive.witnessing import read_policy

    logs = tuple(entry.key for entry in read_policy(Path(policy)).logs)
    folder = _with_passphrase(lambda passphrase: _witness_folder(run, passphrase))
    config = WitnessConfig(store=Path(state), keys=read_witness_keys(folder), logs=logs)
    with contextlib.ExitStack() as stack:
        serve(
            config,
            host=host,
            port=port,
            clock=lambda: int(time.time()),
            report=lambda line: click.echo(_safe(line), err=True),
            started=lambda server: _listening(server, stack),
        )


def _listening(server: WitnessServer, stack: contextlib.ExitStack) -> None:
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        stack.callback(signal.signal, number, signal.signal(number, lambda *_: server.stop()))
    for host, port in server.addresses:
        click.echo(f"listening  http://{f'[{host}]' if ':' in host else host}:{port}")
    sys.stdout.flush()


def _witness_folder(run: Run, passphrase: bytes | None) -> KeyFolder:
    from pathlib import Path

    from archive.keys import KeyFolder

    path = Path(run.keys) if run.keys else _xdg("XDG_DATA_HOME", ".local/share") / "witness"
    return KeyFolder(path, passphrase=passphrase, random=os.urandom)


def _new_witness(run: Run, name: str, state: str) -> None:
    from pathlib import Path

    from archive.witness_keys import make_witness

    folder = _witness_folder(run, _new_passphrase())
    vkeys = make_witness(folder, name, state=Path(state))
    if run.json:
        fields = {"name": name, "keys": str(folder.path), "state": state, "vkeys": vkeys}
        _print_json({"format": "ratsbuch-log-serve-witness/1", **fields})
        return
    click.echo(f"keys       {folder.path}")
    click.echo(f"memory     {state}")
    click.echo("For the policy of those who believe it, with its address in the place of URL:")
    for label, vkey in zip((name, f"{name}-mldsa44"), vkeys, strict=True):
        click.echo(f"witness {label} {vkey} URL")


# -- keeping and handing over -------------------------------------------------------------------------

_HELD = _options(
    click.option("--on", "on", required=True, metavar="DATE", help="When it happened."),
    click.option("--visibility", type=click.Choice(VISIBILITIES), help="Who may see it (default: as the file)."),
    click.option("--source", metavar="FILE", help="A document that it rests on; it is kept as a copy."),
    _ROLE,
    _RECORDS,
)
_OBJECTS = click.argument("objects", nargs=-1, metavar="[OBJECT]...")
_FILES = click.option(
    "--file", "files", multiple=True, required=True, metavar="REFERENCE", help="The file: its reference; repeatable."
)
_OF_ARCHIVE = click.option("--archive", "at", metavar="TEXT", help="The archive (default: as on record).")
_MESSAGE_ID = click.option("--message-id", metavar="ID", help="The process or message, as its messages name it.")
_PACKAGE = click.option("--package", metavar="PACKAGE", help="The package or file; its digest is recorded.")


@main.group()
def custody() -> None:
    """Record filing, retention, holds, and the way to the archive or to destruction."""


def _record_custody(
    run: Run,
    name: str,
    json_format: str,
    data: dict[str, object],
    *,
    on: str,
    files: tuple[str, ...],
    objects: tuple[str, ...] = (),
    package: str | None = None,
    protocol: str | None = None,
    visibility: str | None,
    source: str | None,
    role: str | None,
    signer: str | None,
    dry_run: bool,
) -> None:
    """Record one step of custody in each of the files, and print it."""
    from pathlib import Path

    from archive import handover
    from archive.enrolment import choose_signer
    from archive.intake.vorlage import role_for
    from domain.vocabulary import Role
    from projections.refs import resolve
    from projections.teller import Teller
    from projections.timetravel import NOW, Past

    end = _End()
    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen = choose_signer(archive, keys, signer)
        digest = package and handover.package_digest(Path(package), register=archive.register.id)
        teller = Teller(Past(archive, NOW))
        act = handover.Act(
            name=name,
            type=handover.TYPES[name],
            files=files,
            objects=tuple(dict.fromkeys(resolve(teller, ref).stream for ref in objects)),
            on=on,
            data={**data, "package_digest": digest},
            visibility=visibility,
            source=None if source is None else Path(source),
            protocol=None if protocol is None else Path(protocol),
        )
        wanted = None if role is None else Role(role)
        if name == "custody file":  # the one step that a clerk may take too
            enrolments = archive.trust.enrolled(chosen.certificate_digest)
            wanted = role_for(wanted, enrolled={one for e in enrolments for one in e.roles})
        batch = handover.batch(act, archive=archive)
        recorded = archive.record(batch, signer=chosen, role=wanted, dry_run=dry_run)
        if not dry_run:
            end = _end(archive, keys)
        if run.json:
            told = {**_recorded(name, recorded), "package_digest": digest}
            _print_json({"format": json_format, "dry_run": dry_run, "recorded": told, **end.fields})
        else:
            _print_recorded(name, recorded, dry_run=dry_run)
            if digest:
                click.echo(f"package    SHA-512 {digest}")
            end.show()
        end.settle()


@custody.command("file")
@_OBJECTS
@click.option("--file", "reference", required=True, metavar="REFERENCE", help="The file reference (Aktenzeichen).")
@click.option("--plan-unit", metavar="TEXT", help="The unit of the filing plan (Aktenplaneinheit).")
@click.option("--responsible", metavar="TEXT", help="Who keeps the file.")
@click.option("--title", metavar="TEXT", help="What the file is called.")
@click.option("--opened-on", metavar="DATE", help="When it was opened.")
@click.option("--closed-on", metavar="DATE", help="When it was closed (zdA).")
@click.option("--retention-starts-on", metavar="DATE", help="From when on its retention counts.")
@_HELD
@_run
def custody_file(
    run: Run,
    /,
    *,
    objects: tuple[str, ...],
    reference: str,
    plan_unit: str | None,
    responsible: str | None,
    title: str | None,
    opened_on: str | None,
    closed_on: str | None,
    retention_starts_on: str | None,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """File records; a reference that is new opens a file. Without OBJECT what is stated holds for all of the file."""
    data: dict[str, object] = {
        "plan_unit": plan_unit,
        "responsible": responsible,
        "title": title,
        "opened_on": opened_on,
        "closed_on": closed_on,
        "retention_starts_on": retention_starts_on,
    }
    step |= {"objects": objects, "files": (reference,)}
    _record_custody(run, "custody file", "ratsbuch-custody-file/1", data, **step)


@custody.command("retain")
@_OBJECTS
@_FILES
@click.option("--years", type=click.IntRange(min=0), metavar="N", help="For how many years.")
@click.option("--permanent", is_flag=True, help="For good (dauernd).")
@click.option("--starts-on", metavar="DATE", help="The first day.")
@click.option("--ends-on", metavar="DATE", help="The last day.")
@click.option("--schedule", metavar="TEXT", help="What says so, such as a retention schedule.")
@_HELD
@_run
def custody_retain(
    run: Run,
    /,
    *,
    years: int | None,
    starts_on: str | None,
    ends_on: str | None,
    schedule: str | None,
    permanent: bool,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Set how long records are kept (Aufbewahrungsfrist)."""
    data: dict[str, object] = {
        "years": years,
        "permanent": permanent or None,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "schedule": schedule,
    }
    _record_custody(run, "custody retain", "ratsbuch-custody-retain/1", data, **step)


@custody.command("hold")
@_OBJECTS
@_FILES
@click.option("--ground", required=True, metavar="TEXT", help="Why nothing of it may be destroyed.")
@_HELD
@_run
def custody_hold(run: Run, /, *, ground: str, **step: Any) -> None:  # noqa: ANN401  # what all steps have
    """Place a hold: nothing of it may be destroyed until further notice."""
    _record_custody(run, "custody hold", "ratsbuch-custody-hold/1", {"ground": ground}, **step)


@custody.command("release")
@_FILES
@click.option("--hold", metavar="N", help="Which hold, counted from 1 (default: the only one in force).")
@click.option("--reason", metavar="TEXT", help="Why it ends.")
@_HELD
@_run
def custody_release(run: Run, /, *, hold: str | None, reason: str | None, **step: Any) -> None:  # noqa: ANN401  # same
    """Lift a hold."""
    data: dict[str, object] = {"hold": hold, "reason": reason}
    _record_custody(run, "custody release", "ratsbuch-custody-release/1", data, **step)


@custody.command("offer")
@_OBJECTS
@_FILES
@_OF_ARCHIVE
@_MESSAGE_ID
@click.option("--decision-due-on", metavar="DATE", help="By when the archive has to decide.")
@_PACKAGE
@_HELD
@_run
def custody_offer(
    run: Run,
    /,
    *,
    at: str | None,
    message_id: str | None,
    decision_due_on: str | None,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Record that records were offered to the archive (angeboten)."""
    data: dict[str, object] = {"archive": at, "message_id": message_id, "decision_due_on": decision_due_on}
    _record_custody(run, "custody offer", "ratsbuch-custody-offer/1", data, **step)


@custody.command("appraise")
@_OBJECTS
@_FILES
@click.option("--decision", required=True, type=click.Choice(APPRAISALS), help="What the archive decided.")
@click.option("--reason", metavar="TEXT", help="Why.")
@_OF_ARCHIVE
@_MESSAGE_ID
@_PACKAGE
@_HELD
@_run
def custody_appraise(
    run: Run,
    /,
    *,
    decision: str,
    reason: str | None,
    at: str | None,
    message_id: str | None,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Record what the archive decided (bewertet)."""
    data: dict[str, object] = {"decision": decision, "reason": reason, "archive": at, "message_id": message_id}
    _record_custody(run, "custody appraise", "ratsbuch-custody-appraise/1", data, **step)


@custody.command("transfer")
@click.argument("package", metavar="PACKAGE")
@_OBJECTS
@_FILES
@_OF_ARCHIVE
@_MESSAGE_ID
@_HELD
@_run
def custody_transfer(
    run: Run,
    /,
    *,
    at: str | None,
    message_id: str | None,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Record that PACKAGE (a bag, or a file) was handed over (abgegeben), with its digest."""
    data: dict[str, object] = {"archive": at, "message_id": message_id}
    _record_custody(run, "custody transfer", "ratsbuch-custody-transfer/1", data, **step)


@custody.command("receive")
@_OBJECTS
@_FILES
@click.option("--archive-id", "archive_ids", multiple=True, metavar="ID", help="Its shelfmark there; repeatable.")
@click.option("--incomplete", is_flag=True, help="The archive did not get all of it.")
@_OF_ARCHIVE
@_MESSAGE_ID
@_PACKAGE
@_HELD
@_run
def custody_receive(
    run: Run,
    /,
    *,
    archive_ids: tuple[str, ...],
    at: str | None,
    message_id: str | None,
    incomplete: bool,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Record that the archive confirmed to have taken records over (Übernahme bestätigt)."""
    data: dict[str, object] = {
        "archive_ids": list(archive_ids) or None,
        "complete": not incomplete,
        "archive": at,
        "message_id": message_id,
    }
    _record_custody(run, "custody receive", "ratsbuch-custody-receive/1", data, **step)


@custody.command("destroy")
@_OBJECTS
@_FILES
@click.option("--basis", required=True, type=click.Choice(DESTRUCTIONS), help="On what it rests.")
@click.option("--what", required=True, metavar="TEXT", help="What was destroyed.")
@click.option("--protocol", metavar="FILE", help="The document that proves it.")
@_OF_ARCHIVE
@_MESSAGE_ID
@_PACKAGE
@_HELD
@_run
def custody_destroy(
    run: Run,
    /,
    *,
    basis: str,
    what: str,
    at: str | None,
    message_id: str | None,
    **step: Any,  # noqa: ANN401  # what all steps have
) -> None:
    """Record that records were destroyed (vernichtet); refused under a hold and without what it has to rest on."""
    data: dict[str, object] = {"basis": basis, "what": what, "archive": at, "message_id": message_id}
    _record_custody(run, "custody destroy", "ratsbuch-custody-destroy/1", data, **step)


# -- exporting --------------------------------------------------------------------------------------


@main.command()
@click.argument("refs", nargs=-1, metavar="[REF...]")
@click.option("--all", "whole", is_flag=True, help="The whole register, in the place of references.")
@click.option(
    "--format",
    "form",
    required=True,
    type=click.Choice(["package", "xml", "xdomea", "pdf", "oparl"]),
    help="What is made; pdf and oparl are renderings and prove nothing by themselves.",
)
@click.option(
    "--audience",
    type=click.Choice(["archive", "participant", "public"]),
    help="For whom: what each may see (default: archive; oparl: public).",
)
@click.option(
    "--on-ground", "ground", metavar="TEXT", help="On what legal ground it is given; it goes into the export."
)
@click.option("--with-blocked", is_flag=True, help="Give blocked events (gesperrt) in whole; to archives alone.")
@click.option(
    "--by",
    type=click.Choice(["proposal", "meeting"]),
    default="proposal",
    help="xdomea: what a Vorgang is first of all.",
)
@click.option(
    "--xdomea-version",
    type=click.Choice(["4.0.0", "3.1.0", "3.0.0"]),
    default="4.0.0",
    help="xdomea: the version of the message.",
)
@click.option(
    "--message", type=click.Choice(["0503", "0501"]), default="0503", help="xdomea: hand over (0503) or offer (0501)."
)
@click.option(
    "--propose",
    type=click.Choice(["archive", "dispose"]),
    help="xdomea: what the office proposes to the archive (Bewertungsvorschlag).",
)
@click.option("--process", metavar="UUID", help="xdomea: the process that goes on (ProzessID).")
@click.option(
    "--without",
    "left_out",
    multiple=True,
    type=click.Choice(["pdf", "ansicht", "xdomea"]),
    help="package: leave a part out; repeatable.",
)
@click.option("--base-url", metavar="URL", help="oparl: the address under which the folder will be served.")
@click.option(
    "-o", "target", metavar="PATH", help="The file or folder to be made (default: named after what is exported)."
)
@_READS
@_run
def export(  # noqa: PLR0917  # one option each
    run: Run,
    refs: tuple[str, ...],
    form: str,
    audience: str | None,
    ground: str | None,
    by: str,
    xdomea_version: str,
    message: str,
    propose: str | None,
    process: str | None,
    left_out: tuple[str, ...],
    base_url: str | None,
    target: str | None,
    *,
    whole: bool,
    with_blocked: bool,
) -> None:
    """Export records so that others can check them: a package, XML, xdomea, PDF/A or OParl. Only reads."""
    import datetime
    from pathlib import Path

    from projections.export import exporting, report_text

    if whole is bool(refs):
        raise click.UsageError("name what is to be exported, or give --all for the whole register")
    wanted = exporting.wanted(
        form,
        refs=refs,
        audience=audience or ("public" if form == "oparl" else "archive"),
        ground=ground,
        with_blocked=with_blocked,
        left_out=left_out,
        order={"version": xdomea_version, "message": message, "by": by, "proposed": propose, "process": process},
        base_url=base_url,
    )
    with _reading(run) as archive, _views(archive) as views:
        day = datetime.datetime.fromtimestamp(archive.means.clock(), tz=datetime.UTC).date().isoformat()
        with _terminable(), _progress("export") as progress:
            done = exporting.export(
                archive,
                views,
                wanted,
                Path(target) if target is not None else None,
                day=day,
                version=VERSION,
                progress=lambda _, count, total: progress(count, total or 0),
            )
    for note in report_text.notes(done):
        _complain("warning", note)
    _print(run, report_text.document(done, wanted), report_text.text)


# -- care -------------------------------------------------------------------------------------------


@main.command()
@click.option(
    "--from",
    "replica",
    required=True,
    metavar="ARCHIVE|EXPORT",
    help="Another copy of this archive, or an export that has what is missing.",
)
@_options(_ARCHIVE, _JSON, _DEBUG)
@_run
def repair(run: Run, replica: str) -> None:
    """Put back what is missing from a replica or an export: events verbatim at their positions, and what is theirs."""
    from pathlib import Path

    from archive import pin as pins
    from archive import repair as repairs
    from archive import verify as procedure
    from projections.export import checking, holding

    source = procedure.ArchiveSource(run.folder)
    try:
        pin = pins.find_pin(_trust_folder(), source)
        register = next(iter(pins.registers_of(source)), None)
    finally:
        source.close()
    memory = None if register is None else _memory(register)
    if checking.form_of(Path(replica)) is None:
        done = repairs.repair(run.folder, Path(replica), means=_means(), pin=pin, memory=memory)
    else:
        with holding.excerpt_in(Path(replica)) as excerpt:
            done = repairs.repair_from(run.folder, excerpt, means=_means(), pin=pin, memory=memory)
    if run.json:
        fields = ("events", "disclosures", "documents", "command_files", "checkpoints", "size")
        _print_json({"format": "ratsbuch-repair/1", **{name: getattr(done, name) for name in fields}})
        return
    click.echo(f"put back   {_events(done.events)}, disclosures of {_events(done.disclosures)}")
    click.echo(
        f"           {done.documents} documents, {done.command_files} command files, {done.checkpoints} checkpoints"
    )
    click.echo(f"events     {done.size}; run `ratsbuch verify` now")


@main.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--ground", required=True, metavar="TEXT", help="The legal ground; name no person in it.")
@click.option("--ordered-by", metavar="TEXT", help="Who ordered it.")
@click.option("--archive-consented", is_flag=True, help="The archive of record agreed.")
@click.option("--despite-hold", is_flag=True, help="Erase what a hold forbids to destroy, because a law demands it.")
@_RECORDS
@_run
def erase(
    run: Run,
    targets: tuple[str, ...],
    ground: str,
    ordered_by: str | None,
    signer: str | None,
    *,
    archive_consented: bool,
    despite_hold: bool,
    dry_run: bool,
) -> None:
    """Erase content for good: EVENT/PATH, EVENT, STREAM, document:EVENT/PATH or token:EVENT."""
    from archive import erasure
    from archive.enrolment import choose_signer

    with _recording(run, dry_run=dry_run) as (archive, keys):
        chosen = choose_signer(archive, keys, signer)
        named = dict.fromkeys(target for text in targets for target in erasure.parse_target(text, archive))
        erased = erasure.erase(
            archive,
            tuple(named),
            ground=ground,
            signer=chosen,
            ordered_by=ordered_by,
            archive_consented=archive_consented or None,
            despite_hold=despite_hold,
            dry_run=dry_run,
        )
        end = _End() if dry_run else _end(archive, keys)
    _print_erased(run, erased, end)
    end.settle()


def _print_erased(run: Run, erased: Any, end: _End) -> None:  # noqa: ANN401  # its type is too heavy to import
    event = None if erased.recorded is None else erased.recorded.events[0]
    removed = [{"kind": t.kind, "event": t.event, "path": t.path or None} for t in erased.targets]
    if run.json:
        _print_json(
            {
                "format": "ratsbuch-erase/1",
                "dry_run": event is None,
                "recorded": event and {"id": event.id, "position": event.position, "type": event.type},
                "removed": removed,
                "remaining": erased.remaining,
                **end.fields,
            }
        )
        return
    if event is None:
        click.echo("would be removed; nothing was:")
    else:
        click.echo(f"recorded {event.id} at position {event.position}; removed:")
    for target in removed:
        click.echo(f"  {target['kind']:<10}  {target['event']}{'/' if target['path'] else ''}{target['path'] or ''}")
    click.echo("cannot be reached from here:")
    for place in erased.remaining:
        click.echo(f"  {_safe(place)}")
    end.show()


@main.group()
def keys() -> None:
    """Say who may record: enrol, revoke and list keys."""


@keys.command("enrol")
@click.option(
    "--role", "roles", multiple=True, required=True, type=click.Choice(ROLES), help="What it may record as; repeatable."
)
@click.option("--person", metavar="KEY", help="The holder, if known here already: a person key or a look-up.")
@click.option("--certificate", metavar="FILE", help="A certificate (PEM, DER) whose private key is held elsewhere.")
@click.option("--algorithm", type=click.Choice(ALGORITHMS), help="What it signs with (default: ES256, or what fits).")
@_options(_DRY_RUN, _ARCHIVE, _KEYS, _JSON, _DEBUG)
@_run
def keys_enrol(
    run: Run,
    roles: tuple[str, ...],
    person: str | None,
    certificate: str | None,
    algorithm: str | None,
    *,
    dry_run: bool,
) -> None:
    """Admit a key: a new one, written to the key folder, or that of a certificate. Needs the root key."""
    from pathlib import Path

    from archive import enrolment
    from domain.vocabulary import Role, SignatureAlgorithm

    with _recording(run, dry_run=dry_run) as (archive, folder):
        done = enrolment.enrol(
            archive,
            folder,
            tuple(map(Role, roles)),
            person=person,
            certificate=Path(certificate) if certificate else None,
            algorithm=SignatureAlgorithm(algorithm) if algorithm else None,
            dry_run=dry_run,
        )
        end = _End() if dry_run else _end(archive, folder)
    if run.json:
        added = {**_key(done), "file": done.files, **end.fields}
        _print_json({"format": "ratsbuch-keys-enrol/1", "dry_run": dry_run, **added})
    else:
        click.echo(f"{'would enrol' if dry_run else 'enrolled'}   {done.certificate_digest}  {done.algorithm}")
        click.echo(f"person     {done.person}, as {', '.join(done.roles)}")
        if done.files:
            click.echo(f"key file   {folder.path / done.files}.key.pem")
        end.show()
    end.settle()


@keys.command("revoke")
@click.argument("names", nargs=-1, required=True, metavar="KEY...")
@click.option("--reason", required=True, type=click.Choice(REASONS), help="Why.")
@click.option("--compromised-since", metavar="INSTANT", help="From when on what the key signed is doubted.")
@_options(_DRY_RUN, _ARCHIVE, _KEYS, _JSON, _DEBUG)
@_run
def keys_revoke(run: Run, names: tuple[str, ...], reason: str, compromised_since: str | None, *, dry_run: bool) -> None:
    """Revoke keys, by person key or by how a certificate's digest begins. Needs the root key."""
    from archive import enrolment
    from domain.vocabulary import RevocationReason

    with _recording(run, dry_run=dry_run) as (archive, folder):
        done = enrolment.revoke(
            archive,
            folder,
            names,
            reason=RevocationReason(reason),
            compromised_since=compromised_since,
            dry_run=dry_run,
        )
        end = _End() if dry_run else _end(archive, folder)
    if run.json:
        revoked = {"keys": [_key(k) for k in done.keys], **end.fields}
        _print_json({"format": "ratsbuch-keys-revoke/1", "dry_run": dry_run, **revoked})
    else:
        for key in done.keys:
            click.echo(f"{'would revoke' if dry_run else 'revoked'}  {key.certificate_digest}  person {key.person}")
        end.show()
    end.settle()


def _key(key: Any) -> dict[str, object]:  # noqa: ANN401  # the three records of a key have these fields
    return {
        "person": key.person,
        "roles": key.roles,
        "algorithm": key.algorithm,
        "certificate_digest": key.certificate_digest,
    }


@keys.command("list")
@_options(_ARCHIVE, _KEYS, _JSON, _DEBUG)
@_run
def keys_list(run: Run) -> None:
    """List the keys that may record, and those that no longer may."""
    from archive import enrolment

    with _reading(run) as archive:
        lines = enrolment.keys_of(archive, _key_folder(run, archive.register.id))
    if run.json:
        rows = [{**_key(k), "name": k.name, "since": k.since, "until": k.until, "here": k.here} for k in lines]
        _print_json({"format": "ratsbuch-keys-list/1", "keys": rows})
        return
    for key in lines:
        until = "" if key.until is None else f", revoked at position {key.until}"
        click.echo(f"{key.certificate_digest}  {key.algorithm}  {', '.join(key.roles)}")
        click.echo(f"  person {key.person}{f' ({_safe(key.name)})' if key.name else ''}")
        click.echo(f"  since position {key.since}{until}{'; private key in the key folder' if key.here else ''}")


@main.command()
@_options(_ARCHIVE, _KEYS, _JSON, _DEBUG)
@click.pass_context
def doctor(ctx: click.Context) -> None:
    """Examine the installation, the archive folder, the keys and the clock."""
    from archive import doctor as doctors
    from archive import settings

    run = ctx.ensure_object(Run)
    named = bool(run.archive) or (run.folder / settings.FILE_NAME).exists()
    checks: list[Check] = []
    for check in doctors.examine(
        run.folder if named else None, means=_means(), keys=lambda id_: _key_folder(run, id_), pin=_pin
    ):
        checks.append(check)
        if not run.json:
            click.echo(f"{check.level:<5} {check.name:<15}  {_safe(check.found)}")
            if check.hint:
                click.echo(f"{'':<5} {'':<15}  -> {_safe(check.hint)}")
    if run.json:
        _print_json({"format": "ratsbuch-doctor/1", "verdict": doctors.worst(checks), "checks": checks})
    failed = [check for check in checks if check.level is doctors.Level.FAIL]
    if failed:
        ctx.exit(EXIT_ALTERED if any(check.altered for check in failed) else EXIT_OUT_OF_REACH)


@main.command()
@click.argument("directory", metavar="[DIR]", required=False)
@_DEBUG
def demo(directory: str | None) -> None:
    """Tell the story of Vorlage 0640 in a new archive: recorded, shown, verified, tampered with, caught."""
    import tempfile
    from pathlib import Path

    from projections import demo as story

    home = Path(tempfile.mkdtemp(prefix="ratsbuch-demo-"))
    with _progress("recording") as progress:
        stage = story.Stage(
            archive=Path(directory).absolute() if directory else home / "archive",
            home=home,
            program=sys.argv[0] if Path(sys.argv[0]).stem == "ratsbuch" else "ratsbuch",
            means=_means(),
            progress=progress,
            version=VERSION,
        )
        for line in story.play(stage):
            click.echo(line)


@contextlib.contextmanager
def _objects_progress(run: Run) -> Iterator[Callable[[TakingProgress], None]]:
    """Show on a terminal what is being done with how many objects, how fast, and how long it will take.

    Not with --json: whoever reads that is a program, also where it runs in a terminal.
    """
    if run.json or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None, rate="")

        def tell(step: TakingProgress) -> None:
            if bar.tasks[0].description != step.doing:
                bar.reset(task, description=step.doing, total=step.total or None)
            speed = bar.tasks[0].finished_speed or bar.tasks[0].speed
            rate = f"{speed:.0f}/s" if speed else ""
            bar.update(task, completed=step.done, total=step.total or None, rate=rate)

        yield tell


@contextlib.contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how much of something is done; anywhere else say nothing."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


if __name__ == "__main__":
    main()
