"""Every chart that ships speaks the vocabulary of the statements."""

import csv
from pathlib import Path

import pytest

from ledger.taxonomy import TAXONOMY

CHARTS = sorted((Path(__file__).resolve().parent.parent / "data" / "charts").glob("*.csv"))


@pytest.mark.parametrize("chart", CHARTS, ids=lambda path: path.stem)
def test_the_subtypes_of_a_chart_are_known(chart: Path) -> None:
    known = {(caption.type.value, caption.subtype) for caption in TAXONOMY}
    with chart.open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line.get("subtype")]
    unknown = {(line["type"], line["subtype"]) for line in lines} - known
    assert not unknown


def test_each_subtype_of_a_type_has_one_line() -> None:
    keys = [(caption.type, caption.subtype) for caption in TAXONOMY]
    assert len(keys) == len(set(keys))


def test_the_documentation_names_every_line() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "REPORTS.md").read_text()
    lines = {f"| {each.type.value} | `{each.subtype}` | {each.title} | {each.part.value} |" for each in TAXONOMY}
    assert not {line for line in lines if line not in text}
