import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { AzureKeyCredential } from "@azure/core-auth";

import { newClient } from "./client.js";
import { expected, refused } from "./expect.js";

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** A TokenCredential that hands out the same text, as @azure/identity would an access token. */
function credentialOf(token) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) };
}

/** An access token as Entra ID shapes it. The emulator cannot check the signature, so it is made up. */
function accessToken(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [
    encode({ alg: "RS256", typ: "JWT" }),
    encode({ aud: "https://cognitiveservices.azure.com", exp: inAnHour(), oid: randomUUID(), ...claims }),
    Buffer.from("signature").toString("base64url"),
  ].join(".");
}

function create(client) {
  return client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
  });
}

describe("an Entra access token", () => {
  test("opens the resource of its identity", async () => {
    const client = newClient(credentialOf(accessToken()));
    const { sessionId } = expected(await create(client));
    const session = client.path("/detectLiveness-sessions/{sessionId}", sessionId);
    assert.equal(expected(await session.get()).sessionId, sessionId);

    const stranger = newClient(credentialOf(accessToken()));
    const unseen = stranger.path("/detectLiveness-sessions/{sessionId}", sessionId);
    refused(await unseen.get(), "404", "SessionNotFound");

    const deleted = await session.delete();
    expected(deleted);
    assert.equal(deleted.status, "204");
  });

  const tokens = {
    "that has expired": () => accessToken({ exp: inAnHour() - 7200 }),
    "for another service": () => accessToken({ aud: "https://management.azure.com" }),
    "that is no JWT": () => "not-a-token",
  };
  for (const [what, token] of Object.entries(tokens)) {
    test(`${what} is refused with 401`, async () => {
      const error = refused(await create(newClient(credentialOf(token()))), "401", "401");
      assert.match(error.message, /^Access denied/);
    });
  }

  test("is not the token of a session", async () => {
    const { authToken } = expected(await create(newClient()));
    refused(await create(newClient(credentialOf(authToken))), "401", "401");
  });
});

describe("a subscription key", () => {
  // The emulator of this suite runs with a list of keys.
  test("that is not on the list is refused with 401", async () => {
    const error = refused(await create(newClient(new AzureKeyCredential("wrong"))), "401", "401");
    assert.match(error.message, /^Access denied due to invalid subscription key/);
  });
});
