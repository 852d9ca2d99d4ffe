package ctl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxToken bounds the tokens that are looked at, in bytes. The emulator's are of 1.6 KB.
const maxToken = 16 << 10

// A decodedToken is what a session token says, whoever signed it.
type decodedToken struct {
	header, claims  json.RawMessage // objects, as they were sent
	keyID           string
	signed          []byte // what the signature is about
	signature       []byte
	issued, expires time.Time // zero: it does not say
	paths           []tokenPath
}

// A tokenPath is a call that a token allows.
type tokenPath struct {
	Path   string `json:"path"`
	Method string `json:"method"`
	Quota  int    `json:"quota"`
	Period int64  `json:"callRateRenewalPeriod"` // seconds
	Limit  int    `json:"callRateLimit"`
}

// decodeToken takes a JSON Web Token in compact form apart. Errors do not show it.
func decodeToken(compact string) (decodedToken, error) {
	var t decodedToken
	if len(compact) > maxToken {
		return t, fmt.Errorf("the token is longer than %d bytes", maxToken)
	}
	segments := strings.Split(compact, ".")
	if len(segments) != 3 {
		return t, fmt.Errorf("this is no token: it has %s between dots and not 3", counted(len(segments), "part"))
	}
	var parts [3][]byte
	for i, segment := range segments {
		var err error
		// The decoder passes over line ends.
		if parts[i], err = base64.RawURLEncoding.Strict().DecodeString(segment); err != nil || strings.ContainsAny(segment, "\r\n") {
			return t, fmt.Errorf("this is no token: its %s is not in base64url", partName(i))
		}
	}
	t.header, t.claims, t.signature = parts[0], parts[1], parts[2]
	t.signed = []byte(compact[:len(compact)-len(segments[2])-1])
	for i, part := range parts[:2] {
		if err := checkObject(part); err != nil {
			return t, fmt.Errorf("this is no token: its %s: %w", partName(i), err)
		}
	}
	var header struct {
		KeyID string `json:"kid"`
	}
	var claims struct {
		IssuedAt  json.RawMessage `json:"iat"`
		NotBefore json.RawMessage `json:"nbf"`
		Expires   json.RawMessage `json:"exp"`
		Paths     string          `json:"allowed-paths"`
	}
	// Claims of other tokens may have other types; the claims are shown as they are.
	_ = json.Unmarshal(t.header, &header)
	_ = json.Unmarshal(t.claims, &claims)
	t.keyID, t.expires = header.KeyID, epoch(claims.Expires)
	if t.issued = epoch(claims.IssuedAt); t.issued.IsZero() {
		t.issued = epoch(claims.NotBefore)
	}
	if json.Unmarshal([]byte(claims.Paths), &t.paths) != nil {
		t.paths = nil
	}
	return t, nil
}

func partName(i int) string { return []string{"header", "payload", "signature"}[i] }

// checkObject refuses what is not exactly one JSON object, and one that says something
// twice, where readers differ in what they take.
func checkObject(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("it is no text in UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if first, err := decoder.Token(); err != nil || first != json.Delim('{') {
		return errors.New("it is no JSON object")
	}
	seen := map[string]bool{}
	for decoder.More() {
		name, err := decoder.Token()
		key, ok := name.(string)
		if err != nil || !ok {
			return errors.New("it is no JSON object")
		}
		if seen[key] {
			return fmt.Errorf("it has %q twice", key)
		}
		seen[key] = true
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return errors.New("it is no JSON object")
		}
	}
	if _, err := decoder.Token(); err != nil {
		return errors.New("it is no JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the JSON object")
	}
	return nil
}

// lastSecond is the last one of the year 9999.
const lastSecond = 253402300799

// epoch is a time in seconds since 1970, which older tokens have as a text. Zero is none.
func epoch(value json.RawMessage) time.Time {
	seconds, err := strconv.ParseFloat(strings.Trim(string(value), `"`), 64)
	if err != nil || math.IsNaN(seconds) || seconds < 0 || seconds > lastSecond {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// unfolded returns the claims with those decoded that are texts which hold JSON, each
// where it was.
func (t decodedToken) unfolded() json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(t.claims))
	if _, err := decoder.Token(); err != nil {
		return t.claims
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for decoder.More() {
		name, err := decoder.Token()
		key, ok := name.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			return t.claims
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		var inner string
		if (key == "face" || key == "allowed-paths") && json.Unmarshal(value, &inner) == nil && json.Valid([]byte(inner)) {
			value = json.RawMessage(inner)
		}
		quoted, err := json.Marshal(key)
		if err != nil {
			return t.claims
		}
		out.Write(quoted)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes()
}
