"""Acknowledged writes survive kills, restarts and a second process."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import signal
import sqlite3
import threading
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator, StoreError
from chime_voice_emulator.store import Store

from .support import CONNECTOR, OTHER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .support import Process, Raw

ACKNOWLEDGED = 500
WRITERS = 4


class Stream:
    """Threads that create connectors and put their origination until the endpoint stops."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self._changed = threading.Condition()
        self.count = 0
        self.connectors: dict[str, int] = {}
        """For each connector that was acknowledged, the port that was put last and acknowledged; 0 for none."""
        self._threads = [threading.Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def __enter__(self) -> Stream:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def wait_for(self, count: int) -> None:
        """Waits for this number of acknowledged writes."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, timeout=120)

    def _acknowledge(self, connector: str, port: int) -> None:
        with self._changed:
            self.connectors[connector] = port
            self.count += 1
            self._changed.notify_all()

    def _write(self, number: int) -> None:
        try:
            while True:
                answer = self._raw.send("POST", "/voice-connectors", {"Name": f"w{number}", "RequireEncryption": False})
                assert answer.status == 201
                connector = answer.json["VoiceConnector"]["VoiceConnectorId"]
                self._acknowledge(connector, 0)
                for port in range(1, 6):
                    assert self._raw.send("PUT", f"/voice-connectors/{connector}/origination", body(port)).status == 200
                    self._acknowledge(connector, port)
        except (OSError, http.client.HTTPException):
            return


def body(port: int) -> dict[str, Any]:
    return {"Origination": {"Routes": [{"Host": "a", "Port": port}]}}


def port_of(raw: Raw, connector: str) -> int:
    answer = raw.send("GET", f"/voice-connectors/{connector}/origination")
    return answer.json["Origination"]["Routes"][0]["Port"] if answer.status == 200 else 0


def test_every_acknowledged_write_survives_sigkill(start_process: Any, raw_at: Any, tmp_path: Path) -> None:
    """After a kill during more than 500 writes and a restart, no acknowledged write is missing."""
    data = str(tmp_path / "state.db")
    first: Process = start_process("--data", data)
    with Stream(raw_at(first.endpoint_url)) as stream:
        stream.wait_for(ACKNOWLEDGED)
        first.kill()
    raw = raw_at(start_process("--data", data).endpoint_url)

    found = {connector: port_of(raw, connector) for connector in stream.connectors}

    assert stream.count >= ACKNOWLEDGED
    assert [raw.send("GET", f"/voice-connectors/{connector}").status for connector in found] == [200] * len(found)
    # The write in progress at the kill may be stored without an acknowledgement; then the port is one ahead.
    lost = {
        connector: port for connector, port in stream.connectors.items() if found[connector] not in {port, port + 1}
    }
    assert lost == {}
    assert sum(found[connector] - port for connector, port in stream.connectors.items()) <= WRITERS


def test_repeated_kills(start_process: Any, raw_at: Any, tmp_path: Path) -> None:
    """The data file is usable after each kill."""
    data = str(tmp_path / "state.db")
    made: dict[str, int] = {}
    for _ in range(3):
        process = start_process("--data", data)
        with Stream(raw_at(process.endpoint_url)) as stream:
            stream.wait_for(30)
            process.kill()
        made |= stream.connectors
    raw = raw_at(start_process("--data", data).endpoint_url)

    assert [raw.send("GET", f"/voice-connectors/{connector}").status for connector in made] == [200] * len(made)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_keeps_everything(start_process: Any, raw_at: Any, tmp_path: Path, number: int) -> None:
    """If a signal stops it during writes, the exit status is 0, nothing is lost and one file remains."""
    data = tmp_path / "state.db"
    process = start_process("--data", str(data))
    with Stream(raw_at(process.endpoint_url)) as stream:
        stream.wait_for(30)
        status = process.signal(number)
    raw = raw_at(start_process("--data", str(data)).endpoint_url)

    assert status == 0
    assert {connector: port_of(raw, connector) for connector in stream.connectors}.keys() == stream.connectors.keys()
    assert all(port_of(raw, connector) >= port for connector, port in stream.connectors.items())


def test_everything_is_kept(tmp_path: Path, connect: Callable[..., Any]) -> None:
    """A restart keeps connectors, names, tags, origination, emergency calling, phone numbers and their order."""
    state = {
        "voice_connectors": [
            {
                "name": "support",
                "tags": {"team": "voice"},
                "origination": {"Routes": [{"Host": "a", "Port": 1}]},
                "emergency_calling": {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]},
                "phone_numbers": ["+12065550101"],
            },
            {"name": "sales"},
        ]
    }

    def everything(emulator: Emulator) -> list[Any]:
        chime = connect(emulator.endpoint_url)
        listed = chime.list_voice_connectors()["VoiceConnectors"]
        identity, arn = listed[0]["VoiceConnectorId"], listed[0]["VoiceConnectorArn"]
        return [
            listed,
            chime.list_tags_for_resource(ResourceARN=arn)["Tags"],
            chime.get_voice_connector_origination(VoiceConnectorId=identity)["Origination"],
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=identity)[
                "EmergencyCallingConfiguration"
            ],
            chime.list_phone_numbers()["PhoneNumbers"],
        ]

    with Emulator(data=tmp_path / "state.db") as emulator:
        emulator.seed(state)
        before = everything(emulator)
    with Emulator(data=tmp_path / "state.db") as emulator:
        after = everything(emulator)

    assert [connector["Name"] for connector in before[0]] == ["support", "sales"]
    assert before == after


def test_the_file_is_in_wal_mode(tmp_path: Path) -> None:
    """The file is in WAL mode, so readers do not wait for writers."""
    with Emulator(data=tmp_path / "state.db"):
        pass
    with contextlib.closing(sqlite3.connect(tmp_path / "state.db")) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_second_process_on_the_same_file_is_safe(start_process: Any, raw_at: Any, tmp_path: Path) -> None:
    """Each of two processes sees the other's acknowledged writes immediately, and nothing is lost."""
    data = str(tmp_path / "state.db")
    first, second = (raw_at(start_process("--data", data).endpoint_url) for _ in range(2))
    connector = first.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}).json[
        "VoiceConnector"
    ]
    statuses: list[int] = []

    def tag(raw: Raw, keys: list[str]) -> None:
        for key in keys:
            body = {"ResourceARN": connector["VoiceConnectorArn"], "Tags": [{"Key": key, "Value": ""}]}
            statuses.append(raw.send("POST", "/tags?operation=tag-resource", body).status)

    threads = [
        threading.Thread(target=tag, args=(raw, [f"{name}{number}" for number in range(20)]))
        for raw, name in ((first, "a"), (second, "b"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for port, (writer, reader) in enumerate([(first, second), (second, first)] * 5):
        path = f"/voice-connectors/{connector['VoiceConnectorId']}/origination"
        assert writer.send("PUT", path, body(port)).status == 200
        assert port_of(reader, connector["VoiceConnectorId"]) == port

    arn = connector["VoiceConnectorArn"].replace(":", "%3A").replace("/", "%2F")
    tags = first.send("GET", f"/tags?arn={arn}").json["Tags"]
    assert statuses == [204] * 40
    assert {tag["Key"] for tag in tags} == {f"{name}{number}" for name, number in itertools.product("ab", range(20))}


def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    """The first process creates the file, and the others wait."""
    errors: list[StoreError] = []

    def open_and_close(path: Path) -> None:
        together.wait(60)
        try:
            Store(path).close()
        except StoreError as error:
            errors.append(error)

    for number in range(50):
        together = threading.Barrier(8)
        threads = [threading.Thread(target=open_and_close, args=(tmp_path / f"state-{number}.db",)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors == []


def test_a_rejected_write_changes_nothing(tmp_path: Path, connect: Callable[..., Any]) -> None:
    """In a file, a failed transaction leaves nothing behind, and the next transaction works."""
    with Emulator(data=tmp_path / "state.db") as emulator:
        chime = connect(emulator.endpoint_url)
        connector = emulator.create_voice_connector()
        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": True})
        with pytest.raises(chime.exceptions.BadRequestException):
            chime.put_voice_connector_emergency_calling_configuration(
                VoiceConnectorId=connector,
                EmergencyCallingConfiguration={"DNIS": [{"EmergencyPhoneNumber": "+1206", "CallingCountry": "US"}]},
            )
        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": False})

        assert chime.get_voice_connector_origination(VoiceConnectorId=connector)["Origination"]["Disabled"] is False


def test_a_failing_file_is_reported_in_one_sentence(
    tmp_path: Path, raw_at: Callable[..., Raw], caplog: pytest.LogCaptureFixture
) -> None:
    """Clients get a ServiceFailureException. The log has the file and the reason, without a traceback."""
    path = tmp_path / "state.db"
    with Emulator(data=path, control=True) as emulator:
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.execute("DROP TABLE resource")
        raw = raw_at(emulator.endpoint_url)
        answers = [
            raw.send("GET", "/voice-connectors"),
            raw.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}),
        ]

        seeded = raw.send("POST", "/_emulator/seed", {"voice_connectors": [{}]}, sign=False)

    assert [answer.error for answer in answers] == [(500, "ServiceFailureException")] * 2
    assert (seeded.status, seeded.json) == (500, {"message": caplog.messages[0]})
    assert caplog.messages == [f"cannot use the data file {path}: no such table: resource"] * 2


OLD_TABLES = """
CREATE TABLE voice_connector (
    position INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
    settings TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL, appeared REAL NOT NULL,
    origination TEXT, emergency TEXT, tags TEXT NOT NULL, UNIQUE (account, id, region)
);
CREATE TABLE phone_number (
    position INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
    voice_connector_id TEXT, details TEXT NOT NULL, UNIQUE (account, id, region)
);
CREATE INDEX phone_number_of_connector ON phone_number (account, voice_connector_id);
"""
OLD_SETTINGS = '{"Name": "%s", "AwsRegion": "us-east-1", "RequireEncryption": false, "NetworkType": "IPV4_ONLY"}'
OLD_ORIGINATION = '{"Disabled": false, "Routes": [{"Host": "sbc.example.net", "Port": 5060}]}'
OLD_EMERGENCY = '{"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}'
OLD_NUMBER = (
    '{"PhoneNumberId": "+12065550101", "E164PhoneNumber": "+12065550101", "Country": "US", "Type": "Local",'
    ' "ProductType": "VoiceConnector", "Status": "Assigned"}'
)


def write_old_file(path: Path, version: int) -> None:
    """Writes a data file as schema 1 or 2 of the emulator did: two connectors, one with all settings and a phone number."""
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript(OLD_TABLES)
        insert = "INSERT INTO voice_connector VALUES (?, '000000000000', 'us-east-1', ?, ?, 1.5, 2.25, 0, ?, ?, ?)"
        settings = (OLD_SETTINGS % "support", OLD_ORIGINATION, OLD_EMERGENCY, '{"team": "voice"}')
        database.execute(insert, (7, CONNECTOR, *settings))
        database.execute(insert, (8, OTHER, OLD_SETTINGS % "sales", None, None, "{}"))
        insert = "INSERT INTO phone_number VALUES (3, '000000000000', 'us-east-1', '+12065550101', ?, ?)"
        database.execute(insert, (CONNECTOR, OLD_NUMBER))
        if version == 2:
            database.execute("ALTER TABLE voice_connector ADD COLUMN termination TEXT")
            database.execute("UPDATE voice_connector SET termination = '{\"Disabled\": false}' WHERE position = 7")
        database.execute(f"PRAGMA user_version = {version}")


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_of_an_older_version_is_upgraded(tmp_path: Path, connect: Callable[..., Any], version: int) -> None:
    """It has everything that was stored, when it is opened first and later, and can be changed."""
    path = tmp_path / "state.db"
    write_old_file(path, version)
    for _ in range(2):
        with Emulator(data=path, never_configured="absent") as emulator:
            chime = connect(emulator.endpoint_url)
            support, sales = chime.list_voice_connectors()["VoiceConnectors"]
            tags = chime.list_tags_for_resource(ResourceARN=support["VoiceConnectorArn"])["Tags"]
            origination = chime.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"]
            termination = chime.get_voice_connector_termination(VoiceConnectorId=CONNECTOR).get("Termination")
            emergency = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=CONNECTOR)
            (number,) = chime.list_phone_numbers()["PhoneNumbers"]
            assert (support["Name"], support["VoiceConnectorId"]) == ("support", CONNECTOR)
            assert (support["CreatedTimestamp"].timestamp(), support["UpdatedTimestamp"].timestamp()) == (1.5, 2.25)
            assert (sales["Name"], sales["VoiceConnectorId"]) == ("sales", OTHER)
            assert "Origination" not in chime.get_voice_connector_origination(VoiceConnectorId=OTHER)
            assert tags == [{"Key": "team", "Value": "voice"}]
            assert origination == json.loads(OLD_ORIGINATION)
            assert termination == ({"Disabled": False} if version == 2 else None)
            assert emergency["EmergencyCallingConfiguration"] == json.loads(OLD_EMERGENCY)
            assert number["E164PhoneNumber"] == "+12065550101"
            assert number["Associations"] == [{"Name": "VoiceConnectorId", "Value": CONNECTOR}]
    with Emulator(data=path) as emulator:
        chime = connect(emulator.endpoint_url)
        chime.delete_voice_connector(VoiceConnectorId=OTHER)
        with pytest.raises(chime.exceptions.ConflictException):
            chime.delete_voice_connector(VoiceConnectorId=CONNECTOR)


class TestFilesOfOthers:
    """Files that the emulator did not create are left unchanged."""

    def test_a_text_file(self, tmp_path: Path) -> None:
        """A text file is rejected by name."""
        path = tmp_path / "notes.txt"
        path.write_text("do not touch\n" * 100, encoding="utf-8")
        with pytest.raises(StoreError, match=r"notes\.txt"):
            Emulator(data=path).start()

        assert path.read_text(encoding="utf-8") == "do not touch\n" * 100

    @pytest.mark.parametrize("version", [0, 1, 2, 3])
    def test_another_database(self, tmp_path: Path, version: int) -> None:
        """Another program's database is rejected by name and not modified, whatever its version."""
        path = tmp_path / "other.db"
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE customers (name TEXT)")
            database.execute(f"PRAGMA user_version = {version}")
        database.close()
        before = path.read_bytes()
        with pytest.raises(StoreError, match=r"other\.db is not a data file of this version"):
            Emulator(data=path).start()

        assert path.read_bytes() == before

    def test_another_version(self, tmp_path: Path) -> None:
        """A data file of another version of the emulator is rejected by name."""
        path = tmp_path / "state.db"
        with Emulator(data=path):
            pass
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 99")
        database.close()
        with pytest.raises(
            StoreError, match=r"state\.db is not a data file of this version of the emulator \(schema 99\)"
        ):
            Emulator(data=path).start()

    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        """A missing folder is reported by name."""
        with pytest.raises(StoreError, match=r"nowhere"):
            Emulator(data=tmp_path / "nowhere" / "state.db").start()
