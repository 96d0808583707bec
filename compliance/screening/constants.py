"""Facts and limits of screening."""

from typing import Final

# Lists that can be imported: who publishes them, and where.
SOURCES: Final = {
    "ofac": {"authority": "US Treasury, Office of Foreign Assets Control", "name": "OFAC SDN list"},
    "un": {"authority": "United Nations Security Council", "name": "UN consolidated list"},
}
URLS: Final = {
    "ofac": "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/SDN.CSV",
    "un": "https://scsanctions.un.org/resources/xml/en/consolidated.xml",
}
MAX_SHRINK: Final = 0.05  # a new version may lose this share of its entries or names without a person's word
