"""Load the built-in list where nothing better is there."""

from compliance.screening.lists.starter import starter_lists
from compliance.screening.models import WatchlistSource
from compliance.screening.services.import_list import Imported, import_list


def load_starter_lists() -> list[Imported]:
    """Import the built-in entries of every list that has no real version yet. Safe to repeat."""
    real = set(WatchlistSource.objects.filter(current__is_starter=False).values_list("code", flat=True))
    return [import_list(code, parsed, starter=True) for code, parsed in starter_lists().items() if code not in real]
