"""Fixtures of the tests of ``aws``."""

from __future__ import annotations

import gc
import os
import re
from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator

from ...support.servers import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sts(moto: str) -> Iterator[Relay]:
    """STS by moto. Its credentials have the secret `test`, because the emulator accepts any access key with that secret."""

    def rewrite(answer: bytes) -> bytes:
        return re.sub(rb"(<SecretAccessKey>)[^<]*", rb"\1test", answer)

    with Relay(moto, rewrite=rewrite) as relay:
        yield relay


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """Some responses exhaust the stack: a finalizer of an earlier test's objects that runs there would fail this one."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Removes the machine's own AWS settings and proxies, and sets credentials of account 000000000000."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
