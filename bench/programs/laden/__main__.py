"""The program of `null` whose provider does nothing, and carries as much as ours."""

from declaring import run
from null_provider import Laden

run(Laden)
