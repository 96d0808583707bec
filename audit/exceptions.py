"""What goes wrong in the audit log."""

from nexafi.core.errors import Conflict, InvalidInput


class TreeDamaged(Exception):
    """The stored tree does not match its last signed head; nothing is sealed on top of it. Run verify_audit."""


class EventNotSealed(Conflict):
    code, title = "event_not_sealed", "The event is not sealed yet"
    retry_after = 1


class UnknownTreeSize(InvalidInput):
    code, title = "unknown_tree_size", "The log has no tree of this size"
