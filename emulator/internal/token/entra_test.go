package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/token"
)

const entraHeader = `{"typ":"JWT","alg":"RS256","x5t":"x","kid":"x"}`

func TestEntra(t *testing.T) {
	t.Parallel()
	expires := time.Date(2033, 5, 18, 3, 33, 20, 0, time.UTC)
	tests := []struct {
		name    string
		payload string
		want    token.Identity
	}{
		{
			"user", `{"aud":"https://cognitiveservices.azure.com","exp":2000000000,"oid":"o","appid":"a"}`,
			token.Identity{Resource: "o", Audience: "https://cognitiveservices.azure.com", Expires: expires},
		},
		{
			"application", `{"aud":"https://cognitiveservices.azure.com/","exp":2000000000,"appid":"a"}`,
			token.Identity{Resource: "a", Audience: "https://cognitiveservices.azure.com/", Expires: expires},
		},
		{
			"array of audiences", `{"aud":["x","https://cognitiveservices.azure.com"],"exp":2000000000.9,"oid":"o","nbf":"x"}`,
			token.Identity{Resource: "o", Audience: "https://cognitiveservices.azure.com", Expires: expires},
		},
		{
			"long expired", `{"aud":"https://cognitiveservices.azure.com","exp":0,"oid":"o"}`,
			token.Identity{Resource: "o", Audience: "https://cognitiveservices.azure.com", Expires: time.Unix(0, 0).UTC()},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, signature := range []string{"c2ln", "", "signature_"} {
				got, err := token.Entra(encode(entraHeader) + "." + encode(test.payload) + "." + signature)
				if err != nil || got != test.want {
					t.Errorf("signature %q: got %+v and error %v, want %+v", signature, got, err, test.want)
				}
			}
		})
	}
}

func TestEntraRefuses(t *testing.T) {
	t.Parallel()
	jwtOf := func(payload string) string { return encode(entraHeader) + "." + encode(payload) + ".c2ln" }
	const audience = `"aud":"https://cognitiveservices.azure.com"`
	tests := []struct {
		name    string
		compact string
		want    error
	}{
		{"session token", issue(t, newKey(t, 1), claims()), token.ErrSessionToken},
		{"session token of another emulator", issue(t, newKey(t, 2), claims()), token.ErrSessionToken},
		{"empty", "", token.ErrMalformed},
		{"a subscription key", strings.Repeat("0", 32), token.ErrMalformed},
		{"two segments", encode(entraHeader) + "." + encode(`{}`), token.ErrMalformed},
		{"signature not base64url", encode(entraHeader) + "." + encode(`{}`) + ".c2l/", token.ErrMalformed},
		{"header without alg", encode(`{}`) + "." + encode(`{}`) + ".", token.ErrMalformed},
		{"payload is not JSON", jwtOf(`x`), token.ErrMalformed},
		{"payload is null", jwtOf(`null`), token.ErrAudience},
		{"line end", jwtOf(`{`+audience+`,"exp":1,"oid":"o"}`) + "\n", token.ErrMalformed},
		{"too long", jwtOf(`{` + audience + `,"exp":1,"oid":"` + strings.Repeat("o", 16<<10) + `"}`), token.ErrMalformed},
		{"no audience", jwtOf(`{"exp":1,"oid":"o"}`), token.ErrAudience},
		{"other audience", jwtOf(`{"aud":"https://management.azure.com/","exp":1,"oid":"o"}`), token.ErrAudience},
		{"two slashes", jwtOf(`{"aud":"https://cognitiveservices.azure.com//","exp":1,"oid":"o"}`), token.ErrAudience},
		{"audience and more", jwtOf(`{"aud":"https://cognitiveservices.azure.com.example","exp":1,"oid":"o"}`), token.ErrAudience},
		{"audience a number", jwtOf(`{"aud":1,"exp":1,"oid":"o"}`), token.ErrMalformed},
		{"no exp", jwtOf(`{` + audience + `,"oid":"o"}`), token.ErrMalformed},
		{"exp null", jwtOf(`{` + audience + `,"exp":null,"oid":"o"}`), token.ErrMalformed},
		{"exp a string", jwtOf(`{` + audience + `,"exp":"2000000000","oid":"o"}`), token.ErrMalformed},
		{"exp negative", jwtOf(`{` + audience + `,"exp":-1,"oid":"o"}`), token.ErrMalformed},
		{"exp in milliseconds of a far year", jwtOf(`{` + audience + `,"exp":1e18,"oid":"o"}`), token.ErrMalformed},
		{"nobody", jwtOf(`{` + audience + `,"exp":1}`), token.ErrMalformed},
		{"oid a number", jwtOf(`{` + audience + `,"exp":1,"oid":1}`), token.ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := token.Entra(test.compact)
			if !errors.Is(err, test.want) || got != (token.Identity{}) {
				t.Errorf("got %+v and error %v, want %v", got, err, test.want)
			}
		})
	}
}

func FuzzEntra(f *testing.F) {
	f.Add(encode(entraHeader) + "." + encode(`{"aud":"https://cognitiveservices.azure.com","exp":2000000000,"oid":"o"}`) + ".")
	f.Add("..")
	f.Add(`{"aud":["https://cognitiveservices.azure.com/"],"exp":1e300,"appid":"a"}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, compact := range []string{text, encode(entraHeader) + "." + encode(text) + "."} {
			got, err := token.Entra(compact)
			if err == nil && (got.Resource == "" || got.Audience == "" || got.Expires.Year() > 9999) {
				t.Errorf("got %+v, want a whole identity", got)
			}
		}
	})
}
