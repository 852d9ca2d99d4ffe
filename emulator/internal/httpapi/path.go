package httpapi

import (
	"cmp"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// An ordinal orders versions: v1.2-preview.1, v1.2, v1.3-preview.1, v1.3-preview.2.
type ordinal struct {
	major, minor int
	preview      int // math.MaxInt: the version is stable, so later than its previews
}

// parseOrdinal reads the segment of a version. Leading zeros and anything else that
// no version of the service has are refused.
func parseOrdinal(segment string) (ordinal, bool) {
	rest, ok := strings.CutPrefix(segment, "v")
	if !ok {
		return ordinal{}, false
	}
	stable, preview, isPreview := strings.Cut(rest, "-preview.")
	major, minor, ok := strings.Cut(stable, ".")
	n := ordinal{preview: math.MaxInt}
	var fine [3]bool
	n.major, fine[0] = decimal(major)
	n.minor, fine[1] = decimal(minor)
	fine[2] = true
	if isPreview {
		n.preview, fine[2] = decimal(preview)
	}
	return n, ok && fine == [3]bool{true, true, true}
}

func decimal(text string) (int, bool) {
	const mostDigits = 4
	n, err := strconv.Atoi(text)
	return n, err == nil && len(text) <= mostDigits && text == strconv.Itoa(n) && n >= 0
}

func (n ordinal) compare(other ordinal) int {
	return cmp.Or(cmp.Compare(n.major, other.major), cmp.Compare(n.minor, other.minor), cmp.Compare(n.preview, other.preview))
}

// newestOf returns the version with the highest ordinal, or nil.
func newestOf(all []*version) *version {
	var newest *version
	var highest ordinal
	for _, v := range all {
		if n, ok := parseOrdinal(v.Name); ok && (newest == nil || n.compare(highest) > 0) {
			newest, highest = v, n
		}
	}
	return newest
}

// knownVersion replaces a version that is newer than all in the table by the
// newest one, so that an app which is ahead of the emulator can be tried, and
// returns the requested one. Others stay, and so does every one with
// StrictVersions, because the service will answer 404 [assumed: version-newer].
func (s *surface) knownVersion(path string) (served, unknown string) {
	name, below, ok := splitPath(path)
	if !ok || s.StrictVersions || s.newest == nil || s.words[name] != "" {
		return path, ""
	}
	name = strings.ToLower(name)
	asked, ok := parseOrdinal(name)
	highest, _ := parseOrdinal(s.newest.Name)
	if !ok || asked.compare(highest) <= 0 {
		return path, ""
	}
	return "/face/" + s.newest.Name + "/" + below, name
}

// versionHint says in the log what warnOfVersion says to the client.
func (s *surface) versionHint(asked string) string {
	if asked == "" {
		return ""
	}
	return "API version " + asked + " is not known here; served as " + s.newest.Name
}

// warnOfVersion warns the client that another version answers than the requested one.
func warnOfVersion(header http.Header, asked, served string) {
	header.Set("Warning", `299 face-liveness-emulator "API version `+asked+` is not known here; served as `+served+`"`)
}

// staticWords maps every fixed path segment of the table, as it is documented
// and in lower case, to its documented casing.
func staticWords(all []*version) map[string]string {
	words := map[string]string{"face": "face"}
	add := func(word string) {
		words[word] = word
		words[strings.ToLower(word)] = word
	}
	for _, v := range all {
		add(v.Name)
		for _, r := range v.routes {
			for segment := range strings.SplitSeq(r.path, "/") {
				if !strings.HasPrefix(segment, "{") {
					add(segment)
				}
			}
		}
	}
	return words
}

// fold brings a path to the form in the route table: repeated and trailing
// slashes go, known segments get their documented casing, all else (ids) stays
// as it is. The service compares paths without regard to case
// [documented: path-case] and takes a doubled slash [recorded: path-double-slash],
// which Microsoft's web samples send with their default settings
// [recorded: path-sample-slash]. A redirect would break uploads.
func fold(path string, words map[string]string) string {
	if folded(path, words) {
		return path
	}
	var out strings.Builder
	out.Grow(len(path) + 1)
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" {
			continue
		}
		out.WriteByte('/')
		out.WriteString(spelled(segment, words))
	}
	if out.Len() == 0 {
		return "/"
	}
	return out.String()
}

// folded reports whether fold would return the path as it is. It allocates
// nothing for the paths that clients usually send.
func folded(path string, words map[string]string) bool {
	if path == "" || path[0] != '/' || len(path) > 1 && path[len(path)-1] == '/' || strings.Contains(path, "//") {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if spelled(segment, words) != segment {
			return false
		}
	}
	return true
}

// spelled returns a segment in its documented casing, if it has one.
func spelled(segment string, words map[string]string) string {
	if known, ok := words[segment]; ok {
		return known
	}
	if known, ok := words[strings.ToLower(segment)]; ok {
		return known
	}
	return segment
}

// splitPath returns the version in a path, and what is below it.
func splitPath(path string) (name, below string, ok bool) {
	rest, ok := strings.CutPrefix(path, "/face/")
	if !ok {
		return "", "", false
	}
	name, below, _ = strings.Cut(rest, "/")
	return name, below, true
}
