package certs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Files of the CA. keyFile has the key and the certificate; certFile is a copy of
// the certificate for clients.
const (
	certFile = "ca.pem"
	keyFile  = "ca-key.pem"

	certMode = 0o644
	keyMode  = 0o600
	dirMode  = 0o700
)

// Folder returns a Keep that keeps the CA in a folder, with ca.pem (the certificate,
// readable by everyone) and ca-key.pem (key and certificate, readable by the owner).
// The folder is created if it does not exist. If a file cannot be used, the error is
// ErrDamaged or that of the system.
func Folder(dir string) Keep { return folder(dir).keep }

// A folder has the files of a CA.
type folder string

func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// damaged returns an ErrDamaged with the file, the reason and how to go on.
func (f folder) damaged(name string, reason error, remedy string) error {
	return fmt.Errorf("%w: %s: %w; %s", ErrDamaged, f.path(name), reason, remedy)
}

const (
	remedyBoth = "restore it from a backup, or delete " + keyFile + " and " + certFile +
		" to create a new CA, which all clients have to trust"
	remedyCopy = "delete it to write it again from " + keyFile
)

// keep is a Keep.
func (f folder) keep(change func([]byte) ([]byte, error)) ([]byte, error) {
	kept, err := f.read()
	exists := !errors.Is(err, fs.ErrNotExist)
	if exists && err != nil {
		return nil, err
	}
	changed, err := change(kept)
	switch {
	case err != nil:
		return nil, err
	case exists && bytes.Equal(changed, kept):
		return kept, nil
	case exists:
		return changed, f.save(changed)
	}
	if err := os.MkdirAll(string(f), dirMode); err != nil {
		return nil, fmt.Errorf("make CA folder: %w", err)
	}
	if err := f.create(keyFile, changed, keyMode); err != nil {
		return nil, err
	}
	// Another process may have been first; then this is its root.
	return f.read()
}

// read returns the root in the folder as encode does. Without a root, the error is
// fs.ErrNotExist.
func (f folder) read() ([]byte, error) {
	r, err := f.load()
	if err != nil {
		return nil, err
	}
	return r.encode()
}

// load reads the root and repairs the copy of its certificate. If the folder has
// no root, the error is fs.ErrNotExist.
func (f folder) load() (root, error) {
	// The copy is written after the key and so is read before it: then a copy
	// without a key is never the unfinished work of another process.
	published, certErr := os.ReadFile(f.path(certFile))
	if certErr != nil && !errors.Is(certErr, fs.ErrNotExist) {
		return root{}, fmt.Errorf("read CA certificate: %w", certErr)
	}
	private, err := os.ReadFile(f.path(keyFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && certErr == nil:
		return root{}, f.damaged(keyFile, errors.New("the file is missing, but "+certFile+" exists"), remedyBoth)
	case err != nil:
		return root{}, fmt.Errorf("read CA key: %w", err)
	}
	r, err := decodeRoot(private)
	if err != nil {
		return root{}, f.damaged(keyFile, err, remedyBoth)
	}
	var copied root
	if certErr == nil {
		if copied, err = decodeRoot(published); err == nil && copied.cert == nil {
			err = errors.New("no certificate in the file")
		}
		if err != nil {
			return root{}, f.damaged(certFile, err, remedyCopy)
		}
	}
	if r.cert == nil {
		// Another program created the pair.
		r.cert = copied.cert
	}
	if err := r.check(); err != nil {
		return root{}, f.damaged(keyFile, err, remedyBoth)
	}
	switch {
	case copied.cert != nil && copied.cert.Equal(r.cert):
		return r, nil
	case copied.cert != nil && !samePublic(copied.cert, r.key.Public()):
		return root{}, f.damaged(certFile, errors.New("the certificate does not match "+keyFile), remedyCopy)
	default:
		return r, f.replace(certFile, encodeCertificate(r.cert), certMode)
	}
}

// save replaces the root in the folder by an encoded one.
func (f folder) save(encoded []byte) error {
	r, err := parseRoot(encoded)
	if err != nil {
		return err
	}
	if err := f.replace(keyFile, encoded, keyMode); err != nil {
		return err
	}
	return f.replace(certFile, encodeCertificate(r.cert), certMode)
}

// replace writes a file whole or not at all.
func (f folder) replace(name string, data []byte, mode fs.FileMode) error {
	temporary, err := f.temporary(data, mode)
	if err == nil {
		err = os.Rename(temporary, f.path(name))
	}
	if err != nil {
		os.Remove(temporary) //nolint:errcheck // A temporary file that stays does no harm.
		return fmt.Errorf("write %s: %w", name, err)
	}
	f.sync()
	return nil
}

// create is replace for a file that does not exist. It leaves a file that exists by
// now, without an error. It does not sync the folder: the caller then
// replaces the copy of the certificate, which syncs it.
func (f folder) create(name string, data []byte, mode fs.FileMode) error {
	temporary, err := f.temporary(data, mode)
	defer os.Remove(temporary) //nolint:errcheck // A temporary file that stays does no harm.
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	err = os.Link(temporary, f.path(name))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		// The file system has no hard links. If two processes write at the
		// same moment, the later one wins.
		err = os.Rename(temporary, f.path(name))
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// temporary writes a file under a new name in the folder of its destination.
func (f folder) temporary(data []byte, mode fs.FileMode) (path string, err error) {
	file, err := os.CreateTemp(string(f), ".ca-*.tmp")
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
	}()
	if err := file.Chmod(mode); err != nil {
		return file.Name(), err
	}
	if _, err := file.Write(data); err != nil {
		return file.Name(), err
	}
	return file.Name(), file.Sync()
}

// sync makes the names in the folder survive a power failure, where the system
// supports it.
func (f folder) sync() {
	dir, err := os.Open(string(f))
	if err != nil {
		return
	}
	defer dir.Close() //nolint:errcheck // It is only read.
	dir.Sync()        //nolint:errcheck // Windows cannot, and need not.
}
