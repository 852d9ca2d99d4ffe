package journal

import (
	"iter"
	"net/http"
	"slices"
	"strings"
)

// A Header is the header of a request or a response. It is one text, because a map in
// each of many entries costs more memory and more work of the garbage collector. The zero
// Header is empty.
type Header struct {
	text []byte // name and value of every line, each followed by end
}

// end cannot be in a header that was sent over a connection.
const end = "\x00"

// HeaderOf returns a copy of h.
func HeaderOf(h http.Header) Header {
	var space [1 << 10]byte // enough for most
	text := space[:0]
	add := func(part string) { text = append(append(text, strings.ReplaceAll(part, end, "")...), end...) }
	for name, values := range h {
		for _, value := range values {
			add(name)
			add(value)
		}
	}
	return Header{append([]byte(nil), text...)}
}

// All returns names and values. A name with several values is repeated.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for rest := string(h.text); rest != ""; {
			var name, value string
			name, rest, _ = strings.Cut(rest, end)
			value, rest, _ = strings.Cut(rest, end)
			if !yield(name, value) {
				return
			}
		}
	}
}

// Get returns the first value of a name in any letter case, or "".
func (h Header) Get(name string) string {
	for found, value := range h.All() {
		if strings.EqualFold(found, name) {
			return value
		}
	}
	return ""
}

// shown returns the header without keys, tokens and cookies.
func (h Header) shown() map[string][]string {
	secret := []string{
		"authorization", "proxy-authorization", "cookie", "set-cookie", "ocp-apim-subscription-key",
		"x-face-liveness-admin-token", "x-identity-header",
	}
	shown := map[string][]string{}
	for name, value := range h.All() {
		shown[name] = append(shown[name], value)
	}
	for name, values := range shown {
		if slices.Contains(secret, strings.ToLower(name)) {
			shown[name] = []string{hidden}
		}
		if strings.EqualFold(name, "Referer") {
			// If the URL of a page has a token, so has this header.
			shown[name] = []string{beforeQuery(strings.Join(values, ", "))}
		}
	}
	return shown
}
