package config

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// The entries of --config-dir. Each is the value of a flag that is set nowhere else.
const (
	dirConfig    = "config"           // --config
	dirScenarios = "scenarios.d"      // --scenarios
	dirLoad      = "load"             // --load
	dirRestore   = "restore.snapshot" // --restore
	dirTLS       = "tls"              // folder of the two below
	dirTLSCert   = "tls/tls.crt"      // --tls-cert
	dirTLSKey    = "tls/tls.key"      // --tls-key
)

// completeConfig uses the configuration file of --config-dir unless --config names another.
func (s *Settings) completeConfig() error {
	if s.configDir == "" {
		return nil
	}
	if info, err := os.Stat(s.configDir); err != nil {
		return fmt.Errorf("%s: %w", s.NameOf("config-dir"), FileError(s.configDir, err))
	} else if !info.IsDir() {
		return fmt.Errorf("%s: %s is not a folder", s.NameOf("config-dir"), s.configDir)
	}
	if file, exists := s.inConfigDir(dirConfig); exists && s.Sources["config"].rank == byDefault {
		s.config = file
		s.Sources["config"] = source{rank: byFolder, place: file}
	}
	return nil
}

// completeFromDir sets the flags that are set nowhere else from --config-dir. Flags that
// belong together get their values from one place.
func (s *Settings) completeFromDir(flags *pflag.FlagSet) error {
	if s.configDir == "" {
		return nil
	}
	for _, group := range [][]struct{ flag, entry string }{
		{{"scenarios", dirScenarios}},
		{{"load", dirLoad}, {"restore", dirRestore}},
		{{"tls-cert", dirTLSCert}, {"tls-key", dirTLSKey}},
	} {
		if slices.ContainsFunc(group, func(each struct{ flag, entry string }) bool { return s.Sources[each.flag].rank > byFolder }) {
			continue
		}
		for _, each := range group {
			path, exists := s.inConfigDir(each.entry)
			if !exists || each.entry == dirLoad && !hasEntries(path) {
				continue
			}
			s.Sources[each.flag] = source{rank: byFolder, place: path}
			if each.flag == "scenarios" {
				s.Scenarios = list{path} // not by Set: its name may contain a comma
			} else if err := flags.Set(each.flag, path); err != nil {
				return err
			}
		}
	}
	return nil
}

// inConfigDir returns the path of an entry and whether it exists. An entry without read
// permission exists: reading it later gives the error.
func (s *Settings) inConfigDir(entry string) (path string, exists bool) {
	path = filepath.Join(s.configDir, filepath.FromSlash(entry))
	_, err := os.Stat(path)
	return path, !errors.Is(err, fs.ErrNotExist)
}

// hasEntries reports whether a folder has visible entries or cannot be read. Kubernetes
// puts hidden entries into its mounts.
func hasEntries(folder string) bool {
	entries, err := os.ReadDir(folder)
	return err != nil || slices.ContainsFunc(entries, func(entry os.DirEntry) bool { return !strings.HasPrefix(entry.Name(), ".") })
}

// WarnConfigDir warns of unknown entries in --config-dir.
func (s *Settings) WarnConfigDir(logger *slog.Logger) {
	if s.configDir == "" {
		return
	}
	known := []string{dirConfig, dirScenarios, dirLoad, dirRestore, dirTLS}
	entries, _ := os.ReadDir(s.configDir)
	for _, entry := range entries {
		if name := entry.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(known, name) {
			logger.Warn("unknown entry in the configuration folder ignored", slog.String("entry", filepath.Join(s.configDir, name)),
				slog.String("hint", "known entries: "+strings.Join(known, ", ")))
		}
	}
}
