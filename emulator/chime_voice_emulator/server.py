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
from chime_voice_emulator.wire.signature import DEFAULT_ACCOUNT, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from typing_extensions import Self, Unpack

    from chime_voice_emulator.service.call import OptionValues
    from chime_voice_emulator.wire.requestlog import Request

_START_SECONDS = 30.0
_BACKLOG = 2048
_GRACE_SECONDS = 2.0
_TURNS_TO_CONNECT = 5
_MAX_PORT = 65535


class Emulator:
    """A local emulator of Chime SDK Voice.

    Use it as a context manager, or call `start` and `stop`::

        with Emulator() as emulator:
            boto3.client("chime-sdk-voice", endpoint_url=emulator.endpoint_url, …)

    Args:
        data: the file for the state, which is created if it does not exist. By default the state is in memory.
        port: the TCP port; 0 selects a free one.
        host: a loopback address, or ``localhost``.
        credentials: access key -> ``{"secret", "account", "session_token"}``, or a JSON file with this mapping. By default
            any access key works with the secret ``test``, and each is a separate account.
        control: whether to serve ``/_emulator/…``, for programs in other processes.
        log_size: the maximum number of requests in `requests`.
        request_timeout: how long a client can take to send a request's head, and then its body, in seconds.
        options: undocumented behaviour: ``never_configured``, ``put_omitted``, ``emergency_refusal``, ``most_routes``,
            ``private_hosts``, ``twin_routes`` and ``shared_regions``. See `Options`.

    Raises:
        ValueError: an argument is not valid, or ``host`` is not a loopback address.
        StoreError: the data file cannot be used.
        OSError: the port is in use, or the credentials file cannot be read.
    """

    def __init__(
        self,
        *,
        data: str | Path | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        credentials: Mapping[str, Mapping[str, str]] | str | Path | None = None,
        control: bool = False,
        log_size: int = 10_000,
        request_timeout: float = 30.0,
        **options: Unpack[OptionValues],
    ) -> None:
        self._host = check_loopback(host)
        self._port = _check_port(port)
        self._data = None if data is None else Path(data)
        self._credentials = (
            Credentials.from_file(Path(credentials))
            if isinstance(credentials, (str, Path))
            else Credentials(credentials)
        )
        self._options = Options(**options)
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
        """Starts the server, and returns when it accepts connections. Raises StoreError and OSError."""
        if self._running is not None:
            raise RuntimeError("the emulator is already running")
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
        """Stops the server, and discards state that is in memory. Stopping twice does nothing."""
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
        """The service endpoint for clients, such as ``http://127.0.0.1:49152``."""
        host, port = self._live.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point AWS clients at the emulator: endpoint, credentials and region.

        boto3 reads AWS_DEFAULT_REGION, and the other SDKs AWS_REGION.
        """
        return {
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": self.endpoint_url,
            **self._credentials.environment(),
            "AWS_REGION": DEFAULT_REGION,
            "AWS_DEFAULT_REGION": DEFAULT_REGION,
        }

    @property
    def requests(self) -> list[Request]:
        """A copy of the log of the last requests, in the order in which they were answered."""
        return self._log.all()

    def clear_requests(self) -> None:
        """Clears the request log."""
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
        """Creates a voice connector without a request. It replaces an existing one and its settings.

        Args:
            voice_connector_id: the ID, which must match the model's pattern; by default a random one.
            name: the name; by default derived from the ID.
            region: the region of the endpoint that can see it.
            account: its account, twelve digits.
            require_encryption: whether signaling must be encrypted.
            network_type: ``IPV4_ONLY`` or ``DUAL_STACK``.

        Returns:
            The ID.

        Raises:
            ValueError: the service would reject an argument.
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
        """Stores voice connectors, their settings and phone numbers without requests.

        Args:
            state: the content of a ``--seed`` file; see ``docs/emulator.md``.
            replace: whether to replace existing connectors and phone numbers.

        Returns:
            The IDs of the voice connectors, in the order of ``state``.

        Raises:
            ValueError: the service would reject a value; nothing is stored.
        """
        return load_seed(self._live.store, state, replace=replace, skew=self.faults.clock_skew)


class _Running:
    """A running server: its thread, its socket and its store."""

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
            raise RuntimeError(f"the emulator did not start within {_START_SECONDS:.0f} seconds")

    def stop(self) -> None:
        """Finishes requests in progress, for at most two seconds, and stops."""
        self._server.stop()
        self._thread.join()
        self._application.close()
        self.store.close()


class _Server(uvicorn.Server):
    """A uvicorn server with an event for the start and without a delay at the end."""

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
        """Starts, and sets `accepting`."""
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.accepting.set()

    async def main_loop(self) -> None:
        """Serves until `stop`. uvicorn's own loop polls ten times a second."""
        await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Waits for requests in progress, and closes the connections of those that take too long."""
        loop = asyncio.get_running_loop()
        loop.call_later(_GRACE_SECONDS, self._hang_up)
        # If a connection is accepted at the moment at which its server closes, it stays half open (seen in CPython 3.11).
        # So stop accepting first, and give accepted connections the loop iterations that they need.
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
            # After the connections are closed, so that no client gets half a response.
            asyncio.get_running_loop().call_soon(task.cancel)

    def stop(self) -> None:
        """Stops the server. Call this from another thread, after the server has started."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)


def check_loopback(host: str) -> str:
    """Returns ``host``. Raises ValueError if it is not a loopback address."""
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(
            f"{host} is not a loopback address: the emulator has no real authentication, so it listens only on this machine"
            " (127.0.0.1, ::1 or localhost)"
        )
    return host


def _check_port(port: int) -> int:
    # getaddrinfo accepts any number and truncates it to 16 bits.
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
