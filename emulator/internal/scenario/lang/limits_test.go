package lang_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

// lol returns a file whose aliases expand to 10^depth values.
func lol(depth int) string {
	var file strings.Builder
	file.WriteString("name: x\na0: &a0 [lol]\n")
	for i := range depth {
		fmt.Fprintf(&file, "a%d: &a%d [%s*a%d]\n", i+1, i+1, strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), i)
	}
	return file.String()
}

// TestLimits checks that a file over a limit is refused with an error that names the
// limit.
func TestLimits(t *testing.T) {
	t.Parallel()
	const anchors = ":5: anchors, aliases and merge keys are not supported; write the value out, or put it in quotes if it is text"
	long := withAttempt("outcome: realface") + strings.Repeat("# 10 MB of comments\n", 10<<20/20)
	for name, test := range map[string]struct{ file, want string }{
		"10 MB":                 {long, "f.yaml: the file is larger than 128 KiB"},
		"10 MB in one line":     {"name: " + strings.Repeat("a", 10<<20), "f.yaml: the file is larger than 128 KiB"},
		"100,000 lists":         {"name: x\nattempts: " + strings.Repeat("[", 100_000), "f.yaml:2:26: nested too deeply; at most 16 levels are read"},
		"30,000 mappings":       {strings.Repeat("{a: ", 30_000), "f.yaml:1:65: nested too deeply; at most 16 levels are read"},
		"50,000 closed lists":   {strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000), "f.yaml:1:17: nested too deeply; at most 16 levels are read"},
		"50,000 blocks in line": {strings.Repeat("- ", 50_000) + "a", "f.yaml:1:33: nested too deeply; at most 16 levels are read"},
		"billion laughs":        {lol(9), "f.yaml:2" + anchors},
		"40,000 words":          {"name: x\nattempts: [" + strings.Repeat("a, ", 40_000) + "]", "f.yaml:2:30003: the file is too long; at most 20000 YAML tokens are read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := lang.Parse("f.yaml", []byte(test.file), nil)
			if diff := cmp.Diff([]string{test.want}, problems(t, err)); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
			if _, _, err := lang.ParseFaults("f.yaml", []byte(test.file)); err == nil {
				t.Error("ParseFaults: got no error, want one")
			}
		})
	}
}

// TestLargestFiles reads files of the largest accepted size.
func TestLargestFiles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ before, part, want string }{
		"long comments": {"", "# " + strings.Repeat("a", 1000) + "\n", ""},
		"comments":      {"", "# a comment\n", "f.yaml:5001:1: the file is too long; at most 5000 lines are read"},
		"empty lines":   {"", "\n", "f.yaml:24:1: too many empty lines; at most 20 in a row are read"},
		"empty text":    {"advice: |\n", "  \n", "f.yaml:25:1: too many empty lines; at most 20 in a row are read"},
		"long text":     {"advice: |\n", "  " + strings.Repeat("a", 300) + "\n", ""},
		"text and gaps": {"advice: >\n", "  " + strings.Repeat(strings.Repeat("a", 10_000)+strings.Repeat("\n", 18)+"  ", 10) + "\n", ""},
		"words":         {"", "a ", "f.yaml:4:1: not YAML"},
		"keys":          {"", "a: b\n", "f.yaml:5001:1: the file is too long"},
		"entries":       {"", "- a\n", "f.yaml:5001:1: the file is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := withAttempt("outcome: realface") + test.before
			file += strings.Repeat(test.part, (128<<10-len(file))/len(test.part))
			_, err := lang.Parse("f.yaml", []byte(file), nil)
			if got := strings.Join(problems(t, err), "\n"); !strings.HasPrefix(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("got problems %.200q, want %q", got, test.want)
			}
		})
	}
}

// TestLargeFolders checks that neither a large file nor many files are read.
func TestLargeFolders(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "large.yaml"), bytes.Repeat([]byte("# large\n"), 10<<20/8), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, err := lang.Load(lang.Source{Name: "qa", FS: os.DirFS(dir)})
	if diff := cmp.Diff([]string{"qa/large.yaml: cannot be read: too large: more than 128 KiB"}, problems(t, err)); diff != "" {
		t.Errorf("a file of 10 MB: problems differ (-want +got):\n%s", diff)
	}
	heavy := fstest.MapFS{}
	for i := range 65 {
		heavy[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: bytes.Repeat([]byte("#"), 128<<10)}
	}
	_, _, err = lang.Load(lang.Source{Name: "qa", FS: heavy})
	if diff := cmp.Diff([]string{"qa: the scenario files of the folder are larger than 8 MiB together"}, problems(t, err)); diff != "" {
		t.Errorf("65 of the largest files: problems differ (-want +got):\n%s", diff)
	}
	folder := fstest.MapFS{}
	for i := range 10_000 {
		folder[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte("not looked into: [")}
	}
	_, _, err = lang.Load(lang.Source{Name: "qa", FS: folder})
	if diff := cmp.Diff([]string{"qa: 10000 scenario files in one folder; at most 1000 are read"}, problems(t, err)); diff != "" {
		t.Errorf("10,000 files: problems differ (-want +got):\n%s", diff)
	}
}

// TestMemoryIsBounded checks that the worst accepted files take tens of megabytes at
// most.
func TestMemoryIsBounded(t *testing.T) { //nolint:paralleltest // It measures.
	const most = 100 << 20
	for _, part := range []string{"a,", "[", "[],", "{a: ", "- ", "a: b\n"} {
		file := "name: c\nattempts: [" + strings.Repeat(part, 127<<10/len(part))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := lang.Parse("f.yaml", []byte(file), nil); err == nil {
			t.Errorf("%q: got no error", part)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > most {
			t.Errorf("%q: took %d MiB, want at most %d", part, took>>20, most>>20)
		}
	}
}
