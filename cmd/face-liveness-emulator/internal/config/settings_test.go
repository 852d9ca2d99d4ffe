package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// newFlags returns settings and their flags with the default values.
func newFlags() (*Settings, *pflag.FlagSet) {
	var s Settings
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	s.Register(flags)
	return &s, flags
}

// allFlags returns the names of the flags.
func allFlags() []string {
	var names []string
	_, flags := newFlags()
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// TestPrecedence: every flag has a variable and a name in the configuration file. A flag
// overrides its variable, the variable the file, and the file the default.
func TestPrecedence(t *testing.T) {
	t.Parallel()
	winner := map[string]string{"bool": "true", "int": "1", "uint64": "1", "string": "first", "strings": "first,too", "size": "128MiB"}
	loser := map[string]string{"bool": "false", "int": "2", "uint64": "2", "string": "second", "strings": "second", "size": "1GiB"}
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
				err := s.Complete(flags, environment(variables))
				if err != nil && !strings.HasPrefix(name, "config") { // The file does not exist.
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
				return // A file cannot name another one.
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
			want = f.DefValue
			if name == "state" { // Help shows it with a variable.
				want = defaultState()
			}
			if got := set(nil, nil, ""); got != want {
				t.Errorf("nothing set: got %s, want the default %s", got, want)
			}
		})
	}
}

// TestVariableNamesFile: the configuration file can be named by its variable.
func TestVariableNamesFile(t *testing.T) {
	t.Parallel()
	s, flags := newFlags()
	file := writeFile(t, "config", "scenario = spoof\n")
	if err := s.Complete(flags, environment(map[string]string{"FACE_LIVENESS_CONFIG": file})); err != nil {
		t.Fatal(err)
	}
	if s.Scenario != "spoof" {
		t.Errorf("got scenario %q, want spoof from the file", s.Scenario)
	}
}

// TestOptions: the values of the flags become options of the emulator.
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
	o, err := s.Options(nil)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(o.Keys, o.TrustedProxies, o.TLSHosts, o.Scenarios[0].Name == folder, len(o.Scenarios), o.State, o.AttemptsAllowed, o.Sync, o.Strict, o.StrictVersions, o.ErrorCodeHeader, o.Seed, o.AdminToken, o.AdminHosts)
	const want = "[[k1 k2] [k3] [k4]] [10.0.0.0/8 192.0.2.1/32 ::1/128] [a.test b.test] true 2 somewhere 2 true true true true 7 sesame [c.test *.d.test]\n"
	if got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}
