package serve

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// runtimeFiles are the files by which other processes find this one.
type runtimeFiles struct {
	file  runtimeFile
	paths []string
	err   error // why no file was written
}

// remove removes the files.
func (r runtimeFiles) remove() {
	for _, path := range r.paths {
		r.file.remove(path)
	}
}

// announce writes the files for the health command, the banner, and the line for programs
// that wait.
func (p *Server) announce(b *banner) runtimeFiles {
	plain, secure := b.urls()
	r := runtimeFiles{file: runtimeFile{PID: os.Getpid(), Host: hostName(), HTTP: plain, HTTPS: secure}}
	r.paths, r.err = r.file.writeAll(b.settings)
	_, _ = fmt.Fprint(p.Stdout, b.text())
	_, _ = fmt.Fprintf(p.Stdout, "ready http=%s https=%s\n", plain, secure)
	return r
}

// A banner is the text for people at the start, with lines to copy.
type banner struct {
	settings  *config.Settings
	release   string
	sockets   sockets
	keys      int  // of --keys
	ownCA     bool // the certificate is from a generated CA
	scenarios int  // in all
	folders   []config.Folder

	out strings.Builder
}

// urls returns the base URLs; "" is off.
func (b *banner) urls() (plain, secure string) {
	return baseURL("http", b.sockets.plain), baseURL("https", b.sockets.secure)
}

func (b *banner) line(name, value string) {
	if value != "" {
		fmt.Fprintf(&b.out, "  %-9s %s\n", name, value)
	}
}

func (b *banner) text() string {
	s := b.settings
	plain, secure := b.urls()
	fmt.Fprintf(&b.out, "face-liveness-emulator %s\n\n", b.release)
	b.line("HTTP", plain)
	b.line("HTTPS", secure)
	b.line("Network", b.exposure())
	key := emulator.Key1
	if b.keys == 0 {
		b.line("Key 1", emulator.Key1)
		b.line("Key 2", emulator.Key2)
		b.line("", "any other key works too and has a separate resource")
	} else {
		key = "one-of-your-keys"
		b.line("Keys", fmt.Sprintf("%d from %s", b.keys, s.NameOf("keys")))
	}
	ca := ""
	if secure != "" && b.ownCA {
		ca = b.caFile(plain, secure)
	}
	if s.Ephemeral {
		b.line("State", "in memory, lost when the program ends")
	} else {
		b.line("State", s.State)
	}
	b.line("Scenario", b.scenarioText())
	b.out.WriteString("\n")
	b.clients(plain, cmp.Or(secure, plain), key, ca)
	b.out.WriteString("\n")
	return b.out.String()
}

// exposed reports whether other machines can connect.
func (b *banner) exposed() bool {
	return slices.ContainsFunc(slices.Concat(b.sockets.plain, b.sockets.secure), beyondLoopback)
}

// exposure returns a warning if other machines can connect.
func (b *banner) exposure() string {
	switch {
	case !b.exposed():
		return ""
	case b.keys > 0:
		text := "anyone who can reach this machine and has one of the keys can use it"
		if b.settings.AdminToken == "" {
			text += "; without --admin-token, anyone can move its clock"
		}
		return text
	}
	return "anyone who can reach this machine can use it"
}

// scenarioText returns the default scenario, and the places of all scenarios.
func (b *banner) scenarioText() string {
	builtIn := b.scenarios
	var places []string
	for _, f := range b.folders {
		builtIn -= f.Files
		places = append(places, fmt.Sprintf("%d from %s", f.Files, f.Path))
	}
	from := fmt.Sprintf("%d built in", builtIn)
	if n := len(places); n > 0 {
		from = strings.Join(append([]string{from}, places[:n-1]...), ", ") + " and " + places[n-1]
	}
	return fmt.Sprintf("%s (of %s)", cmp.Or(b.settings.Scenario, "happy-path"), from)
}

// caFile writes the place of the CA and returns the file name for the client lines.
func (b *banner) caFile(plain, secure string) string {
	download, curl := plain+"/_emulator/ca.pem", "curl -so ca.pem "
	if plain == "" {
		// The download cannot be verified yet.
		download, curl = secure+"/_emulator/ca.pem", "curl -kso ca.pem "
	}
	switch {
	case b.settings.Ephemeral:
		b.line("CA", download)
		b.line("", curl+download)
		b.line("", "new at every start")
		return "ca.pem"
	case b.exposed():
		// The reader may be outside of the container, or on another machine.
		b.line("CA", download)
		b.line("", curl+download)
		return "ca.pem"
	}
	path := filepath.Join(b.settings.State, "ca.pem")
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	b.line("CA", path)
	b.line("", download)
	return path
}

// clients writes a line to copy for each language.
func (b *banner) clients(plain, endpoint, key, ca string) {
	trust := func(format string) string {
		if ca == "" {
			return ""
		}
		return fmt.Sprintf(format, quoted(ca))
	}
	b.line("Shell", fmt.Sprintf("export FACE_ENDPOINT=%s FACE_APIKEY=%s", endpoint, quoted(key)))
	b.line("curl", fmt.Sprintf(`curl %s-H "Ocp-Apim-Subscription-Key: %s" -H "Content-Type: application/json" `+
		`-d '{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}' %s/face/v1.2/detectLiveness-sessions`,
		trust("--cacert %s "), key, endpoint))
	b.line("Node.js", trust("export NODE_EXTRA_CA_CERTS=%s"))
	b.line("Python", trust("export REQUESTS_CA_BUNDLE=%[1]s SSL_CERT_FILE=%[1]s"))
	b.line("Java", trust("keytool -importcert -noprompt -alias face-liveness-emulator -file %s "+
		"-keystore trust.p12 -storepass changeit"))
	b.line("", trust("export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStore=$PWD/trust.p12 -Djavax.net.ssl.trustStorePassword=changeit\"%.0s"))
	b.line("Go", trust("export SSL_CERT_FILE=%s"))
	// Over HTTP if it is on: the credential accepts it, and needs no CA.
	b.line("Identity", fmt.Sprintf("export IDENTITY_ENDPOINT=%s%s IDENTITY_HEADER=%s",
		cmp.Or(plain, endpoint), control.IdentityPath, control.IdentitySecret))
}

// quoted returns a text as one word of a shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
