"""What all tests share."""

import signal

from hypothesis import settings

# A shell has what it runs in the background ignore SIGINT, and so all that this starts: a plugin would not hear the engine
# tell it to end, and the engine waits five seconds for it at every command.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline for an example: how long one takes says more of the machine than of the code.
settings.register_profile("short", max_examples=1_000, deadline=None)
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile("short")
