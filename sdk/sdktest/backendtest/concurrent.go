package backendtest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/postern/postern/sdk"
)

func concurrencyDuties() []duty {
	const many = 24
	return []duty{
		{"of many files for one name exactly one gets it with fail", func(t *testing.T, h *h) {
			if !sdk.Can(h.Backend, sdk.AbilityCreateIfAbsent) {
				t.Skip("the backend has not this ability")
			}
			paths, errs := race(t, h, many, func(i int) sdk.Target { return target(fmt.Sprint("t", i), "in/new/a") }, sdk.ExistsFail)
			if len(paths) != 1 {
				t.Fatalf("%d files got the name", len(paths))
			}
			for _, err := range errs {
				refusedWith(t, err, sdk.FileExists)
			}
		}},
		{"of many files for one name each gets its own with unique", func(t *testing.T, h *h) {
			paths, errs := race(t, h, many, func(i int) sdk.Target {
				return with(target(fmt.Sprint("t", i), "in/new/a.txt"), sdk.ExistsUnique)
			}, sdk.ExistsUnique)
			slices.Sort(paths)
			if len(errs) > 0 || len(slices.Compact(paths)) != many {
				t.Fatalf("the names are %q, the errors %v", paths, errs)
			}
		}},
		{"of many files for one name the last stays whole with replace", func(t *testing.T, h *h) {
			paths, errs := race(t, h, many, func(i int) sdk.Target {
				return with(target(fmt.Sprint("t", i), "in/new/a"), sdk.ExistsReplace)
			}, sdk.ExistsReplace)
			if len(errs) > 0 || len(paths) != many {
				t.Fatalf("%d files got the name, the errors are %v", len(paths), errs)
			}
			var i int
			if _, err := fmt.Sscanf(h.content(t, "in/new/a"), "content of %d.", &i); err != nil {
				t.Fatalf("the file holds %q", h.content(t, "in/new/a"))
			}
		}},
		{"many files given up in one new folder leave nothing", func(t *testing.T, h *h) {
			before := h.paths()
			var all sync.WaitGroup
			for i := range many {
				all.Go(func() {
					for j := range 8 {
						w, err := h.Backend.Create(target(fmt.Sprintf("t%d-%d", i, j), "in/new/folder/a"))
						if err != nil {
							t.Errorf("create: %v", err)
							return
						}
						if err := w.Discard(); err != nil {
							t.Errorf("discard: %v", err)
						}
					}
				})
			}
			all.Wait()
			h.unchanged(t, before)
		}},
		{"many create the same transfer and exactly one succeeds", func(t *testing.T, h *h) {
			var mu sync.Mutex
			var won []sdk.Writer
			var all sync.WaitGroup
			for range many {
				all.Go(func() {
					w, err := h.Backend.Create(target("t1", "in/a"))
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						won = append(won, w)
					} else if sdk.CodeOf(err) != sdk.FileOpen {
						t.Errorf("the refusal is %v", err)
					}
				})
			}
			all.Wait()
			if len(won) != 1 {
				t.Fatalf("%d writers have it", len(won))
			}
			write(t, won[0], 0, "one")
			commit(t, won[0], sdk.ExistsFail, "in/a")
		}},
	}
}

// race creates n files first and commits them all at once.
func race(t *testing.T, h *h, n int, at func(int) sdk.Target, rule sdk.OnExists) (paths []string, errs []error) {
	t.Helper()
	var mu sync.Mutex
	var ready, all sync.WaitGroup
	ready.Add(n)
	for i := range n {
		all.Go(func() {
			w, err := h.Backend.Create(at(i))
			if err == nil {
				err = w.WriteAt([][]byte{fmt.Appendf(nil, "content of %d.", i)}, 0)
			}
			ready.Done()
			ready.Wait()
			var path string
			if err == nil {
				path, err = w.Commit(rule)
			}
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
			} else {
				paths = append(paths, path)
			}
		})
	}
	all.Wait()
	return paths, errs
}
