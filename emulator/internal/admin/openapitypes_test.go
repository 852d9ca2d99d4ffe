package admin_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/controlwire"
)

const schemaRef = "#/components/schemas/"

// schemaName returns the name that a type has in the document, which keeps the names that
// it was first written with.
func schemaName(of string) string {
	names := map[string]string{
		"Selection": "Choice", "SelectionChange": "ChoiceChange", "QueueItem": "Queued", "RequestSearch": "Wait",
		"TimelineEntry": "Moment", "NearMiss": "NearRequest",
	}
	if name, ok := names[of]; ok {
		return name
	}
	return of
}

// apiTypes are the structs that go in and out of a control.API, by their names in the
// document.
func apiTypes() map[string]reflect.Type {
	found := map[string]reflect.Type{"Faults": reflect.TypeFor[controlwire.Faults]()}
	var add func(reflect.Type)
	add = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			add(of.Elem())
		case reflect.Func:
			for i := range of.NumIn() {
				add(of.In(i))
			}
			for i := range of.NumOut() {
				add(of.Out(i))
			}
		case reflect.Struct:
			if of.PkgPath() != reflect.TypeFor[control.Session]().PkgPath() || found[schemaName(of.Name())] != nil {
				return
			}
			found[schemaName(of.Name())] = of
			for i := range of.NumField() {
				add(of.Field(i).Type)
			}
		default:
		}
	}
	api := reflect.TypeFor[control.API]()
	for i := range api.NumMethod() {
		add(api.Method(i).Type)
	}
	return found
}

// jsonFields returns the fields of a struct by their names in JSON, those of embedded
// structs among them, and the names of those that are always there.
func jsonFields(of reflect.Type) (fields map[string]reflect.Type, required []string) {
	fields = map[string]reflect.Type{}
	for _, field := range reflect.VisibleFields(of) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = field.Type
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	slices.Sort(required)
	return fields, required
}

// TestOpenAPIHasTheTypes: what goes over the wire is in the document with the fields
// and types that it has in Go, and nothing else is.
func TestOpenAPIHasTheTypes(t *testing.T) {
	t.Parallel()
	doc, _ := document(t)
	enums := enumsOf(t)
	types := apiTypes()
	query := types["EventQuery"]
	delete(types, "EventQuery") // goes in the URL
	for _, few := range []string{"Session", "RequestQuery", "Event", "FlaggedAttempt"} {
		if types[few] == nil {
			t.Fatalf("%s is not found", few)
		}
	}
	for name, of := range types {
		schema := doc.Components.Schemas[name]
		if schema == nil {
			t.Errorf("the document does not have the type %s", name)
			continue
		}
		fields, required := jsonFields(of)
		if got := slices.Sorted(maps.Keys(schema.Properties)); !slices.Equal(got, slices.Sorted(maps.Keys(fields))) {
			t.Errorf("%s: got the properties %v, want %v", name, got, slices.Sorted(maps.Keys(fields)))
			continue
		}
		if got := slices.Sorted(slices.Values(schema.Required)); !slices.Equal(got, required) {
			t.Errorf("%s: got %v required, want %v", name, got, required)
		}
		for field, kind := range fields {
			if wrong := mismatch(schema.Properties[field], kind, enums); wrong != "" {
				t.Errorf("%s.%s: %s", name, field, wrong)
			}
		}
	}
	// What is no type of package control.
	own := []string{"Error", "Export", "IdentityError", "IdentityToken", "KeySet", "Probe"}
	for name, schema := range doc.Components.Schemas {
		if types[name] == nil && !slices.Contains(own, name) {
			t.Errorf("%s is in the document but no type of package control", name)
		}
		if schema.Type != "object" || schema.Description == "" {
			t.Errorf("%s: got no object, or no description", name)
		}
	}
	want := []string{"query all"}
	fields, _ := jsonFields(query)
	for name := range fields {
		want = append(want, "query "+name)
	}
	got := parametersOf(doc, doc.Paths["/_emulator/events"]["get"])
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("events: got the parameters %v, want %v", got, want)
	}
}

// mismatch says in what a schema is not that of a Go type, or "".
func mismatch(schema *describedSchema, of reflect.Type, enums map[string][]string) string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	wanted := describedSchema{}
	switch of.Kind() {
	case reflect.String:
		wanted.Type = "string"
	case reflect.Bool:
		wanted.Type = "boolean"
	case reflect.Int, reflect.Int64:
		wanted.Type = "integer"
	case reflect.Uint64:
		wanted.Type, wanted.Minimum = "integer", new(float64)
	case reflect.Float32, reflect.Float64:
		wanted.Type = "number"
	case reflect.Slice:
		wanted.Type = "array"
	case reflect.Map:
		wanted.Type = "object"
	case reflect.Struct:
		wanted.Ref = schemaRef + schemaName(of.Name())
	default:
		return "there is no way to describe a " + of.String()
	}
	switch of {
	case reflect.TypeFor[time.Time]():
		wanted = describedSchema{Type: "string", Format: "date-time"}
	case reflect.TypeFor[control.Duration]():
		wanted = describedSchema{Type: "string"}
	}
	switch {
	case schema.Type != wanted.Type || schema.Ref != wanted.Ref || wanted.Format != "" && schema.Format != wanted.Format:
		return "got " + schema.Type + schema.Ref + " " + schema.Format + ", want " + wanted.Type + wanted.Ref + " " + wanted.Format
	case wanted.Minimum != nil && (schema.Minimum == nil || *schema.Minimum < 0):
		return "got a number that can be negative"
	case schema.Description == "" && schema.Ref == "":
		return "got no description"
	case of.Kind() == reflect.String && of.Name() != "string" && !slices.Equal(schema.Enum, enums[of.Name()]):
		return "got the values " + strings.Join(schema.Enum, ", ") + "; want " + strings.Join(enums[of.Name()], ", ")
	case wanted.Type == "array":
		if schema.Items == nil {
			return "got an array of anything"
		}
		items := *schema.Items
		items.Description = "of the array"
		return mismatch(&items, of.Elem(), enums)
	}
	return ""
}

// enumsOf returns the values of the constants of package control, by the name of their
// type, in the order of the source.
func enumsOf(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "control", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, isValue := node.(*ast.ValueSpec)
			if !isValue || len(spec.Values) != 1 {
				return true
			}
			of, named := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if !named || !literal || value.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[of.Name] = append(found[of.Name], text)
			return true
		})
	}
	return found
}

// TestOpenAPIBodies: what can be sent is closed, as the surface refuses members that it
// does not know, and comes with an example that the type takes.
func TestOpenAPIBodies(t *testing.T) {
	t.Parallel()
	doc, _ := document(t)
	types := apiTypes()
	for _, methods := range doc.Paths {
		for _, operation := range methods {
			if operation.RequestBody == nil || operation.OperationID == "restore" {
				continue
			}
			id, content := operation.OperationID, operation.RequestBody.Content["application/json"]
			if content.Schema == nil || types[strings.TrimPrefix(content.Schema.Ref, schemaRef)] == nil {
				t.Errorf("%s: got no body of a type of package control", id)
				continue
			}
			name := strings.TrimPrefix(content.Schema.Ref, schemaRef)
			checkClosed(t, doc, name)
			decoder := json.NewDecoder(strings.NewReader(string(content.Example)))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(reflect.New(types[name]).Interface()); err != nil {
				t.Errorf("%s: got the example %s: %v", id, content.Example, err)
			}
		}
	}
}

// checkClosed checks that an object, and those in it, take no members but their own.
func checkClosed(t *testing.T, doc described, name string) {
	t.Helper()
	schema := doc.Components.Schemas[name]
	if schema.AdditionalProperties != false {
		t.Errorf("%s: got an object that takes any members", name)
	}
	for _, property := range schema.Properties {
		if property.Items != nil && property.Items.Ref != "" {
			checkClosed(t, doc, strings.TrimPrefix(property.Items.Ref, schemaRef))
		}
	}
}
