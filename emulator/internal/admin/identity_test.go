package admin_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/admin"
)

const (
	audience = "https://cognitiveservices.azure.com"
	asked    = "/_emulator/identity?api-version=2019-08-01&resource=" + audience
	system   = "5e1f0ace-0000-4000-8000-000000000001"
)

// tokenAnswer is what the clients read.
type tokenAnswer struct {
	AccessToken string `json:"access_token"`
	ClientID    string `json:"client_id"`
}

// ask returns the client id of the identity that the query leads to.
func ask(t *testing.T, query string) string {
	t.Helper()
	var log bytes.Buffer
	r := request(t, http.MethodGet, asked+query)
	r.Header.Set("X-IDENTITY-HEADER", secret)
	w, _ := serve(config(&log), &log, r)
	var answer tokenAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%s: got %d %s", query, w.Code, w.Body)
	}
	var claims admin.IdentityClaims
	if err := json.Unmarshal([]byte(answer.AccessToken), &claims); err != nil || claims.Identity != answer.ClientID {
		t.Errorf("%s: got a token for %q, error %v; want one for %q", query, claims.Identity, err, answer.ClientID)
	}
	return answer.ClientID
}

func TestIdentityBytes(t *testing.T) {
	t.Parallel()
	for target, resource := range map[string]string{
		asked:       audience,
		asked + "/": audience + "/",
		"/_emulator/identity/?resource=https%3A%2F%2Fcognitiveservices.azure.com&api-version=2019-08-01": audience, // as JavaScript and Java encode it
		asked + "&client_id=": audience,
	} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			c := config(&log)
			var told admin.IdentityClaims
			c.SignIdentity = func(claims admin.IdentityClaims) (string, error) {
				told = claims
				return "a.signed.token", nil
			}
			r := request(t, http.MethodGet, target)
			r.Header.Set("X-IDENTITY-HEADER", secret)
			w, logged := serve(c, &log, r)
			want := `{"access_token":"a.signed.token","expires_on":"1767409445","resource":"` + resource +
				`","token_type":"Bearer","client_id":"` + system + `"}`
			if w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("got %d %s\nwant 200 %s", w.Code, w.Body, want)
			}
			issued := now().Truncate(1e9)
			if wanted := (admin.IdentityClaims{
				Identity: system, Audience: resource, IssuedAt: issued, Expires: issued.AddDate(0, 0, 1),
			}); told != wanted {
				t.Errorf("signed %+v; want %+v", told, wanted)
			}
			checkHeaders(t, w)
			for _, never := range []string{secret, "a.signed.token"} {
				if strings.Contains(logged, never) {
					t.Errorf("the log holds a secret: %s", logged)
				}
			}
		})
	}
}

func TestIdentityRefuses(t *testing.T) {
	t.Parallel()
	const (
		header   = "X-IDENTITY-HEADER is missing or wrong"
		version  = "api-version must be 2019-08-01"
		resource = "resource must be https://cognitiveservices.azure.com"
		names    = "at most one of"
		path     = "/_emulator/identity"
	)
	for name, test := range map[string]struct {
		target, header string
		status         int
		hint           string
	}{
		"no header":           {asked, "", 401, header},
		"wrong header":        {asked, "x", 401, header},
		"longer header":       {asked, secret + "x", 401, header},
		"header, all wrong":   {path, "x", 401, header},
		"no api-version":      {path + "?resource=" + audience, secret, 400, version},
		"old api-version":     {path + "?api-version=2017-09-01&resource=" + audience, secret, 400, version},
		"api-version of IMDS": {path + "?api-version=2018-02-01&resource=" + audience, secret, 400, version},
		"no resource":         {path + "?api-version=2019-08-01", secret, 400, resource},
		"other resource":      {path + "?api-version=2019-08-01&resource=https://vault.azure.net", secret, 400, resource},
		"scope":               {asked + "/.default", secret, 400, resource},
		"two slashes":         {asked + "//", secret, 400, resource},
		"two names":           {asked + "&client_id=a&object_id=a", secret, 400, names},
		"one name twice":      {asked + "&client_id=a&client_id=a", secret, 400, names},
		"query malformed":     {asked + "&client_id=%zz", secret, 400, "the query is malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			r := request(t, http.MethodGet, test.target)
			if test.header != "" {
				r.Header.Set("X-IDENTITY-HEADER", test.header)
			}
			w, logged := serve(config(&log), &log, r)
			var got struct {
				StatusCode int
				Message    string
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatalf("%s: %v", w.Body, err)
			}
			if w.Code != test.status || got.StatusCode != test.status || !strings.HasPrefix(got.Message, test.hint) {
				t.Errorf("got %d %s; want %d with %q", w.Code, w.Body, test.status, test.hint)
			}
			if !strings.Contains(logged, test.hint) || !strings.Contains(logged, `"level":"WARN"`) || strings.Contains(logged, secret) {
				t.Errorf("got log %s; want a warning with %q and no secret", logged, test.hint)
			}
		})
	}
}

// An empty secret is no secret, and a header without a value does not match it.
func TestIdentityWithoutSecret(t *testing.T) {
	t.Parallel()
	for _, header := range [][]string{nil, {""}, {secret}} {
		var log bytes.Buffer
		c := config(&log)
		c.IdentityHeader = ""
		r := request(t, http.MethodGet, asked)
		r.Header["X-Identity-Header"] = header
		if w, _ := serve(c, &log, r); w.Code != http.StatusUnauthorized {
			t.Errorf("header %q: got %d; want %d", header, w.Code, http.StatusUnauthorized)
		}
	}
}

func TestIdentityNotSigned(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	c := config(&log)
	c.SignIdentity = func(admin.IdentityClaims) (string, error) { return "", errors.New("no key") }
	r := request(t, http.MethodGet, asked)
	r.Header.Set("X-IDENTITY-HEADER", secret)
	w, logged := serve(c, &log, r)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `{"statusCode":500,"message":"`) {
		t.Errorf("got %d %s; want 500 in the protocol's form", w.Code, w.Body)
	}
	if !strings.Contains(logged, "no key") {
		t.Errorf("got log %s; want the cause", logged)
	}
}

func TestIdentityNames(t *testing.T) {
	t.Parallel()
	const (
		id       = "0b9a43d9-5bfa-4b22-a3f3-853b9a84ad8a"
		resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/a"
	)
	if got := ask(t, ""); got != system {
		t.Errorf("nobody named: got %s; want %s", got, system)
	}
	for _, parameter := range []string{"client_id", "principal_id", "object_id", "mi_res_id"} {
		for _, name := range []string{id, strings.ToUpper(id)} {
			if got := ask(t, "&"+parameter+"="+name); got != id {
				t.Errorf("%s: got %s; want %s", parameter, got, id)
			}
		}
		if got, want := ask(t, "&"+parameter+"="+url.QueryEscape(resource)), "af8064a1-2791-4587-8049-650a73f6e846"; got != want {
			t.Errorf("%s: got %s; want %s", parameter, got, want)
		}
	}
	guid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[string]string{}
	for _, name := range []string{
		"my-app", "my-app2", " ", "ü", strings.ReplaceAll(id, "-", ""), "{" + id + "}", id + "0", id[:35], id[:35] + "g",
		"0b9a43d95-bfa-4b22-a3f3-853b9a84ad8a", strings.Repeat("x", 5000),
	} {
		got := ask(t, "&client_id="+url.QueryEscape(name))
		if !guid.MatchString(got) || seen[got] != "" {
			t.Errorf("%q: got %s, which %q has too; want a GUID of its own", name, got, seen[got])
		}
		seen[got] = name
		if again := ask(t, "&client_id="+url.QueryEscape(strings.ToUpper(name))); again != got {
			t.Errorf("%q in capitals: got %s; want %s", name, again, got)
		}
	}
}
