"""What somebody can do who has the archive's files, and some of its keys, and no scruples."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from archive.disclosure import base64url_decode, base64url_encode
from archive.genesis import new_signer
from archive.token import entry_of
from domain.vocabulary import SignatureAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from archive.archive import Archive
    from archive.keys import Signer
    from support.archives import Busy


class Tampering:
    """An archive's database with its triggers out of the way, and the means to write whatever one likes into it.

    They are back when it is closed: whoever tampers leaves no trace that is as plain as a trigger that is missing.
    """

    def __init__(self, busy: Busy) -> None:
        self.busy = busy
        self.folder: Path = busy.made.folder
        self.db = sqlite3.connect(self.folder / "record.db", isolation_level=None)
        self._triggers = self.db.execute(
            "SELECT name, tbl_name, sql FROM sqlite_master WHERE type='trigger'"
        ).fetchall()
        for name, *_ in self._triggers:
            self.db.execute(f"DROP TRIGGER {name}")
        self.db.execute("PRAGMA foreign_keys=OFF")

    def close(self) -> None:
        """Leave everything in the database file, and the triggers as they were."""
        tables = {name for (name,) in self.db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        for _, table, statement in self._triggers:
            if table in tables:
                self.db.execute(statement)
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()

    # -- looking --------------------------------------------------------------------------------------

    def position(self, type_name: str, *, last: bool = False) -> int:
        """Give the first (or last) position of a type."""
        rows = self.db.execute("SELECT rowid FROM stored_events WHERE topic LIKE ? ORDER BY 1", (type_name + "/%",))
        return int(rows.fetchall()[-1 if last else 0][0])

    def size(self) -> int:
        """Give how many events there are."""
        return int(self.db.execute("SELECT max(rowid) FROM stored_events").fetchone()[0])

    def state(self, position: int) -> bytes:
        """Give the stored bytes."""
        return bytes(self.db.execute("SELECT state FROM stored_events WHERE rowid=?", (position,)).fetchone()[0])

    def disclosed(self, position: int) -> str:
        """Give the row of disclosures."""
        return str(self.db.execute("SELECT disclosed FROM disclosures WHERE position=?", (position,)).fetchone()[0])

    # -- writing --------------------------------------------------------------------------------------

    def set_state(self, position: int, state: bytes) -> None:
        """Replace stored bytes."""
        self.db.execute("UPDATE stored_events SET state=? WHERE rowid=?", (state, position))

    def set_disclosed(self, position: int, disclosed: str) -> None:
        """Replace a row of disclosures."""
        self.db.execute("INSERT OR REPLACE INTO disclosures VALUES (?,?)", (position, disclosed))

    def parts(self, position: int) -> tuple[dict[str, object], dict[str, object]]:
        """Give header and payload as plain JSON."""
        header, payload, _ = self.state(position).split(b".")
        return json.loads(base64url_decode(header, what="")), json.loads(base64url_decode(payload, what=""))

    def write(
        self,
        position: int,
        *,
        header: Mapping[str, object] | None = None,
        payload: Mapping[str, object] | None = None,
        raw: bytes | None = None,
        signer: Signer | None = None,
    ) -> None:
        """Write a token with changed members, signed as it ought to be; None takes a member away.

        Args:
            position: Where.
            header: Members of the header to change.
            payload: Members of the payload to change.
            raw: The payload's bytes, in place of what the members give.
            signer: Who signs; None keeps the old signature.
        """
        old_header, old_payload = self.parts(position)
        new_header = _changed(old_header, header or {})
        new_payload = _canonical(_changed(old_payload, payload or {})) if raw is None else raw
        if signer is not None and (header is None or "x5t#S256" not in header):
            new_header["x5t#S256"] = signer.certificate_digest
        signed = base64url_encode(_canonical(new_header)) + b"." + base64url_encode(new_payload)
        signature = self.state(position).rsplit(b".", 1)[1]
        if signer is not None:
            signature = base64url_encode(signer.sign(signed))
        self.set_state(position, signed + b"." + signature)

    def append_like(self, position: int, *, signer: Signer, **payload: object) -> int:
        """Append a copy of an event to the end of its stream, properly linked, with changed members."""
        stream = self.db.execute("SELECT originator_id, topic FROM stored_events WHERE rowid=?", (position,)).fetchone()
        seq, last = self.db.execute(
            "SELECT originator_version, state FROM stored_events WHERE originator_id=? ORDER BY 1 DESC", (stream[0],)
        ).fetchone()
        new = self.size() + 1
        self.db.execute(
            "INSERT INTO stored_events VALUES (?,?,?,?,?)", (new, stream[0], seq + 1, stream[1], self.state(position))
        )
        row = self.db.execute("SELECT disclosed FROM disclosures WHERE position=?", (position,)).fetchone()
        if row is not None:
            self.set_disclosed(new, row[0])
        txn = f"00000000-0000-4000-8000-{new:012d}"
        self.db.execute("INSERT INTO command_files VALUES (?,?,?,?)", (txn, "0" * 64, new, 1))
        prev = base64url_encode(last if len(last) == 64 else entry_of(last)).decode()
        iat = self.parts(self.size() - 1)[0]["iat"]
        self.write(
            new, header={"iat": iat}, payload={"seq": seq + 1, "prev": prev, "txn": txn, **payload}, signer=signer
        )
        return new

    # -- keys -----------------------------------------------------------------------------------------

    def signer(self, person: str | None = None) -> Signer:
        """Give the real key of a person."""
        return self.busy.made.signer(person)

    def root(self) -> Signer:
        """Give the real root key."""
        return self.busy.made.root(self.busy.register)

    def stranger(self) -> Signer:
        """Give a key that nobody enrolled."""
        return new_signer(
            person=self.busy.clerk, algorithm=SignatureAlgorithm.ES256, means=self.busy.made.means, issuer=None
        )

    def by(self, person: str | None = None, role: str = "clerk") -> dict[str, str]:
        """Give the member that says who records."""
        return {"person": person or self.busy.made.person, "role": role}

    def open(self) -> Archive:
        """Open the archive itself, as its own recorder would."""
        return self.busy.made.open()


def flip(data: bytes, index: int) -> bytes:
    """Flip the lowest bit of one byte."""
    return data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]


def respell(text: bytes, index: int) -> bytes:
    """Change one character of base64url into another of its alphabet."""
    return text[:index] + (b"B" if text[index : index + 1] == b"A" else b"A") + text[index + 1 :]


def _changed(members: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
