package liveness

// A Call is what a scenario can be chosen by. What is not given is "", and 0.
type Call struct {
	Scenario string // pinned by the caller
	Queued   string // that waited for the next session of the resource
	Default  string // of the resource
	Seed     uint64 // of the resource
	// PinnedSeed is what the choices of this very session are to be drawn from, by
	// its creator's wish; 0: no wish.
	PinnedSeed uint64

	Resource            ResourceID
	APIVersion          string
	Kind                Kind
	Mode                OperationMode
	DeviceCorrelationID string
	UserCorrelationID   string
	VerifyImageFileName string
	VerifyImageSHA256   string // lower-case hexadecimal digits
	VerifyImageSize     int    // bytes
	Header              func(name string) []string
}
