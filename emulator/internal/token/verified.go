package token

import "sync"

// maxVerified is the number of tokens that a key keeps: at 1.6 KB each,
// less than 4 MB.
const maxVerified = 2048

// A verified is a cache of tokens that were issued or verified: a device sends the same
// one with every call, and checking the signature is most of the cost of such a call. The contents
// of a token never change; the caller checks with every call whether its session
// exists and whether it has expired. The zero value is ready to use, also by several
// goroutines.
type verified struct {
	mu     sync.RWMutex
	grants map[string]Grant
}

func (v *verified) find(compact string) (Grant, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	grant, ok := v.grants[compact]
	return grant, ok
}

// add adds a token, and removes any other one if there are too many.
func (v *verified) add(compact string, grant Grant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.grants == nil {
		v.grants = map[string]Grant{}
	}
	if len(v.grants) >= maxVerified {
		for other := range v.grants {
			delete(v.grants, other)
			break
		}
	}
	v.grants[compact] = grant
}
