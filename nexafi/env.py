"""The one typed reader of the process environment. Settings fail at start naming every missing variable at once."""

from environs import Env

env = Env(eager=False)
