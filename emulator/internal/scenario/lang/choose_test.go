package lang_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario/lang"
)

func TestMatchEverything(t *testing.T) {
	t.Parallel()
	rule := everythingMatch(t)
	if !rule.Holds(everythingCall()) {
		t.Fatal("the rule does not hold for the call that is made for it")
	}
	for name, change := range map[string]func(*liveness.Call){
		"operation":     func(c *liveness.Call) { c.Kind = liveness.KindLiveness },
		"version":       func(c *liveness.Call) { c.APIVersion = "v1.1-preview.1" },
		"resource":      func(c *liveness.Call) { c.Resource = "key-12" },
		"no resource":   func(c *liveness.Call) { c.Resource = "" },
		"device":        func(c *liveness.Call) { c.DeviceCorrelationID = "" },
		"user":          func(c *liveness.Call) { c.UserCorrelationID = "user-" },
		"mode":          func(c *liveness.Call) { c.Mode = "Passive" },
		"no mode":       func(c *liveness.Call) { c.Mode = "" },
		"file name":     func(c *liveness.Call) { c.VerifyImageFileName = "no-match.jpg" },
		"hash":          func(c *liveness.Call) { c.VerifyImageSHA256 = "00" + c.VerifyImageSHA256[2:] },
		"no image":      func(c *liveness.Call) { c.VerifyImageSHA256 = "" },
		"too small":     func(c *liveness.Call) { c.VerifyImageSize = 1023 },
		"too large":     func(c *liveness.Call) { c.VerifyImageSize = 2<<20 + 1 },
		"no size":       func(c *liveness.Call) { c.VerifyImageSize = 0 },
		"other value":   func(c *liveness.Call) { c.Header = headers("X-Test-Run", "daily", "User-Agent", "curl/8") },
		"other header":  func(c *liveness.Call) { c.Header = headers("X-Test-Run", "nightly-3") },
		"no headers":    func(c *liveness.Call) { c.Header = headers() },
		"headers unset": func(c *liveness.Call) { c.Header = nil },
	} {
		call := everythingCall()
		change(&call)
		if rule.Holds(call) {
			t.Errorf("%s: the rule holds, want that it does not", name)
		}
	}
	for _, size := range []int{1024, 1025, 2 << 20} {
		call := everythingCall()
		call.VerifyImageSize = size
		if !rule.Holds(call) {
			t.Errorf("size %d: the rule does not hold, want that it does", size)
		}
	}
	for rule, sizes := range map[scenario.VerifyImageMatch]map[int]bool{
		{MinSize: 5}: {0: false, 4: false, 5: true},
		{MaxSize: 5}: {0: false, 5: true, 6: false},
	} {
		for size, want := range sizes {
			if got := (scenario.Match{VerifyImage: rule}).Holds(liveness.Call{VerifyImageSize: size}); got != want {
				t.Errorf("%+v holds for %d bytes: %v, want %v", rule, size, got, want)
			}
		}
	}
}

// ranked is a set for tests of the order in which scenarios are chosen.
func ranked(t *testing.T) *scenario.Set {
	t.Helper()
	set := load(t,
		lang.Source{Name: "built-in", FS: fstest.MapFS{
			"a.yaml": named("happy-path"), "b.yaml": named("plain"),
			"c.yaml": named("low", "match: {deviceCorrelationId: 'qa-*'}", "priority: -1"),
		}},
		lang.Source{Name: "qa", FS: fstest.MapFS{
			"a.yaml": named("first", "match: {deviceCorrelationId: 'qa-*', apiVersion: v1.2}"),
			"b.yaml": named("second", "match: {deviceCorrelationId: 'qa-?', operationMode: Passive}"),
			"c.yaml": named("high", "match: {deviceCorrelationId: qa-7, header: {X-Run: {regex: 'n[0-9]'}}}", "priority: 5"),
			"d.yaml": named("other"),
		}},
	)
	set, err := set.WithDefault("plain")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestChooseInOrder(t *testing.T) {
	t.Parallel()
	set := ranked(t)
	call := liveness.Call{
		Scenario: "other", Queued: "second", Default: "first",
		APIVersion: "v1.2", DeviceCorrelationID: "qa-7", Mode: "Passive", Header: headers("x-run", "n1"),
	}
	for _, step := range []struct {
		want string
		then func()
	}{
		{"other", func() { call.Scenario = "" }},
		{"second", func() { call.Queued = "" }},
		{"high", func() { call.Header = nil }},
		{"first", func() { call.APIVersion = "v1.3-preview.1" }},
		{"second", func() { call.Mode = "" }},
		{"low", func() { call.DeviceCorrelationID = "" }},
		{"first", func() { call.Default = "" }},
		{"plain", func() { set, _ = set.WithDefault("") }},
		{"happy-path", func() { call.Queued = "gone" }},
	} {
		got, err := set.Choose(call)
		if err != nil || got.Name != step.want {
			t.Errorf("got %q, %v; want %q", got.Name, err, step.want)
		}
		step.then()
	}
	_, err := set.Choose(call)
	checkUnknown(t, err, "gone", "")
	_, err = set.Choose(liveness.Call{Default: "plian"})
	checkUnknown(t, err, "plian", "plain")
}

func TestExplain(t *testing.T) {
	t.Parallel()
	const (
		askedFor = "no match; it has to be asked for by name or made a default"
		device   = `match.deviceCorrelationId: "qa-*", but the call has none`
	)
	for name, test := range map[string]struct {
		call liveness.Call
		want []string
	}{
		"nothing": {liveness.Call{APIVersion: "v1.2"}, []string{
			`high: match.deviceCorrelationId: "qa-7", but the call has none; match.header.X-Run: regex "n[0-9]", but the call has none`,
			"first: " + device,
			`second: match.operationMode: "Passive", but the call has none; match.deviceCorrelationId: "qa-?", but the call has none`,
			"low: " + device,
			"plain CHOSEN: the default of all sessions",
			`happy-path: what sessions get when nothing else is chosen, but "plain" comes before it: the default of all sessions`,
			"other: " + askedFor,
		}},
		"rules": {liveness.Call{APIVersion: "v1.2", DeviceCorrelationID: "qa-7", Header: headers("X-Run", "x", "X-Run", "n1"), Default: "other"}, []string{
			"high CHOSEN: its match holds",
			`first: its match holds, but "high" comes before it by its priority`,
			`second: match.operationMode: "Passive", but the call has none`,
			`low: its match holds, but "high" comes before it by its priority`,
			`other: the default of the resource, but "high" comes before it: its match holds`,
			`plain: the default of all sessions, but "high" comes before it: its match holds`,
			`happy-path: what sessions get when nothing else is chosen, but "high" comes before it: its match holds`,
		}},
		"file order": {liveness.Call{APIVersion: "v1.2", DeviceCorrelationID: "qa-8", Mode: "Passive", Header: headers("X-Run", "a", "X-Run", "b", "X-Run", "c", "X-Run", "d")}, []string{
			`high: match.deviceCorrelationId: "qa-7" does not match "qa-8"; match.header.X-Run: regex "n[0-9]" does not match "a", "b", "c" and 1 more`,
			"first CHOSEN: its match holds",
			`second: its match holds, but "first" comes before it in file order`,
			`low: its match holds, but "first" comes before it by its priority`,
			`plain: the default of all sessions, but "first" comes before it: its match holds`,
			`happy-path: what sessions get when nothing else is chosen, but "first" comes before it: its match holds`,
			"other: " + askedFor,
		}},
		"asked for": {liveness.Call{Scenario: "second", Queued: "other", APIVersion: "v1.2", DeviceCorrelationID: "qa-8"}, []string{
			"second CHOSEN: asked for by name",
			`other: next in the queue of the resource, but "second" comes before it: asked for by name`,
			`high: match.deviceCorrelationId: "qa-7" does not match "qa-8"; match.header.X-Run: regex "n[0-9]", but the call has none`,
			`first: its match holds, but "second" comes before it: asked for by name`,
			`low: its match holds, but "second" comes before it: asked for by name`,
			`plain: the default of all sessions, but "second" comes before it: asked for by name`,
			`happy-path: what sessions get when nothing else is chosen, but "second" comes before it: asked for by name`,
		}},
		"asked for what there is not": {liveness.Call{Scenario: "gone", DeviceCorrelationID: "qa-8"}, []string{
			`high: match.deviceCorrelationId: "qa-7" does not match "qa-8"; match.header.X-Run: regex "n[0-9]", but the call has none`,
			`first: match.apiVersion: "v1.2", but the call has none`,
			`second: match.operationMode: "Passive", but the call has none`,
			`low: its match holds, but "gone" comes before it, which does not exist`,
			`plain: the default of all sessions, but "gone" comes before it, which does not exist`,
			`happy-path: what sessions get when nothing else is chosen, but "gone" comes before it, which does not exist`,
			"other: " + askedFor,
		}},
		"default with a rule": {liveness.Call{Default: "low"}, []string{
			`high: match.deviceCorrelationId: "qa-7", but the call has none; match.header.X-Run: regex "n[0-9]", but the call has none`,
			`first: match.apiVersion: "v1.2", but the call has none; ` + device,
			`second: match.operationMode: "Passive", but the call has none; match.deviceCorrelationId: "qa-?", but the call has none`,
			"low CHOSEN: the default of the resource",
			`plain: the default of all sessions, but "low" comes before it: the default of the resource`,
			`happy-path: what sessions get when nothing else is chosen, but "low" comes before it: the default of the resource`,
			"other: " + askedFor,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			set := ranked(t)
			var got []string
			for _, e := range set.Explain(test.call) {
				line := e.Name
				if e.Chosen {
					line += " CHOSEN"
				}
				got = append(got, line+": "+e.Reason)
				if s, known := set.Lookup(e.Name); !known || s.Source != e.Source {
					t.Errorf("%s: got source %q, want %q", e.Name, e.Source, s.Source)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("explanations differ (-want +got):\n%s", diff)
			}
		})
	}
}

// TestExplainAgreesWithChoose checks over many calls that Explain marks exactly the
// scenario that Choose returns, and lists each scenario once.
func TestExplainAgreesWithChoose(t *testing.T) {
	t.Parallel()
	set := ranked(t)
	names := []string{"", "high", "second", "plain", "gone"}
	for i := range 5 * 5 * 5 * 8 {
		call := liveness.Call{Scenario: names[i%5], Queued: names[i/5%5], Default: names[i/25%5]}
		for bit, set := range []func(){
			func() { call.DeviceCorrelationID = "qa-7" }, func() { call.APIVersion = "v1.2" }, func() { call.Header = headers("X-Run", "n1") },
		} {
			if i/125>>bit&1 == 1 {
				set()
			}
		}
		want, err := set.Choose(call)
		var chosen, all []string
		for _, e := range set.Explain(call) {
			all = append(all, e.Name)
			if e.Chosen {
				chosen = append(chosen, e.Name)
			}
		}
		if slices.Sort(all); !slices.Equal(all, set.Names()) {
			t.Fatalf("%+v: got %q, want each of %q once", call, all, set.Names())
		}
		if err == nil && !slices.Equal(chosen, []string{want.Name}) || err != nil && len(chosen) > 0 {
			t.Fatalf("%+v: got %q chosen; want %q, %v", call, chosen, want.Name, err)
		}
	}
}

func TestWarnsOfRulesThatNeverWin(t *testing.T) {
	t.Parallel()
	const operation, verify = "operation: detectLiveness", "operation: detectLivenessWithVerify"
	for _, test := range []struct {
		first, second string
		never         bool // the second never wins
	}{
		{operation, operation, true},
		{operation, verify, false},
		{operation, operation + ", apiVersion: v1.2", true},
		{operation + ", apiVersion: v1.2", operation, false},
		{"apiVersion: v1.2", "apiVersion: {exact: v1.2}", true},
		{"apiVersion: '*'", "apiVersion: {regex: v.*}", true},
		{"apiVersion: '*'", operation, false},
		{"apiVersion: v1.*", "apiVersion: v1.2", true},
		{"apiVersion: v1.*", "apiVersion: v1.2*", true},
		{"apiVersion: v1.?", "apiVersion: v1.2*", false},
		{"apiVersion: v*.*", "apiVersion: v1.?", true},
		{"apiVersion: v1.2", "apiVersion: v1.3", false},
		{"apiVersion: {exact: '*'}", "apiVersion: v1.3", false},
		{"apiVersion: {regex: v1.*}", "apiVersion: v1.3", true},
		{"apiVersion: {regex: v1.*}", "apiVersion: {regex: v1.*}", true},
		{"resource: a", "resource: a, userCorrelationId: b", true},
		{"userCorrelationId: b", "resource: a, userCorrelationId: c", false},
		{"operationMode: Passive", "operationMode: Passive", true},
		{"operationMode: Passive", "operationMode: PassiveActive", false},
		{"header: {X-A: '*'}", "header: {x-a: b, X-B: c}", true},
		{"header: {X-A: '*', X-B: c}", "header: {x-a: b}", false},
		{"header: {X-A: b}", "header: {x-a: c}", false},
		{"verifyImage: {fileName: '*'}", "verifyImage: {fileName: a.jpg}, " + verify, true},
		{"verifyImage: {size: {min: 5}}", "verifyImage: {size: {min: 5, max: 9}}", true},
		{"verifyImage: {size: {max: 9}}", "verifyImage: {size: {min: 5, max: 9}}", true},
		{"verifyImage: {size: {min: 6}}", "verifyImage: {size: {min: 5, max: 9}}", false},
		{"verifyImage: {size: {max: 9}}", "verifyImage: {size: {min: 5}}", false},
		{"verifyImage: {size: {max: 9}}", "verifyImage: {fileName: a}", false},
		{"verifyImage: {size: {max: 9}}", "verifyImage: {size: {max: 10}}", false},
		{hashOf("a"), hashOf("A"), true},
		{hashOf("a"), hashOf("b"), false},
	} {
		for _, priority := range []int{0, 1, -1} { // of the second
			_, warnings := loadWarned(t, lang.Source{Name: "qa", FS: fstest.MapFS{
				"a.yaml": named("first", "match: {"+test.first+"}"),
				"b.yaml": named("second", "match: {"+test.second+"}", fmt.Sprintf("priority: %d", priority)),
			}})
			got := slices.DeleteFunc(firstLines(warnings), func(line string) bool { return line[:9] == "qa/a.yaml" })
			var want []string
			if test.never && priority <= 0 {
				want = []string{`qa/b.yaml:3:8: warning: match never wins: "first" in qa/a.yaml comes first and holds whenever it does; ` +
					`narrow the earlier match, or give this scenario a higher priority`}
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, then with priority %d %s: warnings differ (-want +got):\n%s", test.first, priority, test.second, diff)
			}
		}
	}
}

func hashOf(digit string) string {
	return "verifyImage: {sha256: '" + strings.Repeat(digit, 64) + "'}"
}
