package storetest

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func settingChecks() []check {
	return []check{
		{"FirstValueStays", (*suite).settingFirst},
		{"NamesAndSizes", (*suite).settingSizes},
		{"OneWinnerForAll", (*suite).settingConcurrent},
		{"IsNoSession", (*suite).settingApart},
	}
}

func (s *suite) setting(name string, initial []byte) []byte {
	s.Helper()
	value, err := s.store.Setting(s.Context(), name, initial)
	if err != nil {
		s.Fatalf("Setting(%q) = %v, want nil", name, err)
	}
	return value
}

func (s *suite) settingFirst() {
	for _, initial := range []string{"first", "second", ""} {
		if got := s.setting("name", []byte(initial)); string(got) != "first" {
			s.Errorf("Setting with initial %q = %q, want %q", initial, got, "first")
		}
	}
	if got := s.setting("empty", nil); len(got) != 0 {
		s.Errorf("Setting with initial nil = %q, want nothing", got)
	}
	if got := s.setting("empty", []byte("late")); len(got) != 0 {
		s.Errorf("Setting of an empty value = %q, want nothing", got)
	}
}

func (s *suite) settingSizes() {
	values := map[string][]byte{}
	for n, size := range []int{1, 511, 512, 513, 4096, 100_000} {
		values[fmt.Sprintf("name\x00%d", n)] = randomBytes(s.rand, size)
	}
	for name, value := range values {
		s.setting(name, value)
	}
	for name, value := range values {
		if got := s.setting(name, nil); !bytes.Equal(got, value) {
			s.Errorf("Setting(%q) = %d bytes, want the stored %d", name, len(got), len(value))
		}
	}
}

func (s *suite) settingConcurrent() {
	const callers = 16
	got := make([][]byte, callers)
	var group sync.WaitGroup
	for n := range callers {
		group.Go(func() {
			value, err := s.store.Setting(s.Context(), "key", fmt.Appendf(nil, "caller %d", n))
			if err != nil {
				s.Errorf("Setting = %v, want nil", err)
			}
			got[n] = value
		})
	}
	group.Wait()
	for n := range callers {
		if !bytes.Equal(got[n], got[0]) || len(got[n]) == 0 {
			s.Errorf("caller %d got %q, caller 0 %q, want the same", n, got[n], got[0])
		}
	}
}

func (s *suite) settingApart() {
	s.setting(string(sessionID(1)), []byte("value"))
	s.wantNoSession(sessionID(1))
	session := s.created(1)
	if got := s.setting(string(session.ID), nil); string(got) != "value" {
		s.Errorf("Setting named like a session = %q, want %q", got, "value")
	}
	s.sweep(session.Expires().Add(liveness.SessionLife))
	if got := s.setting(string(session.ID), nil); string(got) != "value" {
		s.Errorf("Setting after Sweep = %q, want %q", got, "value")
	}
}
