package config

import (
	"log/slog"
	"os"

	"github.com/livenesslabs/face-liveness-emulator/scenarios"
)

// A Folder is a folder of --scenarios.
type Folder struct {
	Path  string
	Files int // with one scenario each
}

// CountScenarios counts the scenario files in the folders of --scenarios, and warns of
// folders without any. That of --config-dir may be filled later.
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
		// The emulator refuses a folder that cannot be read.
		if err == nil && f.Files == 0 && s.Sources["scenarios"].rank != byFolder {
			logger.Warn("no *.yaml or *.yml files in a folder of --scenarios", slog.String("folder", dir))
		}
		folders = append(folders, f)
	}
	return folders
}
