"""The subnets and ports of AWS's side of calls, for firewall rules; from the administrator guide of the Amazon Chime SDK.

AWS has no API for them. docs/network.md has the same.
"""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "https://docs.aws.amazon.com/chime-sdk/latest/ag/network-config.html"
READ = "2026-11-29"
"""The date on which `SOURCE` was read."""

SUBNETS = {
    "ap-northeast-1": ("99.77.244.0/24", "2600:f0f0:c047::/48"),
    "ap-northeast-2": ("99.77.242.0/24", "2600:f0f0:c046::/48"),
    "ap-southeast-1": ("99.77.240.0/24", "2600:f0f0:c048::/48"),
    "ap-southeast-2": ("99.77.239.0/24", "2600:f0f0:c049::/48"),
    "ca-central-1": ("99.77.233.0/24", "2600:f0f0:c042::/48"),
    "eu-central-1": ("99.77.247.0/24", "2600:f0f0:c044::/48"),
    "eu-west-1": ("99.77.250.0/24", "2600:f0f0:c043::/48"),
    "eu-west-2": ("99.77.249.0/24", "2600:f0f0:c045::/48"),
    "us-east-1": ("3.80.16.0/23", "2600:f0f0:c040::/48"),
    "us-west-2": ("99.77.253.0/24", "2600:f0f0:c041::/48"),
}
"""The IPv4 and the IPv6 subnet of each region, for signaling and for media."""
REGIONS = tuple(SUBNETS)
"""The regions that have Chime SDK Voice, as botocore lists them (a test compares both)."""


@dataclass(frozen=True)
class Ports:
    """The ports, from the first to the last, of one use of a subnet."""

    use: str
    protocol: str
    first: int
    last: int

    def __str__(self) -> str:
        name = "TLS" if self.use == "signaling-tls" else self.protocol.upper()
        return f"{name} {self.first}" if self.first == self.last else f"{name} {self.first} to {self.last}"


PORTS = (
    Ports("signaling", "udp", 5060, 5060),
    Ports("signaling", "tcp", 5060, 5060),
    Ports("signaling-tls", "tcp", 5061, 5061),
    Ports("media", "udp", 5000, 65000),
)
