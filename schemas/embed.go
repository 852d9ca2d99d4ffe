// Package schemas holds the JSON Schemas (draft-07) of what goes over the wire:
// a folder for each version of the API, and the schema of scenario files.
//
// A version's folder has <operation>.request.json and <operation>.response.json
// with the names of the API's specification in lower camel case, and
// error.response.json for every refusal. What has no JSON has no file: the
// requests of reads and deletes, the answers of deletes and of
// session/attempt/end (no body), the session image (bytes) and what a device
// sends to a detect call (anything).
//
// Response schemas describe what the service sends, exactly, also where
// recorded traffic differs from the specification; their descriptions say so.
// Request schemas say what is accepted after lenient reading.
package schemas

import "embed"

// FS has scenario.json and the folders of the versions at its top. It is
// read-only.
//
//go:embed scenario.json v*
var FS embed.FS
