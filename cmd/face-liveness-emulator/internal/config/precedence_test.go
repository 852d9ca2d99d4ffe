package config

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
)

// TestUnknownVariables: unknown variables with our prefix cause a warning without their
// value; those of container platforms do not.
func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ entry, variable, hint string }{
		{"FACE_LIVENESS_KEY=sesame", "FACE_LIVENESS_KEY", "did you mean FACE_LIVENESS_KEYS?"},
		{"FACE_LIVENESS_EPHEMERL=true", "FACE_LIVENESS_EPHEMERL", "did you mean FACE_LIVENESS_EPHEMERAL?"},
		{"FACE_LIVENESS_SCENARI=qa", "FACE_LIVENESS_SCENARI", "did you mean FACE_LIVENESS_SCENARIOS or FACE_LIVENESS_SCENARIO?"},
		{"FACE_LIVENESS_COLOUR=red", "FACE_LIVENESS_COLOUR", ""},
		{"FACE_LIVENESS_HELP=1", "FACE_LIVENESS_HELP", ""},
		{"FACE_LIVENESS_KEYS=sesame", "", ""},
		{"FACE_LIVENESS_URL=http://localhost:10100", "", ""},
		{"FACE_LIVENESS_CA=ca.pem", "", ""},
		{"FACE_LIVENESS_ADMIN_TOKEN=sesame", "", ""},
		{"FACE_LIVENESS_HTTP_ADDR=", "", ""},
		{"FACE_LIVENESS_EMULATOR_SERVICE_HOST=10.0.0.1", "", ""},
		{"FACE_LIVENESS_EMULATOR_PORT_10100_TCP=tcp://10.0.0.1:10100", "", ""},
		{"FACE_APIKEY=sesame", "", ""},
	} {
		t.Run(row.entry, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			s, _ := newFlags()
			s.WarnVariables([]string{"HOME=/", row.entry}, slog.New(slog.NewJSONHandler(&log, nil)))
			var line struct{ Level, Variable, Hint string }
			if log.Len() > 0 {
				if err := json.Unmarshal(log.Bytes(), &line); err != nil {
					t.Fatalf("%v in %q", err, &log)
				}
			}
			if warned := line.Level == "WARN"; warned != (row.variable != "") || line.Variable != row.variable || line.Hint != row.hint {
				t.Errorf("got %q; want a warning of %q, %q", &log, row.variable, row.hint)
			}
			if strings.Contains(log.String(), "sesame") {
				t.Errorf("got %q; want no value in it", &log)
			}
		})
	}
}

// TestContradiction: --ephemeral with a state folder is refused, unless the folder is from
// a source of lower precedence.
func TestContradiction(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		args      []string
		variables map[string]string
		file      string
		want      string // "": no error
	}{
		{name: "flags", args: []string{"--ephemeral", "--state", "there"}, want: "--ephemeral and --state exclude"},
		{name: "no", args: []string{"--ephemeral=false", "--state", "there"}},
		{name: "empty", args: []string{"--ephemeral", "--state="}},
		{
			name: "variable and flag", variables: map[string]string{"FACE_LIVENESS_EPHEMERAL": "true"}, args: []string{"--state", "there"},
			want: "FACE_LIVENESS_EPHEMERAL and --state exclude",
		},
		{name: "flag over variable", variables: map[string]string{"FACE_LIVENESS_STATE": "there"}, args: []string{"--ephemeral"}},
		{name: "variables of an image", variables: map[string]string{"FACE_LIVENESS_STATE": "there", "FACE_LIVENESS_EPHEMERAL": "true"}},
		{name: "file", file: "state = there\nephemeral = true\n", want: "config:2: --ephemeral and "},
		{name: "flag over file", file: "state = there\n", args: []string{"--ephemeral"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s, flags := newFlags()
			if err := flags.Parse(append(row.args, "--config", writeFile(t, "config", row.file))); err != nil {
				t.Fatal(err)
			}
			if err := s.Complete(flags, environment(row.variables)); err != nil {
				t.Fatal(err)
			}
			err := s.Check()
			if row.want == "" && err != nil || row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)) {
				t.Errorf("got %v, want %q", err, row.want)
			}
		})
	}
}
