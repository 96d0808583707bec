"""The garbage collector of a process that serves."""

import gc


def settle() -> None:
    """Once everything is loaded: the program is no garbage, so leave it out of the collector's rounds, and make the
    rounds rare. A full round over all that Django loads takes a tenth of a second."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
