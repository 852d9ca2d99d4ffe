package ctl

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// maxToken bounds the tokens that are decoded, in bytes. The emulator's have 1.6 KB.
const maxToken = 16 << 10

// A decodedToken is the content of a session token. Its signature may be wrong.
type decodedToken struct {
	compact         string
	header, claims  json.RawMessage // objects, as they were sent
	issued, expires time.Time       // zero: not in the token
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

// decodeToken decodes a JSON Web Token in compact form. Errors do not show it.
func decodeToken(compact string) (decodedToken, error) {
	t := decodedToken{compact: compact}
	if len(compact) > maxToken {
		return t, fmt.Errorf("the token is longer than %d bytes", maxToken)
	}
	segments := strings.Split(compact, ".")
	if len(segments) != 3 {
		return t, fmt.Errorf("not a JWT: %s, want 3", plural(len(segments), "segment"))
	}
	if strings.ContainsAny(compact, "\r\n") { // The decoder skips line ends.
		return t, errors.New("not a JWT: there is a line end in it")
	}
	claims := jwt.MapClaims{}
	_, _, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(compact, claims)
	// A token without a known algorithm can be shown all the same.
	if err != nil && !errors.Is(err, jwt.ErrTokenUnverifiable) {
		return t, fmt.Errorf("not a JWT: %s", malformed(err))
	}
	encoding := base64.RawURLEncoding
	var headerErr, claimsErr error
	t.header, headerErr = encoding.DecodeString(segments[0])
	t.claims, claimsErr = encoding.DecodeString(segments[1])
	if err := errors.Join(headerErr, claimsErr); err != nil {
		return t, fmt.Errorf("not a JWT: %w", err)
	}
	t.expires = epoch(claims["exp"])
	if t.issued = epoch(claims["iat"]); t.issued.IsZero() {
		t.issued = epoch(claims["nbf"])
	}
	if paths, _ := claims["allowed-paths"].(string); json.Unmarshal([]byte(paths), &t.paths) != nil {
		t.paths = nil
	}
	return t, nil
}

// malformed says which part of a token the library cannot read. It leaves out the
// cause, which can quote from the token.
func malformed(err error) string {
	text := strings.TrimPrefix(err.Error(), jwt.ErrTokenMalformed.Error()+": ")
	part, _, _ := strings.Cut(text, ": ")
	return part
}

// lastSecond is the last one of the year 9999.
const lastSecond = 253402300799

// epoch is a time in seconds since 1970, which older tokens have as a string. It is zero
// for any other value.
func epoch(value any) time.Time {
	seconds, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil || !(seconds >= 0 && seconds <= lastSecond) {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}

// expandedClaims returns the claims with those decoded that are strings of JSON, in the order
// of the token.
func (t decodedToken) expandedClaims() json.RawMessage {
	decoder := json.NewDecoder(bytes.NewReader(t.claims))
	if _, err := decoder.Token(); err != nil {
		return t.claims
	}
	var members []string
	for decoder.More() {
		name, err := decoder.Token()
		key, ok := name.(string)
		var value json.RawMessage
		if err != nil || !ok || decoder.Decode(&value) != nil {
			return t.claims
		}
		var inner string
		if (key == "face" || key == "allowed-paths") && json.Unmarshal(value, &inner) == nil && json.Valid([]byte(inner)) {
			value = json.RawMessage(inner)
		}
		quoted, err := json.Marshal(key)
		if err != nil {
			return t.claims
		}
		members = append(members, string(quoted)+":"+string(value))
	}
	return json.RawMessage("{" + strings.Join(members, ",") + "}")
}
