"""The messages of emergency calling. None has a placeholder for a phone number."""

from __future__ import annotations

from ..errors import Caution, Failure, Refusal

NOT_NUMBERS = Failure("expected a list of emergency numbers; got {type}")
NO_NUMBERS = Failure("set at least one emergency number. To remove emergency calling, remove the resource")
ONE_NUMBER = Failure("this is one emergency number: put it into a list ([{{…}}])")
NOT_A_NUMBER = Failure("expected an emergency number with {fields}; got {type}")
NOT_E164 = Failure(
    "must be a phone number in E.164 form, such as +13125550123: an optional plus sign and 2 to 15 digits, the first "
    "not 0{hint}. The value is secret, so this message does not show it"
)
QUOTES = "; it is a number, not text: put it in quotes"
NOT_A_COUNTRY = Failure("must be an ISO 3166-1 alpha-2 country code: two upper-case letters, such as US{hint}")
UPPER_CASE = "; use {country}"

NOT_BELOW_NUMBERS = "A number cannot be ignored alone: declare it as it is live"

ORIGINATION_OFF = Refusal(
    "{doing} {what} of {connector}: blocked, because this program turns inbound calls off (disabled=True), and AWS "
    "accepts emergency calling only while they are on. Remove the {resource} resource, or leave inbound calls on."
)
REJECTED = Refusal(
    "{doing} {what} of {connector}: AWS rejects it: {said}{request}. Emergency calling needs origination and termination "
    "enabled. Declare an Origination with routes, pass its voice_connector_id, and enable termination."
)
NUMBERS_GONE = Caution(
    "emergency calling of {connector} was removed outside Pulumi since the last pulumi up, and this change configures it again. "
    "Confirm that this is intended."
)
NO_ORIGINATION = Caution(
    "inbound calls of {connector} are not enabled, and AWS accepts emergency calling only while they are. Declare an "
    "Origination with routes, and pass its voice_connector_id."
)
NO_TERMINATION = Caution(
    "outbound calls (termination) of {connector} are not enabled, and AWS accepts emergency calling only while they are. "
    "Enable them before you apply, for example in the console."
)
NOT_CHECKED = Caution(
    "could not check whether {settings} of {connector} is enabled, which emergency calling needs: missing permission. Grant "
    "chime:GetVoiceConnector{operation}."
)
COUNTRY_LOST = Caution(
    "emergency calls from {countries} will no longer be routed by {connector}. Confirm that this is intended."
)
