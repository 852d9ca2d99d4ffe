package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// What the guard says to whom it refuses.
const (
	hintOrigin = "a web page of another origin may not use this path; use a client other than a browser, or a page of this same address"
	hintHost   = "this host name is not known to be the emulator's; call it by localhost, an IP address or a name without a dot, " +
		"or add the host name to the option AdminHosts or TLSHosts"
)

// A guard keeps web pages off the paths that are not public. The emulator
// listens where every page that a developer opens can send requests to.
//
// A page of another origin is known by the headers that browsers add: Origin,
// and for what they load without it, Sec-Fetch-Site. Neither can be forged by a
// page. There are no CORS headers, so no page reads an answer either.
//
// DNS rebinding gets around that: a name of the attacker's first leads to their
// server and then, with a second answer of DNS, to this one, and to the browser
// both are the same origin. Such a request shows the attacker's name as its host.
// So the host must be one that public DNS has no say in, or that the user named.
// Names without a dot are what Compose and Kubernetes call containers by.
type guard struct {
	hosts map[string]bool
}

// newGuard returns a guard that lets requests to these hosts in too.
func newGuard(hosts []string) guard {
	g := guard{hosts: map[string]bool{"host.docker.internal": true}}
	for _, host := range hosts {
		if name := hostName(strings.TrimSpace(host)); name != "" {
			g.hosts[name] = true
		}
	}
	return g
}

// refusal returns why a request may not come in, or "".
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

// ownOrigin reports whether a request comes from no page, or from one that came
// from where the request goes to. What a page without an origin sends, "null",
// is foreign.
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

// authority returns host and port in one spelling, with the port of the scheme
// where there is none.
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

// hostName returns the host of a header Host in one spelling, without a port, or
// "" where there is none.
func hostName(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return ""
		}
		host = name
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// knows reports whether a host, as hostName returns it, is the emulator's for
// certain.
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
