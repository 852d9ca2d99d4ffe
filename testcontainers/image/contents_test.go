package image_test

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// A file is an entry in a container's root folder.
type file struct {
	mode int64
	kind byte // a tar type
	uid  int
}

// ofImage are the files that the image has according to its document.
func ofImage() map[string]file {
	return map[string]file{
		"usr/":                            {0o755, tar.TypeDir, 0},
		"usr/local/":                      {0o755, tar.TypeDir, 0},
		"usr/local/bin/":                  {0o755, tar.TypeDir, 0},
		program[1:]:                       {0o755, tar.TypeReg, 0},
		"etc/":                            {0o755, tar.TypeDir, 0},
		"etc/face-liveness-emulator/":     {0o755, tar.TypeDir, 0},
		configDir[1:] + "/scenarios.d/":   {0o755, tar.TypeDir, 0},
		"tmp/":                            {0o1777, tar.TypeDir, 0},
		"var/":                            {0o755, tar.TypeDir, 0},
		"var/lib/":                        {0o755, tar.TypeDir, 0},
		"var/lib/face-liveness-emulator/": {0o1777, tar.TypeDir, 0},
	}
}

// ofEngine are the places that the engine adds to every container; the files among them
// are empty.
func ofEngine() []string {
	return []string{
		".dockerenv", "dev/", "dev/console", "dev/pts/", "dev/shm/", "proc/", "sys/",
		"etc/hostname", "etc/hosts", "etc/mtab", "etc/resolv.conf",
	}
}

// TestContents checks that the image has only the binary and the documented folders, in
// one layer.
func TestContents(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	files, binary := export(t, created(t, nil, image()))
	for _, name := range ofEngine() {
		delete(files, name)
	}
	want := ofImage()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if expected, ok := want[name]; !ok {
			t.Errorf("%s is in the image and not documented", name)
		} else if files[name] != expected {
			t.Errorf("%s: got mode, type, owner %o, want %o", name, files[name], expected)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s is documented and not in the image", name)
	}
	checkStatic(t, binary, elf.EM_X86_64, elf.EM_AARCH64)
}

// export lists all entries of a container's root folder.
func export(t *testing.T, id string) (map[string]file, []byte) {
	t.Helper()
	files, binary := map[string]file{}, []byte(nil)
	eachFile(t, []string{"export", id}, func(header *tar.Header, content io.Reader) error {
		files[header.Name] = file{mode: header.Mode & 0o7777, kind: header.Typeflag, uid: header.Uid}
		if header.Size > 0 && slices.Contains(ofEngine(), header.Name) {
			return fmt.Errorf("%s: got %d bytes, want it empty", header.Name, header.Size)
		}
		if "/"+header.Name != program {
			return nil
		}
		var err error
		binary, err = io.ReadAll(content)
		return err
	})
	return files, binary
}

// eachFile reads the tar archive that a docker command writes.
func eachFile(t *testing.T, arguments []string, visit func(*tar.Header, io.Reader) error) {
	t.Helper()
	var diagnostics bytes.Buffer
	command := exec.CommandContext(t.Context(), "docker", arguments...)
	command.Stderr = &diagnostics
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(output)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = visit(header, archive)
		}
		if err != nil {
			t.Fatalf("docker %v: %v: %s", arguments, err, &diagnostics)
		}
	}
	// The command cannot end before the bytes after the archive are read.
	if _, err := io.Copy(io.Discard, output); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("docker %v: %v: %s", arguments, err, &diagnostics)
	}
}

// checkStatic fails for a binary that is not static, has symbols or is for another
// machine.
func checkStatic(t *testing.T, binary []byte, machines ...elf.Machine) {
	t.Helper()
	program, err := elf.NewFile(bytes.NewReader(binary))
	if err != nil {
		t.Fatalf("the binary (%d bytes): %v", len(binary), err)
	}
	if !slices.Contains(machines, program.Machine) {
		t.Errorf("the binary: got machine %v, want one of %v", program.Machine, machines)
	}
	for _, segment := range program.Progs {
		if segment.Type == elf.PT_INTERP {
			t.Error("the binary: got one that asks for a dynamic linker, want a static one")
		}
	}
	for _, section := range []string{".symtab", ".debug_info", ".zdebug_info", ".dynamic"} {
		if program.Section(section) != nil {
			t.Errorf("the binary: got section %s, want none", section)
		}
	}
}

// An imageDescription is the engine's description of an image.
type imageDescription struct {
	Architecture, Os string
	Size             int64
	RootFS           struct{ Layers []string }
	Config           struct {
		User, StopSignal, WorkingDir string
		Env, Cmd, Entrypoint         []string
		ExposedPorts, Volumes        map[string]struct{}
		Labels                       map[string]string
		Healthcheck                  struct {
			Test                           []string
			Interval, Timeout, StartPeriod time.Duration
			Retries                        int
		}
	}
}

func described(t *testing.T, name string) imageDescription {
	t.Helper()
	var d imageDescription
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", "--format", "{{json .}}", name)), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDescription checks labels, user, ports and volumes of the image.
func TestDescription(t *testing.T) {
	t.Parallel()
	needsDocker(t)
	d := described(t, image())
	c := d.Config
	environment := slices.DeleteFunc(slices.Clone(c.Env), func(entry string) bool { return strings.HasPrefix(entry, "PATH=") })
	slices.Sort(environment)
	for _, row := range []struct {
		what      string
		got, want any
	}{
		{"operating system", d.Os, "linux"},
		{"layers", len(d.RootFS.Layers), 1}, // so that no other entry hides a file
		{"user", c.User, "65534:65534"},
		{"entrypoint", c.Entrypoint, []string{program}},
		{"command", len(c.Cmd), 0},
		{"stop signal", c.StopSignal, "SIGTERM"},
		{"variables", environment, []string{
			"FACE_LIVENESS_CONFIG_DIR=" + configDir, "FACE_LIVENESS_HTTPS_ADDR=0.0.0.0:10101",
			"FACE_LIVENESS_HTTP_ADDR=0.0.0.0:10100", "FACE_LIVENESS_STATE=" + stateDir,
		}},
		{"ports", slices.Sorted(maps.Keys(c.ExposedPorts)), []string{"10100/tcp", "10101/tcp"}},
		{"volumes", slices.Sorted(maps.Keys(c.Volumes)), []string{stateDir}},
		{"health check", c.Healthcheck.Test, []string{"CMD", program, "health"}},
	} {
		if got, want := fmt.Sprint(row.got), fmt.Sprint(row.want); got != want {
			t.Errorf("%s: got %s, want %s", row.what, got, want)
		}
	}
	if got := c.Healthcheck.Interval; got <= 0 || got > 2*time.Second {
		t.Errorf("interval of the health check: got %v, want at most 2s", got)
	}
	if got := c.Healthcheck.StartPeriod; got != 0 {
		t.Errorf("start period of the health check: got %v, want none", got)
	}
	if limit := int64(30_000_000); d.Size >= limit {
		t.Errorf("size: got %d bytes, want less than %d", d.Size, limit)
	}
	for _, name := range []string{
		"title", "description", "url", "source", "documentation", "vendor", "licenses", "version", "revision",
	} {
		if c.Labels["org.opencontainers.image."+name] == "" {
			t.Errorf("label org.opencontainers.image.%s: got none, want text", name)
		}
	}
}
