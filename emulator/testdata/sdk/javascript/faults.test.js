// What an app on the newest release sees of faults. The scenarios are those of the suite's server, one for every effect.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { endpoint, plainEndpoint, scenario } from "./client.js";
import { Device } from "./device.js";
import { accessToken, credentialOf } from "./tokens.js";
import { expected as expectedOfOld, newClient as newOldClient } from "./beta.1/sdk.js";
import { expected, newClient, refused } from "./beta.3/sdk.js";

/** Client options, and the number of calls that a client with them has sent, the repeated ones included. */
function counting(options = {}) {
  const sent = { calls: 0 };
  const policy = {
    name: "counting",
    sendRequest(request, next) {
      sent.calls++;
      return next(request);
    },
  };
  return [{ additionalPolicies: [{ policy, position: "perRetry" }], ...options }, sent];
}

/** A retry policy as the SDK has it by default, but that it does not wait long. */
const retries = { retryDelayInMs: 10 };
const noRetries = { maxRetries: 0 };

/** How long a call takes, in milliseconds, and what it comes to. */
async function timed(call) {
  const began = performance.now();
  const result = await call();
  return [performance.now() - began, result];
}

// A timer of Node may fire a little too soon.
const SECOND = 990;

for (const [transport, base] of [
  ["HTTPS", endpoint],
  ["HTTP", plainEndpoint()],
]) {
  /** An app with sessions of one scenario. */
  function app(name, retryOptions = retries) {
    const [options, sent] = counting({ base, retryOptions, allowInsecureConnection: true });
    const client = newClient(options);
    return {
      sent,
      create: () =>
        client.path("/detectLiveness-sessions").post({
          body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
          ...scenario(name),
        }),
      at: (sessionId) => client.path("/detectLiveness-sessions/{sessionId}", sessionId),
    };
  }

  /** The same with one session, and without the call that created it. */
  async function appWithSession(name, retryOptions) {
    const { create, at, sent } = app(name, retryOptions);
    const { sessionId, authToken } = expected(await create());
    sent.calls = 0;
    return { sent, session: at(sessionId), sessionId, device: new Device(authToken) };
  }

  describe(`over ${transport}, an answer that cannot be read is an error`, { concurrency: true }, () => {
    for (const [name, error, calls] of [
      ["fault-reset-before", { code: "ECONNRESET" }, 4],
      ["fault-reset-after", { code: "ECONNRESET" }, 4],
      // The SDK repeats calls whose connection broke, but not if it did so within the body.
      ["fault-reset-during", { code: "PARSE_ERROR", message: /^Error reading response as text: / }, 1],
      ["fault-body-truncated", { code: "PARSE_ERROR", message: /^Error reading response as text: / }, 1],
      ["fault-body-malformed", { code: "PARSE_ERROR", statusCode: 200, message: /^Error "SyntaxError: / }, 1],
    ]) {
      test(`${name}: after ${calls} of 4 possible calls`, async () => {
        const { session, sent } = await appWithSession(name);
        await assert.rejects(async () => session.get(), { name: "RestError", ...error });
        assert.equal(sent.calls, calls);
      });

      test(`${name}: after one call without retries`, async () => {
        const { session, sent } = await appWithSession(name, noRetries);
        await assert.rejects(async () => session.get(), { name: "RestError", ...error });
        assert.equal(sent.calls, 1);
      });
    }

    test("fault-reset-once: but not to who tries again", async () => {
      const { session, sent, sessionId } = await appWithSession("fault-reset-once");
      assert.equal(expected(await session.get()).sessionId, sessionId);
      assert.equal(sent.calls, 2);
    });
  });

  describe(`over ${transport}, the SDK takes for a success`, { concurrency: true }, () => {
    test("fault-body-empty: an answer without a body", async () => {
      const { session } = await appWithSession("fault-body-empty");
      const response = await session.get();
      assert.equal(expected(response), undefined);
      assert.equal(response.headers["content-length"], "0");
    });

    test("fault-body-html: a page, which is then a text", async () => {
      const { session } = await appWithSession("fault-body-html");
      const response = await session.get();
      assert.equal(expected(response), "<html><body>Sign in to the guest network.</body></html>");
      assert.equal(response.headers["content-type"], "text/html");
    });

    test("fault-content-type: JSON, whatever it is called", async () => {
      const { session, sessionId } = await appWithSession("fault-content-type");
      const response = await session.get();
      assert.equal(expected(response).sessionId, sessionId);
      assert.equal(response.headers["content-type"], "text/html");
    });

    test("fault-delete-malformed: an answer that has no body anyway", async () => {
      const { session } = await appWithSession("fault-delete-malformed");
      assert.equal((await session.delete()).status, "204");
    });

    test("fault-stale: a session as it was before", async () => {
      const { session, device } = await appWithSession("fault-stale");
      await device.start();
      await device.detect();
      const stale = expected(await session.get());
      assert.equal(stale.status, "Running");
      assert.deepEqual(stale.results, { attempts: [] });
      const fresh = expected(await session.get());
      assert.equal(fresh.status, "Succeeded");
      assert.equal(fresh.results.attempts[0].result.livenessDecision, "realface");
    });
  });

  describe(`over ${transport}, patience has an end`, { concurrency: true }, () => {
    for (const [what, limit] of [
      ["the SDK's timeout", () => ({ timeout: 200 })],
      ["an abort signal", () => ({ abortSignal: AbortSignal.timeout(200) })],
    ]) {
      test(`fault-hang: ${what} ends a call without an answer, and it is not repeated`, async () => {
        const { session, sent } = await appWithSession("fault-hang");
        await assert.rejects(async () => session.get(limit()), { name: "AbortError" });
        assert.equal(sent.calls, 1);
      });
    }

    test("fault-slow-body: the SDK's timeout does not count the body", async () => {
      const { session, sessionId } = await appWithSession("fault-slow-body");
      const [took, response] = await timed(() => session.get({ timeout: 600 }));
      assert.equal(expected(response).sessionId, sessionId);
      assert.ok(took > 700, `the body took ${took} ms`);
    });

    test("fault-slow-body: an abort signal does", async () => {
      const { session } = await appWithSession("fault-slow-body");
      await assert.rejects(async () => session.get({ abortSignal: AbortSignal.timeout(400) }), { name: "AbortError" });
    });

    test("fault-delay: an answer comes late", async () => {
      const { session, sessionId } = await appWithSession("fault-delay");
      const [took, response] = await timed(() => session.get());
      assert.equal(expected(response).sessionId, sessionId);
      assert.ok(took > 190, `the call took ${took} ms`);
    });
  });

  describe(`over ${transport}, the SDK tries again`, { concurrency: true }, () => {
    for (const [name, form] of [
      ["fault-retry-after-seconds", /^1$/],
      ["fault-retry-after-date", / GMT$/],
    ]) {
      test(`${name}: once it has waited as long as it was told`, async () => {
        const { session, sent, sessionId } = await appWithSession(name);
        const [took, response] = await timed(() => session.get());
        assert.equal(expected(response).sessionId, sessionId);
        assert.equal(sent.calls, 2);
        assert.ok(took > SECOND, `both calls took ${took} ms`);
      });

      test(`${name}: not without retries`, async () => {
        const { session } = await appWithSession(name, noRetries);
        const response = await session.get();
        refused(response, "429", "429");
        assert.match(response.headers["retry-after"], form);
      });
    }

    test("fault-outage: until the service is back", async () => {
      const { session, sent, sessionId } = await appWithSession("fault-outage");
      assert.equal(expected(await session.get()).sessionId, sessionId);
      assert.equal(sent.calls, 3);
    });

    test("fault-outage: as often as it may", async () => {
      const { session, sent } = await appWithSession("fault-outage", { ...retries, maxRetries: 1 });
      refused(await session.get(), "502", "502");
      assert.equal(sent.calls, 2);
    });

    test("fault-create-outage: and gets its session", async () => {
      const { create, sent } = app("fault-create-outage");
      assert.equal(expected(await create()).status, "NotStarted");
      assert.equal(sent.calls, 3);
    });

    test("fault-create-reset-before: and gets its session", async () => {
      const { create, sent } = app("fault-create-reset-before");
      assert.equal(expected(await create()).status, "NotStarted");
      assert.equal(sent.calls, 2);
    });

    test("fault-delete-reset-before: and deletes", async () => {
      const { session, sent } = await appWithSession("fault-delete-reset-before");
      expected(await session.delete());
      assert.equal(sent.calls, 2);
    });

    test("fault-delete-reset-after: and does not find what it has deleted", async () => {
      const { session, sent } = await appWithSession("fault-delete-reset-after");
      refused(await session.delete(), "404", "SessionNotFound");
      assert.equal(sent.calls, 2);
    });

    for (const [name, status, code] of [
      ["fault-error-named", "409", "ConcurrentOperationConflict"],
      ["fault-error-other", "418", "Teapot"],
    ]) {
      test(`${name}: but not after ${status}`, async () => {
        const { session, sent } = await appWithSession(name);
        const response = await session.get();
        refused(response, status, code);
        assert.equal(sent.calls, 1);
        assert.match(response.headers["x-face-liveness-fault"], /^error /);
      });
    }

    test("fault-rate: only the calls over the rate are refused", async () => {
      const { session } = await appWithSession("fault-rate", noRetries);
      expected(await session.get());
      expected(await session.get());
      const response = await session.get();
      assert.match(refused(response, "429", "429").message, /Please retry after \d+ seconds\./);
      const seconds = Number(response.headers["retry-after"]);
      assert.ok(seconds > 50 && seconds <= 60, `Retry-After is ${seconds}`);
    });
  });

  describe(`over ${transport}, a device whose connection breaks`, { concurrency: true }, () => {
    // Node reports a connection that breaks in one of two ways: within a body, and
    // where a proxy before the port of a container makes an end of a reset.
    const broken = /^(ECONNRESET|UND_ERR_SOCKET)$/;

    test("fault-detect-reset-before: has made no attempt and can try again", async () => {
      const { session, device } = await appWithSession("fault-detect-reset-before");
      await device.start();
      await assert.rejects(device.detect(), (error) => broken.test(error.cause.code));
      const { status, results } = expected(await session.get());
      assert.equal(status, "Running");
      assert.deepEqual(results, { attempts: [] });
      assert.equal((await device.detect()).status, 200);
    });

    for (const name of ["fault-detect-reset-during", "fault-detect-reset-after"]) {
      test(`${name}: has made its attempt`, async () => {
        const { session, device } = await appWithSession(name);
        await device.start();
        const answer = device.detect().then((response) => response.text());
        await assert.rejects(answer, (error) => broken.test(error.cause.code));
        const { status, results } = expected(await session.get());
        assert.equal(status, "Succeeded");
        assert.equal(results.attempts.length, 1);
      });
    }

    test("fault-detect-hang: gives up, and has made no attempt", async () => {
      const { session, device } = await appWithSession("fault-detect-hang");
      await device.start();
      await assert.rejects(device.detect({ signal: AbortSignal.timeout(200) }), { name: "TimeoutError" });
      assert.equal(expected(await session.get()).status, "Running");
      assert.equal((await device.detect()).status, 200);
    });
  });
}

test("fault-create-reset-after: a create call that is repeated creates a session each time", async () => {
  // Only the first release can list sessions, and only an identity of one's own has none of others.
  const path = "/detectLiveness/singleModal/sessions";
  const [options, sent] = counting({ credential: credentialOf(accessToken()), retryOptions: retries });
  const client = newOldClient(options);
  const call = client.path(path).post({
    contentType: "application/json",
    body: { livenessOperationMode: "Passive", deviceCorrelationId: randomUUID() },
    ...scenario("fault-create-reset-after"),
  });
  await assert.rejects(async () => call, { name: "RestError", code: "ECONNRESET" });
  assert.equal(sent.calls, 4);
  assert.equal(expectedOfOld(await client.path(path).get()).length, 4);
});
