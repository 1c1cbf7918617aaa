"""The emulator as a server: `Emulator` runs the endpoint in a thread of this process."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from chime_voice_emulator.faults import Faults
from chime_voice_emulator.model import DEFAULT_REGION
from chime_voice_emulator.seed import load_seed
from chime_voice_emulator.service.call import Options
from chime_voice_emulator.store import Store
from chime_voice_emulator.wire import control
from chime_voice_emulator.wire.app import Application
from chime_voice_emulator.wire.protocol import Protocol
from chime_voice_emulator.wire.requestlog import RequestLog
from chime_voice_emulator.wire.signature import DEFAULT_ACCESS_KEY, DEFAULT_ACCOUNT, DEFAULT_SECRET, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self

    from chime_voice_emulator.service.call import (
        EmergencyRefusal,
        MostRoutes,
        NeverConfigured,
        PrivateHosts,
        PutOmitted,
        SharedRegions,
        TwinRoutes,
    )
    from chime_voice_emulator.wire.requestlog import Request

_START_SECONDS = 30.0
_BACKLOG = 2048
_GRACE_SECONDS = 2.0
_TURNS_TO_CONNECT = 5
_MAX_PORT = 65535


class Emulator:
    """A local endpoint that stands in for Chime SDK Voice.

    Use it as a context manager, or call `start` and `stop`::

        with Emulator() as emulator:
            boto3.client("chime-sdk-voice", endpoint_url=emulator.endpoint_url, …)

    Args:
        data: the file that keeps the state; made if absent. By default the state is in memory.
        port: the TCP port, 0 for a free one.
        host: a loopback address, or ``localhost``.
        credentials: access key -> ``{"secret", "account", "session_token"}``, or a JSON file of that; by default any access
            key with the secret ``test`` is an account of its own.
        never_configured: see `Options`, as for the next six.
        put_omitted: see `Options`.
        emergency_refusal: see `Options`.
        shared_regions: see `Options`.
        most_routes: see `Options`.
        private_hosts: see `Options`.
        twin_routes: see `Options`.
        control: whether ``/_emulator/…`` answers, for programs in other processes.
        log_size: how many requests `requests` keeps.
        request_timeout: seconds that a client may take to send a request's head, and again for its body.

    Raises:
        ValueError: an argument that cannot be; ``host`` is not loopback.
        StoreError: the data file cannot be used.
        OSError: the port is taken, or the credentials file cannot be read.
    """

    def __init__(
        self,
        *,
        data: str | Path | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        credentials: Mapping[str, Mapping[str, str]] | str | Path | None = None,
        never_configured: NeverConfigured = "404",
        put_omitted: PutOmitted = "replace",
        emergency_refusal: EmergencyRefusal = "BadRequestException",
        shared_regions: SharedRegions | bool = False,
        most_routes: MostRoutes = "20",
        private_hosts: PrivateHosts = "accept",
        twin_routes: TwinRoutes = "keep",
        control: bool = False,
        log_size: int = 10_000,
        request_timeout: float = 30.0,
    ) -> None:
        self._host = check_loopback(host)
        self._port = _check_port(port)
        self._data = None if data is None else Path(data)
        self._credentials = (
            Credentials.from_file(Path(credentials))
            if isinstance(credentials, (str, Path))
            else Credentials(credentials)
        )
        self._options = Options(
            never_configured=never_configured,
            put_omitted=put_omitted,
            emergency_refusal=emergency_refusal,
            shared_regions=shared_regions,
            most_routes=most_routes,
            private_hosts=private_hosts,
            twin_routes=twin_routes,
        )
        self._control = control
        self._request_timeout = request_timeout
        self._log = RequestLog(log_size)
        self._running: _Running | None = None
        self.faults = Faults()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start serving; returns when connections are accepted. Raises StoreError and OSError."""
        if self._running is not None:
            raise RuntimeError("the emulator is running already")
        listener = _listen(self._host, self._port)
        try:
            store = Store(self._data)
        except BaseException:
            listener.close()
            raise
        application = Application(
            store,
            self._credentials,
            self._options,
            self.faults,
            self._log,
            request_timeout=self._request_timeout,
            extra_routes=control.routes(self) if self._control else [],
        )
        self._running = _Running(listener, store, application)

    def stop(self) -> None:
        """Stop serving; what is kept in memory is gone. Stopping twice does nothing."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    @property
    def _live(self) -> _Running:
        if self._running is None:
            raise RuntimeError("the emulator is not running")
        return self._running

    @property
    def endpoint_url(self) -> str:
        """The URL to give to clients, such as ``http://127.0.0.1:49152``."""
        host, port = self._live.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point AWS clients here: endpoint, credentials and region."""
        return {
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": DEFAULT_ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": DEFAULT_SECRET,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }

    @property
    def requests(self) -> list[Request]:
        """The last requests, in the order in which they were answered. A copy."""
        return self._log.all()

    def clear_requests(self) -> None:
        """Forget all requests."""
        self._log.clear()

    def create_voice_connector(
        self,
        *,
        voice_connector_id: str | None = None,
        name: str | None = None,
        region: str = DEFAULT_REGION,
        account: str = DEFAULT_ACCOUNT,
        require_encryption: bool = False,
        network_type: str = "IPV4_ONLY",
    ) -> str:
        """Make a voice connector without a request. One that is there already is replaced, with all its settings.

        Args:
            voice_connector_id: by default a random one; it must match the model's pattern.
            name: by default derived from the id.
            region: the region of the endpoint that sees it.
            account: its account, twelve digits.
            require_encryption: whether signaling is encrypted.
            network_type: ``IPV4_ONLY`` or ``DUAL_STACK``.

        Returns:
            Its id.

        Raises:
            ValueError: an argument that the service would refuse.
        """
        entry: dict[str, Any] = {
            "region": region,
            "account": account,
            "require_encryption": require_encryption,
            "network_type": network_type,
        }
        if voice_connector_id is not None:
            entry["id"] = voice_connector_id
        if name is not None:
            entry["name"] = name
        (made,) = load_seed(
            self._live.store, {"voice_connectors": [entry]}, replace=True, new=True, skew=self.faults.clock_skew
        )
        return made

    def seed(self, state: Mapping[str, Any], *, replace: bool = True) -> list[str]:
        """Put voice connectors, with their settings, and phone numbers into the store without requests.

        Args:
            state: what the file of ``--seed`` holds; see ``docs/emulator.md``.
            replace: whether to replace what is there already, or to leave it as it is.

        Returns:
            The ids of the voice connectors, in the order of ``state``.

        Raises:
            ValueError: something that the service would refuse; nothing is stored.
        """
        return load_seed(self._live.store, state, replace=replace, skew=self.faults.clock_skew)


class _Running:
    """A server under way: its thread, its socket and its store."""

    def __init__(self, listener: socket.socket, store: Store, application: Application) -> None:
        self.store = store
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self._application = application
        self._server = _Server(application)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="chime-voice-emulator", daemon=True
        )
        self._thread.start()
        if not self._server.accepting.wait(_START_SECONDS):
            raise RuntimeError("the emulator did not start")

    def stop(self) -> None:
        """Answer what is under way, for two seconds at most, and stop."""
        self._server.stop()
        self._thread.join()
        self._application.close()
        self.store.close()


class _Server(uvicorn.Server):
    """uvicorn, which says when it accepts connections and stops at once."""

    def __init__(self, application: Application) -> None:
        super().__init__(
            uvicorn.Config(
                application,
                interface="asgi3",
                http=Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                date_header=False,
                backlog=_BACKLOG,
            )
        )
        self.accepting = threading.Event()
        self._stopping = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.accepting.set()

    async def main_loop(self) -> None:
        """Serve until `stop`; uvicorn's own loop looks ten times a second whether it should."""
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let requests under way end; close the connections of those that take longer."""
        loop = asyncio.get_running_loop()
        loop.call_later(_GRACE_SECONDS, self._hang_up)
        # A connection that is accepted in the very moment in which its server closes would be left half open (seen in
        # CPython 3.11). So nothing more is accepted first, and what was accepted gets the turns that it needs.
        with contextlib.suppress(NotImplementedError):
            for listener in [listener for server in self.servers for listener in server.sockets]:
                loop.remove_reader(listener.fileno())
        for _ in range(_TURNS_TO_CONNECT):
            await asyncio.sleep(0)
        await super().shutdown(sockets)

    def _hang_up(self) -> None:
        for connection in self.server_state.connections:
            connection.transport.abort()
        for task in self.server_state.tasks:
            # After the connections are gone, so that nobody is sent half a sentence.
            asyncio.get_running_loop().call_soon(task.cancel)

    def stop(self) -> None:
        """Stop serving. To be called from another thread, once connections are accepted."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)


def check_loopback(host: str) -> str:
    """``host`` if only this machine can reach it. Raises ValueError for any other."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(
            f"{host} is not a loopback address: the emulator has no real authentication, so it listens on this machine only"
            " (127.0.0.1, ::1 or localhost)"
        )
    return host


def _check_port(port: int) -> int:
    # The name service takes any number and cuts it off at 16 bits.
    if not 0 <= port <= _MAX_PORT:
        raise ValueError(f"{port} is not a TCP port from 0 to {_MAX_PORT}")
    return port


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener
