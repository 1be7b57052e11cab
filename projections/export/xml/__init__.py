"""The own XML: the evidence file of an export, with everything that it says in words beside what was signed.

Oriented at XÖV, not certified, and saying so. What stands under `inhalt` is a function of the evidence under
`nachweis`; every statement names the entries that it rests on, and the schema refuses a reference into nothing.

May not come in: rules of the domain (they are asked for), and anything that another format needs.
"""
