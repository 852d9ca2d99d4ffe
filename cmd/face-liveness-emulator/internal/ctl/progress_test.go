package ctl

import "testing"

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
