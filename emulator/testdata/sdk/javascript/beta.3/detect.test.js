import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, describe, test } from "node:test";

import { finished } from "./finished.js";
import { expected, newClient, refused } from "./sdk.js";

const client = newClient();

function detect(sessionImageId, queryParameters = {}) {
  return client.path("/detect").post({ contentType: "application/json", queryParameters, body: { sessionImageId } });
}

describe("detect from a session image", () => {
  let session, result;
  before(async () => ({ session, result } = await finished(client)));

  test("finds the face that the attempt looked at", async () => {
    const faces = expected(await detect(result.sessionImageId));
    assert.equal(faces.length, 1);
    const [{ faceId, ...face }] = faces;
    assert.match(faceId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.deepEqual(face, { faceRectangle: result.targets.color.faceRectangle });
  });

  test("gives a new face id every time", async () => {
    const [first] = expected(await detect(result.sessionImageId));
    const [second] = expected(await detect(result.sessionImageId));
    assert.notEqual(first.faceId, second.faceId);
    assert.deepEqual(first.faceRectangle, second.faceRectangle);
  });

  test("leaves the face id out when told to", async () => {
    const [face] = expected(await detect(result.sessionImageId, { returnFaceId: false, returnRecognitionModel: true }));
    assert.deepEqual(face, { faceRectangle: result.targets.color.faceRectangle });
  });

  test("names the recognition model", async () => {
    for (const recognitionModel of ["recognition_01", "recognition_02", "recognition_03", "recognition_04"]) {
      const query = { recognitionModel, returnRecognitionModel: true };
      const [face] = expected(await detect(result.sessionImageId, query));
      assert.equal(face.recognitionModel, recognitionModel);
    }
    const [face] = expected(await detect(result.sessionImageId, { returnRecognitionModel: true }));
    assert.equal(face.recognitionModel, "recognition_01", "the default");
  });

  test("takes every detection model and time to live", async () => {
    for (const detectionModel of ["detection_01", "detection_02", "detection_03"]) {
      expected(await detect(result.sessionImageId, { detectionModel }));
    }
    for (const faceIdTimeToLive of [60, 86400]) {
      expected(await detect(result.sessionImageId, { faceIdTimeToLive }));
    }
  });

  const parameters = {
    "a recognition model that does not exist": [{ recognitionModel: "recognition_05" }, /recognitionModel/],
    "a detection model that does not exist": [{ detectionModel: "detection_04" }, /detectionModel/],
    "a time to live below 60 s": [{ faceIdTimeToLive: 59 }, /parameter/],
    "a time to live above a day": [{ faceIdTimeToLive: 86401 }, /parameter/],
  };
  for (const [what, [query, message]] of Object.entries(parameters)) {
    test(`refuses ${what} with 400`, async () => {
      const error = refused(await detect(result.sessionImageId, query), "400", "BadArgument");
      assert.match(error.message, message);
    });
  }

  test("refuses a body without an image id with 400", async () => {
    refused(await detect(undefined), "400", "BadArgument");
    refused(await detect(1), "400", "BadArgument");
  });

  test("says what of the Face API is not emulated", async () => {
    const image = { contentType: "application/octet-stream", body: Buffer.alloc(2048) };
    const url = { contentType: "application/json", body: { url: "https://example.com/face.jpg" } };
    for (const options of [image, url]) {
      refused(await client.path("/detect").post(options), "501", "NotImplemented");
    }
    refused(await detect(result.sessionImageId, { returnFaceLandmarks: true }), "501", "NotImplemented");
    refused(await detect(result.sessionImageId, { returnFaceAttributes: ["mask"] }), "501", "NotImplemented");
  });

  test("does not find an image that never was, or went with its session", async () => {
    refused(await detect(randomUUID()), "404", "SessionImageNotFound");
    expected(await session.delete());
    refused(await detect(result.sessionImageId), "404", "SessionImageNotFound");
  });
});
