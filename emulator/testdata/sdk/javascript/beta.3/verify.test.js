import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { describe, test } from "node:test";

import { scenario } from "../client.js";
import { Device, claimsOf } from "../device.js";
import { DIGEST, bmp, refusedImages, sha256 } from "../images.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient();
const portrait = bmp(100, 100);

function parts(image, settings = {}) {
  const fields = { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings };
  return [...Object.entries(fields).map(([name, body]) => ({ name, body })), { name: "verifyImage", ...image }];
}

function form(settings = {}) {
  const data = new FormData();
  for (const { name, body } of parts({}, settings)) {
    if (name !== "verifyImage") {
      data.append(name, String(body));
    }
  }
  data.append("verifyImage", new Blob([portrait], { type: "image/bmp" }), "portrait.bmp");
  return data;
}

async function create(body, options = {}) {
  const response = await client
    .path("/detectLivenessWithVerify-sessions")
    .post({ contentType: "multipart/form-data", body, ...options });
  return expected(response);
}

function at(sessionId) {
  return client.path("/detectLivenessWithVerify-sessions/{sessionId}", sessionId);
}

async function finish({ sessionId, authToken }) {
  const device = new Device(authToken);
  assert.equal((await device.start()).status, 200);
  const answer = await device.detect();
  assert.equal(answer.status, 200);
  const report = await answer.json();
  return { report, session: expected(await at(sessionId).get()) };
}

describe("a liveness session with verify", () => {
  // Every form of body that the SDK's types allow.
  const bodies = {
    "bytes with a file name": () => parts({ body: portrait, filename: "portrait.bmp" }),
    "bytes without a file name": () => parts({ body: portrait }),
    "a File": () => parts({ body: new File([portrait], "portrait.bmp", { type: "image/bmp" }) }),
    "a Node stream": () => parts({ body: Readable.from([portrait]), filename: "portrait.bmp" }),
    "a web stream": () => parts({ body: new Blob([portrait]).stream(), filename: "portrait.bmp" }),
    FormData: () => form(),
  };
  for (const [name, body] of Object.entries(bodies)) {
    test(`is created from ${name}, read and deleted`, async () => {
      const created = await create(body());
      assert.equal(created.status, "NotStarted");
      assert.deepEqual(created.results.attempts, []);
      const [reference] = created.results.verifyReferences;
      assert.equal(created.results.verifyReferences.length, 1);
      assert.equal(reference.referenceType, "image");
      assert.equal(reference.qualityForRecognition, "high");
      assert.ok(reference.faceRectangle.width > 0);
      assert.equal(JSON.parse(claimsOf(created.authToken).face).clientClaims.verifyImageProvided, true);

      const read = expected(await at(created.sessionId).get());
      assert.equal(read.authToken, "");
      assert.equal(read.results.verifyReferences[0].referenceType, undefined, "the service leaves it out here");

      const deleted = await at(created.sessionId).delete();
      expected(deleted);
      assert.equal(deleted.status, "204");
      refused(await at(created.sessionId).get(), "404", "SessionNotFound");
    });
  }

  test("takes every field that the SDK can send", async () => {
    const settings = {
      deviceCorrelationIdSetInClient: false,
      enableSessionImage: true,
      livenessModelVersion: "2024-11-15",
      authTokenTimeToLiveInSeconds: 60,
      returnVerifyImageHash: true,
      verifyConfidenceThreshold: 0.5,
    };
    for (const body of [parts({ body: portrait, filename: "portrait.bmp" }, settings), form(settings)]) {
      const created = await create(body);
      const claims = claimsOf(created.authToken);
      assert.equal(claims.exp - claims.iat, 60);
      assert.equal(created.modelVersion, "2024-11-15");
      const { session } = await finish(created);
      const { result } = session.results.attempts[0];
      assert.ok(result.sessionImageId);
      assert.equal(result.verifyImageHash, sha256(portrait));
    }
  });

  test("succeeds when the person passes", async () => {
    const { report, session } = await finish(await create(parts({ body: portrait, filename: "portrait.bmp" })));
    assert.equal(session.status, "Succeeded");
    assert.equal(session.results.verifyReferences.length, 1);
    const [attempt] = session.results.attempts;
    assert.equal(attempt.attemptStatus, "Succeeded");
    assert.equal(attempt.result.livenessDecision, "realface");
    assert.match(attempt.result.digest, DIGEST);
    assert.equal(attempt.result.digest, report.digest);
    assert.equal(attempt.result.verifyResult.isIdentical, true);
    assert.ok(attempt.result.verifyResult.matchConfidence > 0.5);
    assert.equal(attempt.result.verifyImageHash, undefined);
  });

  test("is not identical in scenario verify-mismatch", async () => {
    const created = await create(parts({ body: portrait, filename: "portrait.bmp" }), scenario("verify-mismatch"));
    const { session } = await finish(created);
    assert.equal(session.status, "Succeeded");
    const { livenessDecision, verifyResult } = session.results.attempts[0].result;
    assert.equal(livenessDecision, "realface");
    assert.equal(verifyResult.isIdentical, false);
    assert.ok(verifyResult.matchConfidence < 0.5);
  });

  test("is decided by the confidence threshold", async () => {
    for (const [threshold, identical] of [
      [0.9, true],
      [0.99, false],
    ]) {
      const body = parts({ body: portrait, filename: "portrait.bmp" }, { verifyConfidenceThreshold: threshold });
      const { session } = await finish(await create(body));
      assert.equal(session.results.attempts[0].result.verifyResult.isIdentical, identical, `threshold ${threshold}`);
    }
  });
});

describe("a verify image is refused", () => {
  for (const [what, [body, code, message]] of Object.entries(refusedImages)) {
    test(what, async () => {
      const response = await client
        .path("/detectLivenessWithVerify-sessions")
        .post({ contentType: "multipart/form-data", body: parts({ body, filename: "portrait.bmp" }) });
      assert.equal(refused(response, "400", code).message, message);
    });
  }
});
