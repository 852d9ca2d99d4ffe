import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { AzureKeyCredential } from "@azure/core-auth";
import { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";

import { newClient } from "./client.js";
import { claimsOf } from "./device.js";
import { expected, refused } from "./expect.js";
import { accessToken, credentialOf, inAnHour } from "./tokens.js";

function create(client) {
  return client.path("/detectLiveness/singleModal/sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
  });
}

/** What a credential that opens a resource is good for, and nobody else's is. */
async function opensItsResource(credential) {
  const client = newClient({ credential });
  const { sessionId } = expected(await create(client));
  const session = client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
  assert.equal(expected(await session.get()).id, sessionId);

  const stranger = newClient({ credential: credentialOf(accessToken()) });
  const unseen = stranger.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
  refused(await unseen.get(), "404", "SessionNotFound");

  const deleted = await session.delete();
  expected(deleted);
  assert.equal(deleted.status, "200");
}

describe("an Entra access token", () => {
  test("opens the resource of its identity", () => opensItsResource(credentialOf(accessToken())));

  const tokens = {
    "that has expired": () => accessToken({ exp: inAnHour() - 7200 }),
    "for another service": () => accessToken({ aud: "https://management.azure.com" }),
    "that is no JWT": () => "not-a-token",
  };
  for (const [what, token] of Object.entries(tokens)) {
    test(`${what} is refused with 401`, async () => {
      const error = refused(await create(newClient({ credential: credentialOf(token()) })), "401", "401");
      assert.match(error.message, /^Access denied/);
    });
  }

  test("is not the token of a session", async () => {
    const { authToken } = expected(await create(newClient()));
    refused(await create(newClient({ credential: credentialOf(authToken) })), "401", "401");
  });
});

// Through IDENTITY_ENDPOINT and IDENTITY_HEADER, as in an Azure App Service.
describe("DefaultAzureCredential", () => {
  test("opens the resource of the managed identity", () => opensItsResource(new DefaultAzureCredential()));

  test("opens the same resource every time", async () => {
    const { sessionId } = expected(await create(newClient({ credential: new DefaultAzureCredential() })));
    const client = newClient({ credential: new DefaultAzureCredential() });
    const read = await client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId).get();
    assert.equal(expected(read).id, sessionId);
  });

  test("opens another resource for an identity that the app names", async () => {
    const { sessionId } = expected(await create(newClient({ credential: new DefaultAzureCredential() })));
    const named = new DefaultAzureCredential({ managedIdentityClientId: randomUUID() });
    await opensItsResource(named);
    const client = newClient({ credential: named });
    const unseen = client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
    refused(await unseen.get(), "404", "SessionNotFound");
  });

  test("has no token for another service", async () => {
    // Alone, as the whole chain would go on to whoever is logged in on this machine.
    const credential = new ManagedIdentityCredential();
    const { token } = await credential.getToken("https://cognitiveservices.azure.com/.default");
    assert.match(claimsOf(token).aud, /^https:\/\/cognitiveservices\.azure\.com\/?$/);
    await assert.rejects(credential.getToken("https://management.azure.com/.default"), /resource must be/);
  });
});

// The emulator of this suite runs with a list of keys, of which two are of one resource, as in Azure.
describe("a subscription key", () => {
  test("opens what the other key of its resource created", async () => {
    const credential = new AzureKeyCredential("face0000face0000face0000face0002");
    const { sessionId } = expected(await create(newClient({ credential })));
    const read = await newClient().path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId).get();
    assert.equal(expected(read).id, sessionId);
  });

  test("does not open what another resource created", async () => {
    const { sessionId } = expected(await create(newClient()));
    const client = newClient({ credential: new AzureKeyCredential("sdk-javascript-beta1-list") });
    const session = client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
    refused(await session.get(), "404", "SessionNotFound");
    refused(await session.delete(), "404", "SessionNotFound");
  });

  test("that is not on the list is refused with 401", async () => {
    const error = refused(await create(newClient({ credential: new AzureKeyCredential("wrong") })), "401", "401");
    assert.match(error.message, /^Access denied due to invalid subscription key/);
  });
});
