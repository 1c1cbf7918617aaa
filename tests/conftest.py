"""What all tests share."""

from hypothesis import settings

# No deadline for an example: how long one takes says more of the machine than of the code.
settings.register_profile("short", max_examples=1_000, deadline=None)
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile("short")
