package ctl

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress: a short call shows nothing, a long one its progress, and at the end the
// line is blank.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		blank := "\r" + strings.Repeat(" ", progressWidth) + "\r"
		var quick, slow strings.Builder
		end := newMeter("restore", 3000).show(&quick)
		<-time.NewTimer(progressEvery - time.Millisecond).C //nolint:forbidigo // The time of this test is not the machine's.
		end()
		if got := quick.String(); got != blank {
			t.Errorf("got %q within a second, want nothing that can be seen", got)
		}
		in := newMeter("restore", 3000)
		in.r = strings.NewReader(strings.Repeat("x", 1500))
		end = in.show(&slow)
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		<-time.NewTimer(progressEvery + time.Millisecond).C //nolint:forbidigo // As above.
		end()
		if got, want := slow.String(), "\rrestore: [############            ] 50 %, 1.50 kB of 3.00 kB"+blank; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestProgressText: the line of bytes that have passed, with a bar if the total is known.
func TestProgressText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bytes, total int64
		want         string
	}{
		{2 << 20, 0, "2.10 MB"},
		{0, 4 << 20, "[                             ] 0 %, 0 B of 4.19 MB"},
		{1 << 20, 4 << 20, "[######                  ] 25 %, 1.05 MB of 4.19 MB"},
		{4 << 20, 4 << 20, "[#######################] 100 %, 4.19 MB of 4.19 MB"},
		{5 << 20, 4 << 20, "[#######################] 100 %, 5.24 MB of 5.24 MB"},
	} {
		m := newMeter("restore", test.total)
		m.count(int(test.bytes), nil)
		if got := m.bar.String(); got != "restore: "+test.want {
			t.Errorf("%d of %d: got %q, want %q", test.bytes, test.total, got, test.want)
		}
	}
}
