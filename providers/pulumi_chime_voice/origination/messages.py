"""Every sentence of the guards and the warnings, with its cause and its cure; `docs/messages.md` is printed from here.

A sentence says verb, thing, (id, region), cause and way on, so that a person can act on it without any other page.
"""

from __future__ import annotations

from ..errors import Caution, Failure, Part, Refusal

# --- failures

NOT_ROUTES = Failure(
    "{value} is neither a list of routes nor a mapping of routes by endpoint",
    "`routes` has another type.",
    "Give a list, or a mapping keyed by endpoint.",
)
NOT_A_ROUTE = Failure(
    "{value} is not a route, which has {fields}",
    "An item of `routes` is not a mapping.",
    "Give a mapping with the fields named.",
)
NOT_KNOWN = Failure(
    "is not known ({hint})",
    "A field, or a key of the stack's configuration, that nobody has heard of.",
    "Use the name that the message suggests.",
)
TAKEN_OUT = Failure(
    "is missing, because ignore_changes names {path} and the state does not have it. Remove that path from ignore_changes, "
    "run pulumi up, and add it again",
    "Pulumi takes an ignored path out of the inputs if the state does not have it: the route is new, or was removed by hand.",
    "Run `pulumi up` once without the path in `ignore_changes`.",
)
NOT_A_WHOLE_NUMBER = Failure(
    "{value} is not a whole number{hint}",
    "Port, priority or weight is a string, a boolean or a fraction.",
    "Write it as a number, without quotes.",
)
OUT_OF_RANGE = Failure(
    "{value} is not a {what} ({low} to {high}){hint}",
    "Port, priority or weight is outside the range of the service's model.",
    "Use a number of the range.",
)
NOT_A_PROTOCOL = Failure(
    "{value} is not a protocol ({protocols}){hint}",
    "The protocol is not one of the service's model; it is written in capitals.",
    "Use `TCP` or `UDP`.",
)
ID_OF_ARN = Part(
    ": give {id}", "Part of the message about IDs: the text contains one.", "Give the ID that the message names."
)
ID_MISSING = Part(
    ": it is the word for a missing value",
    "Part of the message about IDs: a value that was missing was turned into text.",
    "Find out why the value is missing.",
)
ID_TOO_LONG = Part(
    ": it has more than {most} characters", "Part of the message about IDs: the text is too long.", "Give the ID alone."
)
ID_OF_OTHER_LETTERS = Part(
    ": it has other characters than letters, digits and hyphens",
    "Part of the message about IDs: the text has blanks, slashes or other characters.",
    "Copy the ID from the console, or from `list-voice-connectors`.",
)
WITHOUT_QUOTES = Part(
    ": write it without quotes",
    "Part of messages about numbers and flags: the value is one, but a string.",
    "Remove the quotes.",
)
IN_CAPITALS = Part(
    ": write it in capitals", "Part of the message about protocols: `tcp` or `udp`.", "Write `TCP` or `UDP`."
)
FOR_TLS = Part(
    ": for TLS, give TCP, and require encryption on the voice connector itself",
    "Part of the message about protocols: it is `TLS`, which a route cannot say.",
    "Give `TCP` and the host's TLS port, and have the voice connector require encryption.",
)
NO_CALLS = Part(
    ": a route that is to get no calls is left out",
    "Part of the message about ranges: the weight is 0, as other systems have it.",
    "Remove the route; put it in again when calls are to come back.",
)
NOT_A_STRING = Failure("{value} is not a string", "A host or a region has another type.", "Write it as a string.")
NOT_AN_ADDRESS = Failure(
    "{value} is not an IP address (the port and the brackets of IPv6 do not belong into host)",
    "A host that looks like an IPv4 or IPv6 address is none.",
    "Correct the address; the port has a field of its own.",
)
HOST_IS_URI = Failure(
    "{value} is a URI{hint}; port and transport have fields of their own",
    "A host is written as a SIP or web address.",
    "Give only the host name or address.",
)
HOST_IS_LIST = Failure(
    "{value} names several hosts: give each a route of its own",
    "A host has commas or blanks in it.",
    "Write one route for each host.",
)
HOST_IS_NETWORK = Failure(
    "{value} is a network, not an address: give the address of a host",
    "A host is written with a prefix length.",
    "Give one address.",
)
HOST_NOT_ASCII = Failure(
    "{value} has letters beyond ASCII: write it as {punycode}",
    "A host name is written in another script.",
    "Use the form that DNS has, which the message names.",
)
HOST_IS_PATTERN = Failure(
    "{value} is a pattern: give the name of one host",
    "A host name has an asterisk in it.",
    "Write one route for each host.",
)
ONLY = Part(": give {host}", "Part of the message about URIs: the host that is in it.", "Give only the host.")
HOST_WITH_PORT = Failure(
    "{value} has a port in it: give host and port each in its own field",
    "A host is written as `host:port`.",
    "Give the port in its own field.",
)
NOT_A_HOST = Failure(
    "{value} is neither an IP address nor a host name (RFC 1123)",
    "A host has characters or a length that no host name has.",
    "Give the host's FQDN or address, without scheme, port or spaces.",
)
TOO_MANY_ROUTES = Failure(
    "{count} routes are too many for one voice connector (1 to {most})",
    "More routes than the service's model allows.",
    "Use fewer routes, or a second voice connector.",
)
SAME_ROUTE = Failure(
    "is the same route as {earlier}",
    "Two routes have the same endpoint, priority and weight.",
    "Remove one, or change its priority.",
)
WRONG_KEY = Failure(
    'the key of this route is its endpoint, "{endpoint}"',
    "In the mapping form, a route stands under a key that is not its endpoint.",
    "Use the key that the message gives.",
)
ROUTES_OR_OFF = Failure(
    "give at least one route, or disabled=True to turn inbound calls off",
    "Neither routes nor `disabled=True`: every call would be dropped.",
    "Add a route, or turn inbound calls off on purpose.",
)
NOT_AN_ID = Failure(
    "{value} is not the id of a voice connector",
    "`voice_connector_id` is not a string with a visible character.",
    "Copy the id from the console, or from `list-voice-connectors`.",
)
NO_ID = Failure(
    "{value} cannot be the ID of a voice connector{hint}",
    "`voice_connector_id` is an ARN, a host name, a value in quotes, the word for a missing value, or too long.",
    "Give the ID: 21 or 22 lower case letters and digits, or a UUID.",
)
NOT_A_FLAG = Failure(
    "{value} is neither true nor false{hint}", "`disabled` has another type.", "Use `True` or `False`, without quotes."
)
NOT_A_WAY = Failure(
    "{value} is not known (fail or overwrite)", "`on_conflict` has another value.", 'Use `"fail"` or `"overwrite"`.'
)

# --- refusals

EMERGENCY_CALLING = Refusal(
    "{doing} origination of {connector}: refused, because emergency calling is configured, and must be removed before "
    "inbound calls are turned off: aws chime-sdk-voice delete-voice-connector-emergency-calling-configuration "
    "--voice-connector-id {id} --region {region}{request}",
    "A connector with emergency calling would be turned off, deleted or left by a replacement.",
    "Remove the emergency calling configuration with the command that the message gives, if that is meant.",
)

IGNORED_BELOW_A_LIST = Refusal(
    "Origination {name}: ignore_changes={paths} would not be obeyed with routes as a list: give routes as a mapping keyed by "
    'endpoint ({{"203.0.113.7:5060/UDP": {{…}}}}), or ignore "routes" as a whole.',
    "`ignore_changes` names a path below `routes`, which is a list.",
    "Use the mapping form of `routes`.",
)

# --- warnings that need the declared settings alone

UNREACHABLE_HOST = Caution(
    "AWS cannot reach {host}, {kind}: calls to it fail. Give a public address, or a name that resolves to one.",
    "A host is a private, shared, loopback, link-local, unspecified, multicast or reserved address.",
    "Use a public address of the host.",
)
SINGLE_LABEL_HOST = Caution(
    "{host} is a name without a domain, which public DNS does not resolve: calls to it fail. Give its full name.",
    "A host name has a single label.",
    "Give the fully qualified name.",
)
OWN_NAME = Caution(
    "{host} is the outbound name of a voice connector, so calls to it come back to AWS. Give the host of your own SIP service.",
    "A host is below voiceconnector.chime.aws.",
    "Use the host that answers the calls.",
)
INTERNAL_LOAD_BALANCER = Caution(
    "{host} is an internal load balancer, which has only private addresses: calls to it fail. "
    "Use an internet-facing load balancer.",
    "A host is the name of an internal Elastic Load Balancer.",
    "Use a load balancer with public addresses.",
)
PRIVATE_NAME = Caution(
    "{host} ends in .{ending}, which is for {use}: public DNS does not resolve it, and calls to it fail. Give a public name.",
    "A host name is in a domain that public DNS never serves.",
    "Use a name that public DNS resolves.",
)
PORT_ZERO = Caution(
    "{endpoint} has port 0, on which no host can listen: calls to it fail. Give the port of its SIP service (5060 is usual).",
    "A route's port is 0; the API accepts it.",
    "Give the real port.",
)
MANY_ROUTES = Caution(
    "there are {count} routes, and AWS's own pages differ on whether a voice connector takes ten or twenty: "
    "the apply may be refused. Use ten or fewer to be safe.",
    "More than ten routes.",
    "Use ten routes or fewer.",
)
ODD_ID = Caution(
    "{id} does not look like the id of a voice connector (21 or 22 lower case letters and digits, or a UUID): "
    "AWS may not accept it. Copy the id from the console or from list-voice-connectors.",
    "The id does not match the pattern of the service's model.",
    "Check `voice_connector_id`.",
)
TWO_PRIORITIES = Caution(
    "{endpoint} stands at priorities {priorities}: the later ones try a host again that has failed already, "
    "which is no failover. Give another host for them.",
    "One endpoint at more than one priority.",
    "Use another host for the later priority.",
)

# --- warnings of a preview, which need the old settings or the service

PLACEHOLDER = Caution(
    "{hosts}: reserved for documentation, so calls to it fail. Replace it with the real host.",
    "A host is a documentation address (192.0.2.0/24, 198.51.100.0/24, 203.0.113.0/24, 2001:db8::/32, 3fff::/20) or name "
    "(example.com, example.net, example.org, .example, .test, .invalid), and the service endpoint is not a local one.",
    "Replace it with the address or name of your host.",
)
TURNED_OFF = Caution(
    "inbound calls of {connector} will be turned off: none are let in any more{numbers}.",
    "`disabled` becomes true.",
    "Make sure that this is meant.",
)
FAILOVER_LOST = Caution(
    "{connector} loses its failover: {host} becomes the only host, and calls fail whenever it does, unless a voice connector "
    "group passes them on. Keep a second host.",
    "Routes of two or more hosts become routes of one.",
    "Keep a route to a second host.",
)
ROUTES_GONE = Caution(
    "somebody removed the routes of {connector} since the last pulumi up: it has none any more, and this change gives it "
    "routes again. Make sure that this is meant.",
    "An update finds the voice connector without the routes that the state has.",
    "Find out who removed them, and why, before you apply.",
)
ENCRYPTION = Caution(
    "{connector} requires encryption, so AWS signals over TLS whatever the route says: {endpoints} must answer TLS on that "
    "port, and must not ask for a client certificate. Give the host's TLS port (5061 is usual) with protocol TCP.",
    "The voice connector requires encryption, and a route says UDP or port 5060.",
    "Point the route at the host's TLS port with protocol TCP.",
)
IPV6_NEVER_TRIED = Caution(
    "{connector} is {network_type}, so AWS never tries {hosts}. Give IPv4 addresses, or create a new voice connector as "
    "DUAL_STACK: the network type cannot be changed.",
    "An IPv6 address on a voice connector that is not DUAL_STACK.",
    "Use IPv4 addresses, or move to a voice connector that was created as `DUAL_STACK`.",
)
EMERGENCY_NOT_SEEN = Caution(
    "replacing origination of {connector}: emergency calling was not checked, because these credentials do not find that voice "
    "connector. If it belongs to another account, make sure that it has no emergency calling configuration before you apply.",
    "A replacement leaves a voice connector that the credentials of the new one do not see, such as one of another account.",
    "Check emergency calling with the credentials of the other account.",
)
STORED_ROUTES = Caution(
    "{connector} is turned off and stores routes, which this resource does not declare: {found}. They stay as they are.",
    "A create finds the voice connector turned off, with routes that take no calls.",
    "Declare the routes if they are to be managed.",
)
OVERWRITES_CALLS = Caution(
    '{connector} takes inbound calls now, and on_conflict="overwrite" turns them off{numbers}.',
    'A create with `disabled=True` and `on_conflict="overwrite"` finds routes that take calls.',
    "Confirm that this is intended.",
)
LEFT_BEHIND = Caution(
    "{connector} loses its routes, which move to {new}{numbers}. Phone numbers do not move with them: "
    "associate them with {new}.",
    "A replacement moves routes to another voice connector.",
    "Associate the phone numbers with the new voice connector.",
)
NOT_KNOWN_YET = Part(
    "a voice connector that is not known yet",
    "Part of the message before: this run creates the new voice connector.",
    "Nothing to do.",
)
NUMBERS = Part(
    "; phone numbers that still point to it: {count}",
    "Part of the two messages before: phone numbers are assigned to the voice connector directly. Those that are assigned to a "
    "voice connector group are not counted.",
    "Associate the numbers with another voice connector.",
)
NUMBERS_NOT_COUNTED = Part(
    "; whether phone numbers still point to it could not be read",
    "Part of the same messages: no permission for chime:ListPhoneNumbers.",
    "Grant `chime:ListPhoneNumbers`, or look in the console.",
)
EMERGENCY_NOT_CHECKED = Caution(
    "whether emergency calling is configured for {connector} was not checked: the credentials may not read it. "
    "Grant chime:GetVoiceConnectorEmergencyCallingConfiguration.",
    "The guard on emergency calling has no permission to look; it goes on.",
    "Grant `chime:GetVoiceConnectorEmergencyCallingConfiguration`.",
)
EMERGENCY_NOT_ACCEPTED = Caution(
    "whether emergency calling is configured for {connector} was not checked: AWS did not accept the credentials. "
    "Check the credentials and the system clock.",
    "AWS answers 401 to the guard on emergency calling; it goes on.",
    "Correct the credentials, or set the clock.",
)
EMERGENCY_REFUSED = Caution(
    "whether emergency calling is configured for {connector} was not checked: AWS refused the account, the access key or "
    "its signature. Check which account and which access key the call was made with.",
    "AWS answers 403 to the guard on emergency calling and does not say that a permission is missing; it goes on.",
    "Use the credentials of the voice connector's account.",
)
ADOPTED = Caution(
    "{connector} has these settings already: they are adopted, and no call changes. If another stack manages them, it clears "
    "them when it lets go: set retain_on_delete there first, or use pulumi state move.",
    "A create finds the wanted settings live.",
    "If another stack manages the voice connector, apply `retain_on_delete=True` there before you remove the resource, "
    "or move the resource with `pulumi state move`.",
)
