package serve

import (
	"log/slog"
	"math"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// gcPercent is how far the heap grows between collections, in percent of what is in use.
// Go's default of 100 costs a few percent of CPU more. The heap never grows this far beyond
// the soft limit, which is why a process without one keeps Go's default.
const gcPercent = 400

// Soft limits without a limit of the user or of a container. A process with a state folder
// needs far less, for any number of sessions. A process without a folder keeps all sessions
// in memory, and a low limit would make it collect garbage all the time.
const (
	folderLimit    = 192 << 20
	ephemeralLimit = 512 << 20
)

// Memory is how a server sets the memory of its process. The zero value leaves it as it is.
type Memory struct {
	// SetLimit is debug.SetMemoryLimit.
	SetLimit func(bytes int64) (before int64)
	// SetPercent is debug.SetGCPercent.
	SetPercent func(percent int) (before int)
	// ContainerLimit returns the memory limit of the container, or an error if the container
	// has no limit or the limit cannot be read.
	ContainerLimit func() (uint64, error)
}

// A softLimit is a soft limit of memory in bytes and its source.
type softLimit struct {
	bytes  int64 // math.MaxInt64: no limit
	source string
}

// limitMemory sets the soft limit of memory and the pace of the garbage collector.
// GOMEMLIMIT and GOGC, which the runtime has read, take precedence.
func (p *Server) limitMemory(s *config.Settings) softLimit {
	if p.Memory.SetLimit == nil {
		return softLimit{}
	}
	limit := p.memoryLimit(s)
	if limit.bytes == math.MaxInt64 {
		return limit
	}
	p.Memory.SetLimit(limit.bytes)
	if p.lookup("GOGC") == "" {
		p.Memory.SetPercent(gcPercent)
	}
	return limit
}

// memoryLimit returns the limit that limitMemory sets.
func (p *Server) memoryLimit(s *config.Settings) softLimit {
	if p.lookup("GOMEMLIMIT") != "" {
		return softLimit{p.Memory.SetLimit(-1), "GOMEMLIMIT"} // -1 reads it
	}
	if s.Memory != 0 {
		return softLimit{int64(s.Memory), s.NameOf("memory")}
	}
	// The limit does not count the code of the program and the files of the state. Without
	// a quarter for them, the kernel would have to read them from the disk again and again.
	if container, err := p.Memory.ContainerLimit(); err == nil && container <= math.MaxInt64 {
		return softLimit{int64(container / 4 * 3), "container"}
	}
	if s.Ephemeral {
		return softLimit{ephemeralLimit, "default"}
	}
	return softLimit{folderLimit, "default"}
}

// log logs the limit, unless the memory is left as it is.
func (l softLimit) log(logger *slog.Logger) {
	if l.source == "" {
		return
	}
	limit := "none"
	if l.bytes != math.MaxInt64 {
		limit = config.Size(l.bytes).String()
	}
	logger.Info("soft memory limit", slog.String("limit", limit), slog.String("source", l.source))
}

// lookup returns the value of a variable, or "" if it is not set. The runtime treats an
// empty variable like one that is not set.
func (p *Server) lookup(variable string) string {
	value, _ := p.LookupEnv(variable)
	return value
}
