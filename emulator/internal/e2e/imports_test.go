package e2e_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/livenesslabs/face-liveness-emulator"

// mayImport is the architecture: what each package may import of this module.
// A package that is not here may not exist.
func mayImport() map[string][]string {
	const in, cmd = "emulator/internal/", "cmd/face-liveness-emulator/internal/"
	return map[string][]string{
		// The process, and the public packages.
		"cmd/face-liveness-emulator": {"emulator", "emulator/control", cmd + "config", cmd + "ctl", cmd + "serve"},
		cmd + "atomicfile":           {},
		cmd + "config":               {"scenarios", "emulator"},
		cmd + "ctl":                  {"emulator", "emulator/catalogue", "emulator/control", cmd + "atomicfile", cmd + "config"},
		cmd + "serve":                {"emulator", "emulator/control", cmd + "atomicfile", cmd + "config"},
		"emulator/emulatortest":      {"emulator", "emulator/control", in + "clock", in + "testhook"},
		// The one place where everything is put together.
		"emulator": {
			in + "store",
			"schemas", "emulator/control", in + "admin", in + "certs", in + "clock", in + "faceimage", in + "feed", in + "httpapi",
			in + "journal", in + "liveness", in + "memory", in + "metrics", in + "resource", in + "scenario", in + "scenario/lang", in + "scenario/library", in + "schema", in + "service", in + "store/badgerstore",
			in + "store/memstore", in + "testhook", in + "token",
		},
		"emulator/catalogue": {"scenarios", "schemas", "emulator", in + "httpapi", in + "liveness", in + "scenario", in + "scenario/lang", in + "scenario/library"},
		in + "e2e":           {},
		in + "testhook":      {in + "clock", in + "liveness", in + "metrics", in + "store"},

		// What measures servers from outside, and the reference for it.
		in + "e2e/load":           {in + "clock", in + "e2e/load/barestack", in + "e2e/load/client", in + "e2e/load/process", in + "e2e/load/result"},
		in + "e2e/load/barestack": {in + "clock", in + "store/badgerstore"},
		in + "e2e/load/client":    {in + "clock"},
		in + "e2e/load/process":   {in + "clock", in + "e2e/load/client"},
		in + "e2e/load/result":    {},

		// The control of a running emulator, in and out of process.
		"emulator/control":             {in + "controlwire"},
		"emulator/control/controltest": {"emulator/control", in + "controlwire"},
		in + "controlwire":             {},

		// The architecture in words.
		"emulator/internal": {},

		// The surfaces.
		in + "admin": {
			in + "store",
			"emulator/control", in + "controlwire", in + "clock", in + "fault", in + "feed", in + "journal", in + "liveness", in + "report", in + "resource", in + "scenario",
			in + "scenario/lang", in + "scenario/library", in + "service", in + "snapshot",
		},
		in + "httpapi": {
			in + "httpapi/attempts", in + "httpapi/singlemodal", in + "httpapi/wire", in + "fault", in + "journal", in + "liveness",
			in + "resource", in + "schema", in + "service", in + "token",
		},
		in + "httpapi/attempts":    {in + "httpapi/wire", in + "liveness", in + "service"},
		in + "httpapi/singlemodal": {in + "httpapi/wire", in + "liveness", in + "service"},
		in + "httpapi/wire":        {in + "liveness", in + "service"},

		// The domain, which knows neither HTTP nor storage.
		in + "liveness":              {in + "fault"},
		in + "resource":              {in + "clock", in + "fault", in + "liveness", in + "memory", in + "store"},
		in + "memory":                {in + "liveness"},
		in + "memory/memorytest":     {in + "liveness", in + "memory"},
		in + "service":               {in + "faceimage", in + "liveness", in + "resource", in + "token", in + "store"},
		in + "scenario":              {in + "fault", in + "liveness", in + "nearest"},
		in + "scenario/lang":         {"scenarios", in + "fault", in + "liveness", in + "nearest", in + "scenario"},
		in + "snapshot":              {in + "liveness", in + "resource", in + "store/record"},
		in + "scenario/scenariotest": {in + "fault", in + "liveness", in + "scenario"},

		// The scenarios in use.
		in + "scenario/library": {"scenarios", in + "clock", in + "liveness", in + "memory", in + "scenario", in + "scenario/lang", in + "service"},

		// What is remembered of calls, and made of that.
		in + "feed":            {"emulator/control", in + "clock", in + "fault", in + "journal", in + "liveness", in + "store"},
		in + "journal":         {"emulator/control", in + "liveness"},
		in + "journal/logtest": {"emulator/control", in + "journal", in + "liveness"},
		in + "metrics":         {in + "fault", in + "journal", in + "liveness", in + "store"},
		in + "report":          {"emulator/control", in + "fault", in + "journal"},

		// The engines behind the domain's interface.
		in + "store":                  {in + "liveness"},
		in + "store/record":           {in + "fault", in + "liveness"},
		in + "store/storetest":        {in + "clock", in + "liveness", in + "store"},
		in + "store/generation":       {in + "liveness", in + "store"},
		in + "store/memstore":         {in + "clock", in + "liveness", in + "store", in + "store/generation", in + "store/record"},
		in + "store/badgerstore":      {in + "clock", in + "liveness", in + "store", in + "store/badgerstore/seal", in + "store/generation", in + "store/record"},
		in + "store/badgerstore/seal": {in + "clock"},

		// Leaves.
		in + "certs":     {in + "clock"},
		in + "clock":     {},
		in + "faceimage": {in + "liveness"},
		in + "fault":     {},
		in + "ledger":    {},
		in + "nearest":   {},
		in + "schema":    {},
		in + "token":     {},
		"scenarios":      {},
		"schemas":        {},
	}
}

// homes is where each library of others may be imported, tests included: one
// place each, but for uuid, which is the type of ids and so passes through, and for the
// bare stack, which consists of them.
func homes() map[string][]string {
	const in, cmd = "emulator/internal/", "cmd/face-liveness-emulator/internal/"
	return map[string][]string{
		"github.com/gorilla/mux":          {in + "httpapi", in + "e2e/load/barestack"},
		"github.com/google/uuid":          {"emulator", in + "admin", in + "e2e", in + "e2e/load/barestack", in + "liveness", in + "service", in + "httpapi", in + "testhook"},
		"github.com/dgraph-io/badger/v4":  {in + "store/badgerstore", in + "e2e/load/barestack", "cmd/face-liveness-emulator"}, // the last one for the folders of newer programs in a test
		"github.com/xeipuuv/gojsonschema": {in + "schema", in + "e2e/load/barestack"},
		"github.com/goccy/go-yaml":        {in + "ledger", in + "e2e", in + "scenario/lang"},
		"github.com/golang-jwt/jwt/v5":    {in + "token", in + "e2e/load/barestack", cmd + "ctl"},
		"golang.org/x/image":              {in + "faceimage"},
		"github.com/cheggaaa/pb/v3":       {cmd + "ctl"},
		"github.com/spf13/cobra":          {"cmd/face-liveness-emulator", cmd + "config", cmd + "ctl", cmd + "serve"},
		"github.com/spf13/pflag":          {"cmd/face-liveness-emulator", cmd + "config", cmd + "ctl"},
		"github.com/fxamacker/cbor/v2":    {in + "store/record"},
		"golang.org/x/sys":                {"cmd/face-liveness-emulator"},
		"golang.org/x/term":               {cmd + "config", cmd + "ctl"},
		"github.com/rogpeppe/go-internal": {"cmd/face-liveness-emulator"},

		"github.com/KimMachineGun/automemlimit": {"cmd/face-liveness-emulator"},

		"github.com/prometheus/client_golang": {in + "metrics"},
	}
}

// TestImports holds the tree to the two tables above.
func TestImports(t *testing.T) {
	t.Parallel()
	allowed, home := mayImport(), homes()
	seen := map[string]bool{}
	for file, imports := range importsOf(t, "../../..") {
		folder := path.Dir(file)
		isTest := strings.HasSuffix(file, "_test.go")
		inner, known := allowed[folder]
		if !known {
			t.Errorf("%s: package %s is not in the table of packages", file, folder)
			continue
		}
		seen[folder] = true
		for _, name := range imports {
			own, isOwn := strings.CutPrefix(name, module+"/")
			switch {
			case isOwn && !isTest && !slices.Contains(inner, own):
				t.Errorf("%s: %s may not import %s", file, folder, own)
			case strings.HasPrefix(name, "github.com/google/go-cmp/") && (isTest || strings.HasSuffix(folder, "/storetest")):
				// Any test may compare.
			case !isOwn && strings.Contains(strings.Split(name, "/")[0], "."):
				if library := libraryOf(name, home); library == "" || !slices.Contains(home[library], folder) {
					t.Errorf("%s: %s is no home of %s", file, folder, name)
				}
			}
		}
	}
	for folder := range allowed {
		if !seen[folder] {
			t.Errorf("package %s is in the table but not in the tree", folder)
		}
	}
}

func libraryOf(name string, home map[string][]string) string {
	for library := range home {
		if name == library || strings.HasPrefix(name, library+"/") {
			return library
		}
	}
	return ""
}

// importsOf returns what every Go file of this module imports, by its path below
// root. Nested modules and test data are not part of it.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && file != root && (name == "testdata" || name == "testcontainers" || strings.HasPrefix(name, ".")) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		imports := []string{}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		found[filepath.ToSlash(relative)] = imports
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("reading the tree: %d files, %v", len(found), err)
	}
	return found
}

// TestTopLevel keeps the top of the repository to what belongs there.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	belongs := []string{
		"go.mod", "go.sum", "cmd", "emulator", "scenarios", "schemas", "Dockerfile", "testcontainers", "README.md", "LICENSE",
		"face-liveness-emulator", "face-liveness-emulator.exe", // what "go build" leaves; git ignores it
	}
	entries, err := filepath.Glob("../../../*")
	if err != nil || len(entries) == 0 {
		t.Fatalf("reading the top level: %d entries, %v", len(entries), err)
	}
	for _, entry := range entries {
		if name := filepath.Base(entry); !strings.HasPrefix(name, ".") && !slices.Contains(belongs, name) {
			t.Errorf("%s does not belong at the top level", name)
		}
	}
}
