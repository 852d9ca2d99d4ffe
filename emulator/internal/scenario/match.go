package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// An Operation is a session type as scenario files spell it.
type Operation string

// The operations that a session can be created for.
const (
	DetectLiveness           Operation = "detectLiveness"
	DetectLivenessWithVerify Operation = "detectLivenessWithVerify"
)

// OperationOf returns the operation that creates sessions of this kind, or "" for an
// unknown kind.
func OperationOf(kind liveness.Kind) Operation {
	switch kind {
	case liveness.KindLiveness:
		return DetectLiveness
	case liveness.KindLivenessWithVerify:
		return DetectLivenessWithVerify
	}
	return ""
}

// A Match is a rule: the conditions under which a session gets a scenario without its
// name. A zero field is no condition.
type Match struct {
	Operation           Operation
	APIVersion          Pattern
	Resource            Pattern
	DeviceCorrelationID Pattern
	UserCorrelationID   Pattern
	OperationMode       liveness.OperationMode
	VerifyImage         VerifyImageMatch
	Headers             []HeaderMatch // in the order of the file
}

// A VerifyImageMatch is the part of a rule that looks at the verify image.
type VerifyImageMatch struct {
	FileName         Pattern
	SHA256           string // 64 lower-case hexadecimal digits; "": any
	MinSize, MaxSize int64  // in bytes, both included; 0: any
}

// A HeaderMatch is the part of a rule that looks at a request header. It holds
// if the pattern describes one of the header's values.
type HeaderMatch struct {
	Name    string // as the file has it
	Pattern Pattern
}

// A condition is a pattern of a rule and the texts that it may describe.
type condition struct {
	key     string // below match
	pattern Pattern
	given   []string
}

// conditions returns the conditions of the rule that are patterns.
func (m Match) conditions(c liveness.Call) []condition {
	return []condition{
		{"apiVersion", m.APIVersion, []string{c.APIVersion}},
		{"resource", m.Resource, []string{string(c.Resource)}},
		{"deviceCorrelationId", m.DeviceCorrelationID, []string{c.DeviceCorrelationID}},
		{"userCorrelationId", m.UserCorrelationID, []string{c.UserCorrelationID}},
		{"verifyImage.fileName", m.VerifyImage.FileName, []string{c.VerifyImageFileName}},
	}
}

// Holds reports whether the call meets all conditions of the rule.
func (m Match) Holds(c liveness.Call) bool { return m.holds(&c) }

// holds is Holds without copies, since every create call tries all rules.
func (m *Match) holds(c *liveness.Call) bool {
	if m.Operation != "" && m.Operation != OperationOf(c.Kind) || m.OperationMode != "" && m.OperationMode != c.Mode {
		return false
	}
	return m.APIVersion.matches(c.APIVersion) &&
		m.Resource.matches(string(c.Resource)) &&
		m.DeviceCorrelationID.matches(c.DeviceCorrelationID) &&
		m.UserCorrelationID.matches(c.UserCorrelationID) &&
		m.VerifyImage.FileName.matches(c.VerifyImageFileName) &&
		m.VerifyImage.digestHolds(c.VerifyImageSHA256) &&
		m.VerifyImage.sizeHolds(int64(c.VerifyImageSize)) &&
		!slices.ContainsFunc(m.Headers, func(h HeaderMatch) bool { return !h.holds(*c) })
}

func (m VerifyImageMatch) digestHolds(digest string) bool {
	return m.SHA256 == "" || strings.EqualFold(m.SHA256, digest)
}

func (m VerifyImageMatch) sizeHolds(size int64) bool {
	switch {
	case m.MinSize == 0 && m.MaxSize == 0:
		return true
	case size == 0:
		return false
	}
	return size >= m.MinSize && (m.MaxSize == 0 || size <= m.MaxSize)
}

// sizes returns the allowed sizes in words.
func (m VerifyImageMatch) sizes() string {
	switch {
	case m.MaxSize == 0:
		return fmt.Sprintf("at least %d bytes", m.MinSize)
	case m.MinSize == 0:
		return fmt.Sprintf("at most %d bytes", m.MaxSize)
	}
	return fmt.Sprintf("%d to %d bytes", m.MinSize, m.MaxSize)
}

func (h HeaderMatch) values(c liveness.Call) []string {
	if c.Header == nil {
		return nil
	}
	return c.Header(h.Name)
}

func (h HeaderMatch) holds(c liveness.Call) bool {
	return slices.ContainsFunc(h.values(c), h.Pattern.Matches)
}

// unmet returns in words the conditions of the rule that the call does not meet.
func (m Match) unmet(c liveness.Call) []string {
	var reasons []string
	report := func(key, wanted string, given ...string) {
		if shown := inWords(given); shown != "" {
			reasons = append(reasons, fmt.Sprintf("%s: %s does not match %s", key, wanted, shown))
			return
		}
		reasons = append(reasons, fmt.Sprintf("%s: %s, but the call has none", key, wanted))
	}
	if m.Operation != "" && m.Operation != OperationOf(c.Kind) {
		report("operation", Quote(string(m.Operation)), string(OperationOf(c.Kind)))
	}
	if m.OperationMode != "" && m.OperationMode != c.Mode {
		report("operationMode", Quote(string(m.OperationMode)), string(c.Mode))
	}
	for _, asked := range m.conditions(c) {
		if !slices.ContainsFunc(asked.given, asked.pattern.Matches) {
			report(asked.key, asked.pattern.String(), asked.given...)
		}
	}
	if !m.VerifyImage.digestHolds(c.VerifyImageSHA256) {
		report("verifyImage.sha256", Quote(m.VerifyImage.SHA256), c.VerifyImageSHA256)
	}
	if !m.VerifyImage.sizeHolds(int64(c.VerifyImageSize)) {
		given := ""
		if c.VerifyImageSize > 0 {
			given = fmt.Sprintf("%d bytes", c.VerifyImageSize)
		}
		report("verifyImage.size", m.VerifyImage.sizes(), given)
	}
	for _, header := range m.Headers {
		if !header.holds(c) {
			report("header."+header.Name, header.Pattern.String(), header.values(c)...)
		}
	}
	return reasons
}

// inWords returns a list of the texts that are not empty; "" if all are.
func inWords(given []string) string {
	var shown []string
	for _, text := range given {
		if text != "" {
			shown = append(shown, Quote(text))
		}
	}
	if len(shown) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(shown[:3], ", "), len(shown)-3)
	}
	return strings.Join(shown, ", ")
}

// covers reports whether m holds for certain for every call that other holds for.
func (m Match) covers(other Match) bool {
	if m.Operation != "" && m.Operation != other.Operation ||
		m.OperationMode != "" && m.OperationMode != other.OperationMode ||
		m.VerifyImage.SHA256 != "" && m.VerifyImage.SHA256 != other.VerifyImage.SHA256 {
		return false
	}
	theirs := other.conditions(liveness.Call{})
	for i, asked := range m.conditions(liveness.Call{}) {
		if !asked.pattern.covers(theirs[i].pattern) {
			return false
		}
	}
	for _, header := range m.Headers {
		same := func(h HeaderMatch) bool {
			return strings.EqualFold(h.Name, header.Name) && header.Pattern.covers(h.Pattern)
		}
		if !slices.ContainsFunc(other.Headers, same) {
			return false
		}
	}
	return m.VerifyImage.coversSizes(other.VerifyImage)
}

// coversSizes reports whether m allows every size that other allows.
func (m VerifyImageMatch) coversSizes(other VerifyImageMatch) bool {
	switch {
	case m.MinSize == 0 && m.MaxSize == 0:
		return true
	case other.MinSize == 0 && other.MaxSize == 0:
		return false
	}
	return other.MinSize >= m.MinSize && (m.MaxSize == 0 || other.MaxSize != 0 && other.MaxSize <= m.MaxSize)
}
