"""What all tests share."""

from hypothesis import settings

settings.register_profile("short", max_examples=1_000)
settings.register_profile("long", max_examples=20_000)
settings.load_profile("short")
