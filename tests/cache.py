"""What tests install once per user and keep: environments and clients of other versions."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-chime-voice"


def filled_once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Returns the folder, and fills it if it does not exist: under another name, so it is never used half-filled."""
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}-unfinished-"))
        try:
            fill(unfinished)
            unfinished.rename(folder)
        except OSError:
            # Another run may have finished first; any other error is real.
            if not folder.exists():
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return folder
