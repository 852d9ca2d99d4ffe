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
	// State is the folder for sessions, keys and certificates; it is made if
	// it is not there. "" keeps everything in memory.
	State string
	// Sync makes every answered write survive a loss of power. Without it, an
	// answered write survives the death of the process.
	Sync bool
	// LockWait is how long to wait for another process that still holds State,
	// at most. 0 means not at all.
	LockWait time.Duration

	// Restore is a file that a snapshot was written to, and Load a folder with files of
	// exported sessions, whose names end in .json: what a State that is new begins
	// with. A State that has had sessions keeps what it has. "" is nothing; at most one
	// of them can be given. A snapshot's clocks go on from what they showed, whereas
	// exported sessions are made as old as they were then.
	Restore, Load string

	// Scenarios are folders of scenario files beside the built-in ones. Where the
	// match rules of several hold, the first in order wins, built-in ones before
	// these. A name may be used only once in all.
	Scenarios []ScenarioSource
	// ReloadInterval is how often the files of Scenarios are looked at, in real
	// time; 0 means every second, less never. When they have changed and stayed so
	// for two looks, new sessions get what they say; if something is wrong then,
	// the scenarios stay as they were, and the log and the body of /readyz say why.
	// An embed.FS is read once.
	ReloadInterval time.Duration
	// Scenario is the name of the scenario for sessions that no other rule
	// gives one; "" is happy-path.
	Scenario string

	// Seed feeds the random choices of scenarios, where neither they nor the
	// resource name one; 0 means a random seed, which New logs.
	Seed uint64

	// Keys lists the subscription keys to accept; keys of one group share a
	// resource. Empty: every non-empty key is accepted and names a resource of
	// its own, with Key1 and Key2 sharing one.
	Keys [][]string
	// Strict holds callers to the letter of the API's specification where the
	// service is lenient, and device calls to the rates in their token.
	Strict bool
	// StrictVersions refuses versions of the API that are newer than all known
	// ones. Without it they are served as the newest one, with a warning.
	StrictVersions bool
	// AttemptsAllowed is how many attempts a session has in versions of the
	// API that do not say, from 1 to 3; 0 means 3.
	AttemptsAllowed int
	// ErrorCodeHeader sends x-ms-error-code on errors: documented, but absent
	// from recorded traffic.
	ErrorCodeHeader bool

	// PublicURL is the base URL that tokens send clients to; "" means the one
	// the creator of the session used.
	PublicURL string
	// TrustedProxies may say by X-Forwarded-Proto and -Host which URL that was,
	// and by X-Forwarded-For who calls.
	TrustedProxies []netip.Prefix

	// TLSHosts are further names and addresses for the certificate.
	TLSHosts []string
	// AdminHosts are further names by which clients may call the control surface. It
	// knows loopback names, IP addresses, names without a dot and TLSHosts.
	AdminHosts []string
	// AdminToken is what calls of the control surface must carry in the header
	// X-Face-Liveness-Admin-Token; "" lets in everyone who can connect.
	AdminToken string

	// CertFile and KeyFile are a certificate (chain) and key to serve instead of
	// one of the emulator's own CA. Both or neither.
	CertFile, KeyFile string

	// Logger gets one line a request; nil discards them.
	Logger *slog.Logger
	// Version is the version shown in the header X-Face-Liveness-Emulator; ""
	// means the one in the build information.
	Version string
	// SweepInterval is how often expired sessions are removed and disk space is
	// given back, in real time; 0 means five minutes.
	SweepInterval time.Duration
}

// A ScenarioSource is a folder of scenario files.
type ScenarioSource struct {
	Name string // as error messages show it
	FS   fs.FS  // read by another goroutine, too; see Options.ReloadInterval
}

// withDefaults checks the options and fills in what is not given.
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
