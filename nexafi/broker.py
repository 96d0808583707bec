"""The broker for trial use without a server: kombu's filesystem transport, with messages that appear whole.

Kombu's own writes a message into the file under its final name, so a worker may pick it up while it is still empty.
"""

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps

from nexafi.core.ids import uuid7


class Channel(filesystem.Channel):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for folder in (self.data_folder_in, self.control_folder):
            Path(folder).mkdir(mode=0o700, parents=True, exist_ok=True)

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """Write under a name that no reader takes, then rename. Names sort in the order of sending."""
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{uuid4()}.writing"
        unfinished.write_text(dumps(payload), encoding="utf-8")
        os.replace(unfinished, folder / f"{uuid7()}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel
