"""What screening refuses, with stable codes."""

from nexafi.core.errors import BusinessRule, Conflict, InvalidInput, NotFound, ServiceUnavailable


class ListUnreadable(InvalidInput):
    """The file is not a whole, well-formed list. Nothing of it was imported."""

    code, title = "list_unreadable", "The list cannot be read"


class ListShrank(BusinessRule):
    """The new list has far fewer entries than the current one; a person must say why that is right."""

    code, title = "list_shrank", "The list shrank"


class ListUnavailable(ServiceUnavailable):
    """The list's source did not answer properly."""

    code, title = "list_unavailable", "The list's source is not available"


class NoListLoaded(ServiceUnavailable):
    """There is no list to screen against. Screening fails closed."""

    code, title = "no_list_loaded", "No sanctions list is loaded"


class NotComparable(InvalidInput):
    """Nothing comparable is left of the name (no letters or digits). It must not come back as clear."""

    code, title = "name_not_comparable", "The name cannot be compared"


class HitNotFound(NotFound):
    code, title = "hit_not_found", "No such screening hit"


class HitResolved(Conflict):
    """Somebody has already decided this hit."""

    code, title = "hit_already_resolved", "The hit is already resolved"


class DecisionWaiting(Conflict):
    """Somebody has called this hit a false positive; a second person has yet to approve it."""

    code, title = "decision_waiting", "A decision on the hit waits for approval"


class HitOutdated(Conflict):
    """The customer's name, birth date or country is no longer what the maker of the request looked at."""

    code, title = "hit_outdated", "The customer has changed since"
