"""XML of outside parties, read without trusting it."""

from pathlib import Path
from typing import Any

from lxml import etree


class XMLRefused(ValueError):
    """Not well-formed, too large, or with a DOCTYPE."""


def read_xml(path: Path, *, max_bytes: int) -> Any:
    """The root element: no DOCTYPE, no entities, no network, bounded in size and depth. Raises XMLRefused."""
    if path.stat().st_size > max_bytes:
        raise XMLRefused(f"{path.name} is larger than {max_bytes} bytes.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        tree = etree.parse(path, parser)
    except (etree.XMLSyntaxError, OSError) as error:  # lxml reports a wrong encoding as OSError
        raise XMLRefused(f"{path.name} is not well-formed XML: {error}") from error
    if tree.docinfo.doctype or tree.docinfo.internalDTD is not None:
        raise XMLRefused(f"{path.name} declares a DOCTYPE, which such a file never needs.")
    return tree.getroot()
