package e2e

import (
	"bytes"
	"fmt"
	"io"
	"sync/atomic"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/postern/postern/cmd/postern/e2e/cable"
	"github.com/postern/postern/cmd/postern/e2e/peer"
	"github.com/postern/postern/plugins/backend/s3/s3test"
)

// storing is a configuration whose files are in a bucket of a store at an address.
func storing(address, bucket, more string) string {
	return fmt.Sprintf(`data_dir: ./data
backends: {files: {type: s3, endpoint: "http://%s", region: %s, bucket: %s, prefix: files, path_style: true, access_key: %s,
  secret_key: "secret://file/store.key", part_size: 5MiB, timeout: 5s%s}}
`, address, s3test.Region, bucket, s3test.AccessKey, more) + quick + paris +
		`listeners: {p: {protocol: pesit, address: "127.0.0.1:0", terms: {sync_interval: 512KiB, sync_window: 4}}}
flows: {IN: {path: "in/{{.File}}-{{.ID}}"}}
`
}

func object(t *testing.T, store *s3test.Store, bucket, path string) []byte {
	t.Helper()
	body, _, _, err := store.Client().GetObject(t.Context(), bucket, "files/"+path, minio.GetObjectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestATransferIntoAStoreGoesOnInTheMiddleAfterAKillAndTheObjectIsIdentical(t *testing.T) {
	store := s3test.Start(t)
	bucket := store.Bucket()
	s := prepare(t, storing(store.Address, bucket, ""))
	s.write("store.key", s3test.SecretKey)
	s.run()
	plan := peer.Plan{Article: 1000, Every: 512 << 10}
	data := content(random(t), 12<<20+500)
	file := peer.File{Name: "IN", Number: 1, Label: "one", Format: 0x80, Length: 1000}
	p := s.call(hello(512, 4))
	if _, err := p.Create(file); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Begin(); err != nil {
		t.Fatal(err)
	}
	const until = 19 // points: 9.5 MiB, a part and most of another one
	if err := p.Send(data, plan, 0, until); err != nil {
		t.Fatal(err)
	}
	s.kill()
	s.run()
	before := byTag(s.entries())["one"]
	if before.Status != "interrupted" || before.Point != until || before.Offset != int64(until*plan.Every) {
		t.Fatalf("after the kill the entry is %+v", before)
	}
	if n := len(store.Uploads(bucket)); n != 1 {
		t.Errorf("the store has %d uploads", n)
	}
	p = s.call(hello(512, 4))
	file.Restart = true
	if _, err := p.Create(file); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(0); err != nil {
		t.Fatal(err)
	}
	point, err := p.Begin()
	if err != nil || point != until {
		t.Fatalf("it begins at point %d (%v)", point, err)
	}
	if err := p.Send(data, plan, point, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(len(data), plan.Records(len(data))); err != nil {
		t.Fatal(err)
	}
	after := byTag(s.entries())["one"]
	if after.Status != "done" || !bytes.Equal(object(t, store, bucket, after.Path), data) {
		t.Fatalf("the entry is %+v", after)
	}
	if keys := store.Keys(bucket); len(keys) != 1 {
		t.Errorf("the store holds %q", keys)
	}
}

func TestConnectionsToAStoreThatAreCutDoNotDamageTheObject(t *testing.T) {
	store := s3test.Start(t)
	bucket := store.Bucket()
	var laid atomic.Pointer[cable.Cable]
	line, err := cable.Lay(func() *cable.Cut {
		if c := laid.Load(); c == nil || c.Cuts() < 2 { // a request is tried again some times only
			return &cable.Cut{After: 300_000, Up: true, How: cable.Reset}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(line.Close)
	laid.Store(line)
	line.To(store.Address)
	s := prepare(t, storing(line.Address(), bucket, ""))
	s.write("store.key", s3test.SecretKey)
	s.run()
	plan := peer.Plan{Article: 1000, Every: 512 << 10}
	data := content(random(t), 11<<20+77)
	p := s.call(hello(512, 4))
	file := peer.File{Name: "IN", Number: 1, Label: "one", Format: 0x80, Length: 1000}
	if _, err := p.Create(file); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Open(0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Begin(); err != nil {
		t.Fatal(err)
	}
	if err := p.Send(data, plan, 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(len(data), plan.Records(len(data))); err != nil {
		t.Fatal(err)
	}
	after := byTag(s.entries())["one"]
	if after.Status != "done" || !bytes.Equal(object(t, store, bucket, after.Path), data) {
		t.Fatalf("the entry is %+v", after)
	}
	if line.Cuts() == 0 {
		t.Error("nothing was cut")
	}
}
