package report_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/control"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/journal"
)

// TestEntryIsRequest checks that entries of the request log and control.Request have the
// same JSON.
func TestEntryIsRequest(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 5).UTC()
	message := journal.Message{
		Header: journal.HeaderOf(http.Header{"A": {"b"}}), Size: 3, Body: []byte("abc"), SHA256: "00",
		Parts: []journal.Part{{Name: "n", FileName: "f", Size: -1, SHA256: "11", Text: "t"}},
	}
	whole := journal.Entry{
		Number: 1, Resource: "r", Time: now, Duration: 2, Clock: now, Method: "GET", Path: "/", Operation: "o", Version: "v", Asked: "a",
		Session: "s", Status: 200, Scenario: "c", Seed: 3, Attempt: 4, Fault: "f", Hint: "h", Problems: []string{"p"}, Mistake: "m",
		Early: 5, FromPage: true, Keyed: true, TokenInURL: true, Tampered: true, Request: message, Response: message,
	}
	public := reflect.ValueOf(whole.Public())
	for i := range public.NumField() {
		if public.Field(i).IsZero() {
			t.Errorf("the public form of an entry lacks %s", public.Type().Field(i).Name)
		}
	}
	entry, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	var request control.Request
	decoder := json.NewDecoder(bytes.NewReader(entry))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		t.Fatalf("%v in %s", err, entry)
	}
	got, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(entry) {
		t.Errorf("got\n%s\nwant\n%s", got, entry)
	}
}
