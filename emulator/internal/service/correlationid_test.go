package service_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

// ofUser makes a request of a version that wants a user correlation id, with this
// one.
func ofUser(id service.CorrelationID) func(*service.CreateRequest) {
	return func(r *service.CreateRequest) {
		r.Version.NeedsUserCorrelationID = true
		r.UserCorrelationID = id
	}
}

func given(text string) service.CorrelationID {
	return service.CorrelationID{Text: text, Given: true}
}

func setInClient(text string, given bool) service.CorrelationID {
	return service.CorrelationID{Text: text, Given: given, SetInClient: true}
}

// TestCorrelationIDsOnCreate: the rules are the same for the device's and the
// user's; the codes are not.
func TestCorrelationIDsOnCreate(t *testing.T) {
	t.Parallel()
	const invalid liveness.Code = "the code of the id"
	long := strings.Repeat("ü", liveness.MaxCorrelationIDRunes)
	for name, test := range map[string]struct {
		id              service.CorrelationID
		lenient, strict liveness.Code
	}{
		"given":                         {given("id"), "", ""},
		"as long as can be":             {given(long), "", ""},
		"too long":                      {given(long + "x"), invalid, invalid},
		"missing":                       {service.CorrelationID{}, invalid, invalid},
		"empty":                         {given(""), invalid, invalid},
		"a space":                       {given(" "), "", ""},
		"set in client":                 {setInClient("", false), "", ""},
		"set in client, empty":          {setInClient("", true), "", liveness.CodeInvalidBody},
		"set in client, given":          {setInClient("id", true), "", liveness.CodeInvalidBody},
		"set in client, given too long": {setInClient(long+"x", true), invalid, liveness.CodeInvalidBody},
	} {
		for _, strict := range []bool{false, true} {
			f := newFixture(t, func(f *fixture) { f.strict = strict })
			code := test.lenient
			if strict {
				code = test.strict
			}
			for _, member := range []struct {
				invalid liveness.Code
				set     func(*service.CreateRequest)
				got     func(liveness.Session) (string, bool)
			}{
				{
					liveness.CodeInvalidDeviceCorrelationID,
					func(r *service.CreateRequest) { r.DeviceCorrelationID = test.id },
					func(s liveness.Session) (string, bool) {
						return s.DeviceCorrelationID, s.Settings.DeviceCorrelationIDSetInClient
					},
				},
				{
					liveness.CodeInvalidUserCorrelationID,
					ofUser(test.id),
					func(s liveness.Session) (string, bool) {
						return s.UserCorrelationID, s.Settings.UserCorrelationIDSetInClient
					},
				},
			} {
				r := request(liveness.KindLiveness)
				member.set(&r)
				want := code
				if want == invalid {
					want = member.invalid
				}
				created, err := f.Create(t.Context(), r)
				if want != "" {
					wantCode(t, err, want)
					continue
				}
				if err != nil {
					t.Errorf("%s, strict %v: got %v; want no error", name, strict, err)
					continue
				}
				if text, inClient := member.got(created.View.Session); text != test.id.Text || inClient != test.id.SetInClient {
					t.Errorf("%s, strict %v: got %.20q, in client %v; want what was given", name, strict, text, inClient)
				}
			}
		}
	}
}

// TestUserCorrelationIDIsOfSomeVersions: others create without one, and the
// device's is looked at first.
func TestUserCorrelationIDIsOfSomeVersions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.strict = true })
	f.create(t, func(r *service.CreateRequest) { r.UserCorrelationID = setInClient("", true) })

	r := request(liveness.KindLiveness)
	ofUser(service.CorrelationID{})(&r)
	r.DeviceCorrelationID = service.CorrelationID{}
	_, err := f.Create(t.Context(), r)
	wantCode(t, err, liveness.CodeInvalidDeviceCorrelationID)
}

func TestUserCorrelationIDOnStart(t *testing.T) {
	t.Parallel()
	text := func(s string) *string { return &s }
	long := strings.Repeat("ü", liveness.MaxCorrelationIDRunes)
	for name, test := range map[string]struct {
		create service.CorrelationID
		strict bool
		start  *string
		code   liveness.Code
		want   string
		hinted bool
	}{
		"given on create":             {create: given("user"), want: "user"},
		"and another on start":        {create: given("user"), start: text("other"), want: "user", hinted: true},
		"and none on start":           {create: given("user"), start: text(""), want: "user", hinted: true},
		"another, strict":             {create: given("user"), strict: true, start: text("other"), code: liveness.CodeInvalidBody},
		"given on create, strict":     {create: given("user"), strict: true, want: "user"},
		"set in client":               {create: setInClient("", false), start: text("visitor"), want: "visitor"},
		"set in client, strict":       {create: setInClient("", false), strict: true, start: text("visitor"), want: "visitor"},
		"as long as can be":           {create: setInClient("", false), start: &long, want: long},
		"too long":                    {create: setInClient("", false), start: text(long + "x"), code: liveness.CodeInvalidUserCorrelationID},
		"owed":                        {create: setInClient("", false), code: liveness.CodeInvalidUserCorrelationID},
		"owed and empty":              {create: setInClient("", false), start: text(""), code: liveness.CodeInvalidUserCorrelationID},
		"on both sides, client's":     {create: setInClient("first", true), start: text("second"), want: "second"},
		"on create all the same":      {create: setInClient("first", true), want: "first"},
		"taken away on session/start": {create: setInClient("first", true), start: text(""), code: liveness.CodeInvalidUserCorrelationID},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, func(f *fixture) { f.strict = test.strict })
			created := f.create(t, ofUser(test.create))
			result, err := f.Start(t.Context(), f.device(t, created), service.StartRequest{UserCorrelationID: test.start})
			if test.code != "" {
				wantCode(t, err, test.code)
				f.wantState(t, created, liveness.StateNotStarted)
				return
			}
			if err != nil || result.Session.UserCorrelationID != test.want {
				t.Errorf("got %q, %v; want %q", result.Session.UserCorrelationID, err, test.want)
			}
			if got := f.view(t, created).Session; got.UserCorrelationID != test.want || got.DeviceCorrelationID != "device" {
				t.Errorf("got user %q and device %q in the session; want %q and device", got.UserCorrelationID, got.DeviceCorrelationID, test.want)
			}
			if hinted := result.Hint != ""; hinted != test.hinted || hinted && !strings.Contains(result.Hint, "userCorrelationId") {
				t.Errorf("got hint %q; want one %v", result.Hint, test.hinted)
			}
		})
	}
}

// TestARefusedStartSetsNothing: neither the id that was in order nor the start.
func TestARefusedStartSetsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, ofUser(setInClient("", false)), func(r *service.CreateRequest) {
		r.DeviceCorrelationID = setInClient("", false)
	})
	d := f.device(t, created)
	phone, visitor := "phone", "visitor"
	_, err := f.Start(t.Context(), d, service.StartRequest{DeviceCorrelationID: &phone})
	wantCode(t, err, liveness.CodeInvalidUserCorrelationID)
	_, err = f.Start(t.Context(), d, service.StartRequest{UserCorrelationID: &visitor})
	wantCode(t, err, liveness.CodeInvalidDeviceCorrelationID)
	_, err = f.detect(t, d) // which would start the session
	wantCode(t, err, liveness.CodeInvalidDeviceCorrelationID)
	_, err = f.EndAttempt(t.Context(), d, "r")
	wantCode(t, err, liveness.CodeInvalidDeviceCorrelationID)
	if got := f.view(t, created).Session; got.DeviceCorrelationID != "" || got.UserCorrelationID != "" || len(got.Attempts) > 0 {
		t.Errorf("got device %q, user %q and %d attempts; want nothing", got.DeviceCorrelationID, got.UserCorrelationID, len(got.Attempts))
	}
	f.wantState(t, created, liveness.StateNotStarted)
	if _, err := f.Start(t.Context(), d, service.StartRequest{DeviceCorrelationID: &phone, UserCorrelationID: &visitor}); err != nil {
		t.Errorf("with both: %v", err)
	}
}
