package image_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// mount mounts a file or folder of this machine below the configuration folder,
// read-only.
func mount(source, at string) []string {
	return []string{"--volume", source + ":" + filepath.Join(configDir, at) + ":ro"}
}

// write writes a file that every user can read.
func write(t *testing.T, content []byte, at ...string) {
	t.Helper()
	name := filepath.Join(at...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// folder returns a new folder that every user can read.
func folder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mounted")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func scenario(decision string) []byte {
	return fmt.Appendf(nil, "name: mounted\nattempts:\n  - outcome: %s\n", decision)
}

// TestMountedScenarios checks that files in scenarios.d are used, and that the next
// session uses an edited file.
func TestMountedScenarios(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	scenarios := folder(t)
	write(t, scenario("spoofface"), scenarios, "mounted.yaml")
	c := start(t, mount(scenarios, "scenarios.d"))
	api := c.awaitReady(t)
	decision := func() string {
		s := api.create(t, "mounted")
		api.play(t, s.AuthToken)
		return api.read(t, s.SessionID, "Succeeded").decision()
	}
	if got := decision(); got != "spoofface" {
		t.Errorf("the decision: got %q, want spoofface", got)
	}
	write(t, scenario("realface"), scenarios, "mounted.yaml")
	until(t, 20*time.Second, func() error {
		if got := decision(); got != "realface" {
			return fmt.Errorf("after the edit: got decision %q, want realface", got)
		}
		return nil
	})
}

// TestMountedState checks that a new state starts from exported sessions or a snapshot.
func TestMountedState(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	first := start(t, nil)
	api := first.awaitReady(t)
	made := api.create(t, "")
	api.play(t, made.AuthToken)
	exported := first.emulator(t, "sessions", "export", made.SessionID, "--key", "any-key")
	first.emulator(t, "snapshot", stateDir+"/made.snapshot", "--key", "any-key")
	saved := filepath.Join(folder(t), "made.snapshot")
	docker(t, "cp", first.id+":"+stateDir+"/made.snapshot", saved)
	if err := os.Chmod(saved, 0o644); err != nil {
		t.Fatal(err)
	}
	loaded := folder(t)
	write(t, []byte(exported), loaded, "session.json")

	for _, row := range []struct {
		name    string
		options []string
	}{
		{"load", mount(loaded, "load")},
		{"load in memory", append(mount(loaded, "load"), "--env", "FACE_LIVENESS_EPHEMERAL=true")},
		{"restore.snapshot", mount(saved, "restore.snapshot")},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			api := start(t, row.options).awaitReady(t)
			if got := api.read(t, made.SessionID, "Succeeded").decision(); got != "realface" {
				t.Errorf("the decision: got %q, want realface", got)
			}
			api.works(t)
		})
	}
}

// TestMountedCertificate checks that the emulator serves a mounted certificate.
func TestMountedCertificate(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	certificate, key := ownCertificate(t)
	tls := folder(t)
	write(t, certificate, tls, "tls.crt")
	write(t, key, tls, "tls.key")
	c := start(t, mount(tls, "tls"))
	c.awaitReady(t)
	secure := c.secure(t, string(certificate))
	secure.works(t)
	answer, err := secure.client.Get(secure.base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	block, _ := pem.Decode(certificate)
	if got := answer.TLS.PeerCertificates[0]; !bytes.Equal(got.Raw, block.Bytes) {
		t.Errorf("got the certificate of %v, want the mounted one", got.Subject)
	}
}

// ownCertificate makes a self-signed certificate for this machine.
func ownCertificate(t *testing.T) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mounted"},
		NotBefore: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true, DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})
}

// TestMountedConfiguration checks that the configuration file is used, that arguments
// override it, and that the error for a mistake names its position.
func TestMountedConfiguration(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	config := filepath.Join(folder(t), "config")
	write(t, []byte("keys = first-key\nscenario = spoof\n"), config)
	for _, row := range []struct{ name, key, decision string }{
		{name: "file", key: "first-key", decision: "spoofface"},
		{name: "argument", key: "second-key", decision: "spoofface"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var arguments []string
			if row.name == "argument" {
				arguments = []string{"--keys", row.key}
			}
			api := start(t, mount(config, "config"), arguments...).awaitReady(t)
			api.key = row.key
			s := api.create(t, "")
			api.play(t, s.AuthToken)
			if got := api.read(t, s.SessionID, "Succeeded").decision(); got != row.decision {
				t.Errorf("the decision: got %q, want %s", got, row.decision)
			}
		})
	}

	closed := filepath.Join(folder(t), "config")
	write(t, []byte("keys = first-key\n"), closed)
	if err := os.Chmod(closed, 0o600); err != nil {
		t.Fatal(err)
	}
	code, output := exitCode(t, append(mount(closed, "config"), "--user", "12345:12345"))
	if want := "permission denied; this process runs as user 12345 of group 12345"; code != 2 || !strings.Contains(output, want) {
		t.Errorf("a file that the user cannot read: got exit code %d, %q; want 2 and %q", code, output, want)
	}

	wrong := filepath.Join(folder(t), "config")
	write(t, []byte("keys = first-key\nscenarioo = x\n"), wrong)
	code, output = exitCode(t, mount(wrong, "config"))
	if place := configDir + "/config:2"; code != 2 || !strings.Contains(output, place) {
		t.Errorf("a mistake: got exit code %d, %q; want 2 and %s", code, output, place)
	}
}
