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
// returns the one that was asked for. Others stay, and so does every one with
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

// warnOfVersion tells the client that its version is not the one that answers.
func warnOfVersion(header http.Header, asked, served string) {
	header.Set("Warning", `299 face-liveness-emulator "API version `+asked+` is not known here; served as `+served+`"`)
}
