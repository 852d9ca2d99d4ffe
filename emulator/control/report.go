package control

import "time"

// A Report is what an app has done wrong, as far as its requests show it.
type Report struct {
	Requests uint64    `json:"requests"` // that it is about
	Gone     uint64    `json:"gone"`     // older ones that are not remembered any more
	Sessions int       `json:"sessions"` // that they are about
	Taken    time.Time `json:"taken"`    // on the machine's clock
	Checks   []Check   `json:"checks"`   // all that was looked for, in a fixed order
}

// A Check is one thing that an app can do wrong.
type Check struct {
	Rule     string    `json:"rule"`  // such as polled-too-fast
	Title    string    `json:"title"` // in a few words
	Advice   string    `json:"advice"`
	Findings []Finding `json:"findings"` // none: the app did it right, as far as can be seen
}

// A Finding is one case of what a Check is about.
type Finding struct {
	Text     string   `json:"text"`
	Session  string   `json:"session,omitempty"`
	Requests []uint64 `json:"requests,omitempty"` // numbers of those that show it
}

// Clean reports whether nothing was found.
func (r Report) Clean() bool {
	for _, check := range r.Checks {
		if len(check.Findings) > 0 {
			return false
		}
	}
	return true
}
