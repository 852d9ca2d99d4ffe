package e2e_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// repository is the root of the repository, relative to this package.
const repository = "../../.."

// documents returns the paths of all documents in the repository, except those that
// package managers install.
func documents(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(repository, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", ".venv", "target", "work"}, entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(file, ".md"):
			relative, err := filepath.Rel(repository, file)
			found = append(found, filepath.ToSlash(relative))
			return err
		}
		return nil
	})
	if err != nil || !slices.Contains(found, "README.md") {
		t.Fatalf("reading the tree: got the documents %v, %v; want README.md and others", found, err)
	}
	return found
}

// readDocument returns the text of a document.
func readDocument(t *testing.T, document string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(document)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A block is a fenced block of a document: its language, what the words behind
// the language say, and its text.
type block struct {
	line           int
	language, note string
	text           string
}

func (b block) kind() string { return strings.TrimSpace(b.language + " " + b.note) }

func readmeBlocks(t *testing.T, document string) []block {
	t.Helper()
	var blocks []block
	var open *block
	for i, line := range strings.Split(readDocument(t, document), "\n") {
		fence, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case isFence && open == nil:
			language, note, _ := strings.Cut(fence, " ")
			open = &block{line: i + 1, language: language, note: note}
		case isFence:
			blocks = append(blocks, *open)
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", document, open.line)
	}
	return blocks
}

// TestReadmeBlocksAreKnown: every block of every document is of a kind that some test
// runs or compares:
//
//	sh run       run here, beside an emulator
//	sh start     run by the tests of the command, until it is ready
//	sh command   run by the tests of the command, beside an emulator
//	sh docker    run by the tests of the image, in testcontainers/README.md
//	sh test      what continuous integration runs, too
//	text output  compared with the output of the block of sh run or sh command before it
//	LANGUAGE FILE                compared with the file, of which it is an excerpt
//	LANGUAGE not run: REASON     for readers only
func TestReadmeBlocksAreKnown(t *testing.T) {
	t.Parallel()
	for _, document := range documents(t) {
		previous := ""
		for _, b := range readmeBlocks(t, document) {
			reason, notRun := strings.CutPrefix(b.note, "not run: ")
			switch kind := b.kind(); {
			case slices.Contains([]string{"sh run", "sh start", "sh command"}, kind):
			case kind == "sh docker" && document == "testcontainers/README.md":
			case kind == "text output" && (previous == "sh run" || previous == "sh command"):
			case kind == "sh test" && b.text == "go test ./...\n":
			case notRun && reason != "":
			case slices.Contains([]string{"go", "js", "py", "java", "yaml"}, b.language):
				source, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(b.note)))
				if err != nil || !strings.Contains(string(source), b.text) {
					t.Errorf("%s:%d: the block is not an excerpt of %s (%v)", document, b.line, b.note, err)
				}
			default:
				t.Errorf("%s:%d: no test knows what to do with a block of kind %q", document, b.line, kind)
			}
			previous = b.kind()
		}
	}
}

// TestReadmeCommands runs the shell blocks of each document, one after the other in one
// folder, with one emulator per document.
func TestReadmeCommands(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("CI") == "true" {
				t.Fatalf("%s is missing: %v", tool, err)
			}
			t.Skipf("%s is missing; CI has it", tool)
		}
	}
	for _, document := range documents(t) {
		blocks := readmeBlocks(t, document)
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.kind() == "sh run" }) {
			continue
		}
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			runBlocks(t, document, blocks)
		})
	}
}

func runBlocks(t *testing.T, document string, blocks []block) {
	t.Helper()
	server := newRunningServer(t)
	var script bytes.Buffer
	script.WriteString("set -euo pipefail\n")
	for _, b := range blocks {
		if b.kind() == "sh run" {
			fmt.Fprintf(&script, "printf '\\n## %s:%d\\n'\n%s", document, b.line, b.text)
		}
	}
	text := strings.NewReplacer(
		"http://localhost:10100", server.PlainURL,
		"https://localhost:10101", strings.Replace(server.URL, "127.0.0.1", "localhost", 1),
		"curl ", "curl --fail-with-body ",
	).Replace(script.String())
	command := exec.CommandContext(t.Context(), "bash", "-c", text)
	command.Dir = t.TempDir()
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v:\n%s", err, output)
	}
	for i, b := range blocks {
		if b.kind() != "text output" || blocks[i-1].kind() != "sh run" {
			continue
		}
		_, printed, _ := strings.Cut(string(output), fmt.Sprintf("## %s:%d\n", document, blocks[i-1].line))
		printed, _, _ = strings.Cut(printed, "\n## "+document)
		if !looksLike(printed, b.text) {
			t.Errorf("%s:%d: got the output\n%s\nwant\n%s", document, b.line, printed, b.text)
		}
	}
}

// looksLike reports whether the output equals the text, in which … matches anything.
func looksLike(output, want string) bool {
	parts := strings.Split(strings.TrimSpace(want), "…")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	return regexp.MustCompile(`^(?s)` + strings.Join(parts, ".*") + `$`).MatchString(strings.TrimSpace(output))
}
