package admin

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/core/catalog"
)

func TestAnOfferIsCopiedAndHeld(t *testing.T) {
	d := newDesk(t)
	text := strings.Repeat("0123456789abcdef", 200_000) // several of the copy's buffers
	got, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "may.txt", Label: "Statement of May",
		Text: "hello", Priority: 0, Size: int64(len(text))}, strings.NewReader(text))
	d.must(err)
	e := got.Entry
	if e.Status() != catalog.Available || e.File != "may.txt" || e.Label != "Statement of May" || e.Text != "hello" || e.Priority != 0 ||
		e.Size != int64(len(text)) || e.Backend != "files" || e.Path != "out/PARIS/may.txt" {
		t.Errorf("the entry is %+v", e.Entry)
	}
	if d.content(e.Path) != text {
		t.Error("the copy differs from what was offered")
	}
	if d.parts() != 0 {
		t.Errorf("%d temporary files are left", d.parts())
	}
	if got.Warning != "" {
		t.Errorf("a warning without a reason: %s", got.Warning)
	}
}

func TestAnEmptyFileCanBeOffered(t *testing.T) {
	d := newDesk(t)
	got, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "empty", Size: 0}, strings.NewReader(""))
	d.must(err)
	if got.Entry.Size != 0 || d.content(got.Entry.Path) != "" {
		t.Errorf("the offer has %d bytes", got.Entry.Size)
	}
}

func TestAnOfferInPlaceIsNotCopied(t *testing.T) {
	d := newDesk(t)
	first := d.offered("a")
	got, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", InPlace: first.Path, Size: -1}, nil)
	d.must(err)
	if got.Entry.Path != first.Path || got.Entry.File != "a" || got.Entry.Size != first.Size {
		t.Errorf("the entry is %+v", got.Entry.Entry)
	}
}

func TestAnOfferToADisabledPartnerWarns(t *testing.T) {
	d := newDesk(t)
	got, err := d.Offer(context.Background(), Offer{Partner: "ROME", Flow: "STATEMENTS", Name: "a", Size: -1}, strings.NewReader("x"))
	d.must(err)
	if !strings.Contains(got.Warning, "ROME is disabled") {
		t.Errorf("the warning is %q", got.Warning)
	}
}

func TestAnOfferThatIsRefusedLeavesNothing(t *testing.T) {
	for _, c := range []struct {
		name    string
		offer   Offer
		content string
		kind    string
		words   string
	}{
		{"an unknown partner", Offer{Partner: "OSLO", Flow: "STATEMENTS", Name: "x"}, "x", kindRefused, `no partner is called "OSLO"`},
		{"a template", Offer{Partner: "MODEL", Flow: "STATEMENTS", Name: "x"}, "x", kindRefused, "no partner"},
		{"an unknown flow", Offer{Partner: "PARIS", Flow: "NONE", Name: "x"}, "x", kindRefused, `no flow is called "NONE"`},
		{"a flow the partner may not fetch", Offer{Partner: "PARIS", Flow: "ORDERS", Name: "x"}, "x", kindRefused, "partners.PARIS.send"},
		{"no name", Offer{Partner: "PARIS", Flow: "STATEMENTS"}, "x", kindRefused, "cannot be offered"},
		{"a name that climbs", Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "../x"}, "x", kindRefused, "cannot be offered"},
		{"more than was announced", Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "x", Size: 3}, "abcd", "", ""},
		{"too large as announced", Offer{Partner: "PARIS", Flow: "SMALL", Name: "x", Size: 11}, "0123456789a", kindRefused, "flow SMALL takes 10"},
		{"too large without a word", Offer{Partner: "PARIS", Flow: "SMALL", Name: "x", Size: -1}, "0123456789a", kindRefused, "takes 10 bytes"},
		{"in place and not there", Offer{Partner: "PARIS", Flow: "STATEMENTS", InPlace: "out/none"}, "", kindRefused, "file.missing"},
		{"in place and hidden", Offer{Partner: "PARIS", Flow: "STATEMENTS", InPlace: "out/.postern-x.part"}, "", kindRefused, "cannot be offered"},
		{"an illegal priority", Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "x", Priority: 7}, "x", "", "priority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			if c.offer.Size == 0 {
				c.offer.Size = -1
			}
			var content io.Reader
			if c.offer.InPlace == "" {
				content = io.NopCloser(strings.NewReader(c.content))
			}
			_, err := d.Offer(context.Background(), c.offer, content)
			if err == nil {
				t.Fatal("the offer was taken")
			}
			if c.words != "" {
				d.refused(err, c.kind, c.words)
			}
			d.nothing()
		})
	}
}

// nothing wants no file, no part and no entry.
func (d *desk) nothing() {
	d.Helper()
	if got := ids(d.T, d.Entries(context.Background(), Query{})); len(got) != 0 || d.parts() != 0 || len(d.backend.Paths()) != 0 {
		d.Errorf("%d entries, %d parts and the files %v are left", len(got), d.parts(), d.backend.Paths())
	}
	d.unnoted()
}

// unnoted wants no note of an offer in the catalog.
func (d *desk) unnoted() {
	d.Helper()
	if notes, err := d.catalog.Prepared(context.Background()); err != nil || len(notes) != 0 {
		d.Errorf("the catalog has still noted %+v (%v)", notes, err)
	}
}

func TestAnOfferUnderATakenNameIsRefusedAndTheFileStays(t *testing.T) {
	d := newDesk(t)
	first := d.offered("a")
	_, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "a", Size: -1}, strings.NewReader("other"))
	d.refused(err, kindRefused, "copy to out/PARIS/a: file.exists")
	if got := d.content(first.Path); got != "content of a" {
		t.Errorf("the first file holds %q now", got)
	}
}

func TestAnOfferThatIsCutLeavesNothing(t *testing.T) {
	d := newDesk(t)
	cut := errors.New("the terminal is gone")
	content := io.MultiReader(strings.NewReader(strings.Repeat("x", 3*copyBuffer)), failing{cut})
	if _, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "a", Size: -1}, content); err == nil {
		t.Fatal("an offer that was cut was taken")
	}
	d.settle()
	d.nothing()
}

func TestAnOfferWhoseNameIsTakenMeanwhileLeavesNothing(t *testing.T) {
	d := newDesk(t)
	var first sync.Once
	content := io.MultiReader(strings.NewReader("other"), reading(func([]byte) (int, error) {
		first.Do(func() { d.offered("a") })
		return 0, io.EOF
	}))
	_, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "a", Size: -1}, content)
	d.refused(err, kindRefused, "file.exists")
	if n := d.parts(); n != 0 {
		t.Errorf("%d temporary files stay", n)
	}
	d.unnoted()
}

// reading is a reader made of a function.
type reading func([]byte) (int, error)

func (f reading) Read(b []byte) (int, error) { return f(b) }

// failing is a reader that fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// settle waits for the operations under way and starts the API anew.
func (d *desk) settle() {
	d.Helper()
	d.must(d.server.Close(context.Background()))
	d.must(d.server.start(d.dir))
}

func TestAnOfferThatTheCatalogRefusesTakesItsCopyBack(t *testing.T) {
	d := newDesk(t)
	d.faulty = errors.New("the disk is full")
	_, err := d.Offer(context.Background(), Offer{Partner: "PARIS", Flow: "STATEMENTS", Name: "a", Size: -1}, strings.NewReader("x"))
	d.refused(err, kindFailed, "the disk is full")
	d.faulty = nil
	d.nothing()
}

func TestAnOfferIsNotedBeforeItsCopyHasItsName(t *testing.T) {
	var d *desk
	var noted []catalog.Entry
	d = newDesk(t, func(s *Server) {
		s.options.Catalog = watchedCatalog{s.options.Catalog, func(e catalog.Entry) {
			if paths := d.backend.Paths(); len(paths) != 1 || paths[0] == e.Path {
				t.Errorf("when it is noted there are %v", paths)
			}
			noted = append(noted, e)
		}}
	})
	e := d.offered("a")
	if len(noted) != 1 || noted[0].ID != e.ID || noted[0].Size != e.Size || len(noted[0].Point.Backend) == 0 {
		t.Errorf("noted was %+v, offered %+v", noted, e)
	}
	d.unnoted()
}

// watchedCatalog tells when an offer is noted.
type watchedCatalog struct {
	Catalog
	prepared func(catalog.Entry)
}

func (c watchedCatalog) Prepare(ctx context.Context, e catalog.Entry) error {
	c.prepared(e)
	return c.Catalog.Prepare(ctx, e)
}
