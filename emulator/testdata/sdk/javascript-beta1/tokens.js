// Entra access tokens, made here: the emulator cannot check a signature, so there is none worth the name.
import { randomUUID } from "node:crypto";

/** The moment a token of an hour ends, in seconds. */
export const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** An access token as Entra ID shapes it, of an identity of its own unless the claims name one. */
export function accessToken(claims) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [
    encode({ alg: "RS256", typ: "JWT" }),
    encode({ aud: "https://cognitiveservices.azure.com", exp: inAnHour(), oid: randomUUID(), ...claims }),
    Buffer.from("signature").toString("base64url"),
  ].join(".");
}

/** A TokenCredential that hands out the same text, as @azure/identity would an access token. */
export function credentialOf(token) {
  return { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600_000 }) };
}
