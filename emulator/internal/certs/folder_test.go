package certs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/certs"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/clock"
)

func parse(tb testing.TB, encoded []byte) *x509.Certificate {
	tb.Helper()
	block, _ := pem.Decode(encoded)
	if block == nil {
		tb.Fatalf("got no PEM block in %d bytes", len(encoded))
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

func read(tb testing.TB, dir, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func write(tb testing.TB, dir, name string, data []byte) {
	tb.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		tb.Fatal(err)
	}
}

func remove(tb testing.TB, dir, name string) {
	tb.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		tb.Fatal(err)
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	first := open(t, certs.Options{Keep: certs.Folder(dir)})
	second := open(t, certs.Options{Keep: certs.Folder(dir)})
	if !bytes.Equal(first.PEM(), second.PEM()) || !bytes.Equal(first.PEM(), read(t, dir, "ca.pem")) {
		t.Error("got three certificates, want one")
	}
	// A client of the first accepts a server of the second.
	if _, err := (client{name: "localhost", roots: first.Pool()}).shake(t, second.TLSConfig()); err != nil {
		t.Errorf("got %v, want the second to sign with the key of the first", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if got := strings.Join(names, " "); got != "ca-key.pem ca.pem" {
		t.Errorf("got the files %s, want ca-key.pem and ca.pem", got)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for name, want := range map[string]fs.FileMode{"ca.pem": 0o644, "ca-key.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s: got mode %o, want %o", name, got, want)
		}
	}
	if bytes.Contains(read(t, dir, "ca.pem"), []byte("PRIVATE")) {
		t.Error("ca.pem holds the private key")
	}
}

func TestMemoryLeavesNoFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	open(t, certs.Options{})
	if entries, err := os.ReadDir("."); err != nil || len(entries) != 0 {
		t.Errorf("got %v and error %v, want no files", entries, err)
	}
}

func TestFolderOpenedAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var mu sync.Mutex
	cas := make(map[string]bool)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			a, err := certs.Open(certs.Options{Keep: certs.Folder(dir)})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			cas[string(a.PEM())] = true
		})
	}
	all.Wait()
	if len(cas) != 1 {
		t.Errorf("got %d CAs, want 1", len(cas))
	}
}

func TestFolderDamaged(t *testing.T) {
	t.Parallel()
	other := t.TempDir()
	open(t, certs.Options{Keep: certs.Folder(other)})
	server, serverKey := newPair(t, clock.System{}.Now(), day)
	tests := []struct {
		name   string
		damage func(t *testing.T, dir string)
		file   string
	}{
		{"key empty", func(t *testing.T, dir string) { t.Helper(); write(t, dir, "ca-key.pem", nil) }, "ca-key.pem"},
		{"key no PEM", func(t *testing.T, dir string) { t.Helper(); write(t, dir, "ca-key.pem", []byte("x")) }, "ca-key.pem"},
		{"key cut off in the certificate", func(t *testing.T, dir string) {
			t.Helper()
			data := read(t, dir, "ca-key.pem")
			write(t, dir, "ca-key.pem", data[:len(data)-40])
		}, "ca-key.pem"},
		{"key cut off in the key", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca-key.pem", read(t, dir, "ca-key.pem")[:100])
		}, "ca-key.pem"},
		{"key of other bytes", func(t *testing.T, dir string) {
			t.Helper()
			block := &pem.Block{Type: "PRIVATE KEY", Bytes: []byte("x")}
			write(t, dir, "ca-key.pem", pem.EncodeToMemory(block))
		}, "ca-key.pem"},
		{"key is a certificate", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca-key.pem", read(t, dir, "ca.pem"))
		}, "ca-key.pem"},
		{"key of a server", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca-key.pem", append(bytes.Clone(serverKey), server...))
		}, "ca-key.pem"},
		{"key does not belong to certificate", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca-key.pem", append(bytes.Clone(serverKey), read(t, dir, "ca.pem")...))
		}, "ca-key.pem"},
		{"key missing", func(t *testing.T, dir string) {
			t.Helper()
			remove(t, dir, "ca-key.pem")
		}, "ca-key.pem"},
		{"certificate empty", func(t *testing.T, dir string) { t.Helper(); write(t, dir, "ca.pem", nil) }, "ca.pem"},
		{"certificate cut off", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca.pem", read(t, dir, "ca.pem")[:100])
		}, "ca.pem"},
		{"certificate is a key", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca.pem", serverKey)
		}, "ca.pem"},
		{"certificate of another CA", func(t *testing.T, dir string) {
			t.Helper()
			write(t, dir, "ca.pem", read(t, other, "ca.pem"))
		}, "ca.pem"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			open(t, certs.Options{Keep: certs.Folder(dir)})
			test.damage(t, dir)
			_, err := certs.Open(certs.Options{Keep: certs.Folder(dir)})
			if !errors.Is(err, certs.ErrDamaged) || !strings.Contains(err.Error(), filepath.Join(dir, test.file)+":") ||
				!strings.Contains(err.Error(), "delete") {
				t.Fatalf("got %v, want %v that names %s and says what to do", err, certs.ErrDamaged, test.file)
			}
			// The remedy that the text gives.
			if test.file == "ca-key.pem" && test.name != "key missing" {
				remove(t, dir, "ca-key.pem")
			}
			remove(t, dir, "ca.pem")
			open(t, certs.Options{Keep: certs.Folder(dir)})
		})
	}
}

func TestFolderMendsCopy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := open(t, certs.Options{Keep: certs.Folder(dir)}).PEM()
	remove(t, dir, "ca.pem")
	got := open(t, certs.Options{Keep: certs.Folder(dir)}).PEM()
	if !bytes.Equal(got, want) || !bytes.Equal(read(t, dir, "ca.pem"), want) {
		t.Error("got another certificate, want it written again")
	}
}

// A pair as other programs keep it: the key alone in its file.
func TestFolderWithForeignPair(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := open(t, certs.Options{Keep: certs.Folder(dir)}).PEM()
	block, _ := pem.Decode(read(t, dir, "ca-key.pem"))
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "ca-key.pem", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	if got := open(t, certs.Options{Keep: certs.Folder(dir)}).PEM(); !bytes.Equal(got, want) {
		t.Error("got another certificate, want the one in ca.pem")
	}
	remove(t, dir, "ca.pem")
	if _, err := certs.Open(certs.Options{Keep: certs.Folder(dir)}); !errors.Is(err, certs.ErrDamaged) {
		t.Errorf("key alone: got %v, want %v", err, certs.ErrDamaged)
	}
}

func TestFolderCannotBeMade(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "file", nil)
	if _, err := certs.Open(certs.Options{Keep: certs.Folder(filepath.Join(dir, "file"))}); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names the folder", err)
	}
}

func TestRenewalOfCA(t *testing.T) {
	t.Parallel()
	for name, passed := range map[string]time.Duration{"soon expired": 10*365*day - 20*day, "expired": 11 * 365 * day} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, now, log := t.TempDir(), newMoving(), new(logged)
			options := certs.Options{Keep: certs.Folder(dir), Now: now.Now, Logger: log.logger()}
			first := open(t, options)
			now.advance(t, passed)
			second := open(t, options)
			if got := log.count("level=WARN"); got != 1 {
				t.Errorf("got %d warnings, want 1", got)
			}
			old, renewed := caOf(t, first), caOf(t, second)
			if old.Equal(renewed) || old.Subject.String() != renewed.Subject.String() || renewed.NotAfter.Sub(now.Now()) < 9*365*day {
				t.Errorf("got CA %s until %s, want the old name for ten more years", renewed.Subject, renewed.NotAfter)
			}
			if !bytes.Equal(read(t, dir, "ca.pem"), second.PEM()) {
				t.Error("ca.pem is not the renewed certificate")
			}
			for trusted, roots := range map[*x509.Certificate]*x509.CertPool{renewed: second.Pool(), old: first.Pool()} {
				// A client that trusts the old certificate can go on until it ends.
				if trusted == old && now.Now().After(old.NotAfter) {
					continue
				}
				if _, err := (client{name: "localhost", roots: roots, now: now.Now()}).shake(t, second.TLSConfig()); err != nil {
					t.Errorf("client with the CA until %s: got %v, want no error", trusted.NotAfter, err)
				}
			}
			if third := open(t, options); !bytes.Equal(third.PEM(), second.PEM()) || log.count("level=WARN") != 1 {
				t.Error("opened again: the CA was renewed again, want it kept")
			}
		})
	}
}

func TestRenewalOfCAWhileRunning(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir()} {
		now, log := newMoving(), new(logged)
		keep := certs.Memory()
		if dir != "" {
			keep = certs.Folder(dir)
		}
		a := open(t, certs.Options{Keep: keep, Now: now.Now, Logger: log.logger()})
		before := a.PEM()
		now.advance(t, 12*365*day)
		if _, err := certificate(a, "localhost"); err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(a.PEM(), before) || log.count("level=WARN") != 1 {
			t.Error("the CA was not renewed with one warning")
		}
		if _, err := (client{name: "emulator", roots: a.Pool(), now: now.Now()}).shake(t, a.TLSConfig()); err != nil {
			t.Errorf("got %v, want a valid certificate", err)
		}
		if dir != "" && !bytes.Equal(read(t, dir, "ca.pem"), a.PEM()) {
			t.Error("ca.pem is not the renewed certificate")
		}
	}
}

// The state folder can be gone by the time.
func TestRenewalThatCannotBeSaved(t *testing.T) {
	t.Parallel()
	dir, now, log := filepath.Join(t.TempDir(), "state"), newMoving(), new(logged)
	a := open(t, certs.Options{Keep: certs.Folder(dir), Now: now.Now, Logger: log.logger()})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	now.advance(t, 12*365*day)
	if _, err := (client{name: "localhost", roots: a.Pool(), now: now.Now()}).shake(t, a.TLSConfig()); err == nil {
		t.Error("the expired CA is accepted, want an error") // Its pool was taken before.
	}
	if _, err := (client{name: "localhost", roots: a.Pool(), now: now.Now()}).shake(t, a.TLSConfig()); err != nil {
		t.Errorf("got %v, want the renewed CA in memory", err)
	}
	if log.count("could not be saved") != 1 {
		t.Errorf("got %s, want a warning", log.text.String())
	}
}
