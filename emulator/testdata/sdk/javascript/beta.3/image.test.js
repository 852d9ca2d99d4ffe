import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { buffer } from "node:stream/consumers";
import { describe, test } from "node:test";

import { finished } from "./finished.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient();
const JPEG = Buffer.from([0xff, 0xd8, 0xff]);

function imageAt(id) {
  return client.path("/sessionImages/{sessionImageId}", id);
}

describe("the image of a session", () => {
  test("is read as a stream", async () => {
    const { result } = await finished(client);
    const imageId = result.sessionImageId;
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
    const { result } = await finished(client);
    const response = await imageAt(result.sessionImageId).get();
    expected(response);
    assert.equal(response.headers["content-type"], "application/octet-stream");
  });

  test("goes with its session", async () => {
    const { session, result } = await finished(client);
    expected(await session.delete());
    refused(await imageAt(result.sessionImageId).get(), "404", "SessionImageNotFound");
  });
});
