package wire_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

// allFields is a body with the members of all versions.
func allFields() wire.Body {
	var names []string
	for _, field := range wire.Fields() {
		names = append(names, field.Name)
	}
	return wire.NewBody(func() []string { return names })
}

// TestFieldsOfSchemas: every member that a schema of a create call describes is
// decoded, and no other.
func TestFieldsOfSchemas(t *testing.T) {
	t.Parallel()
	decoded, described := map[string]bool{}, map[string]bool{"verifyImage": true, "VerifyImage": true}
	for _, field := range wire.Fields() {
		decoded[field.Name] = true
	}
	for _, operation := range []string{"createLivenessSession", "createLivenessWithVerifySession"} {
		for _, version := range requestsOf(t, operation) {
			for name := range version.members {
				if !decoded[name] && !described[name] {
					t.Errorf("%s: a schema has member %s; add it to Fields", operation, name)
				}
				described[name] = true
			}
		}
	}
	for name := range decoded {
		if !described[name] {
			t.Errorf("Fields has member %s, which no schema of a create call has", name)
		}
	}
}

// TestDecodeIgnores: what a version does not have is not decoded; names that may be
// secrets are not returned.
func TestDecodeIgnores(t *testing.T) {
	t.Parallel()
	body := wire.NewBody(func() []string { return []string{"enableSessionImage", "tenantId"} })
	var r service.CreateRequest
	got := body.Decode(map[string]any{
		"enableSessionImage": true, "tenantId": "t", "livenessModelVersion": "2024-11-15", "EnableSessionImage": false, "a b": true,
		strings.Repeat("x", 41): true,
	}, &r)
	if want := []string{"EnableSessionImage", "livenessModelVersion"}; !slices.Equal(got, want) {
		t.Errorf("got ignored %q; want %q", got, want)
	}
	if want := (liveness.Settings{EnableSessionImage: true}); r.Settings != want {
		t.Errorf("got %+v; want %+v", r.Settings, want)
	}
	if got := body.Normalize(map[string]any{"TENANTID": nil, "Enablesessionimage": "true", "tenantId": "t"}, false); !slices.Equal(got, []string{"enableSessionImage", "tenantId"}) {
		t.Errorf("got meant %q; want both members", got)
	}
}

func TestFormValue(t *testing.T) {
	t.Parallel()
	const (
		flag      = "enableSessionImage"
		lifetime  = "authTokenTimeToLiveInSeconds"
		threshold = "verifyConfidenceThreshold"
	)
	for _, c := range []struct {
		name, text string
		want       any // nil: not given
	}{
		{"deviceCorrelationId", "d", "d"},
		{"deviceCorrelationId", " d\r\n", "d"},
		{"deviceCorrelationId", `"d"`, "d"},
		{"deviceCorrelationId", `""d""`, `"d"`},
		{"deviceCorrelationId", `"`, `"`},
		{"deviceCorrelationId", `""`, ""},
		{"deviceCorrelationId", "", ""},
		{"deviceCorrelationId", "true", "true"},
		{"deviceCorrelationId", "600", "600"},
		{"anything", "600", "600"},
		{flag, "true", true},
		{flag, "false", false},
		{flag, `"true"`, true},
		{flag, " true ", true},
		{flag, "", nil},
		{flag, `""`, nil},
		{flag, "TRUE", "TRUE"},
		{flag, "1", "1"},
		{"deviceCorrelationIdSetInClient", "true", true},
		{"returnVerifyImageHash", "true", true},
		{lifetime, "60", json.Number("60")},
		{lifetime, `"60"`, json.Number("60")},
		{lifetime, "-1", json.Number("-1")},
		{lifetime, "6e1", json.Number("6e1")},
		{lifetime, "60.0", json.Number("60.0")},
		{lifetime, "060", "060"},
		{lifetime, "0x3c", "0x3c"},
		{lifetime, "+60", "+60"},
		{lifetime, "60 s", "60 s"},
		{lifetime, "null", "null"},
		{lifetime, "[60]", "[60]"},
		{lifetime, "", nil},
		{threshold, "0.5", json.Number("0.5")},
		{threshold, ".5", ".5"},
		{threshold, "0,5", "0,5"},
		{threshold, `"0.5 "`, "0.5 "},
		{threshold, "NaN", "NaN"},
		{threshold, "Infinity", "Infinity"},
	} {
		got, ok := allFields().FormValue(c.name, c.text)
		if !ok {
			got = nil
		}
		if got != c.want || ok != (c.want != nil) {
			t.Errorf("FormValue(%q, %q): got %#v, %v; want %#v", c.name, c.text, got, ok, c.want)
		}
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	fields := func() map[string]any {
		return map[string]any{
			"livenessOperationMode":          "passiveACTIVE",
			"deviceCorrelationId":            "TRUE",
			"deviceCorrelationIdSetInClient": "True",
			"enableSessionImage":             "FALSE",
			"returnVerifyImageHash":          "yes",
			"livenessModelVersion":           nil,
			"authTokenTimeToLiveInSeconds":   "60",
		}
	}
	lenient := fields()
	allFields().Normalize(lenient, false)
	if want := map[string]any{
		"livenessOperationMode":          "PassiveActive",
		"deviceCorrelationId":            "TRUE",
		"deviceCorrelationIdSetInClient": true,
		"enableSessionImage":             false,
		"returnVerifyImageHash":          "yes",
		"authTokenTimeToLiveInSeconds":   "60",
	}; !maps.Equal(lenient, want) {
		t.Errorf("lenient: got %v, want %v", lenient, want)
	}
	strict, want := fields(), fields()
	allFields().Normalize(strict, true)
	delete(want, "livenessModelVersion")
	if !maps.Equal(strict, want) {
		t.Errorf("strict: got %v, want %v", strict, want)
	}
}

func TestDecodeCreate(t *testing.T) {
	t.Parallel()
	fields := map[string]any{
		"livenessOperationMode":        "Passive",
		"deviceCorrelationId":          "",
		"enableSessionImage":           true,
		"livenessModelVersion":         "2024-11-15",
		"authTokenTimeToLiveInSeconds": json.Number("61"),
		"returnVerifyImageHash":        true,
		"verifyConfidenceThreshold":    json.Number("0.25"),

		"userCorrelationId": "user", "userCorrelationIdSetInClient": true, "sendResultsToClient": true,
		"numberOfClientAttemptsAllowed": json.Number("2"), "expectedClientIpAddress": "10.0.0.0/8",
	}
	var plain, verify service.CreateRequest
	plain.Kind, verify.Kind = liveness.KindLiveness, liveness.KindLivenessWithVerify
	allFields().Decode(fields, &plain)
	allFields().Decode(fields, &verify)
	seconds, attempts, border := int64(61), int64(2), 0.25
	want := service.CreateRequest{
		Kind: liveness.KindLiveness, DeviceCorrelationID: service.CorrelationID{Given: true},
		UserCorrelationID: service.CorrelationID{Text: "user", Given: true, SetInClient: true},
		Settings: liveness.Settings{
			Mode: liveness.ModePassive, SendResultsToClient: true, ExpectedClientAddress: "10.0.0.0/8",
			EnableSessionImage: true, ModelVersion: "2024-11-15",
		},
		AttemptsAllowed: &attempts, TokenTTLSeconds: &seconds,
	}
	if !reflect.DeepEqual(plain, want) {
		t.Errorf("without verify: got %+v, want %+v", plain, want)
	}
	want.Kind, want.Settings.ReturnVerifyImageHash, want.VerifyConfidenceThreshold = liveness.KindLivenessWithVerify, true, &border
	if !reflect.DeepEqual(verify, want) {
		t.Errorf("with verify: got %+v, want %+v", verify, want)
	}
}

// FuzzFormValue: a text is taken for what its own JSON would be, and reading it
// again gives the same.
func FuzzFormValue(f *testing.F) {
	for _, text := range []string{"", "true", `"true"`, "60", "060", "1e999999999", "-", "--1", `"`, `""`, " x ", `"0 "`, "null", "\xff", "\u00a0true"} {
		for _, name := range []string{"enableSessionImage", "authTokenTimeToLiveInSeconds", "verifyConfidenceThreshold", "deviceCorrelationId", "x"} {
			f.Add(name, text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		value, ok := allFields().FormValue(name, text)
		if !ok {
			if value != nil {
				t.Errorf("got %#v for a field that is not given", value)
			}
			return
		}
		switch v := value.(type) {
		case bool:
			if !strings.Contains(text, map[bool]string{true: "true", false: "false"}[v]) {
				t.Errorf("FormValue(%q, %q): got %v", name, text, v)
			}
		case json.Number:
			if !json.Valid([]byte(v)) || !strings.Contains(text, string(v)) {
				t.Errorf("FormValue(%q, %q): got number %q", name, text, v)
			}
			if again, ok := allFields().FormValue(name, string(v)); !ok || again != value {
				t.Errorf("FormValue(%q, %q): got %#v, then %#v", name, text, value, again)
			}
		case string:
			if !strings.Contains(text, v) {
				t.Errorf("FormValue(%q, %q): got %q, want a part of the text", name, text, v)
			}
		default:
			t.Errorf("FormValue(%q, %q): got %T, want bool, number or text", name, text, value)
		}
	})
}

// FuzzNormalize: normalising again changes nothing, strict changes less, and
// whatever a schema accepts can be decoded.
func FuzzNormalize(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"livenessOperationMode":"passiveactive","deviceCorrelationId":null,"enableSessionImage":"TRUE"}`,
		`{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":60,"verifyConfidenceThreshold":1e-400}`,
		`{"livenessOperationMode":["Passive"],"enableSessionImage":{"a":null},"deviceCorrelationIdSetInClient":"falſe"}`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	// v1.1-preview.1 has no threshold, and takes any value for it.
	f.Add(`{"livenessOperationMode":"Passive","verifyConfidenceThreshold":2}`, false)
	versions := requestsOf(f, "createLivenessWithVerifySession")
	f.Fuzz(func(t *testing.T, body string, strict bool) {
		value, err := schema.Decode([]byte(body))
		fields, ok := value.(map[string]any)
		if err != nil || !ok {
			return // no JSON object
		}
		allFields().Normalize(fields, strict)
		once := maps.Clone(fields)
		allFields().Normalize(fields, strict)
		if !reflect.DeepEqual(once, fields) {
			t.Errorf("%s: got %v, then %v", body, once, fields)
		}
		for _, version := range versions {
			if len(version.schema.Validate(fields)) == 0 {
				checkDecoded(t, version.known(fields))
			}
		}
	})
}

// A requestOf is what one version of the API takes to create a session.
type requestOf struct {
	schema  *schema.Schema
	members map[string]any
}

func requestsOf(tb testing.TB, operation string) []requestOf {
	tb.Helper()
	names, err := fs.Glob(schemas.FS, "v*/"+operation+".request.json")
	if err != nil || len(names) == 0 {
		tb.Fatalf("got schemas %v, %v; want some", names, err)
	}
	var requests []requestOf
	for _, name := range names {
		compiled, err := schema.Compile(schemas.FS, name)
		if err != nil {
			tb.Fatal(err)
		}
		text, err := fs.ReadFile(schemas.FS, name)
		if err != nil {
			tb.Fatal(err)
		}
		var document struct {
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal(text, &document); err != nil || len(document.Properties) == 0 {
			tb.Fatalf("%s: got %v, %v; want the members of a request", name, document, err)
		}
		requests = append(requests, requestOf{compiled, document.Properties})
	}
	return requests
}

// known returns the members that the version has, which are all that is decoded.
func (r requestOf) known(fields map[string]any) map[string]any {
	fields = maps.Clone(fields)
	maps.DeleteFunc(fields, func(name string, _ any) bool { return r.members[name] == nil })
	return fields
}

// checkDecoded decodes members that a schema has accepted.
func checkDecoded(t *testing.T, fields map[string]any) {
	t.Helper()
	r := service.CreateRequest{Kind: liveness.KindLivenessWithVerify}
	allFields().Decode(fields, &r)
	if !r.Settings.Mode.Valid() {
		t.Errorf("%v: got mode %q, which the schemas should have refused", fields, r.Settings.Mode)
	}
	if utf8.RuneCountInString(r.DeviceCorrelationID.Text) > liveness.MaxCorrelationIDRunes {
		t.Errorf("%v: got a device id that the schema should have refused", fields)
	}
	if _, given := fields["authTokenTimeToLiveInSeconds"]; given && (r.TokenTTLSeconds == nil || *r.TokenTTLSeconds < 60 || *r.TokenTTLSeconds > 86400) {
		t.Errorf("%v: want a lifetime from 60 to 86400", fields)
	}
	if _, given := fields["verifyConfidenceThreshold"]; given && (r.VerifyConfidenceThreshold == nil || *r.VerifyConfidenceThreshold < 0 || *r.VerifyConfidenceThreshold > 1) {
		t.Errorf("%v: want a threshold from 0 to 1", fields)
	}
}
