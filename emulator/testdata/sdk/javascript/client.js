// The client under test, made as an app's backend makes it.
import createClient from "@azure-rest/ai-vision-face";
import { AzureKeyCredential } from "@azure/core-auth";

/** The base URL of the emulator, over HTTPS: unless told otherwise, the SDK uses nothing else. */
export const endpoint = required("FACE_ENDPOINT");

/** A client with the given credential, or with the key of the environment, and the SDK's options. */
export function newClient({ credential = new AzureKeyCredential(required("FACE_APIKEY")), ...options } = {}) {
  return createClient(endpoint, credential, options);
}

/** Request options that pin what will happen in the session to be created. */
export function scenario(name) {
  return { headers: { "X-Face-Liveness-Scenario": name } };
}

function required(name) {
  const value = process.env[name];
  if (!value) {
    throw new Error(`set ${name} to run the suite`);
  }
  return value;
}
