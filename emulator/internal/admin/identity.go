package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// identityVersion is what azure-identity and MSAL ask for in every language.
	identityVersion = "2019-08-01"
	// identityAudience is the resource that tokens are for [documented: entra-audience].
	identityAudience = "https://cognitiveservices.azure.com"
	// identityLifetime is that of a managed identity's token [documented: identity-token-life].
	// Clients ask for a new one when half of it is over.
	identityLifetime = 24 * time.Hour
	// systemIdentity is the identity of a client that names none.
	systemIdentity = "5e1f0ace-0000-4000-8000-000000000001"
)

// IdentityClaims are what the access token of a managed identity is to say.
type IdentityClaims struct {
	Identity string // GUID
	Audience string // https://cognitiveservices.azure.com; a slash may follow

	IssuedAt, Expires time.Time // whole seconds, 24 hours apart
}

// identityToken is the answer of the endpoint [documented: identity-answer].
// Clients insist on access_token and expires_on.
type identityToken struct {
	AccessToken string `json:"access_token"`
	ExpiresOn   string `json:"expires_on"` // seconds since 1970; a number would not do
	Resource    string `json:"resource"`
	Type        string `json:"token_type"`
	ClientID    string `json:"client_id"`
}

// identity gives out access tokens as the endpoint for managed identities in
// Azure App Service does [documented: identity-endpoint], so that
// DefaultAzureCredential works with IDENTITY_ENDPOINT and IDENTITY_HEADER set.
// Every identity that a client names exists.
func (c HandlerConfig) identity(r *http.Request) answer {
	// The header comes first: it is what keeps forged requests out.
	given := r.Header.Get("X-Identity-Header")
	if c.IdentityHeader == "" || subtle.ConstantTimeCompare([]byte(given), []byte(c.IdentityHeader)) != 1 {
		return refuseIdentity(http.StatusUnauthorized,
			"X-IDENTITY-HEADER is missing or wrong; set IDENTITY_HEADER to the value that the emulator shows when it starts")
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return refuseIdentity(http.StatusBadRequest, "the query is malformed")
	}
	names := identityNames(query)
	resource := query.Get("resource")
	switch {
	case query.Get("api-version") != identityVersion:
		return refuseIdentity(http.StatusBadRequest, "api-version must be "+identityVersion)
	case strings.TrimSuffix(resource, "/") != identityAudience:
		return refuseIdentity(http.StatusBadRequest, "resource must be "+identityAudience+", without /.default")
	case len(names) > 1:
		return refuseIdentity(http.StatusBadRequest, "at most one of client_id, principal_id, object_id and mi_res_id may be given")
	}
	claims := IdentityClaims{Identity: systemIdentity, Audience: resource, IssuedAt: c.Now().Truncate(time.Second)}
	claims.Expires = claims.IssuedAt.Add(identityLifetime)
	if len(names) == 1 {
		claims.Identity = identityOf(names[0])
	}
	signed, err := c.SignIdentity(claims)
	if err != nil {
		return refuseIdentity(http.StatusInternalServerError, "the access token could not be made: "+err.Error())
	}
	return reply(http.StatusOK, identityToken{
		AccessToken: signed,
		ExpiresOn:   strconv.FormatInt(claims.Expires.Unix(), 10),
		Resource:    resource,
		Type:        "Bearer",
		ClientID:    claims.Identity,
	})
}

// refuseIdentity words an error as the endpoint does: the clients show message.
// They try 404, 429 and most of 5xx again, for up to half a minute, so what the
// caller can mend is none of these.
func refuseIdentity(status int, hint string) answer {
	a := reply(status, struct {
		Status  int    `json:"statusCode"`
		Message string `json:"message"`
	}{status, hint})
	a.hint = hint
	return a
}

// identityNames returns all that names a user-assigned identity. An empty
// parameter is as good as none [assumed: identity-empty-parameter].
func identityNames(query url.Values) []string {
	var names []string
	for _, parameter := range []string{"client_id", "principal_id", "object_id", "mi_res_id"} {
		for _, name := range query[parameter] {
			if name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// identityOf returns the GUID of the identity of that name: the name itself when
// it is a GUID, else one that follows from it. Case does not count, as in
// resource ids.
func identityOf(name string) string {
	name = strings.ToLower(name)
	digits, err := hex.DecodeString(strings.ReplaceAll(name, "-", ""))
	if err == nil && len(digits) == 16 && guid(digits) == name {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	sum[6] = sum[6]&0x0f | 0x40 // version 4
	sum[8] = sum[8]&0x3f | 0x80 // variant of RFC 9562
	return guid(sum[:16])
}

// guid returns 16 bytes in the form 8-4-4-4-12.
func guid(b []byte) string {
	digits := hex.EncodeToString(b)
	return strings.Join([]string{digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]}, "-")
}
