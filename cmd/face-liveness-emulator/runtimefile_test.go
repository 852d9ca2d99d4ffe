package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestNeighbour: only a living process other than this one, whose file names the
// port, is said to have it.
func TestNeighbour(t *testing.T) {
	t.Parallel()
	ended := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	other := os.Getppid()
	for _, row := range []struct {
		name, content string
		want          int
	}{
		{"HTTP", fmt.Sprintf(`{"pid":%d,"http":"http://localhost:10100"}`, other), other},
		{"HTTPS", fmt.Sprintf(`{"pid":%d,"https":"https://localhost:10100"}`, other), other},
		{"another port", fmt.Sprintf(`{"pid":%d,"http":"http://localhost:110100"}`, other), 0},
		{"ended", fmt.Sprintf(`{"pid":%d,"http":"http://localhost:10100"}`, ended.Process.Pid), 0},
		{"this one", fmt.Sprintf(`{"pid":%d,"http":"http://localhost:10100"}`, os.Getpid()), 0},
		{"no process", `{"http":"http://localhost:10100"}`, 0},
		{"a group", `{"pid":-1,"http":"http://localhost:10100"}`, 0},
		{"damaged", `{"pid":`, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := &settings{state: filepath.Dir(writeFile(t, "runtime.json", row.content))}
			if got := neighbour(s, "127.0.0.1:10100"); got != row.want {
				t.Errorf("got process %d, want %d", got, row.want)
			}
		})
	}
}
