"""The chart of accounts as a tree, over HTTP."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from ledger.api.views import date_or_instant
from ledger.selectors.tree import TreeNode, account_tree
from nexafi.api import serializers as s
from nexafi.api.views import ApiView
from nexafi.core import clock


class TreeQuery(s.Filters):
    currency = s.CurrencyField()
    as_of = s.CharField(max_length=40, help_text="A date (YYYY-MM-DD) or an instant with its offset.")


class AccountTreeView(ApiView):
    access = {"GET": "ledger.view"}

    def get(self, request: Request) -> Response:
        """Every account with its own balance and that of everything below it, parents before children. Customers'
        accounts come as one figure of the account they belong to."""
        query = self.query(TreeQuery).validated_data
        text = query.get("as_of")
        nodes = account_tree(query.get("currency"), date_or_instant(text) if text else None)
        return Response({"as_of": text or clock.now(), "accounts": [node_body(node) for node in nodes]})


def node_body(node: TreeNode) -> dict[str, Any]:
    account = node.account
    return {
        "id": account.id,
        "account_code": account.code,
        "name": account.name,
        "account_type": account.type,
        "account_subtype": account.subtype,
        "currency": account.currency,
        "status": account.status,
        "parent_id": account.parent_id,
        "depth": node.depth,
        "balance": node.own.amount,
        "customers_balance": node.customers.amount if node.customers else None,
        "rolled_up_balance": node.rolled_up.amount,
    }
