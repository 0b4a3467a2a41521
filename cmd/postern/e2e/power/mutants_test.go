package power

// orders are mutants that do two things in the wrong order, or ask the database for less.
func orders() []mutant {
	const (
		session = "core/session/commit.go"
		syncer  = "core/stream/syncer.go"
		commit  = "plugins/backend/local/commit.go"
		offer   = "cmd/internal/admin/offer.go"
		copied  = "cmd/internal/admin/offercopy.go"
		open    = "core/catalog/sqlite/open.go"

		ending = "\t\tif err := s.house.Catalog.Ending(ctx, lease, outcome); err != nil {\n\t\t\treturn func() { s.fail(ctx, t, catalogRefusal(err)) }\n\t\t}\n"
		named  = "\t\tpath, err := writer.Commit(t.place.onExists)\n"
	)
	return []mutant{
		{What: "the end is in the catalog before the file has its name", File: session, Where: session + ", seal", change: exchange(
			named, "\t\tpath, err := t.place.path, error(nil)\n",
			"\t\t\tt.writer = nil\n\t\t\ts.conclude(ctx, t, outcome)\n", "\t\t\ts.conclude(ctx, t, outcome)\n",
			"\tt.entry, t.at = entry, ended\n", "\tif t.writer != nil {\n\t\t_, _ = t.writer.Commit(t.place.onExists)\n\t\tt.writer = nil\n\t}\n\tt.entry, t.at = entry, ended\n")},
		{What: "the file has its name before the catalog knows how it ends", File: session, Where: session + ", seal", change: exchange(
			ending, "",
			"\t\toutcome.Path, outcome.Stored = path, s.made(t, writer, path)\n", ending+"\t\toutcome.Path, outcome.Stored = path, s.made(t, writer, path)\n")},
		{What: "the end is acknowledged before the file has its name", File: session, Where: session + ", seal", change: exchange(
			"import (\n\t\"context\"\n", "import (\n\t\"context\"\n\tlater \"time\"\n",
			named, "\t\tpath, err := t.place.path, error(nil)\n\t\trule := t.place.onExists\n"+
				"\t\tlater.AfterFunc(50*later.Millisecond, func() { _, _ = writer.Commit(rule) })\n")},
		{What: "a sync point is in the catalog before the file is synced", File: syncer, Where: syncer + ", makeDurable", change: exchange(
			"\tr.stats.Syncs++\n\tr.mu.Unlock()\n", "\tr.stats.Syncs++\n\tvar early []Mark\n\tif n := len(r.marks); n > 0 {\n\t\tearly = r.marks[n-1:]\n\t}\n\tr.mu.Unlock()\n"+
				"\tfor _, m := range early {\n\t\tm.Backend = r.backend\n\t\t_ = r.o.Save(m)\n\t}\n")},
		{What: "a sync point is acknowledged before it is in the catalog", File: syncer, Where: syncer + ", makeDurable", change: exchange(
			"\tif err := r.save(m); err != nil {\n\t\treturn err\n\t}\n\tif r.o.Durability == sdk.DurabilitySync {\n\t\tr.acked = max(r.acked, r.upto)\n\t\tr.forget()\n\t\tr.box.post(Signal{Kind: Durable, Mark: m})\n\t}\n\treturn nil\n",
			"\tif r.o.Durability == sdk.DurabilitySync {\n\t\tr.acked = max(r.acked, r.upto)\n\t\tr.forget()\n\t\tr.box.post(Signal{Kind: Durable, Mark: m})\n\t}\n\treturn r.save(m)\n")},
		{What: "the file has its name before it is synced", File: commit, Where: commit + ", commit", change: exchange(
			"\tif durable {\n\t\tif err := w.syncBytes(); err != nil {\n\t\t\treturn \"\", err\n\t\t}\n\t}\n", "",
			"\t\t_ = w.syncBytes() // which breaks the writer\n", "",
			"\tw.named = false\n", "\tif err := w.backend.sys.datasync(w.file); err != nil {\n\t\treturn name, err\n\t}\n\tw.named = false\n")},
		{What: "the folder is synced before the file has its name", File: commit, Where: commit + ", commit", change: exchange(
			"\tif err := w.backend.ledger.move(", "\tw.named = !durable\n\tif err := w.settleName(); err != nil {\n\t\treturn \"\", err\n\t}\n\tif err := w.backend.ledger.move(",
			"\tw.named = false\n", "")},
		{What: "an offer is in the catalog before its file is copied", File: offer, Where: offer + ", offer", change: exchange(
			"\tif in.InPlace != \"\" {\n", "\te, err := s.options.Catalog.Offer(ctx, p.entry)\n\tif in.InPlace != \"\" {\n",
			"\te, err := s.options.Catalog.Offer(ctx, p.entry)\n\tif errors.Is(err, catalog.ErrUncertain) {", "\tif errors.Is(err, catalog.ErrUncertain) {")},
		{What: "the copy of an offer has its name before the catalog has noted the offer", File: copied, Where: copied + ", fillWriter", change: exchange(
			"\tif err := c.Prepare(ctx, p.entry); err != nil {\n\t\treturn err\n\t}\n\tp.noted = true\n", "")},
		{What: "`synchronous(NORMAL)`: a commit is not synced", File: open, Where: open + ", connect", change: exchange("synchronous(FULL)", "synchronous(NORMAL)")},
		{What: "`synchronous(OFF)`: the database syncs nothing", File: open, Where: open + ", connect", change: exchange("synchronous(FULL)", "synchronous(OFF)")},
	}
}
