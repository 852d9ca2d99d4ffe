package journal_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal/logtest"
)

// TestNothingSecretIsShown: what an entry holds of keys and tokens does not come out.
func TestNothingSecretIsShown(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-s3cret"
	entry := journal.Entry{
		Request: journal.Message{Header: journal.HeaderOf(http.Header{
			"Ocp-Apim-Subscription-Key": {secret}, "Authorization": {"Bearer " + secret}, "Cookie": {secret}, "X-Face-Liveness-Admin-Token": {secret},
			"X-Shown": {"shown"}, "Referer": {"https://shop.example/check?token=" + secret},
		}), Parts: []journal.Part{{Name: "Parameters", Text: `{"authToken":"` + secret + `"}`}}},
		Response: journal.Message{Body: []byte(`{"sessionId":"1","authToken":"` + secret + `","x":{"base64AccessToken" : "` + secret + `"}}`)},
	}
	text, err := json.Marshal(entry)
	if err != nil || strings.Contains(string(text), secret) {
		t.Errorf("got %s, %v; want no secret", text, err)
	}
	for _, want := range []string{`"X-Shown":["shown"]`, `\"sessionId\":\"1\",\"authToken\":\"***\"`, `"Referer":["https://shop.example/check?***"]`, `"name":"Parameters"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got %s, want %s", text, want)
		}
	}
	if entry.Request.Header.Get("Cookie") != secret || !strings.Contains(entry.Request.Parts[0].Text, secret) {
		t.Error("what was sent has changed")
	}
}

// TestHeader: a header comes out as it went in, but for what no header can have.
func TestHeader(t *testing.T) {
	t.Parallel()
	was := http.Header{"A": {"1", "", "2"}, "apim-request-id": {"3"}, "Long": {strings.Repeat("x", 5000)}, "None": nil, "Nul\x00": {"a\x00Cookie\x00b"}}
	got := http.Header{}
	for name, value := range journal.HeaderOf(was).All() {
		got[name] = append(got[name], value)
	}
	want := http.Header{"A": was["A"], "apim-request-id": {"3"}, "Long": was["Long"], "Nul": {"aCookieb"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	header := journal.HeaderOf(was)
	if header.Get("a") != "1" || header.Get("Apim-Request-Id") != "3" || header.Get("B") != "" || (journal.Header{}).Get("A") != "" {
		t.Errorf("got %q, %q, %q; want the first value of a name in any letter case", header.Get("a"), header.Get("Apim-Request-Id"), header.Get("B"))
	}
}

// TestLocal holds the log of one process to the contract.
func TestLocal(t *testing.T) {
	t.Parallel()
	logtest.Run(t, func(_ *testing.T, limits journal.Limits) journal.Log { return journal.New(limits) })
}
