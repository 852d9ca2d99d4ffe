package httpapi

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// proxied is a request from a peer, with these X-Forwarded-For headers.
func proxied(t *testing.T, peer string, forwarded ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.RemoteAddr = peer
	for _, header := range forwarded {
		r.Header.Add("X-Forwarded-For", header)
	}
	return r
}

// TestClientAddress: trusted proxies are believed, from the nearest on; nothing
// that a client can write by itself is.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	s := &surface{Config: Config{TrustedProxies: []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48"), netip.MustParsePrefix("192.0.2.1/32"),
	}}}
	const proxy = "10.0.0.1:443"
	for name, test := range map[string]struct {
		peer      string
		forwarded []string
		want      string
	}{
		"no proxy":                           {"203.0.113.7:1", nil, "203.0.113.7"},
		"a client's own header":              {"203.0.113.7:1", []string{"198.51.100.1"}, "203.0.113.7"},
		"a client that names a proxy":        {"203.0.113.7:1", []string{"198.51.100.1, 10.0.0.1"}, "203.0.113.7"},
		"IPv6":                               {"[2001:db8::7]:1", nil, "2001:db8::7"},
		"IPv4 in IPv6":                       {"[::ffff:203.0.113.7]:1", nil, "203.0.113.7"},
		"link-local":                         {"[fe80::1%eth0]:1", nil, "fe80::1%eth0"},
		"one proxy":                          {proxy, []string{"203.0.113.7"}, "203.0.113.7"},
		"one proxy, IPv4 in IPv6":            {"[::ffff:10.0.0.1]:1", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"one proxy, IPv6":                    {"[2001:db8:ffff::1]:1", []string{"2001:DB8::7"}, "2001:db8::7"},
		"with a port":                        {proxy, []string{"203.0.113.7:50123"}, "203.0.113.7"},
		"with a port, IPv6":                  {proxy, []string{"[2001:db8::7]:50123"}, "2001:db8::7"},
		"with a port, IPv4 in IPv6":          {proxy, []string{"[::ffff:203.0.113.7]:50123"}, "203.0.113.7"},
		"two proxies":                        {proxy, []string{"203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		"three proxies":                      {proxy, []string{"203.0.113.7,2001:db8:ffff::1 ,\t192.0.2.1"}, "203.0.113.7"},
		"what a client has written before":   {proxy, []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"also as a proxy of ours":            {proxy, []string{"10.9.9.9, 203.0.113.7, 10.0.0.2"}, "203.0.113.7"},
		"behind a proxy of another's":        {proxy, []string{"198.51.100.1, 192.0.2.2"}, "192.0.2.2"},
		"header by header":                   {proxy, []string{"198.51.100.1", "203.0.113.7", "10.0.0.2"}, "203.0.113.7"},
		"header by header, with more":        {proxy, []string{"203.0.113.7, 10.0.0.3", "10.0.0.2"}, "203.0.113.7"},
		"a proxy for itself":                 {proxy, nil, "10.0.0.1"},
		"a proxy for a proxy":                {proxy, []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"an empty header":                    {proxy, []string{""}, "10.0.0.1"},
		"an empty entry":                     {proxy, []string{"203.0.113.7,"}, "10.0.0.1"},
		"no address":                         {proxy, []string{"203.0.113.7, unknown"}, "10.0.0.1"},
		"no address behind the next proxy":   {proxy, []string{"203.0.113.7, _hidden, 10.0.0.2"}, "10.0.0.2"},
		"a range":                            {proxy, []string{"203.0.113.0/24"}, "10.0.0.1"},
		"an endless list of its own":         {proxy, []string{"198.51.100.1,198.51.100.1,198.51.100.1, x, 203.0.113.7"}, "203.0.113.7"},
		"not quite a trusted proxy":          {"192.0.2.2:443", []string{"203.0.113.7"}, "192.0.2.2"},
		"nobody":                             {"", []string{"203.0.113.7"}, ""},
		"a socket":                           {"@", []string{"203.0.113.7"}, ""},
		"a peer without a port":              {"203.0.113.7", nil, ""},
		"a peer with a name, not an address": {"localhost:443", nil, ""},
	} {
		if got := s.clientAddress(proxied(t, test.peer, test.forwarded...)); got != test.want {
			t.Errorf("%s: got %q; want %q", name, got, test.want)
		}
	}
	if got := (&surface{}).clientAddress(proxied(t, proxy, "203.0.113.7")); got != "10.0.0.1" {
		t.Errorf("without trusted proxies: got %q; want the peer", got)
	}
}
