"""The account that the tests of the command line seed into the emulator, and readers of what the command prints."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

BIN = Path(sys.executable).parent

SUPPORT = "abcdef1ghij2klmno3pqr4"

CAMPAIGN = "bcdefg1hijk2lmnop3qrs4"

FRESH = "cdefgh1ijkl2mnopq3rst4"

SALES = "defghi1jklm2nopqr3stu4"

EMERGENCY_NUMBERS = ("+12065550100", "+12065550199")

NUMBERS = ("+12065550111", "+12065550112")


def api_route(
    host: str = "203.0.113.7", port: int = 5060, protocol: str = "UDP", priority: int = 1, weight: int = 1
) -> dict[str, Any]:
    return {"Host": host, "Port": port, "Protocol": protocol, "Priority": priority, "Weight": weight}


ACCOUNT = {
    "voice_connectors": [
        {
            "id": SUPPORT,
            "name": "Support line",
            "require_encryption": True,
            "network_type": "DUAL_STACK",
            "origination": {
                "Routes": [
                    api_route("sbc-a.example.net", protocol="TCP", weight=3),
                    api_route("sbc-b.example.net", protocol="TCP", weight=1),
                    api_route("2001:db8::7", priority=2),
                ]
            },
            "emergency_calling": {
                "DNIS": [
                    {
                        "EmergencyPhoneNumber": EMERGENCY_NUMBERS[0],
                        "TestPhoneNumber": EMERGENCY_NUMBERS[1],
                        "CallingCountry": "US",
                    }
                ]
            },
            "phone_numbers": list(NUMBERS),
        },
        {"id": CAMPAIGN, "name": "campaign", "origination": {"Disabled": True, "Routes": [api_route("203.0.113.9")]}},
        {"id": FRESH, "name": "fresh"},
        {
            "id": SALES,
            "name": "sales",
            "region": "eu-west-1",
            "origination": {"Routes": [api_route("pbx.example.net", port=5061, protocol="TCP")]},
        },
    ]
}
"""Three voice connectors in us-east-1 (with routes, turned off, never configured), one in eu-west-1."""


def cells(table: str) -> list[list[str]]:
    """Returns the rows of every table of routes, cell by cell."""
    lines = (line.split("   ") for line in table.splitlines())
    rows = [[cell.strip() for cell in line if cell.strip()] for line in lines]
    return [row for row in rows if row and row[0].isdigit()]


def shown(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """Returns what `show --format json` prints, by ID."""
    return {entry["id"]: entry for entry in json.loads(done.stdout)}
