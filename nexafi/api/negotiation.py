"""What a response may look like: JSON, unless a view offers more."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(BaseContentNegotiation):
    """406 when the client accepts nothing that the view `produces` (default: JSON, which covers problem+json)."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        content_type = request.content_type
        return next((p for p in parsers if p.accepts(content_type)), None)  # type: ignore[attr-defined]

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        accept = request.META.get("HTTP_ACCEPT", "*/*")
        if "*/*" not in accept and not _acceptable(accept, request.parser_context["view"]):
            raise NotAcceptable
        renderer = next(iter(renderers))
        return renderer, str(renderer.media_type)


def _acceptable(accept: str, view: Any) -> bool:
    ranges = {item.partition(";")[0].strip().lower() for item in accept.split(",")}
    produced = {"application/problem+json", *getattr(view, "produces", ("application/json",))}
    wildcards = {media_type.partition("/")[0] + "/*" for media_type in produced}
    return not ranges.isdisjoint(produced | wildcards)
