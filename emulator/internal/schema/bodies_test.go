package schema_test

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
)

// removed as the value of a mutation takes the field away.
const removed = ""

// A mutation makes a bad body out of a good one.
type mutation struct {
	schema string
	base   int    // index of the good body
	field  string // what is changed and what the problem must be about; "" is the whole body
	value  string // JSON, or removed
	kind   schema.Kind
}

// checkBodies holds the schemas to a table of good and bad bodies, and the table
// to the schemas: every property must be there in a good body and be the matter
// of a bad one.
func checkBodies(t *testing.T, good map[string][]string, bad []mutation) {
	t.Helper()
	present, refused := map[string]bool{}, map[string]bool{}
	schemas := map[string]*schema.Schema{}
	for name, bodies := range good {
		schemas[name] = compiled(t, name)
		for _, body := range bodies {
			value := decode(t, body)
			fieldsOf(value, name+" ", present)
			if problems := schemas[name].Validate(value); problems != nil {
				t.Errorf("%s refuses %s: %v", name, body, problems)
			}
		}
	}
	for _, m := range bad {
		refused[m.schema+" "+m.field] = true
		body := decode(t, good[m.schema][m.base])
		if m.field == "" {
			body = decode(t, m.value)
		} else {
			m.apply(t, body, strings.Split(m.field, "."))
		}
		problems := schemas[m.schema].Validate(body)
		if !slices.ContainsFunc(problems, func(p schema.Problem) bool { return p.Field == shown(m.field) && p.Kind == m.kind }) {
			t.Errorf("%s, body %d with %q = %s: got %v, want a problem of kind %s", m.schema, m.base, m.field, m.value, problems, m.kind)
		}
	}
	for name := range good {
		for _, field := range declared(t, name) {
			if !present[name+" "+field] {
				t.Errorf("%s: no good body has %s", name, field)
			}
			// Which of several elements is bad makes no difference.
			if !refused[name+" "+field] && !refused[name+" "+strings.Replace(field, ".0.", ".1.", 1)] {
				t.Errorf("%s: no bad body is about %s", name, field)
			}
		}
	}
}

// shown returns how problems name a field: a key of letters and digits could be
// a secret in the place of a name, so only its length is told.
func shown(field string) string {
	keys := strings.Split(field, ".")
	for i, key := range keys {
		if _, err := strconv.Atoi(key); err != nil && strings.ContainsAny(key, "0123456789") {
			keys[i] = fmt.Sprintf("<%d bytes>", len(key))
		}
	}
	return strings.Join(keys, ".")
}

// apply changes the field below value that keys lead to.
func (m mutation) apply(t *testing.T, value any, keys []string) {
	t.Helper()
	switch v := value.(type) {
	case map[string]any:
		switch {
		case len(keys) > 1:
			m.apply(t, v[keys[0]], keys[1:])
		case m.value == removed:
			if _, there := v[keys[0]]; !there {
				t.Fatalf("%s: %s is not there to be removed", m.schema, m.field)
			}
			delete(v, keys[0])
		default:
			v[keys[0]] = decode(t, m.value)
		}
	case []any:
		i, err := strconv.Atoi(keys[0])
		if err != nil || i >= len(v) {
			t.Fatalf("%s: no element %s on the way to %s", m.schema, keys[0], m.field)
		}
		if len(keys) > 1 {
			m.apply(t, v[i], keys[1:])
		} else {
			v[i] = decode(t, m.value)
		}
	default:
		t.Fatalf("%s: no way to %s", m.schema, m.field)
	}
}

// fieldsOf collects the fields of a value; all elements count as the first.
func fieldsOf(value any, prefix string, into map[string]bool) {
	into[strings.TrimSuffix(prefix, ".")] = true
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			fieldsOf(member, prefix+key+".", into)
		}
	case []any:
		for _, element := range v {
			fieldsOf(element, prefix+"0.", into)
		}
	}
}

// declared returns the fields that a schema declares, following references.
func declared(t *testing.T, name string) []string {
	t.Helper()
	found := map[string]bool{}
	collect(t, name, readSchema(t, name), "", found)
	var fields []string
	for field := range found {
		fields = append(fields, field)
	}
	if len(fields) == 0 {
		t.Errorf("%s declares nothing", name)
	}
	return fields
}

func collect(t *testing.T, name string, node map[string]any, prefix string, found map[string]bool) {
	t.Helper()
	if reference, ok := node["$ref"].(string); ok {
		file, pointer, _ := strings.Cut(reference, "#/definitions/")
		if file != "" {
			name = path.Join(path.Dir(name), file)
		}
		definitions, _ := readSchema(t, name)["definitions"].(map[string]any)
		target, ok := definitions[pointer].(map[string]any)
		if !ok {
			t.Fatalf("%s: no definition for %s", name, reference)
		}
		collect(t, name, target, prefix, found)
	}
	if properties, ok := node["properties"].(map[string]any); ok {
		for property, child := range properties {
			if child, ok := child.(map[string]any); ok {
				found[prefix+property] = true
				collect(t, name, child, prefix+property+".", found)
			}
		}
	}
	if items, ok := node["items"].(map[string]any); ok {
		collect(t, name, items, prefix+"0.", found)
	}
	if parts, ok := node["allOf"].([]any); ok {
		for _, part := range parts {
			if part, ok := part.(map[string]any); ok {
				collect(t, name, part, prefix, found)
			}
		}
	}
}

// checkCovered holds tables of good bodies to the schemas of a version: each has
// some.
func checkCovered(t *testing.T, folder string, tables ...map[string][]string) {
	t.Helper()
	for _, name := range schemaFiles(t) {
		if path.Dir(name) != folder || path.Base(name) == "definitions.json" {
			continue
		}
		bodies := 0
		for _, table := range tables {
			bodies += len(table[name])
		}
		if bodies == 0 {
			t.Errorf("%s: got no bodies in the tables, want some", name)
		}
	}
}
