package ctl

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestProgress: nothing is shown of what is quick; else how far it is, and at the end
// the line is gone.
func TestProgress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var quick, slow strings.Builder
		in := &counter{r: strings.NewReader(strings.Repeat("x", 1500))}
		end := in.progress(&quick, "restore", 3000)
		<-time.NewTimer(progressAfter - time.Millisecond).C //nolint:forbidigo // The time of this test is not the machine's.
		end()
		if quick.Len() > 0 {
			t.Errorf("got %q within a second, want nothing", &quick)
		}
		end = in.progress(&slow, "restore", 3000)
		if _, err := io.Copy(io.Discard, in); err != nil {
			t.Fatal(err)
		}
		<-time.NewTimer(progressAfter + time.Millisecond).C //nolint:forbidigo // As above.
		end()
		if got, want := slow.String(), "\r\x1b[Krestore: [##########          ] 50 %, 1.5 kB of 3.0 kB\r\x1b[K"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestProgressText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bytes, total int64
		want         string
	}{
		{2 << 20, 0, bytesText(2 << 20)},
		{0, 4 << 20, "[                    ] 0 %, " + bytesText(0) + " of " + bytesText(4<<20)},
		{1 << 20, 4 << 20, "[#####               ] 25 %, " + bytesText(1<<20) + " of " + bytesText(4<<20)},
		{4 << 20, 4 << 20, "[####################] 100 %, " + bytesText(4<<20) + " of " + bytesText(4<<20)},
		{5 << 20, 4 << 20, "[####################] 100 %, " + bytesText(5<<20) + " of " + bytesText(4<<20)},
	} {
		if got := progressText(test.bytes, test.total); got != test.want {
			t.Errorf("%d of %d: got %q, want %q", test.bytes, test.total, got, test.want)
		}
	}
}
