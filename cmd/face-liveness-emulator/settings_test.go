package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// newFlags returns settings and their flags, all at their defaults.
func newFlags() (*settings, *pflag.FlagSet) {
	var s settings
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.register(flags)
	return &s, flags
}

// allFlags are the names of the flags.
func allFlags() []string {
	var names []string
	_, flags := newFlags()
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// environment is a lookup in a map.
func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

// environ is the list of a map.
func environ(variables map[string]string) func() []string {
	return func() []string {
		var entries []string
		for name, value := range variables {
			entries = append(entries, name+"="+value)
		}
		return entries
	}
}

// writeFile puts a file into a folder of the test's own.
func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPrecedence: every flag has a variable and a name in the configuration
// file, and flag goes before variable before file before default.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	winner := map[string]string{"bool": "true", "int": "1", "uint64": "1", "string": "first", "strings": "first,too"}
	loser := map[string]string{"bool": "false", "int": "2", "uint64": "2", "string": "second", "strings": "second"}
	for _, name := range allFlags() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variable := "FACE_LIVENESS_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
			set := func(args []string, variables map[string]string, file string) string {
				s, flags := newFlags()
				if err := flags.Parse(args); err != nil {
					t.Fatal(err)
				}
				if name != "config" {
					s.config = writeFile(t, "config", file)
				}
				err := s.complete(flags, environment(variables))
				if err != nil && !strings.HasPrefix(name, "config") { // There is no such file.
					t.Fatal(err)
				}
				return flags.Lookup(name).Value.String()
			}
			_, flags := newFlags()
			f := flags.Lookup(name)
			first, second := winner[f.Value.Type()], loser[f.Value.Type()]
			if err := f.Value.Set(first); err != nil {
				t.Fatal(err)
			}
			want := f.Value.String()
			if f.DefValue == want {
				t.Fatalf("the default is %s; the test has to set another value", want)
			}
			if got := set([]string{"--" + name + "=" + first}, map[string]string{variable: second}, ""); got != want {
				t.Errorf("flag and %s: got %s, want %s of the flag", variable, got, want)
			}
			if strings.HasPrefix(name, "config") {
				return // A file does not name another one.
			}
			if got := set(nil, map[string]string{variable: first}, name+" = "+second+"\n"); got != want {
				t.Errorf("%s and file: got %s, want %s of the variable", variable, got, want)
			}
			if got := set([]string{"--" + name + "=" + first}, nil, name+" = "+second+"\n"); got != want {
				t.Errorf("flag and file: got %s, want %s of the flag", got, want)
			}
			if got := set(nil, nil, "# a comment\n\n  "+name+"="+first+"  \n"); got != want {
				t.Errorf("file: got %s, want %s", got, want)
			}
			if got := set(nil, nil, ""); got != f.DefValue {
				t.Errorf("nothing set: got %s, want the default %s", got, f.DefValue)
			}
		})
	}
}

// TestVariableNamesFile: the configuration file can be named by its variable.
func TestVariableNamesFile(t *testing.T) {
	t.Parallel()
	s, flags := newFlags()
	file := writeFile(t, "config", "scenario = spoof\n")
	if err := s.complete(flags, environment(map[string]string{"FACE_LIVENESS_CONFIG": file})); err != nil {
		t.Fatal(err)
	}
	if s.scenario != "spoof" {
		t.Errorf("got scenario %q, want spoof from the file", s.scenario)
	}
}

// TestBadValues: a value that does not fit ends the program with exit code 2
// and a message that names the flag, the variable, or the line that set it.
func TestBadValues(t *testing.T) {
	t.Parallel()
	rows := []struct{ flag, value, says string }{
		{"http-addr", "nope", `"nope" is not of the form host:port`},
		{"http-addr", "127.0.0.1:99999", `the port in "127.0.0.1:99999" is not a number from 0 to 65535`},
		{"http-addr", "127.0.0.1:nope", `the port in "127.0.0.1:nope" is not`},
		{"http-addr", "192.0.2.1:0", "cannot listen at 192.0.2.1:0: "},
		{"https-addr", "127.0.0.1", `"127.0.0.1" is not of the form host:port`},
		{"state", "", "is empty; use --ephemeral"},
		{"ephemeral", "maybe", `"maybe" is no value for --ephemeral: use true or false`},
		{"ephemeral", "yes", `"yes" is no value for --ephemeral: use true or false`},
		{"sync", "2", `"2" is no value for --sync: use true or false`},
		{"restore", "settings_test.go", "not a snapshot of the emulator"},
		{"restore", filepath.Join("no", "such", "file"), "no such"},
		{"load", filepath.Join("no", "such", "folder"), "no such"},
		{"scenarios", filepath.Join("no", "such", "folder"), "no such"},
		{"scenarios", "one,,two", "a value of the list is blank"},
		{"scenarios", "settings_test.go", "is not a folder"},
		{"scenario", "hapy-path", "happy-path"},
		{"keys", "k1,,k2", "a key is blank"},
		{"keys", "k1+", "a key is blank"},
		{"seed", "-1", `"-1" is no value for --seed: use a whole number`},
		{"strict", "", `"" is no value for --strict: use true or false`},
		{"strict-versions", "maybe", `"maybe" is no value for --strict-versions: use true or false`},
		{"attempts-allowed", "0", "0 is not a number from 1 to 3"},
		{"attempts-allowed", "4", "from 1 to 3"},
		{"attempts-allowed", "many", `"many" is no value for --attempts-allowed: use a whole number`},
		{"error-code-header", "perhaps", `"perhaps" is no value for --error-code-header: use true or false`},
		{"public-url", "face.test", "https://face.test:10101"},
		{"public-url", "https://face.test/?x=1", "must be a base URL"},
		{"trusted-proxies", "10.0.0.0/99", `"10.0.0.0/99" is neither an address nor a network`},
		{"tls-hosts", "https://face.test", `host "https://face.test": not a host name`},
		{"tls-cert", "cert.pem", "--tls-key"},
		{"tls-key", "key.pem", "--tls-cert"},
		{"admin-token", "", "it is blank; leave it out altogether"},
		{"admin-token", "se\tsame", "it holds a line break or another control character"},
		{"admin-hosts", "one,,two", "a value of the list is blank"},
		{"admin-hosts", "https://face.test", `"https://face.test" is no host name`},
		{"log-format", "xml", `"xml" is not text, json or auto`},
		{"log-level", "loud", `"loud" is not debug, info, warn or error`},
		{"config", filepath.Join("no", "such", "file"), "no such"},
		{"config-dir", filepath.Join("no", "such", "folder"), "no such"},
		{"config-dir", "settings_test.go", "is not a folder"},
	}
	for _, name := range allFlags() {
		if !slices.ContainsFunc(rows, func(row struct{ flag, value, says string }) bool { return row.flag == name }) {
			t.Errorf("no bad value of --%s is tried", name)
		}
	}
	for _, row := range rows {
		t.Run(row.flag+"="+row.value, func(t *testing.T) {
			t.Parallel()
			flag, variable := "--"+row.flag, variable(row.flag)
			check := func(source string, args []string, variables map[string]string, name string) {
				t.Helper()
				code, stderr := runBriefly(t, row.flag, args, variables)
				if code != 2 {
					t.Errorf("%s: got exit code %d, want 2; it says %q", source, code, stderr)
				}
				// A value that has no form at all comes before the name of its flag.
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

// runBriefly runs the program in this process, in memory and at free ports
// except where the flag of the test says otherwise. A program that serves ends
// after some seconds with code 0.
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

// TestConfigErrors: what is wrong with a configuration file is told by file and
// line.
func TestConfigErrors(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ name, content, says string }{
		{"no value", "strict = true\nephemeral\n", ":2: the line has no '='; lines are name = value, such as 'strict = true'"},
		{"no name", "= true\n", ":1: there is no name before the '='"},
		{"unknown", "\n\ncolour = red\n", ":3: there is no flag --colour\n"},
		{"mistyped", "htp-addr = 127.0.0.1:0\n", ":1: there is no flag --htp-addr; did you mean --http-addr or --https-addr?"},
		{"with dashes", "--strict = true\n", ":1: names have no dashes before them here: write 'strict = ...'"},
		{"help", "help = true\n", ":1: there is no flag --help"},
		{"version", "version = true\n", ":1: there is no flag --version"},
		{"a folder", "config-dir = other\n", ":1: a configuration file cannot name another one"},
		{"another file", "config = other\n", ":1: a configuration file cannot name another one"},
		{"bad value", "# first\nattempts-allowed = three\n", `:2: "three" is no value for --attempts-allowed: use a whole number`},
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

// TestOptions: what the flags say reaches the emulator.
func TestOptions(t *testing.T) {
	t.Parallel()
	s, flags := newFlags()
	folder := t.TempDir()
	err := flags.Parse([]string{
		"--keys", " k1 + k2, k3 ", "--keys", "'k4'", "--trusted-proxies", "10.1.2.3/8, 192.0.2.1 ,::1", "--tls-hosts", " a.test, b.test",
		"--admin-token", " 'sesame' ", "--admin-hosts", "c.test, *.d.test",
		"--scenarios", " " + folder + " ", "--scenarios", folder,
		"--state", "somewhere", "--attempts-allowed", "2", "--sync", "--strict", "--strict-versions", "--error-code-header", "--seed", "7",
	})
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.options(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(o.Keys, o.TrustedProxies, o.TLSHosts, o.Scenarios[0].Name == folder, len(o.Scenarios), o.State, o.AttemptsAllowed, o.Sync, o.Strict, o.StrictVersions, o.ErrorCodeHeader, o.Seed, o.AdminToken, o.AdminHosts)
	const want = "[[k1 k2] [k3] [k4]] [10.0.0.0/8 192.0.2.1/32 ::1/128] [a.test b.test] true 2 somewhere 2 true true true true 7 sesame [c.test *.d.test]\n"
	if got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
