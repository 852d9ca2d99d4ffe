package report

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// ignoredRetryAfter finds calls that came before the end of a Retry-After.
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

// keyInBrowser finds keys in web pages.
func keyInBrowser() rule {
	return rule{
		name:  "key-in-browser",
		title: "Subscription keys in a browser",
		advice: "Everybody who opens the page can take the key. Let a backend create, read and delete sessions, and give the page the " +
			"authToken of its session only. If your proxy adds the key to calls of a page, let it drop Origin and " +
			"Sec-Fetch-Site: the emulator cannot see the difference.",
		find: func(v *evidence) []control.Finding {
			return v.named(func(e *journal.Entry) bool { return e.Keyed && e.FromPage }, func(entries []*journal.Entry) string {
				return calls(entries) + " of a page with a subscription key"
			})
		},
	}
}

// tokenInURL finds tokens and keys in URLs, which logs and browser histories keep.
func tokenInURL() rule {
	return rule{
		name:  "token-in-url",
		title: "Tokens or keys in a URL",
		advice: "URLs end up in logs, histories and Referer headers. Send a token as Authorization: Bearer, and a key as " +
			"Ocp-Apim-Subscription-Key; neither is read from the URL. The report has only URLs that reach the service: check the " +
			"links to your pages yourself.",
		find: func(v *evidence) []control.Finding {
			return v.named(func(e *journal.Entry) bool { return e.TokenInURL }, func(entries []*journal.Entry) string {
				return calls(entries) + " with a token or a key in the URL"
			})
		},
	}
}

// wrongCalls finds calls that the API does not have, one finding for each mistake.
func wrongCalls() rule {
	return rule{
		name:  "wrong-calls",
		title: "Calls that the API does not have",
		advice: "Each finding says what was probably meant: another path, another method, or another spelling. Some of these paths " +
			"are printed in tutorials and exist nowhere; ignored values are lost without an error.",
		find: func(v *evidence) []control.Finding {
			return v.grouped(mistakeOf, func(mistake string, entries []*journal.Entry) string {
				return fmt.Sprintf("%s, such as %s answered %d: %s", calls(entries), nameOf(entries[0]), entries[0].Status, mistake)
			})
		},
	}
}

// mistakeOf returns the mistake of a call. Calls that are not meant for the API, such as
// for a browser's icon or a health probe, have none.
func mistakeOf(e *journal.Entry) string {
	meant := e.Operation != "" || e.Keyed || e.Request.Header.Get("Authorization") != "" ||
		strings.HasPrefix(strings.ToLower(e.Path), "/face/")
	if !meant || e.Method == http.MethodOptions {
		return ""
	}
	return e.Mistake
}

// unknownVersion finds calls of unknown versions.
func unknownVersion() rule {
	return rule{
		name:  "unknown-version",
		title: "Unknown versions of the API",
		advice: "The newest known version answered in place of this one, so the test did not cover the version that the app will use. " +
			"Check the spelling; if the service has the version, use an emulator that supports it.",
		find: func(v *evidence) []control.Finding {
			return v.grouped(func(e *journal.Entry) string { return e.Asked }, func(asked string, entries []*journal.Entry) string {
				return fmt.Sprintf("%s: %s, served as %s", asked, calls(entries), entries[0].Version)
			})
		},
	}
}
