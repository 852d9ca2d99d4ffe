package wire

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

type request = service.CreateRequest

// A Field is a member of a create body: its name in JSON and in a form, and what its
// value sets in a request. It has one setter, for the type of its value.
type Field struct {
	Name      string
	spellings []string // of a text that may come in any letter case

	text   func(*request, string)
	flag   func(*request, bool)
	number func(*request, json.Number)
}

// Fields is the table of the members that a create body has in any version. Which of
// them a version has is in its request schemas.
func Fields() []Field {
	return []Field{
		{
			Name: "livenessOperationMode", spellings: []string{string(liveness.ModePassive), string(liveness.ModePassiveActive)},
			text: func(r *request, v string) { r.Settings.Mode = liveness.OperationMode(v) },
		},
		{Name: "deviceCorrelationId", text: func(r *request, v string) { r.DeviceCorrelationID.Text, r.DeviceCorrelationID.Given = v, true }},
		{Name: "deviceCorrelationIdSetInClient", flag: func(r *request, v bool) { r.DeviceCorrelationID.SetInClient = v }},
		{Name: "userCorrelationId", text: func(r *request, v string) { r.UserCorrelationID.Text, r.UserCorrelationID.Given = v, true }},
		{Name: "userCorrelationIdSetInClient", flag: func(r *request, v bool) { r.UserCorrelationID.SetInClient = v }},
		{Name: "sendResultsToClient", flag: func(r *request, v bool) { r.Settings.SendResultsToClient = v }},
		{Name: "enableSessionImage", flag: func(r *request, v bool) { r.Settings.EnableSessionImage = v }},
		{Name: "livenessModelVersion", text: func(r *request, v string) { r.Settings.ModelVersion = v }},
		{Name: "livenessSingleModalModel", text: func(r *request, v string) { r.Settings.ModelVersion = v }}, // its name in v1.2-preview.1
		{Name: "authTokenTimeToLiveInSeconds", number: func(r *request, n json.Number) { r.TokenTTLSeconds = whole(n) }},
		{Name: "numberOfClientAttemptsAllowed", number: func(r *request, n json.Number) { r.AttemptsAllowed = whole(n) }},
		{Name: "expectedClientIpAddress", text: func(r *request, v string) { r.Settings.ExpectedClientAddress = v }},
		{Name: "returnVerifyImageHash", flag: func(r *request, v bool) {
			r.Settings.ReturnVerifyImageHash = v && r.Kind == liveness.KindLivenessWithVerify
		}},
		{Name: "verifyConfidenceThreshold", number: func(r *request, n json.Number) {
			if border, err := n.Float64(); err == nil && r.Kind == liveness.KindLivenessWithVerify {
				r.VerifyConfidenceThreshold = &border
			}
		}},
	}
}

func whole(number json.Number) *int64 {
	n, err := number.Int64()
	if err != nil {
		return nil
	}
	return &n
}

// A Body holds the members that create bodies have in one version. It is read-only.
type Body struct {
	members func() members
}

// members are the members of a body.
type members struct {
	fields map[string]Field
	folded map[string]string // names by their lower case
}

// NewBody returns a body that has members of these names. It calls names at the first use.
// A member that Fields does not have sets nothing.
func NewBody(names func() []string) Body {
	return Body{members: sync.OnceValue(func() members {
		m := members{fields: map[string]Field{}, folded: map[string]string{}}
		for _, name := range names() {
			m.fields[name] = Field{Name: name}
			m.folded[strings.ToLower(name)] = name
		}
		for _, field := range Fields() {
			if _, has := m.fields[field.Name]; has {
				m.fields[field.Name] = field
			}
		}
		return m
	})}
}

// Has reports whether the body can have a member of this name.
func (b Body) Has(name string) bool {
	_, has := b.members().fields[name]
	return has
}

// Misspelt returns the member whose name differs from this one in letter case only,
// or "".
func (b Body) Misspelt(name string) string {
	if meant := b.members().folded[strings.ToLower(name)]; meant != name {
		return meant
	}
	return ""
}

// FormValue turns the text of a form part into the value that a JSON body would
// have in its place. A text that does not fit stays a text, for the schema to
// refuse. Empty numbers and switches count as not given (ok is false).
//
// Official samples label raw text as application/json; so white space around it
// and one pair of quotes are taken off.
func (b Body) FormValue(name, text string) (value any, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		text = text[1 : len(text)-1]
	}
	field := b.members().fields[name]
	switch {
	case field.flag == nil && field.number == nil:
		return text, true
	case text == "":
		return nil, false
	case field.flag != nil && text == "true":
		return true, true
	case field.flag != nil && text == "false":
		return false, true
	case field.number != nil && isNumber(text):
		return json.Number(text), true
	}
	return text, true
}

// isNumber reports whether text, which is not empty, is a number of JSON and
// nothing else.
func isNumber(text string) bool {
	return json.Valid([]byte(text)) && strings.IndexByte("-0123456789", text[0]) >= 0 && text == strings.TrimSpace(text)
}

// Normalize takes a create body as leniently as the service does or is believed
// to: members that are null count as left out [assumed: create-null]. Unless strict,
// switches may be texts and modes may be in any case, as in Microsoft's own
// tutorial, which sends "true" and passiveactive [documented: create-lenient-texts].
// It returns the members that were probably meant by names in another letter case,
// sorted.
func (b Body) Normalize(fields map[string]any, strict bool) (meant []string) {
	members := b.members()
	for name, value := range fields {
		field, known := members.fields[name]
		if !known {
			if right := b.Misspelt(name); right != "" {
				meant = append(meant, right)
			}
		}
		text, isText := value.(string)
		switch {
		case value == nil:
			delete(fields, name)
		case strict || !isText:
		case field.flag != nil && strings.EqualFold(text, "true"):
			fields[name] = true
		case field.flag != nil && strings.EqualFold(text, "false"):
			fields[name] = false
		default:
			if i := slices.IndexFunc(field.spellings, func(right string) bool { return strings.EqualFold(text, right) }); i >= 0 {
				fields[name] = field.spellings[i]
			}
		}
	}
	slices.Sort(meant)
	return meant
}

// Decode fills a request from a create body that its schema has accepted. It ignores
// members that the version does not have, so that none comes in by the name that
// another version has for it, and returns their names, sorted, as far as a log may
// show them.
func (b Body) Decode(fields map[string]any, r *service.CreateRequest) (ignored []string) {
	members := b.members()
	for name, value := range fields {
		field, known := members.fields[name]
		if !known && looksLikeMember(name) {
			ignored = append(ignored, name)
		}
		switch v := value.(type) {
		case string:
			if field.text != nil {
				field.text(r, v)
			}
		case bool:
			if field.flag != nil {
				field.flag(r, v)
			}
		case json.Number:
			if field.number != nil {
				field.number(r, v)
			}
		}
	}
	slices.Sort(ignored)
	return ignored
}

// looksLikeMember reports whether a name has the form of those of the API, and so is
// probably not a secret.
func looksLikeMember(name string) bool {
	const longest = 40
	return len(name) <= longest && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
