package e2e_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// catalogueOrder lists the built-in scenarios in the order of the catalogue. The position
// is a part of the reserved deviceCorrelationId and must not change, so new scenarios
// come last.
func catalogueOrder() []string {
	return []string{
		"happy-path", "spoof", "spoof-print", "spoof-screen", "spoof-mask", "uncertain", "uncertain-then-real",
		"abandoned", "slow", "automatic", "result-delayed", "abuse-detected",
		"mask-then-real", "mouth-covered", "eyes-covered", "blurred", "too-bright", "environment-not-supported",
		"no-face", "tracking-lost", "timed-out", "three-failures",
		"verify-image-missing", "verify-mismatch", "verify-low-confidence", "verify-borderline", "verify-low-quality",
		"digest-mismatch", "digest-missing", "token-expired-before-start", "token-expired-between-attempts",
		"session-deleted", "session-lost", "stale-read",
		"slow-network", "lost-connection", "no-answer", "garbage-answer", "rate-burst", "free-tier", "outage", "flaky",
		"key-rotated", "wrong-model-version",
	}
}

// builtIns returns the built-in scenarios by name.
func builtIns(t *testing.T) map[string]catalogue.Info {
	t.Helper()
	opened, err := catalogue.Open()
	if err != nil {
		t.Fatal(err)
	}
	infos := map[string]catalogue.Info{}
	for _, info := range opened.Scenarios() {
		infos[info.Name] = info
	}
	return infos
}

// magicIDs returns the reserved deviceCorrelationId of each built-in scenario, read from
// its file.
func magicIDs(t *testing.T) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for name := range builtIns(t) {
		file, err := fs.ReadFile(scenarios.FS, name+".yaml")
		if err != nil {
			t.Fatal(err)
		}
		ids[name] = firstMatch(string(file), `deviceCorrelationId: \{exact: ([0-9a-f-]+)\}`)
	}
	return ids
}

// TestMagicIDs checks that they are GUIDs, numbered in the order of the catalogue.
func TestMagicIDs(t *testing.T) {
	t.Parallel()
	ids := magicIDs(t)
	for i, name := range catalogueOrder() {
		want := fmt.Sprintf("f1ace000-0000-4000-8000-%012d", i+1)
		if got := ids[name]; got != want || uuid.Validate(got) != nil {
			t.Errorf("%s: got id %q; want %s", name, got, want)
		}
		delete(ids, name)
	}
	if len(ids) > 0 {
		t.Errorf("got %v, too; want them in the order", ids)
	}
}

// TestMagicValues checks that each complete reserved value selects its scenario, and no
// other value does.
func TestMagicValues(t *testing.T) {
	t.Parallel()
	opened, err := catalogue.Open()
	if err != nil {
		t.Fatal(err)
	}
	for name, id := range magicIDs(t) {
		file := "face-liveness-" + name
		of := map[string]catalogue.Call{
			"the id with verify":      {Operation: "detectLivenessWithVerify", DeviceCorrelationID: id},
			"a JPEG":                  {Operation: "detectLivenessWithVerify", DeviceCorrelationID: "phone-1", VerifyImageFileName: file + ".jpg"},
			"a PNG of another device": {Operation: "detectLivenessWithVerify", VerifyImageFileName: file + ".png"},
		}
		if name != "verify-image-missing" {
			of["the id"] = catalogue.Call{DeviceCorrelationID: id}
		}
		for what, call := range of {
			chosen(t, opened, name+", "+what, call, name)
		}
		for what, call := range map[string]catalogue.Call{
			"more than the id":     {DeviceCorrelationID: id + "0"},
			"the id in capitals":   {DeviceCorrelationID: strings.ToUpper(id)},
			"no ending":            {Operation: "detectLivenessWithVerify", VerifyImageFileName: file},
			"more before the name": {Operation: "detectLivenessWithVerify", VerifyImageFileName: "my-" + file + ".jpg"},
		} {
			chosen(t, opened, name+", "+what, call, "happy-path")
		}
	}
}

func chosen(t *testing.T, opened *catalogue.Catalogue, what string, call catalogue.Call, want string) {
	t.Helper()
	explained, err := opened.Explain(call)
	if err != nil {
		t.Fatal(err)
	}
	if got := explained[0]; !got.Chosen || got.Name != want {
		t.Errorf("%s: got %s (%s); want %s", what, got.Name, got.Reason, want)
	}
}

// catalogueDocument is the document with the table of built-in scenarios.
const catalogueDocument = "scenarios/README.md"

// TestCatalogueInReadme compares the table of the document with the files.
func TestCatalogueInReadme(t *testing.T) {
	t.Parallel()
	const marker = "<!-- catalogue -->\n"
	file := filepath.Join(repository, filepath.FromSlash(catalogueDocument))
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parts := bytes.Split(readme, []byte(marker))
	if len(parts) != 3 {
		t.Fatalf("%s has the marker %d times; want it twice", catalogueDocument, len(parts)-1)
	}
	want := catalogueTable(t)
	if *update {
		parts[1] = []byte(want)
		if err := os.WriteFile(file, bytes.Join(parts, []byte(marker)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got := strings.Split(string(parts[1]), "\n")
	for i, line := range strings.Split(want, "\n") {
		if i >= len(got) || got[i] != line {
			t.Fatalf("%s, line %d of the catalogue: got\n%s\nwant\n%s\n(go test ./emulator/internal/e2e -run TestCatalogueInReadme -update writes it anew)",
				catalogueDocument, i+1, strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), line)
		}
	}
	if len(got) != strings.Count(want, "\n")+1 {
		t.Errorf("the catalogue of %s has %d lines; want %d", catalogueDocument, len(got), strings.Count(want, "\n")+1)
	}
}

func catalogueTable(t *testing.T) string {
	t.Helper()
	infos, ids := builtIns(t), magicIDs(t)
	var b strings.Builder
	b.WriteString("| scenario | `deviceCorrelationId` | what happens | what a good app does |\n|---|---|---|---|\n")
	for _, name := range catalogueOrder() {
		for _, text := range []string{infos[name].Description, infos[name].Advice} {
			if text == "" || strings.ContainsAny(text, "|\n") || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence that fits into a table", name, text)
			}
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", name, ids[name], infos[name].Description, infos[name].Advice)
	}
	b.WriteString("\nNumbers in parentheses are match confidences. A scenario with a second attempt needs a session that allows one: `v1.3-preview.1` allows one attempt\n" +
		"unless `numberOfClientAttemptsAllowed` is higher. Ids are compared case-sensitively. Ids and file names also work with `--strict`.\n")
	return b.String()
}

// TestUncertainThenReal checks that the first two previews continue after a decision.
func TestUncertainThenReal(t *testing.T) {
	t.Parallel()
	eachPreview(t, func(t *testing.T, s *story, _ bool) {
		t.Helper()
		s.do(exchange{
			title: "Create", method: "POST", path: previewPlain, key: storyKey, as: "s", contentType: "application/json",
			body: fmt.Appendf(nil, `{"livenessOperationMode":"Passive","deviceCorrelationId":%q}`, magicIDs(t)["uncertain-then-real"]),
		})
		for _, want := range []string{"uncertain", "realface"} {
			s.device("Detect", "s", "detectLiveness/singleModal")
			w := s.get("Read", previewPlain+"/{s}")
			if got := firstMatch(w.Body.String(), `"livenessDecision":"(\w+)"`); got != want {
				t.Errorf("got %q in %s; want %s", got, w.Body, want)
			}
		}
	})
}
