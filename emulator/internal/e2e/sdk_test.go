package e2e_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// An sdkSuite runs the official SDK of one language against the emulator.
type sdkSuite struct {
	folder  string     // below testdata/sdk
	trust   []string   // environment variables with the file of the CA to trust
	prepare [][]string // commands that install dependencies
	run     []string   // the command that runs the suite
	// count reads from the output how many tests passed, and how many failed or did not
	// run.
	count func(output string) (passed, others int, err error)
}

func javaScriptSuite() sdkSuite {
	return sdkSuite{
		folder:  "javascript",
		trust:   []string{"NODE_EXTRA_CA_CERTS"},
		prepare: [][]string{{"npm", "ci", "--prefer-offline"}},
		run:     []string{"node", "--test", "--test-reporter=tap"},
		count:   countTAP,
	}
}

func pythonSuite() sdkSuite {
	return sdkSuite{
		folder: "python",
		trust:  []string{"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"},
		prepare: [][]string{
			{"python3", "-m", "venv", ".venv"},
			{".venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"},
		},
		run:   []string{".venv/bin/python", "-m", "pytest", "-q"},
		count: countPytest,
	}
}

// javaSuite runs the libraries that are the basis of Microsoft's Java clients.
func javaSuite() sdkSuite {
	return sdkSuite{
		folder: "java",
		prepare: [][]string{{
			"keytool", "-importcert", "-noprompt", "-alias", "face-liveness-emulator", "-file", "{ca}",
			"-keystore", "trust.p12", "-storepass", "changeit",
		}},
		run:   []string{"mvn", "-B", "--no-transfer-progress", "--strict-checksums", "test"},
		count: countSurefire,
	}
}

// TestJavaScriptSDK runs the suite of two releases of the JavaScript SDK: the
// newest, for v1.2 and v1.3-preview.1, and the first, for v1.1-preview.1 and
// v1.2-preview.1.
func TestJavaScriptSDK(t *testing.T) {
	t.Parallel()
	javaScriptSuite().test(t)
}

// TestPythonSDK runs the suite of the Python SDK, for v1.2-preview.1.
func TestPythonSDK(t *testing.T) {
	t.Parallel()
	pythonSuite().test(t)
}

// TestJavaLibraries runs the suite of azure-core and azure-identity, for
// v1.2-preview.1.
func TestJavaLibraries(t *testing.T) {
	t.Parallel()
	javaSuite().test(t)
}

// test runs the suite in a copy of its folder, so that it installs nothing in the
// repository.
func (s sdkSuite) test(t *testing.T) {
	t.Helper()
	if os.Getenv("CI") != "true" {
		t.Skipf("installs packages from the network; to run it, set CI=true and have %s installed", s.run[0])
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	server := s.server(ctx, t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, server.ca, 0o600); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	copySuite(t, filepath.Join("..", "..", "testdata", "sdk", s.folder), folder)
	for _, line := range s.prepare {
		line = slices.Clone(line)
		if i := slices.Index(line, "{ca}"); i >= 0 {
			line[i] = ca
		}
		command(ctx, t, folder, os.Environ(), line)
	}
	environment := append(os.Environ(), "FACE_ENDPOINT="+server.url, "FACE_PLAIN_ENDPOINT="+server.plainURL, "FACE_APIKEY="+emulator.Key1,
		"IDENTITY_ENDPOINT="+server.plainURL+control.IdentityPath, "IDENTITY_HEADER="+control.IdentitySecret,
		"NO_PROXY=localhost,127.0.0.1", "no_proxy=localhost,127.0.0.1")
	for _, variable := range s.trust {
		environment = append(environment, variable+"="+ca)
	}
	output := command(ctx, t, folder, environment, s.run)
	passed, others, err := s.count(output)
	if err != nil || passed == 0 || others != 0 {
		t.Fatalf("%v: passed %d, skipped or not finished %d, %v; want all to run and pass\n%s",
			s.run, passed, others, err, output)
	}
	t.Logf("%d tests passed", passed)
}

// A suiteServer is the emulator that a suite calls.
type suiteServer struct {
	url, plainURL string
	ca            []byte
}

// server starts an emulator in this process, or uses the one that
// FACE_LIVENESS_SDK_ENDPOINT and FACE_LIVENESS_SDK_PLAIN_ENDPOINT name. It has the keys
// of all suites and the scenarios of testdata/faults. FACE_CLIENT_ADDRESS tells a suite
// its own address if that is not 127.0.0.1.
func (s sdkSuite) server(ctx context.Context, t *testing.T) suiteServer {
	t.Helper()
	elsewhere := suiteServer{url: os.Getenv("FACE_LIVENESS_SDK_ENDPOINT"), plainURL: os.Getenv("FACE_LIVENESS_SDK_PLAIN_ENDPOINT")}
	if elsewhere.url != "" {
		elsewhere.ca = download(ctx, t, elsewhere.plainURL+"/_emulator/ca.pem")
		return elsewhere
	}
	// The suites wait for sessions that finish by themselves.
	server := newRunningServer(t, func(o *emulator.Options) {
		// Two keys of one resource, and resources for tests that want one alone.
		o.Keys = [][]string{{emulator.Key1, emulator.Key2}, {"sdk-" + s.folder + "-list"}, {"sdk-" + s.folder + "-settings"}}
		o.Scenarios = []emulator.ScenarioSource{scenariosOfFaults()}
	})
	return suiteServer{url: server.URL, plainURL: server.PlainURL, ca: server.Emulator.CA()}
}

// download reads the body at a URL.
func download(ctx context.Context, t *testing.T, url string) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: got %s, %v; want 200: %s", url, answer.Status, err, content)
	}
	return content
}

// command runs a command and returns its output.
func command(ctx context.Context, t *testing.T, folder string, environment, line []string) string {
	t.Helper()
	program := line[0]
	if strings.Contains(program, "/") {
		program = filepath.Join(folder, program)
	}
	c := exec.CommandContext(ctx, program, line[1:]...)
	c.Dir, c.Env = folder, environment
	c.WaitDelay = 5 * time.Second // for children of a killed command
	output, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", line, err, output)
	}
	return string(output)
}

// copySuite copies the files of a suite without those that its tools generated.
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
			switch entry.Name() {
			case "node_modules", ".venv", "__pycache__", ".pytest_cache", "target":
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

// countTAP reads the summary after the TAP output of node's test runner.
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

// countPytest reads the last line of pytest, such as "217 passed in 9.86s".
func countPytest(output string) (passed, others int, err error) {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	summary := lines[len(lines)-1]
	found := regexp.MustCompile(`(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)`).FindAllStringSubmatch(summary, -1)
	if len(found) == 0 {
		return 0, 0, fmt.Errorf("the output has no summary")
	}
	for _, count := range found {
		n, err := strconv.Atoi(count[1])
		if err != nil {
			return 0, 0, err
		}
		if count[2] == "passed" {
			passed += n
		} else {
			others += n
		}
	}
	return passed, others, nil
}

// countSurefire reads the summary line of Maven's test plugin.
func countSurefire(output string) (passed, others int, err error) {
	lines := regexp.MustCompile(`(?m)^\[\w+\] Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+)\r?$`).FindAllStringSubmatch(output, -1)
	if len(lines) != 1 {
		return 0, 0, fmt.Errorf("the output has %d summaries", len(lines))
	}
	var counts [4]int
	for i := range counts {
		if counts[i], err = strconv.Atoi(lines[0][i+1]); err != nil {
			return 0, 0, err
		}
	}
	others = counts[1] + counts[2] + counts[3]
	return counts[0] - others, others, nil
}

// TestCounts covers outputs that a passing suite does not have.
func TestCounts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, output   string
		count          func(string) (int, int, error)
		passed, others int
		fails          bool
	}{
		{name: "TAP: all passed", count: countTAP, output: "1..2\n# tests 2\n# suites 1\n# pass 2\n# fail 0\n# skipped 0\n", passed: 2},
		{name: "TAP: one skipped", count: countTAP, output: "# tests 3\n# pass 2\n# skipped 1\n", passed: 2, others: 1},
		{name: "TAP: nothing ran", count: countTAP, output: "# tests 0\n# pass 0\n"},
		{name: "TAP: only a subtest's comments", count: countTAP, output: "    # tests 2\n    # pass 2\n", fails: true},
		{name: "TAP: no summary", count: countTAP, output: "ok 1 - create\n", fails: true},
		{name: "pytest: all passed", count: countPytest, output: "....\n4 passed in 0.12s\n", passed: 4},
		{name: "pytest: all sorts", count: countPytest, output: "1 failed, 4 passed, 2 skipped, 3 warnings, 1 error in 0.12s", passed: 4, others: 4},
		{name: "surefire: all passed", count: countSurefire, output: "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1 s\n[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 0\n", passed: 3},
		{name: "surefire: all sorts", count: countSurefire, output: "[WARNING] Tests run: 9, Failures: 1, Errors: 2, Skipped: 3\n", passed: 3, others: 6},
		{name: "surefire: no summary", count: countSurefire, output: "[INFO] No tests to run.\n", fails: true},
		{name: "pytest: nothing ran", count: countPytest, output: "no tests ran in 0.01s\n", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			passed, others, err := test.count(test.output)
			if passed != test.passed || others != test.others || (err != nil) != test.fails {
				t.Errorf("got %d passed, %d others, %v; want %d, %d, error %v",
					passed, others, err, test.passed, test.others, test.fails)
			}
		})
	}
}
