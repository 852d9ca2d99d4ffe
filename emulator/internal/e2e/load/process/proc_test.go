package process

import (
	"testing"
	"time"
)

func TestCPUOf(t *testing.T) {
	t.Parallel()
	const stat = "4711 (a name) with)) S 1 4711 4711 0 -1 4194304 100 0 0 0 123 45 0 0 20 0 9 0 1000 2000 300"
	if got, err := cpuOf([]byte(stat)); err != nil || got != 1680*time.Millisecond {
		t.Errorf("got %v, %v; want 123 and 45 hundredths of a second", got, err)
	}
	if _, err := cpuOf([]byte("4711 (x) S 1")); err == nil {
		t.Error("got no error for a text that ends early")
	}
}

func TestBusyOf(t *testing.T) {
	t.Parallel()
	const stat = "cpu  100 20 3 5000 600 7 8 9 0 0\ncpu0 50 10 1 2500 300 3 4 5 0 0\n"
	if got, err := busyOf(stat); err != nil || got != 1470*time.Millisecond {
		t.Errorf("got %v, %v; want 147 hundredths of a second, without idle and iowait", got, err)
	}
	if _, err := busyOf("cpu 1 2"); err == nil {
		t.Error("got no error for a line that ends early")
	}
}

func TestMemoryOf(t *testing.T) {
	t.Parallel()
	const status = "Name:\tx\nVmRSS:\t   2048 kB\nRssAnon:\t    1024 kB\nRssFile:\t 1 kB\nThreads:\t9\n"
	if got := memoryOf(status); got != (Memory{Resident: 2 << 20, Anonymous: 1 << 20}) {
		t.Errorf("got %+v", got)
	}
}
