"""The ASGI application, which maps HTTP requests to operations.

The steps of a request are, in this order: read the body (at most 1 MiB), wait for the latency, verify the signature, apply the
rate limit, apply a planned fault, check the content type and parse the body, validate the input and run the operation.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.routing import Route, Router

from chime_voice_emulator.model import SERVICE, ServiceError, bad_request
from chime_voice_emulator.service.operations import SERVED, WRITES, Operations
from chime_voice_emulator.store import StoreError
from chime_voice_emulator.wire.exchange import Exchange, Reply
from chime_voice_emulator.wire.requestlog import Request, RequestLog, connector_in, redacted
from chime_voice_emulator.wire.signature import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.routing import BaseRoute
    from starlette.types import Receive, Scope, Send

    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.model import Input, Operation
    from chime_voice_emulator.service.call import Caller, Options
    from chime_voice_emulator.store import Store
    from chime_voice_emulator.wire.signature import Credentials

_MAX_QUERY_PARAMETERS = 100

logger = logging.getLogger("chime_voice_emulator")


class Application:
    """The ASGI application.

    Args:
        store: the connectors and phone numbers.
        credentials: the accepted access keys.
        options: undocumented behaviour.
        faults: the faults to inject.
        log: the request log.
        request_timeout: how long a client can take to send a request's head, and then its body, in seconds.
        extra_routes: routes in addition to the service's.
    """

    def __init__(
        self,
        store: Store,
        credentials: Credentials,
        options: Options,
        faults: Faults,
        log: RequestLog,
        *,
        request_timeout: float = 30.0,
        extra_routes: list[BaseRoute] | None = None,
    ) -> None:
        self._store = store
        self._credentials = credentials
        self._faults = faults
        self._log = log
        self.request_timeout = request_timeout
        self._operations = Operations(store, options, faults)
        # One thread writes to a data file, so that a commit that waits for the disk does not block other requests.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chime-voice-writer")
        self._router = Router([*(extra_routes or []), *self._routes()], redirect_slashes=False, default=self._unknown)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        await self._router(scope, receive, send)

    def close(self) -> None:
        """Waits for writes in progress."""
        self._writer.shutdown()

    def _routes(self) -> list[BaseRoute]:
        # Routes are tried in order: supported operations come first.
        by_path: dict[str, list[Operation]] = {}
        for operation in sorted(SERVICE.operations.values(), key=lambda operation: operation.name not in SERVED):
            by_path.setdefault(operation.path, []).append(operation)
        return [_ExactRoute(path, _Endpoint(self, operations)) for path, operations in by_path.items()]

    async def _unknown(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.serve(None, Exchange(scope, receive, send))

    async def serve(self, operation: Operation | None, exchange: Exchange) -> None:
        """Answers one request for ``operation``, which is None if no operation has this method and path."""
        try:
            reply = await self._reply(operation, exchange)
        except ServiceError as error:
            reply = Reply.of_error(error)
        except ConnectionResetError:
            self._log_request(operation, exchange, 0)
            return
        except StoreError as error:
            logger.error("%s", error)
            reply = Reply.of_error(
                ServiceError("ServiceFailureException", "The emulator's data file failed; see its log.")
            )
        except Exception as error:
            # A bug in the emulator. The message could contain data of the request, so only its type and place are logged.
            logger.exception("%s\n%s", type(error).__name__, _traceback(error), exc_info=False)
            reply = Reply.of_error(ServiceError("ServiceFailureException", "The emulator failed; see its log."))
        self._log_request(operation, exchange, reply.status if reply.is_sent else 0)
        await exchange.send(reply, self._now())

    async def _reply(self, operation: Operation | None, exchange: Exchange) -> Reply:
        body = await exchange.body(self.request_timeout)
        if self._faults.latency:
            await asyncio.sleep(self._faults.latency)
        if operation is None:
            raise ServiceError("UnknownOperationException", "No operation of Chime SDK Voice has this method and path.")
        caller = exchange.caller = verify(exchange, body, self._credentials, self._now())
        if not self._faults.admits(caller.account):
            raise ServiceError("ThrottledClientException", "The client exceeded its request rate limit.")
        answer = self._faults.next_answer(operation.name, connector_in(exchange.path))
        if answer.kind == "error":
            raise answer.error()
        if answer.kind == "drop":
            return Reply(0, fault=answer)
        if answer.kind == "delay":
            await asyncio.sleep(answer.seconds)
        if operation.name not in SERVED:
            message = f"{operation.name} is an operation of Chime SDK Voice that this emulator does not have."
            raise ServiceError("NotImplementedException", message)
        result = await self._run(operation, caller, _input(operation, exchange, body))
        return Reply.of(operation.status, operation.format(result), answer)

    async def _run(self, operation: Operation, caller: Caller, given: Input) -> Mapping[str, Any]:
        if self._store.path is None or operation.name not in WRITES:
            return self._operations.run(operation.name, caller, given)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._writer, self._operations.run, operation.name, caller, given)

    def _now(self) -> float:
        return time.time() + self._faults.clock_skew

    def _log_request(self, operation: Operation | None, exchange: Exchange, status: int) -> None:
        connector = connector_in(exchange.path)
        agent = exchange.header("user-agent")
        caller = exchange.caller
        self._log.append(
            Request(
                operation=None if operation is None else operation.name,
                voice_connector_id=connector,
                region=None if caller is None else caller.region,
                account=None if caller is None else caller.account,
                access_key=None if caller is None else caller.access_key,
                status=status,
                method=exchange.method,
                path=redacted(exchange.path, keep=connector),
                user_agent=None if agent is None else redacted(agent),
                time=time.time(),
            )
        )


class _ExactRoute(Route):
    """A route that matches the whole path: Starlette's own also matches a path that ends in a line feed."""

    def __init__(self, path: str, endpoint: _Endpoint) -> None:
        super().__init__(path, endpoint)
        self.path_regex = re.compile(self.path_regex.pattern.removesuffix("$") + r"\Z")


class _Endpoint:
    """The operations of one path. The method and the literal parameters of the query select one of them."""

    def __init__(self, application: Application, operations: list[Operation]) -> None:
        self._application = application
        self._operations = sorted(operations, key=lambda operation: len(operation.literal_query), reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application.serve(self._choose(scope), Exchange(scope, receive, send))

    def _choose(self, scope: Scope) -> Operation | None:
        query = set(parse_qsl(scope["query_string"].decode("latin-1"))) if scope["query_string"] else set()
        for operation in self._operations:
            if operation.method == scope["method"] and operation.literal_query.items() <= query:
                return operation
        return None


def _input(operation: Operation, exchange: Exchange, body: bytes) -> Input:
    values, problems = operation.parse(exchange.labels, _query(exchange.query), _json(operation, exchange, body))
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise bad_request(f"{count}: {'; '.join(problems[:20])}")
    return values


def _query(text: str) -> dict[str, str]:
    try:
        return dict(
            parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_QUERY_PARAMETERS)
            if text
            else ()
        )
    except ValueError:
        raise bad_request("The query string cannot be read.") from None


def _json(operation: Operation, exchange: Exchange, body: bytes) -> Any:
    if not operation.has_body or not body:
        return {}
    kind = exchange.header("content-type")
    if kind is not None and kind.partition(";")[0].strip().lower() != "application/json":
        raise ServiceError("UnsupportedMediaTypeException", "The body must be application/json.")
    try:
        return json.loads(body.decode(), parse_constant=_reject_constant)
    except (ValueError, RecursionError):
        raise bad_request("The request's body is not valid JSON.") from None


def _reject_constant(name: str) -> None:
    raise ValueError(name)


def _traceback(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__))
