"""The public part as OParl 1.1: a folder of plain files that any web server can publish as it is.

Promises: only what everybody may see on the day of the terms, asked of every event anew whatever the edition holds;
nobody who holds no public office; nothing that is blocked. What is not stated is not there, and what OParl has no field
for bears the prefix `ratsbuch:`. The same edition under the same address gives the same bytes. However large the
register is, one object at a time and pages of a hundred are held.

May not come in: other formats, evidence (this is a rendering; the package and the XML carry that), the network.

Source: OParl specification 1.1, sections 2 and 3.
"""

from projections.export.oparl.folder import files

__all__ = ["files"]
