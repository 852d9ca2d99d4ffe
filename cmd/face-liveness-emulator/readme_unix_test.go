//go:build unix

package main

import (
	"bufio"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// repository is the path of the repository from this package.
const repository = "../.."

// readDocuments returns the text of every document of the repository by its path, without
// those that package managers install.
func readDocuments(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir(repository, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "node_modules", ".venv", "target", "work"}, entry.Name()):
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(file, ".md"):
			text, err := os.ReadFile(file)
			texts[strings.TrimPrefix(filepath.ToSlash(file), repository+"/")] = string(text)
			return err
		}
		return nil
	})
	if err != nil || texts["README.md"] == "" {
		t.Fatalf("reading the tree: %d documents, %v; want README.md and others", len(texts), err)
	}
	return texts
}

// TestReadmeStarts starts the emulator with every command line in a document that does so,
// and waits for the ready line. It changes the ports and the folder, so that tests do not
// affect each other.
func TestReadmeStarts(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "face-liveness-emulator"), ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	var lines []string
	for _, text := range readDocuments(t) {
		for _, block := range strings.Split(text, "```sh start\n")[1:] {
			line, _, _ := strings.Cut(block, "\n")
			lines = append(lines, line)
		}
	}
	if len(lines) < 2 {
		t.Fatalf("the documents start the emulator %d times; want at least twice", len(lines))
	}
	for _, line := range lines {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			qa := filepath.Join(folder, "qa")
			if err := os.Mkdir(qa, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(qa, "own.yaml"), []byte("name: own\nattempts: [{outcome: realface}]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			arguments := append(strings.Fields(line), "--http-addr", "127.0.0.1:0", "--https-addr", "127.0.0.1:0")
			if !strings.Contains(line, "--ephemeral") {
				arguments = append(arguments, "--state", filepath.Join(folder, "state"))
			}
			for i, argument := range arguments {
				if argument == "qa" {
					arguments[i] = qa
				}
			}
			command := exec.CommandContext(t.Context(), arguments[0], arguments[1:]...)
			command.Dir = folder
			if arguments[0] == "go" {
				command.Dir = root
			} else {
				command.Path, command.Err = filepath.Join(bin, arguments[0]), nil
			}
			// A separate process group, because "go run" has a child.
			command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			output, err := command.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			ready := false
			for scanner := bufio.NewScanner(output); !ready && scanner.Scan(); {
				ready = strings.HasPrefix(scanner.Text(), "ready http=http://localhost:")
			}
			if err := syscall.Kill(-command.Process.Pid, syscall.SIGINT); err != nil {
				t.Error(err)
			}
			// "go run" reports the end by a signal in its own way; that it was
			// Only the ready line matters here.
			_ = command.Wait()
			if !ready {
				t.Errorf("%s did not get ready", line)
			}
		})
	}
}

// TestReadmeCommandBlocks runs the blocks with our commands and a running emulator. The
// blocks of one document run in one folder, after the blocks that write their files. Each
// document has a separate emulator.
func TestReadmeCommandBlocks(t *testing.T) {
	t.Parallel()
	commands := regexp.MustCompile(`(?m)^(.* \| )?face-liveness-emulator (scenario|clock|faults|requests|sessions|reset|snapshot|restore|report|token|events)\b`)
	total := 0
	for document, text := range readDocuments(t) {
		script, outputs := commandScript(text)
		count := func(text string) int { return len(commands.FindAllString(text, -1)) }
		got, want := count(script), count(text)
		if got != want {
			t.Errorf("%d of %d commands of %s are in blocks of sh command; want all", got, want, document)
		}
		total += want
		if want == 0 {
			continue
		}
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			run := exec.CommandContext(t.Context(), "bash", "-c", "set -euo pipefail\n"+script)
			run.Dir = t.TempDir()
			run.Env = append(cleanEnv(run.Dir), "FACE_LIVENESS_URL="+start(t, "--ephemeral").http)
			output, err := run.CombinedOutput()
			if err != nil {
				t.Errorf("%v: %s", err, output)
			}
			for _, want := range outputs {
				if !strings.Contains(string(output), want) {
					t.Errorf("got the output\n%s\nwant within it\n%s", output, want)
				}
			}
		})
	}
	if total == 0 {
		t.Error("no document has a command")
	}
}

// commandScript returns the blocks of a document with our commands as one script, and the
// outputs in the document.
func commandScript(text string) (script string, outputs []string) {
	previous := ""
	for _, part := range strings.Split(text, "\n```")[1:] {
		kind, lines, _ := strings.Cut(part, "\n")
		switch {
		case kind == "": // the end of a block
			continue
		case kind == "text output" && previous == "sh command":
			outputs = append(outputs, lines)
		case kind == "sh command", kind == "sh run" && !strings.Contains(lines, "curl"):
			script += lines + "\n"
		}
		previous = kind
	}
	return script, outputs
}
