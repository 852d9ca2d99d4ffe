package e2e_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
)

// read reads the session and reports whether it is final.
func (a *app) read() (final bool) {
	a.t.Helper()
	ctx := a.t.Context()
	if a.patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, a.patience)
		defer cancel()
	}
	answer := a.exchange(ctx, appCall{method: http.MethodGet, path: a.kind() + "-sessions/" + a.session})
	if answer.status != http.StatusOK || answer.noJSON {
		a.note("read", answer)
		if answer.status != http.StatusNotFound && !a.again(answer) {
			a.wait(betweenReads)
		}
		return answer.status == http.StatusNotFound
	}
	words := []string{answer.Status}
	for i, attempt := range answer.Results.Attempts {
		if i > 0 {
			words[len(words)-1] += ","
		}
		words = append(words, attempt.words()...)
	}
	if final = answer.Status != "NotStarted" && answer.Status != "Running"; final {
		for _, reference := range answer.Results.VerifyReferences {
			words = append(words, reference.QualityForRecognition)
		}
	}
	a.note("read", answer, append(words, a.compareDigests(answer.Results.Attempts)...)...)
	return final
}

func (attempt appAttempt) words() []string {
	var words []string
	if attempt.Error != nil {
		words = append(words, attempt.Error.Code)
	}
	if attempt.Result != nil {
		words = append(words, attempt.Result.LivenessDecision)
		if match := attempt.Result.VerifyResult; match != nil {
			words = append(words, fmt.Sprint(match.MatchConfidence), map[bool]string{true: "identical", false: "different"}[match.IsIdentical])
		}
	}
	if abuse := attempt.AbuseMonitoringResult; abuse != nil && abuse.IsAbuseDetected {
		words = append(words, "abuse")
	}
	return words
}

// compareDigests compares the digest that the device received with the one in the result.
func (a *app) compareDigests(attempts []appAttempt) []string {
	if a.told == nil || len(attempts) == 0 || attempts[0].Result == nil {
		return nil
	}
	switch *a.told {
	case attempts[0].Result.Digest:
		return nil
	case "":
		return []string{"without a digest"}
	}
	return []string{"with another digest"}
}

// poll reads the session until it is final.
func (a *app) poll(most int) {
	a.t.Helper()
	for range most {
		if a.read() {
			return
		}
		a.wait(betweenReads)
	}
}

// story returns what the app noted; repeated notes appear once.
func (a *app) story() string {
	var lines []string
	for i := 0; i < len(a.seen); {
		same := 1
		for i+same < len(a.seen) && a.seen[i+same] == a.seen[i] {
			same++
		}
		line := a.seen[i]
		if same > 1 {
			line += fmt.Sprintf(" ×%d", same)
		}
		lines = append(lines, line)
		i += same
	}
	return strings.Join(lines, " | ")
}

// verifyBitmap is an image without compression, so its bytes and hash are always the
// same.
func verifyBitmap() string {
	const side, header = 36, 54
	picture := make([]byte, header+side*side*3)
	copy(picture, "BM")
	binary.LittleEndian.PutUint32(picture[2:], uint32(len(picture)))
	binary.LittleEndian.PutUint32(picture[10:], header)
	binary.LittleEndian.PutUint32(picture[14:], header-14)
	binary.LittleEndian.PutUint32(picture[18:], side)
	binary.LittleEndian.PutUint32(picture[22:], side)
	binary.LittleEndian.PutUint16(picture[26:], 1)
	binary.LittleEndian.PutUint16(picture[28:], 24)
	for i := range picture[header:] {
		picture[header+i] = byte(i * 7)
	}
	return string(picture)
}
