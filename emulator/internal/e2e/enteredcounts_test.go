package e2e_test

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// enteredModule is the prefix of file names in a profile.
const enteredModule = "github.com/livenesslabs/face-liveness-emulator/"

// A function is a declared function, including the function literals in it.
type function struct {
	file, name string
}

// entered has the names of the functions that a call enters, by file.
type entered map[string][]string

// A coveredBlock is a block of code with a counter.
type coveredBlock struct {
	function
	position string
}

// counts has the number of runs of each covered block.
type counts map[coveredBlock]int

// since returns the functions with a block that ran more often than in each of the other
// runs.
func (c counts) since(before ...counts) entered {
	found := entered{}
	for b, n := range c {
		rose := !slices.ContainsFunc(before, func(other counts) bool { return n <= other[b] })
		if rose && !slices.Contains(found[b.file], b.name) {
			found[b.file] = append(found[b.file], b.name)
		}
	}
	for _, names := range found {
		slices.Sort(names)
	}
	return found
}

// A span is the lines of a function.
type span struct {
	first, last int
	name        string
}

// A functionTable has the functions of each file, in the order of their lines.
type functionTable map[string][]span

// counts reads a profile in the text form of go tool covdata. The lines are
// "file:line.column,line.column statements count".
func (f functionTable) counts(t *testing.T, root string, profile []byte) counts {
	t.Helper()
	found := counts{}
	for lines := bufio.NewScanner(bytes.NewReader(profile)); lines.Scan(); {
		file, rest, ok := strings.Cut(strings.TrimPrefix(lines.Text(), enteredModule), ":")
		fields := strings.Fields(rest)
		if !ok || file == "mode" || len(fields) != 3 {
			continue
		}
		n, err := strconv.Atoi(fields[2])
		if err != nil {
			t.Fatalf("profile: %q", lines.Text())
		}
		line, _, _ := strings.Cut(fields[0], ".")
		at, err := strconv.Atoi(line)
		if err != nil {
			t.Fatalf("profile: %q", lines.Text())
		}
		if name := f.at(t, root, file, at); name != "" {
			found[coveredBlock{function{file, name}, fields[0]}] += n
		}
	}
	if len(found) == 0 {
		t.Fatal("the profile has no counters")
	}
	return found
}

// at returns the function at a line of a file.
func (f functionTable) at(t *testing.T, root, file string, line int) string {
	t.Helper()
	if _, read := f[file]; !read {
		f[file] = functionsOf(t, filepath.Join(root, filepath.FromSlash(file)))
	}
	i, found := slices.BinarySearchFunc(f[file], line, func(s span, line int) int {
		switch {
		case s.last < line:
			return -1
		case s.first > line:
			return 1
		default:
			return 0
		}
	})
	if found {
		return f[file][i].name
	}
	return ""
}

func functionsOf(t *testing.T, file string) []span {
	t.Helper()
	positions := token.NewFileSet()
	parsed, err := parser.ParseFile(positions, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	spans := []span{}
	for _, declaration := range parsed.Decls {
		if f, ok := declaration.(*ast.FuncDecl); ok && f.Body != nil {
			spans = append(spans, span{positions.Position(f.Pos()).Line, positions.Position(f.End()).Line, nameOf(f)})
		}
	}
	return spans
}

// nameOf returns "Type.Method" or "Function".
func nameOf(f *ast.FuncDecl) string {
	if f.Recv == nil || len(f.Recv.List) == 0 {
		return f.Name.Name
	}
	receiver := f.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if generic, ok := receiver.(*ast.IndexExpr); ok {
		receiver = generic.X
	}
	if name, ok := receiver.(*ast.Ident); ok {
		return name.Name + "." + f.Name.Name
	}
	return f.Name.Name
}
