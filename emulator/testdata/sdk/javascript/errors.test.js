import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import * as beta1 from "./beta.1/sdk.js";
import * as beta3 from "./beta.3/sdk.js";

function create(client, path, settings) {
  return client.path(path).post({
    contentType: "application/json",
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings },
  });
}

// Each path that takes a session in JSON, and a switch that its version has.
for (const [{ newClient, expected, refused }, path, field] of [
  [beta3, "/detectLiveness-sessions", "enableSessionImage"],
  [beta1, "/detectLiveness/singleModal/sessions", "sendResultsToClient"],
  [beta1, "/detectLivenessWithVerify/singleModal/sessions", "sendResultsToClient"],
]) {
  describe(`a create call at ${path} is refused with 400`, () => {
    const client = newClient();
    const cases = [
      ["a mode that does not exist", { livenessOperationMode: "Active" }, "InvalidLivenessOperationMode"],
      ["no mode", { livenessOperationMode: undefined }, "InvalidLivenessOperationMode"],
      ["a token lifetime below 60 s", { authTokenTimeToLiveInSeconds: 59 }, "InvalidTokenLifetime"],
      ["a token lifetime above a day", { authTokenTimeToLiveInSeconds: 86401 }, "InvalidTokenLifetime"],
      ["no device correlation id", { deviceCorrelationId: undefined }, "InvalidDeviceCorrelationId"],
      ["an empty device correlation id", { deviceCorrelationId: "" }, "InvalidDeviceCorrelationId"],
      [
        "a device correlation id of 65 characters",
        { deviceCorrelationId: "x".repeat(65) },
        "InvalidDeviceCorrelationId",
      ],
      ["a switch that is a number", { [field]: 1 }, "InvalidRequestBody"],
    ];
    for (const [what, settings, code] of cases) {
      test(what, async () => {
        refused(await create(client, path, settings), "400", code);
      });
    }

    test("but not at the limits", async () => {
      const limits = { deviceCorrelationId: "x".repeat(64), authTokenTimeToLiveInSeconds: 60 };
      expected(await create(client, path, limits));
      expected(await create(client, path, { authTokenTimeToLiveInSeconds: 86400 }));
    });
  });
}

test("a verify session of v1.2 in JSON is refused with 400", async () => {
  const response = await create(beta3.newClient(), "/detectLivenessWithVerify-sessions");
  beta3.refused(response, "400", "InvalidRequestBody");
});

describe("a session that never was is not found", () => {
  for (const [{ newClient, refused }, path] of [
    [beta3, "/detectLiveness-sessions/{sessionId}"],
    [beta3, "/detectLivenessWithVerify-sessions/{sessionId}"],
    [beta1, "/detectLiveness/singleModal/sessions/{sessionId}"],
    [beta1, "/detectLivenessWithVerify/singleModal/sessions/{sessionId}"],
  ]) {
    test(`at ${path}`, async () => {
      const session = newClient().path(path, randomUUID());
      const error = refused(await session.get(), "404", "SessionNotFound");
      assert.equal(error.message, "Session Id is not found. The session id is expired or does not exist.");
      refused(await session.delete(), "404", "SessionNotFound");
    });
  }
});

describe("an audit of a session that never was is not found", () => {
  for (const family of ["/detectLiveness/singleModal/sessions", "/detectLivenessWithVerify/singleModal/sessions"]) {
    test(`at ${family}`, async () => {
      const audit = beta1.newClient().path(`${family}/{sessionId}/audit`, randomUUID());
      beta1.refused(await audit.get(), "404", "SessionNotFound");
    });
  }
});

test("a version that never was is not found", async () => {
  const old = beta1.newClient({ apiVersion: "v1.0-preview.7" });
  beta1.refused(await old.path("/detectLiveness/singleModal/sessions").get(), "404", "404");
});

describe("every answer has a request id of its own", () => {
  const calls = {
    "to a create call": () => create(beta3.newClient(), "/detectLiveness-sessions"),
    "to a list call": () =>
      beta1
        .newClient()
        .path("/detectLiveness/singleModal/sessions")
        .get({ queryParameters: { top: 1 } }),
  };
  for (const [which, call] of Object.entries(calls)) {
    test(which, async () => {
      const ids = new Set();
      for (let count = 0; count < 3; count++) {
        ids.add((await call()).headers["apim-request-id"]);
      }
      assert.equal(ids.size, 3);
      for (const id of ids) {
        assert.match(id, /^[0-9a-f-]{36}$/);
      }
    });
  }
});
