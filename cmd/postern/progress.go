package main

import (
	"fmt"
	"os"
	"path"
	"sync/atomic"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/postern/postern/core/requester"
)

// progressBar begins the bar of a file on standard error; ending is what it says when all bytes were moved and the transfer
// is not over. report is told how far the transfer is; end takes the bar away and must be called before anything else is
// printed. On anything but a terminal nothing is drawn, and a trace would tear a bar apart.
//
// What both sides have is drawn with =, what is on its way with -; the numbers count the former once there is a sync point.
func (a *app) progressBar(name, ending string, trace bool) (report func(requester.Progress), end func()) {
	f, ok := a.errs.(*os.File)
	if !ok || trace || !term.IsTerminal(int(f.Fd())) {
		return nil, func() {}
	}
	var now atomic.Pointer[requester.Progress]
	now.Store(&requester.Progress{Total: -1})
	speed := decor.AverageSpeed(decor.SizeB1024(0), "% .1f")
	all := mpb.New(mpb.WithOutput(f), mpb.WithWidth(40))
	bar := all.New(0, mpb.BarStyle().Filler("-").Refiller("=").Padding(" "), mpb.BarRemoveOnComplete(),
		mpb.PrependDecorators(decor.Name(safe(path.Base(name))+" ")),
		mpb.AppendDecorators(decor.Any(func(s decor.Statistics) string { return moved(*now.Load()) }),
			decor.Any(func(s decor.Statistics) string {
				if now.Load().Ending {
					return ending
				}
				text, _ := speed.Decor(s)
				return text
			})))
	report = func(p requester.Progress) {
		if p.Total != now.Swap(&p).Total {
			bar.SetTotal(max(p.Total, 0), false)
		}
		bar.SetCurrent(p.Bytes)
		bar.SetRefill(p.Safe)
	}
	end = func() {
		bar.Abort(true)
		all.Wait()
	}
	return report, end
}

// moved says how many bytes both sides have, or where there are no sync points how many were moved.
func moved(p requester.Progress) string {
	done := p.Bytes
	if p.Point > 0 {
		done = p.Safe
	}
	text := fmt.Sprintf("% .1f", decor.SizeB1024(done))
	if p.Total >= 0 {
		text += fmt.Sprintf(" / % .1f", decor.SizeB1024(p.Total))
	}
	return text + " "
}
