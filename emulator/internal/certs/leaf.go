package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"time"
)

const (
	leafLife = 90 * 24 * time.Hour // clients refuse more than 397 days
	// maxLeaves and maxWarned bound the memory of a process whose clients ask for
	// more and more names.
	maxLeaves = 64
	maxWarned = 64
)

// leaves are the certificates in use, by the name or address that they cover, or
// "" for the default.
type leaves map[string]*leaf

// A leaf is a server certificate.
type leaf struct {
	certificate *tls.Certificate
	renewal     time.Time // when it is due for replacement
	used        time.Time
}

// certificate chooses the certificate of a connection. A name without dots and a
// name below localhost get a separate certificate, a client that sends no name the
// default one with the address added, and all others the default one.
func (a *Authority) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	usual, err := a.leaf("", a.hosts)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(strings.ToLower(hello.ServerName), ".")
	if _, err := netip.ParseAddr(name); err == nil || name == "" {
		// Some clients send the address as the name. The default hosts stay
		// included: behind a published port the client connects to another
		// address than this one.
		address, ok := localAddress(hello.Conn)
		if !ok || usual.Leaf.VerifyHostname(address.String()) == nil {
			return usual, nil
		}
		return a.leaf(address.String(), a.hosts.withAddress(address))
	}
	switch {
	case usual.Leaf.VerifyHostname(name) == nil:
		return usual, nil
	case validName(name) && (!strings.Contains(name, ".") || strings.HasSuffix(name, ".localhost")):
		return a.leaf(name, hosts{names: []string{name}})
	default:
		a.warn(name)
		return usual, nil
	}
}

func localAddress(conn net.Conn) (netip.Addr, bool) {
	if conn == nil {
		return netip.Addr{}, false
	}
	tcp, ok := conn.LocalAddr().(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	address := tcp.AddrPort().Addr().Unmap().WithZone("")
	return address, address.IsValid()
}

// warn logs once for each name that the certificate does not cover it.
func (a *Authority) warn(name string) {
	if a.warned[name] || len(a.warned) >= maxWarned {
		return
	}
	a.warned[name] = true
	a.logger.Warn("a TLS client asked for a host name that the certificate does not cover, and will refuse it; add the name to the TLS hosts",
		slog.String("name", name))
}

// leaf returns the certificate under key and creates or replaces it if necessary.
// The authority is locked, so each is created once.
func (a *Authority) leaf(key string, h hosts) (*tls.Certificate, error) {
	now := a.now()
	if a.root.ends(now) {
		if err := a.renew(); err != nil {
			// The CA is renewed in memory, with the key that clients trust.
			a.logger.Warn("the renewed development CA could not be saved", slog.String("error", err.Error()))
		}
	}
	if kept, ok := a.leaves[key]; ok && now.Before(kept.renewal) && !now.Before(kept.certificate.Leaf.NotBefore) {
		kept.used = now
		return kept.certificate, nil
	}
	made, err := a.root.issue(h, now)
	if err != nil {
		return nil, fmt.Errorf("make server certificate: %w", err)
	}
	delete(a.leaves, key)
	a.leaves.evict()
	a.leaves[key] = &leaf{certificate: made, renewal: made.Leaf.NotAfter.Add(-leafLife / 3), used: now}
	return made, nil
}

// evict makes room for one leaf: it removes the least recently used one other than
// the default.
func (l leaves) evict() {
	if len(l) < maxLeaves {
		return
	}
	oldest := ""
	for key, kept := range l {
		if key != "" && (oldest == "" || kept.used.Before(l[oldest].used)) {
			oldest = key
		}
	}
	delete(l, oldest)
}

// issue signs a new server certificate with a new key.
func (r root) issue(h hosts, now time.Time) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	id := sha256.Sum256(point)
	ends := now.Add(leafLife)
	if ends.After(r.cert.NotAfter) {
		ends = r.cert.NotAfter
	}
	cert, err := sign(&x509.Certificate{
		Subject:               pkix.Name{Organization: []string{organization}, CommonName: organization},
		NotBefore:             now.Add(-backdated),
		NotAfter:              ends,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		SubjectKeyId:          id[:20],
		DNSNames:              h.names,
		IPAddresses:           h.addresses,
	}, r, &key.PublicKey)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{cert.Raw}, PrivateKey: key, Leaf: cert}, nil
}
