"""Runs in Pulumi's plugin: the life of a resource, its guards and its claims. What both processes use says so."""
