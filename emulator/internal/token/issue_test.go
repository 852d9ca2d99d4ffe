package token_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

func issuedAt() time.Time { return time.Date(2025, 10, 14, 20, 26, 40, 0, time.UTC) }

func claims() token.Claims {
	return token.Claims{
		SessionID:       "b12e033e-bda7-4b83-a211-e721c661f30e",
		Kind:            "Liveness",
		APIVersion:      "v1.2",
		Endpoint:        "http://localhost:10100",
		OperationMode:   "Passive",
		IssuedAt:        issuedAt(),
		Expires:         issuedAt().Add(600 * time.Second),
		Region:          "westus",
		SubscriptionID:  "00000000000000000000000000000001",
		ProductID:       "Face.S0",
		AzureResourceID: "/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a",
	}
}

// newKey returns the key that the seed stands for.
func newKey(tb testing.TB, seed byte) *token.Key {
	tb.Helper()
	encoded, err := token.NewKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		tb.Fatalf("NewKey: %v", err)
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		tb.Fatalf("ParseKey: %v", err)
	}
	return key
}

func issue(tb testing.TB, key *token.Key, c token.Claims) string {
	tb.Helper()
	compact, err := key.Issue(c)
	if err != nil {
		tb.Fatalf("Issue: %v", err)
	}
	return compact
}

// segments returns the decoded segments of a compact token.
func segments(tb testing.TB, compact string) (header, payload string, signature []byte) {
	tb.Helper()
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		tb.Fatalf("got %d segments, want 3", len(parts))
	}
	var decoded [3][]byte
	for i, part := range parts {
		var err error
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			tb.Fatalf("segment %d: %v", i, err)
		}
	}
	return string(decoded[0]), string(decoded[1]), decoded[2]
}

func TestIssueBytes(t *testing.T) {
	t.Parallel()
	const (
		before = `{"region":"westus","subscription-id":"00000000000000000000000000000001","product-id":"Face.S0",` +
			`"allowed-paths":"[` +
			`{\"path\":\"face/v1.2/session/start\",\"method\":\"POST\",\"quota\":1,\"callRateRenewalPeriod\":60,\"callRateLimit\":1},` +
			`{\"path\":\"face/v1.2/session/attempt/end\",\"method\":\"POST\",\"quota\":3,\"callRateRenewalPeriod\":5,\"callRateLimit\":1},` +
			`{\"path\":\"face/v1.2/`
		between = `/singleModal\",\"method\":\"post\",\"quota\":3,\"callRateRenewalPeriod\":5,\"callRateLimit\":1}]",` +
			`"azure-resource-id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a",` +
			`"sid":"b12e033e-bda7-4b83-a211-e721c661f30e","face":"{\"endpoint\":\"`
		after = `}}","aud":"urn:ms.faceSessionToken","exp":1760474200,"iat":1760473600,"iss":"urn:ms.cognitiveservices"}`
	)
	tests := []struct {
		name   string
		change func(*token.Claims)
		detect string
		face   string
	}{
		{
			name:   "without verify",
			change: func(*token.Claims) {},
			detect: "detectLiveness",
			face: `http://localhost:10100\",\"sessionType\":\"Liveness\",\"clientClaims\":` +
				`{\"livenessOperationMode\":\"Passive\",\"dcic\":false,\"csfc\":\"1;10;202508\"`,
		},
		{
			name: "image given is not told without verify",
			change: func(c *token.Claims) {
				c.VerifyImageProvided = true
				c.DeviceCorrelationIDSetInClient = true
			},
			detect: "detectLiveness",
			face: `http://localhost:10100\",\"sessionType\":\"Liveness\",\"clientClaims\":` +
				`{\"livenessOperationMode\":\"Passive\",\"dcic\":true,\"csfc\":\"1;10;202508\"`,
		},
		{
			name: "with verify, no image",
			change: func(c *token.Claims) {
				c.Kind = "LivenessWithVerify"
				c.OperationMode = "PassiveActive"
			},
			detect: "detectLivenessWithVerify",
			face: `http://localhost:10100\",\"sessionType\":\"LivenessWithVerify\",\"clientClaims\":` +
				`{\"verifyImageProvided\":false,\"livenessOperationMode\":\"PassiveActive\",\"dcic\":false,\"csfc\":\"1;10;202508\"`,
		},
		{
			name: "with verify, image, endpoint to escape",
			change: func(c *token.Claims) {
				c.Kind = "LivenessWithVerify"
				c.VerifyImageProvided = true
				c.Endpoint = `https://h/<&>"ü`
			},
			detect: "detectLivenessWithVerify",
			face: `https://h/<&>\\\"ü\",\"sessionType\":\"LivenessWithVerify\",\"clientClaims\":` +
				`{\"verifyImageProvided\":true,\"livenessOperationMode\":\"Passive\",\"dcic\":false,\"csfc\":\"1;10;202508\"`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := claims()
			test.change(&c)
			header, payload, signature := segments(t, issue(t, newKey(t, 1), c))
			if want := `{"alg":"ES256","kid":"key1","typ":"JWT"}`; header != want {
				t.Errorf("header: got %s, want %s", header, want)
			}
			if want := before + test.detect + between + test.face + after; payload != want {
				t.Errorf("payload:\n got %s\nwant %s", payload, want)
			}
			if len(signature) != 64 {
				t.Errorf("signature: got %d bytes, want 64", len(signature))
			}
		})
	}
}

func TestIssueLifetime(t *testing.T) {
	t.Parallel()
	for _, lifetime := range []time.Duration{60 * time.Second, 600 * time.Second, 86400 * time.Second} {
		c := claims()
		// A fraction of a second must not move one of the two.
		c.IssuedAt = issuedAt().Add(999999999)
		c.Expires = c.IssuedAt.Add(lifetime)
		_, payload, _ := segments(t, issue(t, newKey(t, 1), c))
		var times struct{ Exp, Iat int64 }
		if err := json.Unmarshal([]byte(payload), &times); err != nil {
			t.Fatal(err)
		}
		if got, want := times.Exp-times.Iat, int64(lifetime/time.Second); got != want {
			t.Errorf("exp - iat: got %d, want %d", got, want)
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	for name, change := range map[string]func(*token.Claims){
		"no session id": func(c *token.Claims) { c.SessionID = "" },
		"no kind":       func(c *token.Claims) { c.Kind = "" },
		"unknown kind":  func(c *token.Claims) { c.Kind = "liveness" },
	} {
		c := claims()
		change(&c)
		if got, err := key.Issue(c); err == nil || got != "" {
			t.Errorf("%s: got a token of %d bytes and error %v, want an error", name, len(got), err)
		}
	}
}

func TestIssueIsDeterministic(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	first := issue(t, key, claims())
	if issue(t, key, claims()) != first {
		t.Error("got two tokens for the same claims, want one")
	}
	if issue(t, newKey(t, 2), claims()) == first {
		t.Error("got the same token from two keys")
	}
}

// Many signatures, because their parts are shorter than 32 bytes now and then.
func TestIssueVerifyRoundTrip(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	for i := range 600 {
		want := claims()
		want.Expires = want.Expires.Add(time.Duration(i) * time.Second)
		want.Kind = [2]string{"Liveness", "LivenessWithVerify"}[i%2]
		want.VerifyImageProvided = i%4 == 1
		want.DeviceCorrelationIDSetInClient = i%3 == 0
		compact := issue(t, key, want)
		got, err := newKey(t, 1).Verify(compact) // which has not issued it
		if err != nil {
			t.Fatalf("Verify of token %d: %v", i, err)
		}
		if kept, err := key.Verify(compact); err != nil || !reflect.DeepEqual(kept, got) {
			t.Fatalf("Verify of token %d by the key that issued it: got %+v and error %v; want %+v", i, kept, err, got)
		}
		if diff := cmp.Diff(token.Grant{Claims: want, AllowedPaths: token.Shape2025.Paths("v1.2", want.Kind)}, got); diff != "" {
			t.Fatalf("token %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	want := []token.Path{
		{Path: "face/v1.3-preview.1/session/start", Method: "POST", Quota: 1, Period: time.Minute, Limit: 1},
		{Path: "face/v1.3-preview.1/session/attempt/end", Method: "POST", Quota: 3, Period: 5 * time.Second, Limit: 1},
		{Path: "face/v1.3-preview.1/detectLivenessWithVerify/singleModal", Method: "post", Quota: 3, Period: 5 * time.Second, Limit: 1},
	}
	if diff := cmp.Diff(want, token.Shape2025.Paths("v1.3-preview.1", "LivenessWithVerify")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := token.Shape2025.Paths("v1.2", "Liveness")[2].Path; got != "face/v1.2/detectLiveness/singleModal" {
		t.Errorf("got %s, want face/v1.2/detectLiveness/singleModal", got)
	}
	if got := token.Shape2025.Paths("v1.2", "Other"); got != nil {
		t.Errorf("unknown kind: got %v, want none", got)
	}
}

func TestNewKey(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(newKey(t, 7).JWKS(), newKey(t, 7).JWKS()) {
		t.Error("got two keys from the same source, want one")
	}
	failing := iotest.ErrReader(errors.New("no entropy"))
	if _, err := token.NewKey(failing); err == nil || !strings.Contains(err.Error(), "no entropy") {
		t.Errorf("failing source: got %v, want its error", err)
	}
	// Zero is not a private key; a source of zeros must not make it hang.
	if _, err := token.NewKey(bytes.NewReader(make([]byte, 1<<10))); err == nil {
		t.Error("source of zeros: got a key, want an error")
	}
	// The first scalar is out of range, the second is used.
	source := append(bytes.Repeat([]byte{0xff}, 32), bytes.Repeat([]byte{7}, 32)...)
	if _, err := token.NewKey(bytes.NewReader(source)); err != nil {
		t.Errorf("second scalar good: got %v, want a key", err)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	t.Parallel()
	encoded, err := token.NewKey(bytes.NewReader(bytes.Repeat([]byte{1}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty":     nil,
		"truncated": encoded[:len(encoded)-1],
		"Ed25519":   ed25519Key(t),
		"P-384":     p384Key(t),
	} {
		if _, err := token.ParseKey(bad); err == nil {
			t.Errorf("%s: got a key, want an error", name)
		}
	}
}

// The published key must check a token with nothing but what it says itself.
func TestJWKSVerifiesToken(t *testing.T) {
	t.Parallel()
	key := newKey(t, 3)
	var set struct {
		Keys []map[string]string
	}
	if err := json.Unmarshal(key.JWKS(), &set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 1 {
		t.Fatalf("got %d keys, want 1", len(set.Keys))
	}
	published := set.Keys[0]
	for member, want := range map[string]string{"kty": "EC", "crv": "P-256", "kid": "key1", "alg": "ES256", "use": "sig"} {
		if published[member] != want {
			t.Errorf("%s: got %q, want %q", member, published[member], want)
		}
	}
	if _, private := published["d"]; private {
		t.Error("the private key is published")
	}
	point := []byte{4}
	for _, member := range []string{"x", "y"} {
		coordinate, err := base64.RawURLEncoding.DecodeString(published[member])
		if err != nil || len(coordinate) != 32 {
			t.Fatalf("%s: got %d bytes and error %v, want 32", member, len(coordinate), err)
		}
		point = append(point, coordinate...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		t.Fatal(err)
	}
	compact := issue(t, key, claims())
	_, _, signature := segments(t, compact)
	digest := sha256.Sum256([]byte(compact[:strings.LastIndex(compact, ".")]))
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	if !ecdsa.Verify(public, digest[:], r, s) {
		t.Error("the published key does not verify the token")
	}
	key.JWKS()[0] = 'x'
	if key.JWKS()[0] != '{' {
		t.Error("a caller can change the published key")
	}
}

func BenchmarkIssue(b *testing.B) {
	key := newKey(b, 1)
	c := claims()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Issue(c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify measures the first look at a token, BenchmarkVerifyAgain every
// other one.
func BenchmarkVerify(b *testing.B) {
	compact := issue(b, newKey(b, 1), claims())
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		key := newKey(b, 1)
		b.StartTimer()
		if _, err := key.Verify(compact); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyAgain(b *testing.B) {
	key := newKey(b, 1)
	compact := issue(b, key, claims())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Verify(compact); err != nil {
			b.Fatal(err)
		}
	}
}
