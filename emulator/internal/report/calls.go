package report

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// ignoredRetryAfter finds calls that came before they should have.
func ignoredRetryAfter() rule {
	return rule{
		name:  "ignored-retry-after",
		title: "Calls that came before Retry-After was over",
		advice: "Wait for as long as Retry-After says before the next call. A call that comes sooner is most likely refused again, and " +
			"takes its share of what the resource may ask for.",
		find: func(v *evidence) []control.Finding {
			return v.named(func(e *journal.Entry) bool { return e.Early > 0 }, func(entries []*journal.Entry) string {
				var most time.Duration
				for _, e := range entries {
					most = max(most, e.Early)
				}
				return fmt.Sprintf("%s too early, by up to %v", calls(entries), most.Round(time.Millisecond))
			})
		},
	}
}

// keyInBrowser finds keys that pages have.
func keyInBrowser() rule {
	return rule{
		name:  "key-in-browser",
		title: "Subscription keys in a browser",
		advice: "Whoever opens the page can take the key. Let a backend create, read and delete sessions, and give the page the " +
			"authToken of its session only. Where a proxy of your own adds the key to calls of a page, let it drop Origin and " +
			"Sec-Fetch-Site: from here it looks the same.",
		find: func(v *evidence) []control.Finding {
			return v.named(func(e *journal.Entry) bool { return e.Keyed && e.FromPage }, func(entries []*journal.Entry) string {
				return calls(entries) + " of a page with a subscription key"
			})
		},
	}
}

// tokenInURL finds tokens and keys where logs and histories keep them.
func tokenInURL() rule {
	return rule{
		name:  "token-in-url",
		title: "Tokens or keys in a URL",
		advice: "URLs end up in logs, histories and Referer headers. Send a token as Authorization: Bearer, and a key as " +
			"Ocp-Apim-Subscription-Key; neither is read from the URL. Only URLs that reach the service can be seen here: look at the " +
			"links to your own pages yourself.",
		find: func(v *evidence) []control.Finding {
			return v.named(func(e *journal.Entry) bool { return e.TokenInURL }, func(entries []*journal.Entry) string {
				return calls(entries) + " with a token or a key in the URL"
			})
		},
	}
}

// wrongCalls finds calls that are wrong in themselves, one finding a mistake.
func wrongCalls() rule {
	return rule{
		name:  "wrong-calls",
		title: "Calls that the API does not have",
		advice: "Each finding says what was probably meant: another path, another method, or another spelling. Some of these paths " +
			"are printed in tutorials and exist nowhere; what is ignored without an error is lost without one.",
		find: func(v *evidence) []control.Finding {
			return v.grouped(mistakeOf, func(mistake string, entries []*journal.Entry) string {
				return fmt.Sprintf("%s, such as %s answered %d: %s", calls(entries), nameOf(entries[0]), entries[0].Status, mistake)
			})
		},
	}
}

// mistakeOf is what is wrong with a call. What nobody has meant for the API is none:
// a browser's icon, a probe of whether somebody is there.
func mistakeOf(e *journal.Entry) string {
	meant := e.Operation != "" || e.Keyed || e.Request.Header.Get("Authorization") != "" ||
		strings.HasPrefix(strings.ToLower(e.Path), "/face/")
	if !meant || e.Method == http.MethodOptions {
		return ""
	}
	return e.Mistake
}

// unknownVersion finds calls of versions that are not known.
func unknownVersion() rule {
	return rule{
		name:  "unknown-version",
		title: "Versions of the API that are not known",
		advice: "The newest known version has answered in place of this one, so that what was tested is not what the app will meet. " +
			"Mind the spelling; if the service has the version, use an emulator that knows it.",
		find: func(v *evidence) []control.Finding {
			return v.grouped(func(e *journal.Entry) string { return e.Asked }, func(asked string, entries []*journal.Entry) string {
				return fmt.Sprintf("%s: %s, served as %s", asked, calls(entries), entries[0].Version)
			})
		},
	}
}
