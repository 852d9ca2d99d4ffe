package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// settingSize is the size in bytes of a setting that every engine must support.
const settingSize = 200 << 10

func settingChecks() []check {
	return []check{
		{"Missing", (*suite).settingMissing},
		{"EmptyIsNotMissing", (*suite).settingEmpty},
		{"ChangeGetsTheCurrentValue", (*suite).settingCurrent},
		{"NamesAndSizes", (*suite).settingSizes},
		{"ErrorIsReturnedAsItIsAndStoresNothing", (*suite).settingError},
		{"NilIsAnError", (*suite).settingNil},
		{"PanicChangesNothing", (*suite).settingPanic},
		{"ConcurrentChangesLoseNothing", (*suite).settingConcurrent},
		{"OneFirstValueForAll", (*suite).settingFirst},
		{"NoChangeOnceItCannotBegin", (*suite).settingLate},
		{"IsNoSession", (*suite).settingApart},
	}
}

// changeSetting makes one change and returns what ChangeSetting returned.
func (s *suite) changeSetting(name string, change func([]byte) ([]byte, error)) []byte {
	s.Helper()
	value, err := s.store.ChangeSetting(s.Context(), name, change)
	if err != nil {
		s.Fatalf("ChangeSetting(%q) = %v, want nil", name, err)
	}
	return value
}

// setSetting stores a value in place of any other.
func (s *suite) setSetting(name string, value []byte) {
	s.Helper()
	returned := s.changeSetting(name, func([]byte) ([]byte, error) { return value, nil })
	if !bytes.Equal(returned, value) {
		s.Fatalf("ChangeSetting(%q) returned %d bytes, want the new %d", name, len(returned), len(value))
	}
}

func (s *suite) wantSetting(name string, want []byte) {
	s.Helper()
	got, err := s.store.Setting(s.Context(), name)
	if err != nil || !bytes.Equal(got, want) {
		s.Fatalf("Setting(%q) = %.40q (%d bytes), %v, want %.40q (%d bytes)", name, got, len(got), err, want, len(want))
	}
}

func (s *suite) wantNoSetting(name string) {
	s.Helper()
	got, err := s.store.Setting(s.Context(), name)
	if !errors.Is(err, liveness.ErrNotFound) || got != nil {
		s.Fatalf("Setting(%q) = %.40q, %v, want nil and %v", name, got, err, liveness.ErrNotFound)
	}
}

func (s *suite) settingMissing() {
	s.setSetting("name", []byte("value"))
	for _, name := range []string{"", "nam", "name2", "name\x00", "Name"} {
		s.wantNoSetting(name)
		s.changeSetting(name, func(old []byte) ([]byte, error) {
			if old != nil {
				s.Errorf("change of the missing %q got %q, want nil", name, old)
			}
			return []byte("of " + name), nil
		})
		s.wantSetting(name, []byte("of "+name))
	}
	s.wantSetting("name", []byte("value"))
}

func (s *suite) settingEmpty() {
	s.setSetting("name", []byte{})
	got, err := s.store.Setting(s.Context(), "name")
	if err != nil || got == nil || len(got) != 0 {
		s.Errorf("Setting of an empty value = %#v, %v, want an empty one that is not nil", got, err)
	}
	s.changeSetting("name", func(old []byte) ([]byte, error) {
		if old == nil || len(old) != 0 {
			s.Errorf("change of an empty value got %#v, want an empty one that is not nil", old)
		}
		return []byte("full"), nil
	})
	s.wantSetting("name", []byte("full"))
	returned := s.changeSetting("name", func(old []byte) ([]byte, error) { return old[:0], nil })
	if returned == nil || len(returned) != 0 {
		s.Errorf("ChangeSetting to an empty value = %#v, want an empty one that is not nil", returned)
	}
	s.wantSetting("name", []byte{})
}

func (s *suite) settingCurrent() {
	var want []byte
	for _, next := range []string{"first", "second", "second", "", "third"} {
		calls := 0
		returned := s.changeSetting("name", func(old []byte) ([]byte, error) {
			calls++
			if !bytes.Equal(old, want) {
				s.Errorf("change to %q got %q, want %q", next, old, want)
			}
			return []byte(next), nil
		})
		if string(returned) != next || calls != 1 {
			s.Errorf("ChangeSetting = %q after %d calls of change, want %q after 1", returned, calls, next)
		}
		want = []byte(next)
		s.wantSetting("name", want)
	}
}

func (s *suite) settingSizes() {
	sizes := []int{0, 1, 507, 508, 509, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 100_000, settingSize}
	for round := range 2 {
		values := map[string][]byte{}
		for n, size := range sizes {
			// The second round stores another size under each name.
			values[fmt.Sprintf("name\x00%d", (n+5*round)%len(sizes))] = randomBytes(s.rand, size)
		}
		for name, value := range values {
			s.setSetting(name, value)
		}
		for name, value := range values {
			s.wantSetting(name, value)
		}
	}
}

func (s *suite) settingError() {
	refuse := func([]byte) ([]byte, error) { return []byte("refused"), errRefused }
	for _, stored := range []bool{false, true} {
		if stored {
			s.setSetting("name", []byte("value"))
		}
		value, err := s.store.ChangeSetting(s.Context(), "name", refuse)
		if err != errRefused || value != nil { //nolint:errorlint // The contract promises the error as it is, not wrapped.
			s.Errorf("ChangeSetting = %q, %v, want nil and the error of change itself", value, err)
		}
		if !stored {
			s.wantNoSetting("name")
		}
	}
	s.wantSetting("name", []byte("value"))
}

func (s *suite) settingNil() {
	nothing := func([]byte) ([]byte, error) { return nil, nil }
	_, err := s.store.ChangeSetting(s.Context(), "name", nothing)
	if err == nil || errors.Is(err, liveness.ErrNotFound) {
		s.Errorf("ChangeSetting to nil = %v, want an error about it", err)
	}
	s.wantNoSetting("name")
	s.setSetting("name", []byte("value"))
	if _, err := s.store.ChangeSetting(s.Context(), "name", nothing); err == nil {
		s.Error("ChangeSetting of a value to nil succeeded, want an error")
	}
	s.wantSetting("name", []byte("value"))
}

func (s *suite) settingPanic() {
	s.setSetting("name", []byte("value"))
	func() {
		defer func() {
			if recover() == nil {
				s.Error("ChangeSetting swallowed the panic of change")
			}
		}()
		_, _ = s.store.ChangeSetting(s.Context(), "name", func([]byte) ([]byte, error) { panic("change") })
	}()
	s.wantSetting("name", []byte("value"))
	s.setSetting("name", []byte("later")) // The lock is released.
	s.wantSetting("name", []byte("later"))
}

// settingConcurrent increments settings under several names concurrently while others
// read them.
func (s *suite) settingConcurrent() {
	const callers, each, names = 9, 30, 3
	var inside [names]atomic.Int32
	together(callers, func(caller int) {
		n := caller % names
		name := fmt.Sprint("count-", n)
		for range each {
			_, err := s.store.ChangeSetting(s.Context(), name, func(old []byte) ([]byte, error) {
				if inside[n].Add(1) != 1 {
					s.Error("two changes of one setting ran at once")
				}
				defer inside[n].Add(-1)
				return append(old, 'x'), nil
			})
			if err != nil {
				s.Errorf("ChangeSetting = %v, want nil", err)
			}
			got, err := s.store.Setting(s.Context(), name)
			if err != nil || len(got) == 0 || len(bytes.Trim(got, "x")) != 0 {
				s.Errorf("Setting meanwhile = %q, %v, want some x", got, err)
			}
		}
	})
	for n := range names {
		s.wantSetting(fmt.Sprint("count-", n), bytes.Repeat([]byte("x"), callers/names*each))
	}
}

// settingFirst stores a generated key once, as the emulator does for its token key.
func (s *suite) settingFirst() {
	const callers = 16
	got := make([][]byte, callers)
	together(callers, func(n int) {
		value, err := s.store.ChangeSetting(s.Context(), "key", func(old []byte) ([]byte, error) {
			if old != nil {
				return old, nil
			}
			return fmt.Appendf(nil, "caller %d", n), nil
		})
		if err != nil {
			s.Errorf("ChangeSetting = %v, want nil", err)
		}
		got[n] = value
	})
	for n := range callers {
		if !bytes.Equal(got[n], got[0]) || len(got[n]) == 0 {
			s.Errorf("caller %d got %q, caller 0 %q, want the same", n, got[n], got[0])
		}
	}
	s.wantSetting("key", got[0])
}

// settingLate checks that a closed store does not call change. Another check tests the
// error.
func (s *suite) settingLate() {
	if err := s.store.Close(); err != nil {
		s.Fatalf("Close = %v, want nil", err)
	}
	_, err := s.store.ChangeSetting(s.Context(), "name", func([]byte) ([]byte, error) {
		s.Error("change was called by a closed store")
		return []byte("value"), nil
	})
	if err == nil {
		s.Error("ChangeSetting of a closed store succeeded, want an error")
	}
}

func (s *suite) settingApart() {
	value := []byte("value")
	s.setSetting(string(sessionID(1)), value)
	s.wantNoSession(sessionID(1))
	session := s.created(1)
	s.wantSetting(string(session.ID), value)
	if got := s.sweep(session.Expires().Add(liveness.SessionLife)); got != 1 {
		s.Errorf("Sweep removed %d sessions beside a setting, want 1", got)
	}
	s.wantSetting(string(session.ID), value)
	s.create(session)
	if err := s.store.Delete(s.Context(), session.ID); err != nil {
		s.Fatalf("Delete = %v, want nil", err)
	}
	s.wantSetting(string(session.ID), value)
}

func (s *suite) ownSetting() {
	want := []byte("value")
	stored := bytes.Clone(want)
	returned := s.changeSetting("name", func([]byte) ([]byte, error) { return stored, nil })
	clear(stored)
	clear(returned)
	s.wantSetting("name", want)
	got, err := s.store.Setting(s.Context(), "name")
	if err != nil {
		s.Fatalf("Setting = %v, want nil", err)
	}
	clear(got)
	s.wantSetting("name", want)

	// Change owns its argument: it may keep and return it.
	_, err = s.store.ChangeSetting(s.Context(), "name", func(old []byte) ([]byte, error) {
		clear(old)
		return old, errRefused
	})
	s.wantError("ChangeSetting", err, errRefused)
	s.wantSetting("name", want)
	var kept []byte
	returned = s.changeSetting("name", func(old []byte) ([]byte, error) {
		old[0] = 'V'
		kept = old
		return old, nil
	})
	s.wantSetting("name", []byte("Value"))
	clear(kept)
	if string(returned) != "Value" {
		s.Errorf("what ChangeSetting returned is shared with what change was given: %q, want %q", returned, "Value")
	}
	s.wantSetting("name", []byte("Value"))
}
