package badgerstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store"
	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/store/record"
)

// chunkSize is the number of bytes of an image under one key. Smaller chunks need more
// keys, and larger ones make the sizes of Badger's value log files uneven.
const chunkSize = 128 << 10

// putImages adds images to a session and to the write that stores it. An image that the
// session has under the same name is removed after that.
func (w *write) putImages(stored *record.Stored, images []liveness.Image) {
	for n, image := range images {
		again := slices.ContainsFunc(images[n+1:], func(later liveness.Image) bool { return later.Name == image.Name })
		if again {
			continue
		}
		entry := w.putImage(image)
		if i := slices.IndexFunc(stored.Images, named(image.Name)); i >= 0 {
			w.dropImage(stored.Images[i])
			stored.Images[i] = entry
		} else {
			stored.Images = append(stored.Images, entry)
		}
	}
}

// putImage adds the chunks of an image and returns its entry in the manifest.
func (w *write) putImage(image liveness.Image) record.Image {
	stored := record.Image{
		Name: image.Name,
		Blob: randomNumber(),
		Size: len(image.Bytes),
		Sum:  record.Sum(image.Bytes),
	}
	for chunk := range slices.Chunk(image.Bytes, chunkSize) {
		w.before = append(w.before, entry{key: chunkKey(w.id, stored.Blob, stored.Chunks), value: chunk})
		stored.Chunks++
	}
	return stored
}

// dropImage removes the chunks of an image.
func (w *write) dropImage(image record.Image) {
	for number := range image.Chunks {
		w.after = append(w.after, entry{key: chunkKey(w.id, image.Blob, number)})
	}
}

func named(name string) func(record.Image) bool {
	return func(image record.Image) bool { return image.Name == name }
}

// Image implements store.Store. An image that has changed on the disk is
// liveness.ErrDamaged.
func (s *Store) Image(ctx context.Context, id liveness.SessionID, name string) ([]byte, error) {
	defer s.observe(store.MethodImage)()
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.gate.RUnlock()
	var image []byte
	missing := false
	err := s.read(func(txn *badger.Txn) error {
		stored, err := s.find(txn, s.state.Load(), id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(stored.Images, named(name))
		if missing = i < 0; missing {
			return nil
		}
		image, err = bytesOf(txn, id, stored.Images[i])
		return err
	})
	if missing {
		return nil, fmt.Errorf("image %q of session %q: %w", name, id, liveness.ErrNotFound)
	}
	if err != nil {
		return nil, s.explain(id, err)
	}
	return image, nil
}

// bytesOf joins the chunks of an image, as they are in the snapshot.
func bytesOf(txn *badger.Txn, id liveness.SessionID, image record.Image) ([]byte, error) {
	// A damaged record must not cause a large allocation.
	whole := make([]byte, 0, min(image.Size, 8<<20))
	for number := range image.Chunks {
		err := value(txn, chunkKey(id, image.Blob, number), func(b []byte) error {
			whole = append(whole, b...)
			return nil
		})
		if errors.Is(err, errAbsent) {
			return nil, errUnreadable
		} else if err != nil {
			return nil, err
		}
	}
	if len(whole) != image.Size || record.Sum(whole) != image.Sum {
		return nil, errUnreadable
	}
	return whole, nil
}
