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
//	r id                           home of a session: its record, see package record, and
//	                               the number of its generation, see Generations
//	R #id generation resource      a session whose home is taken, in the same form
//	L #resource gen #kind id       a session for List; no value; gen is a varint
//	E #resource gen expires id     a session for Sweep, and backwards for Newest; no value;
//	                               expires is 12 bytes that sort like the time
//	n created id gen resource len  a session for Newest among all; no value; created is
//	                               like expires, gen has 8 bytes; len is that of the id
//	c #id blob number              a chunk of an image; blob is 8 random bytes,
//	                               number 4 bytes from 0; the record says which
//	                               blobs are the session's
//	i #id write                    mark of a write to this session that may have left
//	                               chunks behind; 8 random bytes; no value
//	s name                         a setting in generation 0: CRC-32C of the value, and
//	                               the value, which is at most 1 MiB
//	S #name gen                    its layer in another generation; one byte if the
//	                               setting was removed there
//	p resource, P                  the pointer of a resource, and of all resources: the
//	                               number of the generation, and the turn
//	w gen                          a call of Replace that something is left to do for: the
//	                               owner, the status, the turn, the pointer before it, and
//	                               the time
//	x                              written and removed by Compact
//
// Folders of format 1 have neither generations nor the index n. Open gives them new index
// keys, see migrate.go; their records stay as they are, in generation 0.
//
// # Writes
//
// A write is one transaction: the record, its index keys and, if they fit, its
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
// # Generations
//
// Replace and Undo switch from one generation to another, see package generation. A session
// is in force if its generation is that of its resource; other calls pass over all others.
// So a Replace of any size stages its sessions where they will be, in a generation that is
// not in force yet, and then moves a pointer, in one transaction for which other calls
// wait. Undo moves it back. If the process dies before the switch, its key w tells that
// what is staged is garbage. If it dies after the switch, the new generation is in force,
// and Undo can still bring the one before back.
//
// Ids are unique among the sessions in force only. The record of a session lies in the home
// of its id, r, whatever its generation, if that is free. Otherwise it lies under R, and the
// call that removes the record in the home moves another one there in the same transaction.
// So a read is one lookup. It is two only while the home has a session that is not in force:
// from a restore of the same sessions until Sweep has removed those before. Sessions of
// several resources that have an id in common are noted in memory, because a switch must not
// put two of them in force.
//
// Indexes have the generation behind the resource, so that those in force are read alone.
// All sessions expire equally long after their creation, so the index for Sweep, read
// backwards, is that of Newest for a resource. Among all sessions, Newest passes over those
// that are not in force.
//
// A setting has layers, one for each Replace that stored or removed it; the last one holds.
// Replace stores the staged ones before the switch. Layers that remove settings are in the
// transaction of the switch, or before it if they are too many. When layers cannot be undone
// any more, Sweep moves the value of the last one to generation 0.
//
// A generation that Undo can bring back stays, at most one for each resource and one for all.
// Sweep removes the others in pages: first it stores that Undo is over (w), then it removes
// layers and sessions, and at last w. It also removes pointers that Undo does not need and
// that have no effect, or whose resources have no sessions. A staged record is stored with
// the chunks that it names or before them, so that there are no chunks that no record names.
//
// Walk reads a snapshot of Badger, and the pointers of that moment.
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
