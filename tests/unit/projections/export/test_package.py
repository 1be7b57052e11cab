"""A package that proves itself: with Ratsbuch, by the recipe in it, and to others who know BagIt alone."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING

import bagit
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.archives import batch, statement
from support.excerpts import Register
from support.exports import checked, checkpointed, exported, findings, replace, reseal
from support.xdomea import complete

from archive.excerpt import Audience
from archive.genesis import enrolment_of, new_signer, stated_now
from archive.verify import Verdict
from domain.events import ProposalRegistered
from domain.vocabulary import ProposalKind, Role, SignatureAlgorithm
from projections.export import pdf
from projections.export.package import bag
from projections.export.package.contents import Contents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.archives import Busy, Made

OPTIONAL = ("pdf", "ansicht", "xdomea")


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, str]:
    """The demo register with what an archive wants, under a checkpoint; and its anchor."""
    made = complete(tmp_path_factory.mktemp("filed"))
    checkpointed(made)
    with made.open() as archive:
        return made, archive.register.anchor_hex


@pytest.fixture(scope="module")
def full(filed: tuple[Made, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with everything; nobody writes into it."""
    target = tmp_path_factory.mktemp("full") / "package"
    done = exported(filed[0], target, "0640", form="package", contents=Contents())
    assert done.missing == ()
    return done.path


@pytest.fixture
def copy(full: Path, tmp_path: Path) -> Path:
    return shutil.copytree(full, tmp_path / "package")


def file_of(package: Path, pattern: str) -> Path:
    return min(path for path in package.glob(pattern) if path.is_file())


def flip(path: Path) -> None:
    """Change a byte in the middle."""
    data = path.read_bytes()
    at = len(data) // 2
    path.chmod(0o644)
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


CLASSES = [
    ("bagit.txt", None),
    ("bag-info.txt", None),
    ("LIESMICH.txt", (9, "FILE_DIFFERS")),
    ("verify.sh", (9, "FILE_DIFFERS")),
    ("manifest-sha512.txt", None),
    ("tagmanifest-sha512.txt", None),
    ("data/xml/auszug.xml", None),
    ("data/schemata/*.xsd", (9, "FILE_DIFFERS")),
    ("data/schemata/codelisten/*.xml", (9, "FILE_DIFFERS")),
    ("data/dokumente/*", (7, "DOCUMENT_CHANGED")),
    ("data/protokoll/checkpoint", (9, "FILE_DIFFERS")),
    ("data/protokoll/nachweise/*", (9, "FILE_DIFFERS")),
    ("data/protokoll/log.vkey", (9, "FILE_DIFFERS")),
    ("data/protokoll/log-mldsa44.vkey", (9, "FILE_DIFFERS")),
    ("data/schluessel/*", (9, "FILE_DIFFERS")),
    ("data/zertifikate/*", (9, "FILE_DIFFERS")),
    ("data/pdf/*", (9, "FILE_DIFFERS")),
    ("data/ansicht/index.html", (9, "FILE_DIFFERS")),
    ("data/xdomea/*", (9, "FILE_DIFFERS")),
]


def test_every_class_of_file_is_in_the_package_and_in_the_table(full: Path) -> None:
    known = {path for pattern, _ in CLASSES for path in full.glob(pattern)}
    others = {path for path in full.rglob("*") if path.is_file()} - known
    assert {path.relative_to(full).as_posix() for path in others} == set()


def test_untouched_it_passes_and_others_take_it_for_a_bag(full: Path, filed: tuple[Made, str]) -> None:
    report = checked(full, filed[1])
    assert (report.verdict, findings(report)) == (Verdict.PASSED, set())
    theirs = bagit.Bag(str(full))
    theirs.validate()
    assert theirs.version_info == (1, 0)


@pytest.mark.parametrize(("pattern", "expected"), CLASSES, ids=[pattern for pattern, _ in CLASSES])
def test_a_flipped_byte_in_any_class_of_file_is_seen_by_the_manifests(
    pattern: str, expected: object, copy: Path, filed: tuple[Made, str]
) -> None:
    flip(file_of(copy, pattern))
    report = checked(copy, filed[1])
    assert report.verdict is Verdict.FAILED
    names = {code for step, code in findings(report) if step == 0}
    assert names & {"BAG_FILE_CHANGED", "BAG_INVALID", "BAG_FILE_SURPLUS"}


@pytest.mark.parametrize(
    ("pattern", "expected"), [each for each in CLASSES if each[1]], ids=[p for p, x in CLASSES if x is not None]
)
def test_with_manifests_made_anew_it_is_seen_by_what_is_made_again(
    pattern: str, expected: tuple[int, str], copy: Path, filed: tuple[Made, str]
) -> None:
    flip(file_of(copy, pattern))
    reseal(copy)
    report = checked(copy, filed[1])
    assert expected in findings(report)
    assert not {step for step, _ in findings(report)} & {0}


def put(name: str, data: bytes) -> Callable[[Path], None]:
    def change(package: Path) -> None:
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    return change


def drop(pattern: str) -> Callable[[Path], None]:
    return lambda package: file_of(package, pattern).unlink()


def inside(name: str, old: str, new: str) -> Callable[[Path], None]:
    return lambda package: replace(package / name, old, new)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (put("data/pdf/gefaelscht.pdf", b"%PDF-1.7"), (9, "FILE_FOREIGN")),
        (put("data/dokumente/gefaelscht.pdf", b"%PDF-1.7"), (9, "FILE_FOREIGN")),
        (put("BITTE-LESEN.txt", b"Ungeprueft"), (9, "FILE_FOREIGN")),
        (drop("data/dokumente/*"), (7, "DOCUMENT_MISSING")),
        (drop("data/pdf/*"), (9, "FILE_MISSING")),
        (drop("data/protokoll/nachweise/*"), (9, "FILE_MISSING")),
        (drop("data/xdomea/*"), (9, "FILE_MISSING")),
        (drop("verify.sh"), (9, "FILE_MISSING")),
        (drop("data/xml/auszug.xml"), (0, "EXTRACT_MISSING")),
        (inside("data/ansicht/index.html", "Integrationskonzept", "Desintegrationskonzept"), (9, "FILE_DIFFERS")),
        (inside("LIESMICH.txt", "BEISPIEL", "AMTLICH"), (9, "FILE_DIFFERS")),
        (inside("bag-info.txt", "Ratsbuch-Anchor: ", "Ratsbuch-Anchor: 0"), (9, "READABLE_PART_DIFFERS")),
        (inside("bag-info.txt", "Bagging-Date: 2026", "Bagging-Date: 2027"), (9, "READABLE_PART_DIFFERS")),
        (inside("bag-info.txt", "Ratsbuch-Contents: pdf", "Ratsbuch-Contents: doc"), (0, "BAG_INVALID")),
        (inside("bag-info.txt", "Ratsbuch-Contents: pdf ansicht", "Ratsbuch-Contents: ansicht"), (9, "FILE_FOREIGN")),
        (
            inside("data/xml/auszug.xml", "Integrationskonzeptes", "Desintegrationskonzeptes"),
            (9, "READABLE_PART_DIFFERS"),
        ),
        (inside("data/xml/auszug.xml", ">true</xrb:enthalten>", ">false</xrb:enthalten>"), (7, "DOCUMENT_MISSING")),
    ],
)
def test_what_somebody_changed_and_sealed_again_is_named(
    change: Callable[[Path], None], expected: tuple[int, str], copy: Path, filed: tuple[Made, str]
) -> None:
    change(copy)
    reseal(copy)
    assert expected in findings(checked(copy, filed[1]))


def test_a_document_of_the_package_may_not_be_listed_as_given_in_packages_alone(sealed: Busy, package: Path) -> None:
    text = (package / "data/xml/auszug.xml").read_text()
    start = text.index("<xrb:dateiname>")
    end = text.index("</xrb:enthalten>", start)
    changed = (
        f"{text[:start]}<xrb:enthalten>false</xrb:enthalten>\n      <xrb:grund>nurImPaket</xrb:grund>{text[end + 16 :]}"
    )
    (package / "data/xml/auszug.xml").write_text(changed)
    reseal(package)
    assert (0, "DOCUMENT_LIST_DIFFERS") in findings(checked(package, sealed.anchor))


def test_a_container_with_another_message_is_not_what_its_evidence_gives(copy: Path, filed: tuple[Made, str]) -> None:
    path = file_of(copy, "data/xdomea/*")
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    name = f"{path.stem}.xml"
    files[name] = files[name].replace(b"Integrationskonzeptes", b"Desintegrationskonzeptes", 1)
    with zipfile.ZipFile(path, "w") as archive:
        for each, data in files.items():
            archive.writestr(each, data)
    reseal(copy)
    assert (9, "FILE_DIFFERS") in findings(checked(copy, filed[1]))


def test_without_the_program_for_pdf_the_rest_is_compared_and_the_pdf_named(
    copy: Path, filed: tuple[Made, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    report = checked(copy, filed[1])
    assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(9, "RENDERING_NOT_COMPARED")})
    flip(file_of(copy, "data/ansicht/index.html"))
    reseal(copy)
    assert (9, "FILE_DIFFERS") in findings(checked(copy, filed[1]))


def test_another_version_made_it(copy: Path, filed: tuple[Made, str]) -> None:
    assert findings(checked(copy, filed[1], version="0.2.0")) == set()
    flip(file_of(copy, "data/ansicht/index.html"))
    reseal(copy)
    report = checked(copy, filed[1], version="0.2.0")
    assert (report.verdict, findings(report)) == (Verdict.INDETERMINATE, {(9, "MADE_BY_ANOTHER_VERSION")})


# -- the recipe -----------------------------------------------------------------------------------


def recipe(package: Path, **environment: str) -> tuple[int, str]:
    """Run the recipe as somebody does who has no Ratsbuch."""
    done = subprocess.run(
        ["sh", "verify.sh"], cwd=package, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Register, Path, Path]:
    """A register with a proposal in two versions, and packages of the proposal and of the whole."""
    register = Register(tmp_path_factory.mktemp("small") / "register").registered()
    register.revised().registered(register.new("proposal"), reference="0013").sealed()
    folder = tmp_path_factory.mktemp("packages")
    one = exported(register.made, folder / "one", "0012", form="package", audience=Audience.PUBLIC).path
    return register, one, exported(register.made, folder / "all", form="package").path


@pytest.mark.parametrize("which", ["one", "all"])
def test_the_recipe_passes_and_knows_the_anchor(which: str, small: tuple[Register, Path, Path]) -> None:
    register, one, every = small
    package = one if which == "one" else every
    code, printed = recipe(package, ANKER=register.anchor)
    assert code == 0, printed
    assert "Der Anker stimmt" in printed
    assert recipe(package, ANKER="0" * 64)[0] == 4


def parts(package: Path) -> tuple[Path, str]:
    path = package / "data/xml/auszug.xml"
    return path, path.read_text()


def between(package: Path, start: str, end: str, change: Callable[[str], str]) -> None:
    """Change what stands between two marks in the evidence, the last time."""
    path, text = parts(package)
    at = text.rindex(start, 0, text.index("</xrb:nachweis>")) + len(start)
    to = text.index(end, at)
    path.write_text(text[:at] + change(text[at:to]) + text[to:])


def other_character(text: str) -> str:
    """Change a character of base64 in the middle."""
    at = len(text) // 2
    while not text[at].isalnum():
        at += 1
    return text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]


def token_byte(package: Path) -> None:
    between(package, "<xrb:wert>", "</xrb:wert>", other_character)


def disclosure_byte(package: Path) -> None:
    between(package, "<xrb:offenlegung>", "</xrb:offenlegung>", other_character)


def path_byte(package: Path) -> None:
    between(package, "<xrb:pfadHashwert>", "</xrb:pfadHashwert>", other_character)


def omitted_digest(package: Path) -> None:
    between(package, "<xrb:vorenthalten>\n        <xrb:hashwert>", "</xrb:hashwert>", other_character)


def entry_with(text: str, mark: str) -> tuple[int, int]:
    """Give where the last entry stands that has a text in it."""
    at = text.rindex(mark, 0, text.index("</xrb:nachweis>"))
    return text.rindex("<xrb:eintrag ", 0, at), text.index("</xrb:eintrag>", at) + len("</xrb:eintrag>")


def without_readable_part(text: str) -> str:
    """Leave out what would point to an event that is gone; the schema would name that first."""
    start = text.index("</xrb:register>") + len("</xrb:register>")
    return text[:start] + text[text.index("</xrb:inhalt>") :]


def dropped_event(package: Path) -> None:
    path, text = parts(package)
    start, end = entry_with(text, "<xrb:typ>")
    path.write_text(without_readable_part(text[:start] + text[end:]))


def dropped_event_in_the_middle(package: Path) -> None:
    path, text = parts(package)
    start, end = entry_with(text, "signer-enrolled/1" if "0013" in text else "proposal-registered/1")
    path.write_text(without_readable_part(text[:start] + text[end:]))


def root(package: Path) -> None:
    note = package / "data/protokoll/checkpoint"
    lines = note.read_text().split("\n")
    lines[2] = other_character(lines[2][:40]) + lines[2][40:]
    note.write_text("\n".join(lines))


def signature_of_the_checkpoint(package: Path) -> None:
    note = package / "data/protokoll/checkpoint"
    lines = note.read_text().split("\n")
    lines[4] = lines[4][:-20] + other_character(lines[4][-20:-4]) + lines[4][-4:]
    note.write_text("\n".join(lines))


def foreign_log_key(package: Path) -> None:
    """Sign the checkpoint with a key of one's own, under the name of the log."""
    key = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    note = package / "data/protokoll/checkpoint"
    text, _, _ = note.read_text().partition("\n\n")
    name = text.split("\n")[0]
    public = b"\x01" + key.public_key().public_bytes_raw()
    identity = hashlib.sha256(name.encode() + b"\n" + public).digest()[:4]
    signature = base64.b64encode(identity + key.sign((text + "\n").encode())).decode()
    note.write_text(f"{text}\n\n— {name} {signature}\n")
    (package / "data/protokoll/log.vkey").write_text(f"{name}+{identity.hex()}+{base64.b64encode(public).decode()}\n")


SEEN = [
    (token_byte, "Unterschrift passt nicht|führt nicht|anders aufgebaut"),
    (disclosure_byte, "Offenlegung gehört nicht dazu"),
    (path_byte, "führt nicht zur Wurzel"),
    (omitted_digest, "weggelassen ist, was der Eintrag nicht hat"),
    (dropped_event, "endet mit"),
    (dropped_event_in_the_middle, "davor fehlt ein Eintrag"),
    (root, "unterschrieben"),
    (signature_of_the_checkpoint, "von keinem der beiliegenden Schlüssel unterschrieben"),
    (foreign_log_key, "den Schlüssel des Protokolls nennt kein Eintrag"),
]


@pytest.mark.parametrize(("change", "said"), SEEN, ids=[change.__name__ for change, _ in SEEN])
def test_the_recipe_sees_what_was_changed_and_sealed_again(
    change: Callable[[Path], None], said: str, small: tuple[Register, Path, Path], tmp_path: Path
) -> None:
    package = shutil.copytree(small[1], tmp_path / "package")
    change(package)
    reseal(package)
    code, printed = recipe(package)
    assert code == 4, printed
    assert any(each in printed for each in said.split("|")), printed
    assert checked(package, small[0].anchor).verdict is Verdict.FAILED


@pytest.mark.parametrize("change", [dropped_event, token_byte, disclosure_byte])
def test_the_recipe_sees_it_in_the_whole_register_too(
    change: Callable[[Path], None], small: tuple[Register, Path, Path], tmp_path: Path
) -> None:
    package = shutil.copytree(small[2], tmp_path / "package")
    change(package)
    reseal(package)
    assert recipe(package)[0] == 4


def test_the_recipe_sees_a_surplus_and_a_missing_file(small: tuple[Register, Path, Path], tmp_path: Path) -> None:
    package = shutil.copytree(small[1], tmp_path / "package")
    (package / "data/mehr.txt").write_bytes(b"")
    code, printed = recipe(package)
    assert code == 4
    assert "überzählige Datei data/mehr.txt" in printed
    (package / "data/mehr.txt").unlink()
    (package / "data/protokoll/log-mldsa44.vkey").unlink()
    assert recipe(package)[0] == 4


# -- the recipe on what was made to harm it -------------------------------------------------------


def hostile_size(package: Path) -> None:
    note = package / "data/protokoll/checkpoint"
    lines = note.read_text().split("\n")
    lines[1] = "a[$(touch GETAN)]"
    note.write_text("\n".join(lines))


def hostile_origin(package: Path) -> None:
    note = package / "data/protokoll/checkpoint"
    note.write_text("$(touch GETAN)\x1b[2J\n" + note.read_text().partition("\n")[2])


def hostile_stream(package: Path) -> None:
    path, text = parts(package)
    path.write_text(text.replace("<xrb:strom>proposal:", "<xrb:strom>../../../GETAN$(touch GETAN):", 1))
    schema = package / "data/schemata/xratsbuch-1.0.0.xsd"
    schema.write_text(schema.read_text().replace('<xs:pattern value="(register|', '<xs:pattern value=".*|(register|'))


def hostile_position(package: Path) -> None:
    path, text = parts(package)
    path.write_text(text.replace("<xrb:position>1<", "<xrb:position>a[$(touch GETAN)]<", 1))
    schema = package / "data/schemata/xratsbuch-1.0.0.xsd"
    schema.write_text(
        schema.read_text().replace("xs:positiveInteger", "xs:string").replace("xs:maxInclusive", "xs:maxLength")
    )


def hostile_vkey(package: Path) -> None:
    (package / "data/protokoll/log.vkey").write_text("x+`touch GETAN`+$(touch GETAN)\n")


def hostile_manifest(package: Path) -> None:
    with (package / "manifest-sha512.txt").open("a") as handle:
        handle.write(f"{'0' * 128}  ../../../../etc/passwd\n")


def hostile_name(package: Path) -> None:
    (package / "data/$(touch GETAN)").write_bytes(b"")


def name_of_two_lines(package: Path) -> None:
    (package / "data/x\n.").write_bytes(b"")


def name_of_an_option(package: Path) -> None:
    (package / "data/-rf x").write_bytes(b"")


def pipe(package: Path) -> None:
    (package / "data/protokoll/log.vkey").unlink()
    os.mkfifo(package / "data/protokoll/log.vkey")


def link(package: Path) -> None:
    (package / "data/protokoll/log.vkey").unlink()
    (package / "data/protokoll/log.vkey").symlink_to("/dev/zero")


def comment(package: Path) -> None:
    path, text = parts(package)
    path.write_text(text.replace("<xrb:eintrag ", "<!--\n<xrb:inhalt>\n--><xrb:eintrag ", 1))


def other_prefix(package: Path) -> None:
    path, text = parts(package)
    name = "https://ratsbuch.invalid/schema/xratsbuch/1.0.0"
    start, end = entry_with(text, "<xrb:typ>")
    hidden = f'<x:eintrag xmlns:x="{name}" {text[start + len("<xrb:eintrag ") : end]}'
    path.write_text(text[:start] + hidden.replace("</xrb:eintrag>", "</x:eintrag>") + text[end:])


def document_type(package: Path) -> None:
    path, text = parts(package)
    head, _, rest = text.partition("\n")
    path.write_text(f'{head}\n<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n{rest}')


def cdata(package: Path) -> None:
    between(package, "<xrb:wert>", "</xrb:wert>", lambda text: f"<![CDATA[{text}]]>")


HOSTILE = [
    hostile_size,
    hostile_origin,
    hostile_stream,
    hostile_position,
    hostile_vkey,
    hostile_manifest,
    hostile_name,
    name_of_two_lines,
    name_of_an_option,
    pipe,
    link,
    comment,
    other_prefix,
    document_type,
    cdata,
]


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("change", HOSTILE, ids=[change.__name__ for change in HOSTILE])
def test_nothing_in_a_package_is_done_or_followed(
    change: Callable[[Path], None], shell: str, small: tuple[Register, Path, Path], tmp_path: Path
) -> None:
    if shutil.which(shell) is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{shell} is not installed")
    package = shutil.copytree(small[1], tmp_path / "package")
    change(package)
    if change not in {pipe, link, hostile_manifest, hostile_name, name_of_two_lines, name_of_an_option}:
        reseal(package)
    done = subprocess.run([shell, "verify.sh"], cwd=package, capture_output=True, timeout=60, check=False)
    assert done.returncode == 4, done.stdout.decode()
    assert b"\x1b" not in done.stdout + done.stderr
    assert list(tmp_path.rglob("GETAN")) == []
    assert b"root:" not in done.stdout
    # What is the same XML written another way is the same to a reader of XML, and strange to one of lines.
    wanted = Verdict.PASSED if change in {other_prefix, cdata} else Verdict.FAILED
    assert checked(package, small[0].anchor).verdict is wanted


def test_the_digest_for_handing_over_is_that_of_the_tag_manifest(full: Path) -> None:
    assert bag.digest_of_package(full) == bag.file_digest(full / "tagmanifest-sha512.txt")


# -- signers of other kinds -----------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", [SignatureAlgorithm.ES384, SignatureAlgorithm.PS256])
def test_the_recipe_knows_every_algorithm_of_signers(algorithm: SignatureAlgorithm, tmp_path: Path) -> None:
    register = Register(tmp_path / "register")
    made = register.made
    with made.open() as archive:
        root = made.root(register.id)
        signer = new_signer(person=made.means.uuid4(), algorithm=algorithm, means=made.means, issuer=root)
        enrolled = stated_now(
            f"register:{register.id}", enrolment_of(signer, roles=(Role.CLERK,)), seconds=int(made.means.clock())
        )
        archive.append([(enrolled, Role.ROOT, root)])
        event = ProposalRegistered(body=register.body, kind=ProposalKind.MOTION, version=1, reference="0012")
        archive.record(batch(statement(register.proposal, event), name="datei"), signer=signer)
    register.sealed()
    package = exported(made, tmp_path / "package", "0012", form="package").path
    code, printed = recipe(package, ANKER=register.anchor)
    assert code == 0, printed
    token_byte(package)
    reseal(package)
    assert recipe(package)[0] == 4
