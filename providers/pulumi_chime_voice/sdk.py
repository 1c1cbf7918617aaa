"""Adapts private parts of Pulumi's SDK. Used in both processes, the user's program and Pulumi's plugin.

This module knows nothing of voice connectors. No other module uses a private part of the SDK. A test for each function takes its
part away: then it raises `UnsupportedSdkError`, unless its docstring says what it does instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
import traceback
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime import stack as sdk_stack
from pulumi.runtime.proto import engine_pb2_grpc

from .errors import ChimeVoiceError, ConfigurationError, Refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Iterator
    from types import FrameType

TRIED = ("3.235.0", "3.254.0", "3.272.0")
"""The versions of the SDK on which every function was tried. pyproject.toml requires the first one or newer."""

OLD_SDK = Refusal(
    "pulumi-chime-voice needs Pulumi SDK {oldest} or newer: older ones drop inputs on which secrecy depends. "
    "Upgrade it: pip install 'pulumi>={oldest}'."
)
UNSUPPORTED_SDK = Refusal(
    "pulumi-chime-voice cannot find {part} in Pulumi SDK {version}, and without it live calls are not protected. It was tested "
    "with SDK {oldest} to {newest}. Run pip install 'pulumi=={newest}', and report this."
)


class UnsupportedSdkError(ConfigurationError, pulumi.RunError):
    """Raised if the SDK lacks a part without which live calls are not protected. Pulumi prints it as one sentence."""

    def __init__(self, part: str) -> None:
        from importlib.metadata import version  # noqa: PLC0415 - it costs more than all other modules here

        super().__init__(
            UNSUPPORTED_SDK.format(part=part, version=version("pulumi"), oldest=TRIED[0], newest=TRIED[-1])
        )


@contextlib.contextmanager
def _needs(part: str) -> Iterator[None]:
    """Raises `UnsupportedSdkError` if the SDK lacks what the decorated function reads."""
    try:
        yield
    except AttributeError:
        raise UnsupportedSdkError(part) from None


def second_engine_address() -> str:
    """Returns another address of the engine, which newer engines pass to their processes; empty if there is none.

    It only tells runs apart that have the same first address, one after the other.
    """
    return os.environ.get("PULUMI_LOG_OTLP_ENDPOINT", "")


# --- in the plugin


def make_errors_readable() -> None:
    """Makes the plugin report an error of this package by its message, and any other by its traceback.

    pulumi.dynamic.__main__ aborts a failed call with ``traceback.format_exc()``. Without that line, messages carry more than
    their sentence, and nothing else changes.
    """

    def format_exc(*args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, ChimeVoiceError) else traceback.format_exc(*args, **kwargs)

    plugin: Any = sys.modules.get("__main__")
    if getattr(plugin, "traceback", None) is traceback:
        plugin.traceback = SimpleNamespace(**{**vars(traceback), "format_exc": format_exc})


def refuse_old_sdk() -> None:
    """Makes sure that internal inputs arrive: without them, what is secret would be shown.

    Raises:
        ConfigurationError: the SDK drops inputs whose key begins with ``__``, as those before 3.235 did.
    """
    sent = cast("Any", rpc).struct_pb2.Struct()
    sent["__arrives"] = True
    if not rpc.deserialize_properties(sent):
        raise ConfigurationError(OLD_SDK.format(oldest=TRIED[0].removesuffix(".0")))


_ADDRESS = re.compile(r"[\w.:\[\]-]+:\d+")


def plugin_engine_address() -> str | None:
    """Returns the address of the engine, the first argument of the plugin; None outside a plugin."""
    main = sys.modules["__main__"]
    is_started_as_plugin = getattr(getattr(main, "__spec__", None), "name", "") == "pulumi.dynamic.__main__"
    if not is_started_as_plugin and not hasattr(main, "DynamicResourceProviderServicer"):
        return None
    if not sys.argv[1:] or not _ADDRESS.fullmatch(sys.argv[1]):
        raise UnsupportedSdkError("the address of the engine among the plugin's arguments")
    return sys.argv[1]


def urn_of_request() -> str:
    """Returns the URN of the resource that the engine's request is about; empty outside a plugin.

    Pulumi sends it with each request, but the SDK does not pass it on. It is read from the nearest frame that holds a request.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        # The names first: `f_locals` makes a mapping of all that a frame holds.
        if "request" in frame.f_code.co_varnames:
            urn = getattr(frame.f_locals.get("request"), "urn", None)
            if isinstance(urn, str) and urn:
                return urn
        frame = frame.f_back
    if plugin_engine_address() is None:
        return ""
    raise UnsupportedSdkError("the URN of a request")


@_needs("the keys of the configuration")
def config_keys(config: Any) -> Iterable[str]:
    """Returns the keys of the configuration that a plugin receives: without them, a mistyped key would not be found."""
    return cast("Iterable[str]", config._props)


@_needs("the form of a secret")
def as_secret(value: Any) -> Any:
    """Returns a property as a secret of the state."""
    return {rpc._special_sig_key: rpc._special_secret_sig, "value": value}


# --- in the program


def program_engine_address() -> str | None:
    """Returns the address of the engine of the calling program; None without an engine (`pulumi.runtime.set_mocks`)."""
    engine = pulumi.runtime.settings.get_engine()
    if not isinstance(engine, engine_pb2_grpc.EngineStub):
        return None
    target = b""
    with contextlib.suppress(AttributeError):
        target = cast("Any", engine).Log._channel.target()
    address = (target if isinstance(target, str) else target.decode()).rpartition("/")[2]
    if not _ADDRESS.fullmatch(address):
        raise UnsupportedSdkError("the address of the engine")
    return address


def outlives_deletes() -> bool:
    """Whether the program ends after the engine's deletes. If the SDK does not show it, the answer is False."""
    return hasattr(sdk_stack, "_wait_for_shutdown")


@_needs("the list of registrations")
def registrations() -> list[Any]:
    """Returns what the SDK awaits before it ends the program: the registrations that have begun."""
    settings: Any = pulumi.runtime.settings
    return cast("list[Any]", settings.SETTINGS.rpc_manager.rpcs)


def wait_for(awaitable: Coroutine[Any, Any, None]) -> None:
    """Makes the SDK wait for something before it ends the program."""
    registrations().append(asyncio.ensure_future(awaitable))


def yield_to_event_loop() -> None:
    """Makes the SDK wait for registrations before it waits for outputs.

    A registration counts only once it has begun, on the next turn of the event loop, and a plain program ends without one.
    Without this turn, the SDK looks at every pending output each time that one is done (docs/decisions/0013).
    """
    if not registrations():
        wait_for(asyncio.sleep(0))


@_needs("the provider of a resource")
def provider_name(resource: pulumi.Resource) -> str:
    """Returns the name of the explicit provider of a resource, its own or its component's; empty for the default one."""
    provider = resource._provider
    return "" if provider is None else str(provider.pulumi_resource_name)


@_needs("the type of a dynamic resource")
def add_to_type(resource: pulumi.Resource, suffix: str) -> None:
    """Adds a suffix to the type of one dynamic resource, before its constructor runs."""
    unsafe: Any = resource
    unsafe._resource_type_name = f"{unsafe._resource_type_name}{suffix}"


@_needs("the transformations of a resource")
def has_transformations(resource: pulumi.Resource) -> bool:
    """Whether a resource has, or has inherited, the older form of transforms, which run in the constructors of its children."""
    return bool(resource._transformations)


@_needs("the transforms of the stack")
def count_stack_transforms() -> int:
    """Returns how many transforms of the stack, of components and of resources the calling program has registered."""
    return sum([len(server._transforms) for server in _callback_servers()])


def append_stack_transform(transform: pulumi.ResourceTransform) -> None:
    """Registers a transform of the stack, after those that `count_stack_transforms` has found."""
    _callback_servers()[-1].register_stack_transform(transform)


def _callback_servers() -> list[Any]:
    """Returns the SDK's servers of the calling program's transforms."""
    settings: Any = pulumi.runtime.settings
    servers = settings._CallbackServicer._servicers
    monitor = settings.get_monitor() if servers else None
    return [server for server in servers if server._monitor is monitor]
