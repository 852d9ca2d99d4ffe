package ctl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// A signatureState is the result of checking a signature.
type signatureState string

const (
	signatureUnchecked signatureState = "unchecked"
	signatureGood      signatureState = "good"
	signatureBad       signatureState = "bad"
)

// A tokenKey is a key that signs tokens.
type tokenKey struct {
	id     string
	public *ecdsa.PublicKey
}

// readKeys reads the ES256 keys of a JSON Web Key Set.
func readKeys(text []byte) ([]tokenKey, error) {
	var set struct {
		Keys []struct {
			Type  string `json:"kty"`
			Curve string `json:"crv"`
			X     string `json:"x"`
			Y     string `json:"y"`
			ID    string `json:"kid"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, errors.New("not a JSON Web Key Set")
	}
	var keys []tokenKey
	for _, key := range set.Keys {
		if key.Type != "EC" || key.Curve != "P-256" {
			continue
		}
		x, errX := base64.RawURLEncoding.Strict().DecodeString(key.X)
		y, errY := base64.RawURLEncoding.Strict().DecodeString(key.Y)
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if errX != nil || errY != nil || len(x) != len(y) || err != nil {
			return nil, errors.New("a key in it is not on the curve P-256")
		}
		keys = append(keys, tokenKey{key.ID, public})
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key for ES256")
	}
	return keys, nil
}

// check verifies the signature with the keys of the token's key id.
func (t decodedToken) check(keys []tokenKey) signatureState {
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"ES256"}), jwt.WithoutClaimsValidation(), jwt.WithStrictDecoding())
	_, err := parser.Parse(t.compact, func(token *jwt.Token) (any, error) {
		var set jwt.VerificationKeySet
		for _, key := range keys {
			if key.id == "" || key.id == token.Header["kid"] {
				set.Keys = append(set.Keys, key.public)
			}
		}
		return set, nil
	})
	if err != nil {
		return signatureBad
	}
	return signatureGood
}
