package httpapi

import (
	"encoding/base64"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/httpapi/wire"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/resource"
)

// settings is the wire form of a resource's settings [documented: abuse-settings].
type settings struct {
	LivenessAbuseMonitoring abuseMonitoring `json:"livenessAbuseMonitoring"`
}

type abuseMonitoring struct {
	Enabled bool `json:"enabled"`
}

func encodeSettings(stored resource.Settings, err error) (response, error) {
	if err != nil {
		return response{}, err
	}
	return jsonResponse(wire.Marshal(settings{abuseMonitoring{stored.AbuseMonitoring}}))
}

// readSettings returns the settings of the caller's resource.
func readSettings() operation {
	return operation{name: "getSettings", ofNone: true, handle: func(c *call) (response, error) {
		return encodeSettings(c.Resources.Settings(c.request.Context(), c.resource))
	}}
}

// changeSettings changes what its body names and returns all settings.
func changeSettings() operation {
	return operation{name: "patchSettings", validated: true, ofNone: true, handle: func(c *call) (response, error) {
		fields, err := c.jsonFields()
		if err != nil {
			return response{}, err
		}
		withoutNulls(fields)
		if problems := c.schema.Validate(fields); len(problems) > 0 {
			return response{}, c.refuseProblems(problems)
		}
		monitoring, _ := fields["livenessAbuseMonitoring"].(map[string]any)
		enabled, given := monitoring["enabled"].(bool)
		if !given {
			c.log.hint = `nothing was changed; send {"livenessAbuseMonitoring":{"enabled":false}} or true`
		}
		return encodeSettings(c.Resources.ChangeSettings(c.request.Context(), c.resource, func(stored *resource.Settings) {
			if given {
				stored.AbuseMonitoring = enabled
			}
		}))
	}}
}

// withoutNulls removes members that are null, which count as left out.
func withoutNulls(fields map[string]any) {
	for name, value := range fields {
		switch inner := value.(type) {
		case nil:
			delete(fields, name)
		case map[string]any:
			withoutNulls(inner)
		}
	}
}

// clientAssetsLife is how long a client assets token is good
// [assumed: assets-token-life].
const clientAssetsLife = 24 * time.Hour

type clientAssetsToken struct {
	Expiry            string `json:"expiry"`
	AccessToken       string `json:"accessToken"`
	Base64AccessToken string `json:"base64AccessToken"` // of the token's text [assumed: assets-token-base64]
}

// readClientAssetsToken returns a token for the feed of the client's packages. It
// has the form of the service's and opens nothing.
func readClientAssetsToken() operation {
	return operation{name: "getClientAssetsAccessToken", ofNone: true, handle: func(c *call) (response, error) {
		issued, expires, err := c.Service.ClientAssetsToken(c.request.Context(), c.resource, clientAssetsLife)
		if err != nil {
			return response{}, err
		}
		return jsonResponse(wire.Marshal(clientAssetsToken{
			Expiry:            expires.UTC().Format("2006-01-02T15:04:05.000Z"),
			AccessToken:       issued,
			Base64AccessToken: base64.StdEncoding.EncodeToString([]byte(issued)),
		}))
	}}
}
