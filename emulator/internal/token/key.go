package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	algorithm = "ES256"
	keyID     = "key1" // [recorded: token-key-id]

	scalarSize = 32 // bytes of a P-256 scalar or coordinate
)

// A Key signs tokens and verifies session tokens with ES256. It is safe for concurrent
// use. Create one with ParseKey.
type Key struct {
	private  *ecdsa.PrivateKey
	jwks     []byte
	verified verified
}

// NewKey returns a new key in the form that ParseKey reads. The same bytes of
// random give the same key, so they must be secret. It fails when random does.
func NewKey(random io.Reader) ([]byte, error) {
	var scalar [scalarSize]byte
	// One in 2^32 scalars is out of range; a source that gives such ones again
	// and again is broken.
	for range 4 {
		if _, err := io.ReadFull(random, scalar[:]); err != nil {
			return nil, fmt.Errorf("token: make signing key: %w", err)
		}
		private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:])
		if err != nil {
			continue
		}
		encoded, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			return nil, fmt.Errorf("token: encode signing key: %w", err)
		}
		return encoded, nil
	}
	return nil, errors.New("token: make signing key: the source of randomness gives no usable scalar")
}

// ParseKey reads a key as NewKey returns it: an ECDSA P-256 private key in
// PKCS #8, DER.
func ParseKey(encoded []byte) (*Key, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(encoded)
	if err != nil {
		// The cause could quote the key.
		return nil, errors.New("token: the signing key is not in PKCS #8 form")
	}
	private, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, errors.New("token: the signing key is not an ECDSA P-256 key")
	}
	jwks, err := jwksOf(&private.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("token: encode public key: %w", err)
	}
	return &Key{private: private, jwks: jwks}, nil
}

// JWKS returns the public key as a JSON Web Key Set. The service publishes
// none; it lets tests and tools check the tokens. The caller owns the bytes.
func (k *Key) JWKS() []byte { return append([]byte(nil), k.jwks...) }

type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	Y         string `json:"y"`
	ID        string `json:"kid"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
}

func jwksOf(public *ecdsa.PublicKey) ([]byte, error) {
	point, err := public.Bytes() // 0x04, x, y
	if err != nil {
		return nil, err
	}
	x, y := point[1:1+scalarSize], point[1+scalarSize:]
	return json.Marshal(map[string][]jwk{"keys": {{
		Type:      "EC",
		Curve:     "P-256",
		X:         base64.RawURLEncoding.EncodeToString(x),
		Y:         base64.RawURLEncoding.EncodeToString(y),
		ID:        keyID,
		Algorithm: algorithm,
		Use:       "sig",
	}}})
}
