"""Template tags of screening: {% side_by_side hit as view %}."""

from django import template

from compliance.screening.presentation import side_by_side

register = template.Library()
register.simple_tag(side_by_side, name="side_by_side")
