// Run the operations in the JSON on stdin in order, with the AWS SDK for JavaScript, and print the result of
// each: [{"ok": output} | {"error": name, "message": …, "status": …, "requestId": …}].
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const [endpoint, sdkFolder] = process.argv.slice(2);
const sdk = createRequire(`${sdkFolder}/package.json`)("@aws-sdk/client-chime-sdk-voice");
const { calls, ...settings } = JSON.parse(await text(process.stdin));

const client = new sdk.ChimeSDKVoiceClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  ...settings,
});

const results = [];
for (const [operation, input] of calls) {
  try {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](input));
    results.push({ ok: output, status: $metadata.httpStatusCode, attempts: $metadata.attempts });
  } catch (error) {
    results.push({
      error: error.name,
      message: error.message,
      status: error.$metadata?.httpStatusCode,
      requestId: error.$metadata?.requestId,
      attempts: error.$metadata?.attempts,
    });
  }
}
client.destroy();
console.log(JSON.stringify(results));
