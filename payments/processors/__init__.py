"""Outside parties that bring money in and pay it out."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from payments.processors.base import Processor


@cache
def processor_named(name: str) -> Processor:
    """The processor of this name, from settings.PAYMENT_PROCESSORS (name to class path)."""
    processor: Processor = import_string(settings.PAYMENT_PROCESSORS[name])()
    return processor
