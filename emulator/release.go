package emulator

import "runtime/debug"

// Release returns the version of the emulator that is linked into the program:
// its module version, or "devel".
func Version() string {
	const path = "github.com/livenesslabs/face-liveness-emulator"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	modules := append([]*debug.Module{&info.Main}, info.Deps...)
	for _, module := range modules {
		if module.Path == path && module.Version != "" && module.Version != "(devel)" {
			return module.Version
		}
	}
	return "devel"
}
