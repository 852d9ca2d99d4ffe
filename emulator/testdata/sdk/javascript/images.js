// Images to verify against, made here so that the suite carries no portrait.
import { createHash } from "node:crypto";

const HEADER = 54;

/** An uncompressed 24-bit BMP of one grey. */
export function bmp(width, height) {
  const row = Math.ceil((width * 3) / 4) * 4;
  const file = Buffer.alloc(HEADER + row * height, 0x80);
  file.fill(0, 0, HEADER);
  file.write("BM");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(HEADER, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  file.writeUInt32LE(row * height, 34);
  return file;
}

/** A hash as the service prints it: SHA-256 in upper-case hexadecimal. */
export function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex").toUpperCase();
}

/** What the service's digests and hashes look like. */
export const DIGEST = /^[0-9A-F]{64}$/;

/** Images that a session with verify is not created from, each with its error's code and message. */
export const refusedImages = {
  "that is no image": [Buffer.alloc(2048, "text"), "InvalidImage", "Decoding error, image format unsupported."],
  "with no room for a face": [bmp(30, 30), "InvalidImage", "No face detected in the image."],
  "below 1 KB": [bmp(10, 10), "InvalidImageSize", "Image size is too small."],
  "above 6 MB": [bmp(1500, 1400), "InvalidImageSize", "Image size is too big."],
};
