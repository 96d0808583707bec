"""Roles and what each may do: the one place to read or change it.

A permission is `app.act`. Customers are limited further to their own objects by `visible_to`; staff permissions
open every customer's objects for that act.
"""

from typing import Final

CUSTOMER: Final = "customer"
COMPLIANCE_ANALYST: Final = "compliance_analyst"
COMPLIANCE_OFFICER: Final = "compliance_officer"
ACCOUNTANT: Final = "accountant"
AUDITOR: Final = "auditor"
ADMIN: Final = "admin"

_SELF_SERVICE = {
    "accounts.own_profile",
    "accounts.own_sessions",
    "accounts.own_customers",
    "payments.view_own",
    "payments.open_wallet",
    "payments.pay",
    "compliance.start_kyc",
    "compliance.view_own_kyc",
    "notifications.view_own",
    "analytics.view_own",
}
_STAFF = {"accounts.own_profile", "accounts.own_sessions", "notifications.view_own", "console.access"}
_COMPLIANCE_VIEW = {
    "accounts.view_users",
    "payments.view_all",
    "compliance.view",
    "compliance.screen",
    "compliance.check_transaction",
    "compliance.view_documents",
    "audit.view",
}

PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    CUSTOMER: frozenset(_SELF_SERVICE),
    COMPLIANCE_ANALYST: frozenset(_STAFF | _COMPLIANCE_VIEW | {"compliance.work_alerts"}),
    COMPLIANCE_OFFICER: frozenset(
        _STAFF
        | _COMPLIANCE_VIEW
        | {
            "compliance.work_alerts",
            "accounts.revoke_sessions",
            "compliance.decide_alerts",
            "compliance.complete_kyc",
            "payments.manage_wallets",
            "compliance.manage_lists",
            "compliance.manage_rules",
            "approvals.view",
            "approvals.decide",
        }
    ),
    ACCOUNTANT: frozenset(
        _STAFF
        | {
            "ledger.view",
            "ledger.manage_accounts",
            "ledger.post_entries",
            "ledger.request_reversal",
            "ledger.close_periods",
            "ledger.run_checks",
            "ledger.record_rates",
            "ledger.revalue",
            "ledger.view_reports",
            "payments.view_all",
            "approvals.view",
            "approvals.decide",
        }
    ),
    AUDITOR: frozenset(
        _STAFF
        | {
            "accounts.view_users",
            "ledger.view",
            "ledger.view_reports",
            "ledger.run_checks",
            "payments.view_all",
            "compliance.view",
            "audit.view",
            "approvals.view",
            "outbox.view",
        }
    ),
    ADMIN: frozenset(
        _STAFF
        | {
            "accounts.view_users",
            "accounts.request_role",
            "accounts.disable_users",
            "accounts.revoke_sessions",
            "approvals.view",
            "approvals.decide",
            "audit.view",
            "outbox.view",
            "outbox.retry",
            "notifications.send",
        }
    ),
}

STAFF_ROLES: Final = frozenset(PERMISSIONS) - {CUSTOMER}


def permissions_of(roles: frozenset[str]) -> frozenset[str]:
    """Everything that the holders of these roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles if role in PERMISSIONS))
