package scenario

// Covers is Pattern.covers.
func Covers(p, other Pattern) bool { return p.covers(other) }
