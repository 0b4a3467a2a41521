package sftp_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"testing"

	client "github.com/pkg/sftp"

	"github.com/postern/postern/sdk"
)

// connected joins a client of another make with a dialogue whose core is a map.
func connected(t *testing.T, o ...client.ClientOption) (*client.Client, *house) {
	t.Helper()
	near, far := net.Pipe()
	h := newHouse(t)
	served := make(chan struct{})
	go func() { defer close(served); h.serves(near) }()
	c, err := client.NewClientPipe(far, far, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		far.Close()
		_ = c.Close()
		<-served
	})
	return c, h
}

func TestAnotherClientMovesFilesBothWays(t *testing.T) {
	for name, options := range map[string][]client.ClientOption{
		"one after the other": {client.UseConcurrentReads(false)},
		"many at once":        {client.UseConcurrentWrites(true), client.MaxConcurrentRequestsPerFile(64)},
		"large packets":       {client.UseConcurrentWrites(true), client.MaxPacketUnchecked(255 << 10)},
	} {
		t.Run(name, func(t *testing.T) {
			c, _ := connected(t, options...)
			for _, size := range []int{0, 1, 4096, 32 << 10, 1<<20 + 17} {
				want := make([]byte, size)
				_, _ = rand.NewChaCha8([32]byte{}).Read(want)
				put(t, c, "IN/file", want)
				f, err := c.Open("/IN/file")
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				if _, err := f.WriteTo(&got); err != nil || !bytes.Equal(got.Bytes(), want) || f.Close() != nil {
					t.Fatalf("%d bytes of %d came back: %v", got.Len(), size, err)
				}
			}
		})
	}
}

func put(t *testing.T, c *client.Client, name string, b []byte) {
	t.Helper()
	f, err := c.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFrom(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if s, err := f.Stat(); err != nil || s.Size() != int64(len(b)) {
		t.Fatalf("the open file has %v, %v", s, err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAnotherClientBrowses(t *testing.T) {
	c, _ := connected(t)
	for i := range 120 {
		put(t, c, fmt.Sprintf("IN/f%03d", i), make([]byte, i))
	}
	list, err := c.ReadDir("/IN")
	if err != nil || len(list) != 120 || list[7].Name() != "f007" || list[7].Size() != 7 || list[7].IsDir() {
		t.Fatalf("%d rows, %v", len(list), err)
	}
	if s, err := c.Stat("IN"); err != nil || !s.IsDir() || s.Mode().Perm() != 0o555 {
		t.Errorf("the folder is %v, %v", s, err)
	}
	if s, err := c.Lstat("IN/f009"); err != nil || s.Size() != 9 || !s.ModTime().Equal(at) {
		t.Errorf("the file is %v, %v", s, err)
	}
	if _, err := c.Stat("IN/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file gives %v", err)
	}
	if p, err := c.RealPath("IN/../../x/./y"); err != nil || p != "/x/y" {
		t.Errorf("the real path is %q, %v", p, err)
	}
	if v, err := c.StatVFS("/IN"); err != nil || v.TotalSpace() != 8192 || v.FreeSpace() != 4096 {
		t.Errorf("the space is %v, %v", v, err)
	}
}

func TestAnotherClientAltersWhatIsThere(t *testing.T) {
	c, h := connected(t)
	put(t, c, "IN/a", []byte("abcdef"))
	put(t, c, "IN/b", []byte("b"))
	for what, err := range map[string]error{
		"truncate": c.Truncate("IN/a", 2), "chmod": c.Chmod("IN/a", 0o600), "chtimes": c.Chtimes("IN/a", at, at),
		"chown": c.Chown("IN/a", 1, 2), "mkdir": c.Mkdir("IN/new"),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := c.Rename("IN/a", "IN/b"); err == nil {
		t.Error("a rename replaced what was there")
	}
	if err := c.PosixRename("IN/a", "IN/b"); err != nil || string(h.files["IN/b"]) != "ab" {
		t.Errorf("a rename that may replace: %v, %q", err, h.files["IN/b"])
	}
	if err := c.Remove("IN/b"); err != nil {
		t.Error(err)
	}
	var status *client.StatusError
	if err := c.Symlink("a", "b"); !errors.As(err, &status) || status.FxCode() != client.ErrSSHFxOpUnsupported {
		t.Errorf("a link gives %v", err)
	}
	if len(h.files) > 0 {
		t.Errorf("%d files are left", len(h.files))
	}
}

func TestAnotherClientGoesOnWhereAnUploadStopped(t *testing.T) {
	c, h := connected(t)
	put(t, c, "IN/a", []byte("abc"))
	f, err := c.OpenFile("IN/a", os.O_WRONLY)
	if err != nil {
		t.Fatal(err)
	}
	if s, _ := f.Stat(); s.Size() != 3 {
		t.Errorf("it goes on at %d", s.Size())
	}
	if _, err := f.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("def")); err != nil || f.Close() != nil || string(h.files["IN/a"]) != "abcdef" {
		t.Errorf("%q, %v", h.files["IN/a"], err)
	}
}

func TestARefusalReachesAnotherClientWithItsSentence(t *testing.T) {
	c, h := connected(t)
	h.deny = func(e *sdk.Event) *sdk.Refusal {
		switch {
		case e.Kind == sdk.KindFinish:
			return sdk.Refuse(sdk.DataRejected, "the scanner's name")
		case e.Kind == sdk.KindRequest && e.Request.File == "NO/x":
			return sdk.Refuse(sdk.FlowForbidden, "")
		}
		return nil
	}
	if _, err := c.Create("NO/x"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a flow that is forbidden gives %v", err)
	}
	f, err := c.Create("IN/x")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err == nil || err.Error() != `sftp: "file rejected" (SSH_FX_FAILURE)` {
		t.Errorf("a file that is rejected gives %v", err)
	}
}
