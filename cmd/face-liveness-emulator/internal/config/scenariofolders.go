package config

import (
	"log/slog"
	"os"

	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// A Folder is one of --scenarios.
type Folder struct {
	Path  string
	Files int // each has one scenario
}

// CountScenarios looks into the folders of --scenarios the way that the emulator
// does, and warns of those where it will find nothing. That of --config-dir may be
// there for files to come.
func (s *Settings) CountScenarios(logger *slog.Logger) []Folder {
	var folders []Folder
	for _, dir := range s.Scenarios {
		f := Folder{Path: dir}
		entries, err := os.ReadDir(dir)
		for _, entry := range entries {
			if scenarios.IsFile(entry.Name()) && !entry.IsDir() {
				f.Files++
			}
		}
		// If it cannot be read, the emulator refuses it.
		if err == nil && f.Files == 0 && s.Sources["scenarios"].rank != byFolder {
			logger.Warn("no *.yaml or *.yml files in a folder of --scenarios", slog.String("folder", dir))
		}
		folders = append(folders, f)
	}
	return folders
}
