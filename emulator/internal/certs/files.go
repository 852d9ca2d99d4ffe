package certs

import (
	"crypto/tls"
	"fmt"
	"os"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// FromFiles returns a server configuration with the user's certificate (or chain)
// and its private key, both in PEM form. It returns an error if a file cannot be
// read, if the two do not match, or if the certificate is not valid now. Later
// changes of the files have no effect.
func FromFiles(certFile, keyFile string) (*tls.Config, error) {
	certPEM, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fmt.Errorf("read certificate: %w", err)
	}
	keyPEM, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("read private key: %w", err)
	}
	pair, err := tls.X509KeyPair(certPEM, keyPEM)
	if err != nil {
		return nil, fmt.Errorf("certificate %s and private key %s: %w", certFile, keyFile, err)
	}
	switch now := (clock.System{}).Now(); {
	case now.After(pair.Leaf.NotAfter):
		return nil, fmt.Errorf("certificate %s has expired at %s", certFile, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	case now.Before(pair.Leaf.NotBefore):
		return nil, fmt.Errorf("certificate %s is not valid before %s", certFile, pair.Leaf.NotBefore.UTC().Format(time.RFC3339))
	}
	config := serverConfig()
	config.Certificates = []tls.Certificate{pair}
	return config, nil
}
