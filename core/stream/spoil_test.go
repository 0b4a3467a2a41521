//go:build !race

package stream

import (
	"testing"

	"github.com/postern/postern/sdk"
)

// spoiler is a filter that, while it works on a block, spoils what it has given before: a race on purpose.
type spoiler struct {
	two [2][]byte
	at  int
}

func newSpoiler() *spoiler {
	return &spoiler{two: [2][]byte{make([]byte, 256<<10), make([]byte, 256<<10)}}
}

func (s *spoiler) Buffer() []byte { return s.two[s.at] }
func (s *spoiler) Spare() []byte  { return s.two[s.at^1] }
func (s *spoiler) Close() error   { return nil }
func (s *spoiler) Block(in []byte, _ bool) (sdk.Filtered, error) {
	clear(s.two[s.at^1])
	s.at ^= 1
	return sdk.Filtered{Bytes: in}, nil
}

func TestADigestIsOfWhatWasWrittenWhateverAFilterDoesMeanwhile(t *testing.T) {
	d := &disk{}
	r, _ := receive(t, d, func(o *ReceiverOptions) { o.Filters = line(newSpoiler()) })
	give(t, r, pattern(3<<20), true)
	r.Finish()
	if got := wait(t, r, Finished).Totals; got.SHA256 != hexOf(d.data) || got.File != 3<<20 {
		t.Errorf("%d bytes with the digest %s, on disk is %s", got.File, got.SHA256, hexOf(d.data))
	}
}

func TestWhatIsSentHasItsDigestWhateverAFilterDoesMeanwhile(t *testing.T) {
	s := send(t, newSource(pattern(3<<20)), func(o *SenderOptions) { o.Filters = line(newSpoiler()) })
	var p peer
	if err := p.all(s); err != nil {
		t.Fatal(err)
	}
	if got := s.Totals(); got.WireSHA256 != hexOf(p.payload) || got.SHA256 != hexOf(pattern(3<<20)) {
		t.Errorf("the digests are %s of the file and %s of what was sent, which has %s", got.SHA256, got.WireSHA256, hexOf(p.payload))
	}
}
