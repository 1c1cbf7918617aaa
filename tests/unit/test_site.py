"""The site of the documentation: it builds, and describes every public name with all of its parameters and members."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pulumi_chime_voice

if sys.version_info < (3, 11, 5):
    pytest.skip("the generator of the site needs Python 3.11.5", allow_module_level=True)

import griffe

ROOT = Path(__file__).parents[2]
NAMES = sorted(set(pulumi_chime_voice.__all__) - {"__version__"})
OF_AWS = {name for name in NAMES if name.startswith(("Origination", "Emergency", "Provider"))}
"""The names whose shape comes from AWS's API or from pulumi-aws, as their docstrings cite."""


RESOURCES = {"EmergencyCalling", "Origination", "Provider"}


@pytest.fixture(scope="module")
def package() -> griffe.Module:
    """The package as the generator reads it."""
    module = griffe.load("pulumi_chime_voice", search_paths=[ROOT / "providers"])
    assert isinstance(module, griffe.Module)
    return module


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder), *options]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


def sections(item: griffe.Object | griffe.Alias) -> dict[str, list[str]]:
    """The names in each section of a docstring, by the kind of the section."""
    assert item.docstring is not None, f"{item.path} has no docstring"
    found: dict[str, list[str]] = {}
    for section in item.docstring.parse("google", warnings=False):
        if isinstance(section, (griffe.DocstringSectionParameters, griffe.DocstringSectionAttributes)):
            found[section.kind.value] = [entry.name for entry in section.value]
        else:
            found[section.kind.value] = []
    return found


def parameters(function: griffe.Object | griffe.Alias) -> list[str]:
    return [item.name for item in function.parameters if item.name not in ("self", "cls")]


def public(item: griffe.Object | griffe.Alias) -> dict[str, griffe.Object | griffe.Alias]:
    return {key: member for key, member in item.all_members.items() if not key.startswith("_")}


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_and_member_is_described(package: griffe.Module, name: str) -> None:
    """Args has the parameters, in their order; Attributes has the fields; each other member has a docstring."""
    item = package[name]
    described = sections(item)
    if item.is_function:
        assert described["parameters"] == parameters(item)
        assert "returns" in described
        return
    attributes = [key for key, member in public(item).items() if member.is_attribute]
    inherited = [key for base in item.resolved_bases if base.docstring for key in sections(base).get("attributes", [])]
    undescribed = [key for key in attributes if not item.all_members[key].docstring and key not in inherited]
    assert described.get("attributes", []) == undescribed
    if name in RESOURCES:
        assert described["parameters"] == parameters(item.all_members["__init__"])
        assert "raises" in described
    for method in (member for member in public(item).values() if member.is_function):
        assert sections(method)["parameters"] == parameters(method)
        assert "raises" in sections(method)


@pytest.mark.parametrize("name", sorted(OF_AWS))
def test_sources_are_cited(package: griffe.Module, name: str) -> None:
    """A name whose shape is AWS's, or that of pulumi-aws, cites it; the form that a program reads back cites its resource."""
    docstring = package[name].docstring
    assert docstring is not None
    assert "Source: " in docstring.value or re.search(r" (as|of) `\w+\.\w+`", docstring.value)


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_has_a_page(site: Path, package: griffe.Module, name: str) -> None:
    """The page has the name's signature, and an anchor for it and for each of its public members."""
    page = (site / "reference" / name / "index.html").read_text(encoding="utf-8")
    described = package[name].canonical_path
    assert f'id="pulumi_chime_voice.{name}"' in page or f'id="{described}"' in page
    missing = [key for key, member in public(package[name]).items() if member.docstring and f'.{key}"' not in page]
    assert missing == []


def test_pages_of_the_repo(site: Path) -> None:
    """The README is the first page, and its links stay in the site."""
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "What it protects you from" in page
    assert 'href="tutorial/"' in page
    assert 'href="reference/Origination/"' in page
    assert "blob/main/docs/" not in page


def test_a_broken_link_or_a_forgotten_page_stops_the_build(tmp_path: Path) -> None:
    """MkDocs only warns of both; the settings make errors of its warnings."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    (tmp_path / "docs" / "forgotten.md").write_text(
        "# Forgotten\n\n[a](cli.md#no-such-heading), [b](no-such-page.md)\n"
    )
    settings = (
        (ROOT / "mkdocs.yml").read_text(encoding="utf-8").replace("docs_dir: docs", f"docs_dir: {tmp_path / 'docs'}")
    )
    settings = settings.replace("tools/site", str(ROOT / "tools" / "site"))
    (tmp_path / "mkdocs.yml").write_text(settings, encoding="utf-8")
    done = build(tmp_path / "site", "--config-file", str(tmp_path / "mkdocs.yml"))
    assert done.returncode == 1
    assert all(name in done.stderr for name in ("no-such-heading", "no-such-page.md", "- forgotten.md"))
