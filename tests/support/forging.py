"""An administrator with every key and no scruples: changes the record and makes fit again all that depends on it.

Without keys there is `Tampering`; this adds the real ones. What comes out is a register that could have been recorded
just so: tokens signed by the enrolled keys, chained and in order, with their disclosures, a log and checkpoints over
them, and a memory file that agrees. What no administrator can make fit is what others have kept.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

from archive.archive import ERASED_SIZE, Archive
from archive.disclosure import base64url_decode, base64url_encode, canonical, digest_of, join, make, read, split
from archive.log import merkle
from archive.log.checkpoint import open_own, sign_checkpoint
from archive.log.folder import FOLDER
from archive.log.head import TreeHead, parse_head
from archive.log.note import parse_note
from archive.token import entry_of
from support.kept import Kept, log_signer
from support.tampering import Tampering

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from archive.keys import Signer


class Forged:
    """One event, taken apart; `header` and `payload` may be changed at will.

    Attributes:
        stream: Its stream.
        topic: Its type.
        state: The token as it was signed last, or what stands in its place.
        header: The token's header.
        payload: Its payload.
        disclosed: Its row of disclosures.
    """

    def __init__(self, stream: str, topic: str, state: bytes, disclosed: str) -> None:
        self.stream = stream
        self.topic = topic
        self.state = state
        self.disclosed = disclosed
        self.header: dict[str, object] = {}
        self.payload: dict[str, object] = {}
        if not self.erased:
            header, payload, _ = state.split(b".")
            self.header = json.loads(base64url_decode(header, what=""))
            self.payload = json.loads(base64url_decode(payload, what=""))

    @property
    def erased(self) -> bool:
        return len(self.state) == ERASED_SIZE

    @property
    def entry(self) -> bytes:
        return self.state if self.erased else entry_of(self.state)

    @property
    def data(self) -> dict[str, object]:
        """The members of `data`, to be changed in place."""
        data = self.payload["data"]
        assert isinstance(data, dict)
        return data

    def copy(self) -> Forged:
        return Forged(self.stream, self.topic, self.state, self.disclosed)

    def say(self, name: str, value: object, *, salt: bytes) -> None:
        """Let a hidden field of `data` say something else: another disclosure, and its digest in the token."""
        rest = list(map(read, split(self.disclosed.encode())))
        old = next(d for d in rest if d.name == name)
        new = make(name, canonical(value), salt=salt)
        rest[rest.index(old)] = new
        self.disclosed = join(rest).decode()
        digests = self.data["_sd"]
        assert isinstance(digests, list)
        self.data["_sd"] = sorted([*(d for d in digests if d != old.digest), digest_of(new.encoded)])


class Forger(Tampering):
    """The archive's database with its events taken apart, all the real keys, and the means to put it together again.

    Attributes:
        kept: The register.
        events: Its events in order; their places in this list become their positions.
    """

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.busy)
        self.kept = kept
        rows = self.db.execute(
            "SELECT originator_id, topic, state, coalesce(disclosed, '~') FROM stored_events "
            "LEFT JOIN disclosures ON position = stored_events.rowid ORDER BY stored_events.rowid"
        )
        self.events = [Forged(*row) for row in rows]
        keys, register = kept.busy.made.key_folder(), kept.busy.register
        signers = [kept.busy.made.root(register), *(kept.busy.made.signer(p) for p in keys.persons())]
        self._signers: dict[object, Signer] = {signer.certificate_digest: signer for signer in signers}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def event(self, type_name: str, *, number: int = 0) -> Forged:
        """Give an event of a type, the first where no other is named."""
        return [each for each in self.events if each.topic.startswith(type_name + "/")][number]

    # -- the record -----------------------------------------------------------------------------------

    def link(self, *, anew: bool = False) -> None:
        """Give every event its place, `prev` and a time that does not fall, and sign with its signer's real key.

        Args:
            anew: Sign all but the genesis again; otherwise only what is not as it was signed.
        """
        heads: dict[str, tuple[int, bytes]] = {}
        last = 0
        for number, each in enumerate(self.events):
            seq, entry = heads.get(each.stream, (0, b""))
            if not each.erased:
                self._link(each, seq + 1, entry, last, anew=anew and number > 0)
                iat = each.header["iat"]
                assert isinstance(iat, int)
                last = iat
            heads[each.stream] = (seq + 1, each.entry)

    def _link(self, each: Forged, seq: int, previous: bytes, last: int, *, anew: bool) -> None:
        payload = {k: v for k, v in each.payload.items() if k != "prev"} | {"seq": seq, "sub": each.stream}
        if previous:
            payload["prev"] = base64url_encode(previous).decode()
        iat = each.header["iat"]
        assert isinstance(iat, int)
        each.payload, each.header["iat"] = payload, max(iat, last)
        signed = base64url_encode(canonical(each.header)) + b"." + base64url_encode(canonical(payload))
        if anew or not each.state.startswith(signed + b"."):
            signer = self._signers[each.header["x5t#S256"]]
            each.state = signed + b"." + base64url_encode(signer.sign(signed))

    def save(self) -> None:
        """Write the events with positions from 1, their disclosures, and the command files they came from."""
        with self.db:
            self.db.execute("BEGIN")
            self.db.execute("DELETE FROM stored_events")
            self.db.execute("DELETE FROM disclosures")
            counts: dict[str, int] = {}
            places: dict[object, list[int]] = {}
            for position, each in enumerate(self.events, start=1):
                counts[each.stream] = counts.get(each.stream, 0) + 1
                row = (position, each.stream, counts[each.stream], each.topic, each.state)
                self.db.execute("INSERT INTO stored_events VALUES (?,?,?,?,?)", row)
                if each.disclosed != "~":
                    self.db.execute("INSERT INTO disclosures VALUES (?,?)", (position, each.disclosed))
                places.setdefault(each.payload.get("txn"), []).append(position)
            for (txn,) in self.db.execute("SELECT txn FROM command_files").fetchall():
                at = places.get(txn, [])
                if at:
                    new = (at[0], len(at), txn)
                    self.db.execute("UPDATE command_files SET first_position=?, event_count=? WHERE txn=?", new)
                else:
                    self.db.execute("DELETE FROM command_files WHERE txn=?", (txn,))

    # -- the log --------------------------------------------------------------------------------------

    def forget_checkpoints(self, *, above: int) -> None:
        """Remove the checkpoints over more events than these from the table; no key is needed for it."""
        self.db.execute("DELETE FROM checkpoints WHERE size > ?", (above,))

    def vouch(self, sizes: Iterable[int]) -> None:
        """Put checkpoints over the record as it is now in place of all there were, with the log's real keys."""
        leaves = merkle.leaf_hashes([each.entry for each in self.events])
        with Archive.open(self.folder, means=self.busy.made.means) as archive:
            signer, origin = log_signer(self.busy, archive), archive.register.origin
        self.forget_checkpoints(above=0)
        for size in sizes:
            head = TreeHead(origin=origin, size=size, root=merkle.root_hash(leaves[:size]))
            now = int(self.busy.made.means.clock())
            note = sign_checkpoint(head, ed25519=signer.ed25519, mldsa44=signer.mldsa44, timestamp=now)
            self.db.execute("INSERT INTO checkpoints VALUES (?,?)", (size, note))

    def newest(self) -> bytes:
        """Give the newest checkpoint of the table."""
        (note,) = self.db.execute("SELECT note FROM checkpoints ORDER BY size DESC").fetchone()
        return bytes(note)

    def lay_tiles(self) -> None:
        """Make `log/` anew to the newest checkpoint of the table, as everybody can who has the events."""
        shutil.rmtree(self.folder / FOLDER)
        note = self.newest()
        size = parse_head(parse_note(note).text).size
        with Archive.open(self.folder, means=self.busy.made.means) as archive:
            archive.log_folder.rebuild(archive, open_own(note, archive.log_keys_at(size)))

    def remember(self) -> None:
        """Rewrite the memory file of the archive's own user."""
        self.kept.memory.write_bytes(self.newest())

    def rebuild(self, *, anew: bool = False, sizes: Iterable[int] | None = None, remember: bool = False) -> None:
        """Make everything fit again: tokens, tables, checkpoints at the old sizes, tiles, and the memory if wanted."""
        self.link(anew=anew)
        self.save()
        self.vouch([size for size in sizes or self.kept.sizes if size <= len(self.events)])
        self.lay_tiles()
        if remember:
            self.remember()
