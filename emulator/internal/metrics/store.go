package metrics

import (
	"context"
	"time"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

// Operations of a store, as labels.
const (
	methodCreate        = "create"
	methodSession       = "session"
	methodList          = "list"
	methodUpdate        = "update"
	methodDelete        = "delete"
	methodImage         = "image"
	methodSetting       = "setting"
	methodChangeSetting = "change_setting"
	methodSweep         = "sweep"
	methodWalk          = "walk"
	methodReplace       = "replace"
	methodClose         = "close"
	methodCompact       = "compact"
	methodDamaged       = "damaged"
)

func methods() []string {
	return []string{
		methodCreate, methodSession, methodList, methodUpdate, methodDelete, methodImage, methodSetting,
		methodChangeSetting, methodSweep, methodWalk, methodReplace, methodClose, methodCompact, methodDamaged,
	}
}

// Store returns a store that calls the next one and measures how long it takes.
func (m *Metrics) Store(next liveness.Store) liveness.Store { return &store{m: m, next: next} }

// took observes the duration of a method of the store.
func (m *Metrics) took(method string, began time.Time) {
	m.methods[method].Observe(max(0, m.now().Sub(began)).Seconds())
}

// A store measures what liveness.Store asks of every engine.
type store struct {
	m    *Metrics
	next liveness.Store
}

var _ liveness.Store = (*store)(nil)

// Create implements liveness.Store.
func (s *store) Create(ctx context.Context, session liveness.Session, images ...liveness.Image) error {
	defer s.m.took(methodCreate, s.m.now())
	return s.next.Create(ctx, session, images...)
}

// Session implements liveness.Store.
func (s *store) Session(ctx context.Context, id liveness.SessionID) (liveness.Session, error) {
	defer s.m.took(methodSession, s.m.now())
	return s.next.Session(ctx, id)
}

// List implements liveness.Store.
func (s *store) List(
	ctx context.Context, resource liveness.ResourceID, kind liveness.Kind, after liveness.SessionID, limit int,
) ([]liveness.Session, error) {
	defer s.m.took(methodList, s.m.now())
	return s.next.List(ctx, resource, kind, after, limit)
}

// Update implements liveness.Store. It counts the attempts that a change adds. The
// attempts of an automatic session are not stored, and not counted.
func (s *store) Update(
	ctx context.Context, id liveness.SessionID, change func(*liveness.Session) error, images ...liveness.Image,
) (liveness.Session, error) {
	defer s.m.took(methodUpdate, s.m.now())
	before := 0
	session, err := s.next.Update(ctx, id, func(session *liveness.Session) error {
		before = len(session.Attempts)
		return change(session)
	}, images...)
	if err == nil {
		for _, attempt := range session.Attempts[min(before, len(session.Attempts)):] {
			s.m.Attempt(Outcome(attempt))
		}
	}
	return session, err
}

// Delete implements liveness.Store.
func (s *store) Delete(ctx context.Context, id liveness.SessionID) error {
	defer s.m.took(methodDelete, s.m.now())
	return s.next.Delete(ctx, id)
}

// Image implements liveness.Store.
func (s *store) Image(ctx context.Context, id liveness.SessionID, name string) ([]byte, error) {
	defer s.m.took(methodImage, s.m.now())
	return s.next.Image(ctx, id, name)
}

// Setting implements liveness.Store.
func (s *store) Setting(ctx context.Context, name string) ([]byte, error) {
	defer s.m.took(methodSetting, s.m.now())
	return s.next.Setting(ctx, name)
}

// ChangeSetting implements liveness.Store.
func (s *store) ChangeSetting(ctx context.Context, name string, change func(old []byte) ([]byte, error)) ([]byte, error) {
	defer s.m.took(methodChangeSetting, s.m.now())
	return s.next.ChangeSetting(ctx, name, change)
}

// Sweep implements liveness.Store.
func (s *store) Sweep(ctx context.Context, now func(liveness.ResourceID) time.Time) (int, error) {
	defer s.m.took(methodSweep, s.m.now())
	return s.next.Sweep(ctx, now)
}

// Walk implements liveness.Store.
func (s *store) Walk(ctx context.Context, scope liveness.Scope, visit func(liveness.Stored) error) (int, error) {
	defer s.m.took(methodWalk, s.m.now())
	return s.next.Walk(ctx, scope, visit)
}

// Replace implements liveness.Store.
func (s *store) Replace(ctx context.Context, scope liveness.Scope, fill func(stage func(liveness.Stored) error) error) error {
	defer s.m.took(methodReplace, s.m.now())
	return s.next.Replace(ctx, scope, fill)
}

// Compact implements liveness.Store.
func (s *store) Compact(ctx context.Context) error {
	defer s.m.took(methodCompact, s.m.now())
	return s.next.Compact(ctx)
}

// Damaged implements liveness.Store.
func (s *store) Damaged(ctx context.Context) ([]liveness.Damage, error) {
	defer s.m.took(methodDamaged, s.m.now())
	return s.next.Damaged(ctx)
}

// Close implements liveness.Store.
func (s *store) Close() error {
	defer s.m.took(methodClose, s.m.now())
	return s.next.Close()
}
