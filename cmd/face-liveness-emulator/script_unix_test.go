//go:build unix

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
	"github.com/livenesslabs/face-liveness-emulator/emulator"
)

// TestMain lets the test binary run as the command when it is called by its name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"face-liveness-emulator": main})
}

// processes is the key of a script's running processes, by name.
type processes struct{}

// TestScript runs the scripts in testdata/script. Besides the usual commands they have
//
//	serve [-name=N] args...      start the command and wait until it is ready; its base URLs
//	                             are then in $N_HTTP and $N_HTTPS, their host:port in $N_HTTP_ADDR
//	                             and $N_HTTPS_ADDR, its id in $N_PID; N is A if not given
//	end SIGNAL CODE [N]          end it by TERM, INT or KILL, and check its exit code; its output
//	                             is then in the files N.stdout and N.stderr
//	session [SCENARIO]           create a session at process A under the development key; its id is
//	                             then in $SESSION, and its token in the file token.txt
//	exits CODE program args...   run a program and check its exit code
//	newer WHAT VERSION FOLDER    mark a state folder as a newer program would: WHAT is folder, for
//	                             its layout, or records, for the sessions in it
//
// and the conditions [root] and [ipv6]. $VERSION is the version of the program
// and $BUILT_IN the number of its scenarios.
func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("VERSION", buildInfo{}.release())
			builtIn, err := countBuiltIn()
			if err != nil {
				return err
			}
			env.Setenv("BUILT_IN", strconv.Itoa(builtIn))
			env.Values[processes{}] = map[string]*process{}
			return nil
		},
		Condition: scriptCondition,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"serve":   scriptServe,
			"end":     scriptEnd,
			"exits":   scriptExits,
			"session": scriptSession,
			"newer":   scriptNewer,
		},
	})
}

func countBuiltIn() (int, error) {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		return 0, err
	}
	return len(e.ScenarioNames()), e.Close()
}

func scriptCondition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Getuid() == 0, nil
	case "ipv6":
		listener, err := net.Listen("tcp6", "[::1]:0")
		if err != nil {
			return false, nil //nolint:nilerr // That is the answer.
		}
		return true, listener.Close()
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

func scriptServe(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("serve cannot be negated; use exits")
	}
	name := "A"
	if len(args) > 0 {
		if given, ok := strings.CutPrefix(args[0], "-name="); ok {
			name, args = given, args[1:]
		}
	}
	env := cleanEnv(ts.Getenv("WORK"))
	for _, flag := range flagNames() {
		if value := ts.Getenv(config.Variable(flag)); value != "" {
			env = append(env, config.Variable(flag)+"="+value)
		}
	}
	env = append(env, "TMPDIR="+ts.Getenv("TMPDIR"))
	p, err := launch(ts.MkAbs("."), env, args)
	ts.Check(err)
	ts.Defer(func() { p.end(syscall.SIGKILL) })
	ts.Value(processes{}).(map[string]*process)[name] = p
	ts.Setenv(name+"_PID", strconv.Itoa(p.cmd.Process.Pid))
	for scheme, base := range map[string]string{"HTTP": p.http, "HTTPS": p.https} {
		u, err := url.Parse(base)
		ts.Check(err)
		ts.Setenv(name+"_"+scheme, base)
		ts.Setenv(name+"_"+scheme+"_PORT", u.Port())
		ts.Setenv(name+"_"+scheme+"_ADDR", net.JoinHostPort("127.0.0.1", u.Port()))
	}
}

func scriptEnd(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: end SIGNAL CODE [NAME]")
	}
	name := "A"
	if len(args) > 2 {
		name = args[2]
	}
	p := ts.Value(processes{}).(map[string]*process)[name]
	signal := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": syscall.SIGINT, "KILL": syscall.SIGKILL}[args[0]]
	if p == nil || signal == nil {
		ts.Fatalf("end: there is no process %s or no signal %s", name, args[0])
	}
	if got := strconv.Itoa(p.end(signal)); got != args[1] {
		ts.Fatalf("end: got exit code %s, want %s; stderr: %s", got, args[1], &p.stderr)
	}
	ts.Check(os.WriteFile(ts.MkAbs(name+".stdout"), []byte(p.stdout.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(name+".stderr"), []byte(p.stderr.String()), 0o600))
}

func scriptSession(ts *testscript.TestScript, neg bool, args []string) {
	scenario := ""
	if len(args) == 1 {
		scenario = args[0]
	}
	if neg || len(args) > 1 {
		ts.Fatalf("usage: session [SCENARIO]")
	}
	c := caller{base: ts.Getenv("A_HTTP"), key: emulator.Key1, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	created, err := c.do(context.Background(), creation(plainKind, scenario, ""))
	ts.Check(err)
	session, err := created.session()
	ts.Check(err)
	if session.SessionID == "" {
		ts.Fatalf("session: got %d %s", created.status, created.body)
	}
	ts.Setenv("SESSION", session.SessionID)
	ts.Check(os.WriteFile(ts.MkAbs("token.txt"), []byte(session.AuthToken+"\n"), 0o600))
}

func scriptNewer(ts *testscript.TestScript, neg bool, args []string) {
	keys := map[string]string{"folder": "f", "records": "v"}
	if neg || len(args) != 3 || keys[args[0]] == "" {
		ts.Fatalf("usage: newer folder|records VERSION FOLDER")
	}
	version, err := strconv.ParseUint(args[1], 10, 32)
	ts.Check(err)
	dir := ts.MkAbs(args[2])
	ts.Check(os.Remove(filepath.Join(dir, "SUMS"))) // the checksums of a folder that was closed
	db, err := badger.Open(badger.DefaultOptions(dir).WithLogger(nil).WithMemTableSize(2 << 20).WithValueThreshold(512))
	ts.Check(err)
	err = db.Update(func(txn *badger.Txn) error {
		return txn.Set([]byte(keys[args[0]]), binary.BigEndian.AppendUint32(nil, uint32(version)))
	})
	ts.Check(errors.Join(err, db.Close()))
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	code := 0
	err := ts.Exec(args[1], args[2:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("got exit code %s, want %s", got, args[0])
	}
}
