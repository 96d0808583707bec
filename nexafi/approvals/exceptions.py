"""Why an approval is refused."""

from nexafi.core.errors import Conflict, Forbidden


class SelfApproval(Forbidden):
    """The maker of a request tried to decide it."""

    code, title = "self_approval", "A second person must decide"


class ApprovalDecided(Conflict):
    code, title = "approval_decided", "The request was decided already"


class ApprovalExpired(Conflict):
    code, title = "approval_expired", "The request has expired"


class ApprovalAltered(Conflict):
    """The stored payload no longer has the hash that was frozen when it was requested."""

    code, title = "approval_altered", "The request was altered after it was made"
