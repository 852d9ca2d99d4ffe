// Package scenarios holds the scenarios that every emulator knows, one file
// each. The language is described in package scenario and in
// schemas/scenario.json.
package scenarios

import "embed"

// FS has the scenario files at its top. It is read-only.
//
//go:embed *.yaml
var FS embed.FS
