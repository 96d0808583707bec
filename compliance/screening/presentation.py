"""How the console shows a hit: what we know beside what the list says, and the names token by token."""

from dataclasses import dataclass
from typing import Any

from compliance.screening.models import ScreeningHit
from compliance.screening.types import DateRange

STATUS_TONES = {
    ScreeningHit.Status.OPEN: "warning",
    ScreeningHit.Status.TRUE_MATCH: "bad",
    ScreeningHit.Status.FALSE_POSITIVE: "good",
    ScreeningHit.Status.SUPPRESSED: "neutral",
    ScreeningHit.Status.OBSOLETE: "neutral",
}


@dataclass(frozen=True)
class Fact:
    """One line of the comparison. `verdict` is in words; `tone` colours it."""

    label: str
    ours: str
    listed: str
    verdict: str
    tone: str


@dataclass(frozen=True)
class Pair:
    """A token of the customer's name over its counterpart; either may be missing."""

    query: str
    listed: str
    percent: int
    tone: str


@dataclass(frozen=True)
class SideBySide:
    """Everything the partial shows."""

    hit: ScreeningHit
    percent: int
    status_tone: str
    facts: tuple[Fact, ...]
    pairs: tuple[Pair, ...]
    details: tuple[tuple[str, str], ...]
    list_version: str
    entry_changed: bool


def percent(score: float) -> int:
    return round(100 * score)


def score_tone(score: float) -> str:
    """Red from where a match begins, amber below: a likeness is never good news."""
    return "bad" if score >= 0.95 else "warning"


def side_by_side(hit: ScreeningHit) -> SideBySide:
    """The comparison as it was judged: from the frozen run and the frozen list entry, not from today's rows."""
    return SideBySide(
        hit=hit,
        percent=percent(hit.score),
        status_tone=STATUS_TONES[ScreeningHit.Status(hit.status)],
        facts=tuple(_facts(hit)),
        pairs=tuple(map(_pair, hit.explanation["tokens"])),
        details=tuple(entry_details(hit.entry_document)),
        list_version=hit.run.list_versions.get(hit.entry.source_id, ""),
        entry_changed=hit.entry.content_hash != hit.entry_hash,
    )


def _facts(hit: ScreeningHit) -> list[Fact]:
    run, listed = hit.run, hit.entry_document
    judged = {each["name"]: each for each in hit.explanation["qualifiers"]}
    born = "; ".join(str(DateRange.from_json(each)) for each in listed["birth_dates"])
    places = ", ".join(listed["nationalities"] or listed["countries"])
    alike = hit.explanation["name_score"]
    return [
        Fact("Name", hit.subject_name, hit.matched_name, f"{percent(alike)} % alike", score_tone(alike)),
        _fact("Born", str(run.date_of_birth or ""), born, judged.get("date_of_birth")),
        _fact("Nationality", run.country, places, judged.get("country")),
        _fact("Kind", run.entity_type, listed["entity_type"], judged.get("entity_type")),
    ]


def _fact(label: str, ours: str, listed: str, qualifier: dict[str, Any] | None) -> Fact:
    if qualifier is None:
        same = bool(ours) and ours == listed
        return Fact(label, ours, listed, "Same" if same else "Not comparable", "neutral")
    words, tone = {True: ("Agrees", "bad"), False: ("Differs", "good"), None: ("Near", "warning")}[qualifier["agrees"]]
    effect = f" ({percent(qualifier['effect']):+d})" if qualifier["effect"] else ""
    return Fact(label, ours, listed, words + effect, tone)


def _pair(token: dict[str, Any]) -> Pair:
    similarity = token["similarity"]
    tone = "neutral" if not (token["query"] and token["listed"]) else "bad" if similarity >= 0.95 else "warning"
    return Pair(token["query"], token["listed"], percent(similarity), tone)


def entry_details(listed: dict[str, Any]) -> list[tuple[str, str]]:
    """What a list says of an entry beside its names and birth dates, as labelled lines; empty ones left out."""
    documents = [" ".join(filter(None, (d["kind"], d["number"], d["country"]))) for d in listed["documents"]]
    rows = [
        ("Also listed as", "; ".join(name["text"] for name in listed["names"][1:13])),
        ("Programmes", ", ".join(listed["programmes"])),
        ("Birth places", "; ".join(listed["birth_places"])),
        ("Addresses", "; ".join(listed["addresses"][:5])),
        ("Documents", "; ".join(documents[:8])),
        ("Title", listed["title"]),
        ("Listed on", listed["listed_on"]),
        ("Remarks", listed["remarks"]),
    ]
    return [(label, text) for label, text in rows if text]
