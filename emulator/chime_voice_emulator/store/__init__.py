"""The emulator's state: what is stored, and its database."""

from chime_voice_emulator.store.database import Store, StoreError, View
from chime_voice_emulator.store.resources import Connector, PhoneNumber, Resource, Scope

__all__ = ["Connector", "PhoneNumber", "Resource", "Scope", "Store", "StoreError", "View"]
