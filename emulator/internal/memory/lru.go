package memory

import "container/list"

// An lru keeps at most limit values. With more, it drops the one that was not used for
// longest.
type lru[K comparable, V any] struct {
	limit   int
	entries map[K]*list.Element // of *entry[K, V]
	used    *list.List          // the one that was used last is in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int) *lru[K, V] {
	return &lru[K, V]{limit: limit, entries: map[K]*list.Element{}, used: list.New()}
}

func (l *lru[K, V]) get(key K) (value V, known bool) {
	element, known := l.entries[key]
	if !known {
		return value, false
	}
	l.used.MoveToFront(element)
	return element.Value.(*entry[K, V]).value, true
}

// put sets a value and returns how many values the cache has gained: one or zero.
func (l *lru[K, V]) put(key K, value V) (more int) {
	if element, known := l.entries[key]; known {
		element.Value.(*entry[K, V]).value = value
		l.used.MoveToFront(element)
		return 0
	}
	if len(l.entries) >= l.limit {
		oldest, _ := l.oldest()
		more -= l.remove(oldest)
	}
	l.entries[key] = l.used.PushFront(&entry[K, V]{key, value})
	return more + 1
}

// oldest returns the least recently used value and its key. The cache must not be empty.
func (l *lru[K, V]) oldest() (K, V) {
	oldest := l.used.Back().Value.(*entry[K, V])
	return oldest.key, oldest.value
}

// remove returns how many values it has removed: one or zero.
func (l *lru[K, V]) remove(key K) (removed int) {
	element, known := l.entries[key]
	if !known {
		return 0
	}
	l.used.Remove(element)
	delete(l.entries, key)
	return 1
}
