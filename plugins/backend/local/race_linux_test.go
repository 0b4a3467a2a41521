package local_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/postern/postern/sdk"
	"golang.org/x/sys/unix"
)

// The folder and a link to another partner's, or out of the jail, change places all the time.
func TestAFolderSwappedForALinkNeverLetsAFileThrough(t *testing.T) {
	for name, to := range map[string]string{"another partner": "../BOB", "outside": "../../../outside", "sideways": "real",
		"another partner, step by step": "../BOB", "outside, step by step": "../../../outside"} {
		t.Run(name, func(t *testing.T) {
			j := newJail(t)
			if strings.HasSuffix(name, "step by step") {
				j.backend = j.other
			}
			drop := filepath.Join(j.top, "root/in/ALICE/drop")
			swap := filepath.Join(j.top, "root/in/ALICE/swap")
			j.must(os.Mkdir(drop, 0o755))
			j.must(os.Symlink(to, swap))
			stop := make(chan struct{})
			var swapper sync.WaitGroup
			swapper.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						if err := unix.Renameat2(unix.AT_FDCWD, drop, unix.AT_FDCWD, swap, unix.RENAME_EXCHANGE); err != nil {
							t.Errorf("swap: %v", err)
							return
						}
					}
				}
			})
			stored, refused, kept := swarm(t, j)
			close(stop)
			swapper.Wait()
			for path := range j.snapshot() {
				_, was := j.before[path]
				in := strings.HasPrefix(path, "root/in/ALICE/drop") || strings.HasPrefix(path, "root/in/ALICE/swap")
				if !was && !in {
					t.Errorf("%s was made", path)
				}
				id := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), ".postern-"), ".part")
				if strings.HasSuffix(path, ".part") && !kept[id] {
					t.Errorf("%s is left of a file that was refused", path)
				}
			}
			t.Logf("%d stored, %d refused", stored, refused)
			if stored == 0 || refused == 0 {
				t.Error("the folder was never swapped at the right time")
			}
		})
	}
}

func swarm(t *testing.T, j *jail) (stored, refused int, kept map[string]bool) {
	kept = map[string]bool{}
	for i := range 1500 {
		at := sdk.Target{ID: fmt.Sprint("t", i), Path: fmt.Sprintf("in/ALICE/drop/f%d", i), Durability: sdk.DurabilityNone, Size: -1}
		if i%2 == 0 {
			at.Path = fmt.Sprintf("in/ALICE/drop/d%d/f", i)
		}
		w, err := j.backend.Create(at)
		if err == nil {
			if _, err = w.Commit(sdk.ExistsFail); err != nil {
				kept[at.ID] = true // its folder is elsewhere just now: the temporary file waits for a restart
			}
		}
		if err == nil {
			stored++
			continue
		}
		if _, ok := sdk.AsRefusal(err); !ok {
			t.Fatalf("the error is no refusal: %v", err)
		}
		refused++
	}
	return stored, refused, kept
}
