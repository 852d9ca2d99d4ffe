package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

func ExampleSchema_Validate() {
	create, err := schema.Compile(fstest.MapFS{"create.json": {Data: []byte(`{"properties": {
		"livenessOperationMode": {"enum": ["Passive", "PassiveActive"]},
		"authTokenTimeToLiveInSeconds": {"type": "integer", "minimum": 60}
	}}`)}}, "create.json")
	if err != nil {
		panic(err)
	}
	body, err := schema.Decode([]byte(`{"livenessOperationMode":"Active","authTokenTimeToLiveInSeconds":30}`))
	if err != nil {
		panic(err)
	}
	for _, problem := range create.Validate(body) {
		fmt.Println(problem.Kind, "-", problem.Text)
	}
	// Output:
	// range - authTokenTimeToLiveInSeconds must be 60 or more
	// enum - livenessOperationMode must be one of "Passive", "PassiveActive"
}

// everyKeyword has a member for each rule that a problem can be about.
const everyKeyword = `{
	"type": "object", "required": ["must"], "additionalProperties": false,
	"properties": {
		"must": {"type": "string"}, "integer": {"type": "integer"}, "number": {"type": "number", "minimum": 0, "maximum": 1},
		"open": {"exclusiveMinimum": 0, "exclusiveMaximum": 10}, "choice": {"enum": ["a", "b"]}, "const": {"const": "c"},
		"short": {"type": "string", "maxLength": 3, "minLength": 2}, "list": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "integer"}},
		"pattern": {"pattern": "^x$"}, "one": {"oneOf": [{"type": "integer"}, {"type": "boolean"}]}, "any": {"anyOf": [{"type": "integer"}, {"type": "boolean"}]},
		"either": {"anyOf": [{"type": "integer"}, {"type": "number"}]},
		"all": {"allOf": [{"type": "integer"}, {"minimum": 5}]}, "never": false, "has": {"contains": {"const": 1}},
		"if": {"if": {"type": "integer"}, "then": {"minimum": 5}, "else": {"type": "string"}}, "multiple": {"multipleOf": 5},
		"free": {"additionalProperties": {"type": "integer"}}, "deep": {"properties": {"list": {"items": {"required": ["x"]}}}}
	}
}`

func compileText(tb testing.TB, text string) *schema.Schema {
	tb.Helper()
	compiled, err := schema.Compile(fstest.MapFS{"x.json": {Data: []byte(text)}}, "x.json")
	if err != nil {
		tb.Fatal(err)
	}
	return compiled
}

func decode(tb testing.TB, text string) any {
	tb.Helper()
	value, err := schema.Decode([]byte(text))
	if err != nil {
		tb.Fatalf("%s: %v", text, err)
	}
	return value
}

func TestValidateProblems(t *testing.T) {
	t.Parallel()
	compiled := compileText(t, everyKeyword)
	long := strings.Repeat("k", 70)
	for text, want := range map[string]string{
		`{"must":""}`:                                "",
		`[]`:                                         "type: the value must be object, not array",
		`null`:                                       "type: the value must be object, not null",
		`{}`:                                         "required must: must is required",
		`{"must":1}`:                                 "type must: must must be string, not integer",
		`{"must":null}`:                              "type must: must must be string, not null",
		`{"must":"","integer":"7"}`:                  "type integer: integer must be integer, not string",
		`{"must":"","integer":7}`:                    "",
		`{"must":"","integer":7.5}`:                  "type integer: integer must be an integer, written without fraction and exponent",
		`{"must":"","integer":7.0}`:                  "type integer: integer must be an integer, written without fraction and exponent",
		`{"must":"","integer":7e0}`:                  "type integer: integer must be an integer, written without fraction and exponent",
		`{"must":"","integer":-7E2}`:                 "type integer: integer must be an integer, written without fraction and exponent",
		`{"must":"","number":1.0}`:                   "",
		`{"must":"","number":0.0}`:                   "",
		`{"must":"","number":1e0,"integer":1}`:       "",
		`{"must":"","number":1.1}`:                   "range number: number must be 1 or less",
		`{"must":"","number":-0.1}`:                  "range number: number must be 0 or more",
		`{"must":"","open":0}`:                       "range open: open must be more than 0",
		`{"must":"","open":10.0}`:                    "range open: open must be less than 10",
		`{"must":"","choice":"c"}`:                   `enum choice: choice must be one of "a", "b"`,
		`{"must":"","const":"d"}`:                    `enum const: const must be "c"`,
		`{"must":"","short":"ääää"}`:                 "length short: short must have at most 3 characters",
		`{"must":"","short":"ä"}`:                    "length short: short must have at least 2 characters",
		`{"must":"","short":"äää"}`:                  "",
		`{"must":"","list":[]}`:                      "length list: list must have at least 1 elements",
		`{"must":"","list":[1,2,3]}`:                 "length list: list must have at most 2 elements",
		`{"must":"","list":[1,2.0]}`:                 "type list.1: list.1 must be an integer, written without fraction and exponent",
		`{"must":"","pattern":"y"}`:                  "other pattern: pattern must match ^x$",
		`{"must":"","either":1.0}`:                   "",
		`{"must":"","all":6.0}`:                      "type all: all must be an integer, written without fraction and exponent",
		`{"must":"","all":4}`:                        "range all: all must be 5 or more",
		`{"must":"","never":1}`:                      "other never: never must be left out here",
		`{"must":"","if":4}`:                         "range if: if must be 5 or more",
		`{"must":"","if":true}`:                      "type if: if must be string, not boolean",
		`{"must":"","multiple":7}`:                   "other multiple: multiple breaks the rule multiple_of",
		`{"must":"","extra":1}`:                      "other extra: extra is not a known field here",
		`{"must":"","` + long + `":1}`:               "other <70 bytes>: <70 bytes> is not a known field here",
		`{"must":"","x\ny":1}`:                       "other <3 bytes>: <3 bytes> is not a known field here",
		`{"must":"","free":{"` + long + `":"t"}}`:    "type free.<70 bytes>: free.<70 bytes> must be integer, not string",
		`{"must":"","deep":{"list":[{"x":1},{}]}}`:   "required deep.list.1.x: deep.list.1.x is required",
		`{"must":"","one":1.0}`:                      "type one: one must be an integer, written without fraction and exponent",
		`{"must":"","one":"x"}`:                      "other one: one must have exactly one of the allowed forms; type one: ",
		`{"must":"","any":"x"}`:                      "other any: any must have one of the allowed forms; type any: ",
		`{"must":"","has":[2]}`:                      "other has: has lacks an element that must be there; enum has.0: has.0 must be 1",
		`{"short":"","choice":"","must":"","all":1}`: `range all: all must be 5 or more; enum choice: choice must be one of "a", "b"; length short: short must have at least 2 characters`,
	} {
		var lines []string
		for _, p := range compiled.Validate(decode(t, text)) {
			lines = append(lines, strings.TrimSpace(string(p.Kind)+" "+p.Field)+": "+p.Text)
		}
		got := strings.Join(lines, "; ")
		if strings.HasSuffix(want, ": ") {
			got = got[:min(len(got), len(want))] // the validator's guess which form was meant
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", text, diff)
		}
	}
}

func TestValidateOrderIsStable(t *testing.T) {
	t.Parallel()
	compiled := compileText(t, everyKeyword)
	value := decode(t, `{"z":1,"y":2,"x":3,"w":4,"choice":"","short":"","all":1.0,"list":[1.0,"a",true],"has":[]}`)
	first := compiled.Validate(value)
	if len(first) < 11 {
		t.Fatalf("got %d problems, want at least 11: %v", len(first), first)
	}
	for range 50 {
		if diff := cmp.Diff(first, compiled.Validate(value)); diff != "" {
			t.Fatalf("first -, later +:\n%s", diff)
		}
	}
}

// A form gives numbers that Decode has not seen, and Go code may pass anything.
func TestValidateGuardsTheValidator(t *testing.T) {
	t.Parallel()
	compiled := compileText(t, everyKeyword)
	for _, value := range []any{
		json.Number("1e999999999"),
		json.Number("-1E-999999999"),
		json.Number(strings.Repeat("9", 1_000_000)),
		json.Number(""),
		json.Number("abc"),
		json.Number("1/3"),
		json.Number("0x1p4"),
		json.Number("1_000"),
		json.Number("1 "),
		json.Number("Inf"),
		7, 7.5, int64(7),
		[]string{"a"},
		map[string]string{},
		struct{}{},
	} {
		want := []schema.Problem{{Field: "number", Kind: schema.KindType}}
		got := compiled.Validate(map[string]any{"must": "", "number": value})
		for i := range got {
			got[i].Text = ""
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%T %.20v: want -, got +:\n%s", value, value, diff)
		}
	}
	nested := map[string]any{"b": []any{json.Number("1"), json.Number("x")}, "a": 1}
	want := []schema.Problem{
		{Field: "a", Kind: schema.KindType, Text: "a must be a decoded JSON value"},
		{Field: "b.1", Kind: schema.KindType, Text: "b.1 must be a number of sensible size"},
	}
	if diff := cmp.Diff(want, compiled.Validate(nested)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
}

func TestValidateEchoesNoValues(t *testing.T) {
	t.Parallel()
	compiled := compileText(t, everyKeyword)
	for name := range decode(t, everyKeyword).(map[string]any)["properties"].(map[string]any) {
		for _, value := range []any{"secret", json.Number("987654.5"), []any{"secret"}, map[string]any{"k": "secret"}} {
			for _, p := range compiled.Validate(map[string]any{name: value}) {
				if text := p.Field + p.Text; strings.Contains(text, "secret") || strings.Contains(text, "987654") {
					t.Errorf("%s: got %q, want no submitted value in it", name, p.Text)
				}
			}
		}
	}
}

func TestValidateConcurrently(t *testing.T) {
	t.Parallel()
	compiled := compileText(t, everyKeyword)
	good := decode(t, `{"must":"","number":1.0,"choice":"a","pattern":"x","one":true}`)
	bad := decode(t, `{"must":1,"choice":"c","pattern":"y","one":1.0,"extra":0}`)
	want := compiled.Validate(bad)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got := compiled.Validate(good); got != nil {
					t.Errorf("got %v, want no problem", got)
				}
				if diff := cmp.Diff(want, compiled.Validate(bad)); diff != "" {
					t.Errorf("alone -, together +:\n%s", diff)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkValidateCreate(b *testing.B) {
	for name, text := range map[string]string{
		"good": createBody,
		"bad":  strings.ReplaceAll(createBody, "PassiveActive", "Active"),
	} {
		b.Run(name, func(b *testing.B) {
			compiled := compiled(b, someCreateRequest(b))
			value := decode(b, text)
			b.ReportAllocs()
			for b.Loop() {
				compiled.Validate(value)
			}
		})
	}
}
