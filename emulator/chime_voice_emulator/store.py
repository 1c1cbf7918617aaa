"""Where the emulator keeps its voice connectors: SQLite, in memory or in a file.

A file is opened in WAL mode with ``synchronous=FULL``: what was acknowledged survives a kill and a power cut. Nothing is
cached between requests and every write is one immediate transaction, so a second process on the same file is safe: it
sees what the first has acknowledged and waits while the first writes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any, Literal

from chime_voice_emulator.lag import Past
from chime_voice_emulator.records import Connector, PhoneNumber, World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chime_voice_emulator.lag import Key

SCHEMA_VERSION = 1
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
    """The data file cannot be used. The message is a sentence for people."""


class View:
    """The stored state within one transaction."""

    def __init__(self, connection: sqlite3.Connection, past: Past, lag: float = 0.0, now: float = 0.0) -> None:
        self._connection = connection
        self._past = past
        self._lag = lag
        self._now = now

    def connector(self, world: World, voice_connector_id: str) -> Connector | None:
        """A voice connector as it is now; None where there is none."""
        row = self._connection.execute(
            "SELECT * FROM voice_connector WHERE account = ? AND id = ? AND region = ifnull(?, region)"
            " ORDER BY position LIMIT 1",
            (world.account, voice_connector_id, world.region),
        ).fetchone()
        return None if row is None else _connector(row)

    def lagging(self, key: Key, connector: Connector | None, lag: float, now: float) -> Connector | None:
        """What a read that lags ``lag`` seconds behind sees of ``connector``, which has that account, region and id."""
        return self._past.seen(key, connector, lag, now)

    def deleted(self, world: World, lag: float, now: float) -> list[Connector]:
        """The deleted connectors that a read still sees if it lags ``lag`` seconds behind."""
        return [
            one
            for one in self._past.deleted(lag, now)
            if one.account == world.account
            and world.region in {None, one.region}
            and self.connector(World(one.account, one.region), one.voice_connector_id) is None
        ]

    def connectors(self, world: World, after: int, limit: int) -> list[Connector]:
        """At most ``limit`` connectors whose position is greater than ``after``, in that order."""
        rows = self._connection.execute(
            "SELECT * FROM voice_connector WHERE account = ? AND region = ifnull(?, region) AND position > ?"
            " ORDER BY position LIMIT ?",
            (world.account, world.region, after, limit),
        )
        return [_connector(row) for row in rows]

    def phone_numbers(self, world: World, after: int = 0) -> list[PhoneNumber]:
        """The phone numbers whose position is greater than ``after``, in that order."""
        rows = self._connection.execute(
            "SELECT * FROM phone_number WHERE account = ? AND region = ifnull(?, region) AND position > ? ORDER BY position",
            (world.account, world.region, after),
        )
        return [_phone_number(row) for row in rows]

    def has_phone_number(self, number: PhoneNumber) -> bool:
        """Whether the account has that phone number."""
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
        """Store a connector, new or changed."""
        if self._lag:
            before = self.connector(World(connector.account, connector.region), connector.voice_connector_id)
            self._past.remember(before, connector, self._lag, self._now)
        values = (
            json.dumps(connector.settings),
            connector.created,
            connector.updated,
            connector.appeared,
            None if connector.origination is None else json.dumps(connector.origination),
            None if connector.emergency is None else json.dumps(connector.emergency),
            json.dumps(connector.tags),
        )
        self._connection.execute(
            "INSERT INTO voice_connector"
            " (account, region, id, settings, created, updated, appeared, origination, emergency, tags)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (account, id, region) DO UPDATE SET settings = excluded.settings, created = excluded.created,"
            " updated = excluded.updated, appeared = excluded.appeared, origination = excluded.origination,"
            " emergency = excluded.emergency, tags = excluded.tags",
            (connector.account, connector.region, connector.voice_connector_id, *values),
        )

    def delete(self, connector: Connector) -> None:
        """Remove a connector and all that hangs on it."""
        if self._lag:
            self._past.remember(connector, None, self._lag, self._now)
        self._connection.execute(
            "DELETE FROM voice_connector WHERE account = ? AND region = ? AND id = ?",
            (connector.account, connector.region, connector.voice_connector_id),
        )

    def save_phone_number(self, number: PhoneNumber) -> None:
        """Store a phone number, new or changed."""
        self._connection.execute(
            "INSERT INTO phone_number (account, region, id, voice_connector_id, details) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (account, id, region) DO UPDATE SET voice_connector_id = excluded.voice_connector_id,"
            " details = excluded.details",
            (number.account, number.region, number.number, number.voice_connector_id, json.dumps(number.details)),
        )


class Store:
    """The connectors and phone numbers of all accounts.

    Args:
        path: the data file, made if absent; None keeps everything in memory.

    Raises:
        StoreError: the file is not a data file of this emulator, or cannot be opened.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._past = Past()
        self._writer = _open(path)
        try:
            _prepare(self._writer, path)
            # A reader of its own, because the writer's connection is busy while a commit waits for the disk.
            self._reader = self._writer if path is None else _open(path)
        except BaseException:
            self._writer.close()
            raise
        self._reader_lock = self._lock if path is None else threading.RLock()

    @contextlib.contextmanager
    def writing(self, lag: float = 0.0, now: float = 0.0) -> Iterator[View]:
        """A view whose changes are stored durably when the block ends, and not at all if it raises.

        Args:
            lag: seconds for which lagging reads shall not see the change.
            now: the time of the change, in seconds.

        Raises:
            StoreError: the data file cannot be read or written any more.
        """
        with self._lock, _usable(self.path):
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield View(self._writer, self._past, lag, now)
                self._writer.execute("COMMIT")
            except BaseException:
                self._writer.rollback()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[View]:
        """A view for reads. Raises StoreError."""
        with self._reader_lock, _usable(self.path):
            yield View(self._reader, self._past)

    def close(self) -> None:
        """Close the data file. Closing twice does nothing."""
        with self._lock:
            if self._reader is not self._writer:
                self._reader.close()
            self._writer.close()


@contextlib.contextmanager
def _usable(path: Path | None) -> Iterator[None]:
    # What SQLite says of a failure names tables and columns, never what is in them.
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"cannot use the data file {path}: {error}") from error


def _open(path: Path | None) -> sqlite3.Connection:
    with _usable(path):
        return sqlite3.connect(
            ":memory:" if path is None else path,
            timeout=_BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )


def _prepare(connection: sqlite3.Connection, path: Path | None) -> None:
    with _usable(path):
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if version == 0 and not tables:
            for statement in _SCHEMA.split(";")[:-1]:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION or not tables >= _TABLES:
            raise StoreError(f"{path} is not a data file of this version of the emulator (schema {version})")
        connection.execute("COMMIT")
        _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for others here, whatever its timeout: another process may be opening the same new file.
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
    position, account, region, identity, settings, created, updated, appeared, origination, emergency, tags = row
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
        position=position,
    )
