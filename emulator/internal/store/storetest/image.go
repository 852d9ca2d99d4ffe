package storetest

import (
	"fmt"
	"slices"

	"github.com/livenesslabs/face-liveness-emulator/emulator/internal/liveness"
)

func imageChecks() []check {
	return []check{
		{"SizesAtEveryEdge", (*suite).imageSizes},
		{"ReplaceBySizesAtEveryEdge", (*suite).imageReplace},
		{"SeveralAtOnce", (*suite).imageSeveral},
		{"SameNameTwiceKeepsTheLast", (*suite).imageTwice},
		{"Names", (*suite).imageNames},
	}
}

// edges are image sizes around each power of two, where engines have chunks, thresholds
// and limits, and around the service's largest image.
func edges() []int {
	sizes := []int{0, 1, 6<<20 - 1, 6 << 20, 6<<20 + 1}
	for size := 2; size <= 2<<20; size *= 2 {
		sizes = append(sizes, size-1, size, size+1)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

func (s *suite) imageSizes() {
	for n, size := range edges() {
		image := s.image(liveness.VerifyImageName, size)
		session := s.created(n, image)
		s.wantImage(session.ID, image)
		s.wantSession(session)
		if err := s.store.Delete(s.Context(), session.ID); err != nil {
			s.Fatalf("Delete with an image of %d bytes = %v, want nil", size, err)
		}
		s.wantNoSession(session.ID)
	}
}

func (s *suite) imageReplace() {
	session := s.created(1, s.image("a", 1000))
	sizes := edges()
	s.rand.Shuffle(len(sizes), func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	for _, size := range sizes {
		image := s.image("a", size)
		s.update(session.ID, size, image)
		s.wantImage(session.ID, image)
	}
}

func (s *suite) imageSeveral() {
	var images []liveness.Image
	for n := range 20 {
		images = append(images, s.image(fmt.Sprintf("image-%d", n), 100_000*(n%3)+n))
	}
	session := s.created(1, images[:10]...)
	s.update(session.ID, 1, images[10:]...)
	for _, image := range images {
		s.wantImage(session.ID, image)
	}
}

func (s *suite) imageTwice() {
	first, second, third := s.image("a", 70_000), s.image("a", 20), s.image("a", 90_000)
	session := s.created(1, first, second)
	s.wantImage(session.ID, second)
	s.update(session.ID, 1, first, third)
	s.wantImage(session.ID, third)
}

func (s *suite) imageNames() {
	var images []liveness.Image
	for n, name := range []string{"", "a", "ab", "a/b", "a\x00", "\xff", "漢字.jpg", liveness.VerifyImageName} {
		images = append(images, s.image(name, 1000+n))
	}
	session := s.created(1, images...)
	for _, image := range images {
		s.wantImage(session.ID, image)
	}
}
