"""The program that Pulumi runs."""

from trunk import declare

declare()
