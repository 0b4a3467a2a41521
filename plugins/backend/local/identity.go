package local

// identity tells a file from every other one, also from one that gets its inode after it is gone.
type identity struct {
	Device uint64 `json:"device"` // may change when the machine starts again
	Inode  uint64 `json:"inode"`
	Born   int64  `json:"born"` // nanoseconds since 1970; 0: the file system does not know
}

// same compares two files. The time of birth says more than the device's number; without it the device decides.
func (i identity) same(o identity) bool {
	if i.Inode != o.Inode || i.Inode == 0 || i.Born != o.Born {
		return false
	}
	return i.Born != 0 || i.Device == o.Device
}
