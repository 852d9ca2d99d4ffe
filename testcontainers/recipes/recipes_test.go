// Package recipes_test runs the recipes, which users copy, against the image. A recipe
// that cannot run is compared with the image.
package recipes_test

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A suite is a recipe with a test suite that starts its own containers.
type suite struct {
	folder  string
	install [][]string // commands that install dependencies
	run     []string   // the command that runs it
	report  string     // pattern of the JUnit reports
}

// TestNode runs the recipe for Node.js, with the npm package testcontainers.
func TestNode(t *testing.T) {
	t.Parallel()
	suite{
		folder:  "node",
		install: [][]string{{"npm", "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"}},
		run:     []string{"node", "--test", "--test-reporter=junit", "--test-reporter-destination=report.xml"},
		report:  "report.xml",
	}.test(t)
}

// TestPython runs the recipe for pytest, with the Python package testcontainers.
func TestPython(t *testing.T) {
	t.Parallel()
	suite{
		folder: "python",
		install: [][]string{
			{"python3", "-m", "venv", ".venv"},
			{".venv/bin/pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"},
		},
		run:    []string{".venv/bin/python", "-m", "pytest", "-q", "--color=no", "--junitxml=report.xml"},
		report: "report.xml",
	}.test(t)
}

// TestJava runs the recipe for JUnit, with the Java library Testcontainers.
func TestJava(t *testing.T) {
	t.Parallel()
	suite{
		folder: "java",
		run:    []string{"mvn", "-B", "--no-transfer-progress", "--strict-checksums", "test"},
		report: "target/surefire-reports/TEST-*.xml",
	}.test(t)
}

// test runs the suite in a copy of its folder.
func (s suite) test(t *testing.T) {
	t.Helper()
	ctx := needEngine(t)
	folder := copyRecipe(t, s.folder)
	for _, line := range s.install {
		output(ctx, t, folder, nil, line...)
	}
	written := output(ctx, t, folder, []string{
		"FACE_LIVENESS_IMAGE=" + imageName(),
		"TESTCONTAINERS_RYUK_DISABLED=true", // the reaper's image may not be available
		// Needed if the tests run in a container on the network of the engine's machine.
		"TESTCONTAINERS_HOST_OVERRIDE=localhost", "TESTCONTAINERS_CONNECTION_MODE=docker_host",
		"NO_PROXY=localhost,127.0.0.1", "no_proxy=localhost,127.0.0.1",
	}, s.run...)
	reports, err := filepath.Glob(filepath.Join(folder, s.report))
	if err != nil {
		t.Fatal(err)
	}
	passed, others := 0, 0
	for _, file := range reports {
		p, o, err := countReport(read(t, file))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		passed, others = passed+p, others+o
	}
	if passed == 0 || others != 0 {
		t.Fatalf("%s: passed %d, others %d; want all to run and pass\n%s", s.folder, passed, others, written)
	}
	t.Logf("%d tests passed", passed)
}

// countReport counts in a JUnit report how many tests passed, and how many failed or did
// not run.
func countReport(report string) (passed, others int, err error) {
	document := xml.NewDecoder(strings.NewReader(report))
	var good bool
	for {
		token, err := document.Token()
		if errors.Is(err, io.EOF) {
			return passed, others, nil
		}
		if err != nil {
			return 0, 0, err
		}
		switch element := token.(type) {
		case xml.StartElement:
			switch element.Name.Local {
			case "testcase":
				good = true
			case "failure", "error", "skipped", "rerunFailure", "flakyFailure":
				good = false
			}
		case xml.EndElement:
			switch {
			case element.Name.Local != "testcase":
			case good:
				passed++
			default:
				others++
			}
		}
	}
}

// TestCountReport covers reports that a passing suite does not write.
func TestCountReport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, report   string
		passed, others int
		fails          bool
	}{
		{name: "passed", report: `<testsuites><testcase name="a"/><testcase name="b"></testcase></testsuites>`, passed: 2},
		{
			name:   "all sorts",
			report: `<testsuite><testcase><skipped/></testcase><testcase/><testcase><failure>no</failure></testcase><testcase><error/></testcase></testsuite>`,
			passed: 1, others: 3,
		},
		{name: "none", report: `<testsuites/>`},
		{name: "cut", report: `<testsuites><testcase/>`, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			passed, others, err := countReport(test.report)
			if passed != test.passed && !test.fails || others != test.others || (err != nil) != test.fails {
				t.Errorf("got %d passed, %d others, %v; want %d, %d, error %v", passed, others, err, test.passed, test.others, test.fails)
			}
		})
	}
}

// TestLocksNameNoRegistry checks that lock files do not depend on one mirror.
func TestLocksNameNoRegistry(t *testing.T) {
	t.Parallel()
	for file, forbidden := range map[string]string{
		"node/package-lock.json":  `"resolved"`,
		"python/requirements.txt": "://",
		"java/pom.xml":            "<repositor",
	} {
		if strings.Contains(read(t, file), forbidden) {
			t.Errorf("%s contains %s", file, forbidden)
		}
	}
}

// copyRecipe copies a recipe into a temporary folder, without files that tools added.
func copyRecipe(t *testing.T, recipe string) string {
	t.Helper()
	folder := t.TempDir()
	for _, file := range filesOf(t, recipe) {
		target := filepath.Join(folder, strings.TrimPrefix(file, recipe))
		if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, []byte(read(t, file)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// filesOf lists the files of a recipe.
func filesOf(t *testing.T, recipe string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(recipe, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case !entry.IsDir():
			files = append(files, file)
		case slices.Contains([]string{"node_modules", ".venv", "__pycache__", ".pytest_cache", "target"}, entry.Name()):
			return filepath.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read returns the text of a file.
func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
