package token

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Fixed parts of every session token [recorded].
const (
	sessionAudience = "urn:ms.faceSessionToken"
	sessionIssuer   = "urn:ms.cognitiveservices"
	sessionFeatures = "1;10;202508" // csfc; its meaning is not known

	// encodedHeader is {"alg":"ES256","kid":"key1","typ":"JWT"}.
	encodedHeader = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImtleTEiLCJ0eXAiOiJKV1QifQ"
)

// Claims are what a session token says.
type Claims struct {
	SessionID  string
	Kind       string // "Liveness" or "LivenessWithVerify"
	APIVersion string // segment of the path, such as "v1.2"
	// Endpoint is the base URL that the device is to call, without a trailing
	// slash. The device SDK takes it from here.
	Endpoint                       string
	OperationMode                  string // "Passive" or "PassiveActive"
	VerifyImageProvided            bool   // only in tokens of LivenessWithVerify
	DeviceCorrelationIDSetInClient bool   // dcic [assumed]

	IssuedAt, Expires time.Time // to the second; fractions are cut off

	Region          string // lower case, no spaces, such as "westus"
	SubscriptionID  string // 32 hexadecimal digits
	ProductID       string // such as "Face.S0"
	AzureResourceID string // ARM id of the account
}

// The JSON of the payload, in the recorded member order. allowed-paths and face
// are strings that hold JSON [recorded: v1.3-preview.1, October 2025; assumed:
// the other versions].
type payload struct {
	Region          string `json:"region"`
	SubscriptionID  string `json:"subscription-id"`
	ProductID       string `json:"product-id"`
	AllowedPaths    string `json:"allowed-paths"`
	AzureResourceID string `json:"azure-resource-id"`
	SessionID       string `json:"sid"`
	Face            string `json:"face"`
	Audience        string `json:"aud"`
	Expires         int64  `json:"exp"`
	IssuedAt        int64  `json:"iat"`
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
	DeviceCorrelationIDSetInClient bool   `json:"dcic"`
	Features                       string `json:"csfc"`
}

// Issue returns the signed token in compact form. The same claims give the same
// token. Claims without a session id or of an unknown kind are an error.
func (k *Key) Issue(c Claims) (string, error) {
	body, err := c.encode()
	if err != nil {
		return "", fmt.Errorf("token: issue: %w", err)
	}
	encoding := base64.RawURLEncoding
	compact := make([]byte, 0, len(encodedHeader)+1+encoding.EncodedLen(len(body))+1+encoding.EncodedLen(2*scalarSize))
	compact = append(compact, encodedHeader...)
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
	paths := Paths(c.APIVersion, c.Kind)
	switch {
	case c.SessionID == "":
		return nil, errors.New("no session id")
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
	face := faceClaim{
		Endpoint:    c.Endpoint,
		SessionType: c.Kind,
		ClientClaims: clientClaims{
			OperationMode:                  c.OperationMode,
			DeviceCorrelationIDSetInClient: c.DeviceCorrelationIDSetInClient,
			Features:                       sessionFeatures,
		},
	}
	if c.Kind == kindLivenessWithVerify {
		face.ClientClaims.VerifyImageProvided = &c.VerifyImageProvided
	}
	faceText, err := marshal(face)
	if err != nil {
		return nil, err
	}
	return marshal(payload{
		Region:          c.Region,
		SubscriptionID:  c.SubscriptionID,
		ProductID:       c.ProductID,
		AllowedPaths:    string(allowedText),
		AzureResourceID: c.AzureResourceID,
		SessionID:       c.SessionID,
		Face:            string(faceText),
		Audience:        sessionAudience,
		Expires:         c.Expires.Unix(),
		IssuedAt:        c.IssuedAt.Unix(),
		Issuer:          sessionIssuer,
	})
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
