package main

import (
	"os"
	"path"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/postern/postern/core/requester"
)

// progressBar begins the bar of a file on standard error. report is told how far the transfer is; end takes the bar away
// and must be called before anything else is printed. On anything but a terminal nothing is drawn, and a trace would
// tear a bar apart.
func (a *app) progressBar(name string, trace bool) (report func(requester.Progress), end func()) {
	f, ok := a.errs.(*os.File)
	if !ok || trace || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	all := mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))
	shown := safe(path.Base(name))
	bar := all.AddBar(0, mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(shown+" ")),
		mpb.AppendDecorators(decor.CountersKibiByte("% .1f / % .1f"), decor.Name(" "), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")))
	total := int64(-1)
	report = func(p requester.Progress) {
		if p.Total != total {
			total = p.Total
			bar.SetTotal(max(total, 0), false)
		}
		bar.SetCurrent(p.Bytes)
	}
	end = func() {
		bar.Abort(true)
		all.Wait()
	}
	return report, end
}
