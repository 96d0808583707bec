"""Refusals of compliance, with their stable codes."""

from nexafi.core.errors import Conflict, Forbidden, InvalidInput


class AlreadyDecided(Conflict):
    """The alert was released, rejected or closed before this act; somebody else won."""

    code, title = "already_decided", "The alert is already decided"


class OwnCase(Forbidden):
    """Nobody works on a matter of a customer whom they are a member of."""

    code, title = "own_case", "Not on one's own matter"


class ReasonRequired(InvalidInput):
    """A decision needs a reason that another person can follow."""

    code, title = "reason_required", "A reason is required"


class RuleChanged(Conflict):
    """Another version of the rule went live after the request was made; ask again, from what is in force."""

    code, title = "rule_changed", "The rule has changed since"


class KycConflict(Conflict):
    """The verification's state does not allow the act."""

    code, title = "kyc_state", "The verification cannot do that now"
