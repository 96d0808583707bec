"""Benchmarks: named functions that measure on a throw-away database and answer with figures against their aims.

An app keeps its benchmarks in `benchmarks.py`:

    @benchmark("audit")
    def audit(progress: Progress) -> list[Figure]: ...
"""

import os
import platform
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from tqdm import tqdm

Progress = tqdm


@dataclass(frozen=True)
class Figure:
    """One measured value. `aim` is words or a bound for the reader; `holds` says whether the value meets it
    (None where there is no aim)."""

    name: str
    value: float
    unit: str
    aim: str = ""
    holds: bool | None = None

    @classmethod
    def at_most(cls, name: str, value: float, unit: str, bound: float) -> "Figure":
        return cls(name, value, unit, f"<= {bound:g}", value <= bound)

    @classmethod
    def at_least(cls, name: str, value: float, unit: str, bound: float) -> "Figure":
        return cls(name, value, unit, f">= {bound:g}", value >= bound)


Benchmark = Callable[[Progress], list[Figure]]
_benchmarks: dict[str, Benchmark] = {}


def benchmark(name: str) -> Callable[[Benchmark], Benchmark]:
    """Register a benchmark for `manage.py benchmark <name>`. It runs with the default database connection pointing
    at an empty, migrated, throw-away database, and moves the progress bar with `progress.set_description`."""

    def decorate(run: Benchmark) -> Benchmark:
        _benchmarks[name] = run
        return run

    return decorate


def discover() -> dict[str, Benchmark]:
    """Every registered benchmark by name."""
    for config in apps.get_app_configs():
        if config.path.startswith(str(settings.BASE_DIR)) and find_spec(f"{config.name}.benchmarks"):
            import_module(f"{config.name}.benchmarks")
    return dict(_benchmarks)


def machine() -> dict[str, str | int]:
    """Where the figures were taken."""
    return {
        "cpus": os.cpu_count() or 0,
        "processor": _processor(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        return platform.processor()


def commit() -> str:
    """The commit that was measured, marked when the working tree differs from it."""
    command = ["git", "-C", str(settings.BASE_DIR), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
