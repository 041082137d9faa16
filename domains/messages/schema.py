"""The XSD files of the standard, from a folder that an installation names.

They carry no licence that lets us ship them. Without the folder, or for a message whose file is not
in it, :mod:`domains.messages.shapes` alone guards the door.
"""

from functools import lru_cache
from pathlib import Path

from lxml import etree

from domains.messages.refusals import SchemaUnusable
from domains.messages.standard import MessageType


def schema_file(folder: Path | None, message: MessageType) -> Path | None:
    """Find the schema of a message, in the folder itself or in one named after its standard."""
    if folder is None:
        return None
    for place in (folder / message.basic_prefix, folder):
        found = place / f"{message.name}.xsd"
        if found.is_file():
            return found
    return None


@lru_cache(maxsize=32)
def load_schema(file: Path) -> etree.XMLSchema:
    """Read a schema with what it imports from its own folder; nothing comes from a network.

    :raises SchemaUnusable: it is no schema, or what it imports is missing.
    """
    parser = etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)
    try:
        return etree.XMLSchema(etree.parse(str(file), parser))
    except (OSError, etree.XMLSyntaxError, etree.XMLSchemaParseError) as problem:
        raise SchemaUnusable(file_name=file.name) from problem
