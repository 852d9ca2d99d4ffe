// Package scenarios holds the built-in scenarios, one file each. Their language is
// described in README.md and in schemas/scenario.json.
package scenarios

import (
	"embed"
	"path"
	"strings"
)

// FS has the scenario files at its top. It is read-only.
//
//go:embed *.yaml
var FS embed.FS

// IsFile reports whether a file of this name is read as a scenario file: it ends in
// .yaml or .yml and does not begin with a dot. The name is without a folder.
func IsFile(name string) bool {
	return (path.Ext(name) == ".yaml" || path.Ext(name) == ".yml") && !strings.HasPrefix(name, ".")
}
