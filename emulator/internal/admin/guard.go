package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// The errors of the guard.
const (
	hintOrigin = "a web page of another origin may not use this path; use a client other than a browser, or a page of this same address"
	hintHost   = "this host name is not known to be the emulator's; call it by localhost, an IP address or a name without a dot, " +
		"or add the host name to the option AdminHosts or TLSHosts"
)

// A guard refuses requests of web pages to the paths that are not public. Every page that a
// developer opens can send requests to the emulator.
//
// Browsers add headers to the requests of a page: Origin and, for what they load without
// it, Sec-Fetch-Site. A page cannot forge them. The answers have no CORS headers, so that
// a page cannot read them either.
//
// DNS rebinding circumvents that: a name of the attacker first leads to the attacker's
// server and then, with a second answer of DNS, to this one. For the browser, both are
// the same origin. The host of such a request is the attacker's name. So the host must be
// one that public DNS cannot define, or a configured one. Compose and Kubernetes give
// containers names without a dot.
type guard struct {
	hosts map[string]bool
}

// newGuard returns a guard that also accepts requests to these hosts.
func newGuard(hosts []string) guard {
	g := guard{hosts: map[string]bool{"host.docker.internal": true}}
	for _, host := range hosts {
		if name := hostName(strings.TrimSpace(host)); name != "" {
			g.hosts[name] = true
		}
	}
	return g
}

// refusal returns the reason to refuse a request, or "".
func (g guard) refusal(r *http.Request) string {
	switch {
	case !ownOrigin(r), fromOtherSite(r):
		return hintOrigin
	case !g.knows(hostName(r.Host)):
		return hintHost
	default:
		return ""
	}
}

// ownOrigin reports whether a request does not come from a page, or comes from a page of
// the address that it is sent to. "null", which a page without an origin sends, is another
// origin.
func ownOrigin(r *http.Request) bool {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	for _, origin := range r.Header["Origin"] {
		from, err := url.Parse(origin)
		if err != nil || from.Scheme != scheme || authority(scheme, from.Host) != authority(scheme, r.Host) {
			return false
		}
	}
	return true
}

// fromOtherSite reports whether the browser says that a page of another site
// makes the request.
func fromOtherSite(r *http.Request) bool {
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if strings.EqualFold(site, "cross-site") {
			return true
		}
	}
	return false
}

// authority returns host and port in one spelling, with the default port of the scheme.
func authority(scheme, host string) string {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ""
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(strings.ToLower(name), port)
}

// hostName returns the host of a header Host in one spelling, without the port, or "" if
// the header is invalid.
func hostName(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ""
		}
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// knows reports whether a host, as hostName returns it, can only be the emulator.
func (g guard) knows(host string) bool {
	if host == "" {
		return false
	}
	// Clients leave the zone of an address out.
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Zone() == ""
	}
	_, parent, dotted := strings.Cut(host, ".")
	return !dotted || strings.HasSuffix(host, ".localhost") || g.hosts[host] || g.hosts["*."+parent]
}
