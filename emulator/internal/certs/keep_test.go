package certs_test

import (
	"bytes"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
)

// A setting keeps a CA as a store does that several processes share.
type setting struct {
	mu     sync.Mutex
	kept   []byte
	broken error
}

func (s *setting) keep(change func([]byte) ([]byte, error)) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, s.broken
	}
	changed, err := change(s.kept)
	if err == nil {
		s.kept = changed
	}
	return changed, err
}

// TestKeepIsShared: processes that share a Keep have one CA, also after one of them
// has renewed it.
func TestKeepIsShared(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]certs.Keep{
		"setting": new(setting).keep, "memory": certs.Memory(), "folder": certs.Folder(t.TempDir()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			now := newMoving()
			options := certs.Options{Keep: keep, Now: now.Now}
			a, b := open(t, options), open(t, options)
			if !bytes.Equal(a.PEM(), b.PEM()) {
				t.Error("got two CAs, want one")
			}
			now.advance(t, 10*365*day-20*day)
			for _, running := range []*certs.Authority{a, b} {
				if _, err := certificate(running, "localhost"); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(a.PEM(), b.PEM()) || caOf(t, b).NotAfter.Sub(now.Now()) < 9*365*day {
				t.Errorf("got CAs until %s and %s, want one that was renewed once", caOf(t, a).NotAfter, caOf(t, b).NotAfter)
			}
			if next := open(t, options); !bytes.Equal(next.PEM(), a.PEM()) {
				t.Error("opened again: got another CA, want the renewed one")
			}
		})
	}
}

// TestKeepFails: what cannot be kept or read is an error at the start, and a warning
// while connections are served.
func TestKeepFails(t *testing.T) {
	t.Parallel()
	errBroken := errors.New("broken")
	if _, err := certs.Open(certs.Options{Keep: (&setting{broken: errBroken}).keep}); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the error of Keep", err)
	}
	for _, kept := range []string{"x", ""} {
		if _, err := certs.Open(certs.Options{Keep: (&setting{kept: []byte(kept)}).keep}); !errors.Is(err, certs.ErrDamaged) {
			t.Errorf("%q: got %v, want %v", kept, err, certs.ErrDamaged)
		}
	}
	for want, damage := range map[string]func(*setting){
		"broken":                  func(s *setting) { s.broken = errBroken },
		"the kept CA was deleted": func(s *setting) { s.kept = nil },
	} {
		shared, now, log := new(setting), newMoving(), new(logged)
		a := open(t, certs.Options{Keep: shared.keep, Now: now.Now, Logger: log.logger()})
		old := a.PEM()
		damage(shared)
		now.advance(t, 12*365*day)
		if _, err := certificate(a, "localhost"); err != nil || bytes.Equal(a.PEM(), old) {
			t.Errorf("%s: got %v, want the CA renewed in memory", want, err)
		}
		if log.count("could not be saved") != 1 || !strings.Contains(log.text.String(), want) {
			t.Errorf("got %s, want a warning that says %q", log.text.String(), want)
		}
	}
}

// TestKeptDamageIsReplaced: a process that renews a CA repairs what another has damaged.
func TestKeptDamageIsReplaced(t *testing.T) {
	t.Parallel()
	shared, now := new(setting), newMoving()
	a := open(t, certs.Options{Keep: shared.keep, Now: now.Now})
	shared.kept = []byte("x")
	now.advance(t, 10*365*day-20*day)
	if _, err := certificate(a, "localhost"); err != nil {
		t.Fatal(err)
	}
	now.advance(t, time.Hour)
	if next := open(t, certs.Options{Keep: shared.keep, Now: now.Now}); !bytes.Equal(next.PEM(), a.PEM()) {
		t.Error("got another CA, want the renewed one")
	}
}
