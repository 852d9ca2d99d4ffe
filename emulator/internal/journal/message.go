package journal

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// A Message is one half of a call, which nobody changes any more. It holds what was
// sent, keys and tokens included; whoever shows it gets its JSON, which has no keys,
// tokens and images.
type Message struct {
	Header http.Header
	Size   int64  // of the body, in bytes; -1: not known
	Body   []byte // as far as it is text and was kept; nil: it was not
	SHA256 string // of a body that was not kept, in hexadecimal digits; "": not known
}

// shownMessage is the JSON of a Message.
type shownMessage struct {
	Headers map[string][]string `json:"headers,omitempty"`
	Size    int64               `json:"size"`
	SHA256  string              `json:"sha256,omitempty"`
	Body    string              `json:"body,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (m Message) MarshalJSON() ([]byte, error) {
	return json.Marshal(shownMessage{shownHeader(m.Header), m.Size, m.SHA256, shownBody(m.Body)})
}

// hidden stands where a secret was.
const hidden = "***"

// shownHeader returns the headers without what lets somebody in.
func shownHeader(header http.Header) map[string][]string {
	secret := []string{
		"authorization", "proxy-authorization", "cookie", "set-cookie", "ocp-apim-subscription-key",
		"x-face-liveness-admin-token", "x-identity-header",
	}
	shown := maps.Clone(map[string][]string(header))
	for name := range shown {
		if slices.Contains(secret, strings.ToLower(name)) {
			shown[name] = []string{hidden}
		}
	}
	return shown
}

// tokenMember is a member of JSON that holds a token; it never changes.
var tokenMember = regexp.MustCompile(`(?i)("(?:authToken|accessToken|base64AccessToken|access_token)"\s*:\s*")[^"]*"`)

// shownBody returns the text of a body without tokens.
func shownBody(body []byte) string {
	return strings.ToValidUTF8(tokenMember.ReplaceAllString(string(body), "${1}"+hidden+`"`), "\uFFFD")
}
