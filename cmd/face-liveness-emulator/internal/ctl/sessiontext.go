package ctl

import (
	"strconv"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
)

// sessionText is a session and its attempts.
func sessionText(s control.Session) string {
	token := "expires " + s.TokenExpires.Format(time.RFC3339)
	if s.TokenExpired {
		token = "has expired"
	}
	rows := fields{
		{"Session", s.ID},
		{"Kind", s.Kind + ", " + s.OperationMode},
		{"Status", s.Status},
		{"Version", s.Version},
		{"Resource", s.Resource},
		{"Scenario", s.Scenario},
		{"Seed", seedText(s.Seed)},
		{"Model", s.ModelVersion},
		{"Created", s.Created.Format(time.RFC3339)},
		{"Started", timeText(s.Started)},
		{"Expires", s.Expires.Format(time.RFC3339)},
		{"Token", token},
		{"Device", correlationText(s.DeviceCorrelationID, s.DeviceCorrelationIDSetInClient)},
		{"User", correlationText(s.UserCorrelationID, s.UserCorrelationIDSetInClient)},
		{"Attempts", strconv.Itoa(len(s.Attempts)) + " of " + strconv.Itoa(s.AttemptsAllowed)},
		{"Switched on", enabledOptions(s)},
		{"Threshold", number(s.VerifyConfidenceThreshold)},
		{"Client address", s.ExpectedClientAddress},
		{"Verify image", verifyImageText(s.VerifyImage)},
	}
	text := table(rows.rows())
	for _, attempt := range s.Attempts {
		text += "\n" + attemptText(attempt)
	}
	return text
}

func attemptText(a control.Attempt) string {
	rows := fields{
		{"Attempt " + strconv.Itoa(a.ID), a.Status},
		{"  Began", a.Began.Format(time.RFC3339Nano)},
		{"  Ends", a.Ends.Format(time.RFC3339Nano)},
		{"  Decision", a.Decision},
		{"  Face", rectangleText(a.FaceRectangle)},
		{"  Digest", a.Digest},
		{"  Told digest", a.ToldDigest},
		{"  Image", a.SessionImage},
		{"  Request", strings.Trim(a.RequestID+", of the client "+a.ClientRequestID, ", ")},
		{"  Addresses", strings.Join(a.ClientAddresses, ", ")},
		{"  User agent", a.UserAgent},
	}
	if a.ClientRequestID == "" {
		rows[8][1] = a.RequestID
	}
	if a.Error != nil {
		rows = append(rows, [2]string{"  Error", a.Error.Code + ": " + a.Error.Message})
	}
	if a.Match != nil {
		identical := "not identical"
		if a.Match.Identical {
			identical = "identical"
		}
		rows = append(rows, [2]string{"  Match", number(float64(a.Match.Confidence)) + ", " + identical})
	}
	if a.Abuse != nil {
		found := "none found"
		if a.Abuse.Detected {
			found = "found, with " + plural(len(a.Abuse.Others), "other flagged attempt")
		}
		rows = append(rows, [2]string{"  Abuse", found})
	}
	return table(rows.rows())
}

// fields are names and values.
type fields [][2]string

// given are the rows of those that have a value.
func (f fields) rows() [][]string {
	var rows [][]string
	for _, field := range f {
		if field[1] != "" {
			rows = append(rows, []string{field[0], field[1]})
		}
	}
	return rows
}

func timeText(moment time.Time) string {
	if moment.IsZero() {
		return ""
	}
	return moment.Format(time.RFC3339)
}

func seedText(seed uint64) string {
	if seed == 0 {
		return ""
	}
	return strconv.FormatUint(seed, 10)
}

// correlationText is a correlation id with who is to say it.
func correlationText(id string, setInClient bool) string {
	switch {
	case !setInClient:
		return id
	case id == "":
		return "(to be set by the client)"
	default:
		return id + " (set by the client)"
	}
}

// enabledOptions lists what a session has switched on.
func enabledOptions(s control.Session) string {
	var on []string
	for _, option := range []struct {
		name string
		on   bool
	}{
		{"sendResultsToClient", s.SendResultsToClient},
		{"enableSessionImage", s.EnableSessionImage},
		{"abuseMonitoring", s.AbuseMonitoring},
		{"returnVerifyImageHash", s.ReturnVerifyImageHash},
	} {
		if option.on {
			on = append(on, option.name)
		}
	}
	return strings.Join(on, ", ")
}

// number is a number other than 0.
func number(value float64) string {
	if value == 0 {
		return ""
	}
	return strconv.FormatFloat(value, 'g', -1, 32)
}

func verifyImageText(image *control.VerifyImage) string {
	if image == nil {
		return ""
	}
	text := "quality " + image.Quality + ", face " + rectangleText(&image.FaceRectangle)
	if image.SHA256 != "" {
		text += ", SHA-256 " + image.SHA256
	}
	return text
}

func rectangleText(r *control.Rectangle) string {
	if r == nil {
		return ""
	}
	return strconv.Itoa(r.Width) + " x " + strconv.Itoa(r.Height) + " at " + strconv.Itoa(r.Left) + ", " + strconv.Itoa(r.Top)
}
