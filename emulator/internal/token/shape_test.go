package token_test

import (
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

func TestShape2024Bytes(t *testing.T) {
	t.Parallel()
	const (
		before = `{"region":"westus","subscription-id":"00000000000000000000000000000001","product-id":"Face.S0",` +
			`"allowed-paths":"[` +
			`{\"path\":\"face/v1.1-preview.1/session/start\",\"method\":\"POST\",\"quota\":1,\"callRateRenewalPeriod\":60,\"callRateLimit\":1},` +
			`{\"path\":\"face/v1.1-preview.1/`
		between = `/singleModal\",\"method\":\"post\",\"quota\":3,\"callRateRenewalPeriod\":5,\"callRateLimit\":1}]",` +
			`"azure-resource-id":"/subscriptions/s/resourceGroups/g/providers/Microsoft.CognitiveServices/accounts/a",` +
			`"sid":"b12e033e-bda7-4b83-a211-e721c661f30e","nbf":"1760473600",` +
			`"face":"{\"endpoint\":\"http://localhost:10100\",\"sessionType\":\"`
		after = `}}","aud":"urn:ms.faceSessionToken","exp":1760474200,"iss":"urn:ms.cognitiveservices"}`
	)
	for kind, parts := range map[string][2]string{
		"Liveness": {"detectLiveness", `Liveness\",\"clientClaims\":{\"livenessOperationMode\":\"Passive\"`},
		"LivenessWithVerify": {
			"detectLivenessWithVerify",
			`LivenessWithVerify\",\"clientClaims\":{\"verifyImageProvided\":true,\"livenessOperationMode\":\"Passive\"`,
		},
	} {
		c := claims()
		c.Shape = token.Shape2024
		c.APIVersion = "v1.1-preview.1"
		c.Kind = kind
		c.VerifyImageProvided = true
		c.DeviceCorrelationIDSetInClient = true
		_, payload, _ := segments(t, issue(t, newKey(t, 1), c))
		if want := before + parts[0] + between + parts[1] + after; payload != want {
			t.Errorf("%s:\n got %s\nwant %s", kind, payload, want)
		}
	}
}

func TestShape2024RoundTrip(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	for _, kind := range []string{"Liveness", "LivenessWithVerify"} {
		// Far from and before 1970: the claim is text.
		for _, issued := range []time.Time{issuedAt(), time.Unix(0, 0).UTC(), time.Unix(-1, 0).UTC()} {
			want := claims()
			want.Shape = token.Shape2024
			want.Kind = kind
			want.IssuedAt, want.Expires = issued, issued.Add(time.Minute)
			got, err := newKey(t, 1).Verify(issue(t, key, want))
			if err != nil {
				t.Fatalf("%s of %s: %v", kind, issued, err)
			}
			paths := token.Shape2025.Paths("v1.2", kind)
			if diff := cmp.Diff(token.Grant{Claims: want, AllowedPaths: []token.Path{paths[0], paths[2]}}, got); diff != "" {
				t.Errorf("%s of %s (-want +got):\n%s", kind, issued, diff)
			}
		}
	}
}

// At the beginning of 1970 the number is zero, and still a claim.
func TestShape2025Zero(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	c := claims()
	c.IssuedAt, c.Expires = time.Unix(0, 0).UTC(), time.Unix(60, 0).UTC()
	grant, err := newKey(t, 1).Verify(issue(t, key, c))
	if err != nil || grant.Shape != token.Shape2025 || !grant.IssuedAt.Equal(c.IssuedAt) {
		t.Errorf("got shape %d of %s and error %v, want shape %d of %s", grant.Shape, grant.IssuedAt, err, token.Shape2025, c.IssuedAt)
	}
}

func TestShapeUnknown(t *testing.T) {
	t.Parallel()
	for _, shape := range []token.Shape{-1, 2} {
		c := claims()
		c.Shape = shape
		if got, err := newKey(t, 1).Issue(c); err == nil || got != "" {
			t.Errorf("shape %d: got a token of %d bytes and error %v, want an error", shape, len(got), err)
		}
	}
}

// A token has one time of issue, in the form of its shape.
func TestVerifyTimeOfIssue(t *testing.T) {
	t.Parallel()
	private, key := signer(t)
	for name, test := range map[string]struct {
		iat, nbf any
		want     error
	}{
		"number":         {1, nil, nil},
		"string":         {nil, "1", nil},
		"neither":        {nil, nil, token.ErrMalformed},
		"both":           {1, "1", token.ErrMalformed},
		"nbf a number":   {nil, 1, token.ErrMalformed},
		"nbf no number":  {nil, "today", token.ErrMalformed},
		"nbf a fraction": {nil, "1.5", token.ErrMalformed},
		"nbf empty":      {nil, "", token.ErrMalformed},
		"nbf too large":  {nil, "9223372036854775808", token.ErrMalformed},
		"nbf at exp":     {nil, "2", token.ErrMalformed},
		"iat a string":   {"1", nil, token.ErrMalformed},
		"nbf after exp":  {nil, "3", token.ErrMalformed},
		"nbf negative":   {nil, "-1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := jwt.MapClaims{
				"sid": "s", "aud": "urn:ms.faceSessionToken", "iss": "urn:ms.cognitiveservices", "exp": 2,
				"face":          `{"sessionType":"Liveness"}`,
				"allowed-paths": `[{"path":"face/v1.2/session/start","method":"POST","quota":1}]`,
			}
			if test.iat != nil {
				c["iat"] = test.iat
			}
			if test.nbf != nil {
				c["nbf"] = test.nbf
			}
			unsigned := jwt.NewWithClaims(jwt.SigningMethodES256, c)
			unsigned.Header["kid"] = "key1"
			compact, err := unsigned.SignedString(private)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := key.Verify(compact); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func BenchmarkIssue2024(b *testing.B) {
	key := newKey(b, 1)
	c := claims()
	c.Shape = token.Shape2024
	b.ReportAllocs()
	for b.Loop() {
		if _, err := key.Issue(c); err != nil {
			b.Fatal(err)
		}
	}
}
