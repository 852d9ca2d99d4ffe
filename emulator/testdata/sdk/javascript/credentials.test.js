import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { AzureKeyCredential } from "@azure/core-auth";
import { DefaultAzureCredential, ManagedIdentityCredential } from "@azure/identity";

import * as beta1 from "./beta.1/sdk.js";
import * as beta3 from "./beta.3/sdk.js";
import { claimsOf } from "./device.js";
import { accessToken, credentialOf, inAnHour } from "./tokens.js";

for (const [release, { newClient, expected, refused }, path, idOf, deletedStatus] of [
  ["1.0.0-beta.3", beta3, "/detectLiveness-sessions", (session) => session.sessionId, "204"],
  ["1.0.0-beta.1", beta1, "/detectLiveness/singleModal/sessions", (session) => session.id, "200"],
]) {
  const create = (credential) =>
    newClient({ credential })
      .path(path)
      .post({ body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() } });

  const at = (sessionId, credential) => newClient({ credential }).path(`${path}/{sessionId}`, sessionId);

  /** What a credential that opens a resource is good for, and nobody else's is. */
  const opensItsResource = async (credential) => {
    const { sessionId } = expected(await create(credential));
    assert.equal(idOf(expected(await at(sessionId, credential).get())), sessionId);

    const stranger = credentialOf(accessToken());
    refused(await at(sessionId, stranger).get(), "404", "SessionNotFound");

    const deleted = await at(sessionId, credential).delete();
    expected(deleted);
    assert.equal(deleted.status, deletedStatus);
  };

  describe(`${release}: an Entra access token`, () => {
    test("opens the resource of its identity", () => opensItsResource(credentialOf(accessToken())));

    const tokens = {
      "that has expired": () => accessToken({ exp: inAnHour() - 7200 }),
      "for another service": () => accessToken({ aud: "https://management.azure.com" }),
      "that is no JWT": () => "not-a-token",
    };
    for (const [what, token] of Object.entries(tokens)) {
      test(`${what} is refused with 401`, async () => {
        const error = refused(await create(credentialOf(token())), "401", "401");
        assert.match(error.message, /^Access denied/);
      });
    }

    test("is not the token of a session", async () => {
      const { authToken } = expected(await create());
      refused(await create(credentialOf(authToken)), "401", "401");
    });
  });

  // Through IDENTITY_ENDPOINT and IDENTITY_HEADER, as in an Azure App Service.
  describe(`${release}: DefaultAzureCredential`, () => {
    test("opens the resource of the managed identity", () => opensItsResource(new DefaultAzureCredential()));

    test("opens the same resource every time", async () => {
      const { sessionId } = expected(await create(new DefaultAzureCredential()));
      const read = await at(sessionId, new DefaultAzureCredential()).get();
      assert.equal(idOf(expected(read)), sessionId);
    });

    test("opens another resource for an identity that the app names", async () => {
      const { sessionId } = expected(await create(new DefaultAzureCredential()));
      const named = new DefaultAzureCredential({ managedIdentityClientId: randomUUID() });
      await opensItsResource(named);
      refused(await at(sessionId, named).get(), "404", "SessionNotFound");
    });
  });

  // The emulator of this suite runs with a list of keys, of which two are of one resource, as in Azure.
  describe(`${release}: a subscription key`, () => {
    test("opens what the other key of its resource created", async () => {
      const { sessionId } = expected(await create(new AzureKeyCredential("face0000face0000face0000face0002")));
      assert.equal(idOf(expected(await at(sessionId).get())), sessionId);
    });

    test("does not open what another resource created", async () => {
      const { sessionId } = expected(await create());
      const session = at(sessionId, new AzureKeyCredential("sdk-javascript-list"));
      refused(await session.get(), "404", "SessionNotFound");
      refused(await session.delete(), "404", "SessionNotFound");
    });

    test("that is not on the list is refused with 401", async () => {
      const error = refused(await create(new AzureKeyCredential("wrong")), "401", "401");
      assert.match(error.message, /^Access denied due to invalid subscription key/);
    });
  });
}

test("a managed identity has no token for another service", async () => {
  // Alone, as the whole chain would go on to whoever is logged in on this machine.
  const credential = new ManagedIdentityCredential();
  const { token } = await credential.getToken("https://cognitiveservices.azure.com/.default");
  assert.match(claimsOf(token).aud, /^https:\/\/cognitiveservices\.azure\.com\/?$/);
  await assert.rejects(credential.getToken("https://management.azure.com/.default"), /resource must be/);
});
