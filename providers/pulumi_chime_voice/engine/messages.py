"""The sentences that every resource shares. `what` is the kind of settings, `resource` the class that declares them."""

from __future__ import annotations

from ..errors import Caution, Failure, Refusal

OLD_SDK = Refusal(
    "pulumi-chime-voice needs the Pulumi SDK {oldest} or newer: this one drops inputs that protect live calls. "
    "Upgrade it: pip install 'pulumi>={oldest}'.",
    "The installed Python package `pulumi` is older than this package requires.",
    "Upgrade `pulumi`.",
)
NO_OWNER = Refusal(
    "the declaration of this {resource} arrived without its internal inputs (names that begin with __), so nothing would "
    "protect live calls. Keep every input that a transform does not change: {{**args.props, ...}}.",
    "A transform of the stack returns new properties and drops the others, or the installed `pulumi` is too old.",
    "Return `{**args.props, …}` from the transform, and upgrade `pulumi`.",
)
PROGRAM_NOT_HEARD = Refusal(
    "what this program declares cannot be read in {folder}: the program and Pulumi's plugin use different folders for temporary "
    "files. Set TMPDIR in the environment of pulumi, and do not change it in the program.",
    "The program changes `TMPDIR`, so the plugin cannot tell which voice connectors are declared.",
    "Set `TMPDIR` before you start `pulumi`.",
)
CLAIMS_OF_ANOTHER_USER = Refusal(
    "{folder} belongs to another user, so what this program declares cannot be kept there: "
    "remove it, or set TMPDIR to a folder of your own.",
    "The folder for temporary files has a folder of this name that another user owns.",
    "Remove the folder, or set `TMPDIR`.",
)
CLAIMS_FOLDER = Refusal(
    "what this program declares cannot be kept in {folder}: {cause}. "
    "Set TMPDIR to a folder on a local disk that you can write to.",
    "The folder for temporary files is full or read-only, has a file in the way, or is on a file system without locks.",
    "Set `TMPDIR` to a folder on a local disk with free space.",
)
NO_ENGINE_ADDRESS = Refusal(
    "the address of Pulumi's engine cannot be found out ({address!r}), so nothing would protect live calls: "
    "this version of Pulumi is not supported yet. Use an older one, and report this.",
    "The installed `pulumi` or `grpcio` differs from those that this version was tested with.",
    "Use an older `pulumi`.",
)
NOT_SENDABLE = Refusal(
    "{named}: {path} is a {type}, which Pulumi cannot send. Give {instead}.",
    "An argument has a type that is no input.",
    "Give what the message names.",
)
OPTION_ID = Refusal(
    "{named}: the option {option} reads settings instead of managing them. Use {resource}.get to read them.",
    "`ResourceOptions(id=…)` or `ResourceOptions(urn=…)`.",
    "Use `get`.",
)
NO_SUCH_PROPERTY = Refusal(
    "{named}: {option}={path!r} names no property ({hint}), so Pulumi would ignore it.",
    "`ignore_changes` or `additional_secret_outputs` names a property that the resource does not have.",
    "Use the name that the message suggests.",
)
IMPORT = Refusal(
    "{named}: import_ cannot work with a dynamic provider: declare the settings that are live now and run "
    "pulumi up, which adopts them without changing a call.",
    "`ResourceOptions(import_=…)`.",
    "Declare the live settings (`chime-voice export` writes them), and run `pulumi up`.",
)
FOREIGN_PROVIDER = Refusal(
    "{named}: its provider is of package {package}, which Pulumi would ignore, and call the default account: "
    "use pulumi_chime_voice.Provider.",
    "`opts.provider` is not of this package.",
    "Use `pulumi_chime_voice.Provider`.",
)
PROVIDER_NOT_KNOWN = Caution(
    "{name}: {arguments} not known in this preview, so Pulumi does not ask the provider: its resources are neither checked nor "
    "compared with what is live. pulumi up checks them.",
    "An argument of a `Provider` comes from a resource that this run creates or replaces.",
    "Read the next preview, or give the argument a value that is known.",
)
STILL_DECLARED = Refusal(
    "deleting {what} of Voice Connector {id}: refused, because the program declares this voice connector as {owner}, which "
    "does not manage it yet. Run pulumi up without --target and --exclude until {owner} is created, and then delete this one.",
    "After a rename, the new resource was not created in this run (its create failed, or `--target` or `--exclude` left it out). "
    "The old resource stays in the state, so that the settings that are live have an owner.",
    "Run `pulumi up` for both resources, or for the new one first.",
)
DECLARED_TWICE = Refusal(
    "Voice Connector {id} ({region}) is declared twice in this program, by {one} and by {other}: "
    "a voice connector has one set of {what} settings, so declare it once",
    "Two resources of one program have the same voice connector.",
    "Declare it once.",
)
NOT_HERE = Refusal(
    "{doing} {what} of {connector}: refused, because AWS finds neither the {what} settings nor the voice connector "
    "in this account and region. Check the credentials, the region and the service endpoint. If the voice connector was deleted, "
    "remove the resource from the state: pulumi state delete '{urn}'.",
    "The state has settings, and AWS answers NotFound for them and for the voice connector: the credentials, the "
    "region or the endpoint are others than before, or the voice connector was deleted.",
    "Use the credentials, the region and the endpoint of the last `pulumi up`. If the voice connector was deleted, run the "
    "command that the message gives.",
)
NO_SUCH_CONNECTOR = Refusal(
    "{doing} {what} of {connector}: there is no such voice connector in this account and region. "
    "Check the id, the region and the account.{regions}",
    "A preview found neither settings nor a voice connector under this id.",
    "Correct `voice_connector_id`, `region`, or the credentials.",
)
GONE = Refusal(
    "reading {what} of {connector}: there is none: check the id and the region, or configure it with {resource}.",
    "`get` found no settings.",
    "Correct id or region, or declare the settings.",
)
CONFLICT = Refusal(
    "{doing} {what} of {connector}: refused, because it has other settings already: {found}. "
    'Declare these to adopt them without changing a call, or set on_conflict="overwrite" to replace them '
    "(a resource that has a new name needs an alias; one that is to be replaced, its change without --replace first).",
    "The voice connector has settings that neither this stack nor this change made; a create would overwrite them.",
    'Declare the live settings (they are adopted), or set `on_conflict="overwrite"`. After a rename, add '
    "`aliases=[pulumi.Alias(name=…)]`. With `--replace` or after a taint the engine does not say what the state holds: "
    "apply the change on its own first.",
)
OUTSIDE_CHANGE = Refusal(
    "{doing} {what} of {connector}: refused, because somebody changed it since the last pulumi up: {differences}. "
    "Run pulumi refresh to take the live settings into the state and see them in the next preview, "
    'or set on_conflict="overwrite" to replace them.',
    "The live settings are neither those of the state nor the wanted ones; an update would undo somebody's change.",
    'Run `pulumi refresh` and preview again, or set `on_conflict="overwrite"`.',
)
OUTSIDE_CHANGE_ON_DELETE = Refusal(
    "{doing} {what} of {connector}: refused, because somebody changed it since the last pulumi up: {differences}. "
    "Run pulumi refresh to take the live settings into the state, then delete again; resources that were last written "
    'with on_conflict="overwrite" are deleted without a look.',
    "The live settings are not those of the state; a delete would end calls that somebody set up.",
    'Run `pulumi refresh`, then delete again. With `on_conflict="overwrite"` in the state, nothing is asked.',
)
ANSWERS_OTHERWISE = Caution(
    "{connector} took the settings but answers with others: {differences}. Run pulumi refresh to see what it holds now.",
    "The answer to a write differs from what was written.",
    "Run `pulumi refresh`, and compare.",
)
NO_REGION = Failure(
    "none is set: set it on the resource, as aws:region in the stack's configuration, or as AWS_REGION",
    "No region is to be found anywhere.",
    "Set one of the three.",
)
REQUIRED = Failure("is required", "A required field or argument is missing.", "Add it.")
