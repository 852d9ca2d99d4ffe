package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// createBody is about what official clients send.
const createBody = `{"livenessOperationMode":"PassiveActive","deviceCorrelationIdSetInClient":false,` +
	`"enableSessionImage":true,"deviceCorrelationId":"5f0e6ad1-94d5-4d1c-9a63-0c8f2f4b1f77","authTokenTimeToLiveInSeconds":300}`

func ExampleDecode() {
	_, err := schema.Decode([]byte(`{"mode": 1, "mode": 2}`))
	fmt.Println(err)
	// Output: duplicate key "mode" at offset 12
}

func nested(depth int) string {
	return strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth)
}

func TestDecodeAccepts(t *testing.T) {
	t.Parallel()
	deepest := any([]any{})
	for range schema.MaxDepth - 1 {
		deepest = []any{deepest}
	}
	for text, want := range map[string]any{
		` {} `:                            map[string]any{},
		"\t[\r\n]":                        []any{},
		`null`:                            nil,
		`true`:                            true,
		`false`:                           false,
		`-0`:                              json.Number("-0"),
		`600`:                             json.Number("600"),
		`600.0`:                           json.Number("600.0"),
		`1.5E+300`:                        json.Number("1.5E+300"),
		strings.Repeat("9", 64):           json.Number(strings.Repeat("9", 64)),
		`""`:                              "",
		`"a\"\\\/\b\f\n\r\t\u00e9\u0000"`: "a\"\\/\b\f\n\r\té\x00",
		`"\ud83d\ude00 \uD83D\uDE00 😀"`:   "😀 😀 😀",
		"\"\x7f\ufffd\"":                  "\x7f\ufffd",
		"\xef\xbb\xbf{}":                  map[string]any{},
		`{"a":[1,{"b":null}],"":"x"}`:     map[string]any{"a": []any{json.Number("1"), map[string]any{"b": nil}}, "": "x"},
		`{"a":{"a":1},"b":{"a":1}}`:       map[string]any{"a": map[string]any{"a": json.Number("1")}, "b": map[string]any{"a": json.Number("1")}},
		`{"a":1,"A":2}`:                   map[string]any{"a": json.Number("1"), "A": json.Number("2")},
		nested(schema.MaxDepth):           deepest,
	} {
		got, err := schema.Decode([]byte(text))
		if err != nil {
			t.Errorf("Decode(%.80q): got error %v, want none", text, err)
		}
		// Not go-cmp, whose time grows exponentially with the depth.
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Decode(%.80q): got %#v, want %#v", text, got, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		flaw   schema.Flaw
		offset int
	}{
		{``, schema.FlawEmpty, 0},
		{" \n\t", schema.FlawEmpty, 3},
		{"\xef\xbb\xbf", schema.FlawEmpty, 3},
		{"\x00", schema.FlawSyntax, 0},
		{"\xef\xbb\xbf\xef\xbb\xbf{}", schema.FlawSyntax, 3},
		{"{}\xef\xbb\xbf", schema.FlawTrailing, 2},
		{`{} {}`, schema.FlawTrailing, 3},
		{"{}\x00", schema.FlawTrailing, 2},
		{`1 2`, schema.FlawTrailing, 2},
		{`01`, schema.FlawSyntax, 0},
		{`{"a":1,"b":2,"a":3}`, schema.FlawDuplicateKey, 13},
		{`{"a":1,"\u0061":3}`, schema.FlawDuplicateKey, 7},
		{`[{"x":{"k":1,"k":1}}]`, schema.FlawDuplicateKey, 13},
		{"\"\xff\"", schema.FlawEncoding, 1},
		{"{\"ab\xc3\":1}", schema.FlawEncoding, 4},
		{"\"\xed\xa0\x80\"", schema.FlawEncoding, 1},
		{"\"\\n\xc0\xaf\"", schema.FlawEncoding, 3},
		{`"\ud800"`, schema.FlawEncoding, 1},
		{`"\udc00\ud800"`, schema.FlawEncoding, 1},
		{`"\ud800\u0041"`, schema.FlawEncoding, 1},
		{nested(schema.MaxDepth + 1), schema.FlawDepth, schema.MaxDepth},
		{strings.Repeat(`{"a":`, 100_000), schema.FlawDepth, 5 * schema.MaxDepth},
		{strings.Repeat("9", 65), schema.FlawNumber, 0},
		{`[1e999999999]`, schema.FlawNumber, 1},
		{`-1E-1000`, schema.FlawNumber, 0},
		{`1e+0001`, schema.FlawNumber, 0},
		{`-`, schema.FlawSyntax, 0},
		{`+1`, schema.FlawSyntax, 0},
		{`.5`, schema.FlawSyntax, 0},
		{`1.`, schema.FlawSyntax, 0},
		{`1e`, schema.FlawSyntax, 0},
		{`1e-`, schema.FlawSyntax, 0},
		{`0x10`, schema.FlawTrailing, 1},
		{`NaN`, schema.FlawSyntax, 0},
		{`nul`, schema.FlawSyntax, 0},
		{`nulll`, schema.FlawTrailing, 4},
		{`True`, schema.FlawSyntax, 0},
		{`{'a':1}`, schema.FlawSyntax, 1},
		{`['a']`, schema.FlawSyntax, 1},
		{`{a:1}`, schema.FlawSyntax, 1},
		{`{"a" 1}`, schema.FlawSyntax, 5},
		{`{"a":1,}`, schema.FlawSyntax, 7},
		{`{"a":}`, schema.FlawSyntax, 5},
		{`{"a":1 "b":2}`, schema.FlawSyntax, 7},
		{`[1,]`, schema.FlawSyntax, 3},
		{`[1 2]`, schema.FlawSyntax, 3},
		{`[1}`, schema.FlawSyntax, 2},
		{`[`, schema.FlawSyntax, 1},
		{`[1`, schema.FlawSyntax, 2},
		{`{`, schema.FlawSyntax, 1},
		{`{"a":1`, schema.FlawSyntax, 6},
		{`"abc`, schema.FlawSyntax, 4},
		{`"a\`, schema.FlawSyntax, 2},
		{`"\x41"`, schema.FlawSyntax, 1},
		{`"\u12g4"`, schema.FlawSyntax, 1},
		{`"\n\u12`, schema.FlawSyntax, 3},
		{"\"a\nb\"", schema.FlawSyntax, 2},
		{"\"\\n\tb\"", schema.FlawSyntax, 3},
		{`// c`, schema.FlawSyntax, 0},
	} {
		value, err := schema.Decode([]byte(c.text))
		syntax, ok := errors.AsType[*schema.SyntaxError](err)
		if !ok {
			t.Errorf("Decode(%.60q): got %v and error %v, want a *SyntaxError", c.text, value, err)
			continue
		}
		if syntax.Flaw != c.flaw || syntax.Offset != c.offset {
			t.Errorf("Decode(%.60q): got %s at %d (%v), want %s at %d", c.text, syntax.Flaw, syntax.Offset, err, c.flaw, c.offset)
		}
	}
}

func TestDecodeErrorsShowNamesOnlyAndHideValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 100)
	_, err := schema.Decode([]byte(`{"` + long + `":1,"` + long + `":2}`))
	if got, want := err.Error(), `duplicate key "<200 bytes>" at offset 206`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, err = schema.Decode([]byte("{\"a\\nb\":1,\"a\\nb\":2}"))
	if got, want := err.Error(), `duplicate key "<3 bytes>" at offset 10`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, text := range []string{
		`{"a":"secret" x}`, `"secret`, `["secret","\q"]`, `{"a":"secret","a":"secret"}`, `"secret" secret`, `secret`,
	} {
		if _, err := schema.Decode([]byte(text)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("Decode(%q): got error %v, want one without the value", text, err)
		}
	}
}

func TestDecodeSharesNothingWithItsInput(t *testing.T) {
	t.Parallel()
	data := []byte(`{"key":"text","n":12}`)
	got, err := schema.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if want := (map[string]any{"key": "text", "n": json.Number("12")}); !reflect.DeepEqual(got, any(want)) {
		t.Errorf("got %#v, want %#v", got, want)
	}
}

// The memory that a hostile text can claim is a small multiple of its length.
// The test is not parallel, so that it measures its own memory only.
func TestDecodeMemoryIsBounded(t *testing.T) { //nolint:paralleltest // See above.
	const size = 1 << 20
	for _, unit := range []string{`0,`, `{},`, `[],`, `"",`, `{"":0},`, `[[[0]]],`, `"\n",`} {
		text := []byte("[" + strings.Repeat(unit, size/len(unit)) + "0]")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := schema.Decode(text); err != nil {
			t.Errorf("%s: %v", unit, err)
		}
		runtime.ReadMemStats(&after)
		if factor := (after.TotalAlloc - before.TotalAlloc) / uint64(len(text)); factor > 160 {
			t.Errorf("elements %s: got %d bytes for each byte, want at most 160", unit, factor)
		}
	}
}

// FuzzDecode checks that Decode never panics, that whatever it accepts
// encoding/json accepts with an equal value, and that what it refuses has a
// reason with a place inside the text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		createBody, ``, `{`, "\xef\xbb\xbf[]", `{"a":1,"a":1}`, `"\ud83d\ude00"`, `"\ud800"`, `1e999999999`, `-0.0E-12`,
		nested(65), `[true,false,null]`, "\"\xff\"", `{"\u0000":" "}`, `[1,2] `, `"\\\"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := schema.Decode(data)
		if err != nil {
			syntax, ok := errors.AsType[*schema.SyntaxError](err)
			if !ok || syntax.Offset < 0 || syntax.Offset > len(data) || syntax.Reason == "" {
				t.Fatalf("Decode(%q): got error %#v, want a *SyntaxError inside the text", data, err)
			}
			return
		}
		var want any
		decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatalf("Decode accepts %q, encoding/json does not: %v", data, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("Decode(%q): got %#v, want %#v as encoding/json", data, got, want)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	data := []byte(createBody)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := schema.Decode(data); err != nil {
			b.Fatal(err)
		}
	}
}
