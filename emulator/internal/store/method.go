package store

// The methods of Store, as an Observer gets them.
const (
	MethodCreate        = "create"
	MethodSession       = "session"
	MethodList          = "list"
	MethodNewest        = "newest"
	MethodUpdate        = "update"
	MethodDelete        = "delete"
	MethodImage         = "image"
	MethodSetting       = "setting"
	MethodChangeSetting = "change_setting"
	MethodSweep         = "sweep"
	MethodWalk          = "walk"
	MethodReplace       = "replace"
	MethodUndo          = "undo"
	MethodCompact       = "compact"
	MethodDamaged       = "damaged"
	MethodClose         = "close"
)

// Methods returns the names of all methods of Store.
func Methods() []string {
	return []string{
		MethodCreate, MethodSession, MethodList, MethodNewest, MethodUpdate, MethodDelete, MethodImage, MethodSetting,
		MethodChangeSetting, MethodSweep, MethodWalk, MethodReplace, MethodUndo, MethodCompact, MethodDamaged, MethodClose,
	}
}

// An Observer measures the calls of a store. The store calls it at the beginning of
// every call, also of one that fails, with the name of the method, and calls done at the
// end. Several goroutines may call it at once. It must not call the store.
type Observer func(method string) (done func())
