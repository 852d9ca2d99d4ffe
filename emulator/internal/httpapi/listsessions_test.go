package httpapi

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func TestPage(t *testing.T) {
	t.Parallel()
	const id = "7be1c0d2-3f46-4a58-9b6a-c1d2e3f40516"
	long := strings.Repeat("ü", maxStart) // in characters, not in bytes
	for query, want := range map[string]struct {
		page page
		code liveness.Code
	}{
		"":                                   {page: page{"", 1000}},
		"start=&top=":                        {page: page{"", 1000}},
		"Start=a&TOP=7&skip=1":               {page: page{"", 1000}},
		"top=1":                              {page: page{"", 1}},
		"top=1000":                           {page: page{"", 1000}},
		"start=" + id:                        {page: page{id, 1000}},
		"start=" + id + "&top=2":             {page: page{id, 2}},
		"start=%20x":                         {page: page{" x", 1000}},
		"start=" + long:                      {page: page{long, 1000}},
		"top=3&top=x":                        {page: page{"", 3}}, // the first counts
		"top=0":                              {code: codeInvalidTop},
		"top=1001":                           {code: codeInvalidTop},
		"top=-1":                             {code: codeInvalidTop},
		"top=1.0":                            {code: codeInvalidTop},
		"top=1e2":                            {code: codeInvalidTop},
		"top=0x10":                           {code: codeInvalidTop},
		"top=%202":                           {code: codeInvalidTop},
		"top=ten":                            {code: codeInvalidTop},
		"top=99999999999999999999":           {code: codeInvalidTop},
		"start=" + long + "x":                {code: codeInvalidStart},
		"start=" + long + "x&top=0":          {code: codeInvalidStart}, // looked at first
		"start=" + strings.Repeat("x", 5000): {code: codeInvalidStart},
	} {
		c := &call{request: &http.Request{URL: &url.URL{RawQuery: query}}}
		got, err := c.page()
		if code := codeOrNone(err); got != want.page || code != want.code {
			t.Errorf("%.90q: got %+v, %v; want %+v, %q", query, got, err, want.page, want.code)
		}
	}
}

// codeOrNone is the code of an error, and "" for none.
func codeOrNone(err error) liveness.Code {
	if err == nil {
		return ""
	}
	return liveness.CodeOf(err)
}
