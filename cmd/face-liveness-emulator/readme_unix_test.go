//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// TestReadmeStarts starts the emulator by every command line that the README
// has for it, and waits for the line that says it is ready. Only the ports and
// the folder are others, so that tests do not meet each other.
func TestReadmeStarts(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(bin, "face-liveness-emulator"), ".")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	blocks := strings.Split(string(readme), "```sh start\n")[1:]
	if len(blocks) < 2 {
		t.Fatalf("the README starts the emulator %d times; want at least twice", len(blocks))
	}
	for _, text := range blocks {
		line, _, _ := strings.Cut(text, "\n")
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
			// A group of its own, because "go run" has a child.
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
			// ready is what counts here.
			_ = command.Wait()
			if !ready {
				t.Errorf("%s did not get ready", line)
			}
		})
	}
}

// TestReadmeCommandBlocks runs the README's blocks of our commands beside a running
// emulator, one after the other in one folder, behind those that write the files they
// are about.
func TestReadmeCommandBlocks(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	commands := regexp.MustCompile(`(?m)^(.* \| )?face-liveness-emulator (scenario|clock|faults|requests|sessions|reset|snapshot|restore|report|token)\b`)
	script := "set -euo pipefail\n"
	for _, part := range strings.Split(string(readme), "\n```sh ")[1:] {
		text, _, _ := strings.Cut(part, "\n```")
		kind, lines, _ := strings.Cut(text, "\n")
		if kind == "command" || kind == "run" && !strings.Contains(lines, "curl") {
			script += lines + "\n"
		}
	}
	count := func(text string) int { return len(commands.FindAllString(text, -1)) }
	if got, want := count(script), count(string(readme)); got != want || want == 0 {
		t.Errorf("%d of the README's %d commands are in blocks of sh command; want all", got, want)
	}
	run := exec.CommandContext(t.Context(), "bash", "-c", script)
	run.Dir = t.TempDir()
	run.Env = append(cleanEnv(run.Dir), "FACE_LIVENESS_URL="+start(t, "--ephemeral").http)
	if output, err := run.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}
