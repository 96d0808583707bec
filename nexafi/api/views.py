"""The base of every API view."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from nexafi.api.pagination import page
from nexafi.api.permissions import PUBLIC, Access
from nexafi.api.serializers import Filters, ListFilters
from nexafi.api.throttling import RateLimit, write_headers
from nexafi.core.errors import DomainError, FieldError, InvalidInput, NotFound

MEBIBYTE = 1024 * 1024
Needed = str | tuple[str, ...]
Output = type[serializers.Serializer[Any]] | Callable[[Any], Any]


class BodyTooLarge(InvalidInput):
    code, status, title = "body_too_large", 413, "Body too large"


class ApiView(APIView):
    """Plain `get`, `post`... methods under one set of rules.

    `access` maps each method to PUBLIC, SIGNED_IN, a permission or a tuple of which one is enough; a method that is
    not in it does not exist (405). `throttle_scope` names the rate limit, `max_body` the largest body in bytes.
    Errors leave as RFC 9457 problems.
    """

    access: ClassVar[Mapping[str, Needed]] = {}
    throttle_scope: ClassVar[str | Mapping[str, str]] = "default"
    max_body: ClassVar[int] = MEBIBYTE
    produces: ClassVar[tuple[str, ...]] = ("application/json",)
    permission_classes = (Access,)
    throttle_classes: Sequence[type[BaseThrottle]] = (RateLimit,)
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    default_response_headers: ClassVar[dict[str, str]] = {}

    @property
    def allowed_methods(self) -> list[str]:
        """For `Allow`."""
        return [*self.access, "HEAD"] if "GET" in self.access else list(self.access)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, how often, what, may they: in that order, so that refused requests count against the limit too."""
        self.format_kwarg = None
        request.accepted_renderer, request.accepted_media_type = self.perform_content_negotiation(request)
        self._authenticate(request)
        self.check_throttles(request)
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        self.check_permissions(request)
        self._check_size(request)

    def _authenticate(self, request: Request) -> None:
        """A refused credential counts against the client address."""
        try:
            self.perform_authentication(request)
        except (APIException, DomainError):
            request.user, request.auth = AnonymousUser(), None
            self.check_throttles(request)
            raise

    def _check_size(self, request: Request) -> None:
        """Before a byte of the body is read. Without a length there is no body (WSGI reads no further)."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()):
            raise InvalidInput("Content-Length is not a number.")
        if int(length) > self.max_body:
            raise BodyTooLarge(f"A request body here is at most {self.max_body} bytes.")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        usage = getattr(request, "rate_limit", None)
        if usage is not None:
            write_headers(response, usage)
        return response

    # --- for the methods of subclasses ---------------------------------------------------------------------------

    def body(
        self, serializer_class: type[serializers.Serializer[Any]], *, partial: bool = False, **context: Any
    ) -> dict[str, Any]:
        """The validated request body, or for `partial` what was sent of it. Raises a 400 that points at each fault."""
        serializer = serializer_class(data=self.request.data, partial=partial, context=context)
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

    def page(self, queryset: QuerySet[Any] | Sequence[QuerySet[Any]], filters: ListFilters, output: Output) -> Response:
        """As `list`, for one queryset, or several to be merged, filtered by hand."""
        render = _render(output, self.request)
        return Response(page(self.request, queryset, render=render, **filters.paging()))


def _render(output: Output, request: Request) -> Callable[[Any], Any]:
    if isinstance(output, type) and issubclass(output, serializers.BaseSerializer):
        return output(context={"request": request}).to_representation  # one instance serves every row
    return output


class NotFoundView(ApiView):
    """Every address under /api that nothing else answers."""

    access: ClassVar[Mapping[str, Needed]] = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), PUBLIC)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Always 404."""
        raise NotFound

    post = put = patch = delete = get
