"""Sanctions screening: watch lists, the name matcher, verdicts on customers and the hits that people resolve."""
