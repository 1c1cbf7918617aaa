"""A policy pack for origination settings: every preview and `pulumi up` with it checks what a program declares."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ORIGINATION = "pulumi-python:dynamic/chime:Origination"
PRODUCTION = ("prod",)
"""The names of the stacks that take calls of customers."""
PLACEHOLDERS = ("example", "invalid", "localhost", "test", "example.com", "example.net", "example.org")
"""Names that no DNS server resolves for a caller (RFC 2606)."""


def is_production(args: ResourceValidationArgs) -> bool:
    """Whether the resource is an origination of a production stack, whose name is in its URN."""
    return args.resource_type == ORIGINATION and args.urn.split(":")[2] in PRODUCTION


def hosts(args: ResourceValidationArgs) -> Iterator[str]:
    """Yields the host of each route that receives calls. A drained route has `enabled: false`."""
    routes: Mapping[str, Mapping[str, Any]] = args.props["routes"]
    return (route["host"] for route in routes.values() if route.get("enabled", True))


def is_placeholder(host: str) -> bool:
    """Whether AWS cannot reach a host: a private or documentation address, or a name that is reserved for examples."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return f".{host.rstrip('.').lower()}".endswith(tuple(f".{name}" for name in PLACEHOLDERS))


def has_second_host(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports calls that end with one host: the second one shares them at priority 1, or takes over with a later priority."""
    if args.resource_type == ORIGINATION and not args.props["disabled"] and len(set(hosts(args))) == 1:
        report("All calls go to one host: add a second one at priority 1, or one at priority 2 for failover.", None)


def is_protected(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports an origination of production that a change of the program can delete."""
    if is_production(args) and not args.opts.protect:
        report("Set opts=pulumi.ResourceOptions(protect=True).", None)


def takes_calls(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """Reports an origination of production that is off, or that sends calls to hosts that do not exist."""
    if not is_production(args):
        return
    if args.props["disabled"]:
        report("Inbound calls are turned off: remove disabled=True.", None)
    placeholders = sum(map(is_placeholder, set(hosts(args))))
    if placeholders:  # without the hosts: they may be secret
        report(f"AWS cannot reach {placeholders} of the hosts: declare those of production.", None)


PolicyPack(
    "calls",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[
        ResourceValidationPolicy("second-host", "Calls survive the loss of a host.", has_second_host),
        ResourceValidationPolicy("protected", "Originations of production are protected.", is_protected),
        ResourceValidationPolicy("takes-calls", "Production takes calls, and sends them to real hosts.", takes_calls),
    ],
)
