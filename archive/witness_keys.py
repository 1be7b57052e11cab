"""The keys of a witness of our own: made once, kept beside its memory, and told to the logs that it witnesses.

A witness is its keys and its memory together. Whoever loses the memory has to make new keys, so both are made at once,
and neither is ever overwritten. The name stands in two files of verifier keys, `witness-ed25519.vkey` and
`witness-mldsa44.vkey`, which are what the other side is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa

from archive.errors import InputError, StorageError
from archive.log import files
from archive.log.note import SignatureType, SigningKey, check_name, parse_vkey, verifier_key
from archive.log.witness_store import WitnessStore

if TYPE_CHECKING:
    from pathlib import Path

    from archive.keys import KeyFolder

ED25519: Final = "witness-ed25519"
MLDSA44: Final = "witness-mldsa44"
_TYPES: Final = {ED25519: SignatureType.COSIGNATURE_ED25519, MLDSA44: SignatureType.COSIGNATURE_MLDSA44}
_VKEY_BYTES_MAX: Final = 4096


def make_witness(folder: KeyFolder, name: str, *, state: Path) -> tuple[str, ...]:
    """Make the keys and the empty memory of a new witness, and give its verifier keys.

    Args:
        folder: Where the keys go.
        name: The name that it cosigns under, such as `landkreis.example/gegenpruefung`.
        state: Where the memory goes.

    Raises:
        InputError: The name cannot be one.
        StorageError: There are keys or a memory already, or the disk does not take them.
    """
    check_name(name, "name of the witness")
    for path in (state, *(folder.path / f"{file}.vkey" for file in _TYPES)):
        if path.exists():
            msg = f"{path}: is there already"
            hint = "a witness keeps its keys as long as its memory; a new one has both in new places"
            raise StorageError(msg, hint=hint)
    folder.create()
    vkeys = []
    for file, key in ((ED25519, ed25519.Ed25519PrivateKey.generate()), (MLDSA44, mldsa.MLDSA44PrivateKey.generate())):
        vkey = verifier_key(name, _TYPES[file], key.public_key().public_bytes_raw()).vkey
        folder.write_key(file, key)
        files.write_new(folder.path / f"{file}.vkey", f"{vkey}\n".encode())
        vkeys.append(vkey)
    WitnessStore.create(state)
    return tuple(vkeys)


def read_witness_keys(folder: KeyFolder) -> tuple[SigningKey, ...]:
    """Read the keys of a witness.

    Raises:
        StorageError: A key is missing, cannot be read, or is not the one that was told to others.
    """
    keys = []
    for file, kind in _TYPES.items():
        path = folder.path / f"{file}.vkey"
        data = files.read(path, bytes_max=_VKEY_BYTES_MAX)
        if data is None:
            msg = f"{path}: not found"
            raise StorageError(msg, hint="make a witness first: `ratsbuch log serve-witness --init`")
        private = folder.read_key(file)
        try:
            told = parse_vkey(data.decode("utf-8", "replace").rstrip("\n"))
        except InputError as error:
            raise StorageError(error.message) from error
        if (
            not isinstance(private, ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey)
            or told.type is not kind
            or private.public_key().public_bytes_raw() != told.public
        ):
            msg = f"{path}: is not the verifier key of {file}.key.pem"
            raise StorageError(msg, hint="the two belong together; put back the one that was replaced")
        keys.append(SigningKey(name=told.name, type=kind, private=private))
    return tuple(keys)
