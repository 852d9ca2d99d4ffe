// The device that the person holds. Microsoft's client SDK is closed and needs
// a camera; this one makes the same calls with nothing but the session's token.

/** A device that has been handed a session's token. */
export class Device {
  #token;
  #endpoint;
  #paths;

  constructor(authToken) {
    this.#token = authToken;
    const claims = claimsOf(authToken);
    // Both claims are JSON in a string.
    this.#endpoint = JSON.parse(claims.face).endpoint;
    this.#paths = JSON.parse(claims["allowed-paths"]).map((allowed) => allowed.path);
  }

  /** Where the token sends the device. */
  get endpoint() {
    return this.#endpoint;
  }

  /** Begins the session. */
  start(body = {}) {
    return this.#post("/session/start", JSON.stringify(body), { "Content-Type": "application/json" });
  }

  /** Makes one attempt and sends what the camera saw, and the image to verify against if it brings one. */
  detect({ headers, verifyImage, signal } = {}) {
    const form = new FormData();
    form.append("Content", new Blob(["what the camera saw"]), "video.webp");
    form.append("Metadata", "{}");
    if (verifyImage) {
      form.append("VerifyImage", new Blob([verifyImage]), "portrait.bmp");
    }
    return this.#post("/singleModal", form, headers, signal);
  }

  #post(suffix, body, headers = {}, signal) {
    const path = this.#paths.find((allowed) => allowed.endsWith(suffix));
    return fetch(`${this.#endpoint}/${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#token}`, ...headers },
      body,
      signal,
    });
  }
}

/** The claims of a JWT, unchecked. */
export function claimsOf(token) {
  return JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
}
