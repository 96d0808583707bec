"""The base of every API view."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from nexafi.api.pagination import page
from nexafi.api.permissions import Access
from nexafi.api.serializers import Filters, ListFilters
from nexafi.api.throttling import RateLimit, write_headers
from nexafi.core.context import acting_as, current_actor, set_actor
from nexafi.core.errors import FieldError, InvalidInput, NotFound

__all__ = ["ApiView", "NotFoundView", "acting_as"]

Needed = str | tuple[str, ...]
Output = type[serializers.Serializer[Any]] | Callable[[Any], Any]


class ApiView(APIView):
    """Plain `get`, `post`... methods under one set of rules.

    `access` maps each method to PUBLIC, SIGNED_IN, a permission or a tuple of which one is enough; a method that is
    not in it is refused. `throttle_scope` names the rate limit. Errors leave as RFC 9457 problems.
    """

    access: ClassVar[Mapping[str, Needed]] = {}
    throttle_scope: ClassVar[str] = "default"
    produces: ClassVar[tuple[str, ...]] = ("application/json",)
    permission_classes: ClassVar[tuple[type[BasePermission], ...]] = (Access,)
    throttle_classes: ClassVar[tuple[type[BaseThrottle], ...]] = (RateLimit,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, how often, may they: in that order, so that refused requests count against the limit too."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        try:
            self.perform_authentication(request)
        finally:
            self.check_throttles(request)
        self._set_actor(request)
        self.check_permissions(request)

    def _set_actor(self, request: Request) -> None:
        """From here on every change names the caller. `request.auth` of an API key carries actor_kind and actor_id."""
        if request.user.is_authenticated:
            kind = getattr(request.auth, "actor_kind", "user")
            actor_id = getattr(request.auth, "actor_id", request.user.pk)
            context = current_actor()
            set_actor(type(context)(kind, str(actor_id), context.request_id, context.client_ip))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        usage = getattr(getattr(request, "_request", request), "rate_limit", None)
        if usage is not None:
            write_headers(response, usage)
        return response

    # --- for the methods of subclasses ---------------------------------------------------------------------------

    def body(self, serializer_class: type[serializers.Serializer[Any]], **context: Any) -> dict[str, Any]:
        """The validated request body. Raises a 400 that points at each fault."""
        serializer = serializer_class(data=self.request.data, context=context)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def query(self, filters_class: type[Filters]) -> Any:
        """The validated query parameters, as a `filters_class`. Raises a 400 for unknown or repeated ones."""
        parameters = self.request.query_params
        repeated = [name for name, values in parameters.lists() if len(values) > 1]
        if repeated:
            errors = [FieldError(f"/{name}", "repeated_parameter", "Given more than once.") for name in repeated]
            raise InvalidInput("A query parameter is given more than once.", errors=errors)
        filters = filters_class(data=parameters.dict())
        filters.is_valid(raise_exception=True)
        return filters

    def list(self, queryset: QuerySet[Any], filters_class: type[ListFilters], output: Output) -> Response:
        """One page of `queryset`, filtered and ordered as the query asks; `output` is a serializer class or a
        function from a row to plain data."""
        filters = self.query(filters_class)
        return self.page(filters.apply(queryset), filters, output)

    def page(self, queryset: QuerySet[Any], filters: ListFilters, output: Output) -> Response:
        """As `list`, for a queryset that was filtered by hand."""
        asked = filters.validated_data
        render = _render(output, self.request)
        return Response(
            page(
                self.request,
                queryset,
                ordering=asked["ordering"],
                page_size=asked["page_size"],
                cursor=asked.get("cursor"),
                render=render,
            )
        )


def _render(output: Output, request: Request) -> Callable[[Any], Any]:
    if isinstance(output, type) and issubclass(output, serializers.BaseSerializer):
        return output(context={"request": request}).to_representation  # one instance serves every row
    return output


class NotFoundView(ApiView):
    """Every address under /api that nothing else answers."""

    access: ClassVar[Mapping[str, Needed]] = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), "public")

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound

    post = put = patch = delete = options = get
