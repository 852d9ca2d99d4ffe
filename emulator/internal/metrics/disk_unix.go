//go:build unix

package metrics

import (
	"io/fs"
	"syscall"
)

// diskSpace returns the space of a file on the disk, in bytes. The store creates
// files that are larger than their contents.
func diskSpace(info fs.FileInfo) int64 {
	const block = 512 // whatever the file system's is
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Blocks * block
	}
	return info.Size()
}
