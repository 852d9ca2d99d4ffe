// API version v1.3-preview.1. The SDK is older than that version: it takes its
// name as an option and sends fields that its types do not know.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { clientAddress, scenario } from "../client.js";
import { Device, claimsOf } from "../device.js";
import { bmp, sha256 } from "../images.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient({ apiVersion: "v1.3-preview.1" });
const portrait = bmp(100, 100);

/** The fields of a session, with ids of its own unless told otherwise. */
function fieldsOf(settings = {}) {
  return {
    livenessOperationMode: "Passive",
    deviceCorrelationId: randomUUID(),
    userCorrelationId: randomUUID(),
    ...settings,
  };
}

function post(settings, options = {}) {
  return client.path("/detectLiveness-sessions").post({ body: fieldsOf(settings), ...options });
}

function postWithVerify(settings, options = {}) {
  const fields = Object.entries(fieldsOf(settings)).filter(([, body]) => body !== undefined);
  const body = [
    ...fields.map(([name, value]) => ({ name, body: value })),
    { name: "verifyImage", body: portrait, filename: "portrait.bmp" },
  ];
  return client
    .path("/detectLivenessWithVerify-sessions")
    .post({ contentType: "multipart/form-data", body, ...options });
}

function at(sessionId) {
  return client.path("/detectLiveness-sessions/{sessionId}", sessionId);
}

/** Plays a session to the end of its first attempt and reads it. */
async function play(created, session = at(created.sessionId)) {
  const device = new Device(created.authToken);
  assert.equal((await device.start()).status, 200);
  assert.equal((await device.detect()).status, 200);
  return expected(await session.get());
}

describe("a liveness session of v1.3-preview.1", () => {
  test("is created, read and deleted", async () => {
    const created = expected(await post());
    assert.deepEqual(Object.keys(created), ["sessionId", "authToken", "status", "modelVersion", "results"]);
    assert.equal(created.status, "NotStarted");
    for (const { path } of JSON.parse(claimsOf(created.authToken)["allowed-paths"])) {
      assert.match(path, /^face\/v1\.3-preview\.1\//);
    }

    const session = at(created.sessionId);
    assert.deepEqual(expected(await session.get()), {
      sessionId: created.sessionId,
      authToken: "",
      status: "NotStarted",
      isAbuseMonitoringEnabled: true,
      results: { attempts: [] },
    });

    const deleted = await session.delete();
    expected(deleted);
    assert.equal(deleted.status, "204");
    refused(await session.get(), "404", "SessionNotFound");
  });

  test("shows who made the attempt and that nobody abused it", async () => {
    const session = await play(expected(await post()));
    assert.equal(session.status, "Succeeded");
    const [attempt] = session.results.attempts;
    assert.equal(attempt.result.livenessDecision, "realface");
    assert.deepEqual(attempt.clientInformation, [{ ip: clientAddress }]);
    assert.deepEqual(attempt.abuseMonitoringResult, { isAbuseDetected: false, otherFlaggedSessions: [] });
  });

  test("keeps its image", async () => {
    const session = await play(expected(await post({ enableSessionImage: true })));
    const { sessionImageId } = session.results.attempts[0].result;
    const image = await client.path("/sessionImages/{sessionImageId}", sessionImageId).get().asNodeStream();
    assert.equal(image.status, "200");
    assert.equal((await buffer(image.body)).length, Number(image.headers["content-length"]));

    const options = { contentType: "application/json", body: { sessionImageId } };
    const [face] = expected(await client.path("/detect").post(options));
    assert.deepEqual(face.faceRectangle, session.results.attempts[0].result.targets.color.faceRectangle);
  });

  test("shows in v1.2 what v1.2 can say", async () => {
    const created = expected(await post({ expectedClientIpAddress: clientAddress }));
    await play(created);
    const read = await newClient().path("/detectLiveness-sessions/{sessionId}", created.sessionId).get();
    const session = expected(read);
    assert.deepEqual(Object.keys(session), ["sessionId", "authToken", "status", "modelVersion", "results"]);
    assert.deepEqual(Object.keys(session.results.attempts[0]), ["attemptId", "attemptStatus", "result"]);
  });
});

describe("a liveness session with verify of v1.3-preview.1", () => {
  test("is created, played to its match and deleted", async () => {
    const created = expected(await postWithVerify({ returnVerifyImageHash: true, numberOfClientAttemptsAllowed: 2 }));
    assert.equal(created.results.verifyReferences[0].referenceType, "image");

    const at = client.path("/detectLivenessWithVerify-sessions/{sessionId}", created.sessionId);
    const session = await play(created, at);
    assert.equal(session.isAbuseMonitoringEnabled, true);
    const [attempt] = session.results.attempts;
    assert.equal(attempt.result.verifyResult.isIdentical, true);
    assert.equal(attempt.result.verifyImageHash, sha256(portrait));
    assert.deepEqual(attempt.clientInformation, [{ ip: clientAddress }]);

    const deleted = await at.delete();
    expected(deleted);
    assert.equal(deleted.status, "204");
  });

  test("wants a user correlation id, although the specification has no such part", async () => {
    refused(await postWithVerify({ userCorrelationId: undefined }), "400", "InvalidUserCorrelationId");
  });
});

describe("the user correlation id", () => {
  const wrong = {
    missing: { userCorrelationId: undefined },
    empty: { userCorrelationId: "" },
    "of 65 characters": { userCorrelationId: "x".repeat(65) },
    "left to nobody": { userCorrelationId: undefined, userCorrelationIdSetInClient: false },
  };
  for (const [what, settings] of Object.entries(wrong)) {
    test(`${what} is refused with 400`, async () => {
      refused(await post(settings), "400", "InvalidUserCorrelationId");
    });
  }

  test("is looked at after the device correlation id", async () => {
    const settings = { deviceCorrelationId: undefined, userCorrelationId: undefined };
    refused(await post(settings), "400", "InvalidDeviceCorrelationId");
  });

  test("may come from the device", async () => {
    const settings = { userCorrelationId: undefined, userCorrelationIdSetInClient: true };
    const { authToken } = expected(await post(settings));
    const device = new Device(authToken);
    const refusal = await device.start();
    assert.equal(refusal.status, 400);
    assert.equal((await refusal.json()).error.code, "InvalidUserCorrelationId");
    assert.equal((await device.start({ userCorrelationId: randomUUID() })).status, 200);
  });

  test("is not needed in v1.2", async () => {
    const options = { body: fieldsOf({ userCorrelationId: undefined }) };
    expected(await newClient().path("/detectLiveness-sessions").post(options));
  });
});

describe("the number of client attempts allowed", () => {
  for (const [allowed, attempts] of [
    [undefined, 1],
    [0, 1],
    [1, 1],
    [2, 2],
    [3, 3],
  ]) {
    test(`${allowed} means ${attempts}`, async () => {
      const settings = { numberOfClientAttemptsAllowed: allowed };
      const { sessionId, authToken } = expected(await post(settings, scenario("three-failures")));
      const device = new Device(authToken);
      await device.start();
      for (let attempt = 1; attempt <= attempts; attempt++) {
        assert.equal(expected(await at(sessionId).get()).status, "Running");
        assert.equal((await device.detect()).status, 200);
      }
      const { status, results } = expected(await at(sessionId).get());
      assert.equal(status, "Failed");
      assert.equal(results.attempts.length, attempts);
      assert.equal((await device.detect()).status, 429);
    });
  }

  for (const allowed of [-1, 4, "many"]) {
    test(`${allowed} is refused with 400`, async () => {
      refused(await post({ numberOfClientAttemptsAllowed: allowed }), "400", "InvalidRequestBody");
    });
  }
});

describe("the expected client address", () => {
  for (const address of [clientAddress, `${clientAddress}/32`, `::ffff:${clientAddress}`]) {
    test(`${address} lets the device in`, async () => {
      const created = expected(await post({ expectedClientIpAddress: address }));
      assert.equal(created.expectedClientIpAddress, address);
      const session = await play(created);
      assert.equal(session.expectedClientIpAddress, address);
      assert.equal(session.status, "Succeeded");
    });
  }

  for (const address of ["203.0.113.7", "203.0.113.0/24", "2001:db8::/32"]) {
    test(`${address} keeps the device out`, async () => {
      const { sessionId, authToken } = expected(await post({ expectedClientIpAddress: address }));
      assert.equal((await new Device(authToken).start()).status, 403);
      assert.equal(expected(await at(sessionId).get()).status, "NotStarted");
    });
  }

  test("that is none is refused with 400", async () => {
    refused(await post({ expectedClientIpAddress: "localhost" }), "400", "InvalidRequestBody");
  });
});

describe("abuse monitoring", () => {
  test("names the sessions of the same device and user that were flagged before", async () => {
    const ids = { deviceCorrelationId: randomUUID(), userCorrelationId: randomUUID() };
    const flagged = scenario("abuse-detected");

    const first = await play(expected(await post({ ...ids, enableSessionImage: true }, flagged)));
    const [{ result, abuseMonitoringResult }] = first.results.attempts;
    assert.equal(result.livenessDecision, "realface");
    assert.deepEqual(abuseMonitoringResult, { isAbuseDetected: true, otherFlaggedSessions: [] });
    const others = [{ attemptId: 1, sessionId: first.sessionId, sessionImageId: result.sessionImageId }];

    const second = await play(expected(await post(ids, flagged)));
    assert.deepEqual(second.results.attempts[0].abuseMonitoringResult, {
      isAbuseDetected: true,
      otherFlaggedSessions: others,
    });

    // One id in common is enough, and a session that is not flagged hears of them too.
    const settings = { userCorrelationId: ids.userCorrelationId };
    const third = await play(expected(await post(settings)));
    const { otherFlaggedSessions } = third.results.attempts[0].abuseMonitoringResult;
    assert.deepEqual(otherFlaggedSessions, [{ attemptId: 1, sessionId: second.sessionId }, ...others]);

    const stranger = await play(expected(await post({}, flagged)));
    assert.deepEqual(stranger.results.attempts[0].abuseMonitoringResult.otherFlaggedSessions, []);
  });
});
