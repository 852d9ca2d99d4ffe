// Package badgerstore is the store that keeps sessions in a folder, in a Badger
// database.
//
// # Keys
//
// The first byte of a key says what it is. Names in front of something else are
// written behind their length (a varint), so no name can run into the next.
//
//	f                              version of the layout of the folder, 4 bytes
//	r id                           a session, see package record
//	l #resource #kind id           a session for List; no value
//	e #resource expires id         a session for Sweep; no value; expires is 12 bytes
//	                               that sort like the time
//	c #id blob number              a chunk of an image; blob is 8 random bytes,
//	                               number 4 bytes from 0; the record says which
//	                               blobs are the session's
//	i #id write                    a write to this session is under way and may have
//	                               left chunks behind; 8 random bytes; no value
//	s name                         a setting: CRC-32C of the value, and the value
//	x                              a moment long, for Compact
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
// its lock, so a mark that Sweep finds is never of a write that goes on.
//
// With these locks transactions cannot conflict, and Badger's own detection is
// off. Badger's expiry is not used: it asks the system's clock.
//
// # What is stored
//
// An answered write is in files mapped into memory, so it survives the death of
// the process. With Options.Sync it is flushed to the disk first, together with
// the writes of others that wait, and survives a loss of power.
package badgerstore
