// API version v1.2-preview.1. The SDK is older than that version: it takes its
// name as an option, and fields and paths that its types do not know.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { Device, claimsOf } from "../device.js";
import { bmp, sha256 } from "../images.js";
import { expected, newClient, refused, untyped } from "./sdk.js";

const client = newClient({ apiVersion: "v1.2-preview.1" });
const portrait = bmp(100, 100);

function parameters(settings = {}) {
  return { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), ...settings };
}

async function create(settings) {
  return expected(await client.path("/detectLiveness/singleModal/sessions").post({ body: parameters(settings) }));
}

async function createWithVerify(settings) {
  const response = await client.path("/detectLivenessWithVerify/singleModal/sessions").post({
    contentType: "multipart/form-data",
    body: [
      { name: "VerifyImage", body: portrait, filename: "portrait.bmp" },
      { name: "Parameters", body: parameters(settings) },
    ],
  });
  return expected(response);
}

function at(sessionId) {
  return client.path("/detectLiveness/singleModal/sessions/{sessionId}", sessionId);
}

function withVerifyAt(sessionId) {
  return client.path("/detectLivenessWithVerify/singleModal/sessions/{sessionId}", sessionId);
}

/** Plays a session to the end of its first attempt and reads it. */
async function play({ authToken }, session) {
  const device = new Device(authToken);
  assert.equal((await device.start()).status, 200);
  assert.ok((await device.detect()).ok);
  return expected(await session.get());
}

describe("a liveness session of v1.2-preview.1", () => {
  test("is created, read, listed and deleted", async () => {
    const created = await create();
    assert.deepEqual(Object.keys(created), ["sessionId", "authToken"]);
    for (const { path } of JSON.parse(claimsOf(created.authToken)["allowed-paths"])) {
      assert.match(path, /^face\/v1\.2-preview\.1\//);
    }
    const session = at(created.sessionId);
    assert.equal(expected(await session.get()).status, "NotStarted");

    // What an id begins with comes right before it.
    const queryParameters = { start: created.sessionId.slice(0, -1), top: 1 };
    const [item] = expected(await client.path("/detectLiveness/singleModal/sessions").get({ queryParameters }));
    assert.equal(item.id, created.sessionId);

    const deleted = await session.delete();
    expected(deleted);
    assert.equal(deleted.status, "200");
    refused(await session.get(), "404", "SessionNotFound");
  });

  test("has a result, and an audit that ends with it", async () => {
    const created = await create();
    const { status, result } = await play(created, at(created.sessionId));
    assert.equal(status, "ResultAvailable");
    assert.equal(result.response.body.livenessDecision, "realface");
    assert.equal(result.response.body.modelVersionUsed, "2023-12-20-preview.06");
    assert.equal(result.request.url, "/face/v1.2-preview.1/detectLiveness/singleModal");
    assert.equal(result.sessionImageId, undefined);

    const audit = client.path("/detectLiveness/singleModal/sessions/{sessionId}/audit", created.sessionId);
    assert.deepEqual(expected(await audit.get()), [result]);
  });

  test("takes the wanted model by its old name", async () => {
    const created = await create({ livenessSingleModalModel: "2022-10-15-preview.04" });
    const { result } = await play(created, at(created.sessionId));
    assert.equal(result.response.body.modelVersionUsed, "2022-10-15-preview.04");
  });

  test("shows in v1.1-preview.1 what v1.1-preview.1 can say", async () => {
    const created = await create({ enableSessionImage: true });
    const { result } = await play(created, at(created.sessionId));
    assert.ok(result.sessionImageId);
    const older = newClient().path("/detectLiveness/singleModal/sessions/{sessionId}", created.sessionId);
    const { sessionImageId, ...rest } = result;
    assert.deepEqual(expected(await older.get()).result, rest);
  });
});

describe("a session image of v1.2-preview.1", () => {
  test("is read, its face detected, and gone with its session", async () => {
    const created = await create({ enableSessionImage: true });
    const session = at(created.sessionId);
    const { result } = await play(created, session);
    assert.match(result.sessionImageId, /^[A-Za-z0-9_-]{44}$/);

    const image = client.pathUnchecked("/session/sessionImages/{sessionImageId}", result.sessionImageId);
    const response = await image.get().asNodeStream();
    assert.equal(response.status, "200");
    assert.equal(response.headers["content-type"], "application/octet-stream");
    const bytes = await buffer(response.body);
    assert.equal(bytes.length, Number(response.headers["content-length"]));
    assert.deepEqual(bytes.subarray(0, 3), Buffer.from([0xff, 0xd8, 0xff]));
    untyped(await image.get());

    // The SDK has this path, but with an image or its address for a body.
    const body = { sessionImageId: result.sessionImageId };
    const detect = () => client.pathUnchecked("/detect").post({ contentType: "application/json", body });
    const [face] = expected(await detect());
    assert.deepEqual(face.faceRectangle, result.response.body.target.faceRectangle);

    expected(await session.delete());
    refused(await image.get(), "404", "SessionImageNotFound");
    refused(await detect(), "404", "SessionImageNotFound");
  });

  test("is not in v1.1-preview.1", async () => {
    const created = await create({ enableSessionImage: true });
    const { result } = await play(created, at(created.sessionId));
    const image = newClient().pathUnchecked("/session/sessionImages/{sessionImageId}", result.sessionImageId);
    refused(await image.get(), "404", "404");
  });
});

describe("a liveness session with verify of v1.2-preview.1", () => {
  test("has its match, and the image's hash when asked for it", async () => {
    const created = await createWithVerify({ returnVerifyImageHash: true, enableSessionImage: true });
    assert.equal(created.verifyImage.qualityForRecognition, "high");
    const { result } = await play(created, withVerifyAt(created.sessionId));
    assert.equal(result.response.body.verifyResult.isIdentical, true);
    assert.deepEqual(result.response.body.verifyResult.verifyImage, created.verifyImage);
    assert.equal(result.verifyImageHash, sha256(portrait));
    assert.ok(result.sessionImageId);
  });

  test("has no hash unless asked for it", async () => {
    const created = await createWithVerify();
    const { result } = await play(created, withVerifyAt(created.sessionId));
    assert.equal(result.verifyImageHash, undefined);
  });

  test("is decided by the confidence threshold", async () => {
    for (const [verifyConfidenceThreshold, identical] of [
      [0.9, true],
      [0.99, false],
    ]) {
      const created = await createWithVerify({ verifyConfidenceThreshold });
      const { result } = await play(created, withVerifyAt(created.sessionId));
      const { isIdentical } = result.response.body.verifyResult;
      assert.equal(isIdentical, identical, `threshold ${verifyConfidenceThreshold}`);
    }
  });

  test("is created from JSON, and the device brings the image", async () => {
    const path = client.path("/detectLivenessWithVerify/singleModal/sessions");
    const { sessionId, authToken } = expected(await path.post({ body: parameters({ returnVerifyImageHash: true }) }));
    const device = new Device(authToken);
    await device.start();
    await device.detect({ verifyImage: portrait });
    const { result } = expected(await withVerifyAt(sessionId).get());
    assert.equal(result.response.body.verifyResult.isIdentical, true);
    assert.equal(result.verifyImageHash, sha256(portrait));
  });

  test("refuses a threshold that is no share", async () => {
    const path = client.path("/detectLivenessWithVerify/singleModal/sessions");
    for (const verifyConfidenceThreshold of [-0.1, 1.1]) {
      refused(await path.post({ body: parameters({ verifyConfidenceThreshold }) }), "400", "InvalidRequestBody");
    }
  });
});
