// The first release, 1.0.0-beta.1: it speaks v1.1-preview.1.
import createClient, { isUnexpected } from "@azure-rest/ai-vision-face-beta.1";

import { clientsOf } from "../client.js";
import { assertionsOf } from "../expect.js";

export const newClient = clientsOf(createClient);
export const { expected, refused, untyped } = assertionsOf(isUnexpected);

/** A moment as the previews' lists and sessions show it: seven digits, and UTC as an offset, as .NET prints it. */
export const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}\+00:00$/;
