package lang

import (
	"io/fs"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// noFiles is a folder without files.
type noFiles struct{}

func (noFiles) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ParseAttempt reads a document with a single entry of attempts, in YAML or JSON. The
// entry must be fixed: it cannot use repeat, oneOf and sessionImage. The name appears in
// errors only, which are as those of Parse.
func ParseAttempt(name string, data []byte) (liveness.Step, error) {
	r, root, err := open(name, data, hints{
		empty: "write an attempt, such as {outcome: spoofface}", several: "write one attempt",
	})
	if err != nil {
		return liveness.Step{}, err
	}
	r.images = newImageFolder(noFiles{})
	p := r.readAttempt(r.valueOf(root, "the attempt"))
	for _, key := range []string{"repeat", "oneOf", "sessionImage"} {
		if at, given := p.given[key]; given {
			r.report(at, key+" is allowed in scenario files only", "leave it out")
		}
	}
	return p.step, r.failure()
}
