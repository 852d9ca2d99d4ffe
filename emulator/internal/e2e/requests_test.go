package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// A field is a member of a create call: as JSON, and as the text of a form part. Without
// one of them, it is not tried in that form.
type field struct{ name, json, form string }

func (f field) part() formPart { return formPart{f.name, "", f.form} }

// Fields of a valid call.
func mode() field   { return field{"livenessOperationMode", `"Passive"`, "Passive"} }
func device() field { return field{"deviceCorrelationId", `"phone-1"`, "phone-1"} }

func user(json, form string) field { return field{"userCorrelationId", json, form} }

func attempts(number string) field { return field{"numberOfClientAttemptsAllowed", number, number} }

// requestRows are the variants of a create call that the API's specification and the
// service's recorded leniency describe, each with its limits.
func requestRows() map[string][]field {
	ttl := func(json string) field { return field{"authTokenTimeToLiveInSeconds", json, json} }
	with := func(extra ...field) []field { return append([]field{mode(), device()}, extra...) }
	id := func(json, form string) field { return field{"deviceCorrelationId", json, form} }
	set := func(json, form string) field { return field{"deviceCorrelationIdSetInClient", json, form} }
	operation := func(mode string) []field {
		return []field{{"livenessOperationMode", `"` + mode + `"`, mode}, device()}
	}
	return map[string][]field{
		"01 nothing":                      {},
		"02 mode Passive":                 operation("Passive"),
		"03 mode PassiveActive":           operation("PassiveActive"),
		"04 mode in lower case":           operation("passiveactive"),
		"05 mode unknown":                 operation("Active"),
		"06 mode empty":                   operation(""),
		"07 mode missing":                 {device()},
		"08 mode of another type":         {{"livenessOperationMode", "1", ""}, device()},
		"10 id missing":                   {mode()},
		"11 id empty":                     {mode(), id(`""`, "")},
		"12 id null":                      {mode(), {"deviceCorrelationId", "null", ""}},
		"13 id of 64 characters":          {mode(), id(`"`+strings.Repeat("é", 64)+`"`, strings.Repeat("é", 64))},
		"14 id of 65 characters":          {mode(), id(`"`+strings.Repeat("é", 65)+`"`, strings.Repeat("é", 65))},
		"15 id of another type":           {mode(), {"deviceCorrelationId", "7", ""}},
		"20 set in client":                {mode(), set("true", "true")},
		"21 set in client as text":        {mode(), set(`"true"`, "True")},
		"22 set in client, id given":      with(set("true", "true")),
		"23 set in client, id empty":      {mode(), id(`""`, ""), set("true", "true")},
		"24 set in client false, no id":   {mode(), set("false", "false")},
		"25 set in client a number":       with(set("1", "1")),
		"30 lifetime 59":                  with(ttl("59")),
		"31 lifetime 60":                  with(ttl("60")),
		"32 lifetime 86400":               with(ttl("86400")),
		"33 lifetime 86401":               with(ttl("86401")),
		"34 lifetime -1":                  with(ttl("-1")),
		"35 lifetime 60.0":                with(ttl("60.0")),
		"36 lifetime beyond int32":        with(ttl("99999999999")),
		"37 lifetime as text":             with(field{"authTokenTimeToLiveInSeconds", `"60"`, ""}),
		"38 lifetime no number":           with(field{"authTokenTimeToLiveInSeconds", "", "soon"}),
		"39 lifetime null":                with(field{"authTokenTimeToLiveInSeconds", "null", ""}),
		"40 session image":                with(field{"enableSessionImage", "true", "true"}),
		"41 session image as text":        with(field{"enableSessionImage", `"true"`, "TRUE"}),
		"42 session image no switch":      with(field{"enableSessionImage", `"yes"`, "yes"}),
		"50 model of the version":         with(field{"livenessModelVersion", `"2024-11-15"`, "2024-11-15"}),
		"51 model unknown":                with(field{"livenessModelVersion", `"2031-01-01"`, "2031-01-01"}),
		"52 model by its old name":        with(field{"livenessSingleModalModel", `"2022-10-15-preview.04"`, "2022-10-15-preview.04"}),
		"60 hash":                         with(field{"returnVerifyImageHash", "true", "true"}),
		"61 hash no switch":               with(field{"returnVerifyImageHash", "1", "1"}),
		"62 threshold 0":                  with(field{"verifyConfidenceThreshold", "0", "0"}),
		"63 threshold 1":                  with(field{"verifyConfidenceThreshold", "1", "1"}),
		"64 threshold 1.01":               with(field{"verifyConfidenceThreshold", "1.01", "1.01"}),
		"65 threshold -0.1":               with(field{"verifyConfidenceThreshold", "-0.1", "-0.1"}),
		"66 threshold no number":          with(field{"verifyConfidenceThreshold", `"half"`, "half"}),
		"70 sendResultsToClient":          with(field{"sendResultsToClient", "true", "true"}),
		"71 userCorrelationId":            with(field{"userCorrelationId", `"user-1"`, "user-1"}),
		"72 numberOfClientAttempts 0":     with(field{"numberOfClientAttemptsAllowed", "0", "0"}),
		"73 an unknown member":            with(field{"unknown", `{"a":[1]}`, "x"}),
		"74 quoted text":                  {{"livenessOperationMode", "", `"Passive"`}, {"deviceCorrelationId", "", ` "phone-1" `}},
		"80 body before mode before life": {{"livenessOperationMode", `"x"`, "x"}, ttl("1"), set("3", "3")},
		"81 mode before life before id":   {{"livenessOperationMode", `"x"`, "x"}, ttl("1")},
		"82 life before id":               {mode(), ttl("1")},
		"90 user missing":                 with(),
		"91 user empty":                   with(user(`""`, "")),
		"92 user null":                    with(field{"userCorrelationId", "null", ""}),
		"93 user of 64 characters":        with(user(`"`+strings.Repeat("é", 64)+`"`, strings.Repeat("é", 64))),
		"94 user of 65 characters":        with(user(`"`+strings.Repeat("é", 65)+`"`, strings.Repeat("é", 65))),
		"95 user set in client":           with(field{"userCorrelationIdSetInClient", "true", "true"}),
		"96 user set in client, given":    with(user(`"u"`, "u"), field{"userCorrelationIdSetInClient", "true", "true"}),
		"97 device before user":           {mode(), user(`""`, "")},
		"98 attempts 1":                   with(user(`"u"`, "u"), attempts("1")),
		"98 attempts 3":                   with(user(`"u"`, "u"), attempts("3")),
		"98 attempts 4":                   with(user(`"u"`, "u"), attempts("4")),
		"98 attempts 1.5":                 with(user(`"u"`, "u"), attempts("1.5")),
		"99 address":                      with(user(`"u"`, "u"), field{"expectedClientIpAddress", `"10.0.0.0/8"`, "10.0.0.0/8"}),
		"99 address no address":           with(user(`"u"`, "u"), field{"expectedClientIpAddress", `"home"`, "home"}),
	}
}

// rowsOf returns the rows for a version. If the version requires a user id, all rows that
// are not about users get one.
func rowsOf(version string) map[string][]field {
	rows := requestRows()
	if version != monitored {
		return rows
	}
	for name, fields := range rows {
		if !strings.HasPrefix(name, "9") && !strings.Contains(name, "userCorrelationId") {
			rows[name] = append(fields, user(`"user-1"`, "user-1"))
		}
	}
	return rows
}

// TestRequestRows sends every row to both create operations of every version, in each of
// their forms, to lenient and strict emulators. It compares a line for each with a
// golden: the settings of the session, or the refusal.
func TestRequestRows(t *testing.T) {
	t.Parallel()
	for _, version := range allVersions(t) {
		for _, strict := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s strict=%v", version, strict), func(t *testing.T) {
				t.Parallel()
				s := newStory(t, version, func(o *emulator.Options) { o.Strict = strict })
				lines := s.outcomes(rowsOf(version))
				s.golden.Reset()
				s.golden.WriteString(lines)
				s.compare(map[bool]string{false: "requests", true: "requests-strict"}[strict])
			})
		}
	}
}

// outcomes sends rows as JSON and as a form.
func (s *story) outcomes(rows map[string][]field) string {
	s.t.Helper()
	var lines strings.Builder
	photo := picture(s.t, 300, 300)
	preview := isSingleModal(s.version)
	for _, name := range sortedKeys(rows) {
		asJSON, ok := jsonBody(rows[name])
		if ok {
			x := jsonCreate(name, "s", asJSON, nil)
			if preview {
				x.path = previewPlain
			}
			fmt.Fprintf(&lines, "%-34s JSON  %s\n", name, s.outcome(x))
		}
		if ok && preview {
			fmt.Fprintf(&lines, "%-34s form  %s\n", name, s.outcome(previewForm(s.t, name, "s", asJSON, nil, "application/json")))
			withVerify := jsonCreate(name, "s", asJSON, nil)
			withVerify.path = previewVerify
			fmt.Fprintf(&lines, "%-34s JSON with verify  %s\n", name, s.outcome(withVerify))
		}
		if parts, ok := formParts(rows[name]); ok && !preview {
			contentType, body := form(s.t, append(parts, formPart{"verifyImage", "v.png", photo})...)
			fmt.Fprintf(&lines, "%-34s form  %s\n", name, s.outcome(exchange{
				method: http.MethodPost, path: "{face}/detectLivenessWithVerify-sessions", key: storyKey,
				contentType: contentType, body: body, as: "s",
			}))
		}
	}
	return lines.String()
}

func sortedKeys(rows map[string][]field) []string {
	var names []string
	for name := range rows {
		names = append(names, name)
	}
	// The names begin with numbers.
	slices.Sort(names)
	return names
}

func jsonBody(fields []field) (string, bool) {
	var members []string
	for _, f := range fields {
		if f.json == "" {
			return "", false
		}
		members = append(members, fmt.Sprintf("%q:%s", f.name, f.json))
	}
	return "{" + strings.Join(members, ",") + "}", true
}

func formParts(fields []field) ([]formPart, bool) {
	var parts []formPart
	for _, f := range fields {
		if f.form == "" && f.json != `""` {
			return nil, false
		}
		parts = append(parts, formPart{f.name, "", f.form})
	}
	return parts, true
}

// outcome returns the result of a create call on a line.
func (s *story) outcome(x exchange) string {
	s.t.Helper()
	w := s.do(x)
	if w.Code != http.StatusOK {
		return fmt.Sprintf("%d %s", w.Code, firstMatch(w.Body.String(), `"code":"(\w+)"`))
	}
	claims := claimsOf(s.t, s.known["{s.token}"])
	var face struct {
		SessionType  string
		ClientClaims struct {
			LivenessOperationMode string
			VerifyImageProvided   *bool
			Dcic                  bool
		}
	}
	text, _ := claims["face"].(string)
	if err := json.Unmarshal([]byte(text), &face); err != nil {
		s.t.Fatal(err)
	}
	expires, _ := claims["exp"].(float64)
	issued, _ := claims["iat"].(float64)
	if before, ok := claims["nbf"].(string); ok { // the form of the first previews
		issued, _ = strconv.ParseFloat(before, 64)
	}
	line := fmt.Sprintf("200 %s %s model=%s ttl=%v setInClient=%v", face.SessionType, face.ClientClaims.LivenessOperationMode,
		firstMatch(w.Body.String(), `"modelVersion":"([^"]+)"`), expires-issued, face.ClientClaims.Dcic)
	if provided := face.ClientClaims.VerifyImageProvided; provided != nil {
		line += fmt.Sprintf(" verifyImage=%v", *provided)
	}
	return line
}
