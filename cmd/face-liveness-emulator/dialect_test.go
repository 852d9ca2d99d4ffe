package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// plainFolders are the folders whose texts are held to plain words, with all below
// them. The root of the module, "../..", stands for everything.
func plainFolders() []string { return []string{"."} }

// dialect matches wordings that readers stumble over, in texts for users. The patterns
// are put together here so that this file does not match them.
func dialect() *regexp.Regexp {
	return regexp.MustCompile(`(?i)\b(` + strings.Join([]string{
		"(there )?is " + "no [a-z]+", "(is|are) " + "none", "of (its|their|his) " + "own", "who" + "ever", "one who " + "[a-z]+s",
	}, "|") + `)\b`)
}

// TestPlainWords: no string of the program has the old wordings. Comments, tests and
// test data are not looked at.
func TestPlainWords(t *testing.T) {
	t.Parallel()
	pattern, files := dialect(), 0
	for _, folder := range plainFolders() {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && path != folder && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".."):
				return filepath.SkipDir
			case entry.IsDir(), !strings.HasSuffix(path, ".go"), strings.HasSuffix(path, "_test.go"):
				return nil
			}
			files++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(node ast.Node) bool {
				literal, ok := node.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(literal.Value)
				if found := pattern.FindString(text); err == nil && found != "" && !strings.HasPrefix(strings.ToLower(found), "there ") {
					t.Errorf("%s: the text has %q: %s", set.Position(literal.Pos()), found, text)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files == 0 {
		t.Error("no files were read")
	}
}
