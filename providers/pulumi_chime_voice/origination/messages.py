"""The messages of originations, with causes and cures; `tools/messages.py` prints `docs/messages.md` from them."""

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
    "--region {region}{request}",
    "The change turns inbound calls off, deletes the settings, or moves them to another voice connector, "
    "while emergency calling is configured.",
    "If that is intended, remove the `EmergencyCalling` resource first, in a `pulumi up` of its own, or use the command in "
    "the message.",
)

MAPPING_FORM = 'Pass routes as a mapping ({"203.0.113.7:5060/UDP": {…}})'
DECLARED_AFTER_EMERGENCY_CALLING = Caution(
    "{path} is declared after the EmergencyCalling of Voice Connector {id}, so Pulumi creates and deletes both at the same "
    "time, and AWS may reject that. Declare the Origination first.",
    "The program declares `EmergencyCalling` before the `Origination` of the same voice connector, both with a plain ID.",
    "Declare the `Origination` first, or pass its `voice_connector_id` to `EmergencyCalling`.",
)
EMERGENCY_STAYS_BEHIND = Refusal(
    "{doing} origination of {connector}: blocked, because emergency calling is configured there, and this run does not move "
    "it. To move it along, declare EmergencyCalling with the voice_connector_id of this origination, outside of apply. Otherwise "
    "remove it first: in a pulumi up of its own, or by hand (aws chime-sdk-voice "
    "delete-voice-connector-emergency-calling-configuration --voice-connector-id {id} --region {region}).",
    "The settings move to another voice connector, and the emergency calling of the old one is not moved by the same run.",
    "Declare `EmergencyCalling(voice_connector_id=origination.voice_connector_id, …)`, or remove emergency calling first.",
)
EMERGENCY_MOVES_ALONG = Caution(
    "emergency calling of {connector} moves along only if this run also updates {paths}. With --target or --exclude, include it.",
    "The settings move to another voice connector, and the emergency calling of the old one is expected to move along.",
    "With `--target` or `--exclude`, include the `EmergencyCalling` resource.",
)
DELETED_BEFORE_REPLACE = Refusal(
    "{doing} origination of {connector}: blocked, because emergency calling is configured there, and the option "
    "delete_before_replace deletes the origination first. Remove delete_before_replace, and run pulumi up again.",
    "The option `delete_before_replace` moves the settings away from a voice connector with emergency calling.",
    "Remove the option: without it, the new voice connector is configured first.",
)

# --- warnings about the declared settings

UNREACHABLE_HOST = Caution(
    "{host} is not publicly reachable: it is {kind}. Calls to it will fail. Use a public address, or a name that "
    "resolves to one.",
    "A host is a private, shared, loopback, link-local, unspecified, multicast or reserved address.",
    "Use a public address of the host.",
)
SINGLE_LABEL_HOST = Caution(
    "{host} has no domain, so public DNS does not resolve it; calls to it will fail. Use the fully qualified name.",
    "A host name has a single label.",
    "Use the fully qualified name.",
)
OWN_NAME = Caution(
    "{host} is the outbound name of a voice connector; calls to it return to AWS. Use the host of your own "
    "SIP service.",
    "A host is below voiceconnector.chime.aws.",
    "Use the host that answers the calls.",
)
INTERNAL_LOAD_BALANCER = Caution(
    "{host} is an internal load balancer, which has only private addresses; calls to it will fail. Use an "
    "internet-facing load balancer.",
    "A host is the name of an internal Elastic Load Balancer.",
    "Use a load balancer with public addresses.",
)
PRIVATE_NAME = Caution(
    "{host} ends in .{ending}, which is for {use}, so public DNS does not resolve it; calls to it will fail. "
    "Use a public name.",
    "A host name is in a domain that public DNS never serves.",
    "Use a name that public DNS resolves.",
)
PORT_ZERO = Caution(
    "port 0 of {endpoint} is not a valid SIP port; calls to it will fail. Use the port of its SIP service "
    "(usually 5060).",
    "A route's port is 0. The API accepts it.",
    "Use the real port.",
)
MANY_ROUTES = Caution(
    "{count} routes: AWS documents a limit of ten in one place and of twenty in another, so AWS may reject "
    "this change. Use ten routes or fewer to be safe.",
    "More than ten routes.",
    "Use ten routes or fewer.",
)
TWO_PRIORITIES = Caution(
    "{endpoint} appears at priorities {priorities}; retrying the same host is not failover. Use a different "
    "host for the later priorities.",
    "One host, port and protocol appears at more than one priority.",
    "Use another host for the later priority.",
)

# --- warnings of a preview, which need the old settings or the service

PLACEHOLDER = Caution(
    "{hosts}: reserved for documentation, so calls to it will fail. Replace it with the real host.",
    "A host is a documentation address (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, "
    "3fff::/20) or name (example.com, example.net, example.org, .example, .test, .invalid), and the service "
    "endpoint is not local.",
    "Replace it with the address or name of your host.",
)
TURNED_OFF = Caution(
    "inbound calls of {connector} will be turned off, and callers will be rejected{numbers}.",
    "`disabled` becomes true.",
    "Confirm that this is intended.",
)
FAILOVER_LOST = Caution(
    "{connector} loses its failover: {host} becomes the only host. If it fails, calls fail, unless a voice "
    "connector group reroutes them. Keep a second host.",
    "Routes of two or more hosts become routes of one.",
    "Keep a route to a second host.",
)
ROUTES_GONE = Caution(
    "the routes of {connector} were removed outside Pulumi since the last pulumi up, and this change adds "
    "routes again. Confirm that this is intended.",
    "An update finds the voice connector without the routes in the state.",
    "Before you apply, find out who removed them and why.",
)
TURNED_ON = Caution(
    "inbound calls of {connector} are turned off now, and this change turns them on.",
    "A create finds inbound calls turned off, without routes. It may be a new voice connector.",
    "If someone turned them off, find out why before you apply.",
)
ENCRYPTION = Caution(
    "{connector} requires encryption, so AWS uses TLS whatever the route says: {endpoints} must answer TLS "
    "on that port and must not request a client certificate. Use the host's TLS port (usually 5061) with "
    "protocol TCP.",
    "The voice connector requires encryption, and a route uses UDP or port 5060.",
    "Point the route at the host's TLS port with protocol TCP.",
)
IPV6_NEVER_TRIED = Caution(
    "{connector} is {network_type}, so AWS never tries {hosts}. Use IPv4 addresses, or create a new voice "
    "connector as DUAL_STACK; AWS cannot change the network type of an existing one.",
    "A route has an IPv6 address, and the voice connector is not DUAL_STACK.",
    "Use IPv4 addresses, or a voice connector that was created as `DUAL_STACK`.",
)
EMERGENCY_NOT_SEEN = Caution(
    "replacing origination of {connector}: could not check emergency calling, because these credentials do "
    "not find that voice connector. If it belongs to another account, and has emergency calling that this program does not "
    "declare, remove that before you apply.",
    "The settings move away from a voice connector that the new credentials do not find, for example in "
    "another account.",
    "Check emergency calling with the credentials of the other account.",
)
STORED_ROUTES = Caution(
    "{connector} is turned off and stores routes that this resource does not declare: {found}. They are kept.",
    "A create finds the voice connector turned off, with stored routes.",
    "Declare the routes to manage them.",
)
OVERWRITES_CALLS = Caution(
    '{connector} receives inbound calls now, and on_conflict="overwrite" turns them off{numbers}.',
    'A create with `disabled=True` and `on_conflict="overwrite"` finds routes that receive calls.',
    "Confirm that this is intended.",
)
NOT_IN_DNS = Caution(
    "DNS does not know {hosts} (NXDOMAIN), so calls will fail there. Correct the host, or create its DNS record before you "
    "apply.",
    "A preview asked DNS for the host names of the change, and one of them does not exist.",
    "Correct the host, or create its DNS record. If your DNS server has another view than AWS, set `chime-voice:resolver` to a "
    "public one, or to `off`.",
)
CALLS_COUNTED = Caution(
    "{connector} received {count} inbound calls in the last 24 hours{failed}{active} (CloudWatch in {region}).",
    "Hosts that receive calls now will receive none, or the last failover host is removed. CloudWatch has the counts.",
    "Choose a time with few calls.",
)
CALLS_FAILED = ", of which {count} failed"
CALLS_ACTIVE = "; {count} were active at {time} UTC"
NO_CALLS_COUNTED = Caution(
    "CloudWatch in {region} counted no inbound calls of {connector} in the last 24 hours.",
    "Hosts that receive calls now will receive none, and no calls came in, or the voice connector is new.",
    "None needed.",
)
CALLS_NOT_ALLOWED = Caution(
    "inbound calls are not shown: missing permission. Grant cloudwatch:GetMetricData.",
    "The credentials lack the permission to read counts of calls. The change continues.",
    "Grant `cloudwatch:GetMetricData` if you want to see how many calls a change concerns.",
)
CALLS_NOT_COUNTED = Caution(
    "{error} Inbound calls are not shown.",
    "CloudWatch cannot be reached, or rejects the request for counts of calls. The change continues.",
    "The message has the fix.",
)
LEFT_BEHIND = Caution(
    "routes move from {connector} to {new}, but phone numbers do not{numbers}. Associate them with {new}.",
    "The settings move to another voice connector.",
    "Associate the phone numbers with the new voice connector.",
)
MAY_BE_DELETED = Caution(
    "Pulumi replaces a resource on which this one depends, and deletes it first. If that is {connector} itself, its calls "
    "end{numbers}.",
    "An `up` replaces a resource from which the ID of the voice connector comes, and deletes it before it creates the new one.",
    "If that resource is the voice connector, associate its phone numbers with the new one.",
)
NUMBERS = ". Phone numbers still assigned to it: {count}"
NUMBERS_NOT_COUNTED = "; could not count the phone numbers assigned to it"
