"""The operations that the emulator supports, by name."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING

from chime_voice_emulator.service import connectors, origination, termination
from chime_voice_emulator.service.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.model import Input
    from chime_voice_emulator.service.call import Caller, Options, Result
    from chime_voice_emulator.store import Store

READS: dict[str, Callable[[Call], Result]] = {
    "GetVoiceConnectorOrigination": origination.get_origination,
    "GetVoiceConnectorEmergencyCallingConfiguration": origination.get_emergency,
    "GetVoiceConnectorTermination": termination.get_termination,
    "GetVoiceConnector": connectors.get_connector,
    "ListVoiceConnectors": connectors.list_connectors,
    "ListVoiceConnectorGroups": connectors.list_groups,
    "GetVoiceConnectorGroup": connectors.get_group,
    "ListPhoneNumbers": connectors.list_phone_numbers,
    "ListTagsForResource": connectors.list_tags,
}
WRITES: dict[str, Callable[[Call], Result]] = {
    "PutVoiceConnectorOrigination": origination.put_origination,
    "DeleteVoiceConnectorOrigination": origination.delete_origination,
    "PutVoiceConnectorEmergencyCallingConfiguration": origination.put_emergency,
    "DeleteVoiceConnectorEmergencyCallingConfiguration": origination.delete_emergency,
    "PutVoiceConnectorTermination": termination.put_termination,
    "DeleteVoiceConnectorTermination": termination.delete_termination,
    "CreateVoiceConnector": connectors.create_connector,
    "UpdateVoiceConnector": connectors.update_connector,
    "DeleteVoiceConnector": connectors.delete_connector,
    "TagResource": connectors.tag,
    "UntagResource": connectors.untag,
}
OPERATIONS = {**READS, **WRITES}
SERVED = frozenset(OPERATIONS)


class Operations:
    """The operations on one store.

    Args:
        store: the connectors and phone numbers.
        options: undocumented behaviour.
        faults: the read lag, how long a new connector is not found, and the clock skew.
    """

    def __init__(self, store: Store, options: Options, faults: Faults) -> None:
        self._store = store
        self._options = options
        self._faults = faults
        self._sequence = itertools.count(1)

    def run(self, operation: str, caller: Caller, given: Input) -> Result:
        """Runs an operation in its own transaction.

        Args:
            operation: one of `SERVED`.
            caller: the signer of the request.
            given: the validated input of the operation.

        Returns:
            The output's members, by the model's names.

        Raises:
            ServiceError: the operation failed, and the state is unchanged.
        """
        now = time.time()
        begin = self._store.writing if operation in WRITES else self._store.reading
        with begin(self._faults.read_lag, now) as view:
            call = Call(
                caller=caller,
                input=given,
                view=view,
                options=self._options,
                faults=self._faults,
                now=now + self._faults.clock_skew,
                real_now=now,
                sequence=next(self._sequence),
            )
            return OPERATIONS[operation](call)
