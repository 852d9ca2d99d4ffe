// Package badgerstore keeps sessions in a folder, in a Badger database.
//
// # Keys
//
// The first byte of a key is its kind. A name that another part follows is preceded by
// its length (a varint, #), so that no name can run into the next.
//
//	f                              version of the layout of the folder, 4 bytes
//	v                              highest version of the records in the folder, 4 bytes;
//	                               not there before version 5
//	r id                           a session, see package record
//	l #resource #kind id           a session for List; no value
//	e #resource expires id         a session for Sweep; no value; expires is 12 bytes
//	                               that sort like the time
//	c #id blob number              a chunk of an image; blob is 8 random bytes,
//	                               number 4 bytes from 0; the record says which
//	                               blobs are the session's
//	i #id write                    mark of a write to this session that may have left
//	                               chunks behind; 8 random bytes; no value
//	s name                         a setting: CRC-32C of the value, and the value, which
//	                               is at most 1 MiB
//	x                              written and removed by Compact
//
// and, while a Replace is under way,
//
//	g id                           a staged session: the number of its mark, 8 bytes,
//	                               0 if it has no chunks, and the record
//	h name                         a staged setting, with its checksum
//	d name                         a setting that will be removed
//	m                              marker of a decided replacement: CRC-32C of the
//	                               rest, version of the rest, whether the scope is all
//	                               resources, whether something is staged, and the
//	                               resource
//
// # Writes
//
// A write is one transaction: the record, its two index keys and, if they fit, its
// chunks. Larger images are stored before, in separate transactions, the first of which
// also stores a mark (i); the transaction with the record makes them reachable and
// removes the mark. In the same way, the chunks that a removed or replaced record named
// are removed with it, or after it under a mark. A process that dies in between leaves
// unreachable chunks and the mark, and Sweep removes both. All writes to one session,
// and Sweep, hold its lock, so a mark that Sweep finds never belongs to a running write.
// Changes of settings hold another lock.
//
// With these locks transactions cannot conflict, and Badger's detection of conflicts is
// off. Badger's expiry is not used, because it follows the clock of the system.
//
// # Replace
//
// The new data of a resource, or of all of them, can be larger than any transaction. So
// Replace stages it first, beside the current data (g, h): images under their final
// keys, with new blobs and a mark, each with the record that names them or after it.
// Only Sweep reads staged data: it keeps the chunks that a staged record names. Then,
// while all other calls wait, Replace stores the names of the settings to remove (d) and
// the marker (m). The marker decides: if the process dies before it is stored, nothing
// has changed, and the next Open removes the staged data; if it dies after that, the
// next Open finishes the replacement before anything is read. To finish, it removes the
// sessions that differ from the staged ones, stores the staged ones under their keys,
// does the same with settings, and removes the marker, in this order; it can begin again
// at any point. The staged data is removed last. A Replace that only removes stages
// nothing.
//
// Walk reads a snapshot of Badger, taken between two replacements.
//
// # Durability
//
// An answered write is in files mapped into memory, so it survives the death of
// the process. With Options.Sync it is flushed to the disk first, together with
// the writes of others that wait, and survives a loss of power.
//
// # Damage
//
// Badger trusts its files: it panics over some damage, and takes a damaged log for one
// that a crash left unfinished. So Close leaves the checksums of all files in the folder
// (package seal), and Open compares them first: a closed folder is served whole, or
// refused with ErrCorrupt. Two kinds of files are exceptions:
//
//   - Older value log files have large records and images, each with a checksum that
//     is verified when it is read. Such damage is liveness.ErrDamaged for the
//     sessions that it concerns, and logged once for each. When Compact gives back
//     the space of a file, the data behind the damage is lost as well, and then is
//     ErrDamaged.
//   - DISCARD, which counts garbage, is removed if it was damaged.
//
// A folder that was not closed has no checksums of files, only those of Badger and of
// records. Open compares those in its tables (.sst), and refuses a folder with a damaged
// one. A damaged end of a log (.mem, MANIFEST, the newest .vlog) looks like one that was
// being written when the process stopped: the data behind the damage is lost without an
// error.
//
// Damage that happens while the folder is open is found by the next Open. Until then a
// lookup may miss a session, and truncating a file ends the process.
package badgerstore
