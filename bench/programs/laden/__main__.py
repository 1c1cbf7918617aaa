"""Declares the plan with a provider that does nothing, and whose state is as large as ours."""

from declaring import run
from null_provider import Laden

run(Laden)
