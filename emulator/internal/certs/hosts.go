package certs

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// The longest host name and label in DNS.
const (
	maxName  = 253
	maxLabel = 63
)

// hosts are the names and addresses that a certificate covers.
type hosts struct {
	names     []string
	addresses []net.IP
}

// parseHosts returns the hosts that the server certificate always covers and, after
// them, the given ones.
func parseHosts(given []string) (hosts, error) {
	h := hosts{
		names:     []string{"localhost", "host.docker.internal"},
		addresses: []net.IP{net.IPv4(127, 0, 0, 1).To4(), net.IPv6loopback},
	}
	for _, host := range given {
		host = strings.ToLower(strings.TrimSpace(host))
		if address, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")); err == nil {
			h = h.withAddress(address)
			continue
		}
		name := strings.TrimSuffix(host, ".")
		if !validName(strings.TrimPrefix(name, "*.")) {
			return hosts{}, fmt.Errorf("host %q: %w (no scheme, no port; international names in their xn-- form)", host, ErrHost)
		}
		if !slices.Contains(h.names, name) {
			h.names = append(h.names, name)
		}
	}
	return h, nil
}

// withAddress returns h with one more address.
func (h hosts) withAddress(address netip.Addr) hosts {
	ip := net.IP(address.Unmap().WithZone("").AsSlice())
	if slices.ContainsFunc(h.addresses, ip.Equal) {
		return h
	}
	return hosts{names: h.names, addresses: append(slices.Clip(h.addresses), ip)}
}

// validName reports whether name is a host name in lower case. Compose allows
// underscores, so they count as letters.
func validName(name string) bool {
	if len(name) > maxName {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return false
			}
		}
	}
	return true
}
