"""The ``chime-voice`` command."""
