package sqlite

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
)

// graft gives a copy of a database whose definitions are damaged those of a new one: they lie on the same pages where
// the same migrations made them. Where they do not, what is read by them is no row, and its checksum says so.
func graft(name, dir string, o Options) error {
	model := dir + "/model.db"
	c, err := Open(model, o)
	if err != nil {
		return err
	}
	if err := c.Close(); err != nil {
		return err
	}
	whole, err := os.ReadFile(model)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	size := pageSize(whole)
	for _, n := range definitions(whole, size) {
		page := whole[(n-1)*size : n*size]
		if n == 1 { // SQLite file format §1.3: the length, no free pages, and that the length holds
			binary.BigEndian.PutUint32(page[28:], uint32(st.Size()/int64(size)))
			clear(page[32:40])
			copy(page[92:96], page[24:28])
		}
		if _, err := f.WriteAt(page, int64(n-1)*int64(size)); err != nil {
			return fmt.Errorf("write page %d: %w", n, err)
		}
	}
	return nil
}

// pageSize is the length of the pages of a whole database.
func pageSize(db []byte) int {
	if size := int(binary.BigEndian.Uint16(db[16:])); size > 1 {
		return size
	}
	return 65536
}

// definitions lists the pages of a whole database that hold the definitions of its tables, from the first on (SQLite
// file format §1.6).
func definitions(db []byte, size int) []int {
	pages := []int{1}
	for i := 0; i < len(pages); i++ {
		page := db[(pages[i]-1)*size : pages[i]*size]
		head := page
		if pages[i] == 1 {
			head = page[100:]
		}
		const interior = 5
		if head[0] != interior {
			continue
		}
		for cell := range int(binary.BigEndian.Uint16(head[3:])) {
			at := binary.BigEndian.Uint16(head[12+2*cell:])
			pages = append(pages, int(binary.BigEndian.Uint32(page[at:])))
		}
		pages = append(pages, int(binary.BigEndian.Uint32(head[8:])))
	}
	return pages
}

var errNothing = errors.New("nothing can be read, restore a backup")
