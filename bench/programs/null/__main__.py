"""Declares the plan with a provider that does nothing: the same inputs, and as many resources, as `ours`."""

from declaring import run
from null_provider import Null

run(Null)
