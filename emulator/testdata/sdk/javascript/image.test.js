import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { newClient } from "./client.js";
import { Device } from "./device.js";
import { expected, refused } from "./expect.js";

const client = newClient();
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

function imageAt(id) {
  return client.path("/sessionImages/{sessionImageId}", id);
}

/** A finished session that kept its image. */
async function finished() {
  const response = await client.path("/detectLiveness-sessions").post({
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID(), enableSessionImage: true },
  });
  const { sessionId, authToken } = expected(response);
  const device = new Device(authToken);
  await device.start();
  await device.detect();
  const session = client.path("/detectLiveness-sessions/{sessionId}", sessionId);
  const { results } = expected(await session.get());
  return { session, imageId: results.attempts[0].result.sessionImageId };
}

describe("the image of a session", () => {
  test("is read as a stream", async () => {
    const { imageId } = await finished();
    assert.match(imageId, /^[A-Za-z0-9_-]{44}$/);

    const response = await imageAt(imageId).get().asNodeStream();
    assert.equal(response.status, "200");
    assert.equal(response.headers["content-type"], "application/octet-stream");
    assert.equal(
      response.headers["content-disposition"],
      `attachment; filename=${imageId}.jpg; filename*=UTF-8''${imageId}.jpg`,
    );
    const bytes = await buffer(response.body);
    assert.equal(bytes.length, Number(response.headers["content-length"]));
    assert.deepEqual(bytes.subarray(0, JPEG.length), JPEG);
    // End of image: nothing was cut off.
    assert.deepEqual(bytes.subarray(-2), Buffer.from([0xff, 0xd9]));
  });

  test("is a success to the SDK when awaited", async () => {
    const { imageId } = await finished();
    const response = await imageAt(imageId).get();
    expected(response);
    assert.equal(response.headers["content-type"], "application/octet-stream");
  });

  test("goes with its session", async () => {
    const { session, imageId } = await finished();
    expected(await session.delete());
    refused(await imageAt(imageId).get(), "404", "SessionImageNotFound");
  });
});
