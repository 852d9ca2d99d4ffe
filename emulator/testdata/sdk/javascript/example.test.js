import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";

test("the example of the README runs as it stands", async () => {
  const example = fileURLToPath(new URL("example.mjs", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [example]);
  assert.equal(stdout, "Succeeded realface\n");
});
