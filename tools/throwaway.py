"""A voice connector for a few minutes: it is deleted however the work on it ends. For Linux and macOS."""

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
"""How long a new voice connector may answer NotFound."""
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
TROUBLE = (BotoCoreError, ClientError, ResponseParserError, ValueError)
"""What a call to AWS raises that is no bug of the caller."""
_SERVER_ERROR = 500


def sentence(error: Exception) -> str:
    """The error in one line, without a full stop."""
    return " ".join(str(error).split()).rstrip(".")


def again_until(deadline: float, ask: Callable[[], Any], enough: Callable[[Any], bool]) -> Any:
    """The first answer that is enough, or the last one before `deadline`, a time of `time.monotonic`."""
    pause = 0.2
    while True:
        answer = ask()
        if enough(answer) or time.monotonic() + pause > deadline:
            return answer
        time.sleep(pause)
        pause = min(pause * 2, 5.0)


@contextlib.contextmanager
def stops(how: signal.Sigmasks) -> Iterator[None]:
    """Holds back Ctrl-C, SIGTERM and SIGHUP (SIG_BLOCK) within the block, or lets them through (SIG_UNBLOCK)."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # One that was held back ends the block here, as KeyboardInterrupt.
        signal.pthread_sigmask(how, STOPS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass
class Throwaway:
    """A voice connector that is created and deleted by name, since the answer to its creation can be lost.

    Attributes:
        client: of its region.
        say: prints a line.
        where: the AWS CLI's options that reach the same place.
        name: which no other has.
        created: when the request was sent, by `time.monotonic`; None if it was not.
        known: its ID; empty if AWS did not say.
        is_unsure: whether there may be another one of that name than `known`.
    """

    client: Any
    say: Callable[[str], None]
    where: list[str]
    name: str = field(default_factory=lambda: f"pulumi-chime-voice-observe-{secrets.token_hex(6)}")
    created: float | None = None
    known: str = ""
    is_unsure: bool = False

    def create(self) -> None:
        """Creates it, in the region of the client: its default is us-east-1, whichever endpoint is asked."""
        self.created = time.monotonic()
        try:
            made = self.client.create_voice_connector(
                Name=self.name, AwsRegion=self.client.meta.region_name, RequireEncryption=False
            )
        except ClientError as error:
            metadata = error.response["ResponseMetadata"]
            self.is_unsure = bool(metadata.get("RetryAttempts")) or metadata["HTTPStatusCode"] >= _SERVER_ERROR
            raise
        except (HTTPClientError, ResponseParserError):
            self.is_unsure = True
            raise
        self.known = made.get("VoiceConnector", {}).get("VoiceConnectorId", "")
        self.is_unsure = not self.known or bool(made["ResponseMetadata"].get("RetryAttempts"))
        if not self.known:
            raise ValueError("AWS's answer to CreateVoiceConnector has no voice connector in it")

    def await_it(self) -> None:
        """Waits until the service knows it. Raises ClientError if it does not within a minute."""

        def failure() -> Exception | None:
            try:
                self.client.get_voice_connector(VoiceConnectorId=self.known)
            except self.client.exceptions.NotFoundException as error:
                return error
            return None

        error = again_until(time.monotonic() + YOUNG_SECONDS, failure, lambda one: one is None)
        if error is not None:
            raise error

    def delete(self) -> bool:
        """Deletes it, and says so; whether nothing is left, or may be."""
        if self.created is None:
            return True
        found = {self.known} if self.known else set()
        is_clear = True
        if self.is_unsure:
            try:
                # One whose ID is known needs no patience: that there is another is unlikely.
                deadline = time.monotonic() if found else self.created + YOUNG_SECONDS
                found |= again_until(deadline, self._of_that_name, bool)
                is_clear = bool(found)
            except TROUBLE:
                is_clear = False
        for connector in sorted(found):
            is_clear = self._delete(connector) and is_clear
        if self.is_unsure and not is_clear:
            self.say(
                f"Whether a voice connector named {self.name} was left behind is not known. Look for it: "
                f"{self._command('list-voice-connectors')}"
            )
        return is_clear

    def _of_that_name(self) -> set[str]:
        found, page = set(), self.client.list_voice_connectors()
        while True:
            found |= {one["VoiceConnectorId"] for one in page["VoiceConnectors"] if one["Name"] == self.name}
            if not page.get("NextToken"):
                return found
            page = self.client.list_voice_connectors(NextToken=page["NextToken"])

    def _delete(self, connector: str) -> bool:
        def attempt() -> Exception | None:
            try:
                self.client.delete_voice_connector(VoiceConnectorId=connector)
            except TROUBLE as error:
                return error
            return None

        # A new one may not be found yet: it is deleted as soon as it is.
        deadline = (self.created or 0.0) + YOUNG_SECONDS
        error = again_until(
            deadline, attempt, lambda one: not isinstance(one, self.client.exceptions.NotFoundException)
        )
        if error is None:
            self.say(f"Deleted voice connector {connector}.")
            return True
        command = self._command("delete-voice-connector", "--voice-connector-id", connector)
        self.say(f"Voice connector {connector} was not deleted ({sentence(error)}). Delete it: {command}")
        return False

    def _command(self, *words: str) -> str:
        return shlex.join(["aws", "chime-sdk-voice", *words, *self.where])
