// Clients as an app's backend makes them.
import { AzureKeyCredential } from "@azure/core-auth";

/** The base URL of the emulator, over HTTPS: unless told otherwise, the SDK uses nothing else. */
export const endpoint = required("FACE_ENDPOINT");

/** The same over HTTP, for tests of what happens at the socket. */
export const plainEndpoint = () => required("FACE_PLAIN_ENDPOINT");

/** Where the emulator sees the suite's calls come from: another address when it runs in a container. */
export const clientAddress = process.env.FACE_CLIENT_ADDRESS || "127.0.0.1";

/** Gives one release's createClient the endpoint and the key, where the test has none of its own. */
export function clientsOf(createClient) {
  return ({ base = endpoint, credential = new AzureKeyCredential(required("FACE_APIKEY")), ...options } = {}) =>
    createClient(base, credential, options);
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
