package ledger_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/ledger"
)

// root is the top of the repository.
const root = "../../.."

// A mark names an entry, in a comment or in the description of a schema. Its kind and id
// are "" if it is bare.
type mark struct {
	place, text string
	kind        ledger.Kind
	id          string
}

// marksIn returns the marks in the text of a file, bare ones included. The
// pattern is built from parts so that this file has no mark.
func marksIn(file, text string) []mark {
	kinds := fmt.Sprintf("(%s|%s|%s)", ledger.Documented, ledger.Recorded, ledger.Assumed)
	loose := regexp.MustCompile(`\[` + kinds + `\b[^\]\n]*\]?`)
	exact := regexp.MustCompile(`^\[` + kinds + `: ([a-z0-9-]+)\]$`)
	var marks []mark
	number := 0
	for line := range strings.Lines(text) {
		number++
		for _, found := range loose.FindAllString(line, -1) {
			m := mark{place: fmt.Sprintf("%s:%d", file, number), text: found}
			if parts := exact.FindStringSubmatch(found); parts != nil {
				m.kind, m.id = ledger.Kind(parts[1]), parts[2]
			}
			marks = append(marks, m)
		}
	}
	return marks
}

// marksBelow returns the marks in all Go files and JSON schemas below a folder, including
// nested modules and without test data.
func marksBelow(t *testing.T, folder string) []mark {
	t.Helper()
	var marks []mark
	files := 0
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && file != folder && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		schema := filepath.Ext(name) == ".json" && strings.HasPrefix(filepath.ToSlash(relative), "schemas/")
		if entry.IsDir() || !schema && filepath.Ext(name) != ".go" {
			return nil
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		files++
		marks = append(marks, marksIn(filepath.ToSlash(relative), string(data))...)
		return nil
	})
	if err != nil || files == 0 {
		t.Fatalf("reading the files: %d files, %v", files, err)
	}
	return marks
}

// wrongMarks compares marks with the entries of a ledger.
func wrongMarks(marks []mark, entries []ledger.Entry) []string {
	known := map[string]ledger.Entry{}
	for _, entry := range entries {
		known[entry.ID] = entry
	}
	var problems []string
	named := map[string]bool{}
	for _, m := range marks {
		entry, ok := known[m.id]
		switch {
		case m.id == "":
			problems = append(problems, fmt.Sprintf("%s: the mark %q names no entry; write [kind: id]", m.place, m.text))
		case !ok:
			problems = append(problems, fmt.Sprintf("%s: the mark %s names an entry that schemas/ledger.yaml does not have", m.place, m.text))
		case entry.Kind != m.kind:
			problems = append(problems, fmt.Sprintf("%s: the mark %s names an entry of kind %s", m.place, m.text, entry.Kind))
		}
		named[m.id] = true
	}
	for _, entry := range entries {
		if !named[entry.ID] && entry.About == "" {
			problems = append(problems, "schemas/ledger.yaml: no mark names "+entry.ID+
				"; put one where it is implemented, or say in its member about what implements it")
		}
	}
	return problems
}

// TestMarks compares the marks in all Go files and schemas with schemas/ledger.yaml.
func TestMarks(t *testing.T) {
	t.Parallel()
	marks := marksBelow(t, root)
	for _, problem := range wrongMarks(marks, readLedger(t)) {
		t.Error(problem)
	}
	if !slices.ContainsFunc(marks, func(m mark) bool { return strings.HasPrefix(m.place, "schemas/") }) {
		t.Error("no mark was found in schemas")
	}
}

func TestWrongMarks(t *testing.T) {
	t.Parallel()
	open := "["
	entries := []ledger.Entry{{ID: "list-order", Kind: ledger.Documented}, {ID: "cors-all", Kind: ledger.Assumed, About: "package httpapi"}}
	const good = "documented: list-order]"
	for name, test := range map[string]struct{ text, want string }{
		"right":            {"// It is so " + open + good + ".", ""},
		"two in a line":    {"x = 1 // " + open + good + " " + open + "assumed: cors-all]", ""},
		"bare":             {open + good + "\n// so it is " + open + "recorded].", `file.go:2: the mark "` + open + `recorded]" names no entry`},
		"with a text":      {open + good + open + "assumed, but for the rest]", "names no entry"},
		"two kinds":        {open + good + open + "documented, recorded]", "names no entry"},
		"on two lines":     {open + good + open + "documented:\n// list-order]", "names no entry"},
		"unknown id":       {open + good + open + "documented: list-odrer]", "does not have"},
		"another kind":     {open + good + open + "recorded: list-order]", "names an entry of kind documented"},
		"entry not named":  {"package x", "no mark names list-order"},
		"no mark, a slice": {open + good + "\nvar recordedCalls = []string{}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := strings.Join(wrongMarks(marksIn("file.go", test.text), entries), "\n")
			if (test.want == "") != (problems == "") || !strings.Contains(problems, test.want) {
				t.Errorf("got %q, want %q", problems, test.want)
			}
		})
	}
}
