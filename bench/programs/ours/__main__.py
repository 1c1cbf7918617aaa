"""Declares the plan with originations."""

import os

import pulumi
from declaring import run

from pulumi_chime_voice import Origination

if os.environ.get("CHIME_VOICE_SDK_DEBUG") == "off":
    pulumi.log.debug = lambda *_, **__: None
run(Origination)
