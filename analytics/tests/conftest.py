"""Payments in these tests are judged as in the tests of payments."""

from payments.tests.conftest import _lists_loaded  # noqa: F401
