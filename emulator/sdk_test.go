package emulator_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/emulatortest"
)

// An sdkSuite runs the official SDK of one language against the emulator.
type sdkSuite struct {
	folder  string     // below testdata/sdk
	trust   string     // environment variable that names the file of the CA to trust
	prepare [][]string // commands that install what the suite needs
	run     []string   // command that runs it
	// count reads from the output how many tests passed, and how many did
	// anything else.
	count func(output string) (passed, others int, err error)
}

func javaScriptSuite() sdkSuite {
	return sdkSuite{
		folder:  "javascript",
		trust:   "NODE_EXTRA_CA_CERTS",
		prepare: [][]string{{"npm", "ci", "--prefer-offline"}},
		run:     []string{"node", "--test", "--test-reporter=tap"},
		count:   countTAP,
	}
}

// TestJavaScriptSDK runs the suite in testdata/sdk/javascript.
func TestJavaScriptSDK(t *testing.T) {
	t.Parallel()
	javaScriptSuite().test(t)
}

// test runs the suite in a copy of its folder, so that what it installs stays
// out of the tree.
func (s sdkSuite) test(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skipf("installs packages from the network; to run it, set CI=true and have %s installed", s.run[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	server := emulatortest.New(t, func(o *emulator.Options) {
		o.Clock = nil // the suites wait for sessions that finish by themselves
		o.Keys = [][]string{{emulator.Key1, emulator.Key2}}
	})
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.Emulator.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	copySuite(t, filepath.Join("testdata", "sdk", s.folder), folder)
	environment := append(os.Environ(),
		"FACE_ENDPOINT="+server.URL, "FACE_APIKEY="+server.Key, s.trust+"="+ca)
	command := func(line []string) string {
		t.Helper()
		c := exec.CommandContext(ctx, line[0], line[1:]...)
		c.Dir, c.Env = folder, environment
		c.WaitDelay = 5 * time.Second // for the children of one that was killed
		output, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", line, err, output)
		}
		return string(output)
	}
	for _, line := range s.prepare {
		command(line)
	}
	output := command(s.run)
	passed, others, err := s.count(output)
	if err != nil || passed == 0 || others != 0 {
		t.Fatalf("%v: passed %d, skipped or not finished %d, %v; want all to run and pass\n%s",
			s.run, passed, others, err, output)
	}
	t.Logf("%d tests passed", passed)
}

// copySuite copies the files of a suite, without what its tools put beside them.
func copySuite(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			if entry.Name() == "node_modules" {
				return filepath.SkipDir
			}
			return os.MkdirAll(target, 0o700)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o600)
	})
	if err != nil {
		t.Fatalf("copying the suite: %v", err)
	}
}

// countTAP reads the summary that node's test runner writes below its TAP.
func countTAP(output string) (passed, others int, err error) {
	counts := map[string]int{}
	for _, line := range regexp.MustCompile(`(?m)^# (tests|pass) (\d+)\r?$`).FindAllStringSubmatch(output, -1) {
		if counts[line[1]], err = strconv.Atoi(line[2]); err != nil {
			return 0, 0, err
		}
	}
	if len(counts) != 2 {
		return 0, 0, fmt.Errorf("the output has no summary")
	}
	return counts["pass"], counts["tests"] - counts["pass"], nil
}

// TestCountTAP covers what a suite that passes does not show.
func TestCountTAP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, output   string
		passed, others int
		fails          bool
	}{
		{name: "all passed", output: "1..2\n# tests 2\n# suites 1\n# pass 2\n# fail 0\n# skipped 0\n", passed: 2},
		{name: "one skipped", output: "# tests 3\n# pass 2\n# skipped 1\n", passed: 2, others: 1},
		{name: "nothing ran", output: "# tests 0\n# pass 0\n"},
		{name: "only a subtest's comments", output: "    # tests 2\n    # pass 2\n", fails: true},
		{name: "no summary", output: "ok 1 - create\n", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			passed, others, err := countTAP(test.output)
			if passed != test.passed || others != test.others || (err != nil) != test.fails {
				t.Errorf("got %d passed, %d others, %v; want %d, %d, error %v",
					passed, others, err, test.passed, test.others, test.fails)
			}
		})
	}
}
