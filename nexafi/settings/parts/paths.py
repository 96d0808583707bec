"""Where things live on disk."""

from pathlib import Path

from nexafi.env import env

BASE_DIR = Path(__file__).resolve().parents[3]
VAR_DIR = Path(env.str("NEXAFI_VAR", str(BASE_DIR / "var")))
