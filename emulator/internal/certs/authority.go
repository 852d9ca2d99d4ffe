// Package certs gives the emulator its TLS certificates: a development CA that
// is made on the first run and kept, and short-lived server certificates signed
// by it for whatever name a client on the same machine or network uses.
//
// Certificates belong to the machine, not to the emulated service, so their
// time is the system's.
package certs

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

// Errors that a caller may want to tell apart with errors.Is.
var (
	// ErrDamaged: the files of the CA cannot be used; the text names the file
	// and says how to mend it.
	ErrDamaged = errors.New("the development CA is damaged")
	// ErrHost: one of Options.Hosts is neither a name nor an address.
	ErrHost = errors.New("not a host name, wildcard name or IP address")
)

// Options say what an Authority works with. The zero value is a CA in memory.
type Options struct {
	// Dir is where the CA is kept, as ca.pem (the certificate, for everyone)
	// and ca-key.pem (key and certificate, for the owner only). It is made if
	// it is not there. "" keeps the CA in memory.
	Dir string
	// Hosts are further names (also wildcards such as *.example.test) and IP
	// addresses that the server certificate is for.
	Hosts []string
	// Logger may be nil.
	Logger *slog.Logger
	// Now tells the time; nil is the system's.
	Now func() time.Time
}

// An Authority is a CA and the server certificates it has signed. It is safe
// for concurrent use. Make one with Open.
type Authority struct {
	folder folder
	hosts  hosts
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	root   root
	leaves leaves
	warned map[string]bool // names that were asked for and not covered
}

// Open reads the CA from its folder, or makes one. A CA that has expired or
// will in 30 days is renewed under the same key, so that clients which trust
// the old certificate go on doing so until it ends. Several processes may open
// the same folder at once and get the same CA. A folder that cannot be used is
// ErrDamaged or the system's error; a bad host is ErrHost.
func Open(o Options) (*Authority, error) {
	a := &Authority{
		folder: folder(o.Dir),
		logger: o.Logger,
		now:    o.Now,
		leaves: make(leaves),
		warned: make(map[string]bool),
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

func (a *Authority) open() (root, error) {
	if a.folder == "" {
		return newRoot(a.now())
	}
	return a.folder.open(a.now())
}

// renew makes the CA's certificate anew. The authority is locked, or not yet
// shared.
func (a *Authority) renew() error {
	renewed, err := a.root.renewed(a.now())
	if err != nil {
		return err
	}
	a.logger.Warn("the development CA is expired or soon will be and was renewed; clients have to trust the new certificate",
		slog.String("subject", renewed.cert.Subject.CommonName),
		slog.Time("expired", a.root.cert.NotAfter),
		slog.Time("expires", renewed.cert.NotAfter))
	a.root = renewed
	clear(a.leaves)
	if a.folder == "" {
		return nil
	}
	return a.folder.save(renewed)
}

// PEM returns the certificate of the CA, which is what clients have to trust.
// The caller owns the bytes.
func (a *Authority) PEM() []byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return encodeCertificate(a.root.cert)
}

// TLSConfig returns a new server configuration that chooses, makes and renews
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
