package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// running is what a serving process leaves for others to find.
type running struct {
	path string
	err  error
}

// remove takes the file away, unless another process has put its own there.
func (r running) remove() {
	if file, err := readRuntimeFile(r.path); err == nil && file.PID == os.Getpid() {
		_ = os.Remove(r.path)
	}
}

// announce writes the file for the health command, the banner, and the line that
// programs wait for.
func (p *program) announce(s settings, o emulator.Options, open sockets, e *emulator.Emulator) running {
	plain, secure := baseURL("http", open.plain), baseURL("https", open.secure)
	r := running{path: runtimePath(s)}
	r.err = runtimeFile{PID: os.Getpid(), HTTP: plain, HTTPS: secure}.write(r.path)
	_, _ = fmt.Fprint(p.stdout, banner(s, o, plain, secure, e.CA() != nil))
	_, _ = fmt.Fprintf(p.stdout, "ready http=%s https=%s\n", plain, secure)
	return r
}

// banner is the text that a person copies from.
func banner(s settings, o emulator.Options, plain, secure string, ownCA bool) string {
	var out strings.Builder
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&out, "  %-9s %s\n", name, value)
		}
	}
	endpoint := plain
	if secure != "" {
		endpoint = secure
	}
	key := emulator.Key1
	fmt.Fprintf(&out, "face-liveness-emulator %s\n\n", emulator.Release())
	line("HTTP", plain)
	line("HTTPS", secure)
	if len(o.Keys) == 0 {
		line("Key 1", emulator.Key1)
		line("Key 2", emulator.Key2)
		line("", "any other key is accepted too and opens a resource of its own")
	} else {
		key = "<one of --keys>"
		line("Keys", fmt.Sprintf("%d from --keys", len(o.Keys)))
	}
	ca := ""
	if secure != "" && ownCA {
		ca = caFile(s, plain, secure, line)
	}
	if o.State == "" {
		line("State", "in memory, gone when the program ends")
	} else {
		line("State", o.State)
	}
	out.WriteString("\n")
	clientLines(line, endpoint, key, ca)
	out.WriteString("\n")
	return out.String()
}

// caFile shows where the CA is and returns the name to use in commands.
func caFile(s settings, plain, secure string, line func(name, value string)) string {
	download, curl := plain+"/_emulator/ca.pem", "curl -so ca.pem "
	if plain == "" {
		// Nothing is trusted yet that could vouch for the download.
		download, curl = secure+"/_emulator/ca.pem", "curl -kso ca.pem "
	}
	if s.ephemeral {
		line("CA", download)
		line("", curl+download)
		return "ca.pem"
	}
	path := filepath.Join(s.state, "ca.pem")
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	line("CA", path)
	line("", download)
	return path
}

// clientLines are for copying, one a language.
func clientLines(line func(name, value string), endpoint, key, ca string) {
	trust := func(format string) string {
		if ca == "" {
			return ""
		}
		return fmt.Sprintf(format, ca)
	}
	line("Shell", fmt.Sprintf("export FACE_ENDPOINT=%s FACE_APIKEY=%s", endpoint, key))
	line("curl", fmt.Sprintf(`curl %s-H "Ocp-Apim-Subscription-Key: %s" -H "Content-Type: application/json" `+
		`-d '{"livenessOperationMode":"Passive","deviceCorrelationId":"phone-1"}' %s/face/v1.2/detectLiveness-sessions`,
		trust("--cacert '%s' "), key, endpoint))
	line("Node.js", trust("export NODE_EXTRA_CA_CERTS='%s'"))
	line("Python", trust("export REQUESTS_CA_BUNDLE='%[1]s' SSL_CERT_FILE='%[1]s'"))
	line("Java", trust("keytool -importcert -noprompt -alias face-liveness-emulator -file '%s' "+
		"-keystore trust.p12 -storepass changeit"))
	line("", trust("export JAVA_TOOL_OPTIONS=\"-Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit\"%.0s"))
	line("Go", trust("export SSL_CERT_FILE='%s'"))
}
