import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { newClient } from "./client.js";
import { expected, refused } from "./expect.js";

const client = newClient();
const families = ["/detectLiveness/singleModal/sessions", "/detectLivenessWithVerify/singleModal/sessions"];

describe("a create call is refused with 400", () => {
  const cases = [
    ["a mode that does not exist", { livenessOperationMode: "Active" }, "InvalidLivenessOperationMode"],
    ["no mode", { livenessOperationMode: undefined }, "InvalidLivenessOperationMode"],
    ["a token lifetime below 60 s", { authTokenTimeToLiveInSeconds: 59 }, "InvalidTokenLifetime"],
    ["a token lifetime above a day", { authTokenTimeToLiveInSeconds: 86401 }, "InvalidTokenLifetime"],
    ["no device correlation id", { deviceCorrelationId: undefined }, "InvalidDeviceCorrelationId"],
    ["an empty device correlation id", { deviceCorrelationId: "" }, "InvalidDeviceCorrelationId"],
    ["a device correlation id of 65 characters", { deviceCorrelationId: "x".repeat(65) }, "InvalidDeviceCorrelationId"],
    ["a switch that is a number", { sendResultsToClient: 1 }, "InvalidRequestBody"],
  ];
  for (const path of families) {
    const create = (settings) =>
      client
        .path(path)
        .post({ body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings } });

    for (const [what, settings, code] of cases) {
      test(`${path}: ${what}`, async () => {
        refused(await create(settings), "400", code);
      });
    }

    test(`${path}: but not at the limits`, async () => {
      expected(await create({ deviceCorrelationId: "x".repeat(64), authTokenTimeToLiveInSeconds: 60 }));
      expected(await create({ authTokenTimeToLiveInSeconds: 86400 }));
    });
  }
});

test("a session that never was is not found", async () => {
  for (const family of families) {
    const session = client.path(`${family}/{sessionId}`, randomUUID());
    const error = refused(await session.get(), "404", "SessionNotFound");
    assert.equal(error.message, "Session Id is not found. The session id is expired or does not exist.");
    refused(await session.delete(), "404", "SessionNotFound");
    const audit = client.path(`${family}/{sessionId}/audit`, randomUUID());
    refused(await audit.get(), "404", "SessionNotFound");
  }
});

test("a version that never was is not found", async () => {
  const old = newClient({ apiVersion: "v1.0-preview.7" });
  refused(await old.path(families[0]).get(), "404", "404");
});

test("every answer has a request id of its own", async () => {
  const ids = new Set();
  for (let call = 0; call < 3; call++) {
    const response = await client.path(families[0]).get({ queryParameters: { top: 1 } });
    ids.add(response.headers["apim-request-id"]);
  }
  assert.equal(ids.size, 3);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f-]{36}$/);
  }
});
