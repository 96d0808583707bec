"""The name matcher: pure Python over plain values, no database. Normalise, block, score, qualify, explain."""
