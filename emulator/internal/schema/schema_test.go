package schema_test

import (
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/schema"
	"github.com/livenesslabs/face-liveness-emulator/schemas"
)

func decoded(tb testing.TB, text string) any {
	tb.Helper()
	value, err := schema.Decode([]byte(text))
	if err != nil {
		tb.Fatalf("the test's own document: %v", err)
	}
	return value
}

func compiled(tb testing.TB, name string) *schema.Schema {
	tb.Helper()
	s, err := schema.Compile(schemas.FS, name)
	if err != nil {
		tb.Fatalf("Compile(%s): %v", name, err)
	}
	return s
}

func TestEverySchemaCompiles(t *testing.T) {
	t.Parallel()
	var names []string
	err := fs.WalkDir(schemas.FS, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".json" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("found %d schemas, %v", len(names), err)
	}
	for _, name := range names {
		compiled(t, name)
	}
}

func TestCompileReadsNothingElse(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"another host": `{"$ref":"http://127.0.0.1:1/x.json"}`,
		"a file":       `{"$ref":"file:///etc/hostname"}`,
		"no schema":    `{`,
	} {
		if _, err := schema.Compile(fstest.MapFS{"a.json": {Data: []byte(text)}}, "a.json"); err == nil {
			t.Errorf("%s: compiled; want an error", name)
		}
	}
	if _, err := schema.Compile(fstest.MapFS{}, "missing.json"); err == nil {
		t.Error("missing file: compiled; want an error")
	}
}

func TestProblemsRepeatNoValue(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t"
	text := `{"livenessOperationMode":"` + secret + `","deviceCorrelationId":["` + secret + `"],"authTokenTimeToLiveInSeconds":"` + secret + `"}`
	problems := compiled(t, someCreateRequest(t)).Validate(decoded(t, text))
	if len(problems) == 0 {
		t.Fatal("no problems")
	}
	for _, p := range problems {
		if strings.Contains(p.Text, secret) {
			t.Errorf("problem %q repeats a value of the body", p.Text)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	s := compiled(t, someCreateRequest(t))
	value := decoded(t, `{"livenessOperationMode":"x","deviceCorrelationId":1}`)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				if got := len(s.Validate(value)); got != 2 {
					t.Errorf("got %d problems; want 2", got)
					return
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkValidate(b *testing.B) {
	s := compiled(b, someCreateRequest(b))
	value := decoded(b, `{"livenessOperationMode":"Passive","deviceCorrelationId":"6cfd50d3-3723-456c-b2dc-dc0ab271bb57","enableSessionImage":true,"authTokenTimeToLiveInSeconds":600}`)
	b.ReportAllocs()
	for b.Loop() {
		if problems := s.Validate(value); problems != nil {
			b.Fatal(problems)
		}
	}
}
