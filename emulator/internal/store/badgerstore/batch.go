package badgerstore

// A batch stores many entries, in their order, in transactions that are as large as the
// limits allow.
type batch struct {
	*Store
	stage   string // the stage that a test sees after each transaction
	entries []entry
	left    limits
}

func (s *Store) newBatch(stage string) batch { return batch{Store: s, stage: stage, left: s.limits} }

// add adds entries that must be in one transaction. The batch keeps them.
func (b *batch) add(unit ...entry) error {
	n, left := b.left.fit(unit)
	if len(b.entries) > 0 && (n < len(unit) || left.entries < 0 || left.inline < 0 || left.values < 0) {
		if err := b.flush(); err != nil {
			return err
		}
		_, left = b.left.fit(unit)
	}
	b.entries, b.left = append(b.entries, unit...), left
	return nil
}

// flush stores the entries that are not stored yet.
func (b *batch) flush() error {
	if len(b.entries) == 0 {
		return nil
	}
	entries := b.entries
	b.entries, b.left = nil, b.limits
	if err := b.apply(entries); err != nil {
		return err
	}
	return b.reached(b.stage)
}

// removeAll removes all keys that begin with one of these.
func (s *Store) removeAll(prefixes ...byte) error {
	b := s.newBatch(stageMigrated)
	for _, prefix := range prefixes {
		err := s.eachKey([]byte{prefix}, func(key []byte) error {
			return b.add(entry{key: append([]byte{}, key...)})
		})
		if err != nil {
			return err
		}
	}
	return b.flush()
}
