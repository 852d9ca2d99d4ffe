package serve

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// TestOwnerOf: the owner of a port is another process that is alive and whose file has the
// port.
func TestOwnerOf(t *testing.T) {
	t.Parallel()
	ended := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	other, host := os.Getppid(), hostName()
	for _, row := range []struct {
		name, content string
		want          int
	}{
		{"HTTP", fmt.Sprintf(`{"pid":%d,"host":"`+host+`","http":"http://localhost:10100"}`, other), other},
		{"HTTPS", fmt.Sprintf(`{"pid":%d,"host":"`+host+`","https":"https://localhost:10100"}`, other), other},
		{"another port", fmt.Sprintf(`{"pid":%d,"host":"`+host+`","http":"http://localhost:110100"}`, other), 0},
		{"ended", fmt.Sprintf(`{"pid":%d,"host":"`+host+`","http":"http://localhost:10100"}`, ended.Process.Pid), 0},
		{"this one", fmt.Sprintf(`{"pid":%d,"host":"`+host+`","http":"http://localhost:10100"}`, os.Getpid()), 0},
		{"no process", `{"http":"http://localhost:10100"}`, 0},
		{"a group", `{"pid":-1,"host":"` + host + `","http":"http://localhost:10100"}`, 0},
		{"another machine", fmt.Sprintf(`{"pid":%d,"host":"other","http":"http://localhost:10100"}`, other), 0},
		{"damaged", `{"pid":`, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := &config.Settings{State: filepath.Dir(writeFile(t, "runtime.json", row.content))}
			if got := ownerOf(s, "127.0.0.1:10100"); got != row.want {
				t.Errorf("got process %d, want %d", got, row.want)
			}
		})
	}
}

// TestRuntimeFiles: if variables set a state folder, the file is also at the path for the
// variables alone, but never replaces that of another process.
func TestRuntimeFiles(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(folder, "tmp"))
	file := runtimeFile{PID: os.Getpid(), Host: "here"}
	const usual = "usual/" + runtimeName
	temporary := "tmp/" + filepath.Base(ephemeralPath())
	for name, row := range map[string]struct {
		settings config.Settings
		noTmp    bool
		inUsual  string // is there before
		want     []string
	}{
		"as the variable says":      {settings: config.Settings{State: "usual"}, want: []string{usual}},
		"no variable":               {settings: config.Settings{State: "other", VariableState: "-"}, want: []string{"other/" + runtimeName}},
		"another folder":            {settings: config.Settings{State: "other"}, want: []string{"other/" + runtimeName, temporary}},
		"in memory":                 {settings: config.Settings{Ephemeral: true}, want: []string{temporary}},
		"no temporary folder":       {settings: config.Settings{Ephemeral: true}, noTmp: true, want: []string{usual}},
		"another container's state": {settings: config.Settings{Ephemeral: true}, noTmp: true, inUsual: `{"pid":1,"host":"there"}`},
		"one's own from before":     {settings: config.Settings{Ephemeral: true}, noTmp: true, inUsual: `{"pid":99999999,"host":"here"}`, want: []string{usual}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, dir := range []string{"usual", "other", "tmp"} {
				if err := os.RemoveAll(filepath.Join(folder, dir)); err != nil {
					t.Fatal(err)
				}
				if dir == "tmp" && row.noTmp {
					continue
				}
				if err := os.MkdirAll(filepath.Join(folder, dir), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if row.inUsual != "" {
				if err := os.WriteFile(filepath.Join(folder, usual), []byte(row.inUsual), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s := row.settings
			if s.VariableState = filepath.Join(folder, "usual"); row.settings.VariableState == "-" {
				s.VariableState = ""
			}
			s.State = filepath.Join(folder, s.State)
			var got []string
			paths, err := file.writeAll(&s)
			for _, path := range paths {
				relative, _ := filepath.Rel(folder, path)
				got = append(got, relative)
				file.remove(path)
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s is still there", relative)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(row.want) || (err == nil) != (len(row.want) > 0) {
				t.Errorf("got %v, %v; want %v", got, err, row.want)
			}
		})
	}
}
