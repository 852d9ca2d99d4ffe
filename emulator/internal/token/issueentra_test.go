package token_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

const identity = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"

func entraClaims() token.EntraClaims {
	return token.EntraClaims{
		Identity: identity,
		Audience: "https://cognitiveservices.azure.com",
		IssuedAt: issuedAt(),
		Expires:  issuedAt().Add(24 * time.Hour),
	}
}

func TestIssueEntraBytes(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	compact, err := key.IssueEntra(entraClaims())
	if err != nil {
		t.Fatal(err)
	}
	header, payload, signature := segments(t, compact)
	if want := `{"typ":"JWT","alg":"ES256","kid":"key1"}`; header != want {
		t.Errorf("header: got %s, want %s", header, want)
	}
	want := `{"aud":"https://cognitiveservices.azure.com","iss":"https://sts.windows.net/00000000-0000-0000-0000-000000000000/",` +
		`"iat":1760473600,"nbf":1760473600,"exp":1760560000,"appid":"` + identity + `","oid":"` + identity + `","sub":"` + identity + `",` +
		`"tid":"00000000-0000-0000-0000-000000000000","ver":"1.0"}`
	if payload != want {
		t.Errorf("payload:\n got %s\nwant %s", payload, want)
	}
	if len(signature) != 64 {
		t.Errorf("signature: got %d bytes, want 64", len(signature))
	}
	if _, err := key.Verify(compact); !errors.Is(err, token.ErrMalformed) {
		t.Errorf("in place of a session token: got %v, want %v", err, token.ErrMalformed)
	}
}

func TestIssueEntraRefuses(t *testing.T) {
	t.Parallel()
	key := newKey(t, 1)
	for name, change := range map[string]func(*token.EntraClaims){
		"nobody":              func(c *token.EntraClaims) { c.Identity = "" },
		"no GUID":             func(c *token.EntraClaims) { c.Identity = "system" },
		"GUID in braces":      func(c *token.EntraClaims) { c.Identity = "{" + identity[:34] + "}" },
		"GUID without dashes": func(c *token.EntraClaims) { c.Identity = strings.Repeat("0", 36) },
		"other audience":      func(c *token.EntraClaims) { c.Audience = "https://management.azure.com" },
		"scope":               func(c *token.EntraClaims) { c.Audience += "/.default" },
		"no lifetime":         func(c *token.EntraClaims) { c.Expires = c.IssuedAt },
		"far year":            func(c *token.EntraClaims) { c.Expires = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"before 1970": func(c *token.EntraClaims) {
			*c = token.EntraClaims{Identity: c.Identity, Audience: c.Audience, Expires: time.Unix(-1, 0)}
		},
	} {
		c := entraClaims()
		change(&c)
		if got, err := key.IssueEntra(c); err == nil || got != "" {
			t.Errorf("%s: got a token of %d bytes and error %v, want an error", name, len(got), err)
		}
	}
}

// Whatever is issued is read back, and opens nothing else.
func FuzzIssueEntra(f *testing.F) {
	f.Add(identity, "https://cognitiveservices.azure.com", int64(1760473600), int64(86400))
	f.Add(strings.ToUpper(identity), "https://cognitiveservices.azure.com/", int64(-5), int64(5))
	f.Add("00000000-0000-0000-0000-00000000000g", "https://cognitiveservices.azure.com", int64(0), int64(1))
	f.Add(identity, "urn:ms.faceSessionToken", int64(0), int64(1))
	f.Add(identity, "https://cognitiveservices.azure.com", int64(253402300798), int64(1))
	key := newKey(f, 1)
	f.Fuzz(func(t *testing.T, identity, audience string, issued, lifetime int64) {
		c := token.EntraClaims{
			Identity: identity,
			Audience: audience,
			IssuedAt: time.Unix(issued, 0).UTC(),
			Expires:  time.Unix(issued, 0).Add(time.Duration(lifetime % (1 << 32) * int64(time.Second))).UTC(),
		}
		compact, err := key.IssueEntra(c)
		if err != nil {
			return
		}
		got, err := token.Entra(compact)
		if want := (token.Identity{Resource: identity, Audience: audience, Expires: c.Expires}); err != nil || got != want {
			t.Errorf("got %+v and error %v, want %+v", got, err, want)
		}
		if _, err := key.Verify(compact); !errors.Is(err, token.ErrMalformed) {
			t.Errorf("in place of a session token: got %v, want %v", err, token.ErrMalformed)
		}
	})
}

func ExampleKey_IssueEntra() {
	encoded, err := token.NewKey(strings.NewReader(strings.Repeat("x", 32)))
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
	compact, err := key.IssueEntra(token.EntraClaims{
		Identity: "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a",
		Audience: "https://cognitiveservices.azure.com",
		IssuedAt: now,
		Expires:  now.Add(24 * time.Hour),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	who, err := token.Entra(compact)
	fmt.Println(who.Resource, who.Expires.Format(time.RFC3339), err)
	// Output:
	// 853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a 2025-10-15T20:26:40Z <nil>
}
