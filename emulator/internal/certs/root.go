package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

const (
	organization = "face-liveness-emulator"

	rootYears     = 10
	rootRenewal   = 30 * 24 * time.Hour // remaining life at which a CA is renewed
	backdated     = time.Hour           // for clients whose clocks are behind
	pemTypeCert   = "CERTIFICATE"
	pemTypePKCS8  = "PRIVATE KEY"
	pemTypeSEC1   = "EC PRIVATE KEY"
	pemTypePKCS1  = "RSA PRIVATE KEY"
	subjectSuffix = 3 // random bytes that distinguish several CAs
)

// A root is the certificate of the CA and its key.
type root struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newRoot(now time.Time) (root, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return root{}, fmt.Errorf("make CA key: %w", err)
	}
	suffix := make([]byte, subjectSuffix)
	if _, err := rand.Read(suffix); err != nil {
		return root{}, fmt.Errorf("name CA: %w", err)
	}
	return signRoot(key, pkix.Name{
		Organization: []string{organization},
		CommonName:   organization + " development CA " + hex.EncodeToString(suffix),
	}, now)
}

// renewed returns the root with a new certificate for the same key and name.
func (r root) renewed(now time.Time) (root, error) { return signRoot(r.key, r.cert.Subject, now) }

func signRoot(key crypto.Signer, subject pkix.Name, now time.Time) (root, error) {
	template := &x509.Certificate{
		Subject:               subject,
		NotBefore:             now.Add(-backdated),
		NotAfter:              now.AddDate(rootYears, 0, 0),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
	}
	cert, err := sign(template, root{template, key}, key.Public())
	if err != nil {
		return root{}, fmt.Errorf("sign CA: %w", err)
	}
	return root{cert, key}, nil
}

func sign(template *x509.Certificate, by root, public crypto.PublicKey) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, public, by.key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// ends reports whether the root is due for renewal.
func (r root) ends(now time.Time) bool {
	return now.Add(rootRenewal).After(r.cert.NotAfter) || now.Before(r.cert.NotBefore)
}

func encodeCertificate(cert *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: pemTypeCert, Bytes: cert.Raw})
}

// encode returns key and certificate in one text, so that both change in one step.
func (r root) encode() ([]byte, error) {
	key, err := x509.MarshalPKCS8PrivateKey(r.key)
	if err != nil {
		return nil, fmt.Errorf("encode CA key: %w", err)
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: pemTypePKCS8, Bytes: key})
	return append(encoded, encodeCertificate(r.cert)...), nil
}

// decodeRoot is the inverse of encode. A missing key or certificate is nil.
func decodeRoot(data []byte) (root, error) {
	var r root
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		var err error
		switch {
		case block.Type == pemTypeCert && r.cert == nil:
			r.cert, err = x509.ParseCertificate(block.Bytes)
		case r.key == nil:
			r.key, err = decodeKey(block)
		}
		if err != nil {
			return root{}, err
		}
	}
	if r.cert == nil && r.key == nil {
		return root{}, errors.New("no certificate or key in PEM form in the file")
	}
	// A full disk leaves an incomplete block.
	if len(bytes.TrimSpace(data)) > 0 {
		return root{}, errors.New("the end of the file is missing or not in PEM form")
	}
	return r, nil
}

// parseRoot is decodeRoot for what a Keep returned. If it is not a CA, the error is
// ErrDamaged.
func parseRoot(kept []byte) (root, error) {
	r, err := decodeRoot(kept)
	if err == nil {
		err = r.check()
	}
	if err != nil {
		return root{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return r, nil
}

func decodeKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case pemTypePKCS8:
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case pemTypeSEC1:
		key, err = x509.ParseECPrivateKey(block.Bytes)
	case pemTypePKCS1:
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	default:
		return nil, nil
	}
	signer, ok := key.(crypto.Signer)
	if err != nil || !ok {
		// The cause could quote the key.
		return nil, errors.New("the private key cannot be read")
	}
	return signer, nil
}

// check returns the first problem of the root.
func (r root) check() error {
	switch {
	case r.key == nil:
		return errors.New("no private key in the file")
	case r.cert == nil:
		return errors.New("no certificate in the file")
	case !r.cert.IsCA:
		return errors.New("the certificate is not that of a CA")
	case !samePublic(r.cert, r.key.Public()):
		return errors.New("the certificate does not match the private key")
	}
	return nil
}

func samePublic(cert *x509.Certificate, public crypto.PublicKey) bool {
	key, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(public)
}
