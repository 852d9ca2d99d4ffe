import { randomUUID } from "node:crypto";

import { Device } from "../device.js";
import { expected } from "./sdk.js";

/** A finished session that kept its image, and the result of its attempt. */
export async function finished(client) {
  const response = await client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), enableSessionImage: true },
  });
  const { sessionId, authToken } = expected(response);
  const device = new Device(authToken);
  await device.start();
  await device.detect();
  const session = client.path("/detectLiveness-sessions/{sessionId}", sessionId);
  const { results } = expected(await session.get());
  return { session, result: results.attempts[0].result };
}
