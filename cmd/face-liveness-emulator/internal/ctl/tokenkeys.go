package ctl

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
)

// What is known of a signature.
type signatureState string

const (
	signatureUnchecked signatureState = "unchecked"
	signatureGood      signatureState = "good"
	signatureBad       signatureState = "bad"
)

// scalarSize is the length of the numbers of ES256, in bytes.
const scalarSize = 32

// A tokenKey is a key that signs tokens.
type tokenKey struct {
	id     string
	public *ecdsa.PublicKey
}

// readKeys reads those keys of a JSON Web Key Set that are for ES256.
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
		return nil, errors.New("it is no JSON Web Key Set")
	}
	var keys []tokenKey
	for _, key := range set.Keys {
		if key.Type != "EC" || key.Curve != "P-256" {
			continue
		}
		x, errX := base64.RawURLEncoding.Strict().DecodeString(key.X)
		y, errY := base64.RawURLEncoding.Strict().DecodeString(key.Y)
		if errX != nil || errY != nil || len(x) != scalarSize || len(y) != scalarSize {
			return nil, errors.New("it has a key that is none of P-256")
		}
		public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
		if err != nil {
			return nil, errors.New("it has a key that is none of P-256")
		}
		keys = append(keys, tokenKey{key.ID, public})
	}
	if len(keys) == 0 {
		return nil, errors.New("it has no key of P-256")
	}
	return keys, nil
}

// check compares the signature with some keys.
func (t decodedToken) check(keys []tokenKey) signatureState {
	var header struct {
		Algorithm string `json:"alg"`
	}
	if json.Unmarshal(t.header, &header) != nil || header.Algorithm != "ES256" || len(t.signature) != 2*scalarSize {
		return signatureBad
	}
	digest := sha256.Sum256(t.signed)
	r, s := new(big.Int).SetBytes(t.signature[:scalarSize]), new(big.Int).SetBytes(t.signature[scalarSize:])
	for _, key := range keys {
		if (key.id == t.keyID || key.id == "") && ecdsa.Verify(key.public, digest[:], r, s) {
			return signatureGood
		}
	}
	return signatureBad
}
