package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/catalogue"
)

// folderOf returns a folder with scenario files.
func folderOf(name string, files map[string]string) emulator.ScenarioSource {
	folder := fstest.MapFS{}
	for file, text := range files {
		folder[file] = &fstest.MapFile{Data: []byte(text)}
	}
	return emulator.ScenarioSource{Name: name, FS: folder}
}

func openCatalogue(t *testing.T, sources ...emulator.ScenarioSource) *catalogue.Catalogue {
	t.Helper()
	opened, err := catalogue.Open(sources...)
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// TestCatalogueMatchesNew checks that catalogue.Open and emulator.New read the same
// scenarios in the same order, each with its file, even if folders and files have the
// same names.
func TestCatalogueMatchesNew(t *testing.T) {
	t.Parallel()
	sources := []emulator.ScenarioSource{
		folderOf("qa/", map[string]string{
			"b.yaml": scenarioFile("first", "realface"),
			"a.yml":  "# Mine.\n" + scenarioFile("second", "realface") + "description: What happens.\nadvice: What to do.\n",
		}),
		folderOf("qa/", map[string]string{"b.yaml": scenarioFile("third", "spoofface"), ".c.yaml": "x", "d.txt": "x"}),
		folderOf("", map[string]string{"e.yaml": scenarioFile("fourth", "uncertain")}),
	}
	opened := openCatalogue(t, sources...)
	e, err := emulator.New(emulator.Options{Scenarios: sources, ReloadInterval: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var names []string
	infos := opened.Scenarios()
	for _, info := range infos {
		names = append(names, info.Name)
		file, err := opened.Show(info.Name)
		if err != nil || !strings.Contains("\n"+string(file), "\nname: "+info.Name+"\n") {
			t.Errorf("show %s: got %q, %v; want its file", info.Name, file, err)
		}
	}
	own := len(infos) - 4
	want := []catalogue.Info{
		{Name: "second", Description: "What happens.", Advice: "What to do.", Source: "qa/a.yml"},
		{Name: "first", Source: "qa/b.yaml"},
		{Name: "third", Source: "qa/b.yaml"},
		{Name: "fourth", Source: "e.yaml"},
	}
	if got := infos[own:]; !slices.Equal(got, want) {
		t.Errorf("got %+v at the end; want %+v", got, want)
	}
	for _, info := range infos[:own] {
		if !strings.HasPrefix(info.Source, "built-in/") || info.Description == "" {
			t.Errorf("got %+v; want a built-in scenario with a description", info)
		}
	}
	slices.Sort(names)
	if got := e.ScenarioNames(); !slices.Equal(names, got) {
		t.Errorf("got %q; want those of New, %q", names, got)
	}
}

func TestCatalogueErrors(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]map[string]string{
		"bad":        {"a.yaml": "name: a\nattempt: []\n"},
		"name taken": {"a.yaml": scenarioFile("spoof", "realface")},
		"no next":    {"a.yaml": scenarioFile("a", "realface") + "then: {scenario: b}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			source := folderOf("qa", files)
			_, err := catalogue.Open(source)
			_, wanted := emulator.New(emulator.Options{Scenarios: []emulator.ScenarioSource{source}})
			if !errors.Is(err, emulator.ErrScenario) || wanted == nil || err.Error() != wanted.Error() {
				t.Errorf("got %v; want the ErrScenario of New, %v", err, wanted)
			}
		})
	}
	opened := openCatalogue(t)
	for name, want := range map[string]string{
		"spof": `Scenario unknown scenario "spof"; did you mean "spoof"?; known: `,
		"":     `Scenario unknown scenario ""; known: `,
	} {
		file, err := opened.Show(name)
		if !errors.Is(err, emulator.ErrOptions) || !strings.Contains(err.Error(), want) || file != nil {
			t.Errorf("show %q: got %q, %v; want an error with %q", name, file, err, want)
		}
	}
}

func TestShowDeletedFile(t *testing.T) {
	t.Parallel()
	source := folderOf("qa", map[string]string{"a.yaml": scenarioFile("a", "realface")})
	opened := openCatalogue(t, source)
	delete(source.FS.(fstest.MapFS), "a.yaml")
	if _, err := opened.Show("a"); err == nil || errors.Is(err, emulator.ErrOptions) || !strings.HasPrefix(err.Error(), "qa/a.yaml: ") {
		t.Errorf("got %v; want an error of the file system, with the file", err)
	}
}

// TestExplainMatchesSessions compares explanations with the scenarios and reasons
// of sessions that are created.
func TestExplainMatchesSessions(t *testing.T) {
	t.Parallel()
	photo := picture(t, 300, 300)
	rule := func(name, match string) string {
		return scenarioFile(name, "realface") + "match: " + match + "\n"
	}
	// The log of the first call shows the id of the resource.
	resource := createdSession(t, nil, catalogue.Call{Key: "k-2", DeviceCorrelationID: "d"})["resource"]
	source := folderOf("qa", map[string]string{
		"device.yaml":   rule("by-device", `{deviceCorrelationId: "qa-*"}`),
		"user.yaml":     rule("by-user", `{userCorrelationId: {exact: u1}}`) + "priority: 1\n",
		"header.yaml":   rule("by-header", `{header: {X-Case: "1*"}}`),
		"mode.yaml":     rule("by-mode", `{operationMode: PassiveActive}`),
		"version.yaml":  rule("by-version", `{apiVersion: v1.3-preview.1}`),
		"image.yaml":    rule("by-image", fmt.Sprintf(`{verifyImage: {fileName: "*.png", size: {min: %d, max: %d}}}`, len(photo), len(photo))),
		"resource.yaml": rule("by-resource", fmt.Sprintf(`{resource: %q}`, resource)),
		"z.yaml":        rule("by-operation", `{operation: detectLivenessWithVerify}`),
	})
	opened := openCatalogue(t, source)
	for want, call := range map[string]catalogue.Call{
		"happy-path":   {DeviceCorrelationID: "d"},
		"by-device":    {DeviceCorrelationID: "qa-1"},
		"by-user":      {DeviceCorrelationID: "d", UserCorrelationID: "u1", APIVersion: "v1.3-preview.1", Header: http.Header{"X-Case": {"1"}}},
		"by-header":    {DeviceCorrelationID: "d", Header: http.Header{"X-Case": {"2", "12"}}},
		"by-mode":      {DeviceCorrelationID: "d", OperationMode: "PassiveActive"},
		"by-version":   {DeviceCorrelationID: "d", UserCorrelationID: "u", APIVersion: "v1.3-preview.1"},
		"by-resource":  {DeviceCorrelationID: "d", Key: "k-2"},
		"by-operation": {DeviceCorrelationID: "d", Operation: "detectLivenessWithVerify", VerifyImage: []byte(photo), VerifyImageFileName: "me.jpg"},
		"by-image":     {DeviceCorrelationID: "d", Operation: "detectLivenessWithVerify", VerifyImage: []byte(photo), VerifyImageFileName: "me.png"},
		"slow":         {DeviceCorrelationID: "qa-1", Pinned: "slow"},
		"spoof":        {DeviceCorrelationID: "d", Default: "spoof"},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			if got := createdSession(t, []emulator.ScenarioSource{source}, call)["scenario"]; got != want {
				t.Errorf("the emulator: got %s; want %s", got, want)
			}
			explanations, err := opened.Explain(call)
			if err != nil {
				t.Fatal(err)
			}
			if got := explanations[0]; got.Name != want || !got.Chosen || got.Reason == "" {
				t.Errorf("explain: got %+v first; want %s chosen", got, want)
			}
			for _, other := range explanations[1:] {
				if other.Chosen || other.Reason == "" || other.Source == "" {
					t.Errorf("got %+v; want it not to be chosen, for a reason", other)
				}
			}
			if got, all := len(explanations), len(opened.Scenarios()); got != all {
				t.Errorf("got %d explanations; want %d", got, all)
			}
		})
	}
}

// createdSession creates a session with such a call and returns its log attributes.
func createdSession(t *testing.T, sources []emulator.ScenarioSource, call catalogue.Call) map[string]any {
	t.Helper()
	var log bytes.Buffer
	e, err := emulator.New(emulator.Options{
		Scenarios: sources, Scenario: call.Default, ReloadInterval: -1, Seed: 1, Logger: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	operation, version, key, mode := "detectLiveness", "v1.2", "k-1", "Passive"
	for text, given := range map[*string]string{
		&operation: call.Operation, &version: call.APIVersion, &key: call.Key, &mode: call.OperationMode,
	} {
		if given != "" {
			*text = given
		}
	}
	contentType := "application/json"
	body := fmt.Appendf(nil, `{"livenessOperationMode":%q,"deviceCorrelationId":%q,"userCorrelationId":%q}`,
		mode, call.DeviceCorrelationID, call.UserCorrelationID)
	if call.VerifyImage != nil {
		contentType, body = form(t, formPart{"livenessOperationMode", "", mode},
			formPart{"deviceCorrelationId", "", call.DeviceCorrelationID},
			formPart{"verifyImage", call.VerifyImageFileName, string(call.VerifyImage)})
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/face/"+version+"/"+operation+"-sessions", bytes.NewReader(body))
	for name, values := range call.Header {
		r.Header[name] = values
	}
	if call.Pinned != "" {
		r.Header.Set("X-Face-Liveness-Scenario", call.Pinned)
	}
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("Ocp-Apim-Subscription-Key", key)
	log.Reset()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil || w.Code != http.StatusOK {
		t.Fatalf("create: got %d %s, log %q, %v", w.Code, w.Body, &log, err)
	}
	return line
}

func TestExplainKeys(t *testing.T) {
	t.Parallel()
	opened := openCatalogue(t, folderOf("qa", map[string]string{"a.yaml": scenarioFile("a", "realface") + "match: {resource: of-nobody}\n"}))
	reason := func(call catalogue.Call) string {
		t.Helper()
		explanations, err := opened.Explain(call)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(explanations, func(e catalogue.Explanation) bool { return e.Name == "a" })
		return explanations[i].Reason
	}
	groups := [][]string{{"k1", "k2"}, {"k3"}}
	if one, two := reason(catalogue.Call{Key: "k1", Keys: groups}), reason(catalogue.Call{Key: "k2", Keys: groups}); one != two {
		t.Errorf("keys of one group: got %q and %q; want the same resource", one, two)
	}
	if one, two := reason(catalogue.Call{Key: emulator.Key1}), reason(catalogue.Call{Key: emulator.Key2}); one != two {
		t.Errorf("the development keys: got %q and %q; want the same resource", one, two)
	}
	if one, other := reason(catalogue.Call{Key: "k1", Keys: groups}), reason(catalogue.Call{Key: "k3", Keys: groups}); one == other {
		t.Errorf("keys of two groups: got %q twice; want two resources", one)
	}
	if got := reason(catalogue.Call{Key: "k1", Resource: "of-nobody"}); got != "its match holds" {
		t.Errorf("a resource beside a key: got %q; want that its match holds", got)
	}
	if _, err := opened.Explain(catalogue.Call{Key: "k4", Keys: groups}); !errors.Is(err, emulator.ErrUnknownKey) {
		t.Errorf("another key: got %v; want ErrUnknownKey", err)
	}
}

func TestExplainErrors(t *testing.T) {
	t.Parallel()
	opened := openCatalogue(t)
	for option, call := range map[string]catalogue.Call{
		"Pinned":          {Pinned: "spof"},
		"Queued":          {Queued: "spof", Pinned: "spoof"},
		"ResourceDefault": {ResourceDefault: "spof", Pinned: "spoof"},
		"Default":         {Default: "spof", Pinned: "spoof"},
		"Operation":       {Operation: "spof"},
		"OperationMode":   {OperationMode: "spof"},

		"UserCorrelationID": {UserCorrelationID: "u", APIVersion: "v1.2"},
	} {
		explanations, err := opened.Explain(call)
		wrong, ok := errors.AsType[*emulator.OptionError](err)
		if !ok || wrong.Option != option || !strings.Contains(err.Error(), `"spof"`) && option != "UserCorrelationID" || explanations != nil {
			t.Errorf("%+v: got %v, %v; want an error of %s", call, explanations, err, option)
		}
	}
}

// TestCheckScenarios compares the first line of each problem.
func TestCheckScenarios(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"good/a.yaml":        scenarioFile("good-a", "realface") + "    sessionImage: images/me.jpg\n",
		"good/b.yml":         scenarioFile("good-b", "realface") + "then: {scenario: good-a}\n",
		"good/notes.txt":     "x",
		"good/.c.yaml":       "x",
		"good/d.yaml/e.txt":  "x",
		"good/images/me.jpg": photo(t, 300),
		"bad/a.yaml":         "name: bad-a\nattempt: []\nprioritty: 3\n",
		"bad/b.yaml":         scenarioFile("bad-b", "realface") + "priority: 2\n",
		"many/a.yaml":        "name: many\nattempts:\n" + strings.Repeat("  - outcom: realface\n", 30),
		"loop/a.yaml":        scenarioFile("loop-a", "realface") + "then: {scenario: loop-b}\n",
		"loop/b.yaml":        scenarioFile("loop-b", "realface") + "then: {scenario: loop-a}\npriority: 2\n",
		"twice/a.yaml":       scenarioFile("good-a", "realface"),
		"taken/a.yaml":       scenarioFile("happy-path", "realface"),
		"rules/a.yaml":       scenarioFile("rules-a", "realface") + "match: {apiVersion: \"*\"}\npriority: 1000\n",
		"rules/b.yaml":       scenarioFile("rules-b", "realface") + "match: {apiVersion: v1.2}\n",
		"empty/notes.txt":    "x",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const unnamed = `: not a name of a scenario file; `
	for _, test := range []struct {
		paths string
		files int
		want  []string // prefixes
	}{
		{"good", 2, nil},
		{"good/a.yaml", 1, nil},
		{"good/b.yml", 1, []string{`good/b.yml:4:18: unknown scenario "good-a"; did you mean "good-b"?`}},
		{"good/b.yml good/a.yaml good/a.yaml", 2, nil},
		{"good/a.yaml good", 2, nil},
		{"good/notes.txt good/.c.yaml", 0, []string{"good/notes.txt" + unnamed, "good/.c.yaml" + unnamed}},
		{"bad", 2, []string{
			`bad/a.yaml:2:1: unknown key "attempt"; did you mean "attempts"?`, `bad/a.yaml:3:1: unknown key "prioritty"; did you mean "priority"?`,
			"bad/b.yaml:4:11: warning: priority has no effect without match",
		}},
		{"bad/b.yaml good", 3, []string{"bad/b.yaml:4:11: warning: "}},
		{"loop", 2, []string{
			"loop/a.yaml:4:18: then leads in a circle: loop-a → loop-b → loop-a; ", "loop/b.yaml:5:11: warning: priority has no effect",
		}},
		{"good twice", 3, []string{`twice/a.yaml:1:7: the name "good-a" is already taken by {dir}/good/a.yaml; `}},
		{"twice good", 3, []string{`good/a.yaml:1:7: the name "good-a" is already taken by {dir}/twice/a.yaml; `}},
		{"taken", 1, []string{`taken/a.yaml:1:7: the name "happy-path" is already taken by built-in/happy-path.yaml; `}},
		{"rules", 2, []string{`rules/b.yaml:4:8: warning: match never wins: "rules-a" in {dir}/rules/a.yaml comes first`}},
		{"rules/a.yaml", 1, nil},
		{"empty", 0, []string{"empty: warning: the folder has no *.yaml or *.yml file at its top"}},
		{"nowhere/a.yaml good", 2, []string{"nowhere/a.yaml: cannot be read: "}},
		{"", 0, nil},
	} {
		t.Run(test.paths, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for _, given := range strings.Fields(test.paths) {
				paths = append(paths, filepath.Join(dir, filepath.FromSlash(given)))
			}
			problems, files := catalogue.Check(paths...)
			var got []string
			for _, problem := range problems {
				first, excerpt, _ := strings.Cut(problem.String(), "\n")
				got = append(got, strings.TrimPrefix(filepath.ToSlash(first), filepath.ToSlash(dir)+"/"))
				if excerpt != problem.Excerpt {
					t.Errorf("got %q below the problem; want the excerpt %q", excerpt, problem.Excerpt)
				}
			}
			begins := func(got, want string) bool {
				return strings.HasPrefix(got, strings.ReplaceAll(want, "{dir}", filepath.ToSlash(dir)))
			}
			if files != test.files || !slices.EqualFunc(got, test.want, begins) {
				t.Errorf("got %q in %d files; want %q in %d", got, files, test.want, test.files)
			}
		})
	}
	t.Run("too many files", func(t *testing.T) {
		t.Parallel()
		folder := t.TempDir()
		for i := range 1001 {
			file := filepath.Join(folder, fmt.Sprintf("%d.yaml", i))
			if err := os.WriteFile(file, []byte(scenarioFile(fmt.Sprint("s", i), "realface")+"priority: 1\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		problems, files := catalogue.Check(folder)
		if files != 1001 || len(problems) != 1 || problems[0].File != folder || problems[0].Message != "1001 scenario files in one folder" {
			t.Errorf("got %v in %d files; want that there are 1001", problems, files)
		}
	})
	t.Run("many", func(t *testing.T) {
		t.Parallel()
		problems, _ := catalogue.Check(filepath.Join(dir, "many"))
		if last := problems[len(problems)-1]; len(problems) != 21 || !strings.HasSuffix(last.Message, " more problems") {
			t.Errorf("got %d problems, the last %q; want 20, and how many more", len(problems), last.Message)
		}
	})
}
