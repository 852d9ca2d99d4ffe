package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// TestTokenEndpoint checks that the endpoint in the token, which clients use, is the
// address at which they reached the emulator.
func TestTokenEndpoint(t *testing.T) {
	t.Parallel()
	proxy := func(o *emulator.Options) {
		// httptest's requests come from 192.0.2.1.
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	}
	public := func(o *emulator.Options) { o.PublicURL = "https://face.test:8443/" }
	forwarded := map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "face.example.test, inner"}
	for name, test := range map[string]struct {
		option func(*emulator.Options)
		header map[string]string
		want   string
	}{
		"as the client wrote it":       {func(*emulator.Options) {}, nil, "http://localhost:10100"},
		"forwarded by anybody":         {func(*emulator.Options) {}, forwarded, "http://localhost:10100"},
		"forwarded by a trusted proxy": {proxy, forwarded, "https://face.example.test"},
		"nonsense from a proxy":        {proxy, map[string]string{"X-Forwarded-Proto": "ftp", "X-Forwarded-Host": "a/b"}, "http://localhost:10100"},
		"public URL":                   {public, forwarded, "https://face.test:8443"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, "v1.2", test.option)
			s.do(jsonCreate("create", "s", plainBody, test.header))
			var face struct{ Endpoint string }
			text, _ := claimsOf(t, s.known["{s.token}"])["face"].(string)
			if err := json.Unmarshal([]byte(text), &face); err != nil || face.Endpoint != test.want {
				t.Errorf("got endpoint %q, %v; want %q", face.Endpoint, err, test.want)
			}
		})
	}
}

// TestTokenAgainstPublishedKey verifies a token with the published key set only.
func TestTokenAgainstPublishedKey(t *testing.T) {
	t.Parallel()
	s := newStory(t, "v1.2")
	s.do(jsonCreate("create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","authTokenTimeToLiveInSeconds":86400}`, nil))
	token := s.known["{s.token}"]

	w := httptest.NewRecorder()
	s.emulator.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/_emulator/jwks.json", http.NoBody))
	var set struct {
		Keys []struct{ Kty, Crv, Kid, X, Y string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &set); err != nil || len(set.Keys) != 1 || set.Keys[0].Kid != "key1" {
		t.Fatalf("got %s, %v; want one key named key1", w.Body, err)
	}
	point := []byte{4} // uncompressed
	for _, coordinate := range []string{set.Keys[0].X, set.Keys[0].Y} {
		raw, err := base64.RawURLEncoding.DecodeString(coordinate)
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, raw...)
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	signed, signature, _ := cutLast(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(raw) != 64 {
		t.Fatalf("got a signature of %d bytes, %v; want 64", len(raw), err)
	}
	sum := sha256.Sum256([]byte(signed))
	if !ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])) {
		t.Error("the published key does not verify the token")
	}
	claims := claimsOf(t, token)
	expires, _ := claims["exp"].(float64)
	issued, _ := claims["iat"].(float64)
	if expires-issued != 86400 || int64(issued) != s.clock.Now().Unix() {
		t.Errorf("got iat %v and exp %v; want %d and a day later", issued, expires, s.clock.Now().Unix())
	}
}

// claimsOf decodes the payload of a session token.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("got a token of %d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func cutLast(text, separator string) (before, after string, found bool) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(separator):], true
}

// TestClientAddress checks the address of a device call in its attempt.
func TestClientAddress(t *testing.T) {
	t.Parallel()
	trusted := func(o *emulator.Options) {
		o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	}
	for name, test := range map[string]struct {
		option    func(*emulator.Options)
		forwarded string
		want      string
	}{
		"the peer":               {func(*emulator.Options) {}, "", "192.0.2.1"},
		"forwarded by anybody":   {func(*emulator.Options) {}, "198.51.100.7", "192.0.2.1"},
		"forwarded by a proxy":   {trusted, "198.51.100.7", "198.51.100.7"},
		"by another one before":  {trusted, "198.51.100.7, 10.0.0.1", "10.0.0.1"},
		"by two that are known":  {trusted, "198.51.100.7, 192.0.2.2", "198.51.100.7"},
		"an IPv6 client":         {trusted, "2001:db8::7", "2001:db8::7"},
		"nonsense from a proxy":  {trusted, "somebody", "192.0.2.1"},
		"nothing from the proxy": {trusted, "", "192.0.2.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, "v1.2", test.option)
			s.do(jsonCreate("create", "s", plainBody, nil))
			s.do(exchange{
				title: "attempt", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}",
				header: map[string]string{"X-Forwarded-For": test.forwarded},
			})
			stored, err := s.emulator.Store.Session(t.Context(), liveness.SessionID(s.known["{s}"]))
			if err != nil || len(stored.Attempts) != 1 || stored.Attempts[0].ClientAddress != test.want {
				t.Errorf("got %+v, %v; want one attempt from %s", stored.Attempts, err, test.want)
			}
		})
	}
}
