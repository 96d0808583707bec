"""OpenAPI description of views."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    """drf-spectacular's schema, with the product's conventions."""
