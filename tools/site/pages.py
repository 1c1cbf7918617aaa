"""Adds what is not in docs/ to the site: README.md, other pages and pictures of the repo, and a page for each public name.

MkDocs calls the functions on_*; `mkdocs.yml` names this file.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PAGES = {"README.md": "index.md", "CHANGELOG.md": "CHANGELOG.md", "CONTRIBUTING.md": "CONTRIBUTING.md"}
"""Pages of the repo -> their place in the site."""
PICTURES = {"bench/results/time.svg": "time.svg"}
"""Pictures outside of docs/ -> their place in the site. GitHub's page of a file is no picture."""


def public_names() -> list[str]:
    """Returns the names in ``__all__``, from the text of the package: nothing of it is imported."""
    module = ast.parse((ROOT / "providers" / "pulumi_chime_voice" / "__init__.py").read_text(encoding="utf-8"))
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return [name for name in ast.literal_eval(node.value) if name != "__version__"]
    raise ValueError("the package has no __all__")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds the pages of the public names to the navigation, before the changelog."""
    config.nav[-1:-1] = [{"Python": [f"reference/{name}.md" for name in public_names()]}]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages and the pictures."""
    for source, target in PAGES.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, target, content=_in_the_site(text, config.repo_url or "")))
    for source, target in PICTURES.items():
        files.append(File.generated(config, target, abs_src_path=str(ROOT / source)))
    for name in public_names():
        content = f"---\ntitle: {name}\n---\n\n::: pulumi_chime_voice.{name}\n"
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Points links that leave docs/ at the repo, and pictures at the site."""
    del page, files
    for source, target in PICTURES.items():
        markdown = markdown.replace(f"](../{source})", f"]({target})")
    return re.sub(r"(\]\(|^\[[\w-]+\]: )\.\./", rf"\1{config.repo_url}/blob/main/", markdown, flags=re.MULTILINE)


def _in_the_site(text: str, repo: str) -> str:
    """Returns a page of the repo's root with the links of the site: to its pages, otherwise to the repo."""

    def moved(link: re.Match[str]) -> str:
        name, hash_sign, anchor = link[2].partition("#")
        elsewhere = name.removeprefix("docs/") if name.startswith("docs/") else f"{repo}/blob/main/{name}"
        target = PAGES.get(name, elsewhere)
        return f"{link[1]}{target}{hash_sign}{anchor}"

    return re.sub(r"(\]\(|^\[[\w-]+\]: )(?![a-z]+:|#)([^)\s]+)", moved, text, flags=re.MULTILINE)
