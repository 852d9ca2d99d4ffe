// A suite that brings its own Face service. The image is made by
// "docker build -t face-liveness-emulator ." in the emulator's repository.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";

import createClient, { isUnexpected } from "@azure-rest/ai-vision-face";
import { AzureKeyCredential } from "@azure/core-auth";
import { GenericContainer, Wait } from "testcontainers";

let container;
let http;
let https;
let ca;

before(async () => {
  container = await new GenericContainer(process.env.FACE_LIVENESS_IMAGE ?? "face-liveness-emulator")
    .withCommand(["--ephemeral"])
    .withExposedPorts(10100, 10101)
    .withWaitStrategy(Wait.forHttp("/readyz", 10100))
    .start();
  http = `http://${container.getHost()}:${container.getMappedPort(10100)}`;
  https = `https://${container.getHost()}:${container.getMappedPort(10101)}`;
  // An app in a process of its own takes a file with this text by NODE_EXTRA_CA_CERTS.
  ca = await (await fetch(`${http}/_emulator/ca.pem`)).text();
});

after(() => container?.stop());

/** A client of a resource that no other test uses: any text is a key, and each key is a resource. */
function newFace() {
  const key = randomUUID();
  const client = createClient(https, new AzureKeyCredential(key), { tlsOptions: { ca } });
  return { key, client };
}

/** Creates a session that goes as the scenario says. */
async function create(client, scenario) {
  const created = await client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
    headers: { "X-Face-Liveness-Scenario": scenario },
  });
  if (isUnexpected(created)) assert.fail(created.body.error.message);
  return created.body;
}

/** Plays the device: one attempt, without a video. */
const play = (token) =>
  fetch(`${http}/face/v1.2/detectLiveness/singleModal`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}` },
  });

test("a masked face may try again, and passes", async () => {
  const { client } = newFace();
  const { sessionId, authToken } = await create(client, "mask-then-real");

  assert.equal((await (await play(authToken)).json()).error.code, "FaceWithMaskDetected");
  assert.equal((await play(authToken)).status, 200);

  const read = await client.path("/detectLiveness-sessions/{sessionId}", sessionId).get();
  if (isUnexpected(read)) assert.fail(read.body.error.message);
  assert.equal(read.body.status, "Succeeded");
  assert.equal(read.body.results.attempts[0].result.livenessDecision, "realface");
});

test("a token of ten minutes has expired after fifteen", async () => {
  const { key, client } = newFace();
  const { authToken } = await create(client, "happy-path");

  // The clock of this key alone; nobody waits.
  const moved = await fetch(`${http}/_emulator/clock`, {
    method: "PATCH",
    headers: { "Ocp-Apim-Subscription-Key": key, "Content-Type": "application/json" },
    body: JSON.stringify({ advance: "15m" }),
  });
  assert.equal(moved.status, 200);
  assert.equal((await play(authToken)).status, 401);
});
