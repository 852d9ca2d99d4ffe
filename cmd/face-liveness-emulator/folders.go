package main

import (
	"log/slog"
	"os"
	"path"
	"strings"
)

// A folder is one of --scenarios.
type folder struct {
	path  string
	files int // each has one scenario
}

// countScenarios looks into the folders of --scenarios the way that the emulator
// does, and warns of those where it will find nothing. That of --config-dir may be
// there for files to come.
func (s *settings) countScenarios(logger *slog.Logger) []folder {
	var folders []folder
	for _, dir := range s.scenarios {
		f := folder{path: dir}
		entries, err := os.ReadDir(dir)
		for _, entry := range entries {
			name := entry.Name()
			if ends := path.Ext(name); (ends == ".yaml" || ends == ".yml") && !strings.HasPrefix(name, ".") && !entry.IsDir() {
				f.files++
			}
		}
		// If it cannot be read, the emulator refuses it.
		if err == nil && f.files == 0 && s.sources["scenarios"].rank != byFolder {
			logger.Warn("a folder of --scenarios has no *.yaml or *.yml file at its top", slog.String("folder", dir))
		}
		folders = append(folders, f)
	}
	return folders
}
