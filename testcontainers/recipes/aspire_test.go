package recipes_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const appHostFile = "aspire/apphost.cs"

// TestAspire starts the image with the ports, mounts and variables of the app host and
// calls its health endpoint. It does not compile the app host, which needs .NET.
func TestAspire(t *testing.T) {
	t.Parallel()
	ctx := needEngine(t)
	text := read(t, appHostFile)
	if got := calls(t, text, `AddContainer\("\w+", "([^"]+)"\)`)[0][1]; got != "face-liveness-emulator" {
		t.Errorf("got image %q; want face-liveness-emulator", got)
	}
	endpoints := map[string]string{}
	var ports []string
	for _, call := range calls(t, text, `\.WithHttps?Endpoint\(targetPort: (\d+), name: "(\w+)"\)`) {
		endpoints[call[2]] = call[1]
		ports = append(ports, call[1])
	}
	folder := readable(t)
	scenario := "name: qa-aspire\ndescription: A person passes.\nattempts:\n  - outcome: realface\n"
	if err := os.WriteFile(filepath.Join(folder, "qa.yaml"), []byte(scenario), 0o644); err != nil {
		t.Fatal(err)
	}
	var options []string
	for _, call := range calls(t, text, `\.WithBindMount\("[^"]+", "([^"]+)", isReadOnly: true\)`) {
		options = append(options, "--volume", folder+":"+call[1]+":ro")
	}
	for _, call := range calls(t, text, `\.WithVolume\("[^"]+", "([^"]+)"\)`) {
		options = append(options, "--volume", call[1])
	}
	for _, call := range calls(t, text, `\.WithEnvironment\("(FACE_LIVENESS_\w+)", "([^"]*)"\)`) {
		options = append(options, "--env", call[1]+"="+call[2])
	}
	c := start(ctx, t, options, ports)

	for _, call := range calls(t, text, `\.WithHttpHealthCheck\("([^"]+)", endpointName: "(\w+)"\)`) {
		c.get(ctx, t, "http://"+c.address(ctx, t, endpoints[call[2]])+call[1])
	}
	for _, call := range calls(t, text, `GetEndpoint\("(\w+)"\)`) {
		if endpoints[call[1]] == "" {
			t.Errorf("GetEndpoint(%q) is none of %v", call[1], endpoints)
		}
	}
	plain := c.address(ctx, t, endpoints["http"])
	c.hasScenario(ctx, t, "http://"+plain, "qa-aspire")
	c.isTrusted(ctx, t, plain, c.address(ctx, t, endpoints["https"]), "localhost")
}

// calls returns the only call that matches a pattern.
func calls(t *testing.T, text, pattern string) [][]string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		t.Fatalf("%s has nothing like %s", appHostFile, pattern)
	}
	return found
}

// TestNamesOfTheImage compares the ports, folders and variables in recipes with those of
// the Dockerfile and of the flag table.
func TestNamesOfTheImage(t *testing.T) {
	t.Parallel()
	dockerfile, readme := read(t, "../../Dockerfile"), read(t, "../../cmd/face-liveness-emulator/README.md")
	named := func(text, pattern string) []string {
		found := regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1)
		if len(found) == 0 {
			t.Fatalf("nothing like %s", pattern)
		}
		var names []string
		for _, match := range found {
			names = append(names, match[1])
		}
		return names
	}
	ports := strings.Fields(named(dockerfile, `(?m)^EXPOSE (.*)$`)[0])
	numbers := append(named(dockerfile, `(?m)^USER (\d+)`), ports...)
	folders := append(named(dockerfile, `(?m)^VOLUME (.*)$`), named(dockerfile, `FACE_LIVENESS_CONFIG_DIR=(\S+)`)...)
	variables := []string{"FACE_LIVENESS_IMAGE"} // of the recipes
	for _, flag := range named(readme, "(?m)^\\| `--([a-z-]+)` \\|") {
		variables = append(variables, "FACE_LIVENESS_"+strings.ToUpper(strings.ReplaceAll(flag, "-", "_")))
	}
	recipes := 0
	for _, recipe := range []string{"node", "python", "java", "compose", "github-actions", "kubernetes", "aspire"} {
		for _, file := range filesOf(t, recipe) {
			if slices.Contains([]string{"package-lock.json", "requirements.txt"}, filepath.Base(file)) {
				continue
			}
			recipes++
			text := read(t, file)
			for _, port := range regexp.MustCompile(`\b\d{5}\b`).FindAllString(text, -1) {
				if !slices.Contains(numbers, port) {
					t.Errorf("%s: port %s is none of %v, and no user", file, port, ports)
				}
			}
			for _, folder := range regexp.MustCompile(`/(?:etc|var/lib)/[\w./-]+`).FindAllString(text, -1) {
				if !slices.ContainsFunc(folders, func(known string) bool { return folder == known || strings.HasPrefix(folder, known+"/") }) {
					t.Errorf("%s: folder %s is in none of %v", file, folder, folders)
				}
			}
			for _, variable := range regexp.MustCompile(`FACE_LIVENESS_\w+`).FindAllString(text, -1) {
				if !slices.Contains(variables, variable) {
					t.Errorf("%s: %s is the variable of no flag", file, variable)
				}
			}
		}
	}
	if recipes < 7 {
		t.Errorf("got %d files; want at least one per recipe", recipes)
	}
}
