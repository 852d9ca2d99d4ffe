package certs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// newPair returns a self-signed server certificate and its key in PEM form.
func newPair(tb testing.TB, from time.Time, life time.Duration) (certPEM, keyPEM []byte) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: from.Add(life), DNSNames: []string{"own.example.test"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		tb.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

func TestFromFiles(t *testing.T) {
	t.Parallel()
	now := clock.System{}.Now()
	good, goodKey := newPair(t, now.Add(-day), 2*day)
	_, otherKey := newPair(t, now.Add(-day), 2*day)
	expired, expiredKey := newPair(t, now.Add(-2*day), day)
	future, futureKey := newPair(t, now.Add(day), day)
	tests := []struct {
		name      string
		cert, key []byte
		want      string // in the error
	}{
		{"good", good, goodKey, ""},
		{"mismatch", good, otherKey, "does not match"},
		{"swapped", goodKey, good, "cert.pem"},
		{"certificate empty", nil, goodKey, "cert.pem"},
		{"key no PEM", good, []byte("x"), "key.pem"},
		{"expired", expired, expiredKey, "has expired at"},
		{"not yet valid", future, futureKey, "is not valid before"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "cert.pem", test.cert)
			write(t, dir, "key.pem", test.key)
			config, err := certs.FromFiles(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), dir) {
					t.Errorf("got %v, want an error that says %q and names the file", err, test.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if config.MinVersion != tls.VersionTLS12 || config.NextProtos[0] != "http/1.1" {
				t.Errorf("got %+v, want the file, TLS 1.2 and HTTP/1.1", config)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(test.cert)
			if _, err := (client{name: "own.example.test", roots: roots, now: now}).shake(t, config); err != nil {
				t.Errorf("got %v, want the certificate of the file", err)
			}
		})
	}
	for _, missing := range []string{"cert.pem", "key.pem"} {
		dir := t.TempDir()
		write(t, dir, "cert.pem", good)
		write(t, dir, "key.pem", goodKey)
		remove(t, dir, missing)
		_, err := certs.FromFiles(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), missing) {
			t.Errorf("%s missing: got %v, want an error that names it", missing, err)
		}
	}
}
