"""Runs in the user's program: checks arguments and options, and records what the program declares."""
