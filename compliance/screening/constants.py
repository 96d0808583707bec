"""Facts and limits of screening."""

from typing import Final

# Lists that can be imported: who publishes them and where. OFAC's addresses are those of its Sanctions List Service.
SOURCES: Final = {
    "ofac": {"authority": "US Treasury, Office of Foreign Assets Control", "name": "OFAC SDN list"},
    "un": {"authority": "United Nations Security Council", "name": "UN consolidated list"},
}
MAX_SHRINK: Final = 0.05  # a new version may lose this share of its entries without a person's word
