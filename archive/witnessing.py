"""Asking the witnesses (de: Gegenprüfstellen) of an archive for their cosignatures, and keeping what they add.

An archive names its witnesses in a policy file of its own (`policy` in `ratsbuch.toml`). What they add is kept beside
the checkpoints, in `record.db`: from there it goes into receipts and into what is published, and a verifier who
believes these witnesses finds it there. Recording never depends on them: they are asked all at once, in a time that
is bounded in all, and whatever goes wrong with one of them is no more than a sentence.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from archive.errors import EvidenceError, InputError, IntegrityError, StorageError
from archive.log.cosigned import newest_of, stated_time
from archive.log.folder import prefix_root
from archive.log.policy import POLICY_BYTES_MAX, Policy, parse_policy
from archive.log.witness import Pushed, push
from domain.errors import RatsbuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from archive.archive import Archive
    from archive.client import Transport
    from archive.log.checkpoint import Checkpoint
    from archive.log.note import VerifierKey

_NO_CHECKPOINT: Final = "the next recording command signs one"


class Cosigned(Struct, frozen=True, kw_only=True):
    """The newest checkpoint that a witness has cosigned, as far as is kept here.

    Attributes:
        size: How many events it is over.
        at: When, as the witness states it; in seconds since 1970.
    """

    size: int
    at: int


class Asked(Struct, frozen=True, kw_only=True):
    """What came of asking a witness.

    Attributes:
        url: Its address.
        cosigned: What it has cosigned last, now or before; None where it never has.
        forgot: It named a smaller size than it had cosigned before: it lost its memory, and its word is worth less.
        problem: Why it did not cosign now; None where it did.
    """

    url: str
    cosigned: Cosigned | None
    forgot: bool = False
    problem: RatsbuchError | None = None


# -- whom to ask ----------------------------------------------------------------------------------


def read_policy(path: Path) -> Policy:
    """Read a policy file.

    Raises:
        StorageError: It is not there or cannot be read.
        InputError: It is no policy.
    """
    try:
        with path.open("rb") as handle:
            data = handle.read(POLICY_BYTES_MAX + 1)
    except OSError as error:
        msg = f"policy {path}: cannot be read: {error.strerror}"
        raise StorageError(msg, hint="see `policy` in ratsbuch.toml, or name the file with --policy") from error
    return parse_policy(data, what=f"policy {path}")


def own_policy(archive: Archive) -> Policy | None:
    """Give the policy that the archive names for itself; None if it names none.

    Raises:
        StorageError, InputError: As `read_policy`.
    """
    name = archive.settings.policy
    return None if name is None else read_policy(archive.folder / name)


def witnesses_of(policy: Policy) -> dict[str, tuple[VerifierKey, ...]]:
    """Give the witnesses that have an address, each with its keys."""
    found: dict[str, tuple[VerifierKey, ...]] = {}
    for witness in policy.witnesses:
        if witness.url is not None:
            url = witness.url.rstrip("/")
            found[url] = (*found.get(url, ()), witness.key)
    return found


def keys_of(policy: Policy, url: str) -> tuple[VerifierKey, ...]:
    """Give the keys of the witness at an address.

    Raises:
        InputError: The policy has no such witness.
    """
    known = witnesses_of(policy)
    keys = known.get(url.rstrip("/"))
    if keys is None:
        listed = ", ".join(known) or "none"
        msg = f"witness {url[:200]!a}: the policy has no witness at that address, only: {listed}"
        raise InputError(msg, hint="add a line: witness NAME VKEY URL")
    return keys


def last_cosigned(archive: Archive, keys: Sequence[VerifierKey]) -> Cosigned | None:
    """Give what a witness has cosigned last, by what is kept here."""
    newest: Cosigned | None = None
    for key in keys:
        found = newest_of(key, archive.recorder.cosigned(key.label))
        if found is not None and (newest is None or newest.size < found[0]):
            newest = Cosigned(size=found[0], at=stated_time(found[1]))
    return newest


# -- asking ---------------------------------------------------------------------------------------


def require_checkpoint(archive: Archive) -> Checkpoint:
    """Give the newest checkpoint, for handing out.

    Raises:
        EvidenceError: There is none yet.
        IntegrityError: It is not one of this log.
    """
    checkpoint = archive.signed()
    if checkpoint is None:
        msg = f"{archive.folder}: no checkpoint yet"
        raise EvidenceError(msg, hint=_NO_CHECKPOINT)
    return checkpoint


def ask(archive: Archive, url: str, keys: Sequence[VerifierKey], *, transport: Transport) -> Asked:
    """Ask one witness to cosign the newest checkpoint, and keep what it adds.

    Raises:
        ServiceError: It failed, refused or lied; `WitnessContradictionError` if it says that it saw another log.
        InputError: The address is none.
        EvidenceError: There is no checkpoint yet.
        IntegrityError: The checkpoint or the tiles are not sound; nothing was sent.
        StorageError: What it added cannot be kept.
    """
    pushed = _request(archive, require_checkpoint(archive), url, keys, transport=transport)()
    _keep(archive, pushed)
    return Asked(url=pushed.url, cosigned=_of(pushed), forgot=pushed.forgot)


def ask_all(
    archive: Archive,
    witnesses: Mapping[str, Sequence[VerifierKey]],
    *,
    transport: Transport,
    seconds: float,
) -> tuple[Asked, ...]:
    """Ask witnesses at once, wait no longer than a time in all, and keep what they add; nothing is raised for them.

    Who has cosigned the newest checkpoint already is not asked.

    Args:
        archive: The archive; it has a checkpoint.
        witnesses: Addresses with keys.
        transport: Makes one request.
        seconds: How long to wait in all; who has not answered by then is left, and asked again the next time.
    """
    checkpoint = require_checkpoint(archive)
    before = {url: last_cosigned(archive, keys) for url, keys in witnesses.items()}
    asked: dict[str, Future[Pushed]] = {}
    for url, keys in witnesses.items():
        known = before[url]
        if known is None or known.size < checkpoint.head.size:
            asked[url] = Future()
            request = _request(archive, checkpoint, url, keys, transport=transport)
            threading.Thread(target=_work, args=(request, asked[url]), daemon=True).start()
    wait(asked.values(), timeout=seconds)
    return tuple(
        _settled(archive, url, before[url], asked[url], seconds=seconds)
        if url in asked
        else Asked(url=url, cosigned=before[url])
        for url in witnesses
    )


def _work(request: Callable[[], Pushed], future: Future[Pushed]) -> None:
    try:
        future.set_result(request())
    except BaseException as error:  # noqa: BLE001  # it is raised again, in the thread that waits
        future.set_exception(error)


def _settled(archive: Archive, url: str, before: Cosigned | None, future: Future[Pushed], *, seconds: float) -> Asked:
    if not future.done():
        problem = EvidenceError(f"witness {url}: no answer within {seconds:g} seconds")
        return Asked(url=url, cosigned=before, problem=problem)
    try:
        pushed = future.result()
        _keep(archive, pushed)
    except RatsbuchError as error:
        return Asked(url=url, cosigned=before, problem=error)
    return Asked(url=url, cosigned=_of(pushed), forgot=pushed.forgot)


def _of(pushed: Pushed) -> Cosigned:
    state = pushed.state
    return Cosigned(size=state.size, at=state.cosigned_at)


def _request(
    archive: Archive, checkpoint: Checkpoint, url: str, keys: Sequence[VerifierKey], *, transport: Transport
) -> Callable[[], Pushed]:
    """Give the request, with everything read from the database beforehand: it may be made in another thread."""
    head, folder = checkpoint.head, archive.log_folder
    log, last = archive.log_keys_at(head.size), last_cosigned(archive, keys)

    def prove(old: int, size: int) -> tuple[bytes, ...]:
        tree = folder.tree(size)
        # A proof that does not hold would make the witness say that the log forked.
        if prefix_root(tree, head.root, old) is None:
            msg = f"{folder.path}: its tiles do not prove that the log grew from {old} to {size} events"
            raise IntegrityError(msg, hint="make them anew: `ratsbuch log rebuild`")
        return tuple(tree.consistency(old))

    return lambda: push(
        url,
        checkpoint.data,
        log=log,
        witness=keys,
        last_size=0 if last is None else last.size,
        prove=prove,
        transport=transport,
    )


def _keep(archive: Archive, pushed: Pushed) -> None:
    with archive.recorder.writing() as transaction:
        for signature, verified in zip(pushed.signatures, pushed.verified, strict=True):
            transaction.add_cosignature(pushed.size, verified.key.label, signature.line.encode())
