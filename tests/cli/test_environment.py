"""`chime-voice` in an environment that cannot work: one sentence, and exit status 1 or 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("command", ["show", "export"])
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL_CHIME_SDK_VOICE", "AWS_ENDPOINT_URL"])
def test_endpoint_without_a_scheme(run: Run, command: str, variable: str) -> None:
    """The sentence names the places that may set it, once for all regions."""
    done = run(command, "--all-regions", **{"AWS_ENDPOINT_URL_CHIME_SDK_VOICE": None, variable: "localhost:4577"})
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "Error: the endpoint (AWS_ENDPOINT_URL_CHIME_SDK_VOICE, AWS_ENDPOINT_URL or endpoint_url of profile default) is not a "
        "valid URL (Invalid endpoint: localhost:4577): correct it (http://host:port).\n"
    )


def test_endpoint_url_without_a_port(run: Run) -> None:
    """A usage error, since it is an option's."""
    done = run("show", "--endpoint-url", "http://127.0.0.1:port")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "Error: --endpoint-url is 'http://127.0.0.1:port', whose host or port is not valid: correct the URL.\n"
    )


@pytest.mark.parametrize("option", [True, False])
def test_missing_profile(run: Run, tmp_path: Path, option: bool) -> None:
    """Reports the missing profile and what names it, instead of a missing region. An option is an argument that is not valid."""
    (tmp_path / "config").write_text("[profile voice]\nregion = us-east-1\n")
    by = "--profile" if option else "AWS_PROFILE"
    arguments = ["--profile", "vioce"] if option else []
    done = run("show", *arguments, AWS_REGION=None, AWS_DEFAULT_REGION=None, AWS_PROFILE=None if option else "vioce")
    assert (done.returncode, done.stdout) == (2 if option else 1, "")
    assert done.stderr.endswith(
        f"Error: profile vioce ({by}) is not in {tmp_path}/config or {tmp_path}/credentials (which does not exist): "
        f"correct {by}, or add the profile.\n"
    )


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            "[profile voice]\ncredential_process = /nowhere/helper\n",
            "from credential_process of profile voice: /nowhere/helper: No such file",
        ),
        (
            "[profile voice]\ncredential_process = echo S3CRET\n",
            "from credential_process of profile voice: it failed, or did not",
        ),
        (
            "[profile voice]\nrole_arn = x\nsource_profile = base\n",
            'The source_profile "base" referenced in the profile',
        ),
        ("region = us-east-1\n", "/config cannot be parsed (line 1): correct the file."),
    ],
)
def test_unusable_credentials(run: Run, tmp_path: Path, config: str, sentence: str) -> None:
    """Reported once, and not for each region."""
    (tmp_path / "config").write_text(config)
    done = run("show", "--all-regions", AWS_PROFILE="voice", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert sentence in done.stderr
    assert "S3CRET" not in done.stderr
