import createClient, { isUnexpected } from "@azure-rest/ai-vision-face";
import { AzureKeyCredential } from "@azure/core-auth";

const client = createClient(process.env.FACE_ENDPOINT, new AzureKeyCredential(process.env.FACE_APIKEY));

const created = await client.path("/detectLiveness/singleModal/sessions").post({
  body: { livenessOperationMode: "Passive", deviceCorrelationId: crypto.randomUUID() },
});
if (isUnexpected(created)) throw new Error(created.body.error.message);
const { sessionId, authToken } = created.body; // authToken goes to the device

const read = await client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId).get();
if (isUnexpected(read)) throw new Error(read.body.error.message);
console.log(read.body.status, read.body.result?.response.body.livenessDecision);
