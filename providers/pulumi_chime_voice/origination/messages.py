"""Defines the messages of originations. docs/messages.md has the cause and the fix of each."""

from __future__ import annotations

from ..errors import Caution, Failure, Refusal

# --- failures

NOT_ROUTES = Failure("expected a list of routes, or a mapping of routes by route key; got {value}{hint}")
ONE_ROUTE = Failure("this is one route: put it into a list ([{{…}}])")
NOT_A_ROUTE = Failure("expected a route with {fields}; got {value}")
TAKEN_OUT = Failure(
    "missing, because ignore_changes names {path} and the state does not have it. Remove that path from "
    "ignore_changes, run pulumi up, then add it again"
)
NOT_A_WHOLE_NUMBER = Failure("must be a whole number; got {value}{hint}")
OUT_OF_RANGE = Failure("must be between {low} and {high}; got {value}{hint}")
NOT_A_PROTOCOL = Failure("must be {protocols}; got {value}{hint}")
PARSE_FIRST = "; decode the JSON first (json.loads, or require_object of pulumi.Config)"
WITHOUT_QUOTES = "; remove the quotes"
IN_CAPITALS = "; use upper case"
FOR_TLS = "; for TLS, use TCP and require encryption on the voice connector"
NO_CALLS = "; to send no calls to a host, set enabled=False on its route"
DRAINED_AND_ENABLED = Failure(
    "{endpoint} is drained in one route of priority {priority} and enabled in another: remove {earlier} or this route"
)
ALL_DRAINED = Failure(
    "every route is drained, so no host would receive calls. To turn inbound calls off, set disabled=True"
)
NOT_AN_ADDRESS = Failure("not a valid IP address: {value} (omit the port and, for IPv6, the brackets)")
HOST_IS_URI = Failure("must be a host, not a URI; got {value}{hint}. Port and transport have their own fields")
HOST_IS_LIST = Failure("must be a single host; got {value}. Add one route per host")
HOST_IS_NETWORK = Failure("must be the address of a host, not a network; got {value}")
HOST_NOT_ASCII = Failure("must be ASCII; write {value} as {punycode}")
HOST_IS_PATTERN = Failure("must be the name of one host, not a pattern; got {value}")
ONLY = "; use {host}"
HOST_IS_SERVICE = Failure("must be a host, not a name of SRV records; got {value}. Add one route per host")
HOST_WITH_SPACES = Failure("must have no spaces; got {value}")
HOST_WITH_PORT = Failure("must not include a port; got {value}. Set port instead")
NOT_A_HOST = Failure("must be an IP address or a host name (RFC 1123); got {value}")
TOO_MANY_ROUTES = Failure("a voice connector has 1 to {most} routes; got {count}")
WRONG_KEY = Failure('the key of this route must be "{endpoint}"')
ROUTES_OR_OFF = Failure("set at least one route, or disabled=True to turn inbound calls off")
NOT_A_FLAG = Failure("must be true or false; got {value}{hint}")

# --- refusals

EMERGENCY_CALLING = Refusal(
    "{doing} origination of {connector}: blocked, because emergency calling is configured. Remove it before "
    "you turn inbound calls off: remove the EmergencyCalling resource and run pulumi up first, or use aws "
    "chime-sdk-voice delete-voice-connector-emergency-calling-configuration --voice-connector-id {id} "
    "--region {region}{request}"
)

MAPPING_FORM = 'Pass routes as a mapping ({"203.0.113.7:5060/UDP": {…}})'
DECLARED_AFTER_EMERGENCY_CALLING = Caution(
    "{path} is declared after the EmergencyCalling of Voice Connector {id}, so Pulumi creates and deletes both at the same "
    "time, and AWS may reject that. Declare the Origination first."
)
EMERGENCY_STAYS_BEHIND = Refusal(
    "{doing} origination of {connector}: blocked, because emergency calling is configured there, and this run does not move "
    "it. To move it along, declare EmergencyCalling with the voice_connector_id of this origination, outside of apply, and with "
    "an alias if its name or its parent changes. Otherwise remove it first: in a pulumi up of its own, or by hand (aws "
    "chime-sdk-voice delete-voice-connector-emergency-calling-configuration --voice-connector-id {id} --region {region})."
)
EMERGENCY_MOVES_ALONG = Caution(
    "emergency calling of {connector} moves along only if this run also updates {paths}. With --target or --exclude, include it."
)

# --- warnings about the declared settings

UNREACHABLE_HOST = Caution(
    "{host} is not publicly reachable: it is {kind}. Calls to it will fail. Use a public address, or a name that "
    "resolves to one."
)
SINGLE_LABEL_HOST = Caution(
    "{host} has no domain, so public DNS does not resolve it; calls to it will fail. Use the fully qualified name."
)
OWN_NAME = Caution(
    "{host} is the outbound name of a voice connector; calls to it return to AWS. Use the host of your own SIP service."
)
INTERNAL_LOAD_BALANCER = Caution(
    "{host} is an internal load balancer, which has only private addresses; calls to it will fail. Use an "
    "internet-facing load balancer."
)
PRIVATE_NAME = Caution(
    "{host} ends in .{ending}, which is for {use}, so public DNS does not resolve it; calls to it will fail. "
    "Use a public name."
)
PORT_ZERO = Caution(
    "port 0 of {endpoint} is not a valid SIP port; calls to it will fail. Use the port of its SIP service "
    "(usually 5060)."
)
MANY_ROUTES = Caution(
    "{count} routes: AWS documents a limit of ten in one place and of twenty in another, so AWS may reject "
    "this change. Use ten routes or fewer to be safe."
)
TWO_PRIORITIES = Caution(
    "{endpoint} appears at priorities {priorities}; retrying the same host is not failover. Use a different "
    "host for the later priorities."
)

# --- warnings of a preview, which need the old settings or the service

PLACEHOLDER = Caution("{hosts}: reserved for documentation, so calls to it will fail. Replace it with the real host.")
TURNED_OFF = Caution("inbound calls of {connector} will be turned off, and callers will be rejected{numbers}.")
FAILOVER_LOST = Caution(
    "{connector} loses its failover: {host} becomes the only host. If it fails, calls fail, unless a voice "
    "connector group reroutes them. Keep a second host."
)
ROUTES_GONE = Caution(
    "the routes of {connector} were removed outside Pulumi since the last pulumi up, and this change adds "
    "routes again. Confirm that this is intended."
)
TURNED_ON = Caution("inbound calls of {connector} are turned off now, and this change turns them on.")
ENCRYPTION = Caution(
    "{connector} requires encryption, so AWS uses TLS whatever the route says: {endpoints} must answer TLS "
    "on that port and must not request a client certificate. Use the host's TLS port (usually 5061) with "
    "protocol TCP."
)
IPV6_NEVER_TRIED = Caution(
    "{connector} is {network_type}, so AWS never tries {hosts}. Use IPv4 addresses, or create a new voice "
    "connector as DUAL_STACK; AWS cannot change the network type of an existing one."
)
EMERGENCY_NOT_SEEN = Caution(
    "replacing origination of {connector}: could not check emergency calling, because these credentials do "
    "not find that voice connector. If it belongs to another account, and has emergency calling that this program does not "
    "declare, remove that before you apply."
)
STORED_ROUTES = Caution(
    "{connector} is turned off and stores routes that this resource does not declare: {found}. They are kept."
)
OVERWRITES_CALLS = Caution(
    '{connector} receives inbound calls now, and on_conflict="overwrite" turns them off{numbers}.'
)
NOT_IN_DNS = Caution(
    "DNS does not know {hosts} (NXDOMAIN), so calls will fail there. Correct the host, or create its DNS record before you "
    "apply."
)
CALLS_COUNTED = Caution(
    "{connector} received {count} inbound calls in the last 24 hours{failed}{active} (CloudWatch in {region})."
)
CALLS_FAILED = ", of which {count} failed"
CALLS_ACTIVE = "; {count} were active at {time} UTC"
NO_CALLS_COUNTED = Caution("CloudWatch in {region} counted no inbound calls of {connector} in the last 24 hours.")
CALLS_NOT_ALLOWED = Caution("inbound calls are not shown: missing permission. Grant cloudwatch:GetMetricData.")
CALLS_NOT_COUNTED = Caution("{error} Inbound calls are not shown.")
LEFT_BEHIND = Caution(
    "routes move from {connector} to {new}, but phone numbers do not{numbers}. Associate them with {new}."
)
MAY_BE_DELETED = Caution(
    "Pulumi replaces a resource on which this one depends, and deletes it first. If that is {connector} itself, its calls "
    "end{numbers}."
)
NUMBERS = ". Phone numbers still assigned to it: {count}"
NUMBERS_NOT_COUNTED = "; could not count the phone numbers assigned to it"
