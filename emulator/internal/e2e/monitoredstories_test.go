package e2e_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// The version with user ids and abuse monitoring.
const monitored = "v1.3-preview.1"

const monitoredBody = `{"livenessOperationMode":"Passive","deviceCorrelationId":"11902120-3636-1876-4916-073bdc0f9b12",` +
	`"numberOfClientAttemptsAllowed":0,"userCorrelationId":"eab3f6b7-baab-4a72-abee-d76eba620f6c"}`

// TestMonitoredStory is the recorded beginning of a session and the documented rest.
func TestMonitoredStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, monitored)
	if len(monitoredBody) != 189 {
		t.Fatalf("the request has %d bytes; the recorded one has 189", len(monitoredBody))
	}
	s.do(jsonCreate("Create as recorded", "s", monitoredBody, nil))
	fresh := s.read("Read before the device starts", "s")
	if len(fresh) != 147 {
		t.Errorf("before the start: got %d bytes (%s); the recorded answer has 147", len(fresh), fresh)
	}
	s.device("The device starts", "s", "session/start")
	s.device("The device is analysed", "s", "detectLiveness/singleModal")
	s.read("Read when done", "s")
	s.device("0 attempts count as 1", "s", "detectLiveness/singleModal")
	s.device("The device closes the attempt", "s", "session/attempt/end")
	s.do(exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/{s}", key: storyKey})
	s.compare("liveness")
}

// TestMonitoredVerifyStory sends every member as a part of the form, including those that
// the specification does not list.
func TestMonitoredVerifyStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, monitored)
	parts := []formPart{
		mode().part(),
		device().part(),
		{"userCorrelationIdSetInClient", "", "true"},
		{"numberOfClientAttemptsAllowed", "", "3"},
		{"expectedClientIpAddress", "", "192.0.2.0/24"},
		{"enableSessionImage", "", "true"},
		{"returnVerifyImageHash", "", "true"},
		{"verifyImage", "v.png", picture(t, 1000, 800)},
	}
	contentType, body := form(t, parts...)
	s.do(exchange{
		title: "Create", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
		contentType: contentType, body: body, header: map[string]string{"X-Face-Liveness-Scenario": "masked-first"}, as: "s",
	})
	s.readWithVerify("Read before the device starts", "s")
	s.device("Detect while the user's id is owed", "s", "detectLivenessWithVerify/singleModal")
	s.do(exchange{
		title: "Start with the user's id", method: http.MethodPost, path: "{face}/session/start", token: "{s.token}",
		contentType: "application/json", body: []byte(`{"userCorrelationId":"user-2"}`),
	})
	s.device("First attempt", "s", "detectLivenessWithVerify/singleModal")
	s.readWithVerify("Read between the attempts", "s")
	s.device("Second attempt", "s", "detectLivenessWithVerify/singleModal")
	done := s.readWithVerify("Read after the second", "s")
	s.known["{image}"] = firstMatch(done, `"sessionImageId":"([\w-]{44})"`)
	s.get("Read the session image", "{face}/sessionImages/{image}")
	s.do(exchange{title: "Delete", method: http.MethodDelete, path: "{face}/detectLivenessWithVerify-sessions/{s}", key: storyKey})
	s.compare("verify")
}

// TestAbuseStory has an attempt that the scenario flags, one in another session of the
// same user, one of another user, and one without monitoring.
func TestAbuseStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, monitored)
	create := func(as, device, user, scenario string) {
		t.Helper()
		s.do(jsonCreate("Create "+as, as, fmt.Sprintf(
			`{"livenessOperationMode":"Passive","deviceCorrelationId":%q,"userCorrelationId":%q,"enableSessionImage":true}`, device, user),
			map[string]string{"X-Face-Liveness-Scenario": scenario}))
	}
	play := func(title, session string) string {
		t.Helper()
		s.device("The device is analysed: "+title, session, "detectLiveness/singleModal")
		return s.read("Read: "+title, session)
	}
	s.get("Settings at first", "{face}/settings")
	create("flagged", "phone-1", "user-1", "abuse-detected")
	first := play("flagged", "flagged")
	create("same-user", "phone-2", "user-1", "happy-path")
	second := play("another session of the same user", "same-user")
	create("same-device", "phone-1", "user-2", "abuse-detected")
	third := play("flagged, with the same device", "same-device")
	create("stranger", "phone-3", "user-3", "happy-path")
	fourth := play("a stranger", "stranger")

	patch := func(title, body string) {
		t.Helper()
		s.do(exchange{
			title: title, method: http.MethodPatch, path: "{face}/settings", key: storyKey,
			contentType: "application/json", body: []byte(body),
		})
	}
	patch("Monitoring is switched off", `{"livenessAbuseMonitoring":{"enabled":false}}`)
	s.get("Settings afterwards", "{face}/settings")
	s.do(exchange{title: "Settings of another resource", method: http.MethodGet, path: "{face}/settings", key: "another-key"})
	create("unwatched", "phone-1", "user-1", "abuse-detected")
	fifth := play("without monitoring", "unwatched")
	s.read("A session from before keeps its monitoring", "flagged")
	patch("An empty change changes nothing", `{}`)
	patch("Nor does one with an empty member", `{"livenessAbuseMonitoring":{}}`)
	patch("A text is no switch", `{"livenessAbuseMonitoring":{"enabled":"true"}}`)
	patch("Nor is a bare value", `{"livenessAbuseMonitoring":true}`)
	patch("The shape of an old example", `{"enabled":true}`)
	patch("Monitoring is switched on", `{"livenessAbuseMonitoring":{"enabled":true}}`)
	s.do(exchange{title: "Delete the flagged session", method: http.MethodDelete, path: "{face}/detectLiveness-sessions/{flagged}", key: storyKey})
	create("late", "phone-9", "user-1", "happy-path")
	sixth := play("after the flagged session is gone", "late")

	const clean = `"abuseMonitoringResult":{"isAbuseDetected":false,"otherFlaggedSessions":[]}`
	flag := func(session, of string) string {
		return `[{"attemptId":1,"sessionId":"` + s.known["{"+session+"}"] + `","sessionImageId":"` + firstMatch(of, `"sessionImageId":"([\w-]{44})"`) + `"}]`
	}
	for name, test := range map[string]struct{ got, want string }{
		"flagged":     {first, `"clientInformation":[{"ip":"192.0.2.1"}],"abuseMonitoringResult":{"isAbuseDetected":true,"otherFlaggedSessions":[]}`},
		"same user":   {second, `"abuseMonitoringResult":{"isAbuseDetected":false,"otherFlaggedSessions":` + flag("flagged", first) + `}`},
		"same device": {third, `"abuseMonitoringResult":{"isAbuseDetected":true,"otherFlaggedSessions":` + flag("flagged", first) + `}`},
		"stranger":    {fourth, clean},
		"unwatched":   {fifth, `"isAbuseMonitoringEnabled":false`},
		"late":        {sixth, clean},
	} {
		if !strings.Contains(test.got, test.want) {
			t.Errorf("%s: got %s; want %s in it", name, test.got, test.want)
		}
	}
	if strings.Contains(fifth, "abuseMonitoringResult") || !strings.Contains(fifth, `"clientInformation"`) {
		t.Errorf("unwatched: got %s; want the client without a finding", fifth)
	}
	s.compare("abuse")
}

// TestMonitoredErrorsStory has the refusals that are new in this version.
func TestMonitoredErrorsStory(t *testing.T) {
	t.Parallel()
	s := newStory(t, monitored)
	with := func(member string) string {
		return `{"livenessOperationMode":"Passive","deviceCorrelationId":"d"` + member + `}`
	}
	for _, x := range []struct{ title, member string }{
		{"No user correlation id", ``},
		{"Empty user correlation id", `,"userCorrelationId":""`},
		{"Long user correlation id", fmt.Sprintf(`,"userCorrelationId":"%065d"`, 0)},
		{"User correlation id of another type", `,"userCorrelationId":7`},
		{"Four attempts", `,"userCorrelationId":"u","numberOfClientAttemptsAllowed":4`},
		{"Fewer than no attempts", `,"userCorrelationId":"u","numberOfClientAttemptsAllowed":-1`},
		{"No address", `,"userCorrelationId":"u","expectedClientIpAddress":"localhost"`},
		{"No range", `,"userCorrelationId":"u","expectedClientIpAddress":"10.0.0.0/33"`},
		{"An address with a zone", `,"userCorrelationId":"u","expectedClientIpAddress":"fe80::1%eth0"`},
	} {
		s.do(jsonCreate(x.title, "", with(x.member), nil))
	}
	contentType, body := form(t, mode().part(), device().part(), formPart{"verifyImage", "v.png", picture(t, 64, 64)})
	s.do(exchange{
		title: "No user correlation id with verify", method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions",
		key: storyKey, contentType: contentType, body: body,
	})
	s.get("Settings of a resource cannot be listed below", "{face}/settings/x")
	s.do(exchange{title: "Settings without a key", method: http.MethodGet, path: "{face}/settings"})
	s.do(exchange{title: "Settings cannot be deleted", method: http.MethodDelete, path: "{face}/settings", key: storyKey})
	s.compare("errors")
}

// TestClientAssetsToken checks that the token has the documented form and follows the
// resource's clock.
func TestClientAssetsToken(t *testing.T) {
	t.Parallel()
	s := newStory(t, monitored)
	got := s.get("Token", "{face}/settings/getClientAssetsAccessToken").Body.String()
	token := firstMatch(got, `"accessToken":"([^"]+)"`)
	want := `{"expiry":"` + s.clock.Now().Add(24*time.Hour).Format("2006-01-02T15:04:05.000Z") + `","accessToken":"` + token +
		`","base64AccessToken":"` + base64.StdEncoding.EncodeToString([]byte(token)) + `"}`
	if got != want || token == "" {
		t.Errorf("got %s; want %s", got, want)
	}
	s.compare("assets")
	// It is not accepted by any call.
	s.known["{assets}"] = token
	for _, x := range []exchange{
		{title: "As an Entra token", method: http.MethodGet, path: "{face}/settings", token: "{assets}"},
		{title: "As a session's token", method: http.MethodPost, path: "{face}/session/start", token: "{assets}"},
	} {
		if w := s.do(x); w.Code != http.StatusUnauthorized {
			t.Errorf("%s: got %d; want 401", x.title, w.Code)
		}
	}
}

// TestExpectedClientAddress checks that device calls from another address are refused and
// use no attempt.
func TestExpectedClientAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		expected, peer, forwarded string
		trusted                   bool
		refused                   bool
		ip                        string // shown by the attempt
	}{
		"any":                         {expected: "", peer: "192.0.2.1:1", ip: "192.0.2.1"},
		"the one":                     {expected: "192.0.2.1", peer: "192.0.2.1:1", ip: "192.0.2.1"},
		"another":                     {expected: "192.0.2.2", peer: "192.0.2.1:1", refused: true},
		"in the range":                {expected: "192.0.2.128/25", peer: "192.0.2.200:1", ip: "192.0.2.200"},
		"beyond the range":            {expected: "192.0.2.128/25", peer: "192.0.2.127:1", refused: true},
		"a range with host bits":      {expected: "192.0.2.7/24", peer: "192.0.2.200:1", ip: "192.0.2.200"},
		"IPv6":                        {expected: "2001:db8::1", peer: "[2001:db8::1]:1", ip: "2001:db8::1"},
		"IPv6 written otherwise":      {expected: "2001:0DB8:0:0::1", peer: "[2001:db8::1]:1", ip: "2001:db8::1"},
		"IPv6 range":                  {expected: "2001:db8::/32", peer: "[2001:db8:9::1]:1", ip: "2001:db8:9::1"},
		"beyond the IPv6 range":       {expected: "2001:db8::/32", peer: "[2001:db9::1]:1", refused: true},
		"IPv4 in IPv6":                {expected: "192.0.2.1", peer: "[::ffff:192.0.2.1]:1", ip: "192.0.2.1"},
		"IPv6 that means IPv4":        {expected: "::ffff:192.0.2.0/120", peer: "192.0.2.77:1", ip: "192.0.2.77"},
		"the other family":            {expected: "::1", peer: "127.0.0.1:1", refused: true},
		"by a proxy":                  {expected: "203.0.113.7", peer: "192.0.2.1:1", forwarded: "203.0.113.7, 192.0.2.9", trusted: true, ip: "203.0.113.7"},
		"by a proxy with ports":       {expected: "203.0.113.7", peer: "192.0.2.1:1", forwarded: "203.0.113.7:4711,192.0.2.9:80", trusted: true, ip: "203.0.113.7"},
		"forged before the proxy":     {expected: "203.0.113.7", peer: "192.0.2.1:1", forwarded: "203.0.113.7, 198.51.100.1", trusted: true, refused: true},
		"by a proxy, another":         {expected: "203.0.113.8", peer: "192.0.2.1:1", forwarded: "203.0.113.7", trusted: true, refused: true},
		"by a stranger who says so":   {expected: "203.0.113.7", peer: "192.0.2.1:1", forwarded: "203.0.113.7", refused: true},
		"from where cannot be told":   {expected: "192.0.2.1", peer: "@", refused: true},
		"a proxy that says no sense":  {expected: "192.0.2.1", peer: "192.0.2.1:1", forwarded: "unknown", trusted: true, ip: "192.0.2.1"},
		"an address behind a Unix \"": {expected: "", peer: "@", ip: ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStory(t, monitored, func(o *emulator.Options) {
				if test.trusted {
					o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
				}
			})
			expected := ""
			if test.expected != "" {
				expected = fmt.Sprintf(`,"expectedClientIpAddress":%q`, test.expected)
			}
			created := s.do(jsonCreate("Create", "s", `{"livenessOperationMode":"Passive","deviceCorrelationId":"d","userCorrelationId":"u"`+expected+`}`, nil))
			if test.expected != "" && !strings.Contains(created.Body.String(), `,"expectedClientIpAddress":"`+test.expected+`","results":`) {
				t.Errorf("got %s; want the address as it was given", created.Body)
			}
			call := exchange{
				title: "Detect", method: http.MethodPost, path: "{face}/detectLiveness/singleModal", token: "{s.token}", peer: test.peer,
			}
			if test.forwarded != "" {
				call.header = map[string]string{"X-Forwarded-For": test.forwarded}
			}
			w := s.do(call)
			read := s.read("Read", "s")
			if test.refused {
				if w.Code != http.StatusForbidden || strings.Contains(read, "attemptId") || !strings.Contains(read, `"status":"NotStarted"`) {
					t.Errorf("got %d %s and %s; want 403 and a session that has not begun", w.Code, w.Body, read)
				}
				return
			}
			want := `"clientInformation":[{"ip":"` + test.ip + `"}]`
			if w.Code != http.StatusOK || test.ip != "" && !strings.Contains(read, want) || test.ip == "" && strings.Contains(read, "clientInformation") {
				t.Errorf("got %d %s and %s; want 200 and %s", w.Code, w.Body, read, want)
			}
		})
	}
}
