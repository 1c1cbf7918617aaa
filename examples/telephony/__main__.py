"""The program that Pulumi runs."""

from stack import declare

declare()
