import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { describe, test } from "node:test";

import { scenario } from "../client.js";
import { Device, claimsOf } from "../device.js";
import { bmp, refusedImages } from "../images.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient();
const portrait = bmp(100, 100);
const portraitFile = { body: portrait, filename: "portrait.bmp" };

function parameters(settings = {}) {
  return { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings };
}

function parts(image, settings) {
  return [
    { name: "VerifyImage", ...image },
    { name: "Parameters", body: parameters(settings) },
  ];
}

function form(fields) {
  const data = new FormData();
  data.append("Parameters", fields);
  data.append("VerifyImage", new Blob([portrait], { type: "image/bmp" }), "portrait.bmp");
  return data;
}

function post(options) {
  return client.path("/detectLivenessWithVerify/singleModal/sessions").post(options);
}

async function create(body, options = {}) {
  return expected(await post({ contentType: "multipart/form-data", body, ...options }));
}

function at(sessionId) {
  return client.path("/detectLivenessWithVerify/singleModal/sessions/{sessionId}", sessionId);
}

async function finish({ sessionId, authToken }, attempt) {
  const device = new Device(authToken);
  assert.equal((await device.start()).status, 200);
  assert.ok((await device.detect(attempt)).ok);
  return expected(await at(sessionId).get());
}

describe("a liveness session with verify", () => {
  // Every form of body that the SDK's types allow.
  const bodies = {
    "bytes with a file name": () => parts(portraitFile),
    "bytes without a file name": () => parts({ body: portrait }),
    "a File": () => parts({ body: new File([portrait], "portrait.bmp", { type: "image/bmp" }) }),
    "a Node stream": () => parts({ body: Readable.from([portrait]), filename: "portrait.bmp" }),
    "a web stream": () => parts({ body: new Blob([portrait]).stream(), filename: "portrait.bmp" }),
    "FormData with a text": () => form(JSON.stringify(parameters())),
    "FormData with a JSON file": () => form(new Blob([JSON.stringify(parameters())], { type: "application/json" })),
  };
  for (const [name, body] of Object.entries(bodies)) {
    test(`is created from ${name}, read and deleted`, async () => {
      const created = await create(body());
      assert.deepEqual(Object.keys(created), ["verifyImage", "sessionId", "authToken"]);
      assert.equal(created.verifyImage.qualityForRecognition, "high");
      assert.deepEqual(Object.keys(created.verifyImage.faceRectangle), ["top", "left", "width", "height"]);
      assert.equal(JSON.parse(claimsOf(created.authToken).face).clientClaims.verifyImageProvided, true);

      const read = expected(await at(created.sessionId).get());
      assert.equal(read.status, "NotStarted");
      assert.equal(read.id, created.sessionId);
      assert.equal(read.authTokenTimeToLiveInSeconds, 600);

      const deleted = await at(created.sessionId).delete();
      expected(deleted);
      assert.equal(deleted.status, "200");
      refused(await at(created.sessionId).get(), "404", "SessionNotFound");
    });
  }

  test("is created from JSON, and the device brings the image", async () => {
    const settings = { sendResultsToClient: true, authTokenTimeToLiveInSeconds: 60 };
    const created = expected(await post({ body: parameters(settings) }));
    assert.deepEqual(Object.keys(created), ["sessionId", "authToken"]);
    assert.equal(JSON.parse(claimsOf(created.authToken).face).clientClaims.verifyImageProvided, false);

    const session = await finish(created, { verifyImage: portrait });
    assert.equal(session.status, "ResultAvailable");
    assert.equal(session.authTokenTimeToLiveInSeconds, 60);
    assert.equal(session.result.response.body.verifyResult.isIdentical, true);
  });

  test("has a result when the person passes", async () => {
    const created = await create(parts(portraitFile));
    const { status, result } = await finish(created);
    assert.equal(status, "ResultAvailable");
    assert.equal(result.request.url, "/face/v1.1-preview.1/detectLivenessWithVerify/singleModal");
    const { livenessDecision, verifyResult } = result.response.body;
    assert.equal(livenessDecision, "realface");
    assert.equal(verifyResult.isIdentical, true);
    assert.ok(verifyResult.matchConfidence > 0.5);
    assert.deepEqual(verifyResult.verifyImage, created.verifyImage);
  });

  test("sends the result to the device when told to", async () => {
    const { sessionId, authToken } = await create(parts(portraitFile, { sendResultsToClient: true }));
    const device = new Device(authToken);
    await device.start();
    const answer = await device.detect();
    assert.equal(answer.status, 200);
    const { result } = expected(await at(sessionId).get());
    assert.deepEqual(await answer.json(), result.response.body);
    assert.equal(result.response.body.verifyResult.isIdentical, true);
  });

  test("is not identical in scenario verify-mismatch", async () => {
    const { result } = await finish(await create(parts(portraitFile), scenario("verify-mismatch")));
    const { livenessDecision, verifyResult } = result.response.body;
    assert.equal(livenessDecision, "realface");
    assert.equal(verifyResult.isIdentical, false);
    assert.ok(verifyResult.matchConfidence < 0.5);
  });
});

describe("a verify image is refused", () => {
  for (const [what, [body, code, message]] of Object.entries(refusedImages)) {
    test(what, async () => {
      const response = await post({ contentType: "multipart/form-data", body: parts({ body }) });
      assert.equal(refused(response, "400", code).message, message);
    });
  }
});

describe("a form is refused", () => {
  const forms = {
    "without parameters": [() => [{ name: "VerifyImage", ...portraitFile }], "InvalidRequestBody"],
    "with parameters that are no JSON": [() => form("livenessOperationMode=Passive"), "InvalidRequestBody"],
    "with a mode that does not exist": [
      () => parts(portraitFile, { livenessOperationMode: "Active" }),
      "InvalidLivenessOperationMode",
    ],
    "with no device correlation id": [
      () => parts(portraitFile, { deviceCorrelationId: undefined }),
      "InvalidDeviceCorrelationId",
    ],
    "with a token lifetime below 60 s": [
      () => parts(portraitFile, { authTokenTimeToLiveInSeconds: 59 }),
      "InvalidTokenLifetime",
    ],
  };
  for (const [what, [body, code]] of Object.entries(forms)) {
    test(what, async () => {
      refused(await post({ contentType: "multipart/form-data", body: body() }), "400", code);
    });
  }
});
