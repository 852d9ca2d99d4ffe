package wire

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// fieldType is what a member of a create body holds.
type fieldType int

const (
	textField fieldType = iota
	boolField
	numberField
)

// typeOf returns the type of a member of a create body. Members nobody knows
// are text.
func typeOf(name string) fieldType {
	switch name {
	case "deviceCorrelationIdSetInClient", "userCorrelationIdSetInClient", "sendResultsToClient",
		"enableSessionImage", "returnVerifyImageHash":
		return boolField
	case "authTokenTimeToLiveInSeconds", "verifyConfidenceThreshold", "numberOfClientAttemptsAllowed":
		return numberField
	default:
		return textField
	}
}

// FormValue turns the text of a form part into the value that a JSON body would
// have in its place. A text that does not fit stays a text, for the schema to
// refuse. Empty numbers and switches count as not given (ok is false).
//
// Official samples label raw text as application/json; so white space around it
// and one pair of quotes are taken off.
func FormValue(name, text string) (value any, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) >= 2 && strings.HasPrefix(text, `"`) && strings.HasSuffix(text, `"`) {
		text = text[1 : len(text)-1]
	}
	kind := typeOf(name)
	switch {
	case kind == textField:
		return text, true
	case text == "":
		return nil, false
	case kind == boolField && text == "true":
		return true, true
	case kind == boolField && text == "false":
		return false, true
	case kind == numberField && isNumber(text):
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
func Normalize(fields map[string]any, strict bool) {
	for name, value := range fields {
		if value == nil {
			delete(fields, name)
			continue
		}
		text, isText := value.(string)
		if strict || !isText {
			continue
		}
		switch {
		case name == "livenessOperationMode":
			fields[name] = canonicalMode(text)
		case typeOf(name) == boolField && strings.EqualFold(text, "true"):
			fields[name] = true
		case typeOf(name) == boolField && strings.EqualFold(text, "false"):
			fields[name] = false
		}
	}
}

func canonicalMode(text string) string {
	for _, mode := range []liveness.OperationMode{liveness.ModePassive, liveness.ModePassiveActive} {
		if strings.EqualFold(text, string(mode)) {
			return string(mode)
		}
	}
	return text
}

// DecodeCreate fills a request from a create body that its schema has accepted
// and that has no members beyond those of its version.
func DecodeCreate(fields map[string]any, r *service.CreateRequest) {
	r.Mode = liveness.OperationMode(textOf(fields, "livenessOperationMode"))
	r.DeviceCorrelationID = correlationIDOf(fields, "deviceCorrelationId")
	r.UserCorrelationID = correlationIDOf(fields, "userCorrelationId")
	r.SendResultsToClient = boolOf(fields, "sendResultsToClient")
	r.EnableSessionImage = boolOf(fields, "enableSessionImage")
	r.ModelVersion = cmp.Or(textOf(fields, "livenessModelVersion"), textOf(fields, "livenessSingleModalModel"))
	r.TokenTTLSeconds = numberOf(fields, "authTokenTimeToLiveInSeconds")
	r.AttemptsAllowed = numberOf(fields, "numberOfClientAttemptsAllowed")
	r.ExpectedClientAddress = textOf(fields, "expectedClientIpAddress")
	if r.Kind != liveness.KindLivenessWithVerify {
		return
	}
	r.ReturnVerifyImageHash = boolOf(fields, "returnVerifyImageHash")
	if threshold, ok := fields["verifyConfidenceThreshold"].(json.Number); ok {
		if border, err := threshold.Float64(); err == nil {
			r.VerifyConfidenceThreshold = &border
		}
	}
}

// correlationIDOf reads an id and its switch, which is named after it.
func correlationIDOf(fields map[string]any, name string) service.CorrelationID {
	_, given := fields[name]
	return service.CorrelationID{
		Text: textOf(fields, name), Given: given, SetInClient: boolOf(fields, name+"SetInClient"),
	}
}

func numberOf(fields map[string]any, name string) *int64 {
	number, ok := fields[name].(json.Number)
	if !ok {
		return nil
	}
	n, err := number.Int64()
	if err != nil {
		return nil
	}
	return &n
}

func textOf(fields map[string]any, name string) string {
	text, _ := fields[name].(string)
	return text
}

func boolOf(fields map[string]any, name string) bool {
	value, _ := fields[name].(bool)
	return value
}
