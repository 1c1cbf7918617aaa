"""The program of `ours` with a provider that does nothing: the same inputs, the same number of resources."""

from declaring import run
from null_provider import Null

run(Null)
