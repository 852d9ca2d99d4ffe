package token

import "sync"

// maxVerified is how many tokens a key remembers to have verified: with their
// 1.6 KB each, less than 4 MB.
const maxVerified = 2048

// A verified remembers tokens that were found good, because a device shows the
// same one with every call and checking a signature is most of what such a call
// costs. What follows from a token never changes; whether its session still is
// there and its time has passed is for others to judge, every time. The zero
// value is ready to use, by several goroutines.
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

// add keeps a token, and forgets any other one when there are too many.
func (v *verified) add(compact string, grant Grant) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.grants == nil {
		v.grants = make(map[string]Grant, maxVerified)
	}
	if len(v.grants) >= maxVerified {
		for other := range v.grants {
			delete(v.grants, other)
			break
		}
	}
	v.grants[compact] = grant
}
