package scenario

import (
	"path"
	"strings"
)

// IsFileName reports whether a file of this name is a scenario file: *.yaml or *.yml, and
// not hidden.
func IsFileName(name string) bool {
	extension := path.Ext(name)
	return (extension == ".yaml" || extension == ".yml") && !strings.HasPrefix(name, ".")
}
