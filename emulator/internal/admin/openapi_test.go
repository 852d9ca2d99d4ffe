package admin_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

// A described is what the tests read of the OpenAPI document.
type described struct {
	OpenAPI    string
	Paths      map[string]map[string]describedOperation
	Components struct {
		SecuritySchemes map[string]struct{ Type, In, Name string }
		Parameters      map[string]describedParameter
		Responses       map[string]describedResponse
		Schemas         map[string]*describedSchema
	}
}

type describedOperation struct {
	OperationID string `json:"operationId"`
	Summary     string
	Security    *[]map[string][]string
	Parameters  []describedParameter
	RequestBody *struct {
		Required bool
		Content  describedContent
	}
	Responses map[string]describedResponse
}

type describedParameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Schema   describedSchema
}

type describedResponse struct {
	Ref         string `json:"$ref"`
	Description string
	Content     describedContent
}

// A describedContent is the schemas of a body, by its content type.
type describedContent map[string]struct {
	Schema  *describedSchema
	Example json.RawMessage
}

// A describedSchema has the keywords that the document uses, and no others.
type describedSchema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Description          string
	Properties           map[string]*describedSchema
	Required, Enum       []string
	Items                *describedSchema
	AnyOf                []*describedSchema `json:"anyOf"`
	AdditionalProperties any                `json:"additionalProperties"`
	Minimum, Maximum     *float64
	Default              any
	Examples             []any
}

// document returns the document as a browser of another origin sees it: it is public.
func document(t *testing.T) (doc described, text []byte) {
	t.Helper()
	r := request(t, http.MethodGet, admin.Prefix+"openapi.json")
	r.Header.Set("Origin", "https://editor.example")
	w := httptest.NewRecorder()
	admin.NewHandler(config(new(bytes.Buffer))).ServeHTTP(w, r)
	if kind := w.Header().Get("Content-Type"); w.Code != http.StatusOK || kind != "application/json" {
		t.Fatalf("got %d with %q, want 200 with JSON", w.Code, kind)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatalf("got a document that is none: %v", err)
	}
	return doc, w.Body.Bytes()
}

// routes is the table of a surface that has all there can be.
func routes() map[string]admin.Route {
	c := config(new(bytes.Buffer))
	c.Metrics = http.NotFoundHandler()
	return admin.Routes(c)
}

// TestOpenAPIHasTheRoutes: the document has every method of every path, and no others,
// each with what the path asks of its callers.
func TestOpenAPIHasTheRoutes(t *testing.T) {
	t.Parallel()
	doc, _ := document(t)
	table := routes()
	for path := range doc.Paths {
		if _, known := table[path]; !known {
			t.Errorf("%s is in the document but no path of the surface", path)
		}
	}
	for path, route := range table {
		var methods []string
		for _, method := range slices.Sorted(maps.Keys(doc.Paths[path])) {
			methods = append(methods, strings.ToUpper(method))
		}
		if !slices.Equal(methods, route.Methods) {
			t.Errorf("%s: the document has %v, want %v", path, methods, route.Methods)
		}
		for method, operation := range doc.Paths[path] {
			for status, want := range map[string]bool{
				"200": true, "405": true, "403": !route.Public, "503": path != "/livez",
				"400": route.Admin || path == admin.Prefix+"identity", "401": route.Admin || path == admin.Prefix+"identity",
			} {
				if _, has := operation.Responses[status]; has != want {
					t.Errorf("%s %s: got the answer %s described: %t, want %t", method, path, status, has, want)
				}
			}
			if admin := len(adminSchemes(operation)) > 0; admin != route.Admin {
				t.Errorf("%s %s: got the admin token described: %t, want %t", method, path, admin, route.Admin)
			}
		}
	}
}

// adminSchemes returns the ways in that an operation describes with the admin token.
func adminSchemes(operation describedOperation) (found []map[string][]string) {
	if operation.Security == nil {
		return nil
	}
	for _, way := range *operation.Security {
		if _, has := way["adminToken"]; has {
			found = append(found, way)
		}
	}
	return found
}

// TestOpenAPIIsWhole: the document is one, everything in it that another part names is
// there, and nothing is there in vain.
func TestOpenAPIIsWhole(t *testing.T) {
	t.Parallel()
	doc, text := document(t)
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("got OpenAPI %q, want 3.1.0", doc.OpenAPI)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"#/components/schemas/Event": true} // of a stream, which has no schema
	for _, found := range regexp.MustCompile(`"\$ref": *"([^"]*)"`).FindAllSubmatch(text, -1) {
		seen[string(found[1])] = true
	}
	for ref := range seen {
		node := any(tree)
		for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
			members, _ := node.(map[string]any)
			node = members[step]
		}
		if node == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	}
	for _, kind := range []string{"schemas", "responses", "parameters"} {
		components, _ := tree["components"].(map[string]any)
		members, _ := components[kind].(map[string]any)
		for name := range members {
			if ref := "#/components/" + kind + "/" + name; !seen[ref] {
				t.Errorf("%s is used by nothing", ref)
			}
		}
	}
	for name, header := range map[string]string{"key": control.KeyHeader, "adminToken": control.AdminHeader, "identityHeader": "X-IDENTITY-HEADER"} {
		if got := doc.Components.SecuritySchemes[name]; got.Type != "apiKey" || got.In != "header" || got.Name != header {
			t.Errorf("security scheme %s: got %+v, want the header %s", name, got, header)
		}
	}
}

// TestOpenAPIOperations: every operation says what a reader and a generator of clients
// need, and words its errors as all do.
func TestOpenAPIOperations(t *testing.T) {
	t.Parallel()
	doc, _ := document(t)
	ids := map[string]string{}
	for path, methods := range doc.Paths {
		for method, operation := range methods {
			id := operation.OperationID
			if other, taken := ids[id]; taken || id == "" {
				t.Errorf("%s %s: operationId %q is missing or that of %s, too", method, path, id, other)
			}
			ids[id] = path
			if operation.Summary == "" || operation.Security == nil {
				t.Errorf("%s: got no summary or no security", id)
				continue
			}
			for _, way := range *operation.Security {
				for name := range way {
					if _, known := doc.Components.SecuritySchemes[name]; !known {
						t.Errorf("%s: there is no security scheme %s", id, name)
					}
				}
			}
			if strings.Contains(path, "{id}") != slices.Contains(parametersOf(doc, operation), "path id") {
				t.Errorf("%s: got parameters %v for %s", id, parametersOf(doc, operation), path)
			}
			if body := operation.RequestBody; body != nil && (!body.Required || len(body.Content) != 1) {
				t.Errorf("%s: got a body that may be left out, or of several kinds", id)
			}
			checkErrors(t, doc, operation)
		}
	}
}

func checkErrors(t *testing.T, doc described, operation describedOperation) {
	t.Helper()
	for status, response := range operation.Responses {
		if status == "200" {
			if response.Description == "" || len(response.Content) == 0 {
				t.Errorf("%s: got a success without a description or a content type", operation.OperationID)
			}
			continue
		}
		name := strings.TrimPrefix(response.Ref, "#/components/responses/")
		schema := doc.Components.Responses[name].Content["application/json"].Schema
		want := "#/components/schemas/Error"
		if operation.OperationID == "identity" && status != "503" {
			want = "#/components/schemas/IdentityError"
		}
		switch {
		case schema == nil:
			t.Errorf("%s: got no schema of the answer %s", operation.OperationID, status)
		case status == "503":
			if len(schema.AnyOf) != 2 || schema.AnyOf[0].Ref != want || schema.AnyOf[1].Ref != "#/components/schemas/Probe" {
				t.Errorf("%s: got %+v for 503, want %s, or the state while starting", operation.OperationID, schema, want)
			}
		case schema.Ref != want:
			t.Errorf("%s: got %s for %s, want %s", operation.OperationID, schema.Ref, status, want)
		}
	}
}

// parametersOf returns what an operation takes in its URL, each with its place.
func parametersOf(doc described, operation describedOperation) []string {
	var names []string
	for _, parameter := range operation.Parameters {
		if name, found := strings.CutPrefix(parameter.Ref, "#/components/parameters/"); found {
			parameter = doc.Components.Parameters[name]
		}
		names = append(names, parameter.In+" "+parameter.Name)
	}
	return names
}
