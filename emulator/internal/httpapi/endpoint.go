package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// endpoint returns the base URL that the client used to reach the emulator,
// without a slash at the end. It goes into tokens, from which the client takes
// it, so it must work where the client is, behind whatever port mapping.
func (s *surface) endpoint(r *http.Request) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if s.fromTrustedProxy(r) {
		if proto := firstOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
			scheme = proto
		}
		if forwarded := firstOf(r.Header.Get("X-Forwarded-Host")); validHost(forwarded) {
			host = forwarded
		}
	}
	return scheme + "://" + host
}

// clientAddress returns the IP address that a request comes from, or "". A
// trusted proxy may say whom it stands for: every proxy appends whom it heard, so
// the client is the last one in the list that is no trusted proxy itself, and what
// the client has written before that counts for nothing.
func (s *surface) clientAddress(r *http.Request) string {
	client, ok := peerOf(r)
	if !ok {
		return ""
	}
	heard := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, entry := range slices.Backward(heard) {
		if !s.trusts(client) {
			break
		}
		said, ok := parseAddress(strings.TrimSpace(entry))
		if !ok {
			break
		}
		client = said
	}
	return client.String()
}

// parseAddress reads an IP address, with the port that some proxies add.
func parseAddress(text string) (netip.Addr, bool) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		return withPort.Addr().Unmap(), err == nil
	}
	return address.Unmap(), true
}

func (s *surface) fromTrustedProxy(r *http.Request) bool {
	if len(s.TrustedProxies) == 0 {
		return false
	}
	peer, ok := peerOf(r)
	return ok && s.trusts(peer)
}

func peerOf(r *http.Request) (netip.Addr, bool) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return peer.Addr().Unmap(), err == nil
}

func (s *surface) trusts(peer netip.Addr) bool {
	for _, prefix := range s.TrustedProxies {
		if prefix.Contains(peer) {
			return true
		}
	}
	return false
}

// firstOf returns the entry of the client's side of a list that proxies append to.
func firstOf(list string) string {
	first, _, _ := strings.Cut(list, ",")
	return strings.TrimSpace(first)
}

func validHost(host string) bool {
	if host == "" || strings.ContainsAny(host, "/\\@ \t\"<>?#") {
		return false
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name != ""
	}
	return true
}
