package image_test

import (
	"slices"
	"strings"
	"testing"
)

// A way is a set of options and arguments to run the image with.
type way struct {
	name      string
	options   []string
	arguments []string
}

// ways are the ways in which the health check must work. Each is tried with a writable
// and a read-only root.
func ways() []way {
	freePorts := []string{"--http-addr", "0.0.0.0:0", "--https-addr", "0.0.0.0:0"}
	return []way{
		{name: "as it is"},
		{name: "free ports", arguments: freePorts},
		{name: "in memory", arguments: []string{"--ephemeral"}},
		{name: "in memory at free ports", arguments: append([]string{"--ephemeral"}, freePorts...)},
		{name: "state elsewhere", options: []string{"--tmpfs", "/tmp:mode=1777"}, arguments: []string{"--state", "/tmp/x"}},
		{
			name: "state elsewhere at free ports", options: []string{"--tmpfs", "/tmp:mode=1777"},
			arguments: append([]string{"--state", "/tmp/x"}, freePorts...),
		},
		{name: "HTTPS alone", arguments: []string{"--http-addr", ""}},
		{name: "HTTP alone, by a variable", options: []string{"--env", "FACE_LIVENESS_HTTPS_ADDR="}},
		{name: "any user", options: []string{"--user", "12345:12345"}, arguments: freePorts},
		{name: "any user in memory", options: []string{"--user", "12345:12345"}, arguments: append([]string{"--ephemeral"}, freePorts...)},
	}
}

// TestHealthy checks that the health check finds the emulator on its configured address,
// within 5 seconds of the start.
func TestHealthy(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, w := range ways() {
		for _, root := range []string{"writable root", "read-only root"} {
			t.Run(w.name+", "+root, func(t *testing.T) {
				t.Parallel()
				options := w.options
				if root == "read-only root" {
					options = append([]string{"--read-only"}, options...)
				}
				c := start(t, options, w.arguments...)
				if got := c.state(t).Health.Status; got != "starting" && got != "healthy" {
					t.Errorf("just started: got health %q, want starting", got)
				}
				s := c.awaitHealth(t, "healthy")
				// The second check is 4s after the start. TestFigures measures the start
				// on an idle machine.
				if first := slices.IndexFunc(s.Health.Log, func(p probe) bool { return p.ExitCode == 0 }); first < 0 || first > 1 {
					t.Errorf("want it healthy at the second check at the latest; %+v", s.Health.Log)
				}
			})
		}
	}
}

// TestUnhealthy checks that an emulator that does not answer is unhealthy, and healthy
// again when it answers.
func TestUnhealthy(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	c := start(t, nil)
	c.awaitHealth(t, "healthy")
	c.do(t, "kill", "--signal", "STOP")
	c.awaitHealth(t, "unhealthy")
	c.do(t, "kill", "--signal", "CONT")
	c.awaitHealth(t, "healthy")
	c.awaitReady(t).works(t)
}

// TestRestricted checks that the API works for any user and without any privileges.
func TestRestricted(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	for _, w := range []way{
		{name: "nothing taken"},
		{name: "read-only root", options: []string{"--read-only"}},
		{name: "another user and group", options: []string{"--user", "12345:12345"}},
		{name: "another user of the root group", options: []string{"--user", "12345:0"}},
		{name: "root", options: []string{"--user", "0:0"}},
		{name: "no capabilities", options: []string{"--cap-drop", "ALL", "--security-opt", "no-new-privileges"}},
		{name: "all of it", options: []string{
			"--read-only", "--user", "12345:12345", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		}},
		{name: "all of it in memory", options: []string{
			"--read-only", "--user", "12345:12345", "--cap-drop", "ALL", "--security-opt", "no-new-privileges",
		}, arguments: []string{"--ephemeral"}},
	} {
		t.Run(w.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, w.options, w.arguments...)
			plain := c.awaitReady(t)
			plain.works(t)
			c.secure(t, plain.ca(t)).works(t)
			stdout, stderr := c.logged(t)
			if want := "ready http=http://localhost:10100 https=https://localhost:10101"; !slices.Contains(strings.Split(stdout, "\n"), want) {
				t.Errorf("standard output: got no line %q in %q", want, stdout)
			}
			if strings.Contains(stderr, `"level":"WARN"`) || strings.Contains(stderr, `"level":"ERROR"`) {
				t.Errorf("got a warning where nothing is wrong: %s", stderr)
			}
		})
	}
}

// TestWithoutNetwork checks that the emulator starts with only a loopback interface.
func TestWithoutNetwork(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	c := container{id: created(t, []string{"--network", "none"}, image())}
	c.do(t, "start")
	c.awaitHealth(t, "healthy")
	if got := c.emulator(t, "version"); got == "" {
		t.Error("version: got nothing")
	}
}
