"""Writes every document that is made from the code: ``python -m tests.house``."""

from tests.house import commands, law, refusals

for document in (commands, law, refusals):
    document.FILE.write_text(document.text(), encoding="utf-8")
