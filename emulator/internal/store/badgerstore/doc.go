// Package badgerstore is the store that keeps sessions in a folder, in a Badger
// database.
//
// # Keys
//
// The first byte of a key says what it is. Names in front of something else are
// written behind their length (a varint), so no name can run into the next.
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
//	i #id write                    a write to this session is under way and may have
//	                               left chunks behind; 8 random bytes; no value
//	s name                         a setting: CRC-32C of the value, and the value, which
//	                               is at most 1 MiB
//	x                              a moment long, for Compact
//
// and, while a Replace is under way,
//
//	g id                           a staged session: the number of its mark, 8 bytes,
//	                               0 if it has no chunks, and the record
//	h name                         a staged setting, with its checksum
//	d name                         a setting that is about to go away
//	m                              what is staged takes the place of what was there:
//	                               CRC-32C of the rest, the version of that, whether
//	                               it is about all resources, whether something is
//	                               staged, and the resource
//
// # Writes
//
// What belongs together is one transaction: the record, its two index keys and,
// if they fit, its chunks. Larger images go ahead in transactions of their own,
// the first of which also leaves a mark (i); the transaction with the record
// makes them the session's and takes the mark away. In the same way what a
// removed or replaced record named is removed with it, or after it under a
// mark. A process that dies in between leaves unreachable chunks and the mark,
// and Sweep follows the mark. All writes to one session, Sweep included, hold
// its lock, so a mark that Sweep finds is never of a write that goes on. Changes of
// settings hold a lock of their own.
//
// With these locks transactions cannot conflict, and Badger's own detection is
// off. Badger's expiry is not used: it asks the system's clock.
//
// # Replace
//
// What Replace puts in place of a resource, or of all of them, can be larger than
// any transaction. So it is staged first, beside what is there (g, h): images
// where they are to be, under new blobs and a mark, each with the record that
// names them or after it. Nothing reads that but Sweep, which keeps what a staged
// record names. Then, while all other calls wait, the names of the settings that go
// away are noted (d), and the marker (m) is written. That is the moment which
// decides: a process that dies before it has changed nothing, and the next Open
// removes what was staged; one that dies after it has the next Open finish, before
// anything is read. To finish is to remove the sessions that are not as staged, to
// put the staged ones under their keys, to do the same with settings, and to remove
// the marker, in this order; it can begin anew at any point. What was staged goes
// last. A Replace that only removes stages nothing.
//
// Walk reads a snapshot of Badger, taken between two replacements.
//
// # What is stored
//
// An answered write is in files mapped into memory, so it survives the death of
// the process. With Options.Sync it is flushed to the disk first, together with
// the writes of others that wait, and survives a loss of power.
//
// # Damage
//
// Badger trusts its files: it panics over some damage, takes a damaged block of
// a table for one that does not have the key, and what a damaged log says from
// the damage on for what a crash left unfinished. So Open looks first, and
// refuses the folder with ErrCorrupt rather than lose a session:
//
//   - Tables (.sst), which have all keys and small records: every checksum is
//     verified at every Open. About 30 MB of them are a hundred thousand sessions
//     and take about 15 ms.
//   - MANIFEST, KEYREGISTRY, the newest value log file (.vlog), and which value
//     log files there are and how long: Close leaves their checksums in SEAL, and
//     Open compares. SEAL is removed before the folder is used, so it is not
//     there after a crash. Logs of memtables (.mem) are only there after one.
//   - Older value log files have large records and images, a checksum with each,
//     which is verified when it is read. Such damage is liveness.ErrDamaged, for
//     the sessions it hits, and logged once for each. When Compact gives back the
//     space of a file, what follows the damage in it is lost as well, and then is
//     ErrDamaged.
//   - DISCARD, which counts garbage, is removed if Badger could not work with it.
//
// Without SEAL a damaged end of a log looks like one that was being written when
// the process or the machine stopped: an entry whose length or checksum is wrong,
// and nothing behind it that is known to have been there. So if the folder was
// not closed, or SEAL is gone, and one of these is damaged or removed on top of
// that, this is lost and nobody says so:
//
//   - .mem: the writes from the damage on, at most the last 2 MiB or so of keys
//     and small records.
//   - MANIFEST: what was written from a damaged length on, or with its end cut
//     off: the tables named there, with all that is in them. Other damage in it
//     is ErrCorrupt.
//
// In the newest value log file, what follows the damage is lost too, but the keys
// are not, so it is ErrDamaged.
//
// Damage that comes while the folder is open is found by the next Open, not
// before; until then a lookup may miss a session, and a file that somebody cuts
// off ends the process.
package badgerstore
