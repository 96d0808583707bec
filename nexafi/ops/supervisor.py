"""Runs the product's processes together on one machine: starts them, restarts what dies, stops all of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOP_SECONDS = 8  # a process that has not stopped by then is killed
RESTART_PAUSE = 1.0


@dataclass
class Process:
    """One child process: its name, its command, the file its output goes to, and what its environment has beyond
    ours."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    child: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # A session of its own: Ctrl-C reaches the supervisor alone, and the whole group can be signalled.
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(  # noqa: S603
                self.command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    @property
    def is_running(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def signal(self, number: int) -> None:
        if self.child is None:
            return
        try:
            os.killpg(self.child.pid, number)
        except ProcessLookupError:
            return


class Supervisor:
    """Keeps a set of processes running until it is told to stop."""

    def __init__(self, processes: Sequence[Process], say: Callable[[str], None]) -> None:
        self.processes = list(processes)
        self.say = say
        self.stopping = False

    def run(self, when_started: Callable[[], None]) -> None:
        """Start everything, call `when_started`, and return after SIGINT or SIGTERM when all processes are gone."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        try:
            for process in self.processes:
                process.start()
            when_started()
            while not self.stopping:
                self._restart_dead()
                time.sleep(0.2)
        finally:
            self.stop()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _restart_dead(self) -> None:
        for process in self.processes:
            if not process.is_running and not self.stopping:
                self.say(f"{process.name} stopped; starting it again (see {process.log}).")
                process.signal(signal.SIGKILL)  # what is left of its group
                if time.monotonic() - process.started_at < RESTART_PAUSE:
                    time.sleep(RESTART_PAUSE)
                process.start()

    def stop(self) -> None:
        """SIGTERM to every group, SIGKILL to what remains after STOP_SECONDS."""
        for process in self.processes:
            process.signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while any(p.is_running for p in self.processes) and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in self.processes:
            process.signal(signal.SIGKILL)
            if process.child is not None:
                process.child.wait()


def python(*arguments: str) -> list[str]:
    """A command line for this interpreter."""
    return [sys.executable, *arguments]
