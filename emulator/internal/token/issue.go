// Package token issues and verifies the session authorization token, and the
// other tokens that the emulator signs: for client assets, and in the form of
// Microsoft Entra's access token, whose identity it reads. It uses no clock: the
// caller decides whether a token has expired.
package token

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Fixed parts of every session token [recorded: token-constants].
const (
	sessionAudience = "urn:ms.faceSessionToken"
	sessionIssuer   = "urn:ms.cognitiveservices"
	sessionFeatures = "1;10;202508" // csfc; its meaning is not known

	// sessionHeader is {"alg":"ES256","kid":"key1","typ":"JWT"}.
	sessionHeader = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtleTEiLCJ0eXAiOiJKV1QifQ"
)

// A Shape is the set of claims in a session token, which changed over the years.
type Shape int

// The shapes of session tokens.
const (
	// Shape2025 is what is issued today, with iat: that of v1.3-preview.1
	// [recorded: token-shape-2025], also for v1.2 [assumed: token-shape-v12].
	Shape2025 Shape = iota
	// Shape2024 is what the previews of 2024 got: nbf, a string, in place of iat,
	// no session/attempt/end among the paths, and of the client's claims neither
	// dcic nor csfc [recorded: token-shape-2024].
	Shape2024
)

// The values of Claims.Kind, the sessionType of the token
// [recorded: token-session-type].
const (
	kindLiveness           = "Liveness"
	kindLivenessWithVerify = "LivenessWithVerify"
)

// A Path is one device call that a token allows, and how often.
type Path struct {
	Path   string        // below the endpoint, without leading slash
	Method string        // in the recorded casing; compare without regard to it
	Quota  int           // calls in the life of the session
	Period time.Duration // in which at most Limit calls are allowed; whole seconds
	Limit  int           // calls in one Period
}

// Paths returns the device calls that a token of this shape allows, in the token's
// order. apiVersion is the path segment, such as "v1.2"; kind is "Liveness" or
// "LivenessWithVerify", any other kind has none. Tokens of v1.3-preview.1 have these
// paths [recorded: device-paths-token] [recorded: device-attempt-end]; those of v1.2 are
// taken to have them [assumed: token-shape-v12].
func (s Shape) Paths(apiVersion, kind string) []Path {
	if kind != kindLiveness && kind != kindLivenessWithVerify {
		return nil
	}
	base := "face/" + apiVersion
	paths := make([]Path, 0, 3)
	paths = append(paths, Path{Path: base + "/session/start", Method: "POST", Quota: 1, Period: 60 * time.Second, Limit: 1})
	if s != Shape2024 {
		paths = append(paths, Path{Path: base + "/session/attempt/end", Method: "POST", Quota: 3, Period: 5 * time.Second, Limit: 1})
	}
	return append(paths, Path{Path: base + "/detect" + kind + "/singleModal", Method: "post", Quota: 3, Period: 5 * time.Second, Limit: 1})
}

// Claims are the contents of a session token.
type Claims struct {
	Shape      Shape
	SessionID  string
	Kind       string // "Liveness" or "LivenessWithVerify"
	APIVersion string // segment of the path, such as "v1.2"
	// Endpoint is the base URL that the device is to call, without a trailing
	// slash. The device SDK takes it from here.
	Endpoint                       string
	OperationMode                  string // "Passive" or "PassiveActive"
	VerifyImageProvided            bool   // only in tokens of LivenessWithVerify
	DeviceCorrelationIDSetInClient bool   // dcic [assumed: token-dcic]; not in tokens of Shape2024

	IssuedAt, Expires time.Time // to the second; fractions are cut off

	Region          string // lower case, no spaces, such as "westus"
	SubscriptionID  string // 32 hexadecimal digits
	ProductID       string // such as "Face.S0"
	AzureResourceID string // ARM id of the account
}

// The JSON of the payload for reading it, in the recorded member order of both shapes,
// which differ in the time of issue alone. allowed-paths and face are strings that hold
// JSON. Claims.encode writes it.
type payload struct {
	Region          string `json:"region"`
	SubscriptionID  string `json:"subscription-id"`
	ProductID       string `json:"product-id"`
	AllowedPaths    string `json:"allowed-paths"`
	AzureResourceID string `json:"azure-resource-id"`
	SessionID       string `json:"sid"`
	NotBefore       string `json:"nbf"` // Shape2024
	Face            string `json:"face"`
	Audience        string `json:"aud"`
	Expires         int64  `json:"exp"`
	IssuedAt        *int64 `json:"iat"` // Shape2025
	Issuer          string `json:"iss"`
}

type allowedPath struct {
	Path   string `json:"path"`
	Method string `json:"method"`
	Quota  int    `json:"quota"`
	Period int64  `json:"callRateRenewalPeriod"` // seconds
	Limit  int    `json:"callRateLimit"`
}

type faceClaim struct {
	Endpoint     string       `json:"endpoint"`
	SessionType  string       `json:"sessionType"`
	ClientClaims clientClaims `json:"clientClaims"`
}

type clientClaims struct {
	VerifyImageProvided            *bool  `json:"verifyImageProvided"`
	OperationMode                  string `json:"livenessOperationMode"`
	DeviceCorrelationIDSetInClient *bool  `json:"dcic"`
	Features                       string `json:"csfc"`
}

// Issue returns the signed token in compact form. The same claims give the same
// token. Claims without a session id, of an unknown kind or of an unknown shape
// are an error.
func (k *Key) Issue(c Claims) (string, error) {
	paths := c.Shape.Paths(c.APIVersion, c.Kind)
	var wrong string
	switch {
	case c.SessionID == "":
		wrong = "no session id"
	case c.Shape != Shape2025 && c.Shape != Shape2024:
		wrong = fmt.Sprintf("unknown shape %d", c.Shape)
	case paths == nil:
		wrong = fmt.Sprintf("unknown kind of session %q", c.Kind)
	}
	if wrong != "" {
		return "", errors.New("token: issue: " + wrong)
	}
	// Keep only what the token can express: whole seconds, and the members of its kind and shape.
	c.IssuedAt, c.Expires = time.Unix(c.IssuedAt.Unix(), 0).UTC(), time.Unix(c.Expires.Unix(), 0).UTC()
	c.VerifyImageProvided = c.VerifyImageProvided && c.Kind == kindLivenessWithVerify
	c.DeviceCorrelationIDSetInClient = c.DeviceCorrelationIDSetInClient && c.Shape != Shape2024
	issued, err := k.compact(sessionHeader, c.encode(paths))
	if err == nil && c.Expires.After(c.IssuedAt) {
		// A device will probably send it soon.
		k.verified.add(issued, Grant{Claims: c, AllowedPaths: paths})
	}
	return issued, err
}

// compact returns the signed token of a header, which is encoded already, and a
// payload, which is not.
func (k *Key) compact(header string, body []byte) (string, error) {
	encoding := base64.RawURLEncoding
	compact := make([]byte, 0, len(header)+1+encoding.EncodedLen(len(body))+1+encoding.EncodedLen(2*scalarSize))
	compact = append(compact, header...)
	compact = append(compact, '.')
	compact = encoding.AppendEncode(compact, body)
	signature, err := k.sign(compact)
	if err != nil {
		return "", fmt.Errorf("token: sign: %w", err)
	}
	compact = append(compact, '.')
	compact = encoding.AppendEncode(compact, signature[:])
	return string(compact), nil
}

// sign returns the signature of a text: two numbers, r and s. Without a source of
// randomness the nonce follows from key and text (RFC 6979), so the same text has the same
// signature, and signing takes a fifth less time.
func (k *Key) sign(text []byte) (signature [2 * scalarSize]byte, err error) {
	digest := sha256.Sum256(text)
	der, err := k.private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return signature, err
	}
	// A sequence of two integers, with one byte each for type and length. encoding/asn1
	// takes as long to read it as encode takes for the whole payload.
	for i, rest := 0, der[2:]; i < 2; i++ {
		end := 2 + int(rest[1])
		number := bytes.TrimLeft(rest[2:end], "\x00")
		copy(signature[(i+1)*scalarSize-len(number):], number)
		rest = rest[end:]
	}
	return signature, nil
}

// encode renders the payload, in the order of payload. encoding/json takes three times as
// long for it and the texts of JSON inside.
func (c Claims) encode(paths []Path) []byte {
	const usual = 1 << 10 // bytes
	issued := c.IssuedAt.Unix()
	body := appendMember(make([]byte, 0, usual), `{"region":`, c.Region)
	body = appendMember(body, `,"subscription-id":`, c.SubscriptionID)
	body = appendMember(body, `,"product-id":`, c.ProductID)
	body = appendMember(body, `,"allowed-paths":`, allowedText(paths))
	body = appendMember(body, `,"azure-resource-id":`, c.AzureResourceID)
	body = appendMember(body, `,"sid":`, c.SessionID)
	if c.Shape == Shape2024 {
		body = appendMember(body, `,"nbf":`, strconv.FormatInt(issued, 10))
	}
	body = appendMember(body, `,"face":`, c.faceText())
	body = appendMember(body, `,"aud":`, sessionAudience)
	body = append(body, `,"exp":`...)
	body = strconv.AppendInt(body, c.Expires.Unix(), 10)
	if c.Shape != Shape2024 {
		body = append(body, `,"iat":`...)
		body = strconv.AppendInt(body, issued, 10)
	}
	body = appendMember(body, `,"iss":`, sessionIssuer)
	return append(body, '}')
}

// allowedText renders the claim allowed-paths, in the order of allowedPath.
func allowedText(paths []Path) []byte {
	text := make([]byte, 0, 128*len(paths))
	for i, p := range paths {
		begin := `,{"path":`
		if i == 0 {
			begin = `[{"path":`
		}
		text = appendMember(text, begin, p.Path)
		text = appendMember(text, `,"method":`, p.Method)
		text = strconv.AppendInt(append(text, `,"quota":`...), int64(p.Quota), 10)
		text = strconv.AppendInt(append(text, `,"callRateRenewalPeriod":`...), int64(p.Period/time.Second), 10)
		text = strconv.AppendInt(append(text, `,"callRateLimit":`...), int64(p.Limit), 10)
		text = append(text, '}')
	}
	return append(text, ']')
}

// faceText renders the claim face, in the order of faceClaim and clientClaims.
func (c Claims) faceText() []byte {
	const usual = 192 // bytes
	text := appendMember(make([]byte, 0, usual), `{"endpoint":`, c.Endpoint)
	text = appendMember(text, `,"sessionType":`, c.Kind)
	text = append(text, `,"clientClaims":{`...)
	if c.Kind == kindLivenessWithVerify {
		text = strconv.AppendBool(append(text, `"verifyImageProvided":`...), c.VerifyImageProvided)
		text = append(text, ',')
	}
	text = appendMember(text, `"livenessOperationMode":`, c.OperationMode)
	if c.Shape != Shape2024 {
		text = strconv.AppendBool(append(text, `,"dcic":`...), c.DeviceCorrelationIDSetInClient)
		text = appendMember(text, `,"csfc":`, sessionFeatures)
	}
	return append(text, "}}"...)
}

// appendMember appends name without changes, and text as a JSON string. Like marshal, it
// does not escape &, < and >.
func appendMember[T string | []byte](to []byte, name string, text T) []byte {
	to = append(to, name...)
	start := len(to)
	to = append(to, '"')
	for i := range len(text) {
		c := text[i]
		if c < ' ' || c > '~' {
			encoded, _ := marshal(string(text)) // encoding a text does not fail
			return append(to[:start], encoded...)
		}
		if c == '"' || c == '\\' {
			to = append(to, '\\')
		}
		to = append(to, c)
	}
	return append(to, '"')
}

// marshal is json.Marshal without escaping of &, < and >, which the service
// does not escape either.
func marshal(v any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}
