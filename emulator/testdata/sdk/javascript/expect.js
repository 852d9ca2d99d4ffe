// Assertions about answers, in the SDK's own terms.
import assert from "node:assert/strict";

/** The assertions on one release's isUnexpected, which knows the answers of that release's paths. */
export function assertionsOf(isUnexpected) {
  return {
    /** The body of an answer that the SDK takes for a success. */
    expected(response) {
      if (isUnexpected(response)) {
        assert.fail(`${response.status} ${JSON.stringify(response.body)}`);
      }
      return response.body;
    },

    /** The body of a success at a path that the SDK has no types for: there it calls every answer unexpected. */
    untyped(response) {
      assert.equal(response.status, "200", JSON.stringify(response.body));
      return response.body;
    },

    /** The error of an answer that the SDK takes for a failure. */
    refused(response, status, code) {
      assert.ok(isUnexpected(response), `the SDK takes ${response.status} for a success`);
      assert.equal(response.status, status);
      assert.equal(response.body.error.code, code);
      assert.ok(response.body.error.message, "the error has no message");
      return response.body.error;
    },
  };
}
