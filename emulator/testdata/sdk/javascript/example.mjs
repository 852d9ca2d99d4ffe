import createClient, { isUnexpected } from "@azure-rest/ai-vision-face";
import { AzureKeyCredential } from "@azure/core-auth";

const client = createClient(process.env.FACE_ENDPOINT, new AzureKeyCredential(process.env.FACE_APIKEY));

const created = await client.path("/detectLiveness-sessions").post({
  body: { livenessOperationMode: "Passive", deviceCorrelationId: crypto.randomUUID() },
});
if (isUnexpected(created)) throw new Error(created.body.error.message);
const { sessionId, authToken } = created.body;

// The token goes to the device, which plays the check. This call stands in for it.
await fetch(`${process.env.FACE_ENDPOINT}/face/v1.2/detectLiveness/singleModal`, {
  method: "POST",
  headers: { Authorization: `Bearer ${authToken}` },
});

const read = await client.path("/detectLiveness-sessions/{sessionId}", sessionId).get();
if (isUnexpected(read)) throw new Error(read.body.error.message);
console.log(read.body.status, read.body.results.attempts[0].result.livenessDecision);
