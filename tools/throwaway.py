"""Creates a voice connector for a few minutes, and deletes it however the work on it ends. For Linux and macOS."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

YOUNG_SECONDS = 60.0
"""How long requests for a new voice connector may return NotFound."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CALL_ERRORS = (BotoCoreError, ClientError, ResponseParserError, ValueError)
"""The errors of a call to AWS that are not bugs of the caller."""
_SERVER_ERROR = 500


def one_line(error: Exception) -> str:
    """Returns the error in one line, without a full stop."""
    return " ".join(str(error).split()).rstrip(".")


def repeat_until(deadline: float, read: Callable[[], Any], accepted: Callable[[Any], bool]) -> Any:
    """Calls `read` until a result is accepted or `deadline`, a time of `time.monotonic`, has passed. Returns the last result."""
    pause = 0.2
    while True:
        result = read()
        if accepted(result) or time.monotonic() + pause > deadline:
            return result
        time.sleep(pause)
        pause = min(pause * 2, 5.0)


@contextlib.contextmanager
def signal_mask(how: signal.Sigmasks) -> Iterator[None]:
    """Blocks Ctrl-C, SIGTERM and SIGHUP (SIG_BLOCK) within the block, or unblocks them (SIG_UNBLOCK)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # A signal that was blocked until now ends the block here, as KeyboardInterrupt.
        signal.pthread_sigmask(how, STOP_SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class Throwaway:
    """A voice connector that is created and deleted by name, because the response to its creation can be lost.

    Attributes:
        client: of its region.
        log: prints a line.
        cli_options: the options with which the AWS CLI reaches the same endpoint.
        name: a unique name.
        created: when the request was sent, by `time.monotonic`; None if it was not.
        id: its ID; empty if AWS did not return one.
        is_unsure: whether another voice connector of this name may exist.
    """

    client: Any
    log: Callable[[str], None]
    cli_options: list[str]
    name: str = field(default_factory=lambda: f"pulumi-chime-voice-observe-{secrets.token_hex(6)}")
    created: float | None = None
    id: str = ""
    is_unsure: bool = False

    def create(self) -> None:
        """Creates it in the region of the client. The default of the API is us-east-1, whichever endpoint is called."""
        self.created = time.monotonic()
        try:
            response = self.client.create_voice_connector(
                Name=self.name, AwsRegion=self.client.meta.region_name, RequireEncryption=False
            )
        except ClientError as error:
            metadata = error.response["ResponseMetadata"]
            self.is_unsure = bool(metadata.get("RetryAttempts")) or metadata["HTTPStatusCode"] >= _SERVER_ERROR
            raise
        except (HTTPClientError, ResponseParserError):
            self.is_unsure = True
            raise
        self.id = response.get("VoiceConnector", {}).get("VoiceConnectorId", "")
        self.is_unsure = not self.id or bool(response["ResponseMetadata"].get("RetryAttempts"))
        if not self.id:
            raise ValueError("AWS's answer to CreateVoiceConnector has no voice connector in it")

    def wait_until_found(self) -> None:
        """Waits until the service finds it. Raises ClientError if that takes more than a minute."""

        def failure() -> Exception | None:
            try:
                self.client.get_voice_connector(VoiceConnectorId=self.id)
            except self.client.exceptions.NotFoundException as error:
                return error
            return None

        error = repeat_until(time.monotonic() + YOUNG_SECONDS, failure, lambda error: error is None)
        if error is not None:
            raise error

    def delete(self) -> bool:
        """Deletes it and logs that. Returns whether it is certain that nothing is left."""
        if self.created is None:
            return True
        found = {self.id} if self.id else set()
        is_clear = True
        if self.is_unsure:
            try:
                # If the ID is known, another one is unlikely: no need to wait for it.
                deadline = time.monotonic() if found else self.created + YOUNG_SECONDS
                found |= repeat_until(deadline, self._of_that_name, bool)
                is_clear = bool(found)
            except CALL_ERRORS:
                is_clear = False
        for connector in sorted(found):
            is_clear = self._delete(connector) and is_clear
        if self.is_unsure and not is_clear:
            self.log(
                f"Whether a voice connector named {self.name} was left behind is not known. Look for it: "
                f"{self._command('list-voice-connectors')}"
            )
        return is_clear

    def _of_that_name(self) -> set[str]:
        found, page = set(), self.client.list_voice_connectors()
        while True:
            found |= {entry["VoiceConnectorId"] for entry in page["VoiceConnectors"] if entry["Name"] == self.name}
            if not page.get("NextToken"):
                return found
            page = self.client.list_voice_connectors(NextToken=page["NextToken"])

    def _delete(self, connector: str) -> bool:
        def attempt() -> Exception | None:
            try:
                self.client.delete_voice_connector(VoiceConnectorId=connector)
            except CALL_ERRORS as error:
                return error
            return None

        # A new voice connector may not be found yet: retry until it is.
        deadline = (self.created or 0.0) + YOUNG_SECONDS
        error = repeat_until(
            deadline, attempt, lambda error: not isinstance(error, self.client.exceptions.NotFoundException)
        )
        if error is None:
            self.log(f"Deleted voice connector {connector}.")
            return True
        command = self._command("delete-voice-connector", "--voice-connector-id", connector)
        self.log(f"Voice connector {connector} was not deleted ({one_line(error)}). Delete it: {command}")
        return False

    def _command(self, *words: str) -> str:
        return shlex.join(["aws", "chime-sdk-voice", *words, *self.cli_options])
