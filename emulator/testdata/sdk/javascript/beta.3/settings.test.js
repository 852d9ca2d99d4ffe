// The settings of a resource, in API version v1.3-preview.1. The SDK has no
// types for them, so its client is asked for paths that it does not know.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";

import { AzureKeyCredential } from "@azure/core-auth";

import { clientAddress, scenario } from "../client.js";
import { Device } from "../device.js";
import { expected, newClient, refused, untyped } from "./sdk.js";

// A resource of its own: other tests rely on what they would see changed here.
const credential = new AzureKeyCredential("sdk-javascript-settings");
const client = newClient({ credential, apiVersion: "v1.3-preview.1" });

const settingsOf = (enabled) => ({ livenessAbuseMonitoring: { enabled } });

function read() {
  return client.pathUnchecked("/settings").get();
}

function change(body) {
  return client.pathUnchecked("/settings").patch({ body });
}

async function create() {
  const response = await client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), userCorrelationId: randomUUID() },
    ...scenario("abuse-detected"),
  });
  return expected(response);
}

describe("the settings of a resource", () => {
  after(() => change(settingsOf(true)));

  test("have abuse monitoring on", async () => {
    assert.deepEqual(untyped(await read()), settingsOf(true));
  });

  test("switch abuse monitoring off for new sessions", async () => {
    const before = await create();
    assert.deepEqual(untyped(await change(settingsOf(false))), settingsOf(false));
    assert.deepEqual(untyped(await read()), settingsOf(false));

    const { sessionId, authToken } = await create();
    const device = new Device(authToken);
    await device.start();
    await device.detect();
    const session = expected(await client.path("/detectLiveness-sessions/{sessionId}", sessionId).get());
    assert.equal(session.isAbuseMonitoringEnabled, false);
    assert.equal(session.status, "Succeeded");
    assert.equal(session.results.attempts[0].abuseMonitoringResult, undefined);
    assert.deepEqual(session.results.attempts[0].clientInformation, [{ ip: clientAddress }]);

    const older = await client.path("/detectLiveness-sessions/{sessionId}", before.sessionId).get();
    assert.equal(expected(older).isAbuseMonitoringEnabled, true, "it was created under the old settings");
  });

  test("are those of one resource", async () => {
    untyped(await change(settingsOf(false)));
    const other = newClient({ apiVersion: "v1.3-preview.1" });
    assert.deepEqual(untyped(await other.pathUnchecked("/settings").get()), settingsOf(true));
  });

  test("stay as they are when a change names nothing", async () => {
    untyped(await change(settingsOf(false)));
    assert.deepEqual(untyped(await change({})), settingsOf(false));
    assert.deepEqual(untyped(await change({ livenessAbuseMonitoring: {} })), settingsOf(false));
    assert.deepEqual(untyped(await change(settingsOf(true))), settingsOf(true));
  });

  test("take nothing but true and false", async () => {
    refused(await change(settingsOf("never")), "400", "InvalidRequestBody");
    refused(await change({ livenessAbuseMonitoring: false }), "400", "InvalidRequestBody");
  });

  test("are not in v1.2", async () => {
    const stable = newClient({ credential });
    refused(await stable.pathUnchecked("/settings").get(), "404", "404");
  });

  test("need a key that is on the list", async () => {
    const stranger = newClient({ credential: new AzureKeyCredential("wrong"), apiVersion: "v1.3-preview.1" });
    refused(await stranger.pathUnchecked("/settings").get(), "401", "401");
  });
});

test("the token for the client's packages has a day to go and is given in Base64 too", async () => {
  const token = untyped(await client.pathUnchecked("/settings/getClientAssetsAccessToken").get());
  assert.deepEqual(Object.keys(token), ["expiry", "accessToken", "base64AccessToken"]);
  assert.match(token.expiry, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(new Date(token.expiry) > new Date());
  assert.equal(Buffer.from(token.base64AccessToken, "base64").toString(), token.accessToken);
});
