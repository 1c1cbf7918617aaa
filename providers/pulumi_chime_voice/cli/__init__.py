"""The ``chime-voice`` command. Nothing is imported here, because click may be missing."""

CLI, EMULATOR = "cli", "emulator"


def needs_extra(package: str, extra: str = CLI) -> str:
    """Returns a sentence that names a missing package, and how to install its extra."""
    return (
        f"chime-voice needs the extra [{extra}] ({package} is not installed). "
        f"Install it: pip install 'pulumi-chime-voice[{extra}]', or from your clone: pip install '.[{extra}]'."
    )
