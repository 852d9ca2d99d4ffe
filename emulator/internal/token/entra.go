package token

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// The audience of Entra tokens for the service [documented]; a slash may follow.
const entraAudience = "https://cognitiveservices.azure.com"

// maxExpires is the last second of the year 9999; a later exp is no time.
const maxExpires = 253402300799

// An Identity is who an Entra access token speaks for.
type Identity struct {
	Resource string    // the claim oid, else appid
	Audience string    // as the token spells it
	Expires  time.Time // to compare with the machine's clock, not a session's
}

// entraClaims are the claims of an access token that matter here.
type entraClaims struct {
	libraryClaims `json:"-"`

	Audience jwt.ClaimStrings `json:"aud"` // a string or an array
	Expires  *float64         `json:"exp"`
	Object   string           `json:"oid"`
	App      string           `json:"appid"`
}

// Entra reads an Entra access token. It checks the form and the audience, not
// the signature, which need only be base64url or empty, and not the time. Errors are
// ErrMalformed, ErrAudience and, for a session token in its place,
// ErrSessionToken.
func Entra(compact string) (Identity, error) {
	if err := checkText(compact); err != nil {
		return Identity{}, err
	}
	var claims entraClaims
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
