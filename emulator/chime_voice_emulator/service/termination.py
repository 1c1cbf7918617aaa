"""Termination settings: outbound calls. They matter to emergency calling, which needs them enabled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from chime_voice_emulator.service.call import EMPTY

if TYPE_CHECKING:
    from chime_voice_emulator.service.call import Call, Result


def get_termination(call: Call) -> Result:
    """Runs GetVoiceConnectorTermination."""
    connector = call.for_read(call.connector_id)
    if connector.termination is None:
        return call.never_configured("Termination", _default(call))
    return {"Termination": connector.termination}


def put_termination(call: Call) -> Result:
    """Runs PutVoiceConnectorTermination."""
    connector = call.for_write(call.connector_id)
    before: Result = {"Disabled": False}
    if call.options.put_omitted == "merge":
        before = connector.termination or _default(call)
    termination = {**before, **call.input["Termination"]}
    call.view.save(replace(connector, termination=termination))
    return {"Termination": termination}


def delete_termination(call: Call) -> Result:
    """Runs DeleteVoiceConnectorTermination."""
    connector = call.for_write(call.connector_id)
    call.refuse_unconfigured(connector.termination, "termination settings")
    call.view.save(replace(connector, termination=None))
    return EMPTY


def _default(call: Call) -> Result:
    """Returns the settings of a connector whose termination was never put."""
    return {"Disabled": call.options.never_configured == "off"}
