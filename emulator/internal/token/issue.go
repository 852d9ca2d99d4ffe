// Package token issues and verifies the session authorization token, and the
// other tokens that the emulator signs: for client assets, and in the form of
// Microsoft Entra's access token, whose identity it reads. It uses no clock: the
// caller decides whether a token has expired.
package token

import (
	"bytes"
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

// The JSON of the payload, in the recorded member order of both shapes, which
// differ in the time of issue alone. allowed-paths and face are strings that
// hold JSON.
type payload struct {
	Region          string `json:"region"`
	SubscriptionID  string `json:"subscription-id"`
	ProductID       string `json:"product-id"`
	AllowedPaths    string `json:"allowed-paths"`
	AzureResourceID string `json:"azure-resource-id"`
	SessionID       string `json:"sid"`
	NotBefore       string `json:"nbf,omitempty"` // Shape2024
	Face            string `json:"face"`
	Audience        string `json:"aud"`
	Expires         int64  `json:"exp"`
	IssuedAt        *int64 `json:"iat,omitempty"` // Shape2025
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
	VerifyImageProvided            *bool  `json:"verifyImageProvided,omitempty"`
	OperationMode                  string `json:"livenessOperationMode"`
	DeviceCorrelationIDSetInClient *bool  `json:"dcic,omitempty"`
	Features                       string `json:"csfc,omitempty"`
}

// Issue returns the signed token in compact form. The same claims give the same
// token. Claims without a session id, of an unknown kind or of an unknown shape
// are an error.
func (k *Key) Issue(c Claims) (string, error) {
	body, err := c.encode()
	if err != nil {
		return "", fmt.Errorf("token: issue: %w", err)
	}
	return k.compact(sessionHeader, body)
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
		return "", err
	}
	compact = append(compact, '.')
	compact = encoding.AppendEncode(compact, signature[:])
	return string(compact), nil
}

func (c Claims) encode() ([]byte, error) {
	paths := c.Shape.paths(c.APIVersion, c.Kind)
	switch {
	case c.SessionID == "":
		return nil, errors.New("no session id")
	case c.Shape != Shape2025 && c.Shape != Shape2024:
		return nil, fmt.Errorf("unknown shape %d", c.Shape)
	case paths == nil:
		return nil, fmt.Errorf("unknown kind of session %q", c.Kind)
	}
	allowed := make([]allowedPath, len(paths))
	for i, p := range paths {
		allowed[i] = allowedPath{p.Path, p.Method, p.Quota, int64(p.Period / time.Second), p.Limit}
	}
	allowedText, err := marshal(allowed)
	if err != nil {
		return nil, err
	}
	faceText, err := marshal(faceClaim{Endpoint: c.Endpoint, SessionType: c.Kind, ClientClaims: c.client()})
	if err != nil {
		return nil, err
	}
	body := payload{
		Region:          c.Region,
		SubscriptionID:  c.SubscriptionID,
		ProductID:       c.ProductID,
		AllowedPaths:    string(allowedText),
		AzureResourceID: c.AzureResourceID,
		SessionID:       c.SessionID,
		Face:            string(faceText),
		Audience:        sessionAudience,
		Expires:         c.Expires.Unix(),
		Issuer:          sessionIssuer,
	}
	issued := c.IssuedAt.Unix()
	if c.Shape == Shape2024 {
		body.NotBefore = strconv.FormatInt(issued, 10)
	} else {
		body.IssuedAt = &issued
	}
	return marshal(body)
}

// client returns the claims for the device's SDK.
func (c Claims) client() clientClaims {
	claims := clientClaims{OperationMode: c.OperationMode}
	if c.Kind == kindLivenessWithVerify {
		claims.VerifyImageProvided = &c.VerifyImageProvided
	}
	if c.Shape == Shape2025 {
		claims.DeviceCorrelationIDSetInClient = &c.DeviceCorrelationIDSetInClient
		claims.Features = sessionFeatures
	}
	return claims
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
