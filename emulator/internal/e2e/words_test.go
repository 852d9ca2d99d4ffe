package e2e_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// dialect matches unclear wordings in texts for users. The patterns are built from parts
// so that this file does not match them.
func dialect() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(` + strings.Join([]string{
		"is " + "no [a-z]+", "(is|are) " + "none", "of (its|their|his) " + "own", "who" + "ever", "one who " + "[a-z]+s",
		"asks? for " + "nothing", "take[ns]? " + "away", "which there " + "is", "(is|are) to " + "be", "stands? " + "still", "as it is " + "anyway",
	}, "|") + `)\b`)
}

// commandFlag matches a flag of the command line.
func commandFlag() *regexp.Regexp { return regexp.MustCompile(`(^|[^-\w])--[a-z]`) }

// leftOut has the files whose texts stay as they are, each with the reason.
func leftOut() map[string]string {
	return map[string]string{
		".github/CONTRIBUTING.md":                 "its table shows the wordings",
		"emulator/internal/httpapi/errortable.go": "error bodies have the texts that the service was seen to send",
	}
}

// TestPlainWords checks that texts for users have no unclear wordings, and that texts of
// libraries name no flags, because libraries have options. It does not read comments,
// tests and test data.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	old, flags, left := dialect(), commandFlag(), leftOut()
	files := 0
	for file, texts := range textsOf(t) {
		if left[file] != "" {
			delete(left, file)
			continue
		}
		files++
		for _, text := range texts {
			if found := old.FindString(text.text); found != "" {
				t.Errorf("%s:%d: the text has %q: %s", file, text.line, found, text.text)
			}
			if !strings.HasPrefix(file, "cmd/") && strings.HasSuffix(file, ".go") && flags.MatchString(text.text) {
				t.Errorf("%s:%d: the text of a library names a flag: %s", file, text.line, text.text)
			}
		}
	}
	if files < 200 {
		t.Errorf("%d files were read, want the whole tree", files)
	}
	for _, file := range slices.Sorted(maps.Keys(left)) {
		t.Errorf("%s is left out and does not exist", file)
	}
}

// A userText is a text for users and its first line.
type userText struct {
	line int
	text string
}

// textsOf returns the texts of all files with texts for users, by path in the repository.
func textsOf(t *testing.T) map[string][]userText {
	t.Helper()
	found := map[string][]userText{}
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, filepath.FromSlash(repository+"/")))
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if path != repository && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".")) {
				return filepath.SkipDir
			}
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			found[name] = literals(t, path)
		case strings.HasPrefix(name, "scenarios/") && strings.HasSuffix(name, ".yaml"):
			found[name] = scenarioTexts(t, path)
		case name == "schemas/scenario.json", name == "emulator/internal/admin/openapi.json":
			found[name] = descriptions(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range documents(t) {
		found[document] = paragraphs(readDocument(t, document))
	}
	return found
}

// literals returns the string literals of a Go file.
func literals(t *testing.T, path string) (texts []userText) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(node ast.Node) bool {
		if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, userText{set.Position(literal.Pos()).Line, text})
		}
		return true
	})
	return texts
}

// scenarioTexts returns the texts for readers in a scenario file.
func scenarioTexts(t *testing.T, path string) (texts []userText) {
	t.Helper()
	var root any
	if err := yaml.Unmarshal(read(t, path), &root); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	scenario, _ := root.(map[string]any) // a list of faults has none
	for _, member := range []string{"description", "advice"} {
		if text, ok := scenario[member].(string); ok {
			texts = append(texts, userText{1, text})
		}
	}
	return texts
}

// paragraphs returns the lines of a document outside its fenced blocks, which other tests
// run or compare.
func paragraphs(text string) (texts []userText) {
	fenced := false
	for i, line := range strings.Split(text, "\n") {
		fence := strings.HasPrefix(strings.TrimSpace(line), "```")
		if fence {
			fenced = !fenced
		}
		if !fence && !fenced {
			texts = append(texts, userText{i + 1, line})
		}
	}
	return texts
}

// descriptions returns the descriptions and summaries of a JSON Schema or an OpenAPI
// document, at any depth.
func descriptions(t *testing.T, path string) (texts []userText) {
	t.Helper()
	var root any
	if err := json.Unmarshal(read(t, path), &root); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case map[string]any:
			for _, member := range []string{"description", "summary"} {
				if text, ok := node[member].(string); ok {
					texts = append(texts, userText{1, text})
				}
			}
			for _, below := range node {
				walk(below)
			}
		case []any:
			for _, below := range node {
				walk(below)
			}
		}
	}
	walk(root)
	if len(texts) == 0 {
		t.Errorf("%s: no descriptions were found", path)
	}
	return texts
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
