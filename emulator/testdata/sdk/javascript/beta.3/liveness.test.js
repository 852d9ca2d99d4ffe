import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { endpoint, scenario } from "../client.js";
import { Device, claimsOf } from "../device.js";
import { DIGEST } from "../images.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient();

async function create(settings = {}, options = {}) {
  const response = await client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings },
    ...options,
  });
  return expected(response);
}

function at(sessionId) {
  return client.path("/detectLiveness-sessions/{sessionId}", sessionId);
}

async function read(sessionId) {
  return expected(await at(sessionId).get());
}

describe("a liveness session", () => {
  test("is created, read and deleted", async () => {
    const created = await create();
    assert.match(created.sessionId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(created.status, "NotStarted");
    assert.ok(created.modelVersion);
    assert.deepEqual(created.results, { attempts: [] });

    // The service shows the token once, and the model with the first result.
    assert.deepEqual(await read(created.sessionId), {
      sessionId: created.sessionId,
      authToken: "",
      status: "NotStarted",
      results: { attempts: [] },
    });

    const deleted = await at(created.sessionId).delete();
    expected(deleted);
    assert.equal(deleted.status, "204");

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
      assert.equal(claims.exp - claims.iat, seconds);
      assert.equal(new Device(authToken).endpoint, endpoint);
    }
  });

  test("succeeds when the person passes", async () => {
    const { sessionId, authToken } = await create({ livenessOperationMode: "PassiveActive" });
    const device = new Device(authToken);

    assert.equal((await device.start()).status, 200);
    assert.equal((await read(sessionId)).status, "Running");

    const answer = await device.detect();
    assert.equal(answer.status, 200);
    const report = await answer.json();
    assert.equal(report.resultId, answer.headers.get("apim-request-id"));
    assert.match(report.digest, DIGEST);
    assert.equal(report.livenessDecision, undefined, "the device must not learn the decision");

    const session = await read(sessionId);
    assert.equal(session.status, "Succeeded");
    assert.ok(session.modelVersion);
    const [attempt] = session.results.attempts;
    assert.equal(session.results.attempts.length, 1);
    assert.equal(attempt.attemptId, 1);
    assert.equal(attempt.attemptStatus, "Succeeded");
    assert.equal(attempt.error, undefined);
    assert.equal(attempt.result.livenessDecision, "realface");
    assert.equal(attempt.result.digest, report.digest);
    assert.equal(attempt.result.sessionImageId, undefined);
    assert.deepEqual(Object.keys(attempt.result.targets.color.faceRectangle), ["top", "left", "width", "height"]);
  });

  test("takes the device's correlation id when it was left to the device", async () => {
    const { authToken } = await create({
      deviceCorrelationId: undefined,
      deviceCorrelationIdSetInClient: true,
    });
    const device = new Device(authToken);
    const refusal = await device.start();
    assert.equal(refusal.status, 400);
    assert.equal((await refusal.json()).error.code, "InvalidDeviceCorrelationId");
    assert.equal((await device.start({ deviceCorrelationId: randomUUID() })).status, 200);
  });

  test("finishes by itself where there is no device", { timeout: 30_000 }, async () => {
    const { sessionId } = await create({}, scenario("automatic"));
    let session = await read(sessionId);
    while (session.status === "NotStarted" || session.status === "Running") {
      await pause(100);
      session = await read(sessionId);
    }
    assert.equal(session.status, "Succeeded");
    assert.equal(session.results.attempts[0].result.livenessDecision, "realface");
  });
});

describe("a scenario pinned by a request header", () => {
  test("mask-then-real: a failed attempt, then success, newest first", async () => {
    const { sessionId, authToken } = await create({}, scenario("mask-then-real"));
    const device = new Device(authToken);
    await device.start();

    const first = await (await device.detect()).json();
    assert.equal(first.error.code, "FaceWithMaskDetected");
    const between = await read(sessionId);
    assert.equal(between.status, "Running");
    assert.equal(between.results.attempts.length, 1);

    const second = await (await device.detect()).json();
    const { status, results } = await read(sessionId);
    assert.equal(status, "Succeeded");
    assert.deepEqual(
      results.attempts.map((attempt) => [attempt.attemptId, attempt.attemptStatus]),
      [
        [2, "Succeeded"],
        [1, "Failed"],
      ],
    );
    const [passed, failed] = results.attempts;
    assert.equal(passed.result.digest, second.digest);
    assert.equal(failed.result, undefined);
    assert.equal(failed.error.code, "FaceWithMaskDetected");
    assert.equal(failed.error.message, "Mask detected on face image.");
    assert.ok(failed.error.targets.color.faceRectangle.width > 0);
  });

  test("three-failures: the session fails with the last attempt", async () => {
    const { sessionId, authToken } = await create({}, scenario("three-failures"));
    const device = new Device(authToken);
    await device.start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      assert.equal((await read(sessionId)).status, "Running");
      assert.equal((await device.detect()).status, 200);
    }
    const { status, results } = await read(sessionId);
    assert.equal(status, "Failed");
    assert.deepEqual(
      results.attempts.map((attempt) => attempt.error.code),
      ["ExcessiveFaceBrightness", "ExcessiveImageBlurDetected", "FaceWithMaskDetected"],
    );
    assert.equal((await device.detect()).status, 429, "a fourth attempt is over the quota");
  });

  for (const [name, decision] of [
    ["spoof", "spoofface"],
    ["uncertain", "uncertain"],
  ]) {
    test(`${name}: the session succeeds with the decision ${decision}`, async () => {
      const { sessionId, authToken } = await create({}, scenario(name));
      const device = new Device(authToken);
      await device.start();
      await device.detect();
      const { status, results } = await read(sessionId);
      assert.equal(status, "Succeeded");
      assert.equal(results.attempts[0].result.livenessDecision, decision);
    });
  }

  test("abandoned: the device has nothing to report and no attempt shows", async () => {
    const { sessionId, authToken } = await create({}, scenario("abandoned"));
    const device = new Device(authToken);
    await device.start();
    const answer = await device.detect();
    assert.equal(answer.status, 204);
    assert.equal(await answer.text(), "");
    const { results } = await read(sessionId);
    assert.deepEqual(results.attempts, []);
  });

  test("an unknown name is refused", async () => {
    const response = await client.path("/detectLiveness-sessions").post({
      body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
      ...scenario("no-such-scenario"),
    });
    refused(response, "400", "BadArgument");
  });
});
