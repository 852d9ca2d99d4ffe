package httpapi

import "strings"

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
