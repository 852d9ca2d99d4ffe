import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { endpoint, scenario } from "../client.js";
import { Device, claimsOf } from "../device.js";
import { DIGEST } from "../images.js";
import { MOMENT, expected, newClient, refused } from "./sdk.js";

const client = newClient();

async function create(settings = {}, options = {}) {
  const response = await client.path("/detectLiveness/singleModal/sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings },
    ...options,
  });
  return expected(response);
}

function at(sessionId) {
  return client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
}

async function read(sessionId) {
  return expected(await at(sessionId).get());
}

async function decisions(sessionId) {
  const path = "/detectLiveness/singleModal/sessions/{sessionId}/audit";
  const entries = expected(await client.path(path, sessionId).get());
  return entries.map(({ id, response }) => [id, response.body.livenessDecision]);
}

describe("a liveness session", () => {
  test("is created, read and deleted", async () => {
    const deviceCorrelationId = randomUUID();
    const created = await create({ deviceCorrelationId });
    assert.deepEqual(Object.keys(created), ["sessionId", "authToken"]);
    assert.match(created.sessionId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

    const { createdDateTime, ...session } = await read(created.sessionId);
    assert.match(createdDateTime, MOMENT);
    assert.deepEqual(session, {
      status: "NotStarted",
      id: created.sessionId,
      authTokenTimeToLiveInSeconds: 600,
      deviceCorrelationId,
      sessionExpired: false,
    });

    const deleted = await at(created.sessionId).delete();
    expected(deleted);
    assert.equal(deleted.status, "200");
    assert.equal(deleted.headers["content-length"], "0");

    refused(await at(created.sessionId).get(), "404", "SessionNotFound");
    refused(await at(created.sessionId).delete(), "404", "SessionNotFound");
    assert.equal((await new Device(created.authToken).start()).status, 401);
  });

  test("has a token for the wanted time that names the endpoint the SDK used", async () => {
    for (const [settings, seconds] of [
      [{}, 600],
      [{ authTokenTimeToLiveInSeconds: 60 }, 60],
      [{ authTokenTimeToLiveInSeconds: 86400 }, 86400],
    ]) {
      const { authToken, sessionId } = await create(settings);
      const claims = claimsOf(authToken);
      assert.equal(claims.sid, sessionId);
      // The previews' tokens have no "iat", and "nbf" is a text.
      assert.equal(claims.exp - Number(claims.nbf), seconds);
      assert.equal(new Device(authToken).endpoint, endpoint);
      assert.equal((await read(sessionId)).authTokenTimeToLiveInSeconds, seconds);
    }
  });

  test("has a result when the person passes", async () => {
    const { sessionId, authToken } = await create({ livenessOperationMode: "PassiveActive" });
    const device = new Device(authToken);

    assert.equal((await device.start()).status, 200);
    const started = await read(sessionId);
    assert.equal(started.status, "Started");
    assert.match(started.sessionStartDateTime, MOMENT);
    assert.equal(started.result, undefined);

    const answer = await device.detect();
    assert.ok(answer.ok);

    const { status, result, sessionStartDateTime } = await read(sessionId);
    assert.equal(status, "ResultAvailable");
    assert.equal(sessionStartDateTime, started.sessionStartDateTime);
    assert.equal(result.id, 1);
    assert.equal(result.sessionId, sessionId);
    assert.equal(result.requestId, answer.headers.get("apim-request-id"));
    assert.match(result.receivedDateTime, MOMENT);
    assert.match(result.digest, DIGEST);
    assert.equal(result.sessionImageId, undefined, "there are no session images in this version");

    assert.equal(result.response.statusCode, 200);
    assert.ok(Number.isInteger(result.response.latencyInMilliseconds));
    const { livenessDecision, target, modelVersionUsed, verifyResult } = result.response.body;
    assert.equal(livenessDecision, "realface");
    assert.equal(modelVersionUsed, "2022-10-15-preview.04");
    assert.equal(verifyResult, undefined);
    const { faceRectangle, ...frame } = target;
    assert.deepEqual(Object.keys(faceRectangle), ["top", "left", "width", "height"]);
    assert.deepEqual(frame, { fileName: "video.webp", timeOffsetWithinFile: 0, imageType: "Color" });
  });

  test("keeps the result from the device unless told otherwise", async () => {
    for (const settings of [{}, { sendResultsToClient: false }]) {
      const { sessionId, authToken } = await create(settings);
      const device = new Device(authToken);
      await device.start();
      const answer = await device.detect();
      assert.equal(answer.status, 204);
      assert.equal(await answer.text(), "");
      assert.equal((await read(sessionId)).status, "ResultAvailable");
    }
  });

  test("sends the result to the device when told to", async () => {
    const { sessionId, authToken } = await create({ sendResultsToClient: true });
    const device = new Device(authToken);
    await device.start();
    const answer = await device.detect();
    assert.equal(answer.status, 200);
    const { result } = await read(sessionId);
    assert.equal(result.response.body.livenessDecision, "realface");
    assert.deepEqual(await answer.json(), result.response.body);
  });

  test("goes on after a result and shows the latest", async () => {
    const { sessionId, authToken } = await create();
    const device = new Device(authToken);
    await device.start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      const answer = await device.detect();
      assert.ok(answer.ok);
      const { result } = await read(sessionId);
      assert.equal(result.id, attempt);
      assert.equal(result.requestId, answer.headers.get("apim-request-id"));
    }
    assert.equal((await device.detect()).status, 429, "a fourth attempt is over the quota");
  });

  test("takes the device's correlation id when it was left to the device", async () => {
    const { sessionId, authToken } = await create({
      deviceCorrelationId: undefined,
      deviceCorrelationIdSetInClient: true,
    });
    const device = new Device(authToken);
    const refusal = await device.start();
    assert.equal(refusal.status, 400);
    assert.equal((await refusal.json()).error.code, "InvalidDeviceCorrelationId");

    const deviceCorrelationId = randomUUID();
    assert.equal((await device.start({ deviceCorrelationId })).status, 200);
    assert.equal((await read(sessionId)).deviceCorrelationId, deviceCorrelationId);
  });

  test("finishes by itself where there is no device", { timeout: 30_000 }, async () => {
    const { sessionId } = await create({}, scenario("automatic"));
    let session = await read(sessionId);
    while (session.status !== "ResultAvailable") {
      await pause(100);
      session = await read(sessionId);
    }
    assert.equal(session.result.response.body.livenessDecision, "realface");
  });
});

describe("a scenario pinned by a request header", () => {
  test("mask-then-real: a failed attempt, then success, newest first", async () => {
    const { sessionId, authToken } = await create({}, scenario("mask-then-real"));
    const device = new Device(authToken);
    await device.start();

    assert.equal((await device.detect()).status, 204);
    assert.equal((await read(sessionId)).status, "Started");
    assert.deepEqual(await decisions(sessionId), [[1, undefined]]);

    assert.equal((await device.detect()).status, 204);
    const { status, result } = await read(sessionId);
    assert.equal(status, "ResultAvailable");
    assert.equal(result.response.body.livenessDecision, "realface");
    assert.deepEqual(await decisions(sessionId), [
      [2, "realface"],
      [1, undefined],
    ]);
  });

  test("three-failures: the result has no decision", async () => {
    const { sessionId, authToken } = await create({}, scenario("three-failures"));
    const device = new Device(authToken);
    await device.start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal((await read(sessionId)).status, "Started");
      assert.equal((await device.detect()).status, 204);
    }
    const { status, result } = await read(sessionId);
    assert.equal(status, "ResultAvailable");
    assert.equal(result.id, 3);
    assert.equal(result.response.body.livenessDecision, undefined);
    assert.ok(result.response.body.target.faceRectangle.width > 0);
  });

  for (const [name, decision] of [
    ["spoof", "spoofface"],
    ["uncertain", "uncertain"],
  ]) {
    test(`${name}: the result is ${decision}`, async () => {
      const { sessionId, authToken } = await create({}, scenario(name));
      const device = new Device(authToken);
      await device.start();
      await device.detect();
      assert.equal((await read(sessionId)).result.response.body.livenessDecision, decision);
    });
  }

  test("abandoned: the device has nothing to report and no entry shows", async () => {
    const { sessionId, authToken } = await create({ sendResultsToClient: true }, scenario("abandoned"));
    const device = new Device(authToken);
    await device.start();
    assert.equal((await device.detect()).status, 204);
    assert.deepEqual(await decisions(sessionId), []);
  });

  test("an unknown name is refused", async () => {
    const response = await client.path("/detectLiveness/singleModal/sessions").post({
      body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
      ...scenario("no-such-scenario"),
    });
    refused(response, "400", "BadArgument");
  });
});
