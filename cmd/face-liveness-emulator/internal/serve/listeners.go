package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strconv"
	"syscall"

	"github.com/livenesslabs/face-liveness-emulator/cmd/face-liveness-emulator/internal/config"
)

// listen opens an address. For 127.0.0.1 and localhost it also opens ::1 at the
// same port where there is one, because clients resolve "localhost" to either.
func listen(ctx context.Context, s *config.Settings, flag, address string) ([]net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	host, port, _ := net.SplitHostPort(address)
	if host == "localhost" {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	var open net.ListenConfig
	for tries := 1; ; tries++ {
		first, err := open.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, listenError(s, flag, address, err)
		}
		if host != "127.0.0.1" && host != "localhost" {
			return []net.Listener{first}, nil
		}
		twin := net.JoinHostPort("::1", strconv.Itoa(first.Addr().(*net.TCPAddr).Port))
		second, err := open.Listen(ctx, "tcp6", twin)
		if err == nil {
			return []net.Listener{first, second}, nil
		}
		if !inUse(err) {
			return []net.Listener{first}, nil
		}
		// Clients of "localhost" could reach the other program.
		_ = first.Close()
		if port != "0" || tries == 10 {
			return nil, listenError(s, flag, twin, err)
		}
	}
}

// inUse reports whether the address is in use. Package syscall has no name for the error
// of Windows.
func inUse(err error) bool {
	const windows = syscall.Errno(10048) // WSAEADDRINUSE
	return errors.Is(err, syscall.EADDRINUSE) || runtime.GOOS == "windows" && errors.Is(err, windows)
}

func listenError(s *config.Settings, flag, address string, err error) error {
	if !inUse(err) {
		reason := err
		if number, ok := errors.AsType[syscall.Errno](err); ok {
			reason = number
		} else if operation, ok := errors.AsType[*net.OpError](err); ok {
			reason = operation.Err
		}
		return &config.ExitError{Code: config.ExitUsage, Err: fmt.Errorf("%s: cannot listen at %s: %w", s.NameOf(flag), address, reason)}
	}
	who := ""
	if process := ownerOf(s, address); process != 0 {
		who = fmt.Sprintf(" (another face-liveness-emulator, process %d, serves there)", process)
	}
	return &config.ExitError{Code: config.ExitPort, Err: fmt.Errorf(
		"%s: %s is in use%s; stop the other program or choose another address (port 0 picks a free one)", s.NameOf(flag), address, who)}
}

// baseURL returns the base URL of listeners for clients on this machine.
func baseURL(scheme string, listeners []net.Listener) string {
	if len(listeners) == 0 {
		return ""
	}
	addr := listeners[0].Addr().(*net.TCPAddr)
	host := addr.IP.String()
	switch {
	case addr.IP.IsUnspecified() || host == "127.0.0.1":
		host = "localhost"
	case addr.IP.To4() == nil:
		host = "[" + host + "]"
	}
	return scheme + "://" + host + ":" + strconv.Itoa(addr.Port)
}

// beyondLoopback reports whether other machines may be able to connect.
func beyondLoopback(listener net.Listener) bool {
	return !listener.Addr().(*net.TCPAddr).IP.IsLoopback()
}
