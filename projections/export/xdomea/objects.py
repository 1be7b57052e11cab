"""The builder of records: Akte, Vorgang, Dokument, in the words of any version.

`Medium` is left out: that something lies in Ratsbuch does not say that there is no paper. `Vertraulichkeitsstufe` and
`Geheimhaltung` are the classification of secrets, not what is public in a council, and stay out too.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from projections.export.edition import EXAMPLE
from projections.export.xdomea.codes import (
    CASE_TYPE,
    DISPOSALS,
    OTHER_FORMAT,
    PROPOSALS,
    SHA_256,
    TO_BE_APPRAISED,
)
from projections.export.xdomea.naming import object_uuid
from projections.export.xdomea.values import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.etree import _Element as Element

    from domain.vocabulary import AppraisalDecision
    from projections.export.xdomea.dialect import Dialect
    from projections.export.xdomea.model import Case, Filing, Folder, Paper, PaperVersion, Step, Trace

_NO_FORMAT_VERSION: Final = "unbekannt"


class Builder:
    """Writes records in one version of xdomea.

    Args:
        dialect: The version.
        register: UUID of the register.
        sender: What the body is called that orders the steps.
        is_example: Whether every Vorgang has to say that it is an example; 4.0 says it for the whole message.
        proposed: What the office proposes to the archive.
    """

    def __init__(
        self,
        dialect: Dialect,
        *,
        register: str,
        sender: str,
        is_example: bool,
        proposed: AppraisalDecision | None,
    ) -> None:
        self.dialect = dialect
        self._register = register
        self._sender = sender
        self._is_example = is_example
        self._proposed = proposed

    # -- records ----------------------------------------------------------------------------------

    def records(self, root: Element, found: Sequence[tuple[Case, Folder]]) -> None:
        """Append all records: in 4.0 below the Akte in which they were filed, in 3.x one by one.

        In 3.x nothing says that an Akte is only context, and a receiving tool would take it for one that was appraised.
        """
        put = self.dialect.put
        if not self.dialect.is_4:
            for case, folder in found:
                self._case(put(root, "Schriftgutobjekt"), case, folder)
            return
        apart: dict[str, list[tuple[Case, Folder]]] = {}
        for case, folder in found:
            apart.setdefault(_filing(case).custody, []).append((case, folder))
        for custody, some in apart.items():
            akte = put(put(root, "Schriftgutobjekt"), "Akte")
            self._file(akte, custody, _filing(some[0][0]))
            content = put(akte, "Akteninhalt")
            for case, folder in some:
                self._case(content, case, folder)

    def _file(self, akte: Element, custody: str, filing: Filing) -> None:
        put, put_known = self.dialect.put, self.dialect.put_known
        self._identified(akte, object_uuid(self._register, "akte", custody))
        put(akte, "Kontextobjekt", "1")
        general = put(akte, "AllgemeineMetadaten")
        put_known(general, "Betreff", filing.title)
        put_known(general, "Kennzeichen", filing.reference)
        put_known(general, "Federfuehrung", filing.responsible)
        self._plan_unit(general, filing)
        self._period(akte, filing)

    def _case(self, parent: Element, case: Case, folder: Folder) -> None:
        dialect, put, put_known = self.dialect, self.dialect.put, self.dialect.put_known
        filing = _filing(case)
        vorgang = put(parent, "Vorgang")
        self._identified(vorgang, case.uuid)
        if dialect.is_4:
            put(vorgang, "Kontextobjekt", "0")
        general = put(vorgang, "AllgemeineMetadaten")
        marked = self._is_example and not dialect.is_4
        put(general, "Betreff", f"{EXAMPLE}: {folder.subject}" if marked else folder.subject)
        put_known(general, "Kennzeichen", folder.mark)
        put_known(general, "Federfuehrung", filing.responsible)
        put_known(general, "Bemerkung", folder.note)
        self._plan_unit(general, filing)
        self._appraisal(vorgang, filing)
        # Only here 3.x, which has no Akte around it, can say the Aktenzeichen.
        put_known(vorgang, "Aktenbetreff", " ".join(filter(None, (filing.reference, filing.title))))
        put(vorgang, "Typ", folder.kind)
        put(vorgang, "ZdA", "1")
        put_known(vorgang, "ZdADatum", day_of(filing.closed_on))
        self._period(vorgang, filing)
        self._traces(vorgang, folder.traces)
        self._route(vorgang, folder)
        for number, paper in enumerate(folder.papers, 1):
            wrapped = put(vorgang, "DokumentOderDokumentMitSchriftstueck") if dialect.is_4 else vorgang
            self._paper(put(wrapped, "Dokument"), paper, number=number)
        for link in folder.links:
            verweis = put(vorgang, "Verweis")
            put(verweis, dialect.uuid, link.uuid)
            dialect.put_code(verweis, "SGOTyp", CASE_TYPE)
            put_known(verweis, "SGOKennzeichen", link.mark)
            put(verweis, "Bemerkung", link.note)

    def _identified(self, parent: Element, uuid: str, *, number: int | None = None) -> None:
        identification = self.dialect.put(parent, "Identifikation")
        self.dialect.put(identification, self.dialect.uuid, uuid)
        if number is not None:
            self.dialect.put(identification, "NummerImUebergeordnetenContainer", str(number))

    def _plan_unit(self, general: Element, filing: Filing) -> None:
        if filing.plan_unit is not None:
            self.dialect.put(self.dialect.put(general, "Aktenplaneinheit"), "Kennzeichen", filing.plan_unit)

    def _period(self, parent: Element, filing: Filing) -> None:
        period = self.dialect.put(parent, "Laufzeit")
        self.dialect.put_known(period, "Beginn", day_of(filing.opened_on))
        self.dialect.put_known(period, "Ende", day_of(filing.closed_on))

    def _appraisal(self, vorgang: Element, filing: Filing) -> None:
        dialect, put = self.dialect, self.dialect.put
        metadata = put(vorgang, dialect.appraisal)
        if filing.permanent:
            # Lexically 1: libxml2 compares a fixed value by its letters.
            put(put(metadata, "Aufbewahrungsdauer"), "Unbefristet", "1")
        elif filing.retention_years is not None:
            put(put(metadata, "Aufbewahrungsdauer"), "AnzahlJahre", str(filing.retention_years))
        decided = DISPOSALS.get(filing.appraised) if filing.appraised is not None else None
        dialect.put_code(put(metadata, "Aussonderungsart"), "Aussonderungsart", decided or TO_BE_APPRAISED)
        proposed = PROPOSALS.get(self._proposed) if self._proposed is not None else None
        if proposed is not None:
            dialect.put_code(metadata, "Bewertungsvorschlag", proposed)
        dialect.put_known(metadata, "Aufbewahrungsende", day_of(filing.retention_ends_on))

    # -- what happened ----------------------------------------------------------------------------

    def _traces(self, parent: Element, traces: Sequence[Trace]) -> None:
        put, put_known = self.dialect.put, self.dialect.put_known
        for trace in traces:
            line = put(parent, "HistorienProtokollInformation")
            put_known(line, "MetadatumName", trace.field)
            put_known(line, "MetadatumAlterWert", trace.old)
            put_known(line, "MetadatumNeuerWert", trace.new)
            put(line, "Akteur", trace.actor)
            put(line, "DatumUhrzeit", trace.recorded_at)
            put(line, "Bemerkung", trace.note)
            put(line, "Aktion", trace.action)

    def _route(self, vorgang: Element, folder: Folder) -> None:
        if not folder.steps:
            return
        route = self.dialect.put(vorgang, "InternerGeschaeftsgang")
        self._identified(route, folder.route)
        for step in folder.steps:
            self._step(self.dialect.put(route, "Beteiligungsschritt"), step)

    def _step(self, parent: Element, step: Step) -> None:
        dialect, put, put_known = self.dialect, self.dialect.put, self.dialect.put_known
        put(parent, "Nummer", step.number)
        dialect.put_code(parent, "Status", step.status)
        order = put(parent, "Verfuegung")
        put(put(put(order, "Ersteller"), dialect.institution), "Name", self._sender)
        put(put(put(order, "Adressat"), dialect.unit), "Name", step.organ)
        put(order, "Erstellungsdatum", step.ordered_on)
        put(order, "Verfuegung", step.what)
        put_known(order, "TerminDatum", step.due_on)
        put_known(order, "Notiz", step.note)
        if step.done_on is not None and step.result is not None:
            done = put(parent, "Bearbeitung")
            put(put(put(done, "Bearbeiter"), dialect.unit), "Name", step.organ)
            put(done, "Datum", step.done_on)
            put(done, "Vermerk", step.result)
            put_known(done, "Notiz", step.remark)
        if dialect.is_4:
            put_known(parent, "VersionNummer", step.version)

    # -- documents --------------------------------------------------------------------------------

    def _paper(self, dokument: Element, paper: Paper, *, number: int | None = None) -> None:
        dialect, put, put_known = self.dialect, self.dialect.put, self.dialect.put_known
        self._identified(dokument, paper.uuid, number=number)
        general = put(dokument, "AllgemeineMetadaten")
        put(general, "Betreff", paper.subject)
        put_known(general, "Kennzeichen", paper.mark)
        put_known(general, "Bemerkung", paper.note)
        put_known(dokument, "DatumDesSchreibens", paper.dated)
        put(dokument, "Typ", paper.kind)
        self._traces(dokument, paper.traces)
        if not dialect.is_4:
            self._versions(dokument, paper.versions)
        for mark, annex in paper.annexes:
            anlage = put(dokument, "Anlage")
            self._paper(put(anlage, "Dokument") if dialect.is_4 else anlage, annex)
            put_known(anlage, "Nummer", mark)
        if dialect.is_4:
            self._versions(dokument, paper.versions)

    def _versions(self, dokument: Element, versions: Sequence[PaperVersion]) -> None:
        dialect, put, put_known = self.dialect, self.dialect.put, self.dialect.put_known
        for one in versions:
            version = put(dokument, "Version")
            put(version, "Nummer", one.number)
            form = put(version, "Format")
            dialect.put_code(form, "Name", one.file.code, named=False)
            if one.file.code is OTHER_FORMAT:
                put(form, "SonstigerName", one.file.name.rpartition(".")[2])
            # Mandatory, and nobody looked into the file for it.
            put(form, "Version", _NO_FORMAT_VERSION)
            primary = put(form, "Primaerdokument")
            put(primary, "Dateiname", one.file.name)
            put_known(primary, "DateinameOriginal", one.file.original)
            if dialect.is_4:
                hashed = put(primary, "Hash")
                put(hashed, "Wert", hashlib.sha256(one.file.load()).hexdigest())
                dialect.put_code(hashed, "Algorithmus", SHA_256)


def _filing(case: Case) -> Filing:
    assert case.filing is not None  # noqa: S101  # for the type checker: what is missing was refused before
    return case.filing
