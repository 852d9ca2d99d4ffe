package service_test

import (
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/service"
)

func expecting(address string) func(*service.CreateRequest) {
	return func(r *service.CreateRequest) { r.Settings.ExpectedClientAddress = address }
}

func TestExpectedClientAddress(t *testing.T) {
	t.Parallel()
	for expected, clients := range map[string]struct{ in, out []string }{
		"":            {in: []string{"203.0.113.7", "2001:db8::7", ""}},
		"203.0.113.7": {[]string{"203.0.113.7", "::ffff:203.0.113.7"}, []string{"203.0.113.8", "2001:db8::7", "::203.0.113.7", "", "203.0.113", "203.0.113.7:443"}},
		"203.0.113.0/24": {
			[]string{"203.0.113.0", "203.0.113.255", "::ffff:203.0.113.9"},
			[]string{"203.0.112.255", "203.0.114.0", "::ffff:203.0.114.0", "::"},
		},
		"203.0.113.77/24":         {[]string{"203.0.113.1"}, []string{"203.0.112.77"}}, // what stands behind the range is nothing
		"203.0.113.7/32":          {[]string{"203.0.113.7"}, []string{"203.0.113.6"}},
		"0.0.0.0/0":               {[]string{"0.0.0.0", "255.255.255.255", "::ffff:203.0.113.7"}, []string{"2001:db8::7", ""}},
		"2001:db8::7":             {[]string{"2001:db8::7", "2001:DB8:0::0:7"}, []string{"2001:db8::8", "203.0.113.7"}},
		"2001:DB8::/32":           {[]string{"2001:db8::", "2001:db8:ffff::1"}, []string{"2001:db9::", "2001:db7:ffff::1"}},
		"::/0":                    {[]string{"::1", "2001:db8::7"}, []string{""}},
		"fe80::/10":               {[]string{"fe80::1", "fe80::1%eth0"}, []string{"fec0::1%eth0"}}, // the zone is the emulator's machine's word
		"::ffff:203.0.113.7":      {[]string{"203.0.113.7", "::ffff:203.0.113.7"}, []string{"203.0.113.8"}},
		"::ffff:203.0.113.64/122": {[]string{"203.0.113.64", "203.0.113.127"}, []string{"203.0.113.63", "203.0.113.128"}},
		"::ffff:0:0/96":           {[]string{"203.0.113.7"}, []string{"2001:db8::7"}},
	} {
		t.Run(expected, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			created := f.create(t, expecting(expected))
			if got := created.View.Session.Settings.ExpectedClientAddress; got != expected {
				t.Errorf("got %q in the session; want it as it was given", got)
			}
			call := service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "detectLiveness/singleModal"}
			for _, client := range clients.in {
				call.ClientAddress = client
				if _, err := f.Authorise(t.Context(), call); err != nil {
					t.Errorf("from %q: got %v; want no error", client, err)
				}
			}
			for _, client := range clients.out {
				call.ClientAddress = client
				_, err := f.Authorise(t.Context(), call)
				wantCode(t, err, liveness.CodeWrongAddress)
			}
		})
	}
}

func TestExpectedClientAddressIsRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, expected := range []string{
		"localhost", "203.0.113", "203.0.113.007", "203.0.113.256", "0x7f.0.0.1", "3405803783", "203.0.113.7:443", "[2001:db8::7]",
		"203.0.113.0/33", "203.0.113.0/-1", "203.0.113.0/08", "203.0.113.0/+8", "203.0.113.0/", "/24", "203.0.113.0/24/24",
		"203.0.113.0/255.255.255.0", "2001:db8::/129", "2001:db8::7::", "fe80::1%eth0", "fe80::1%eth0/64", "::ffff:203.0.113.7%eth0",
		" 203.0.113.7", "203.0.113.7 ", "203.0.113.7\n", "203.0.113.1-203.0.113.9", "203.0.113.7,203.0.113.8", "*", " ", "::ffff:203.0.113.7/64",
		strings.Repeat("1", 10_000), "\x00",
	} {
		r := request(liveness.KindLiveness)
		r.Settings.ExpectedClientAddress, r.Settings.Mode = expected, "?"
		// It is looked at before the mode.
		if _, err := f.Create(t.Context(), r); liveness.CodeOf(err) != liveness.CodeInvalidBody {
			t.Errorf("%.40q: got %v; want %s", expected, err, liveness.CodeInvalidBody)
		}
	}
	if sessions, err := f.Sessions(t.Context(), someResource, liveness.KindLiveness, "", 1); err != nil || len(sessions) > 0 {
		t.Errorf("got %d sessions, %v; want none", len(sessions), err)
	}
}

// TestTheAddressIsLookedAtLast: a client without a valid token learns nothing about
// where it could be used.
func TestTheAddressIsLookedAtLast(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	created := f.create(t, expecting("203.0.113.7"))
	good := service.DeviceCall{Token: created.Token, Version: "v1.2", Path: "session/start", ClientAddress: "203.0.113.7"}
	elsewhere := good
	elsewhere.ClientAddress = "203.0.113.8"
	_, err := f.Authorise(t.Context(), elsewhere)
	wantCode(t, err, liveness.CodeWrongAddress)
	wrongPath := elsewhere
	wrongPath.Path = "detectLivenessWithVerify/singleModal"
	_, err = f.Authorise(t.Context(), wrongPath)
	wantCode(t, err, liveness.CodeUnauthorized)

	f.advance(t, liveness.DefaultTokenTTL)
	_, err = f.Authorise(t.Context(), elsewhere)
	wantCode(t, err, liveness.CodeUnauthorized)
}

// TestAttemptsRememberTheClient: also where any address may call.
func TestAttemptsRememberTheClient(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(f *fixture) { f.script = scriptOf(failed()) })
	created := f.create(t)
	for _, client := range []string{"203.0.113.7", "2001:db8::7"} {
		d, err := f.Authorise(t.Context(), service.DeviceCall{
			Token: created.Token, Version: "v1.2", Path: "detectLiveness/singleModal", ClientAddress: client,
		})
		if err != nil {
			t.Fatal(err)
		}
		result, err := f.detect(t, d)
		if err != nil || result.Attempt.ClientAddress != client {
			t.Errorf("got %q, %v; want %q", result.Attempt.ClientAddress, err, client)
		}
	}
	attempts := f.view(t, created).Attempts
	if newest, oldest := attempts[0].ClientAddress, attempts[1].ClientAddress; newest != "2001:db8::7" || oldest != "203.0.113.7" {
		t.Errorf("got %q and %q in the session; want each its own", newest, oldest)
	}
}

// FuzzParseAddresses: what is taken for a range lets its own address in, and means
// the same when it is written out and read again.
func FuzzParseAddresses(f *testing.F) {
	for _, seed := range []string{
		"", "203.0.113.7", "203.0.113.77/24", "0.0.0.0/0", "::/0", "2001:DB8::/32", "2001:db8::7", "::ffff:203.0.113.7", "::ffff:203.0.113.9/120",
		"::ffff:0:0/96", "::ffff:203.0.113.7/64", "fe80::1%eth0", "fe80::1%eth0/64", "1.2.3.4/", "1.2.3.4/+8", "/8", "[::1]:80", "\xff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := liveness.ParseAddresses(text)
		address, _, _ := strings.Cut(text, "/")
		if err != nil {
			if parsed.IsValid() {
				t.Errorf("%q: got %s and %v; want nothing beside an error", text, parsed, err)
			}
			if text != "" && checkAddress(text, address) == nil {
				t.Errorf("%q is no address and lets %q in", text, address)
			}
			return
		}
		if err := checkAddress(text, address); err != nil {
			t.Errorf("%q: %v; want its own address let in", text, err)
		}
		if again, err := liveness.ParseAddresses(parsed.String()); err != nil || again != parsed {
			t.Errorf("%q: got %s, then %s, %v; want the same", text, parsed, again, err)
		}
	})
}

// checkAddress refuses a device call from client to a session that expects calls
// from the addresses in expected.
func checkAddress(expected, client string) error {
	return liveness.Session{Settings: liveness.Settings{ExpectedClientAddress: expected}}.CheckAddress(client)
}
