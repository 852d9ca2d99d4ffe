package httpapi

import (
	"strings"
	"testing"
)

func TestFold(t *testing.T) {
	t.Parallel()
	table := versions(3)
	words, newest := staticWords(table), newestOf(table).Name
	const id = "C0960A93-7b54-43f3-97b2-396e20886a74"
	for path, want := range map[string]string{
		"":             "/",
		"/":            "/",
		"//":           "/",
		"face":         "/face",
		"/face/v1.2":   "/face/v1.2",
		"//face/v1.2/": "/face/v1.2",
		"/FACE/V1.2/DETECTLIVENESS-SESSIONS/" + id:                "/face/v1.2/detectLiveness-sessions/" + id,
		"/face/v1.2/detectLivenesswithVerify-sessions":            "/face/v1.2/detectLivenessWithVerify-sessions",
		"/face//v1.2///detectliveness/singlemodal//":              "/face/v1.2/detectLiveness/singleModal",
		"/face/v1.2/sessionimages/AquM0RgG9xNLluoXu3EjDssR-JqaQ0": "/face/v1.2/sessionImages/AquM0RgG9xNLluoXu3EjDssR-JqaQ0",
		"/face/v1.2/session/Attempt/END":                          "/face/v1.2/session/attempt/end",
		"/face/V9.9/Unknown":                                      "/face/V9.9/Unknown",
		"/face/v1.2/../x":                                         "/face/v1.2/../x",
		"/face/v1.2/detectLiveness-sessions/a b":                  "/face/v1.2/detectLiveness-sessions/a b",
	} {
		path = strings.NewReplacer("v1.2", newest, "V1.2", strings.ToUpper(newest)).Replace(path)
		want = strings.ReplaceAll(want, "v1.2", newest)
		if got := fold(path, words); got != want {
			t.Errorf("fold(%q): got %q, want %q", path, got, want)
		}
	}
}

func TestFoldOfUsualPathsAllocatesNothing(t *testing.T) {
	table := versions(3)
	words := staticWords(table)
	path := "/face/" + newestOf(table).Name + "/detectLiveness-sessions/c0960a93-7b54-43f3-97b2-396e20886a74"
	if got := testing.AllocsPerRun(100, func() { fold(path, words) }); got != 0 {
		t.Errorf("got %v allocations, want none", got)
	}
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{
		"", "/", "//", "/face/v1.2/detectLiveness-sessions", "//FACE//v1.2/", "/a/../b", "/./", "/%2f", "/\x00\xff", "a//b/", "/face/v1.2/sessionImages/AquM",
		"/\u212aelvin/\u0130", strings.Repeat("/", 1000),
	} {
		f.Add(seed)
	}
	words := staticWords(versions(3))
	f.Fuzz(func(t *testing.T, path string) {
		got := fold(path, words)
		if again := fold(got, words); again != got {
			t.Errorf("fold(%q): got %q, then %q", path, got, again)
		}
		if !strings.HasPrefix(got, "/") || strings.Contains(got, "//") || len(got) > 1 && strings.HasSuffix(got, "/") {
			t.Errorf("fold(%q): got %q, want one slash before every segment and none behind", path, got)
		}
		// Segments stay as they are, but for the case of known ones.
		var before []string
		for segment := range strings.SplitSeq(path, "/") {
			if segment != "" {
				before = append(before, segment)
			}
		}
		after := strings.Split(strings.TrimPrefix(got, "/"), "/")
		if len(before) == 0 && got == "/" {
			return
		}
		if len(before) != len(after) {
			t.Fatalf("fold(%q): got %q, want as many segments", path, got)
		}
		for i := range before {
			if before[i] != after[i] && words[strings.ToLower(before[i])] != after[i] {
				t.Errorf("fold(%q): got segment %q, want %q or a known one of its letters", path, after[i], before[i])
			}
		}
	})
}
