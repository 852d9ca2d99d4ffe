package certs

import "sync"

// A Keep keeps the CA between runs, and for every process that uses the same one. It
// calls change with what is kept, which is nil if nothing is, and keeps and returns
// what change returns: private key and certificate in PEM form. An error of change
// comes back and leaves what is kept as it is. A Keep may call change again when
// another process was faster. It calls nothing else of this package.
//
// Folder and Memory are the two there are. A setting of a shared store is a third:
//
//	func(change func([]byte) ([]byte, error)) ([]byte, error) {
//		return store.ChangeSetting(ctx, "ca", change)
//	}
type Keep func(change func(kept []byte) ([]byte, error)) ([]byte, error)

// Memory returns a Keep that forgets the CA with the process.
func Memory() Keep {
	var (
		mu     sync.Mutex
		memory []byte
	)
	return func(change func([]byte) ([]byte, error)) ([]byte, error) {
		mu.Lock()
		defer mu.Unlock()
		changed, err := change(memory)
		if err != nil {
			return nil, err
		}
		memory = changed
		return changed, nil
	}
}
