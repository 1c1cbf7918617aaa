"""Private parts of Pulumi's SDK: each is used in one module; where one is missing, a sentence says so, or nothing is lost."""

from __future__ import annotations

import ast
import asyncio
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import grpc
import pulumi
import pulumi.runtime.settings as sdk_settings
import pulumi.runtime.stack as sdk_stack
import pytest
from pulumi.dynamic import Config
from pulumi.runtime import rpc
from pulumi.runtime.proto import engine_pb2_grpc

from pulumi_chime_voice import ConfigurationError, Origination, sdk

from ..e2e.versions import FULL, OLDEST, ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(sdk.__file__).parent
ADDRESS = "127.0.0.1:41234"


def test_the_versions_that_were_tried() -> None:
    """They are those of the matrix, whose tests use each part through the real SDK: the oldest, one between, the pinned one."""
    packages = [OLDEST.packages, FULL["SDK 3.254.0"].packages, (ROOT / "constraints.txt").read_text().split()]
    versions = [re.findall(r"^pulumi==([\d.]+)$", "\n".join(each), re.MULTILINE)[0] for each in packages]
    assert [f"{versions[0]}.0", *versions[1:]] == list(sdk.TRIED)


class TestNoOtherModule:
    """Nothing else in the package uses what Pulumi's SDK keeps to itself."""

    def private(self, code: str) -> list[str]:
        """The private names of Pulumi in a module: what it imports, what it reads of an import, what it reads by a name."""
        tree, ours = ast.parse(code), set()
        found: list[str] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found += [each.name for each in node.names if each.name.startswith("pulumi.") and "._" in each.name]
                ours |= {each.asname or each.name.partition(".")[0] for each in node.names if each.name[:6] == "pulumi"}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").split(".")[0] == "pulumi":
                names = [f"{node.module}.{each.name}" for each in node.names]
                found += [name for name in names if "._" in name or name.endswith(".SETTINGS")]
                ours |= {each.asname or each.name for each in node.names}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and ast.unparse(node).split(".")[0] in ours:
                found += [ast.unparse(node)] if node.attr.startswith("_") or node.attr == "SETTINGS" else []
            is_getattr = isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr", "setattr")
            if ours and is_getattr and isinstance(name := node.args[1], ast.Constant):
                found += [name.value] if re.match("_(?!_)", str(name.value)) else []
        return found

    def test_uses_private_parts(self) -> None:
        paths = [path for path in PACKAGE.rglob("*.py") if path.name != "sdk.py"]
        assert len(paths) > 50
        assert {path.name: names for path in paths if (names := self.private(path.read_text(encoding="utf-8")))} == {}

    @pytest.mark.parametrize(
        "line",
        [
            "import pulumi.runtime._callbacks",
            "from pulumi.runtime._callbacks import _CallbackServicer",
            "from pulumi.runtime import _callbacks",
            "from pulumi.runtime.settings import SETTINGS",
            "import pulumi\npulumi.runtime.settings.SETTINGS.rpc_manager",
            "from pulumi.runtime import rpc\nrpc._special_sig_key",
            "import pulumi\ngetattr(resource, '_provider', None)",
        ],
    )
    def test_would_be_found(self, line: str) -> None:
        assert self.private(line) != []


def missing(part: str, step: Callable[[], Any]) -> None:
    """The step ends with the sentence that names the part, and the versions that have it."""
    with pytest.raises(sdk.UnsupportedSdkError, match=rf"cannot find {part} in Pulumi SDK \d") as caught:
        step()
    assert f"tested with SDK {sdk.TRIED[0]} to {sdk.TRIED[-1]}. Run pip install" in str(caught.value)
    assert isinstance(caught.value, ConfigurationError)
    assert isinstance(caught.value, pulumi.RunError)  # so that a program ends with the sentence alone


class TestPlugin:
    @pytest.fixture
    def plugin(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        """The SDK's plugin, as far as it can be seen from inside: its module, and its arguments."""
        main: Any = ModuleType("__main__")
        main.DynamicResourceProviderServicer, main.traceback = object, traceback
        main.__spec__ = SimpleNamespace(name="pulumi.dynamic.__main__")
        monkeypatch.setitem(sys.modules, "__main__", main)
        monkeypatch.setattr(sys, "argv", ["plugin", ADDRESS])
        return main

    def failed(self, plugin: Any, error: Exception) -> str:
        try:
            raise error
        except Exception:  # noqa: BLE001 - as the plugin catches it
            return str(plugin.traceback.format_exc())

    def test_readable_errors(self, plugin: Any) -> None:
        """Errors of this package are their sentence; any other keeps its traceback."""
        sdk.make_errors_readable()
        assert self.failed(plugin, ConfigurationError("a sentence")) == "a sentence"
        assert "Traceback" in self.failed(plugin, ValueError("unforeseen"))
        assert plugin.traceback.print_exc is traceback.print_exc

    def test_readable_errors_without_the_line(self, plugin: Any) -> None:
        """Nothing is replaced, and nothing fails."""
        del plugin.traceback
        sdk.make_errors_readable()
        assert not hasattr(plugin, "traceback")

    def test_engine_address(self, plugin: Any) -> None:
        """Either sign of the plugin is enough."""
        assert sdk.plugin_engine_address() == ADDRESS
        del plugin.DynamicResourceProviderServicer
        assert sdk.plugin_engine_address() == ADDRESS
        plugin.__spec__ = None
        assert sdk.plugin_engine_address() is None

    @pytest.mark.parametrize("arguments", [[], ["--engine", ADDRESS], ["none"]])
    def test_engine_address_elsewhere(self, plugin: Any, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
        """Without it, nothing that the program declares would be known."""
        plugin.__spec__ = None
        monkeypatch.setattr(sys, "argv", ["plugin", *arguments])
        missing("the address of the engine among the plugin's arguments", sdk.plugin_engine_address)

    def test_urn_of_a_request(self, plugin: Any) -> None:
        """It is that of the nearest frame with a request."""

        def serve(request: Any) -> str:
            assert request
            return sdk.urn_of_request()

        assert serve(SimpleNamespace(urn="urn:pulumi:dev::x::t::name")) == "urn:pulumi:dev::x::t::name"
        missing("the URN of a request", lambda: serve(SimpleNamespace(id="renamed")))
        missing("the URN of a request", sdk.urn_of_request)

    def test_urn_outside_a_plugin(self) -> None:
        assert sdk.urn_of_request() == ""

    def test_keys_of_the_configuration(self) -> None:
        assert list(sdk.config_keys(Config({"aws:region": "us-east-1"}, "x"))) == ["aws:region"]
        missing("the keys of the configuration", lambda: sdk.config_keys(SimpleNamespace(get=None)))

    def test_secrets(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A state never has a secret in plain text because its form is not known."""
        assert rpc.is_rpc_secret(sdk.as_secret("x"))
        monkeypatch.delattr(rpc, "_special_sig_key")
        missing("the form of a secret", lambda: sdk.as_secret("x"))


class TestProgram:
    @pytest.fixture
    def engine(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        """The SDK's client of the engine; nothing listens there."""
        with grpc.insecure_channel(ADDRESS) as channel:
            engine: Any = engine_pb2_grpc.EngineStub(channel)
            monkeypatch.setattr(sdk_settings, "get_engine", lambda: engine)
            yield engine

    def test_engine_address(self, engine: Any) -> None:
        assert sdk.program_engine_address() == ADDRESS

    def test_second_engine_address(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Older engines have none."""
        monkeypatch.setenv("PULUMI_LOG_OTLP_ENDPOINT", "127.0.0.1:4317")
        assert sdk.second_engine_address() == "127.0.0.1:4317"
        monkeypatch.delenv("PULUMI_LOG_OTLP_ENDPOINT")
        assert sdk.second_engine_address() == ""

    @pytest.mark.parametrize("log", [None, SimpleNamespace(), SimpleNamespace(_channel=SimpleNamespace())])
    def test_engine_address_elsewhere(self, engine: Any, log: Any) -> None:
        """Without it, a program could not record what it declares: the declaration fails."""
        engine.Log = log
        missing("the address of the engine", sdk.program_engine_address)

    def test_engine_address_of_another_form(self, engine: Any) -> None:
        engine.Log = SimpleNamespace(_channel=SimpleNamespace(target=lambda: b"unix:///tmp/engine.sock"))
        missing("the address of the engine", sdk.program_engine_address)

    @pytest.mark.parametrize("engine", [None, SimpleNamespace(Log=print)])
    def test_no_engine(self, monkeypatch: pytest.MonkeyPatch, engine: Any) -> None:
        """As under `set_mocks`."""
        monkeypatch.setattr(sdk_settings, "get_engine", lambda: engine)
        assert sdk.program_engine_address() is None

    def test_end_of_the_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the SDK does not show that a program waits for the engine's deletes, the file of the run stays."""
        assert sdk.outlives_deletes()
        monkeypatch.delattr(sdk_stack, "_wait_for_shutdown")
        assert not sdk.outlives_deletes()

    def test_registrations(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is to be awaited is awaited by the SDK, or the program fails."""

        async def program() -> list[Any]:
            sdk.yield_to_event_loop()
            sdk.yield_to_event_loop()
            sdk.wait_for(asyncio.sleep(0))
            return await asyncio.gather(*awaited)

        awaited: list[Any] = []
        monkeypatch.setattr(sdk_settings, "SETTINGS", SimpleNamespace(rpc_manager=SimpleNamespace(rpcs=awaited)))
        loop = asyncio.new_event_loop()  # asyncio.run would leave this thread without a loop for the tests that follow
        assert loop.run_until_complete(program()) == [None, None]
        loop.close()
        for settings in (SimpleNamespace(), SimpleNamespace(rpc_manager=SimpleNamespace())):
            monkeypatch.setattr(sdk_settings, "SETTINGS", settings)
            missing("the list of registrations", sdk.registrations)

    def test_provider(self) -> None:
        resource: Any = SimpleNamespace(_provider=SimpleNamespace(pulumi_resource_name="west"))
        assert sdk.provider_name(resource) == "west"
        resource._provider = None
        assert sdk.provider_name(resource) == ""
        del resource._provider
        missing("the provider of a resource", lambda: sdk.provider_name(resource))

    def test_type(self) -> None:
        resource: Any = SimpleNamespace(_resource_type_name="dynamic/chime:Origination")
        sdk.add_to_type(resource, "Lookup")
        assert resource._resource_type_name == "dynamic/chime:OriginationLookup"
        del resource._resource_type_name
        missing("the type of a dynamic resource", lambda: sdk.add_to_type(resource, "Lookup"))

    def test_transformations(self) -> None:
        resource: Any = SimpleNamespace(_transformations=[print])
        assert sdk.has_transformations(resource)
        resource._transformations = []
        assert not sdk.has_transformations(resource)
        del resource._transformations
        missing("the transformations of a resource", lambda: sdk.has_transformations(resource))

    def test_transforms_of_the_stack(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Those of this program count, and not those of another one in the same process."""
        registered: list[Any] = []
        ours: Any = SimpleNamespace(_monitor=object(), _transforms={print: "token"})
        ours.register_stack_transform = registered.append
        theirs = SimpleNamespace(_monitor=object(), _transforms={print: "token", repr: "another"})
        monkeypatch.setattr(sdk_settings, "get_monitor", lambda: ours._monitor)
        monkeypatch.setattr(sdk_settings._CallbackServicer, "_servicers", [ours, theirs])
        assert sdk.count_stack_transforms() == 1
        sdk.append_stack_transform(print)
        assert registered == [print]
        del ours._transforms
        missing("the transforms of the stack", sdk.count_stack_transforms)

    @pytest.mark.parametrize("part", ["_servicers", ""])
    def test_declaration_without_transforms(self, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
        """Nothing is registered: a transform might give the resource another voice connector, or make routes secret."""
        owner: Any = sdk_settings._CallbackServicer if part else sdk_settings
        monkeypatch.delattr(owner, part or "_CallbackServicer")
        missing("the transforms of the stack", lambda: Origination("support", voice_connector_id="x", disabled=True))
