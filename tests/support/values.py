"""Values that most tests use."""

from __future__ import annotations

CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR = (
    "abcdef1ghij2klmno3pqr4",
    "bcdefg1hijk2lmnop3qrs4",
    "cdefgh1ijkl2mnopq3rst4",
)
"""IDs of voice connectors."""
