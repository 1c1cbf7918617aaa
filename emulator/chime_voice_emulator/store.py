"""The emulator's state in SQLite, in memory or in a file.

A file is opened in WAL mode with ``synchronous=FULL``: acknowledged writes survive a kill and a power failure. Nothing is
cached between requests and every write is one immediate transaction, so a second process can use the same file: it sees
all acknowledged writes and waits while another process writes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Key: TypeAlias = "tuple[str, str, str]"

_PARTS = ("settings", "origination", "emergency", "tags", "termination")
_WHOLE = "whole"

SCHEMA_VERSION = 2
_UPGRADES = {1: "ALTER TABLE voice_connector ADD COLUMN termination TEXT"}
"""Schema version -> what makes the next version of it."""
_BUSY_TIMEOUT_SECONDS = 30
_RETRY_SECONDS = 0.01

_SCHEMA = """
CREATE TABLE voice_connector (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    settings TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    appeared REAL NOT NULL,
    origination TEXT,
    emergency TEXT,
    tags TEXT NOT NULL,
    termination TEXT,
    UNIQUE (account, id, region)
);
CREATE TABLE phone_number (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    voice_connector_id TEXT,
    details TEXT NOT NULL,
    UNIQUE (account, id, region)
);
CREATE INDEX phone_number_of_connector ON phone_number (account, voice_connector_id);
"""
_TABLES = {"voice_connector", "phone_number"}


class StoreError(Exception):
    """The data file cannot be used."""


@dataclass(frozen=True)
class Scope:
    """What a request can see: one account, through one region's endpoint or, if ``region`` is None, through all of them."""

    account: str
    region: str | None


@dataclass(frozen=True)
class Connector:
    """A voice connector and its settings.

    Attributes:
        account: its account, 12 digits.
        region: the region of the endpoint that created it.
        voice_connector_id: its ID.
        settings: Name, AwsRegion, RequireEncryption, NetworkType and IntegrationType, by the model's names.
        created: CreatedTimestamp, in seconds since the epoch by the service's clock.
        updated: UpdatedTimestamp, likewise.
        appeared: the time of its creation by the machine's clock; 0 if it does not count as new.
        origination: its origination settings in the API's form; None if there are none.
        emergency: its emergency calling configuration, likewise.
        tags: its tags.
        termination: its termination settings (outbound calls), likewise.
        position: its position in lists; 0 before it is stored.
    """

    account: str
    region: str
    voice_connector_id: str
    settings: Mapping[str, Any]
    created: float
    updated: float
    appeared: float
    origination: Mapping[str, Any] | None = None
    emergency: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    termination: Mapping[str, Any] | None = field(default=None, repr=False)
    position: int = 0


@dataclass(frozen=True)
class PhoneNumber:
    """A phone number of an account; ``details`` is the API's PhoneNumber without its associations."""

    account: str
    region: str
    number: str = field(repr=False)
    voice_connector_id: str | None
    details: Mapping[str, Any] = field(repr=False)
    position: int = 0


class History:
    """What connectors were before their last writes, for reads that lag behind.

    Each part of a connector has its own history, so a change of emergency calling does not end the lag of a change of
    origination.
    """

    def __init__(self) -> None:
        # Two threads use it if the state is in a file: one reads and one writes.
        self._lock = threading.Lock()
        self._before: OrderedDict[Key, dict[str, tuple[float, Any]]] = OrderedDict()

    def remember(self, old: Connector | None, new: Connector | None, lag: float, now: float) -> None:
        """Record what a write replaces.

        Args:
            old: the connector before the write; None if the write creates it.
            new: the connector after the write; None if the write deletes it.
            lag: how long reads can lag behind, in seconds.
            now: the time of the write, in seconds.
        """
        one = new or old
        if one is None:
            return
        key = (one.account, one.region, one.voice_connector_id)
        with self._lock:
            parts = self._before.setdefault(key, {})
            self._before.move_to_end(key)
            if old is None or new is None:
                parts[_WHOLE] = (now, old)
            else:
                changed = [part for part in _PARTS if getattr(old, part) != getattr(new, part)]
                parts.update({part: (now, getattr(old, part)) for part in changed})
            self._forget(lag, now)

    def _forget(self, lag: float, now: float) -> None:
        while self._before:
            key, parts = next(iter(self._before.items()))
            if any(now - since < lag for since, _ in parts.values()):
                return
            del self._before[key]

    def deleted(self, lag: float, now: float) -> list[Connector]:
        """The connectors that were deleted less than ``lag`` seconds ago."""
        with self._lock:
            wholes = [parts[_WHOLE] for parts in self._before.values() if _WHOLE in parts]
        return [before for since, before in wholes if before is not None and now - since < lag]

    def lagging(self, key: Key, connector: Connector | None, lag: float, now: float) -> Connector | None:
        """What a read that lags behind by ``lag`` seconds sees of ``connector``, whose account, region and ID are ``key``."""
        with self._lock:
            parts = self._before.get(key, {})
            before = {part: value for part, (since, value) in parts.items() if now - since < lag}
        if _WHOLE in before:
            connector = before.pop(_WHOLE)
        return connector if connector is None else replace(connector, **before)


class View:
    """The stored state within one transaction."""

    def __init__(self, connection: sqlite3.Connection, history: History, lag: float = 0.0, now: float = 0.0) -> None:
        self._connection = connection
        self._history = history
        self._lag = lag
        self._now = now

    def connector(self, scope: Scope, voice_connector_id: str) -> Connector | None:
        """The current state of a voice connector; None if it does not exist."""
        row = self._connection.execute(
            "SELECT * FROM voice_connector WHERE account = ? AND id = ? AND region = ifnull(?, region)"
            " ORDER BY position LIMIT 1",
            (scope.account, voice_connector_id, scope.region),
        ).fetchone()
        return None if row is None else _connector(row)

    def lagging(self, key: Key, connector: Connector | None, lag: float, now: float) -> Connector | None:
        """What a read that lags behind by ``lag`` seconds sees of ``connector``, whose account, region and ID are ``key``."""
        return self._history.lagging(key, connector, lag, now)

    def deleted(self, scope: Scope, lag: float, now: float) -> list[Connector]:
        """The deleted connectors that a read still sees if it lags behind by ``lag`` seconds."""
        return [
            one
            for one in self._history.deleted(lag, now)
            if one.account == scope.account
            and scope.region in {None, one.region}
            and self.connector(Scope(one.account, one.region), one.voice_connector_id) is None
        ]

    def connectors(self, scope: Scope, after: int, limit: int) -> list[Connector]:
        """At most ``limit`` connectors whose position is greater than ``after``, ordered by position."""
        rows = self._connection.execute(
            "SELECT * FROM voice_connector WHERE account = ? AND region = ifnull(?, region) AND position > ?"
            " ORDER BY position LIMIT ?",
            (scope.account, scope.region, after, limit),
        )
        return [_connector(row) for row in rows]

    def phone_numbers(self, scope: Scope, after: int = 0) -> list[PhoneNumber]:
        """The phone numbers whose position is greater than ``after``, ordered by position."""
        rows = self._connection.execute(
            "SELECT * FROM phone_number WHERE account = ? AND region = ifnull(?, region) AND position > ? ORDER BY position",
            (scope.account, scope.region, after),
        )
        return [_phone_number(row) for row in rows]

    def has_phone_number(self, number: PhoneNumber) -> bool:
        """Whether the account has this phone number."""
        return self._has_number("id", number.account, number.number, number.region)

    def has_phone_numbers(self, connector: Connector) -> bool:
        """Whether a phone number is associated with the connector."""
        return self._has_number("voice_connector_id", connector.account, connector.voice_connector_id, connector.region)

    def _has_number(self, column: Literal["id", "voice_connector_id"], account: str, value: str, region: str) -> bool:
        found = self._connection.execute(
            f"SELECT 1 FROM phone_number WHERE account = ? AND {column} = ? AND region = ? LIMIT 1",  # noqa: S608 - a literal
            (account, value, region),
        ).fetchone()
        return found is not None

    def save(self, connector: Connector) -> None:
        """Insert or update a connector."""
        if self._lag:
            before = self.connector(Scope(connector.account, connector.region), connector.voice_connector_id)
            self._history.remember(before, connector, self._lag, self._now)
        values = (
            json.dumps(connector.settings),
            connector.created,
            connector.updated,
            connector.appeared,
            None if connector.origination is None else json.dumps(connector.origination),
            None if connector.emergency is None else json.dumps(connector.emergency),
            json.dumps(connector.tags),
            None if connector.termination is None else json.dumps(connector.termination),
        )
        self._connection.execute(
            "INSERT INTO voice_connector"
            " (account, region, id, settings, created, updated, appeared, origination, emergency, tags, termination)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account, id, region) DO UPDATE SET settings = excluded.settings, created = excluded.created,"
            " updated = excluded.updated, appeared = excluded.appeared, origination = excluded.origination,"
            " emergency = excluded.emergency, tags = excluded.tags, termination = excluded.termination",
            (connector.account, connector.region, connector.voice_connector_id, *values),
        )

    def delete(self, connector: Connector) -> None:
        """Delete a connector and its settings."""
        if self._lag:
            self._history.remember(connector, None, self._lag, self._now)
        self._connection.execute(
            "DELETE FROM voice_connector WHERE account = ? AND region = ? AND id = ?",
            (connector.account, connector.region, connector.voice_connector_id),
        )

    def save_phone_number(self, number: PhoneNumber) -> None:
        """Insert or update a phone number."""
        self._connection.execute(
            "INSERT INTO phone_number (account, region, id, voice_connector_id, details) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account, id, region) DO UPDATE SET voice_connector_id = excluded.voice_connector_id,"
            " details = excluded.details",
            (number.account, number.region, number.number, number.voice_connector_id, json.dumps(number.details)),
        )


class Store:
    """The connectors and phone numbers of all accounts.

    Args:
        path: the data file, which is created if it does not exist; None keeps the state in memory.

    Raises:
        StoreError: the file is not a data file of the emulator, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._history = History()
        self._writer = _open(path)
        try:
            _prepare(self._writer, path)
            # A separate connection for reads: the writer's is busy while a commit waits for the disk.
            self._reader = self._writer if path is None else _open(path)
        except BaseException:
            self._writer.close()
            raise
        self._reader_lock = self._lock if path is None else threading.RLock()

    @contextlib.contextmanager
    def writing(self, lag: float = 0.0, now: float = 0.0) -> Iterator[View]:
        """A view whose changes are committed when the block ends, and rolled back if it raises.

        Args:
            lag: how long lagging reads do not see the change, in seconds.
            now: the time of the change, in seconds.

        Raises:
            StoreError: the data file can no longer be read or written.
        """
        with self._lock, _as_store_errors(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield View(self._writer, self._history, lag, now)
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.rollback()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """A view for reads. Raises StoreError."""
        with self._reader_lock, _as_store_errors(self.path):
            yield View(self._reader, self._history)

    def close(self) -> None:
        """Close the data file. Closing twice does nothing."""
        with self._lock:
            if self._reader is not self._writer:
                self._reader.close()
            self._writer.close()


@contextlib.contextmanager
def _as_store_errors(path: Path | None) -> Iterator[None]:
    # SQLite's error messages contain names of tables and columns, but no values.
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"cannot use the data file {path}: {error}") from error


def _open(path: Path | None) -> sqlite3.Connection:
    with _as_store_errors(path):
        return sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=_BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )


def _prepare(connection: sqlite3.Connection, path: Path | None) -> None:
    with _as_store_errors(path):
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == 0 and not tables:
            for statement in _SCHEMA.split(";")[:-1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        else:
            while version in _UPGRADES and tables >= _TABLES:
                connection.execute(_UPGRADES[version])
                version += 1
                connection.execute(f"PRAGMA user_version = {version}")
            if version != SCHEMA_VERSION or not tables >= _TABLES:
                raise StoreError(f"{path} is not a data file of this version of the emulator (schema {version})")
        connection.execute("COMMIT")
        _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    # Another process may be opening the same new file, and SQLite ignores its timeout in this statement.
    end = time.monotonic() + _BUSY_TIMEOUT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(_RETRY_SECONDS)
    connection.execute("PRAGMA synchronous = FULL")


def _phone_number(row: tuple[Any, ...]) -> PhoneNumber:
    position, account, region, number, connector, details = row
    return PhoneNumber(
        account=account,
        region=region,
        number=number,
        voice_connector_id=connector,
        details=json.loads(details),
        position=position,
    )


def _connector(row: tuple[Any, ...]) -> Connector:
    position, account, region, identity, settings, created, updated, appeared, *parts = row
    origination, emergency, tags, termination = parts
    return Connector(
        account=account,
        region=region,
        voice_connector_id=identity,
        settings=json.loads(settings),
        created=created,
        updated=updated,
        appeared=appeared,
        origination=None if origination is None else json.loads(origination),
        emergency=None if emergency is None else json.loads(emergency),
        tags=json.loads(tags),
        termination=None if termination is None else json.loads(termination),
        position=position,
    )
