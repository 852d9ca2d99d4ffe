package emulator

import (
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// The development keys: two constants in the form of the service's keys. They
// are key 1 and key 2 of one resource, so that rotating keys can be tried.
// They protect nothing.
const (
	Key1 = "face0000face0000face0000face0001"
	Key2 = "face0000face0000face0000face0002"
)

// Options says how an emulator behaves. The zero value is a lenient emulator
// that keeps everything in memory and accepts every key.
type Options struct {
	// State is the folder for sessions, keys and certificates. New creates it if it
	// does not exist. "" keeps everything in memory.
	State string
	// Sync makes every answered write survive a loss of power. Without it, an
	// answered write survives only the end of the process, however it ends.
	Sync bool
	// LockWait is how long New waits, at most, for another process that uses State;
	// 0: New does not wait.
	LockWait time.Duration

	// Restore is the file of a snapshot to start from, and Load a folder of exported
	// sessions, in files whose names end in .json. Set at most one of them. Both are
	// ignored if the state is not empty. The clocks of a snapshot continue from the
	// time that they showed. Exported sessions keep the age that they had.
	Restore, Load string

	// Scenarios are folders of scenario files, in addition to the built-in ones. If the
	// match rules of several scenarios apply, the first one wins: built-in ones, then
	// these folders in order. Names must be unique.
	Scenarios []ScenarioSource
	// ReloadInterval is how often the files of Scenarios are polled, in real time; 0
	// means every second, and a negative value never. Changed files are used for new
	// sessions after two polls that find them the same. If a file is invalid, the
	// scenarios stay as they were, and the log and the body of /readyz say why. An
	// embed.FS is read once.
	ReloadInterval time.Duration
	// Scenario is the name of the default scenario; "" is happy-path.
	Scenario string

	// Seed is the seed for random choices of scenarios and resources that have no seed;
	// 0 means a random seed, which New logs.
	Seed uint64

	// Keys lists the subscription keys to accept; keys of one group share a
	// resource. If it is empty, every non-empty key is accepted and is a separate
	// resource, except that Key1 and Key2 share one.
	Keys [][]string
	// Strict holds callers to the letter of the API's specification where the
	// service is lenient, and device calls to the rates in their token.
	Strict bool
	// StrictVersions refuses versions of the API that are newer than all known
	// ones. Without it, they are served as the newest known one, with a warning.
	StrictVersions bool
	// AttemptsAllowed is the number of attempts of a session, from 1 to 3, in versions
	// of the API that do not set it; 0 means 3.
	AttemptsAllowed int
	// ErrorCodeHeader sends x-ms-error-code on errors: documented, but absent
	// from recorded traffic.
	ErrorCodeHeader bool

	// PublicURL is the base URL in tokens; "" means the one that the creator of the
	// session used.
	PublicURL string
	// TrustedProxies are the networks whose X-Forwarded-Proto, -Host and -For headers
	// are trusted.
	TrustedProxies []netip.Prefix

	// TLSHosts are additional names and addresses in the certificate.
	TLSHosts []string
	// AdminHosts are additional host names for control calls. Loopback names, IP
	// addresses, names without a dot and TLSHosts are always accepted.
	AdminHosts []string
	// AdminToken is the token that control calls need in the header
	// X-Face-Liveness-Admin-Token; "" accepts calls without a token.
	AdminToken string

	// CertFile and KeyFile are a certificate chain and its key to serve instead of a
	// generated one. Set both or neither.
	CertFile, KeyFile string

	// Logger gets one line per request; nil discards them.
	Logger *slog.Logger
	// Version is the version shown in the header X-Face-Liveness-Emulator; ""
	// means the one in the build information.
	Version string
	// SweepInterval is how often expired sessions are removed and their disk space is
	// freed, in real time; 0 means five minutes.
	SweepInterval time.Duration
}

// A ScenarioSource is a folder of scenario files.
type ScenarioSource struct {
	Name string // as error messages show it
	FS   fs.FS  // read by another goroutine, too; see Options.ReloadInterval
}

// withDefaults checks the options and replaces zero values by their defaults.
func (o Options) withDefaults() (Options, error) {
	if o.AttemptsAllowed == 0 {
		o.AttemptsAllowed = 3
	}
	if o.AttemptsAllowed < 1 || o.AttemptsAllowed > 3 {
		return o, optionError("AttemptsAllowed", "is %d; it must be from 1 to 3", o.AttemptsAllowed)
	}
	if (o.CertFile == "") != (o.KeyFile == "") {
		return o, optionError("CertFile", "goes together with KeyFile")
	}
	for _, group := range o.Keys {
		for _, key := range group {
			if key == "" {
				return o, optionError("Keys", "holds an empty key")
			}
		}
		if len(group) == 0 {
			return o, optionError("Keys", "holds an empty group")
		}
	}
	if o.Restore != "" && o.Load != "" {
		return o, optionError("Load", "does not go together with Restore")
	}
	if err := o.checkPublicURL(); err != nil {
		return o, err
	}
	o.PublicURL = strings.TrimRight(o.PublicURL, "/")
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Version == "" {
		o.Version = Version()
	}
	if o.ReloadInterval == 0 {
		o.ReloadInterval = time.Second
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = 5 * time.Minute
	}
	return o, nil
}

func (o Options) checkPublicURL() error {
	if o.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(o.PublicURL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return optionError("PublicURL", "must be a base URL such as https://face.test:10101")
	}
	return nil
}
