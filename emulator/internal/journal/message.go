package journal

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// A Message is a request or a response. It must not be edited. It holds what was sent,
// keys and tokens included. Its public form, which is also its JSON, has no keys, tokens
// and images.
type Message struct {
	Header Header
	Size   int64 // of the body, in bytes; -1: not known
	// Body is the body as far as it is text and was kept; nil: it was not. The log does not
	// copy it.
	Body   []byte
	SHA256 string // of a body that was not kept, in hexadecimal digits; "": not known
	Parts  []Part // of a multipart body, as far as it was read
}

// A Part is one part of a multipart body.
type Part = control.Part

// MarshalJSON implements json.Marshaler: a message that is logged by mistake shows no
// secrets.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.public()) }

// MarshalJSON implements json.Marshaler.
func (e Entry) MarshalJSON() ([]byte, error) { return json.Marshal(e.Public()) }

func (m *Message) public() control.Message {
	return control.Message{
		Headers: m.Header.shown(), Size: m.Size, SHA256: m.SHA256, Body: shownBody(m.Body), Parts: shownParts(m.Parts),
	}
}

// Public returns the entry as clients see it: without keys, tokens and images. It
// shares no memory with the entry.
func (e *Entry) Public() control.Request {
	return control.Request{
		Number: e.Number, Time: e.Time.Round(0), Duration: e.Duration, Clock: e.Clock.Round(0), // without the monotonic clock
		Method: e.Method, Path: e.Path, Operation: e.Operation, Version: e.Version, Asked: e.Asked,
		Session: e.Session, Resource: e.Resource, Status: e.Status,
		Scenario: e.Scenario, Seed: e.Seed, Attempt: e.Attempt, Fault: e.Fault, Hint: e.Hint, Problems: slices.Clone(e.Problems),
		Early: e.Early, FromPage: e.FromPage, Keyed: e.Keyed, TokenInURL: e.TokenInURL,
		Request: e.Request.public(), Response: e.Response.public(),
	}
}

// Public returns the result as clients see it.
func (r *Result) Public() control.Requests {
	public := control.Requests{Entries: make([]control.Request, len(r.Entries)), Gone: r.Gone, Last: r.Last, Next: r.Next}
	for i, e := range r.Entries {
		public.Entries[i] = e.Public()
	}
	for _, near := range r.Near {
		public.NearMisses = append(public.NearMisses, control.NearMiss{Entry: near.Entry.Public(), Missing: near.Lacks})
	}
	return public
}

// shownParts returns the parts without tokens in their text.
func shownParts(parts []Part) []Part {
	shown := slices.Clone(parts)
	for i := range shown {
		shown[i].Text = shownBody([]byte(shown[i].Text))
	}
	return shown
}

// hidden stands where a secret was.
const hidden = "***"

// beforeQuery returns a URL with stars in place of its query.
func beforeQuery(address string) string {
	before, _, has := strings.Cut(address, "?")
	if has {
		before += "?" + hidden
	}
	return before
}

// tokenMember is a member of JSON that holds a token; it never changes.
var tokenMember = regexp.MustCompile(`(?i)("(?:authToken|accessToken|base64AccessToken|access_token)"\s*:\s*")[^"]*"`)

// shownBody returns the text of a body without tokens.
func shownBody(body []byte) string {
	return strings.ToValidUTF8(tokenMember.ReplaceAllString(string(body), "${1}"+hidden+`"`), "\uFFFD")
}
