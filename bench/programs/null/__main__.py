"""Declares the plan with a provider that does nothing: with the same arguments, and as many resources, as `ours`."""

from declaring import run
from null_provider import Null

run(Null)
