package main

import (
	"os"
	"path"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/postern/postern/core/requester"
)

// bars draws the progress of transfers on a terminal.
type bars struct{ all *mpb.Progress }

// bars gives the progress bars of a verb. On anything but a terminal they draw nothing; a trace would tear them apart.
func (a *app) bars(trace bool) *bars {
	f, ok := a.errs.(*os.File)
	if !ok || trace || !term.IsTerminal(int(f.Fd())) {
		return &bars{}
	}
	return &bars{all: mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))}
}

// next begins the bar of a file. report is told how far the transfer is; end ends the bar.
func (b *bars) next(name string) (report func(requester.Progress), end func(done bool)) {
	if b.all == nil {
		return nil, func(bool) {}
	}
	shown := name
	bar := b.all.AddBar(0,
		mpb.PrependDecorators(decor.Any(func(decor.Statistics) string { return safe(path.Base(shown)) + " " })),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Name(" "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")))
	total := int64(-2)
	report = func(p requester.Progress) {
		if p.Total != total {
			total = p.Total
			bar.SetTotal(max(total, 0), false)
		}
		bar.SetCurrent(p.Bytes)
	}
	end = func(done bool) {
		if done {
			bar.SetTotal(-1, true)
		} else {
			bar.Abort(false)
		}
	}
	return report, end
}

// wait lets the last drawing happen.
func (b *bars) wait() {
	if b.all != nil {
		b.all.Wait()
	}
}
