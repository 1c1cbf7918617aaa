"""The program of `null` whose provider does nothing, and carries as much as ours."""

from declaring import declare
from null_provider import Laden

declare(Laden)
