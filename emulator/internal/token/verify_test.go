package token_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

func ed25519Key(t *testing.T) []byte {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return pkcs8(t, private, err)
}

func p384Key(t *testing.T) []byte {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	return pkcs8(t, private, err)
}

func pkcs8(t *testing.T, private any, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// signer returns a key of the JWT library together with its token.Key.
func signer(tb testing.TB) (*ecdsa.PrivateKey, *token.Key) {
	tb.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		tb.Fatal(err)
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		tb.Fatal(err)
	}
	return private, key
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	good := issue(t, key, claims())
	parts := strings.Split(good, ".")
	header, payload, signature := parts[0], parts[1], parts[2]
	tests := []struct {
		name    string
		compact string
		want    error
	}{
		{"empty", "", token.ErrMalformed},
		{"a word", "token", token.ErrMalformed},
		{"a subscription key", strings.Repeat("0", 32), token.ErrMalformed},
		{"two segments", header + "." + payload, token.ErrMalformed},
		{"four segments", good + ".x", token.ErrMalformed},
		{"empty segments", "..", token.ErrMalformed},
		{"scheme inside", "Bearer " + good, token.ErrMalformed},
		{"padding", good + "==", token.ErrMalformed},
		{"line end", good + "\n", token.ErrMalformed},
		{"line end in the middle", good[:20] + "\r\n" + good[20:], token.ErrMalformed},
		{"too long", good + strings.Repeat("A", 16<<10), token.ErrMalformed},
		{"header is not JSON", encode("x") + "." + payload + "." + signature, token.ErrMalformed},
		{"payload is not JSON", header + "." + encode("x") + "." + signature, token.ErrMalformed},
		{"no signature", header + "." + payload + ".", token.ErrSignature},
		{"short signature", header + "." + payload + "." + signature[:84], token.ErrSignature},
		{"foreign key", issue(t, newKey(t, 2), claims()), token.ErrSignature},
		{"alg none", encode(`{"alg":"none","kid":"key1","typ":"JWT"}`) + "." + payload + ".", token.ErrSignature},
		{"alg HS256", encode(`{"alg":"HS256","kid":"key1","typ":"JWT"}`) + "." + payload + "." + signature, token.ErrSignature},
		{"alg unknown", encode(`{"alg":"X","kid":"key1","typ":"JWT"}`) + "." + payload + "." + signature, token.ErrSignature},
		{"alg lower case", encode(`{"alg":"es256","kid":"key1","typ":"JWT"}`) + "." + payload + "." + signature, token.ErrSignature},
		{"alg missing", encode(`{"kid":"key1"}`) + "." + payload + "." + signature, token.ErrSignature},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := key.Verify(test.compact); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

// Tokens that our key has signed but Issue has not made.
func TestVerifyRefusesSigned(t *testing.T) {
	t.Parallel()
	private, key := signer(t)
	const paths = `[{"path":"face/v1.2/session/start","method":"POST","quota":1,"callRateRenewalPeriod":60,"callRateLimit":1}]`
	whole := func() jwt.MapClaims {
		return jwt.MapClaims{
			"sid": "s", "aud": "urn:ms.faceSessionToken", "iss": "urn:ms.cognitiveservices", "iat": 1, "exp": 2,
			"face": `{"sessionType":"Liveness"}`, "allowed-paths": paths,
		}
	}
	sign := func(t *testing.T, method jwt.SigningMethod, keyID any, claims jwt.MapClaims) string {
		t.Helper()
		unsigned := jwt.NewWithClaims(method, claims)
		unsigned.Header["kid"] = keyID
		var signingKey any = private
		if _, hmac := method.(*jwt.SigningMethodHMAC); hmac {
			// The classic confusion: the public key taken for a shared secret.
			signingKey = key.JWKS()
		}
		compact, err := unsigned.SignedString(signingKey)
		if err != nil {
			t.Fatal(err)
		}
		return compact
	}
	grant, err := key.Verify(sign(t, jwt.SigningMethodES256, "key1", whole()))
	if err != nil || grant.SessionID != "s" || grant.APIVersion != "v1.2" || !grant.Expires.Equal(time.Unix(2, 0)) {
		t.Fatalf("whole: got %+v and error %v, want session s of v1.2", grant, err)
	}
	for name, change := range map[string]func(jwt.MapClaims){
		"aud":                 func(c jwt.MapClaims) { c["aud"] = "https://cognitiveservices.azure.com" },
		"aud missing":         func(c jwt.MapClaims) { delete(c, "aud") },
		"iss":                 func(c jwt.MapClaims) { c["iss"] = "someone" },
		"sid missing":         func(c jwt.MapClaims) { delete(c, "sid") },
		"sid a number":        func(c jwt.MapClaims) { c["sid"] = 1 },
		"iat missing":         func(c jwt.MapClaims) { delete(c, "iat") },
		"exp missing":         func(c jwt.MapClaims) { delete(c, "exp") },
		"exp a string":        func(c jwt.MapClaims) { c["exp"] = "2" },
		"exp before iat":      func(c jwt.MapClaims) { c["iat"] = 3 },
		"face missing":        func(c jwt.MapClaims) { delete(c, "face") },
		"face an object":      func(c jwt.MapClaims) { c["face"] = map[string]string{"sessionType": "Liveness"} },
		"face of other kind":  func(c jwt.MapClaims) { c["face"] = `{"sessionType":"x"}` },
		"paths missing":       func(c jwt.MapClaims) { delete(c, "allowed-paths") },
		"paths empty":         func(c jwt.MapClaims) { c["allowed-paths"] = `[]` },
		"paths no JSON":       func(c jwt.MapClaims) { c["allowed-paths"] = `[` },
		"paths of other form": func(c jwt.MapClaims) { c["allowed-paths"] = `[{"path":"start"}]` },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := whole()
			change(changed)
			if _, err := key.Verify(sign(t, jwt.SigningMethodES256, "key1", changed)); !errors.Is(err, token.ErrMalformed) {
				t.Errorf("got %v, want %v", err, token.ErrMalformed)
			}
		})
	}
	for name, compact := range map[string]string{
		"HS256":       sign(t, jwt.SigningMethodHS256, "key1", whole()),
		"other kid":   sign(t, jwt.SigningMethodES256, "key2", whole()),
		"kid missing": sign(t, jwt.SigningMethodES256, nil, whole()),
		"kid number":  sign(t, jwt.SigningMethodES256, 1, whole()),
	} {
		if _, err := key.Verify(compact); !errors.Is(err, token.ErrSignature) {
			t.Errorf("%s: got %v, want %v", name, err, token.ErrSignature)
		}
	}
}

// Every character of a token counts, also the last ones of a segment, whose
// lowest bits say nothing.
func TestVerifyTampered(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	good := issue(t, key, claims())
	if _, err := key.Verify(good); err != nil {
		t.Fatal(err)
	}
	ends := map[int]bool{}
	for i := range good {
		if good[i] == '.' || i == len(good)-1 {
			for back := range 3 {
				ends[i-back] = true
			}
		}
	}
	for i := range good {
		if !ends[i] && i%17 != 0 {
			continue
		}
		for _, other := range []byte("AB_.") {
			if other == good[i] {
				continue
			}
			tampered := good[:i] + string(other) + good[i+1:]
			if _, err := key.Verify(tampered); err == nil {
				t.Fatalf("%q instead of %q at %d: accepted, want an error", other, good[i], i)
			}
		}
	}
}

func TestErrorsQuoteNoToken(t *testing.T) {
	t.Parallel()
	const secret = "VeryUnlikelyWord"
	key := newKey(t, 1)
	for _, compact := range []string{
		secret,
		encode(`{"alg":"`+secret+`"}`) + "." + encode(`{}`) + "." + encode("x"),
		encode(`{"alg":"ES256","kid":"key1"}`) + "." + encode(`{"exp":"`+secret+`"}`) + "." + encode("x"),
		encode(`{"alg":"ES256","kid":"key1"}`) + "." + encode(`{"aud":"`+secret+`"}`) + "." + encode("x"),
	} {
		_, verifyErr := key.Verify(compact)
		_, entraErr := token.Entra(compact)
		for _, err := range []error{verifyErr, entraErr} {
			if err == nil || strings.Contains(err.Error(), secret) {
				t.Errorf("got %v, want an error that does not quote the token", err)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	private, key := signer(f)
	good := issue(f, key, claims())
	f.Add(good)
	f.Add(good[:len(good)-1])
	f.Add("")
	f.Add("..")
	f.Add(encode(`{"alg":"none"}`) + "." + encode(`{"sid":"s"}`) + ".")
	// Payloads, signed below, so that the search gets past the signature.
	f.Add(`{"sid":"s","aud":"urn:ms.faceSessionToken","iss":"urn:ms.cognitiveservices","iat":1,"exp":2,` +
		`"face":"{\"sessionType\":\"Liveness\"}","allowed-paths":"[{\"path\":\"face/v1.2/x\",\"quota\":-1}]"}`)
	f.Add(`{"sid":"s","aud":"urn:ms.faceSessionToken","iss":"urn:ms.cognitiveservices","nbf":"1","exp":2,` +
		`"face":"{\"sessionType\":\"LivenessWithVerify\"}","allowed-paths":"[{\"path\":\"face/v1.1-preview.1/x\"}]"}`)
	f.Add(`{"face":"[]","exp":1e300}`)
	f.Fuzz(func(t *testing.T, text string) {
		if grant, err := key.Verify(text); err == nil && text != good {
			t.Errorf("got %+v for a token that was not issued", grant)
		}
		signingText := encode(`{"alg":"ES256","kid":"key1"}`) + "." + encode(text)
		signature, err := jwt.SigningMethodES256.Sign(signingText, private)
		if err != nil {
			t.Fatal(err)
		}
		grant, err := key.Verify(signingText + "." + base64.RawURLEncoding.EncodeToString(signature))
		switch {
		case err == nil && (grant.SessionID == "" || len(grant.AllowedPaths) == 0):
			t.Errorf("got %+v, want a session and its paths", grant)
		case err != nil && !errors.Is(err, token.ErrMalformed):
			t.Errorf("got %v, want %v", err, token.ErrMalformed)
		}
	})
}

func ExampleKey_Verify() {
	encoded, err := token.NewKey(rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := token.ParseKey(encoded)
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2025, 10, 14, 20, 26, 40, 0, time.UTC)
	compact, err := key.Issue(token.Claims{
		SessionID:     "b12e033e-bda7-4b83-a211-e721c661f30e",
		Kind:          "Liveness",
		APIVersion:    "v1.2",
		Endpoint:      "https://localhost:10101",
		OperationMode: "Passive",
		IssuedAt:      now,
		Expires:       now.Add(10 * time.Minute),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	grant, err := key.Verify(compact)
	fmt.Println(grant.SessionID, err)
	fmt.Println(grant.Expires.Format(time.RFC3339))
	fmt.Println(grant.AllowedPaths[0].Path)
	// Output:
	// b12e033e-bda7-4b83-a211-e721c661f30e <nil>
	// 2025-10-14T20:36:40Z
	// face/v1.2/session/start
}
