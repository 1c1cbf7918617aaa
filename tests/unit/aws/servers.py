"""The servers of these tests, which other tests use too."""

from ...support.servers import Relay, Reply, Seen, Stranger, answering

__all__ = ["Relay", "Reply", "Seen", "Stranger", "answering"]
