// Package certs gives the emulator its TLS certificates: a development CA that
// is created on the first run and kept, and short-lived server certificates signed
// by it for whatever name a client on the same machine or network uses.
//
// Certificates belong to the machine, not to the emulated service, so they use the
// system clock.
package certs

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// Errors to compare with errors.Is.
var (
	// ErrDamaged says that the files of the CA cannot be used. The text names the
	// file and says how to repair it.
	ErrDamaged = errors.New("the development CA is damaged")
	// ErrHost says that one of Options.Hosts is neither a name nor an address.
	ErrHost = errors.New("not a host name, wildcard name or IP address")
)

// Options configure an Authority. The zero value is a CA in memory.
type Options struct {
	// Keep keeps the CA, such as Folder or Memory. nil is Memory.
	Keep Keep
	// Hosts are further names (also wildcards such as *.example.test) and IP
	// addresses that the server certificate is for.
	Hosts []string
	// Logger may be nil.
	Logger *slog.Logger
	// Now returns the time; nil uses the system clock.
	Now func() time.Time
}

// An Authority is a CA and the server certificates it has signed. It is safe
// for concurrent use. Make one with Open.
type Authority struct {
	keep   Keep
	hosts  hosts
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	root   root
	leaves leaves
	warned map[string]bool // requested names that the certificate does not cover
}

// Open reads the kept CA, or creates one. A CA that has expired or will expire
// within 30 days is renewed with the same key, so that clients that trust the old
// certificate connect until it expires. Several processes may open the same CA at
// once and get the same one. If the kept CA cannot be used, the error is ErrDamaged
// or that of Options.Keep; for an invalid host it is ErrHost.
func Open(o Options) (*Authority, error) {
	a := &Authority{
		keep:   o.Keep,
		logger: o.Logger,
		now:    o.Now,
		leaves: make(leaves),
		warned: make(map[string]bool),
	}
	if a.keep == nil {
		a.keep = Memory()
	}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = clock.System{}.Now
	}
	var err error
	if a.hosts, err = parseHosts(o.Hosts); err != nil {
		return nil, err
	}
	if a.root, err = a.open(); err != nil {
		return nil, err
	}
	if a.root.ends(a.now()) {
		if err := a.renew(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// open returns the stored CA, and creates it if it does not exist.
func (a *Authority) open() (root, error) {
	kept, err := a.keep(func(kept []byte) ([]byte, error) {
		if kept != nil {
			return kept, nil
		}
		created, err := newRoot(a.now())
		if err != nil {
			return nil, err
		}
		return created.encode()
	})
	if err != nil {
		return root{}, err
	}
	return parseRoot(kept)
}

// errGone says that the CA was deleted while the emulator ran. The next start
// creates another one.
var errGone = errors.New("the kept CA was deleted")

// renew replaces the CA's certificate, or takes over the one of a process that has
// renewed the same CA. The authority is locked, or not yet shared.
func (a *Authority) renew() error {
	old, now := a.root, a.now()
	renewed, err := old.renewed(now)
	if err != nil {
		return err
	}
	encoded, err := renewed.encode()
	if err != nil {
		return err
	}
	a.logger.Warn("the development CA had expired or was about to expire and was renewed; clients have to trust the new certificate",
		slog.String("subject", renewed.cert.Subject.CommonName),
		slog.Time("expired", old.cert.NotAfter),
		slog.Time("expires", renewed.cert.NotAfter))
	a.root = renewed
	clear(a.leaves)
	kept, err := a.keep(func(kept []byte) ([]byte, error) {
		if kept == nil {
			return nil, errGone
		}
		other, err := parseRoot(kept)
		if err == nil && samePublic(other.cert, old.key.Public()) && !other.ends(now) {
			return kept, nil
		}
		return encoded, nil
	})
	if err != nil {
		return err
	}
	a.root, err = parseRoot(kept)
	return err
}

// PEM returns the certificate of the CA, which clients have to trust.
// The caller owns the bytes.
func (a *Authority) PEM() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return encodeCertificate(a.root.cert)
}

// TLSConfig returns a new server configuration that chooses, creates and renews
// the certificate of each connection. It offers HTTP/1.1 only; an http.Server
// adds HTTP/2 to it unless its Protocols say otherwise.
func (a *Authority) TLSConfig() *tls.Config {
	config := serverConfig()
	config.GetCertificate = a.certificate
	return config
}

func serverConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
}
