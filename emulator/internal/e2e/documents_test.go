package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestReadmeIsShort limits the README, which is an introduction. Details belong into
// another document that the README links.
func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	const maxLines, maxBytes = 330, 20 << 10
	text := readDocument(t, "README.md")
	if lines := strings.Count(text, "\n"); lines > maxLines || len(text) > maxBytes {
		t.Errorf("README.md has %d lines and %d bytes; want at most %d and %d", lines, len(text), maxLines, maxBytes)
	}
	for _, document := range documents(t) {
		if document == "README.md" || strings.HasPrefix(document, ".github/ISSUE_TEMPLATE/") || document == "schemas/SOURCES.md" {
			continue
		}
		if !strings.Contains(text, "("+document) {
			t.Errorf("README.md has no link to %s", document)
		}
	}
}

// TestDocumentLinks checks that links between documents lead to existing files and
// headings.
func TestDocumentLinks(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, document := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(withoutBlocks(readDocument(t, document)), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			target, anchor, _ := strings.Cut(match[1], "#")
			file := document
			if target != "" {
				file = path.Join(path.Dir(document), target)
			}
			if _, err := os.Stat(filepath.Join(repository, filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", document, match[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(readDocument(t, file)), anchor) {
				t.Errorf("%s: %s has no heading for the link %s", document, file, match[1])
			}
		}
	}
}

// TestContributingPaths checks that the files and folders in CONTRIBUTING exist.
func TestContributingPaths(t *testing.T) {
	t.Parallel()
	const document = ".github/CONTRIBUTING.md"
	inTree := regexp.MustCompile("`((?:cmd|emulator|scenarios|schemas|testcontainers)/[a-z0-9_/.-]*)`")
	found := inTree.FindAllStringSubmatch(withoutBlocks(readDocument(t, document)), -1)
	for _, match := range found {
		if _, err := os.Stat(filepath.Join(repository, filepath.FromSlash(match[1]))); err != nil {
			t.Errorf("%s names a path that does not exist: %v", document, err)
		}
	}
	if len(found) < 20 {
		t.Errorf("%s: %d paths were found; the pattern is wrong", document, len(found))
	}
}

// anchors returns the anchors that GitHub generates for the headings of a document.
func anchors(text string) []string {
	var found []string
	for _, line := range strings.Split(withoutBlocks(text), "\n") {
		if heading := strings.TrimLeft(line, "#"); heading != line {
			heading = strings.ToLower(strings.TrimSpace(heading))
			heading = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(heading, "")
			found = append(found, strings.ReplaceAll(heading, " ", "-"))
		}
	}
	return found
}

// withoutBlocks removes the fenced blocks of a document.
func withoutBlocks(text string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
}

// TestStepsAreDocumented compares the table of steps in CONTRIBUTING with .ci/run.
func TestStepsAreDocumented(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("bash"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("bash is missing")
		}
		t.Skip("bash is missing")
	}
	run := func(arguments ...string) (string, int) {
		command := exec.CommandContext(t.Context(), "bash", append([]string{".ci/run"}, arguments...)...)
		command.Dir = repository
		output, err := command.CombinedOutput()
		if err != nil && command.ProcessState == nil {
			t.Fatal(err)
		}
		return string(output), command.ProcessState.ExitCode()
	}
	list, code := run("--list")
	if code != 0 {
		t.Fatalf(".ci/run --list: exit code %d\n%s", code, list)
	}
	contributing := readDocument(t, ".github/CONTRIBUTING.md")
	var listed []string
	for _, line := range strings.Split(strings.TrimSpace(list), "\n") {
		name, text, _ := strings.Cut(line, " ")
		listed = append(listed, name)
		if row := fmt.Sprintf("| `%s` | %s |", name, strings.TrimSpace(text)); !strings.Contains(contributing, row) {
			t.Errorf("CONTRIBUTING.md lacks a row that begins with %s", row)
		}
	}
	_, table, _ := strings.Cut(contributing, "\n| step |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(table, -1) {
		if !slices.Contains(listed, row[1]) {
			t.Errorf("CONTRIBUTING.md has the step %s, which .ci/run --list does not have", row[1])
		}
	}
	output, code := run("fast", "nonsense")
	if code != 2 || !strings.Contains(output, `"nonsense"`) || slices.ContainsFunc(listed, func(name string) bool { return !strings.Contains(output, name) }) {
		t.Errorf(".ci/run with an unknown step: exit code %d, want 2 and the names of all steps; output:\n%s", code, output)
	}
}
