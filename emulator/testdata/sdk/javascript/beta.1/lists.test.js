// The lists that only the previews have: of sessions, and of a session's device calls.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { AzureKeyCredential } from "@azure/core-auth";

import { Device } from "../device.js";
import { DIGEST, bmp } from "../images.js";
import { MOMENT, expected, newClient, refused } from "./sdk.js";

// A resource of its own, in which no other test creates sessions.
const client = newClient({ credential: new AzureKeyCredential("sdk-javascript-list") });

const families = {
  "/detectLiveness/singleModal/sessions": { device: "/face/v1.1-preview.1/detectLiveness/singleModal" },
  "/detectLivenessWithVerify/singleModal/sessions": {
    device: "/face/v1.1-preview.1/detectLivenessWithVerify/singleModal",
    verifyImage: bmp(100, 100), // brought by the device: these sessions are created from JSON
  },
};

async function create(family) {
  const deviceCorrelationId = randomUUID();
  const body = { livenessOperationMode: "Passive", deviceCorrelationId, authTokenTimeToLiveInSeconds: 60 };
  return { ...expected(await client.path(family).post({ body })), deviceCorrelationId };
}

/** All entries of a list, page by page: the next one begins behind the last entry. */
async function all(path, top) {
  const entries = [];
  for (let start = ""; ; start = entries.at(-1).id) {
    const page = expected(await path.get({ queryParameters: { start, top } }));
    assert.ok(page.length <= top, `${page.length} entries on a page of ${top}`);
    if (page.length === 0) {
      return entries;
    }
    entries.push(...page);
  }
}

for (const [family, { device: devicePath, verifyImage }] of Object.entries(families)) {
  describe(`the list at ${family}`, () => {
    const created = [];
    before(async () => {
      for (let session = 0; session < 5; session++) {
        created.push(await create(family));
      }
      created.sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
    });
    after(async () => {
      for (const { sessionId } of created) {
        await client.path(`${family}/{sessionId}`, sessionId).delete();
      }
    });

    const sessions = client.path(family);
    const ids = (list) => list.map(({ id }) => id);

    test("has the sessions of the resource, by their ids", async () => {
      const list = expected(await sessions.get());
      assert.deepEqual(
        ids(list),
        created.map(({ sessionId }) => sessionId),
      );
      const { createdDateTime, ...item } = list[0];
      assert.match(createdDateTime, MOMENT);
      assert.deepEqual(item, {
        id: created[0].sessionId,
        authTokenTimeToLiveInSeconds: 60,
        deviceCorrelationId: created[0].deviceCorrelationId,
        sessionExpired: false,
      });
    });

    test("is read page by page", async () => {
      const whole = ids(expected(await sessions.get()));
      for (const top of [1, 2, 5, 1000]) {
        assert.deepEqual(ids(await all(sessions, top)), whole, `pages of ${top}`);
      }
    });

    test("begins behind an id that need not be there", async () => {
      const start = "00000000-0000-0000-0000-000000000000";
      assert.equal(expected(await sessions.get({ queryParameters: { start, top: 20 } })).length, created.length);
      const end = "ffffffff-ffff-ffff-ffff-ffffffffffff";
      assert.deepEqual(expected(await sessions.get({ queryParameters: { start: end } })), []);
    });

    test("shows that a session was started", async () => {
      const { sessionId, authToken } = created[2];
      assert.equal((await new Device(authToken).start()).status, 200);
      const [item] = expected(await sessions.get({ queryParameters: { start: created[1].sessionId, top: 1 } }));
      assert.equal(item.id, sessionId);
      assert.match(item.sessionStartDateTime, MOMENT);
    });

    test("has nothing of another resource", async () => {
      const others = newClient();
      const elsewhere = expected(
        await others.path(family).post({
          body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
        }),
      );
      assert.ok(!ids(expected(await sessions.get())).includes(elsewhere.sessionId));
    });
  });

  describe(`the audit of ${family}`, () => {
    const answers = [];
    let sessionId, audit;
    before(async () => {
      let authToken;
      ({ sessionId, authToken } = await create(family));
      audit = client.path(`${family}/{sessionId}/audit`, sessionId);
      assert.deepEqual(expected(await audit.get()), [], "there was no device yet");

      const device = new Device(authToken);
      await device.start();
      for (const clientRequestId of ["first", undefined, "third"]) {
        const headers = { "User-Agent": "suite/1.0" };
        if (clientRequestId) {
          headers["client-request-id"] = clientRequestId;
        }
        answers.push(await device.detect({ headers, verifyImage }));
      }
    });

    test("has an entry for every detect call, newest first", async () => {
      const entries = expected(await audit.get());
      assert.deepEqual(
        entries.map(({ id }) => id),
        [3, 2, 1],
      );
      assert.deepEqual(
        entries.map(({ requestId }) => requestId),
        answers.map((answer) => answer.headers.get("apim-request-id")).reverse(),
      );
      assert.deepEqual(
        entries.map(({ clientRequestId }) => clientRequestId),
        ["third", undefined, "first"],
      );
    });

    test("shows the request as the device sent it", async () => {
      for (const { sessionId: id, receivedDateTime, request } of expected(await audit.get())) {
        assert.equal(id, sessionId);
        assert.match(receivedDateTime, MOMENT);
        const { contentLength, contentType, ...rest } = request;
        assert.ok(contentLength > 0);
        assert.match(contentType, /^multipart\/form-data; boundary=./);
        assert.deepEqual(rest, { url: devicePath, method: "POST", userAgent: "suite/1.0" });
      }
    });

    test("shows the response whether the device got it or not", async () => {
      for (const answer of answers) {
        assert.equal(answer.status, 204);
      }
      for (const { response, digest } of expected(await audit.get())) {
        assert.equal(response.statusCode, 200);
        assert.equal(response.body.target.fileName, "video.webp");
        assert.ok(response.latencyInMilliseconds >= 0);
        assert.equal(response.body.livenessDecision, "realface");
        assert.equal(response.body.verifyResult?.isIdentical, verifyImage && true);
        assert.match(digest, DIGEST);
      }
    });

    test("has the session's result in front", async () => {
      const [latest] = expected(await audit.get());
      const { result } = expected(await client.path(`${family}/{sessionId}`, sessionId).get());
      assert.deepEqual(latest, result);
    });

    test("is read page by page, from the oldest entries", async () => {
      const page = async (queryParameters) => expected(await audit.get({ queryParameters })).map(({ id }) => id);
      assert.deepEqual(await page({ top: 2 }), [2, 1]);
      assert.deepEqual(await page({ start: "2", top: 2 }), [3]);
      assert.deepEqual(await page({ start: "1" }), [3, 2]);
      assert.deepEqual(await page({ start: "3" }), []);
    });

    test("goes with its session", async () => {
      expected(await client.path(`${family}/{sessionId}`, sessionId).delete());
      refused(await audit.get(), "404", "SessionNotFound");
    });
  });

  describe(`a page of ${family} is refused with 400`, () => {
    const queries = {
      "of no entries": [{ top: 0 }, /^Top parameter is invalid/],
      "of more than 1000 entries": [{ top: 1001 }, /^Top parameter is invalid/],
      "of a number of entries that is none": [{ top: "all" }, /^Top parameter is invalid/],
      "behind an id of 65 characters": [{ start: "x".repeat(65) }, /^Start parameter is invalid/],
    };
    for (const [what, [queryParameters, message]] of Object.entries(queries)) {
      test(what, async () => {
        const { sessionId } = await create(family);
        const session = client.path(`${family}/{sessionId}`, sessionId);
        const audit = client.path(`${family}/{sessionId}/audit`, sessionId);
        for (const list of [client.path(family), audit]) {
          assert.match(refused(await list.get({ queryParameters }), "400", "BadArgument").message, message);
        }
        expected(await session.delete());
      });
    }

    test("but not at the limits", async () => {
      for (const queryParameters of [{ top: 1 }, { top: 1000 }, { start: "x".repeat(64) }]) {
        expected(await client.path(family).get({ queryParameters }));
      }
    });
  });
}
