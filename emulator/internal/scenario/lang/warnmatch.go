package lang

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/scenario"
)

// warnOfVersion warns of a pattern without wildcards that is not a version.
func (r *reader) warnOfVersion(v value, p scenario.Pattern) {
	text, only := p.Literal()
	if !only || regexp.MustCompile(`^v[0-9]`).MatchString(text) {
		return
	}
	suggestion := "use one such as v1.2"
	if version := regexp.MustCompile(`[0-9]+\.[0-9]+(?:-preview\.[0-9]+)?`).FindString(strings.ToLower(text)); version != "" {
		suggestion = didYouMean("v" + version)
	}
	r.warn(v.at, fmt.Sprintf("%s never holds: no version is called %s", v.path, scenario.Quote(text)), suggestion)
}

// warnOfCorrelationID warns of a pattern without wildcards that is too long for an id.
func (r *reader) warnOfCorrelationID(v value, p scenario.Pattern) {
	text, only := p.Literal()
	if length := utf8.RuneCountInString(text); only && length > liveness.MaxCorrelationIDRunes {
		r.warn(v.at, fmt.Sprintf("%s never holds: it has %d characters, and the service refuses ids with more than %d",
			v.path, length, liveness.MaxCorrelationIDRunes), "use fewer")
	}
}

// warnOfFolder warns of a file name pattern with a folder.
func (r *reader) warnOfFolder(v value, p scenario.Pattern) {
	if p.Kind == scenario.PatternRegex || !strings.ContainsAny(p.Text, `/\`) {
		return
	}
	suggestion := "remove the folder"
	if name := path.Base(strings.ReplaceAll(p.Text, `\`, "/")); name != "/" && name != "." {
		suggestion = didYouMean(name)
	}
	r.warn(v.at, v.path+" never holds: file names of verify images have no folder", suggestion)
}
