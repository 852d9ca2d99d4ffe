package token

import (
	"errors"
	"fmt"
	"time"
)

// Fixed parts of the client-assets token. They name the emulator, because the parts
// of the service are not known.
const (
	assetsAudience = "urn:face-liveness-emulator:client-assets"
	assetsIssuer   = "face-liveness-emulator"
)

// IssueAssets returns a signed token that stands for the one with which a
// developer downloads client SDKs. Its times are to the second. It gives
// no access here: neither Verify nor Entra accepts it. What the service's own looks
// like is not known [assumed: assets-token-form].
func (k *Key) IssueAssets(issued, expires time.Time) (string, error) {
	if expires.Unix() <= issued.Unix() {
		return "", errors.New("token: issue for client assets: it expires before it is issued")
	}
	body, err := marshal(struct {
		Audience string `json:"aud"`
		IssuedAt int64  `json:"iat"`
		Expires  int64  `json:"exp"`
		Issuer   string `json:"iss"`
	}{assetsAudience, issued.Unix(), expires.Unix(), assetsIssuer})
	if err != nil {
		return "", fmt.Errorf("token: issue for client assets: %w", err)
	}
	return k.compact(sessionHeader, body)
}
