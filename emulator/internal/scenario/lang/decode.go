package lang

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/nearest"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// maxProblems bounds how many problems of one file are reported.
const maxProblems = 20

// A reader turns the syntax tree of one file into a scenario and collects the problems.
type reader struct {
	doc      document
	images   imageFolder
	problems []*Error
	warnings []*Error

	scenario scenario.Scenario
	places   places
}

// places are the positions of keys that are checked later, against other files.
type places struct{ name, match, priority, seed, then, end position }

// report adds a problem.
func (r *reader) report(at position, message, suggestion string) {
	r.problems = append(r.problems, r.doc.errorAt(at, message, suggestion))
}

// warn adds a warning.
func (r *reader) warn(at position, message, suggestion string) {
	warning := r.doc.errorAt(at, message, suggestion)
	warning.Warning = true
	r.warnings = append(r.warnings, warning)
}

// A value is a node of the tree and its position. The position of a value that was left
// out is that of its key.
type value struct {
	node ast.Node
	at   position
	path string // for messages, such as "attempts" or "match.operation"
}

// kind returns the type of the value in words.
func (v value) kind() string {
	switch v.node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	case *ast.InfinityNode, *ast.NanNode:
		return "infinity or NaN"
	case *ast.SequenceNode:
		return "a list"
	case ast.MapNode:
		return "a mapping"
	}
	return "something else"
}

// wrongKind reports that the value has the wrong type.
func (r *reader) wrongKind(v value, wanted, suggestion string) {
	r.report(v.at, fmt.Sprintf("%s must be %s, not %s", v.path, wanted, v.kind()), suggestion)
}

// text returns the value as text.
func (r *reader) text(v value) (string, bool) {
	switch node := v.node.(type) {
	case *ast.StringNode:
		return node.Value, true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case ast.ScalarNode:
		suggestion := ""
		if v.kind() != "nothing" {
			suggestion = "put it in quotes: " + scenario.Quote(node.GetToken().Value)
		}
		r.wrongKind(v, "text", suggestion)
	default:
		r.wrongKind(v, "text", "")
	}
	return "", false
}

// oneOf returns the value as one of the known words.
func (r *reader) oneOf(v value, known ...string) (string, bool) {
	allowed := "allowed: " + strings.Join(known, ", ")
	if _, scalar := v.node.(ast.ScalarNode); !scalar || v.kind() != "text" {
		r.wrongKind(v, "text", allowed)
		return "", false
	}
	text, _ := r.text(v)
	for _, word := range known {
		if text == word {
			return text, true
		}
	}
	r.report(v.at, fmt.Sprintf("unknown %s %s", v.path, scenario.Quote(text)), suggest(text, "allowed", known))
	return "", false
}

// word returns the value as one of the known words, for a key that also takes a mapping.
// The caller has handled the mapping. The text allowed lists all forms.
func (r *reader) word(v value, allowed string, known ...string) (string, bool) {
	if v.kind() != "text" {
		r.wrongKind(v, "text or a mapping", allowed)
		return "", false
	}
	text, _ := r.text(v)
	if slices.Contains(known, text) {
		return text, true
	}
	suggestion := allowed
	if meant := cmp.Or(synonym(v.path, text), nearest.Name(text, known)); meant != "" {
		suggestion = didYouMean(meant)
	}
	r.report(v.at, fmt.Sprintf("unknown %s %s", v.path, scenario.Quote(text)), suggestion)
	return "", false
}

// items returns the entries of the value as a list. The hint shows how to write one.
func (r *reader) items(v value, hint string) ([]value, bool) {
	list, ok := v.node.(*ast.SequenceNode)
	if !ok {
		r.wrongKind(v, "a list", hint)
		return nil, false
	}
	entries := make([]value, len(list.Values))
	for i, node := range list.Values {
		entries[i] = value{node: node, at: r.doc.placeOf(node, v.at), path: v.path}
	}
	return entries, true
}

// isMapping reports whether the value is a mapping.
func (v value) isMapping() bool {
	_, ok := v.node.(ast.MapNode)
	return ok
}

// exactlyOne reports a value that has none or several of the keys.
func (r *reader) exactlyOne(v value, given map[string]position, keys ...string) {
	if !v.isMapping() {
		return // already reported
	}
	var there []string
	for _, key := range keys {
		if _, ok := given[key]; ok {
			there = append(there, key)
		}
	}
	switch {
	case len(there) == 0:
		r.report(v.at, fmt.Sprintf("%s has none of %s", v.path, strings.Join(keys, ", ")), "add one of them")
	case len(there) > 1:
		slices.SortStableFunc(there, func(a, b string) int { return given[a].compare(given[b]) })
		r.report(given[there[1]], fmt.Sprintf("%s has both %s and %s", v.path, there[0], there[1]), "remove one of them")
	}
}

// flag returns the value as a boolean.
func (r *reader) flag(v value) bool {
	if node, ok := v.node.(*ast.BoolNode); ok {
		return node.Value
	}
	suggestion := ""
	if v.kind() == "text" {
		text, _ := r.text(v)
		meant := map[string]string{
			"true": "true", "yes": "true", "y": "true", "on": "true",
			"false": "false", "no": "false", "n": "false", "off": "false",
		}[strings.ToLower(text)]
		switch _, plain := v.number(); {
		case meant == "":
		case !plain && strings.EqualFold(text, meant):
			suggestion = "write it without quotes"
		default:
			suggestion = fmt.Sprintf("did you mean %s?", meant)
		}
	}
	r.wrongKind(v, "true or false", suggestion)
	return false
}

// number returns the characters of the value as a number, and false if it is not a
// number. Quoted text is not.
func (v value) number() (string, bool) {
	switch node := v.node.(type) {
	case *ast.IntegerNode, *ast.FloatNode:
		return node.GetToken().Value, true
	case *ast.StringNode: // the library reads 1e-3 as text, YAML as a number
		return node.Value, node.Token.Type == token.StringType
	}
	return "", false
}

// A field is a key of a mapping.
type field[T any] struct {
	key      string
	required bool
	read     func(r *reader, v value, into *T)
}

// A mapping lists the keys that a YAML mapping may have.
type mapping[T any] struct {
	name   string // in messages; "" for the file itself
	fields []field[T]

	elsewhere map[string]string        // suggestions for keys that belong to another mapping
	instead   func(text string) string // suggestion for a text instead of the mapping; may be nil or return ""
}

// keys returns all keys of the mapping.
func (m mapping[T]) keys() []string {
	keys := make([]string, len(m.fields))
	for i, f := range m.fields {
		keys[i] = f.key
	}
	return keys
}

// read reads the fields of v and returns the positions of the given keys, including
// misspelt ones. It reports all problems.
func (m mapping[T]) read(r *reader, v value, into *T) map[string]position {
	given := make(map[string]position)
	node, ok := v.node.(ast.MapNode)
	if !ok {
		suggestion := "keys: " + strings.Join(m.keys(), ", ")
		if text, ok := v.node.(*ast.StringNode); ok {
			if strings.Contains(text.Value, ":") {
				suggestion = "put a space after the colon"
			}
			if m.instead != nil {
				suggestion = cmp.Or(m.instead(text.Value), suggestion)
			}
		}
		r.wrongKind(v, "a mapping", suggestion)
		return given
	}
	meant := make(map[string]position)
	for pairs := node.MapRange(); pairs.Next(); {
		if key, at := m.readPair(r, pairs.KeyValue(), given, into); key != "" {
			meant[key] = at
		}
	}
	for key, at := range meant {
		if _, there := given[key]; !there {
			given[key] = at // otherwise a misspelt key would be reported as missing, too
		}
	}
	for _, f := range m.fields {
		if _, there := given[f.key]; f.required && !there {
			r.report(v.at, fmt.Sprintf("%s has no %s", v.path, f.key), fmt.Sprintf("add %s: …", f.key))
		}
	}
	return given
}

// readPair reads one key and its value. For a misspelt key it returns the likely key and
// its position.
func (m mapping[T]) readPair(r *reader, pair *ast.MappingValueNode, given map[string]position, into *T) (meant string, at position) {
	key := pair.Key.GetToken()
	at = r.doc.behindTabs(position{key.Position.Line, key.Position.Column})
	for _, f := range m.fields {
		if f.key != key.Value {
			continue
		}
		if first, twice := given[f.key]; twice {
			r.report(at, fmt.Sprintf("%s is given twice", f.key), fmt.Sprintf("the first is in line %d", first.line))
			return "", at
		}
		given[f.key] = at
		f.read(r, value{node: pair.Value, at: r.doc.placeOf(pair.Value, at), path: m.pathOf(f.key)}, into)
		return "", at
	}
	r.report(at, "unknown key "+scenario.Quote(key.Value), cmp.Or(m.elsewhere[key.Value], suggest(key.Value, "allowed here", m.keys())))
	return nearest.Name(key.Value, m.keys()), at
}

// pathOf returns the name of a key's value in messages.
func (m mapping[T]) pathOf(key string) string {
	if m.name == "" {
		return key
	}
	return m.name + "." + key
}

// placeOf returns the position of a node, or otherwise if the node was left out.
func (d document) placeOf(node ast.Node, otherwise position) position {
	at, known := placeOf(node)
	if !known {
		return otherwise
	}
	return d.behindTabs(at)
}

// placeOf returns the position of a node according to the YAML library. The library's
// token of a mapping is its first colon; the position of the first key is used instead. A
// value that was left out has no position.
func placeOf(node ast.Node) (at position, known bool) {
	for {
		mapping, ok := node.(*ast.MappingNode)
		if !ok || mapping.IsFlowStyle || len(mapping.Values) == 0 {
			break
		}
		node = mapping.Values[0].Key
	}
	if pair, ok := node.(*ast.MappingValueNode); ok {
		node = pair.Key
	}
	if node == nil || node.GetToken() == nil || node.GetToken().Position == nil {
		return position{}, false
	}
	tk := node.GetToken()
	if tk.Type == token.ImplicitNullType {
		return position{}, false
	}
	return position{tk.Position.Line, tk.Position.Column}, true
}
