"""The emulator's state: what is stored, and its database."""

from chime_voice_emulator.store.database import Store, StoreError, View
from chime_voice_emulator.store.resources import Connector, Group, PhoneNumber, Resource, Scope

__all__ = ["Connector", "Group", "PhoneNumber", "Resource", "Scope", "Store", "StoreError", "View"]
