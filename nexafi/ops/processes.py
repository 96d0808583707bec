"""Processes of this machine, read from /proc."""

from pathlib import Path


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    family, parents = [pid], {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
    for known in family:  # grows while it is walked
        family += [child for child, parent in parents.items() if parent == known]
    return family
