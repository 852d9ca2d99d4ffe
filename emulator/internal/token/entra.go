package token

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The audience of Entra tokens for the service [documented: entra-audience]; a slash
// may follow.
const entraAudience = "https://cognitiveservices.azure.com"

// Fixed parts of an access token of version 1.0 that IssueEntra makes
// [documented: entra-claims]. The emulated tenant is the zero GUID.
const (
	entraTenant  = "00000000-0000-0000-0000-000000000000"
	entraIssuer  = "https://sts.windows.net/" + entraTenant + "/"
	entraVersion = "1.0"

	// entraHeader is {"typ":"JWT","alg":"ES256","kid":"key1"}: Entra's order of
	// members, and the algorithm that the key has.
	entraHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiIsImtpZCI6ImtleTEifQ"
)

// maxExpires is the last second of the year 9999; a later exp is invalid.
const maxExpires = 253402300799

// An Identity is the holder of an Entra access token.
type Identity struct {
	Resource string    // the claim oid, else appid
	Audience string    // as the token spells it
	Expires  time.Time // to compare with the machine's clock, not a session's
}

// accessClaims are the claims of an access token that matter here.
type accessClaims struct {
	libraryClaims `json:"-"`

	Audience jwt.ClaimStrings `json:"aud"` // a string or an array
	Expires  *float64         `json:"exp"`
	Object   string           `json:"oid"`
	App      string           `json:"appid"`
}

// Entra reads an Entra access token, a real one or one of IssueEntra. It checks
// the form and the audience, not the signature, which need only be base64url or
// empty, and not the time. Errors are ErrMalformed, ErrAudience and, for a
// session token in its place, ErrSessionToken.
func Entra(compact string) (Identity, error) {
	if err := checkText(compact); err != nil {
		return Identity{}, err
	}
	var claims accessClaims
	if _, _, err := jwt.NewParser().ParseUnverified(compact, &claims); err != nil {
		return Identity{}, fmt.Errorf("%w: not a JWT with the claims of an Entra access token", ErrMalformed)
	}
	if slices.Contains(claims.Audience, sessionAudience) {
		return Identity{}, ErrSessionToken
	}
	i := slices.IndexFunc(claims.Audience, func(audience string) bool {
		return strings.TrimSuffix(audience, "/") == entraAudience
	})
	resource := claims.Object
	if resource == "" {
		resource = claims.App
	}
	switch {
	case i < 0:
		return Identity{}, ErrAudience
	case claims.Expires == nil || *claims.Expires < 0 || *claims.Expires > maxExpires:
		return Identity{}, fmt.Errorf("%w: no valid exp", ErrMalformed)
	case resource == "":
		return Identity{}, fmt.Errorf("%w: neither oid nor appid", ErrMalformed)
	}
	return Identity{
		Resource: resource,
		Audience: claims.Audience[i],
		Expires:  time.Unix(int64(*claims.Expires), 0).UTC(),
	}, nil
}

// EntraClaims are the claims of an access token of IssueEntra.
type EntraClaims struct {
	Identity string // GUID of the identity, which is the token's oid and appid
	Audience string // https://cognitiveservices.azure.com; a slash may follow

	IssuedAt, Expires time.Time // to the second; fractions are cut off
}

// The JSON of an access token, in Entra's order of members
// [documented: entra-claims].
type entraPayload struct {
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	IssuedAt  int64  `json:"iat"`
	NotBefore int64  `json:"nbf"`
	Expires   int64  `json:"exp"`
	App       string `json:"appid"`
	Object    string `json:"oid"`
	Subject   string `json:"sub"`
	Tenant    string `json:"tid"`
	Version   string `json:"ver"`
}

// IssueEntra returns a signed access token in the form of Microsoft Entra, which
// Entra reads and Verify refuses. No service of Microsoft takes it: it has
// neither their algorithm nor their key. It returns an error for an identity that
// is not a GUID, another audience than the service, and times out of order.
func (k *Key) IssueEntra(c EntraClaims) (string, error) {
	issued, expires := c.IssuedAt.Unix(), c.Expires.Unix()
	var wrong string
	switch {
	case !isGUID(c.Identity):
		wrong = "the identity is not a GUID"
	case strings.TrimSuffix(c.Audience, "/") != entraAudience:
		wrong = "the audience is not " + entraAudience
	case expires <= issued:
		wrong = "the expiry is not after the time of issue"
	case expires < 0 || expires > maxExpires:
		wrong = "the expiry is before 1970 or after the year 9999"
	}
	if wrong != "" {
		return "", errors.New("token: issue for Entra: " + wrong)
	}
	body, err := marshal(entraPayload{
		Audience:  c.Audience,
		Issuer:    entraIssuer,
		IssuedAt:  issued,
		NotBefore: issued,
		Expires:   expires,
		App:       c.Identity,
		Object:    c.Identity,
		Subject:   c.Identity,
		Tenant:    entraTenant,
		Version:   entraVersion,
	})
	if err != nil {
		return "", fmt.Errorf("token: issue for Entra: %w", err)
	}
	return k.compact(entraHeader, body)
}

// isGUID reports whether text is 8-4-4-4-12 hexadecimal digits.
func isGUID(text string) bool {
	const form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		wanted := "0123456789abcdefABCDEF"
		if form[i] == '-' {
			wanted = "-"
		}
		if strings.IndexByte(wanted, text[i]) < 0 {
			return false
		}
	}
	return true
}
