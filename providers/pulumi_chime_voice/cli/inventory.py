"""Reads the voice connectors of an account: regions in parallel, with partial results if some cannot be read."""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from ..aws.traffic import InboundCalls, Traffic
from ..errors import ApiError, NotFoundError
from ..origination.api import ORIGINATION_API
from ..origination.routes import Settings
from .threads import Threads, gather

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from ..aws.client import ChimeSdkVoice, ConnectorGroup, VoiceConnector
    from .rich_output import Update

_THREADS = 8

FATAL_CODES = ("CredentialRetrievalError", "NoCredentialsError")  # every other call would fail as well

NOT_COUNTED = (
    "Inbound calls cannot be counted: set AWS_ENDPOINT_URL_CLOUDWATCH, because the service endpoint is not AWS's."
)
NONE_IN_REGION = (
    "reading inbound calls of Voice Connector {id}: CloudWatch in {region} counted none, but the voice connector's own region is "
    "not known. Grant chime:GetVoiceConnector."
)

_T = TypeVar("_T")


@dataclass(frozen=True)
class ConnectorSnapshot:
    """A voice connector and what was read of it; None stands for what could not be read, or was not requested.

    Attributes:
        region: of the endpoint that knows it.
        settings: its origination; empty if none was configured.
        before: its inbound calls of the window before that of `traffic`.
    """

    id: str
    region: str
    connector: VoiceConnector | None = None
    settings: Settings | None = None
    emergency_calling: bool | None = None
    phone_numbers: int | None = None
    groups: tuple[ConnectorGroup, ...] | None = None
    traffic: Traffic | None = None
    before: Traffic | None = None


@dataclass(frozen=True)
class ReadError:
    """Something that could not be read. If it is vital, a voice connector or its settings are missing."""

    what: str
    sentence: str
    code: str
    vital: bool


@dataclass
class Inventory:
    """The voice connectors of an account, and what could not be read."""

    found: list[ConnectorSnapshot] = field(default_factory=list)
    unread: list[ReadError] = field(default_factory=list)


@dataclass
class InventoryReader:
    """Reads voice connectors on several threads.

    Attributes:
        regions: whose endpoints are read, in this order.
        details: whether phone numbers are counted, and groups read.
        minutes: the length of the window, up to now, whose calls are counted; None if they are not.
        before: the length and the end of a window before it, whose calls are also counted.
    """

    api: ChimeSdkVoice
    regions: Sequence[str]
    details: bool = True
    minutes: int | None = None
    before: tuple[int, datetime.datetime] | None = None
    progress: Update = lambda *_: None
    _unread: list[ReadError] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._inbound_calls = InboundCalls(self.api, persistent=True)

    def read(self, ids: Sequence[str]) -> Inventory:
        """Reads the voice connectors of these IDs, each in the first region that knows it.

        Without IDs, it reads every voice connector of the regions; one that answers in several of them is read once.

        Raises:
            ApiError: no credentials, or none that can be used: see `FATAL_CODES`.
            ConfigurationError: no session can be made.
        """
        with Threads(_THREADS) as threads:
            if ids:
                places = [threads.submit(self._look_for, id_) for id_ in dict.fromkeys(ids)]
                looked_for = gather(places, "Looking for voice connectors", self.progress)
                found = [snapshot for snapshot in looked_for if snapshot is not None]
            else:
                found = [ConnectorSnapshot(entry.id, region, entry) for region, entry in self._list(threads)]
            return self._complete(threads, found, counts_each=bool(ids))

    def _complete(self, threads: Threads, found: Sequence[ConnectorSnapshot], *, counts_each: bool) -> Inventory:
        """Reads what belongs to voice connectors, at the same time.

        Args:
            counts_each: whether a separate call counts the phone numbers of each. Otherwise one call counts those of a region.
        """
        submit_once: Any = functools.cache(threads.submit)  # for what concerns a whole region
        reads = [
            (
                threads.submit(self._settings, each),
                threads.submit(self._emergency_calling, each),
                threads.submit(self._calls, each),
                submit_once(self._numbers, each.region, each.id if counts_each else None),
                submit_once(self._groups, each.region),
            )
            for each in found
        ]
        gather([settings for settings, *_ in reads], "Reading voice connectors", self.progress)
        completed = []
        for each, (settings, emergency_calling, calls, numbers, groups) in zip(found, reads, strict=True):
            (traffic, before), counts, listed = calls.result(), numbers.result(), groups.result()
            completed.append(
                replace(
                    each,
                    settings=settings.result(),
                    emergency_calling=emergency_calling.result(),
                    phone_numbers=None if counts is None else counts[each.id],
                    groups=None if listed is None else tuple(group for group in listed if each.id in group.priorities),
                    traffic=traffic,
                    before=before,
                )
            )
        # Without duplicates: all voice connectors of a region may share a failure, such as that of CloudWatch.
        unread = sorted(set(self._unread), key=lambda error: (not error.vital, error.what, error.sentence))
        return Inventory(completed, unread)

    # --- one region, one connector

    def _list(self, threads: Threads) -> list[tuple[str, VoiceConnector]]:
        """Lists (region of the endpoint, voice connector), by region in the given order, then by name."""
        counted: Counter[str] = Counter()

        def listing(region: str) -> list[VoiceConnector]:
            connectors: list[VoiceConnector] = []
            try:
                for connector in self.api.voice_connectors(region):
                    connectors.append(connector)
                    counted[region] = len(connectors)
                    self.progress("Listing voice connectors", sum(dict(counted).values()), None)
            except ApiError as error:
                self._note("voice connectors", error, vital=True)
            return sorted(connectors, key=lambda connector: (connector.name.casefold(), connector.name, connector.id))

        everywhere = zip(self.regions, threads.map(listing, self.regions), strict=True)
        listed = [(region, connector) for region, connectors in everywhere for connector in connectors]
        # A voice connector may answer on the endpoints of several regions: then its own is the one that counts.
        best: dict[tuple[str, str], str] = {}
        for region, connector in listed:
            key = connector.id, connector.region
            if key not in best or region == connector.region:
                best[key] = region
        return [(region, connector) for region, connector in listed if best[connector.id, connector.region] == region]

    def _look_for(self, id_: str) -> ConnectorSnapshot | None:
        last: ApiError | None = None
        for region in self.regions:
            try:
                return self._look_in(id_, region)
            except NotFoundError as error:
                last = last or error
            except ApiError as error:
                last = error
        if isinstance(last, NotFoundError) and len(self.regions) > 1:
            regions = " or ".join([", ".join(self.regions[:-1]), self.regions[-1]])
            sentence = (
                f"Voice Connector {id_} was not found in {regions}: check its ID, and the account of the credentials."
            )
            self._unread.append(ReadError("voice connector", sentence, last.code, vital=True))
        elif last is not None:
            self._note("voice connector", last, vital=True)
        return None

    def _look_in(self, id_: str, region: str) -> ConnectorSnapshot:
        """Raises NotFoundError if the region does not know it, and another ApiError if nothing can be read."""
        try:
            return ConnectorSnapshot(id_, region, self.api.voice_connector(id_, region))
        except NotFoundError:
            raise
        except ApiError as refused:
            try:
                settings = ORIGINATION_API.get(self.api, id_, region) or Settings()
            except NotFoundError:
                raise refused from None
            self._note("voice connector", refused, vital=False)
            return ConnectorSnapshot(id_, region, settings=settings)

    def _settings(self, snapshot: ConnectorSnapshot) -> Settings | None:
        def read() -> Settings:
            try:
                return ORIGINATION_API.get(self.api, snapshot.id, snapshot.region) or Settings()
            except NotFoundError:
                return Settings()

        return snapshot.settings or self._read_or_note("origination", read, vital=True)

    def _emergency_calling(self, snapshot: ConnectorSnapshot) -> bool | None:
        id_, region = snapshot.id, snapshot.region
        return self._read_or_note("emergency calling", lambda: self.api.has_emergency_calling(id_, region))

    def _calls(self, snapshot: ConnectorSnapshot) -> tuple[Traffic | None, Traffic | None]:
        """Returns the counts of calls of the window, and of the one before it."""
        traffic = self._traffic(snapshot, self.minutes) if self.minutes else None
        # Without the counts of now, those of before are of no use.
        return traffic, self._traffic(snapshot, *self.before) if self.before and traffic else None

    def _traffic(
        self, snapshot: ConnectorSnapshot, minutes: int, end: datetime.datetime | None = None
    ) -> Traffic | None:
        """Returns the counts of the voice connector's own region. If that is unknown, a count of zero may be wrong."""
        connector, id_, region = snapshot.connector, snapshot.id, snapshot.region
        calls = self._inbound_calls(id_, connector.region if connector else region, minutes, end)
        if calls is None:
            self._unread.append(ReadError("inbound calls", NOT_COUNTED, "NoEndpoint", vital=False))
        elif isinstance(calls, ApiError):
            self._note("inbound calls", calls, vital=False)
        elif connector is None and not calls.attempts:
            sentence = NONE_IN_REGION.format(id=id_, region=region)
            self._unread.append(ReadError("inbound calls", sentence, "UnknownRegion", vital=False))
        else:
            return calls
        return None

    def _numbers(self, region: str, id_: str | None) -> Counter[str] | None:
        if not self.details:
            return None
        return self._read_or_note("phone numbers", lambda: self.api.count_phone_numbers(region, id_))

    def _groups(self, region: str) -> list[ConnectorGroup] | None:
        if not self.details:
            return None
        return self._read_or_note("groups", lambda: list(self.api.voice_connector_groups(region)))

    def _read_or_note(self, what: str, read: Callable[[], _T], *, vital: bool = False) -> _T | None:
        """Returns what is read; None if it cannot be read, which is noted."""
        try:
            return read()
        except ApiError as error:
            self._note(what, error, vital=vital)
            return None

    def _note(self, what: str, error: ApiError, *, vital: bool) -> None:
        if error.code in FATAL_CODES:
            raise error
        self._unread.append(ReadError(what, str(error), error.code, vital))
