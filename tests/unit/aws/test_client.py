"""Every error has a sentence with a fix."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import botocore.parsers
import pytest
from botocore.session import Session

from pulumi_chime_voice import NotFoundError
from pulumi_chime_voice.aws import failures

from .test_failures import CALLS


@pytest.mark.parametrize("operation", CALLS)
def test_every_error_shape_has_a_fix(operation: str) -> None:
    """Every error that the model lists for an operation has a fix."""
    shapes = Session().get_service_model("chime-sdk-voice").operation_model(operation).error_shapes
    missing = [shape.name for shape in shapes if shape.name not in failures.SERVICE_ERRORS]
    assert missing == []


def response(code: str, message: str) -> botocore.exceptions.ClientError:
    metadata: Any = {"HTTPStatusCode": 403, "RequestId": "d3553710-2dee-4b18-afd1-903aa88d53be"}
    return botocore.exceptions.ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}, "Op"
    )


WHAT = "updating origination of Voice Connector abcdef1ghij2klmno3pqr4 (us-east-1)"


def test_a_permission_is_advised_only_if_it_is_missing() -> None:
    """AWS returns 403 even to administrators: only "not authorized to perform" means a missing permission."""
    missing = failures.translate(
        response("AccessDeniedException", "User x is not authorized to perform: chime:y"), WHAT, "Put"
    )
    assert str(missing) == (
        f"{WHAT}: AccessDeniedException: User x is not authorized to perform: chime:y "
        "(request d3553710-2dee-4b18-afd1-903aa88d53be). Grant chime:Put."
    )
    other = failures.translate(response("ForbiddenException", "Not authorized to call Chime SDK."), WHAT, "Put")
    assert "Grant" not in str(other)
    assert "which account and which access key" in str(other)


def test_only_not_found_is_not_found() -> None:
    """NotFoundException has its own type, and no other error has it."""
    assert isinstance(failures.translate(response("NotFoundException", "no"), WHAT, "Get"), NotFoundError)
    assert not isinstance(failures.translate(response("ForbiddenException", "not found"), WHAT, "Get"), NotFoundError)


def test_client_side_failures_are_sentences() -> None:
    """An error of botocore becomes one sentence with the fix."""
    text = str(failures.translate(botocore.exceptions.NoCredentialsError(), WHAT, "Get"))
    assert text == f"{WHAT}: Unable to locate credentials. {failures.WAYS_TO_CREDENTIALS}"


def test_names_of_client_side_failures_exist() -> None:
    """Each name in the table is an exception of botocore's."""
    places = (botocore.exceptions, botocore.parsers)
    assert [name for name in failures.CLIENT_ERRORS if not any(hasattr(place, name) for place in places)] == []


def test_an_unforeseen_error_keeps_its_traceback() -> None:
    """An unexpected exception keeps its traceback."""
    error = KeyError("x")
    assert failures.translate(error, WHAT, "Get") is error
