package certs

import "crypto/x509"

// Pool returns a new pool that holds the certificate of the CA.
func (a *Authority) Pool() *x509.CertPool {
	a.mu.Lock()
	defer a.mu.Unlock()
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}
