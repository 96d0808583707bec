"""`manage.py benchmark` names what it knows and leaves nothing behind."""

import json

import pytest
from django.core.management import CommandError, call_command

from nexafi.benchmarks import base
from nexafi.benchmarks.base import Figure


def test_an_unknown_benchmark_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("benchmark", "no-such-benchmark")


def test_figures_say_whether_their_aim_holds() -> None:
    assert Figure.at_most("latency", 5.0, "ms", 10.0).holds is True
    assert Figure.at_most("latency", 15.0, "ms", 10.0).holds is False
    assert Figure.at_least("rate", 5.0, "1/s", 10.0).holds is False
    assert Figure("size", 1, "rows").holds is None


def test_the_named_benchmarks_exist() -> None:
    assert {"api", "audit", "bank"} <= set(base.discover())


def test_a_report_is_json() -> None:
    assert json.dumps({"machine": base.machine(), "commit": base.commit()})
