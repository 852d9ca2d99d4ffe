// The newest release, 1.0.0-beta.3: it speaks v1.2.
import createClient, { isUnexpected } from "@azure-rest/ai-vision-face";

import { clientsOf } from "../client.js";
import { assertionsOf } from "../expect.js";

export const newClient = clientsOf(createClient);
export const { expected, refused, untyped } = assertionsOf(isUnexpected);
