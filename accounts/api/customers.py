"""Customers, organizations and their members."""

from uuid import UUID

from django.db.models import QuerySet
from rest_framework.response import Response

from accounts.api.serializers import (
    CustomerFilters,
    CustomerOut,
    MemberFilters,
    MemberOut,
    MemberRole,
    NewMember,
    NewOrganization,
)
from accounts.authentication import SignedInRequest
from accounts.models import Customer, Membership
from accounts.services import members
from accounts.services.customers import create_organization
from nexafi.api.views import ApiView
from nexafi.core.errors import NotFound

_READ = ("accounts.own_customers", "accounts.view_users")
_WRITE = "accounts.own_customers"


class CustomersView(ApiView):
    """GET /customers: those the caller may act for; all for staff."""

    access = {"GET": _READ}

    def get(self, request: SignedInRequest) -> Response:
        return self.list(Customer.objects.visible_to(request.user), CustomerFilters, CustomerOut)


class CustomerView(ApiView):
    """GET /customers/{id}."""

    access = {"GET": _READ}

    def get(self, request: SignedInRequest, customer_id: UUID) -> Response:
        customer = Customer.objects.visible_to(request.user).filter(pk=customer_id).first()
        if customer is None:
            raise NotFound
        return Response(CustomerOut(customer).data)


class OrganizationsView(ApiView):
    """GET, POST /organizations."""

    access = {"GET": _READ, "POST": _WRITE}

    def get(self, request: SignedInRequest) -> Response:
        return self.list(_organizations(request), CustomerFilters, CustomerOut)

    def post(self, request: SignedInRequest) -> Response:
        organization = create_organization(owner=request.user, **self.body(NewOrganization))
        return Response(CustomerOut(organization).data, status=201)


class OrganizationView(ApiView):
    """GET /organizations/{id}."""

    access = {"GET": _READ}

    def get(self, request: SignedInRequest, organization_id: UUID) -> Response:
        return Response(CustomerOut(_organization(request, organization_id)).data)


class MembersView(ApiView):
    """GET, POST /organizations/{id}/members."""

    access = {"GET": _READ, "POST": _WRITE}

    def get(self, request: SignedInRequest, organization_id: UUID) -> Response:
        rows = Membership.objects.filter(customer=_organization(request, organization_id)).select_related("user")
        return self.list(rows, MemberFilters, MemberOut)

    def post(self, request: SignedInRequest, organization_id: UUID) -> Response:
        organization = _organization(request, organization_id)
        membership = members.add_member(by=request.user, organization=organization, **self.body(NewMember))
        return Response(MemberOut(membership).data, status=201)


class MemberView(ApiView):
    """PATCH, DELETE /organizations/{id}/members/{user_id}; one's own membership may always be deleted."""

    access = dict.fromkeys(("PATCH", "DELETE"), _WRITE)

    def patch(self, request: SignedInRequest, organization_id: UUID, user_id: UUID) -> Response:
        organization = _organization(request, organization_id)
        membership = members.change_member_role(
            by=request.user, organization=organization, user_id=user_id, **self.body(MemberRole)
        )
        return Response(MemberOut(membership).data)

    def delete(self, request: SignedInRequest, organization_id: UUID, user_id: UUID) -> Response:
        organization = _organization(request, organization_id)
        members.remove_member(by=request.user, organization=organization, user_id=user_id)
        return Response(status=204)


def _organizations(request: SignedInRequest) -> QuerySet[Customer]:
    return Customer.objects.visible_to(request.user).filter(kind=Customer.Kind.ORGANIZATION)


def _organization(request: SignedInRequest, organization_id: UUID) -> Customer:
    organization = _organizations(request).filter(pk=organization_id).first()
    if organization is None:
        raise NotFound
    return organization
