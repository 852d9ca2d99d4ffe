package badgerstore

import (
	"context"
	"errors"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Walk implements liveness.Store.
func (s *Store) Walk(context.Context, liveness.Scope, func(liveness.Stored) error) (int, error) {
	return 0, errors.New("unfinished")
}

// Replace implements liveness.Store.
func (s *Store) Replace(context.Context, liveness.Scope, func(func(liveness.Stored) error) error) error {
	return errors.New("unfinished")
}
