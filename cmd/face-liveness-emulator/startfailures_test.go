package main

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// TestBadValues: an invalid value ends the program with exit code 2 and a message that
// names the flag, the variable, or the line that set it.
func TestBadValues(t *testing.T) {
	t.Parallel()
	rows := []struct{ flag, value, says string }{
		{"http-addr", "nope", `"nope" is not of the form host:port`},
		{"http-addr", "127.0.0.1:99999", `the port in "127.0.0.1:99999" is not a number from 0 to 65535`},
		{"http-addr", "127.0.0.1:nope", `the port in "127.0.0.1:nope" is not`},
		{"http-addr", "192.0.2.1:0", "cannot listen at 192.0.2.1:0: "},
		{"https-addr", "127.0.0.1", `"127.0.0.1" is not of the form host:port`},
		{"state", "", "is empty; use --ephemeral"},
		{"ephemeral", "maybe", `invalid value "maybe" for --ephemeral: use true or false`},
		{"ephemeral", "yes", `invalid value "yes" for --ephemeral: use true or false`},
		{"sync", "2", `invalid value "2" for --sync: use true or false`},
		{"restore", "startfailures_test.go", "not a snapshot of the emulator"},
		{"restore", filepath.Join("no", "such", "file"), "no such"},
		{"load", filepath.Join("no", "such", "folder"), "no such"},
		{"scenarios", filepath.Join("no", "such", "folder"), "no such"},
		{"scenarios", "one,,two", "a value of the list is blank"},
		{"scenarios", "startfailures_test.go", "is not a folder"},
		{"scenario", "hapy-path", "happy-path"},
		{"keys", "k1,,k2", "a key is blank"},
		{"keys", "k1+", "a key is blank"},
		{"seed", "-1", `invalid value "-1" for --seed: use a whole number`},
		{"strict", "", `invalid value "" for --strict: use true or false`},
		{"strict-versions", "maybe", `invalid value "maybe" for --strict-versions: use true or false`},
		{"attempts-allowed", "0", "0 is not a number from 1 to 3"},
		{"attempts-allowed", "4", "from 1 to 3"},
		{"attempts-allowed", "many", `invalid value "many" for --attempts-allowed: use a whole number`},
		{"error-code-header", "perhaps", `invalid value "perhaps" for --error-code-header: use true or false`},
		{"public-url", "face.test", "https://face.test:10101"},
		{"public-url", "https://face.test/?x=1", "must be a base URL"},
		{"trusted-proxies", "10.0.0.0/99", `"10.0.0.0/99" is neither an address nor a network`},
		{"tls-hosts", "https://face.test", `host "https://face.test": not a host name`},
		{"tls-cert", "cert.pem", "--tls-key"},
		{"tls-key", "key.pem", "--tls-cert"},
		{"admin-token", "", "the value is blank; omit it"},
		{"admin-token", "se\tsame", "the value contains a line break or another control character"},
		{"admin-hosts", "one,,two", "a value of the list is blank"},
		{"admin-hosts", "https://face.test", `invalid host name "https://face.test"`},
		{"memory", "128", `"128" is too little; use at least 16MiB`},
		{"memory", "128 megs", `invalid size "128 megs"; use a whole number of KiB, MiB or GiB`},
		{"log-format", "xml", `"xml" is not text, json or auto`},
		{"log-level", "loud", `"loud" is not debug, info, warn or error`},
		{"config", filepath.Join("no", "such", "file"), "no such"},
		{"config-dir", filepath.Join("no", "such", "folder"), "no such"},
		{"config-dir", "startfailures_test.go", "is not a folder"},
	}
	for _, name := range flagNames() {
		if !slices.ContainsFunc(rows, func(row struct{ flag, value, says string }) bool { return row.flag == name }) {
			t.Errorf("no bad value of --%s is tried", name)
		}
	}
	for _, row := range rows {
		t.Run(row.flag+"="+row.value, func(t *testing.T) {
			t.Parallel()
			flag, variable := "--"+row.flag, config.Variable(row.flag)
			check := func(source string, args []string, variables map[string]string, name string) {
				t.Helper()
				code, stderr := runBriefly(t, row.flag, args, variables)
				if code != 2 {
					t.Errorf("%s: got exit code %d, want 2; it says %q", source, code, stderr)
				}
				// The message for a malformed value names the value before the flag.
				named := strings.HasPrefix(stderr, "face-liveness-emulator: "+name) || source == "flag" && strings.Contains(stderr, "for "+name)
				if !named || !strings.Contains(stderr, row.says) || strings.Contains(stderr, "parsing") {
					t.Errorf("%s: it says %q; want %q and %q", source, stderr, name, row.says)
				}
			}
			check("flag", []string{flag + "=" + row.value}, nil, flag)
			check("variable", nil, map[string]string{variable: row.value}, variable)
			if !strings.HasPrefix(row.flag, "config") {
				file := writeFile(t, "config", "\n"+row.flag+" = "+row.value+"\n")
				check("file", []string{"--config", file}, nil, file+":2: ")
			}
		})
	}
}

// runBriefly runs the program in this process, in memory and at free ports unless the test
// sets these flags. A program that serves ends after some seconds with code 0.
func runBriefly(t *testing.T, except string, args []string, variables map[string]string) (code int, stderr string) {
	t.Helper()
	for _, usual := range []string{"http-addr=127.0.0.1:0", "https-addr=127.0.0.1:0", "ephemeral=true"} {
		name, _, _ := strings.Cut(usual, "=")
		if name != except && (name != "ephemeral" || except != "state") {
			args = append(args, "--"+usual)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var out, errs bytes.Buffer
	p := program{args: args, lookupEnv: environment(variables), environ: environ(variables), stdout: &out, stderr: &errs}
	code = p.run(ctx)
	return code, errs.String()
}

// TestConfigErrors: errors of a configuration file name the file and the line.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, content, says string }{
		{"no value", "strict = true\nephemeral\n", ":2: the line has no '='; lines are name = value, such as 'strict = true'"},
		{"no name", "= true\n", ":1: no name before the '='"},
		{"unknown", "\n\ncolour = red\n", ":3: unknown flag --colour\n"},
		{"mistyped", "htp-addr = 127.0.0.1:0\n", ":1: unknown flag --htp-addr; did you mean --http-addr or --https-addr?"},
		{"with dashes", "--strict = true\n", ":1: names have no leading dashes in this file; write 'strict = ...'"},
		{"help", "help = true\n", ":1: unknown flag --help"},
		{"version", "version = true\n", ":1: unknown flag --version"},
		{"a folder", "config-dir = other\n", ":1: a configuration file cannot name another one"},
		{"another file", "config = other\n", ":1: a configuration file cannot name another one"},
		{"bad value", "# first\nattempts-allowed = three\n", `:2: invalid value "three" for --attempts-allowed: use a whole number`},
		{"bad list", "# first\n\ntls-hosts = a,,b\n", ":3: --tls-hosts: a value of the list is blank"},
		{"out of range", "# first\nattempts-allowed = '4'\n", ":2: --attempts-allowed: 4 is not a number from 1 to 3"},
		{"twice", "keys = k1\nstrict = true\nkeys = k2\n", ":3: keys is given twice"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			file := writeFile(t, "emulator.conf", row.content)
			code, stderr := runBriefly(t, "", []string{"--config", file}, nil)
			if want := file + row.says; code != 2 || !strings.Contains(stderr, want) {
				t.Errorf("got exit code %d and %q; want 2 and %q", code, stderr, want)
			}
		})
	}
}

// TestBadKeys: every source refuses invalid keys, with exit code 2 and without showing
// them; an empty list does not open the emulator to every key.
func TestBadKeys(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", " ", "sesame,", "sesame,sesame", "a+sesame,sesame"} {
		t.Run("", func(t *testing.T) { // A name would be part of the file name in the message.
			t.Parallel()
			file := writeFile(t, "emulator.conf", "keys = "+value+"\n")
			for name, run := range map[string]func() (int, string){
				"--keys: ":             func() (int, string) { return runBriefly(t, "", []string{"--keys", value}, nil) },
				"FACE_LIVENESS_KEYS: ": func() (int, string) { return runBriefly(t, "", nil, map[string]string{"FACE_LIVENESS_KEYS": value}) },
				file + ":1: --keys: ":  func() (int, string) { return runBriefly(t, "", []string{"--config", file}, nil) },
			} {
				code, stderr := run()
				if code != 2 || !strings.HasPrefix(stderr, "face-liveness-emulator: "+name) || strings.Contains(stderr, "sesame") {
					t.Errorf("got exit code %d and %q; want 2 and %q, and no key", code, stderr, name)
				}
			}
		})
	}
}

// TestStartWarnings: warnings are logged at the start and do not end the program.
func TestStartWarnings(t *testing.T) {
	t.Parallel()
	_, stderr := runBriefly(t, "", []string{"--scenarios", t.TempDir(), "--scenario", "none"}, map[string]string{
		"FACE_LIVENESS_KEY": "sesame", "FACE_LIVENESS_COLOUR": "red",
	})
	for _, want := range []string{
		`"level":"WARN","msg":"this variable is for control commands and ignored here","variable":"FACE_LIVENESS_KEY","hint":"did you mean FACE_LIVENESS_KEYS?"`,
		`"level":"WARN","msg":"no *.yaml or *.yml files in a folder of --scenarios","folder":`,
		`"level":"WARN","msg":"unknown variable ignored","variable":"FACE_LIVENESS_COLOUR"`,
		`--scenario: unknown scenario "none"`,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("got %q; want %q in it", stderr, want)
		}
	}
}
