package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forwarded returns the scheme and the host that the client used: those of the headers of a
// trusted proxy, or else those of the request.
func (s *surface) forwarded(r *http.Request, scheme, host string) (string, string) {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !s.trusts(peer.Addr().Unmap()) {
		return scheme, host
	}
	if proto := firstOf(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		scheme = proto
	}
	if said := firstOf(r.Header.Get("X-Forwarded-Host")); validHost(said) {
		host = said
	}
	return scheme, host
}

// forwardedFor returns the address of the client behind trusted proxies, or that of the
// peer. Every proxy appends the address of its own peer to the header, so the client is the
// last address that does not belong to a trusted proxy. Addresses before that are written
// by the client and ignored.
func (s *surface) forwardedFor(r *http.Request, peer netip.Addr) netip.Addr {
	client := peer
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
	return client
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
