"""Defines the messages that every resource shares. Used in both processes.

`what` is the kind of settings, `resource` the class that declares them.
"""

from __future__ import annotations

from ..errors import Caution, Failure, Refusal

PROGRAM_NOT_HEARD = Refusal(
    "found no declarations of this run's program in {folder}. In pulumi up and preview, the program and the Pulumi plugin use "
    "different folders for temporary files, or different versions of pulumi-chime-voice: set TMPDIR before you start pulumi, do "
    "not change it in the program, and let both run in one virtual environment. pulumi import takes only a file that this "
    "package has written: chime-voice export --import-file FILE."
)
IN_A_THREAD = Refusal(
    "it is declared in a thread without an event loop, where Pulumi cannot register resources. Declare it in the program's own "
    "thread."
)
CLAIMS_OF_ANOTHER_USER = Refusal(
    "{folder} is owned by another user, so the program cannot tell Pulumi's plugin there what it declares. Remove "
    "it, or set TMPDIR to a folder of your own."
)
CLAIMS_FOLDER = Refusal(
    "cannot use {folder}, where the program tells Pulumi's plugin what it declares: {cause}. Set TMPDIR to a folder that you can "
    "write to."
)
NOT_OPTIONS = Refusal("{named}: {what} is a {type}, not a {instead}. Pass a pulumi.{instead}.")
NOT_SENDABLE = Refusal("{named}: {path} is a {type}, which Pulumi cannot send. Use {instead}.")
OPTION_ID = Refusal(
    "{named}: the option {option} reads settings instead of managing them. To read settings, use {resource}.get."
)
NO_SUCH_PROPERTY = Refusal("{named}: {option}={path!r} names no property ({hint}), so Pulumi would ignore it.")
IMPORT = Refusal(
    "{named}: import_ is not supported by dynamic providers. Declare the live settings and run pulumi up; "
    "identical settings are adopted with no effect on calls. To import them without a write, use pulumi import with the file "
    "that chime-voice export --import-file writes."
)
IMPORT_FOREIGN = Refusal(
    "importing this {resource}: blocked, because the installed version of chime-voice export --import-file did not write it. "
    "Write the file again, and import that: chime-voice export --import-file FILE."
)
IMPORT_CHANGED = Refusal(
    "importing this {resource}: blocked, because its inputs in the import file were changed after the export ({problems}). Write "
    "the file again: chime-voice export --import-file FILE. To change the settings, import them first, then run pulumi up."
)
DELETE_FIRST_IGNORED = Caution(
    "{named}: the option delete_before_replace is ignored: it would delete the settings of the old voice connector before the "
    "new one has them. The new one always gets them first."
)
FOREIGN_PROVIDER = Refusal(
    "{named}: its provider is of package {package}. Pulumi would ignore it and use the default account. Use "
    "pulumi_chime_voice.Provider."
)
PROVIDER_NOT_KNOWN = Caution(
    "{name}: {arguments} not known in this preview, so Pulumi cannot ask the provider: this preview neither "
    "checks its resources nor compares them with the live settings. pulumi up does."
)
STILL_DECLARED = Refusal(
    "deleting {what} of Voice Connector {id}: blocked, because the program declares this voice connector as "
    "{owner}, which does not manage it yet. Run pulumi up without --target and --exclude until {owner} is "
    "created, then delete this resource."
)
STILL_READ = Refusal(
    "deleting {what} of Voice Connector {id}: blocked, because the program still reads these settings with get, as {owner}. To "
    "delete them, remove {owner} from the program as well. To leave them as they are, no longer managed by this stack, run "
    "pulumi state delete '{urn}'."
)
MAY_BE_DECLARED = Refusal(
    "deleting {what} of Voice Connector {id}: blocked, because the program declares {owner} with an ID that this run did not "
    "find out, and it may be this voice connector. Run pulumi up again when the resource that provides the ID can be "
    "created; with --target or --exclude, include {owner}."
)
DELETED_FIRST = Refusal(
    "deleting {what} of Voice Connector {id}: blocked, because the program still declares it as {owner}, and Pulumi deletes it "
    "before it knows which voice connector {owner} gets. Remove the option replace_with or deleted_with from {owner} (or "
    "delete_before_replace from its Provider), and run pulumi up again."
)
IGNORED_BELOW = Refusal("{named}: ignore_changes={paths} has no effect. {instead}, or ignore {name!r} as a whole.")
DECLARED_TWICE = Refusal(
    "Voice Connector {id} ({region}) is declared twice in this program, by {one} and by {other}. Each voice "
    "connector can have only one {resource}."
)
NOT_LEFT_YET = Refusal(
    "declaring {what} of Voice Connector {id}: blocked, because {owner} still manages this voice connector, although the program "
    "declares another one for {owner}. Run pulumi up without --target and --exclude, so that both change in one run."
)
NOT_HERE = Refusal(
    "{doing} {what} of {connector}: blocked, because AWS finds neither the {what} settings nor the voice "
    "connector in this account and region. Check the credentials, the region and the service "
    "endpoint.{service} If the voice connector was deleted, remove the resource from the state: "
    "pulumi state delete --force '{urn}'."
)
NOT_HERE_AFTER_MOVE = Refusal(
    "{doing} {what} of {connector}: blocked, because AWS finds neither the {what} settings nor the voice connector in this "
    "account and region. The new voice connector has its settings already.{service} If {id} was deleted, remove what is left of "
    'it: run pulumi stack export --file state.json, remove the resource that has the ID {id} and "delete": true from the file, '
    "and run pulumi stack import --file state.json. Otherwise use the credentials, the region and the endpoint of the last "
    "pulumi up."
)
NO_SUCH_CONNECTOR = Refusal(
    "{doing} {what} of {connector}: there is no such voice connector in this account and region. Check the "
    "ID, the region and the account.{service}{regions}"
)
CUSTOM_ENDPOINT = (
    " The endpoint is {url}, not AWS: if it is an emulator, start it with the --data file or the --seed file that has this "
    "voice connector."
)
GONE = Refusal(
    "reading {what} of {connector}: not found. Check the ID and the region, or create the settings with {resource}."
)
CONFLICT = Refusal(
    "{doing} {what} of {connector}: blocked, because the voice connector already has different settings: "
    '{found}. To adopt them, declare the same settings; to replace them, set on_conflict="overwrite". If you '
    "renamed the resource, add an alias. If --replace, replace_with or a taint replaces the resource, first apply the change "
    "without that."
)
OUTSIDE_CHANGE = Refusal(
    "{doing} {what} of {connector}: blocked, because the live settings were changed outside Pulumi since the "
    'last pulumi up: {differences}. Run pulumi refresh and preview again, or set on_conflict="overwrite" to '
    "discard those changes.{last_change}"
)
OUTSIDE_CHANGE_ON_DELETE = Refusal(
    "{doing} {what} of {connector}: blocked, because the live settings were changed outside Pulumi since the "
    "last pulumi up: {differences}. Run pulumi refresh, then try again. To delete without this check, "
    'apply on_conflict="overwrite" first.{last_change}'
)
OUTSIDE_CHANGE_AFTER_MOVE = Refusal(
    "{doing} {what} of {connector}: blocked, because the live settings were changed outside Pulumi since the "
    "last pulumi up: {differences}. The new voice connector has its settings already. To delete these as well, run pulumi "
    "refresh (without --run-program), then pulumi up.{last_change}"
)
OVERWRITTEN = Refusal(
    "{doing} {what} of {connector}: blocked, because the program declares {owner} there unchanged, but the live settings are "
    "those that an earlier run wrote for another resource of this stack. Run pulumi refresh, then pulumi up: it restores what "
    "{owner} declares, except for what {owner} ignores."
)
LAST_CHANGE = " The live settings are those of CloudTrail's last change: {who}, {time} UTC."
LAST_CHANGE_NOT_SHOWN = (
    " The live settings may be those of a later change, because the newest event does not show its settings. CloudTrail's last "
    "change: {who}, {time} UTC."
)
STORED = Refusal(
    "{doing} {what} of {connector}: blocked, because AWS stores settings there that this resource does not declare, and this "
    'update would replace them: {found}. Declare them, or set on_conflict="overwrite" to discard them.'
)
OLD_SETTINGS_STAY = (
    " The previous settings are still live: run pulumi up again before you remove this resource from the program."
)
ANSWERS_OTHERWISE = Caution(
    "{connector} accepted the settings but reports different ones: {differences}. Run pulumi refresh to see "
    "the live settings."
)
EMERGENCY_NOT_MOVED = Refusal(
    "{doing} {what} of {connector}: blocked, because emergency calling is still configured there: this run did not move it. "
    "The new voice connector has its settings already. Its EmergencyCalling was left out by --target or --exclude, depends on a "
    "resource that failed, or has retain_on_delete. Correct that, and run pulumi up again. If no resource in the state manages "
    "it any more, first remove it by hand (aws chime-sdk-voice delete-voice-connector-emergency-calling-configuration "
    "--voice-connector-id {id} --region {region})."
)
EMERGENCY_NOT_CHECKED = Caution(
    "could not check emergency calling of {connector}: missing permission. Grant "
    "chime:GetVoiceConnectorEmergencyCallingConfiguration."
)
EMERGENCY_NOT_ACCEPTED = Caution(
    "could not check emergency calling of {connector}: AWS rejected the credentials. Check the credentials "
    "and the system clock."
)
EMERGENCY_REFUSED = Caution(
    "could not check emergency calling of {connector}: AWS rejected the account, the access key or its "
    "signature. Check which account and which access key made the call."
)
NO_REGION = Failure("is not set. Set it on the resource, as aws:region in the stack's configuration, or as AWS_REGION")
ID_OF_RESPONSE = '; pass its ["VoiceConnectorId"]'
ID_OF_ARN = ": use {id}"
ID_MISSING = ": it looks like a missing value converted to text"
ID_TOO_LONG = ": it has more than {most} characters"
ID_OF_OTHER_LETTERS = ": it contains characters other than letters, digits and hyphens"
NOT_AN_ID = Failure("must be the ID of a voice connector; got {value}{hint}")
NO_ID = Failure("{value} cannot be the ID of a voice connector{hint}")
NOT_A_WAY = Failure('must be "fail" or "overwrite"; got {value}')
ODD_ID = Caution(
    "{id} does not look like the ID of a voice connector (21 or 22 lower-case letters and digits, or a "
    "UUID), so AWS may reject it. Copy the ID from the console or from list-voice-connectors."
)
ADOPTED = Caution(
    "{connector} already has these settings; adopting them with no effect on calls. If another stack "
    "or another tool manages them, it deletes them when you remove them there: first set retain_on_delete there, or "
    "use pulumi state move; in Terraform, terraform state rm. If you renamed the resource, only its old entry leaves the state."
)
NOT_KNOWN_YET = "a voice connector that does not exist yet"
