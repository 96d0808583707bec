"""Benchmarks of compliance. Aims are the best of the field or our own floor, on the same public data."""

import resource
import time
from pathlib import Path

from django.core.management import CommandError

from accounts.models import Customer
from compliance.screening import evaluation
from compliance.screening.lists.ofac import parse_ofac
from compliance.screening.lists.un import parse_un
from compliance.screening.matching.search import search
from compliance.screening.services.engine import Engine, current_engine
from compliance.screening.services.import_list import import_list
from compliance.screening.services.rescreen import rescreen_all
from nexafi.benchmarks.base import Figure, Progress, benchmark

INNOCENT = 10_000
RESCREENED = 2_000


@benchmark("screening")
def screening(progress: Progress) -> list[Figure]:
    """Recall, false alerts and speed of name screening, on the whole OFAC and UN lists."""
    folder = evaluation.data_folder()
    if folder is None:
        raise CommandError("The public data folder is not here; set NEXAFI_DATA.", returncode=2)
    figures, ofac = _import_ofac(folder, progress)
    progress.set_description("quality against OFAC")
    innocent = evaluation.customers(folder, "innocent_customers", limit=INNOCENT)
    alerts = evaluation.best_scores(ofac.index, innocent)
    figures += _quality(ofac, folder, [each.name_alone for each in alerts])
    figures += _alerts(ofac, [each.qualified for each in alerts])
    import_list("un", parse_un(next((folder / "sanctions/un").glob("*.xml"))))
    both = _engine()
    progress.set_description("recall and speed on both lists")
    return [*figures, *_recall(both, folder), *_speed(both, innocent), *_rescreen(innocent, progress)]


def _engine() -> Engine:
    engine = current_engine()
    assert engine is not None
    return engine


def _import_ofac(folder: Path, progress: Progress) -> tuple[list[Figure], Engine]:
    progress.set_description("importing OFAC")
    start = time.perf_counter()
    import_list("ofac", parse_ofac(folder / "sanctions/ofac"))
    imported = time.perf_counter()
    before = _resident()
    engine = _engine()
    built = time.perf_counter()
    return [
        Figure.at_most("list_import_s", round(imported - start, 1), "s", 60),
        Figure.at_most("index_build_s", round(built - imported, 1), "s", 10),
        Figure.at_most("index_memory_mb", _resident() - before, "MB", 400),
        Figure("indexed_names", len(engine.index.names), "names"),
    ], engine


def _resident() -> float:
    """Peak resident memory, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _quality(engine: Engine, folder: Path, innocent: list[float]) -> list[Figure]:
    """Against OpenSanctions logic-v2 on the same data: pairs .796, cross list .842 and .767."""
    threshold = engine.index.config.threshold
    found = [each.name_alone for each in evaluation.best_scores(engine.index, evaluation.crosslist(folder))]
    pairs = evaluation.pairs_f1(engine.index, folder, threshold)
    one, tenth = (evaluation.recall_at(found, innocent, rate) for rate in (0.01, 0.001))
    return [
        Figure.at_least("pairs_f1", round(pairs, 3), "F1", 0.796),
        Figure.at_least("crosslist_recall_1pct", round(one, 3), "share", 0.842),
        Figure.at_least("crosslist_recall_01pct", round(tenth, 3), "share", 0.767),
        Figure("crosslist_recall_at_threshold", round(evaluation.share(found, threshold), 3), "share"),
        Figure("crosslist_names", len(found), "names"),
    ]


def _alerts(engine: Engine, innocent: list[float]) -> list[Figure]:
    alerts = 100 * evaluation.share(innocent, engine.index.config.threshold)
    return [
        Figure.at_most("innocent_alert_pct", round(alerts, 3), "%", 0.15),
        Figure("innocent_customers", len(innocent), "customers"),
    ]


def _recall(engine: Engine, folder: Path) -> list[Figure]:
    listed = evaluation.best_scores(engine.index, evaluation.customers(folder, "un_customers", limit=1000))
    recall = evaluation.share([each.qualified for each in listed], engine.index.config.threshold)
    return [Figure.at_least("listed_customers_recall", round(recall, 4), "share", 0.995)]


def _speed(engine: Engine, innocent: list[evaluation.Labelled]) -> list[Figure]:
    times = evaluation.timed(lambda each: search(engine.index, each.query), innocent[:5000])
    return [
        Figure.at_most("search_p50_ms", round(times[len(times) // 2], 2), "ms", 1),
        Figure.at_most("search_p99_ms", round(times[len(times) * 99 // 100], 2), "ms", 10),
        Figure.at_least("searches_per_s", round(1000 * len(times) / sum(times)), "1/s", 700),
    ]


def _rescreen(innocent: list[evaluation.Labelled], progress: Progress) -> list[Figure]:
    progress.set_description("screening stored customers")
    names = [each.query.name for each in innocent[:RESCREENED]]
    Customer.objects.bulk_create(Customer(kind=Customer.Kind.PERSON, name=name) for name in names)
    start = time.perf_counter()
    screened = rescreen_all()
    return [Figure("customers_screened_per_s", round(screened / (time.perf_counter() - start)), "1/s")]
