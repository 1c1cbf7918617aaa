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
from typing import TYPE_CHECKING, Any, TypeVar

from chime_voice_emulator.store.history import History
from chime_voice_emulator.store.resources import Connector, Resource, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chime_voice_emulator.store.resources import Key

SCHEMA_VERSION = 3
_BUSY_TIMEOUT_SECONDS = 30
_RETRY_SECONDS = 0.01
"""The pause before the next attempt: SQLite does not report when the other process is done."""

_SCHEMA = """
CREATE TABLE resource (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, account, id, region)
);
"""
_UPGRADES = {
    1: "ALTER TABLE voice_connector ADD COLUMN termination TEXT;",
    # Version 2 had a table for each kind of resource, with a column for each part of a voice connector.
    2: f"""
    {_SCHEMA}
    INSERT INTO resource (kind, account, region, id, document)
        SELECT 'voice connector', account, region, id, json_object(
            'settings', json(settings), 'created', created, 'updated', updated, 'appeared', appeared,
            'origination', json(origination), 'emergency', json(emergency), 'tags', json(tags),
            'termination', json(termination)
        ) FROM voice_connector ORDER BY position;
    INSERT INTO resource (kind, account, region, id, document)
        SELECT 'phone number', account, region, id, json_object(
            'voice_connector_id', voice_connector_id, 'details', json(details)
        ) FROM phone_number ORDER BY position;
    DROP TABLE voice_connector;
    DROP TABLE phone_number;
    """,  # noqa: S608 - constants
}
"""Version of the schema -> the statements that make the next version of it."""
_TABLES = {1: {"voice_connector", "phone_number"}, 2: {"voice_connector", "phone_number"}, 3: {"resource"}}


R = TypeVar("R", bound=Resource)


class StoreError(Exception):
    """The data file cannot be used."""


class View:
    """The stored state within one transaction.

    Args:
        connection: the connection on which the transaction is open.
        history: what connectors were before their last writes.
        lag: how long reads can lag behind writes, in seconds.
        now: the time of the transaction, in seconds.
    """

    def __init__(self, connection: sqlite3.Connection, history: History, lag: float = 0.0, now: float = 0.0) -> None:
        self._connection = connection
        self._history = history
        self._lag = lag
        self._now = now

    def find(self, kind: type[R], scope: Scope, identity: str) -> R | None:
        """Returns the current state of a resource; None if it does not exist."""
        row = self._connection.execute(
            "SELECT * FROM resource WHERE kind = ? AND account = ? AND id = ? AND region = ifnull(?, region)"
            " ORDER BY position LIMIT 1",
            (kind.KIND, scope.account, identity, scope.region),
        ).fetchone()
        return None if row is None else _resource(kind, row)

    def connector(self, scope: Scope, voice_connector_id: str) -> Connector | None:
        """Returns the current state of a voice connector; None if it does not exist."""
        return self.find(Connector, scope, voice_connector_id)

    def has(self, resource: Resource) -> bool:
        """Whether the account has the resource in its region, whatever its state."""
        account, region, identity = resource.key
        return self.find(type(resource), Scope(account, region), identity) is not None

    def resources(self, kind: type[R], scope: Scope, after: int = 0, limit: int = -1) -> list[R]:
        """Returns at most ``limit`` resources whose position is greater than ``after``, ordered by position."""
        rows = self._connection.execute(
            "SELECT * FROM resource WHERE kind = ? AND account = ? AND region = ifnull(?, region) AND position > ?"
            " ORDER BY position LIMIT ?",
            (kind.KIND, scope.account, scope.region, after, limit),
        )
        return [_resource(kind, row) for row in rows]

    def lagging(self, key: Key, connector: Connector | None) -> Connector | None:
        """Returns what a read that lags behind sees of ``connector``, whose key is ``key``."""
        return self._history.lagging(key, connector, self._lag, self._now) if self._lag else connector

    def deleted(self, scope: Scope) -> Iterator[Connector]:
        """Yields the deleted connectors that a read that lags behind still sees."""
        for connector in self._history.deleted(self._lag, self._now):
            is_visible = connector.account == scope.account and scope.region in {None, connector.region}
            if is_visible and not self.has(connector):
                yield connector

    def save(self, resource: Resource) -> None:
        """Inserts or updates a resource."""
        if self._lag and isinstance(resource, Connector):
            before = self.connector(Scope(resource.account, resource.region), resource.voice_connector_id)
            self._history.record(before, resource, self._lag, self._now)
        self._connection.execute(
            "INSERT INTO resource (kind, account, region, id, document) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (kind, account, id, region) DO UPDATE SET document = excluded.document",
            (resource.KIND, *resource.key, json.dumps(_document(resource))),
        )

    def delete(self, connector: Connector) -> None:
        """Deletes a connector and its settings."""
        if self._lag:
            self._history.record(connector, None, self._lag, self._now)
        self._connection.execute(
            "DELETE FROM resource WHERE kind = ? AND account = ? AND region = ? AND id = ?",
            (connector.KIND, *connector.key),
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
        """Yields a view whose changes are committed when the block ends, and rolled back if it raises.

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
    def reading(self, lag: float = 0.0, now: float = 0.0) -> Iterator[View]:
        """Yields a view for reads, which lag behind writes by ``lag`` seconds at the time ``now``. Raises StoreError."""
        with self._reader_lock, _as_store_errors(self.path):
            yield View(self._reader, self._history, lag, now)

    def close(self) -> None:
        """Closes the data file. Closing twice does nothing."""
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
        if version == 0 and not _tables(connection):
            _run(connection, _SCHEMA)
            version = SCHEMA_VERSION
        while version in _UPGRADES and _tables(connection) >= _TABLES[version]:
            _run(connection, _UPGRADES[version])
            version += 1
        if version != SCHEMA_VERSION or not _tables(connection) >= _TABLES[version]:
            raise StoreError(f"{path} is not a data file of this version of the emulator (schema {version})")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute("COMMIT")
        _use_wal(connection)


def _tables(connection: sqlite3.Connection) -> set[str]:
    return {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _run(connection: sqlite3.Connection, statements: str) -> None:
    # `executescript` would commit the transaction first.
    for statement in statements.split(";"):
        connection.execute(statement)


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


def _document(resource: Resource) -> dict[str, Any]:
    columns = {"account", "region", "position", resource.ID}
    return {name: value for name, value in vars(resource).items() if name not in columns}


def _resource(kind: type[R], row: tuple[Any, ...]) -> R:
    position, _, account, region, identity, document = row
    columns = {"position": position, "account": account, "region": region, kind.ID: identity}
    return kind(**columns, **json.loads(document))
