"""The console's small formats, for templates: {{ at|local_time }}, {{ amount|money }}, {% badge text tone %}."""

from django import template

from nexafi.console import formats

register = template.Library()
register.filter("local_time", formats.local_time)
register.filter("money", formats.money)
register.simple_tag(formats.badge, name="badge")
