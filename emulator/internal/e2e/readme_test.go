package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// A block is a fenced block of the README: its language, what the words behind
// the language say, and its text.
type block struct {
	line           int
	language, note string
	text           string
}

func readmeBlocks(t *testing.T) []block {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []block
	var open *block
	for i, line := range strings.Split(string(readme), "\n") {
		fence, isFence := strings.CutPrefix(line, "```")
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
	if open != nil || len(blocks) == 0 {
		t.Fatalf("the README has %d blocks, and one that does not end", len(blocks))
	}
	return blocks
}

// TestReadmeBlocksAreKnown: every block of the README is of a kind that some test
// runs or compares. "sh start" and "sh command" are run by the tests of the command,
// "sh docker" by those of the image; "sh test" is what continuous integration runs;
// "text" is output.
func TestReadmeBlocksAreKnown(t *testing.T) {
	t.Parallel()
	for _, b := range readmeBlocks(t) {
		switch kind := strings.TrimSpace(b.language + " " + b.note); {
		case kind == "sh run", kind == "sh start", kind == "sh command", kind == "sh docker", kind == "text":
		case kind == "sh test" && b.text == "go test ./...\n":
		case slices.Contains([]string{"go", "js", "py", "java"}, b.language):
			file := filepath.Join("..", "..", "..", filepath.FromSlash(b.note))
			source, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(source), b.text) {
				t.Errorf("README.md:%d: the block is not an excerpt of %s (%v)", b.line, b.note, err)
			}
		default:
			t.Errorf("README.md:%d: no test knows what to do with a block of kind %q", b.line, kind)
		}
	}
}

// TestReadmeCommands runs the README's shell blocks, one after the other in one
// folder, against an emulator of its own.
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
	server := newServer(t, func(o *emulator.Options) { o.Clock = nil })
	var script bytes.Buffer
	script.WriteString("set -euo pipefail\n")
	for _, b := range readmeBlocks(t) {
		if b.language == "sh" && b.note == "run" {
			fmt.Fprintf(&script, "echo '## README.md:%d'\n%s", b.line, b.text)
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
	for _, want := range []string{`"livenessDecision":"realface"`, `{"status":"ready"}`} {
		if !strings.Contains(string(output), want) {
			t.Errorf("the output lacks %s:\n%s", want, output)
		}
	}
}
