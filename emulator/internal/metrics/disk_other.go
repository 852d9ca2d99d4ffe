//go:build !unix

package metrics

import "io/fs"

// diskSpace returns the size of a file in bytes.
func diskSpace(info fs.FileInfo) int64 { return info.Size() }
